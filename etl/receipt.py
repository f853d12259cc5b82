"""What became of every row: receipts as objects and as a table."""

from dataclasses import dataclass
from typing import Literal

from rich.markup import escape
from rich.table import Table

Status = Literal["loaded", "unchanged", "failed", "missing", "removed"]
STATUS_WORDS = {
    "loaded": "loaded",
    "unchanged": "unchanged",
    "failed": "[bold red]failed[/]",
    "missing": "[yellow]gone from disk, rows kept[/]",
    "removed": "[yellow]no longer in study.toml, rows removed[/]",
}


@dataclass(frozen=True)
class RuleCount:
    """How many records (or answers of wide records) one rule refused in one file."""

    rule: str
    column_name: str | None
    is_cell: bool
    expected: str
    n_refused: int
    first_rows: tuple[int, ...]


@dataclass(frozen=True)
class Receipt:
    """What became of the records of one file: read = loaded + duplicate + rejected.

    `cells_refused` counts single answers of wide records. `seconds` is 0 for a file not read.
    """

    file_id: str
    source_id: str
    kind: str
    source_file: str
    status: Status
    rows_read: int
    rows_loaded: int
    rows_duplicate: int
    rows_rejected: int
    cells_refused: int
    seconds: float
    message: str | None
    by_rule: tuple[RuleCount, ...]


@dataclass(frozen=True)
class Failure:
    """A file, or a source without one, that could not be read."""

    source_id: str
    source_file: str
    message: str


@dataclass(frozen=True)
class LoadOutcome:
    """What a load did."""

    load_id: str
    receipts: tuple[Receipt, ...]
    failed: tuple[Failure, ...]
    warnings: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 if every file was read, else 1."""
        return 1 if self.failed else 0

    @property
    def is_changed(self) -> bool:
        """Whether any file brought or lost rows."""
        return any(one.status in ("loaded", "removed") for one in self.receipts)


EXAMPLES_SHOWN = 3


def table(outcome: LoadOutcome) -> Table:
    """The receipt as a person reads it: a line a file, and below it a line a rule."""
    shown = Table(title="What became of every row", title_justify="left", show_lines=False)
    shown.add_column("file", overflow="fold")
    for heading in ("read", "loaded", "duplicate", "rejected", "cells refused", "seconds"):
        shown.add_column(heading, justify="right")
    shown.add_column("status")
    for receipt in outcome.receipts:
        counts = (
            receipt.rows_read,
            receipt.rows_loaded,
            receipt.rows_duplicate,
            receipt.rows_rejected,
            receipt.cells_refused,
        )
        shown.add_row(
            escape(f"{receipt.source_id}: {receipt.source_file}"),
            *(f"{count:,}" for count in counts),
            f"{receipt.seconds:.1f}",
            STATUS_WORDS[receipt.status],
        )
        for rule in receipt.by_rule:
            refused = f"{rule.n_refused:,}"
            shown.add_row(
                escape(f"  {_rule_line(rule)}"),
                *("", "", "", *(("", refused) if rule.is_cell else (refused, ""))),
                style="dim",
            )
    return shown


def _rule_line(rule: RuleCount) -> str:
    rows = ", ".join(f"{row:,}" for row in rule.first_rows[:EXAMPLES_SHOWN])
    more = ", ..." if rule.n_refused > EXAMPLES_SHOWN else ""
    column = f" in '{rule.column_name}'" if rule.column_name else ""
    return f"{rule.rule}{column}: row {rows}{more}"
