"""The tiny sample under ids that differ by system, and what is left of them in a workspace."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from etl.identity.identities import load_identities
from study.definition import Study
from study.file import load_study
from warehouse.publish import current_mart
from warehouse.workspace import Workspace

TINY = Path(__file__).parents[3] / "sample_data" / "tiny"
CODE = r"(P\d{3}|TEST\d\d)"
IDENTITIES = """
[[identities]]
path = "ids.csv"
participant = "who"
ids = { app = "device", alliance = "account" }
"""
WHO = "P005"
"""Whoever is erased in these tests."""
MARK = "-qx"
"""Ends every id of the exports, and stands nowhere else."""


@dataclass(frozen=True)
class Cove:
    """A folder with the sample's exports, and the workspace beside them."""

    folder: Path

    @property
    def study(self) -> Study:
        return load_study(self.folder)

    @property
    def workspace(self) -> Workspace:
        return Workspace.beside(self.folder)

    def copied(self, to: Path) -> "Cove":
        shutil.copytree(self.folder, to, symlinks=True)
        return Cove(to)

    def set(self, old: str, new: str) -> None:
        path = self.folder / "study.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def traces(self, *words: str) -> list[str]:
        """Files of the workspace whose bytes or tables hold one of the words."""
        found = []
        for path in sorted(self.workspace.root.rglob("*")):
            if not path.is_file() or path.is_symlink():
                continue
            content = path.read_bytes()
            if path.suffix == ".duckdb":
                content += _as_text(path).encode()
            if any(word.encode() in content or word in path.name for word in words):
                found.append(path.name)
        return found

    def raw(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.workspace.raw_path), read_only=True) as con:
            return con.sql(sql).fetchall()

    def marts(self, names: dict[str, str] | None = None) -> dict[str, list[tuple[Any, ...]]]:
        """Rows of every mart, participants renamed, without what differs from build to build."""
        path = current_mart(self.workspace)
        assert path is not None
        return _marts(path, names or {})


def cove(folder: Path, participant_ids: str) -> Cove:
    """Write the exports under ids by system, with an id map; each person has two devices."""
    (folder / "exports").mkdir(parents=True)
    people = set()
    for path in sorted((TINY / "exports").iterdir()):
        lines = path.read_text(encoding="utf-8").splitlines()
        people |= set(re.findall(CODE, "\n".join(lines))) if path.stem == "roster" else set()
        written = [_line(path.stem, number, line) for number, line in enumerate(lines)]
        (folder / "exports" / path.name).write_text("\n".join(written) + "\n", encoding="utf-8")
    text = (TINY / "study.toml").read_text(encoding="utf-8")
    text = text.replace('participant_ids = "as_given"', f'participant_ids = "{participant_ids}"')
    (folder / "study.toml").write_text(text + IDENTITIES, encoding="utf-8")
    ids = ["who,device,account"]
    for code in sorted(people):
        ids += [
            f"{roster_id(code)},{device(code, 0)},{account(code)}",
            f"{roster_id(code)},{device(code, 1)},",
        ]
    (folder / "ids.csv").write_text("\n".join(ids) + "\n", encoding="utf-8")
    return Cove(folder)


def roster_id(code: str) -> str:
    return f"ro-{code}{MARK}"


def name_of(one: Cove, code: str = WHO) -> str:
    """What the raw tables call somebody, or called them before they were erased."""
    return load_identities(one.study, one.workspace).kept(roster_id(code))


def device(code: str, number: int) -> str:
    return f"dv{number}-{code}{MARK}"


def account(code: str) -> str:
    return f"ac-{code}{MARK}"


def ids_of(code: str) -> tuple[str, ...]:
    return (roster_id(code), device(code, 0), device(code, 1), account(code))


def _line(stem: str, number: int, line: str) -> str:
    if stem == "roster":
        return re.sub(CODE, lambda found: roster_id(found[1]), line)
    if stem.startswith("alliance"):
        return re.sub(CODE, lambda found: account(found[1]), line)
    line = re.sub(rf"^{CODE}-", lambda found: f"e{found[1][1:]}-", line)
    return re.sub(CODE, lambda found: device(found[1], number % 2), line)


def _as_text(path: Path) -> str:
    """What is in the tables: strings in a file may be compressed."""
    with duckdb.connect(str(path), read_only=True) as con:
        tables = [name for (name,) in con.sql("select table_name from duckdb_tables()").fetchall()]
        return "\n".join(str(con.sql(f'from "{name}"').fetchall()) for name in tables)


_PASSING = {"build_id", "built_at", "study_hash", "load_id", "loaded_at", "seconds", "status"}


def _marts(path: Path, names: dict[str, str]) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    with duckdb.connect(str(path), read_only=True) as con:
        tables = [name for (name,) in con.sql("select table_name from duckdb_tables()").fetchall()]
        for table in sorted(name for name in tables if not name.startswith("dim_")):
            frame = con.sql(f'from "{table}"').pl()
            frame = frame.drop([name for name in frame.columns if name in _PASSING])
            if names:
                # Keys of ledger entries hold the name as well.
                renamed = pl.col(pl.String).str.replace_many(list(names), list(names.values()))
                frame = frame.with_columns(renamed)
            found[table] = sorted(frame.rows(), key=repr)
    return found
