"""A small study with hand-made raw tables, for the tests of builds."""

from pathlib import Path

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
    "file_id": "f",
    "source_id": "app",
    "source_file": "events.csv",
    "time_zone": "UTC",
    "dedupe_key": "k",
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
    con.close()
