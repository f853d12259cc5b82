"""What the loader already holds, and what to do with a file that is no longer among the exports."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from etl.files import is_folder, is_locked
from queries import sqlfile
from study.definition import Study


@dataclass(frozen=True)
class Held:
    """A file of an earlier load."""

    file_id: str
    file_number: int
    source_id: str
    path: str
    sha256: str
    mapping_hash: str
    rows_read: int
    status: str

    def is_same(self, sha256: str, mapping_hash: str) -> bool:
        """Whether reading it again would change nothing."""
        return (self.status, self.sha256, self.mapping_hash) == ("loaded", sha256, mapping_hash)


def held_files(con: duckdb.DuckDBPyConnection) -> dict[str, Held]:
    """Files of earlier loads, by id."""
    rows = sqlfile.load("load/held_files.sql").fetch(con)
    return {row["file_id"]: Held(**row) for row in rows.iter_rows(named=True)}


def removed_or_missing(study: Study, held: Held) -> tuple[Literal["removed", "missing"], str]:
    """What becomes of a held file that today's sources do not give, and how to say it.

    A file that vanished from disk keeps its rows: exports are often cleared away after a load.
    One whose source or pattern was taken out of the study file loses them: the study file says
    what the data are, and a renamed source would otherwise count every event twice.
    """
    is_known = any(source.id == held.source_id for source in study.sources)
    path = study.folder / held.path
    if is_known and _is_hidden(path):
        return "missing", (
            f"{held.path} of source '{held.source_id}' lies in a folder that may not be looked "
            "into. Its rows stay."
        )
    if is_known and not path.exists():
        return "missing", (
            f"{held.path} of source '{held.source_id}' is gone from disk. Its rows stay. To take "
            "them out, remove raw.duckdb from the workspace (not the key beside it) and load again."
        )
    return "removed", (
        f"{held.path} is no longer named by source '{held.source_id}' in study.toml. Its rows "
        "were taken out."
    )


def _is_hidden(path: Path) -> bool:
    """Whether nobody may say if there is such a file: a folder above it may not be looked into."""
    # What cannot be looked at counts as no folder here, and then the one above it is asked.
    above = next((folder for folder in path.parents if is_folder(folder)), None)
    return above is not None and is_locked(above)


def emptied(held: Held) -> str:
    """What to say of a file that had rows and has none: more often a failed export than news."""
    return (
        f"{held.path}: it is empty now and held {_rows(held.rows_read)} at an earlier load. What "
        "it brought stays. Export it again, then run: rapport load. If it is rightly empty, remove "
        "raw.duckdb from the workspace (not the key beside it) and load again."
    )


def shrunk(held: Held, rows_read: int) -> str:
    """What to say of a file that has fewer rows than before: the others are taken out."""
    return (
        f"{held.path} of source '{held.source_id}' has {_rows(rows_read)}, and had "
        f"{_rows(held.rows_read)} before. Rows that it has no more are taken out."
    )


def _rows(count: int) -> str:
    return f"{count:,} row" + ("" if count == 1 else "s")
