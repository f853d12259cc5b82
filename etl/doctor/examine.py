"""Every check of the loaded tables, one theme after the other."""

from collections.abc import Callable, Sequence

from etl.doctor.answers import answer_findings
from etl.doctor.clocks import clock_findings
from etl.doctor.duplicates import duplicate_findings
from etl.doctor.features import feature_findings
from etl.doctor.findings import Finding
from etl.doctor.log_days import log_day_findings
from etl.doctor.people import people_findings
from etl.doctor.personal import personal_value_findings
from etl.doctor.raw_tables import RawTables
from etl.doctor.refused import failure_findings, refusal_findings, unusable_findings
from etl.doctor.time_zones import time_zone_findings
from etl.progress import Progress
from etl.receipt import LoadOutcome

THEMES: tuple[tuple[str, Callable[[RawTables], Sequence[Finding]]], ...] = (
    ("hours of the day", time_zone_findings),
    ("clocks", clock_findings),
    ("participants", people_findings),
    ("features", feature_findings),
    ("answers", answer_findings),
    ("duplicates", duplicate_findings),
    ("personal values", personal_value_findings),
    ("days", log_day_findings),
)


def examine(raw: RawTables, outcome: LoadOutcome, progress: Progress) -> list[Finding]:
    """What stands out in the loader's tables after a load. Writes nothing."""
    found: list[Finding] = [
        *failure_findings(outcome.failed),
        *unusable_findings(raw.study, outcome.receipts),
        *refusal_findings(outcome.receipts),
    ]
    for name, look_at in THEMES:
        progress.start(f"looking at {name}")
        try:
            found += look_at(raw)
        finally:
            progress.finish()
    return found
