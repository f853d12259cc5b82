"""A loaded study whose events come, go and come back, as later loads would have it.

The loader itself has no part in it: statuses are changed by hand, and `participant_changes` says so as
the loader would. What is kept of the build before is thus tested for every change that there can be.
"""

import random
from collections.abc import Collection
from pathlib import Path

import duckdb
import polars as pl

from etl.load import load
from study.definition import Study
from study.file import load_study
from warehouse.connect import open_mart, open_raw
from warehouse.workspace import Workspace

TINY = Path(__file__).parents[2] / "sample_data" / "tiny"
MORE = """
[[variants]]
id = "plain"
label = "Plain reminder"
feature = "reminder"
property = "screen"
value = "home"
randomised = true
probability = 0.5
[[variants]]
id = "warm"
label = "Warm reminder"
feature = "reminder"
property = "screen"
value = "chat"
randomised = true
probability = 0.5
"""
STAMPS = ("build_id", "built_at", "load_number", "load_id", "is_full", "kept_load_number")
"""What is of the build and not of the data."""


def tiny_study(folder: Path) -> Study:
    """The tiny study with variants, its exports beside it."""
    exports = folder / "exports"
    if not exports.exists():
        exports.symlink_to(TINY / "exports", target_is_directory=True)
    text = (TINY / "study.toml").read_text(encoding="utf-8")
    (folder / "study.toml").write_text(text + MORE, encoding="utf-8")
    return load_study(folder)


def loaded(study: Study, workspace: Workspace, rng: random.Random) -> None:
    """Load the study's exports; then every event gets a version of the reminder and a local date at
    random, one day off at most, as time zones would have it."""
    load(study, workspace)
    con = open_raw(workspace)
    places = con.sql("select file_number, source_row from events order by all").fetchall()
    drawn = [
        {
            "file": file,
            "row": row,
            "n_days": rng.choice([-1, 0, 0, 0, 1]),
            "shown": rng.choice(['{"screen": "home"}', '{"screen": "chat"}', '{"screen": "x"}']),
        }
        for file, row in places
    ]
    con.register("drawn", pl.DataFrame(drawn).to_arrow())
    con.execute(
        "update events set local_date = occurred_at::date + n_days::integer, "
        "properties = json_merge_patch(properties, shown) from drawn "
        "where file_number = drawn.file and source_row = drawn.row"
    )
    con.unregister("drawn")
    con.execute("delete from participant_changes")
    con.close()


def next_load(
    workspace: Workspace,
    rng: random.Random,
    *,
    n_events: int = 20,
    n_answers: int = 0,
    of: tuple[str, ...] = (),
) -> set[str]:
    """Another load: some events that counted count no more, and the reverse; whose they are.

    Parameters
    ----------
    of
        The participants whose events may change; all where none is named.
    """
    con = open_raw(workspace)
    number = begin_load(con, rng)
    places = con.execute(
        "select file_number, source_row, participant_id, occurred_at, status from events "
        "where status <> 'rejected' and (len(?) = 0 or list_contains(?, participant_id)) order by all",
        [list(of), list(of)],
    ).fetchall()
    changed: dict[str, object] = {}
    drawn = rng.sample(places, n_events)
    for _, _, who, at, _ in drawn:
        changed[who] = min(changed.get(who, at), at)
    flipped = pl.DataFrame([one[:2] for one in drawn], schema=["file", "row"], orient="row")
    con.register("flipped", flipped.to_arrow())
    con.execute(
        "update events set status = if(status = 'loaded', 'duplicate', 'loaded') from flipped "
        "where file_number = flipped.file and source_row = flipped.row"
    )
    con.unregister("flipped")
    if n_answers:
        rows = con.sql(
            "select rowid, participant_id, status from answers where status <> 'rejected' order by all"
        ).fetchall()
        for row, who, status in rng.sample(rows, n_answers):
            other = "duplicate" if status == "loaded" else "loaded"
            con.execute("update answers set status = ? where rowid = ?", [other, row])
            changed.setdefault(who, None)
    for who, at in changed.items():
        con.execute("insert into participant_changes values (?, ?, ?)", [who, number, at])
    con.close()
    return {who for who, at in changed.items() if at is not None}


def begin_load(
    con: duckdb.DuckDBPyConnection, rng: random.Random, *, is_finished: bool = True
) -> int:
    """Note one more load; returns its number."""
    number = con.sql("select coalesce(max(load_number), 0) + 1 from loads").fetchall()[0][0]
    con.execute(
        "insert into loads (load_id, load_number, started_at, finished_at, study_hash, "
        "rapport_version) values (?, ?, now(), case when ? then now() end, '', '')",
        [f"load-{rng.random()}", number, is_finished],
    )
    return int(number)


def contents(path: Path, *, but: Collection[str] = ()) -> dict[str, list[tuple]]:
    """Every row of every table of a build, in one order; but for what is of the build itself.

    Parameters
    ----------
    but
        More columns that are left out, of `fct_receipts` only.
    """
    con = open_mart(path)
    tables = {}
    for (name,) in con.sql("select table_name from duckdb_tables()").fetchall():
        left_out = {*STAMPS, *(but if name == "fct_receipts" else ())}
        columns = [one for one in con.table(name).columns if one not in left_out]
        listed = ", ".join(f'"{one}"' for one in columns)
        tables[name] = con.sql(f"select {listed} from {name} order by all").fetchall()
    con.close()
    return tables


def assert_same(found: dict[str, list[tuple]], expected: dict[str, list[tuple]]) -> None:
    """Every cell of every table is the same."""
    assert found.keys() == expected.keys()
    for name, rows in expected.items():
        assert found[name] == rows, f"{name}: {_difference(found[name], rows)}"


def _difference(found: list[tuple], expected: list[tuple]) -> str:
    ours, theirs = set(map(str, found)), set(map(str, expected))
    return f"{sorted(ours - theirs)[:3]} instead of {sorted(theirs - ours)[:3]}"
