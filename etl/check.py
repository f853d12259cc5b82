"""`rapport check`: what a load would do, without keeping anything."""

from dataclasses import dataclass, replace
from typing import Literal

import duckdb
from rich import box
from rich.markup import escape
from rich.table import Table

from etl.coverage import feature_findings, participant_findings
from etl.files import ExportFile, export_files
from etl.findings import Finding
from etl.load import CANNOT_READ, load_into
from etl.privacy import personal_columns
from etl.progress import Progress, quiet
from etl.receipt import Failure, LoadOutcome, Receipt
from etl.receipt_text import Refusal, refusals
from etl.sources.formats import open_reader
from queries import sqlfile
from study.definition import Source, Study
from study.errors import UserError
from warehouse.connect import in_memory

PLACES_SHOWN = 5
COLOURS = {"error": "bold red", "warning": "yellow", "info": "dim"}


@dataclass(frozen=True)
class CheckReport:
    """What was found, gravest first."""

    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> Literal[0, 1, 2]:
        """0 clean, 1 warnings, 2 errors."""
        levels = {finding.severity for finding in self.findings}
        return 2 if "error" in levels else 1 if "warning" in levels else 0

    def table(self) -> Table:
        """The findings as a person reads them."""
        shown = Table(title="Check of study and data", title_justify="left", box=box.SIMPLE_HEAD)
        for heading in ("", "where", "what", "what to do"):
            shown.add_column(heading, overflow="fold")
        for one in self.findings:
            shown.add_row(
                f"[{COLOURS[one.severity]}]{one.severity}[/]",
                escape(one.where),
                escape(one.message),
                escape(one.remedy),
            )
        return shown


def check(study: Study, *, progress: Progress | None = None) -> CheckReport:
    """Load the exports into memory, say what stands out, and forget them."""
    con = in_memory()
    try:
        outcome = load_into(con, study, progress=progress or quiet())
        findings = [
            *_source_findings(study),
            *(_failure(one) for one in outcome.failed),
            *_rule_findings(outcome),
            *_span_findings(con, study, outcome),
            *feature_findings(con, study),
            *participant_findings(con),
        ]
    finally:
        con.close()
    order = ("error", "warning", "info")
    return CheckReport(tuple(sorted(findings, key=lambda one: order.index(one.severity))))


def _source_findings(study: Study) -> list[Finding]:
    findings = []
    for source in study.sources:
        files = export_files(study, source)
        if files:
            names = ", ".join(file.name for file in files[:3])
            more = f" and {len(files) - 3} more" if len(files) > 3 else ""
            findings.append(Finding("info", source.id, f"{len(files)} file(s): {names}{more}.", ""))
        findings.extend(_alike(source, files, [_described(one) for one in files]))
        findings.extend(_alike(source, files, [_personal(study, one) for one in files]))
    return findings


def _alike(
    source: Source, files: tuple[ExportFile, ...], said: list[Finding | None]
) -> list[Finding]:
    """One finding for all files of a source of which the same is to be said."""
    groups: dict[Finding, list[str]] = {}
    for file, one in zip(files, said, strict=True):
        if one is not None:
            groups.setdefault(one, []).append(file.name)
    return [
        replace(one, where=f"{source.id}: {names[0]}" + _more(len(names) - 1))
        for one, names in groups.items()
    ]


def _more(count: int) -> str:
    return f" and {count:,} more" if count else ""


def _columns(file: ExportFile) -> tuple[str, tuple[str, ...]]:
    """Format and fields of a file; none where it cannot be opened, which the load has said."""
    try:
        reader = open_reader(file.path, file.source)
        return reader.format, reader.columns()
    except (UserError, *CANNOT_READ):
        return "", ()


def _described(file: ExportFile) -> Finding | None:
    kind, columns = _columns(file)
    return Finding("info", "", f"{kind}, {len(columns)} fields.", "") if columns else None


def _personal(study: Study, file: ExportFile) -> Finding | None:
    personal = personal_columns(_columns(file)[1], study)
    if not personal:
        return None
    return Finding(
        "warning",
        "",
        f"These fields look personal: {', '.join(personal)}.",
        "If nothing needs them, name them under privacy.drop in study.toml.",
    )


def _failure(failure: Failure) -> Finding:
    where = f"{failure.source_id}: {failure.source_file}"
    return Finding("error", where, failure.message, "")


def _rule_findings(outcome: LoadOutcome) -> list[Finding]:
    return [
        _rule_finding(receipt, refusal)
        for receipt in outcome.receipts
        for refusal in refusals(receipt.by_rule)
    ]


def _rule_finding(receipt: Receipt, refusal: Refusal) -> Finding:
    column = "column" if len(refusal.columns) == 1 else "columns"
    places = f", {column} {refusal.places()}" if refusal.columns else ""
    return Finding(
        "warning",
        f"{receipt.source_id}: {receipt.source_file}",
        f"{refusal.amount} would be refused ({refusal.rule}): "
        f"{refusal.rows(PLACES_SHOWN)}{places}.",
        f"Expected {refusal.expected}.",
    )


def _span_findings(
    con: duckdb.DuckDBPyConnection, study: Study, outcome: LoadOutcome
) -> list[Finding]:
    spans = {
        row["source_id"]: row
        for row in sqlfile.load("load/source_spans.sql").fetch(con).iter_rows(named=True)
    }
    findings = []
    for source in study.sources:
        own = [one for one in outcome.receipts if one.source_id == source.id]
        read, loaded = sum(one.rows_read for one in own), sum(one.rows_loaded for one in own)
        duplicate = sum(one.rows_duplicate for one in own)
        span = spans.get(source.id)
        message = f"{read:,} rows read, {loaded:,} would be loaded, {duplicate:,} duplicate"
        if span is not None:
            message += f"; {span['n_participants']:,} participants"
            if span["first_date"] is not None:
                message += f"; from {span['first_date']} to {span['last_date']}"
        nothing = read > 0 and loaded == 0
        findings.append(
            Finding(
                "error" if nothing else "info",
                source.id,
                f"{message}.",
                "No row can be used: look at the rules above." if nothing else "",
            )
        )
    return findings
