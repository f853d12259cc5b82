"""What a load found, kept for the Data page."""

import hashlib
import re
from contextlib import closing
from datetime import UTC, datetime

import duckdb
import polars as pl

from etl.doctor.examine import examine
from etl.doctor.files import look_at_files
from etl.doctor.findings import Finding, Place, in_order
from etl.doctor.raw_tables import RawTables
from etl.progress import Progress, quiet
from etl.receipt import LoadOutcome
from etl.version import rapport_version
from queries import sqlfile
from study.definition import Study
from warehouse.connect import open_raw
from warehouse.damaged import told_when_damaged
from warehouse.full_disk import told_when_full
from warehouse.workspace import Workspace

SAID_ELSEWHERE = frozenset({"file_recognised"})
"""Codes of what the page shows anyway, or nobody needs to know once it is loaded."""
MANY_EVENTS = 250_000
"""After every load there is less patience than in a check that somebody asked for."""
_ONE = re.compile(r"(?<![\d,])1 (row|answer) were")
LEFT = "What was loaded is whole; what the load found is not kept."
SCHEMA = {
    "position": pl.Int32,
    "severity": pl.String,
    "code": pl.String,
    "source_id": pl.String,
    "subject": pl.String,
    "message": pl.String,
    "remedy": pl.String,
    "n_found": pl.Int64,
    "places": pl.String,
}


def record_findings(
    study: Study, workspace: Workspace, outcome: LoadOutcome, *, progress: Progress | None = None
) -> tuple[Finding, ...] | None:
    """Check what was loaded, keep the findings in place of those before, and return them.

    None where the load changed nothing, the study file, the program and the day are the same, and
    so are the findings: those kept stay.

    Raises
    ------
    UserError
        If another load holds the workspace, its disk is full, or its raw file is damaged.
    """
    told = progress or quiet()
    with (
        told_when_full(workspace.root, LEFT),
        told_when_damaged(workspace),
        closing(open_raw(workspace)) as con,
    ):
        now = datetime.now(UTC).replace(tzinfo=None)
        basis = _basis(con, study, outcome, now)
        if basis in set(sqlfile.load("load/held_findings_basis.sql").fetch(con)["digest"]):
            return None
        is_as_given = study.privacy.participant_ids == "as_given"
        raw = RawTables.of(con, study, now=now, is_as_given=is_as_given, many=MANY_EVENTS)
        found = [*look_at_files(raw, outcome, told).findings, *examine(raw, outcome, told)]
        kept = in_order(_as_loaded(one) for one in found if one.code not in SAID_ELSEWHERE)
        _keep(con, kept, basis)
    return kept


def _basis(
    con: duckdb.DuckDBPyConnection, study: Study, outcome: LoadOutcome, now: datetime
) -> str:
    """Digest of all that decides what is found."""
    held = sqlfile.load("load/held_contents.sql").fetch(con)
    parts = [
        rapport_version(),
        study.model_dump_json(),
        # Some findings are of times that are still to come.
        now.date(),
        [(one.file_id, one.status, one.message) for one in outcome.receipts],
        outcome.failed,
        held.rows(),
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _as_loaded(one: Finding) -> Finding:
    """What a check foretells, a load has done."""
    said = one.message.replace(" would be refused", " were refused")
    return one.model_copy(update={"message": _ONE.sub(r"1 \1 was", said)})


def _keep(con: duckdb.DuckDBPyConnection, findings: tuple[Finding, ...], basis: str) -> None:
    rows = [
        (
            position,
            one.severity,
            one.code,
            one.source,
            one.subject,
            one.message,
            one.remedy,
            one.count,
            "; ".join(in_words(place) for place in one.places),
        )
        for position, one in enumerate(findings, start=1)
    ]
    con.begin()
    try:
        sqlfile.load("load/delete_findings.sql").execute(con)
        con.register(
            "incoming_findings", pl.DataFrame(rows, schema=SCHEMA, orient="row").to_arrow()
        )
        sqlfile.load("load/insert_findings.sql").execute(con)
        con.unregister("incoming_findings")
        sqlfile.load("load/delete_findings_basis.sql").execute(con)
        sqlfile.load("load/insert_findings_basis.sql").execute(con, digest=basis)
    except BaseException:
        con.rollback()
        raise
    con.commit()


def in_words(place: Place) -> str:
    """Such as `exports/events.csv, column time, rows 3, 17`."""
    parts = [place.file]
    if place.columns:
        parts.append(
            f"{'column' if len(place.columns) == 1 else 'columns'} {', '.join(place.columns)}"
        )
    if place.rows:
        parts.append(
            f"{'row' if len(place.rows) == 1 else 'rows'} "
            f"{', '.join(f'{row:,}' for row in place.rows)}"
        )
    return ", ".join(parts)
