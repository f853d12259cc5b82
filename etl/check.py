"""`rapport check`: what a load would do, without keeping anything."""

from dataclasses import dataclass
from typing import Literal

import duckdb
from rich.markup import escape
from rich.table import Table

from etl.coverage import feature_findings, participant_findings
from etl.files import export_files
from etl.findings import Finding
from etl.load import load_into
from etl.privacy import personal_columns
from etl.progress import Progress, quiet
from etl.receipt import Failure, LoadOutcome, Receipt, RuleCount
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
        shown = Table(title="Check of study and data", title_justify="left")
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
        for file in files:
            findings.extend(_file_findings(study, source, file.name))
    return findings


def _file_findings(study: Study, source: Source, name: str) -> list[Finding]:
    try:
        reader = open_reader(study.folder / name, source)
        personal = personal_columns(reader.columns(), study)
    except (UserError, OSError, EOFError):
        return []  # The load has said it: a file that cannot be opened is a failure there.
    where = f"{source.id}: {name}"
    findings = [Finding("info", where, f"{reader.format}, {len(reader.columns())} fields.", "")]
    if personal:
        listed = ", ".join(personal)
        findings.append(
            Finding(
                "warning",
                where,
                f"These fields look personal: {listed}.",
                "If nothing needs them, name them under privacy.drop in study.toml.",
            )
        )
    return findings


def _failure(failure: Failure) -> Finding:
    where = f"{failure.source_id}: {failure.source_file}"
    return Finding("error", where, failure.message, "Put it right, then check again.")


def _rule_findings(outcome: LoadOutcome) -> list[Finding]:
    return [
        _rule_finding(receipt, rule) for receipt in outcome.receipts for rule in receipt.by_rule
    ]


def _rule_finding(receipt: Receipt, rule: RuleCount) -> Finding:
    places = ", ".join(f"{row:,}" for row in rule.first_rows[:PLACES_SHOWN])
    column = f", column '{rule.column_name}'" if rule.column_name else ""
    what = "answer(s)" if rule.is_cell else "row(s)"
    return Finding(
        "warning",
        f"{receipt.source_id}: {receipt.source_file}",
        f"{rule.n_refused:,} {what} would be refused ({rule.rule}): row {places}{column}.",
        f"Expected {rule.expected}.",
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
