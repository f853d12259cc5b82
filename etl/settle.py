"""The end of a load: what only all rows together can decide, and the receipts of every file."""

from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from etl.changes import Changes
from etl.progress import Progress
from etl.receipt import Receipt, RuleCount, Status
from etl.resolve import resolve
from queries import sqlfile
from study.definition import Source, Study

RECEIPTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "load_id": pl.String,
    "file_id": pl.String,
    "source_id": pl.String,
    "kind": pl.String,
    "source_file": pl.String,
    "status": pl.String,
    "rows_read": pl.Int64,
    "rows_loaded": pl.Int64,
    "rows_duplicate": pl.Int64,
    "rows_rejected": pl.Int64,
    "cells_refused": pl.Int64,
    "seconds": pl.Float64,
    "loaded_at": pl.Datetime("us"),
    "message": pl.String,
}


class LostRowsError(Exception):
    """A file's rows do not add up: a defect of ours, never of the data. Nothing is kept."""


@dataclass(frozen=True)
class Seen:
    """What this load did with one file; `source` is None where the study file has it no more."""

    file_id: str
    source: Source | None
    source_file: str
    status: Status
    seconds: float
    message: str | None
    source_id: str = ""


def settle(
    con: duckdb.DuckDBPyConnection,
    study: Study,
    seen: tuple[Seen, ...],
    *,
    load_id: str,
    loaded_at: datetime,
    must_resolve: bool,
    progress: Progress,
    changes: Changes | None = None,
) -> tuple[Receipt, ...]:
    """Resolve rows, check that every file adds up, and keep the receipts.

    Parameters
    ----------
    changes
        What the load changed; None where nobody knows, and everything is looked at.

    Raises
    ------
    LostRowsError
        If rows read are not rows loaded + duplicate + rejected for some file.
    """
    if must_resolve:
        resolve(con, study, progress, changes)
        _count(con)
        _note_changes(con, changes, load_id)
    receipts = _receipts(con, seen)
    _check_sums(receipts)
    rows = [(load_id, *_columns(receipt), loaded_at, receipt.message) for receipt in receipts]
    frame = pl.DataFrame(rows, schema=RECEIPTS, orient="row")
    con.register("incoming_receipts", frame.to_arrow())
    sqlfile.load("load/insert_receipts.sql").execute(con)
    con.unregister("incoming_receipts")
    progress.advance(0)
    return receipts


def _count(con: duckdb.DuckDBPyConnection) -> None:
    """Write down anew what became of the records of files of which any changed."""
    for name in ("affected_files", "counted_files", "update_file_counts"):
        sqlfile.load(f"load/{name}.sql").execute(con)


def _note_changes(con: duckdb.DuckDBPyConnection, changes: Changes | None, load_id: str) -> None:
    if changes is None:
        sqlfile.load("load/insert_every_participant.sql").execute(con, load_id=load_id)
        return
    for name in ("insert_events_that_came", "answers_now"):
        sqlfile.load(f"load/{name}.sql").execute(con)
    sqlfile.load("load/insert_participant_changes.sql").execute(con, load_id=load_id)


def _receipts(con: duckdb.DuckDBPyConnection, seen: tuple[Seen, ...]) -> tuple[Receipt, ...]:
    counts = {
        row[0]: row[1:] for row in sqlfile.load("load/file_counts.sql").fetch(con).iter_rows()
    }
    rules: dict[str, list[RuleCount]] = {}
    for row in sqlfile.load("load/rule_counts.sql").fetch(con).iter_rows(named=True):
        rules.setdefault(row.pop("file_id"), []).append(
            RuleCount(**row | {"first_rows": tuple(row["first_rows"])})
        )
    return tuple(_receipt(one, counts, tuple(rules.get(one.file_id, ()))) for one in seen)


def _receipt(
    one: Seen, counts: dict[str, tuple[int, ...]], by_rule: tuple[RuleCount, ...]
) -> Receipt:
    rows_read, loaded, duplicate, rejected, cells = counts.get(one.file_id, (0, 0, 0, 0, 0))
    return Receipt(
        file_id=one.file_id,
        source_id=one.source.id if one.source else one.source_id,
        kind=one.source.kind if one.source else "",
        source_file=one.source_file,
        status=one.status,
        rows_read=rows_read,
        rows_loaded=loaded,
        rows_duplicate=duplicate,
        rows_rejected=rejected,
        cells_refused=cells,
        seconds=one.seconds,
        message=one.message,
        by_rule=by_rule,
    )


def _check_sums(receipts: tuple[Receipt, ...]) -> None:
    for one in receipts:
        kept = one.rows_loaded + one.rows_duplicate + one.rows_rejected
        if one.rows_read != kept:
            raise LostRowsError(
                f"{one.source_file}: {one.rows_read} rows were read, but {one.rows_loaded} loaded "
                f"+ {one.rows_duplicate} duplicate + {one.rows_rejected} rejected = {kept}."
            )


def _columns(receipt: Receipt) -> tuple[object, ...]:
    return (
        receipt.file_id,
        receipt.source_id,
        receipt.kind,
        receipt.source_file,
        receipt.status,
        receipt.rows_read,
        receipt.rows_loaded,
        receipt.rows_duplicate,
        receipt.rows_rejected,
        receipt.cells_refused,
        receipt.seconds,
    )
