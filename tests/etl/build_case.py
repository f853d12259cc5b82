"""A small study with hand-made raw tables, for the tests of builds."""

from pathlib import Path

import duckdb

from queries import sqlfile
from study.definition import Study
from study.file import load_study
from tests.queries.spec import parse
from warehouse.connect import open_raw
from warehouse.workspace import Workspace

STUDY = """
schema = 1
[study]
id = "small"
title = "A small study"
planned_weeks = 2
[[sources]]
id = "app"
kind = "events"
path = "events.csv"
participant = "p"
[sources.events]
name = "name"
time = "time"
[[features]]
id = "praise"
label = "Praise"
principle = "praise"
stages = { seen = { event = "praise_shown" } }
"""
DEFAULTS = {
    "file_number": 1,
    "time_zone": "UTC",
    "dedupe_key": 1,
    "quantity": 1,
    "status": "loaded",
    "properties": '{"note": "free text of a participant"}',
}
EVENTS = """
participant_id | event_name   | occurred_at         | local_date
p1             | opened       | 2025-03-01 10:00:00 | 2025-03-01
p1             | praise_shown | 2025-03-01 10:01:00 | 2025-03-01
p2             | opened       | 2025-03-02 10:00:00 | 2025-03-02
p1             | opened       | 2025-03-16 10:00:00 | 2025-03-16
"""
MORE_EVENTS = """
participant_id | event_name   | occurred_at         | local_date
p3             | opened       | 2025-03-17 10:00:00 | 2025-03-17
"""


def small_study(folder: Path) -> Study:
    """The study above, written to a folder and read."""
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return load_study(folder)


def make_raw(workspace: Workspace) -> None:
    """The loader's tables, with the events above."""
    con = open_raw(workspace)
    for path in sqlfile.all_paths("raw"):
        sqlfile.load(path).execute(con)
    con.execute(
        "insert into files (file_id, file_number, source_id, path, sha256, mapping_hash, bytes, "
        "rows_read, load_id, loaded_at, status) "
        "values ('f', 1, 'app', 'events.csv', '', '', 0, 0, 'l', '2025-03-31', 'loaded')"
    )
    con.close()
    add_events(workspace, EVENTS)


def add_events(workspace: Workspace, text: str) -> None:
    """Add a text table of events, as a later load would."""
    names, rows = parse(text)
    con = open_raw(workspace)
    n_before = len(con.sql("from events").fetchall())
    columns = [*names, *DEFAULTS, "source_row"]
    marks = ", ".join("?" for _ in columns)
    for place, row in enumerate(rows, start=n_before + 1):
        con.execute(
            f"insert into events ({', '.join(columns)}) values ({marks})",
            [*row, *DEFAULTS.values(), place],
        )
    note_load(con, where=f"source_row > {n_before}")
    con.close()


def note_load(con: duckdb.DuckDBPyConnection, *, where: str) -> None:
    """Note a load that changed the events of a condition, as the loader would."""
    con.execute(
        "insert into loads (load_id, load_number, started_at, finished_at, study_hash, "
        "rapport_version) select concat('l', count(*)), count(*) + 1, now(), now(), '', '' from loads"
    )
    con.execute(
        "insert into participant_changes select participant_id, (select max(load_number) from loads), "
        f"min(occurred_at) from events where {where} group by participant_id"
    )
