"""A small study in a temporary folder, and what its raw tables hold after a load."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from etl.load import load
from etl.progress import Progress
from etl.receipt import LoadOutcome, Receipt
from study.definition import (
    AnswerColumns,
    Calendar,
    EventColumns,
    Instrument,
    Privacy,
    RosterColumns,
    Scale,
    Source,
    Study,
)
from warehouse.connect import open_raw
from warehouse.workspace import Workspace

MOOD = Instrument(
    id="mood",
    label="Mood",
    items=("1", "2", "3"),
    low=1,
    high=5,
    scales=(Scale(id="total", label="Total", items=("1", "2", "3")),),
)
ORIGIN = date(2025, 1, 6)


def study(folder: Path, *sources: Source, **parts: Any) -> Study:
    """A study with ids as the exports give them, unless `privacy` says otherwise."""
    calendar = Calendar(id="t", title="Test", time_zone=parts.pop("time_zone", "UTC"))
    privacy = parts.pop("privacy", Privacy())
    if "participant_ids" not in privacy.model_fields_set:
        privacy = privacy.model_copy(update={"participant_ids": "as_given"})
    return Study(
        study=calendar,
        sources=sources,
        instruments=(MOOD,),
        privacy=privacy,
        folder=folder,
        digest="d",
        **parts,
    )


def events(path: str = "events.csv", **given: Any) -> Source:
    columns = {"name": "event", "time": "time", **given.pop("columns", {})}
    return Source(
        id=given.pop("id", "app"),
        kind="events",
        path=path,
        participant="pid",
        events=EventColumns(**columns),
        **given,
    )


def wide(path: str = "wide.csv", **given: Any) -> Source:
    columns = {
        "shape": "wide",
        "time": "time",
        "column_pattern": "{instrument}_{item}",
        **given.pop("columns", {}),
    }
    return Source(
        id="survey",
        kind="answers",
        path=path,
        participant="pid",
        answers=AnswerColumns(**columns),
        **given,
    )


def long(path: str = "long.csv", **given: Any) -> Source:
    columns = {
        "shape": "long",
        "time": "time",
        "instrument": "instrument",
        "item": "item",
        "value": "value",
        **given.pop("columns", {}),
    }
    return Source(
        id="survey",
        kind="answers",
        path=path,
        participant="pid",
        answers=AnswerColumns(**columns),
        **given,
    )


def roster(path: str = "roster.csv", **given: Any) -> Source:
    columns = {"enrolled": "enrolled", **given.pop("columns", {})}
    return Source(
        id="roster",
        kind="roster",
        path=path,
        participant="pid",
        roster=RosterColumns(**columns),
        **given,
    )


def write(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
    return path


def run(one: Study, progress: Progress | None = None) -> LoadOutcome:
    return load(one, Workspace.beside(one.folder), progress=progress)


def only(outcome: LoadOutcome) -> Receipt:
    (receipt,) = outcome.receipts
    return receipt


def counts(receipt: Receipt) -> tuple[int, int, int, int]:
    """Rows read, loaded, duplicate, rejected."""
    return (
        receipt.rows_read,
        receipt.rows_loaded,
        receipt.rows_duplicate,
        receipt.rows_rejected,
    )


def refused(receipt: Receipt) -> dict[str, tuple[int, ...]]:
    """Rows by rule."""
    return {one.rule: one.first_rows for one in receipt.by_rule if not one.is_cell}


def raw(one: Study, sql: str) -> list[tuple[Any, ...]]:
    con = open_raw(Workspace.beside(one.folder))
    try:
        return con.sql(sql).fetchall()
    finally:
        con.close()


def frame(one: Study, sql: str) -> pl.DataFrame:
    con = open_raw(Workspace.beside(one.folder))
    try:
        return con.sql(sql).pl()
    finally:
        con.close()
