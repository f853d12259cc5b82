"""The receipt as a person reads it: a line a file, then what was refused, rule by rule."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich import box
from rich.console import Group
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from etl.receipt import LoadOutcome, Receipt, RuleCount
from etl.rules import REMEDIES

STATUS_WORDS = {
    "loaded": "loaded",
    "unchanged": "unchanged",
    "failed": "[bold red]failed[/]",
    "missing": "[yellow]gone, rows kept[/]",
    "removed": "[yellow]rows removed[/]",
}
UNCHANGED_SHOWN = 5
"""Unchanged files of a source that are listed one by one; more of them share a line."""
ROWS_SHOWN = 3
COLUMNS_SHOWN = 3
FILES_SAID = 3
RULES_SAID = 2
"""Of a file that cannot be used, the rules that refused most."""


@dataclass(frozen=True)
class Refusal:
    """What one rule refused in one file, whichever columns it stood in (most refused first)."""

    rule: str
    is_cell: bool
    expected: str
    n_refused: int
    columns: tuple[str, ...]
    first_rows: tuple[int, ...]
    has_more_rows: bool

    @property
    def amount(self) -> str:
        """Such as `1 row` or `11 answers`."""
        noun = "answer" if self.is_cell else "row"
        return f"{self.n_refused:,} {noun}{'' if self.n_refused == 1 else 's'}"

    def rows(self, shown: int) -> str:
        """The first row numbers, such as `row 3, 8, 17, ...`."""
        listed = ", ".join(f"{row:,}" for row in self.first_rows[:shown])
        is_cut = self.has_more_rows or len(self.first_rows) > shown
        return f"row {listed}" + (", ..." if is_cut else "")

    def places(self) -> str:
        """The columns, such as `'mood 1', 'mood 2', 'mood 3' and 5 more`; empty without one."""
        names = ", ".join(f"'{name}'" for name in self.columns[:COLUMNS_SHOWN])
        more = len(self.columns) - COLUMNS_SHOWN
        return f"{names} and {more} more" if more > 0 else names


def refusals(by_rule: Sequence[RuleCount]) -> tuple[Refusal, ...]:
    """A file's refusals by rule and expectation, in the order of the counts."""
    groups: dict[tuple[str, bool, str], list[RuleCount]] = {}
    for one in by_rule:
        groups.setdefault((one.rule, one.is_cell, one.expected), []).append(one)
    return tuple(
        Refusal(
            rule,
            is_cell,
            expected,
            sum(one.n_refused for one in group),
            tuple(one.column_name for one in group if one.column_name),
            # Each column gives its first rows, so these are the first of all columns too.
            tuple(sorted({row for one in group for row in one.first_rows})),
            any(one.n_refused > len(one.first_rows) for one in group),
        )
        for (rule, is_cell, expected), group in groups.items()
    )


def receipt_table(outcome: LoadOutcome) -> Table:
    """A line a file; many unchanged files of one source share one."""
    shown = Table(title="What became of every row", title_justify="left", box=box.SIMPLE_HEAD)
    shown.add_column("file", overflow="fold")
    for heading in ("read", "loaded", "duplicate", "rejected", "answers\nrefused"):
        shown.add_column(heading, justify="right")
    shown.add_column("status")
    for name, receipts in _lines(outcome.receipts):
        counts = zip(*(_counts(one) for one in receipts), strict=True)
        shown.add_row(
            escape(name), *(f"{sum(column):,}" for column in counts), _status(receipts[0])
        )
    return shown


def refusal_list(outcome: LoadOutcome) -> Group | None:
    """What was refused in each file that was read or could not be; None where nothing was."""
    parts: list[Text | Padding] = []
    for one in outcome.receipts:
        if one.status == "unchanged" or not one.by_rule:
            continue
        lines = Table.grid(padding=(0, 2))
        lines.add_column(min_width=max(map(len, _RULES_ALIGNED)))
        lines.add_column(justify="right", min_width=len("100 answers"), no_wrap=True)
        lines.add_column()
        for refusal in refusals(one.by_rule):
            places = refusal.places()
            where = f"{places}: {refusal.rows(ROWS_SHOWN)}" if places else refusal.rows(ROWS_SHOWN)
            lines.add_row(refusal.rule, refusal.amount, escape(where))
        parts += [Text(_name(one)), Padding(lines, (0, 0, 0, 2))]
    if not parts:
        return None
    heading = Text("Refused, and kept aside with the reason", style="italic")
    return Group(heading, *parts, Text())


def unusable_notes(outcome: LoadOutcome) -> list[tuple[str, str]]:
    """By source with files of which every row was refused: which, by what rule, and what to do."""
    return [(group[0].source_id, _unusable(group)) for group in outcome.unusable]


def _unusable(files: Sequence[Receipt]) -> str:
    counts: dict[Refusal, int] = {}
    for one in files:
        for each in refusals([rule for rule in one.by_rule if not rule.is_cell]):
            key = replace(each, n_refused=0, first_rows=(), has_more_rows=False)
            counts[key] = counts.get(key, 0) + each.n_refused
    most = sorted(counts, key=lambda key: -counts[key])
    said = " ".join(_why(replace(key, n_refused=counts[key])) for key in most[:RULES_SAID])
    more = f" and {len(files) - FILES_SAID} more" if len(files) > FILES_SAID else ""
    names = ", ".join(one.source_file for one in files[:FILES_SAID]) + more
    n_read = sum(one.rows_read for one in files)
    none = "its only row was refused" if n_read == 1 else f"all {n_read:,} rows were refused"
    return f"Nothing of {names} can be used: {none}. {said}"


def _why(refusal: Refusal) -> str:
    at = f" in {refusal.places()}" if refusal.places() else ""
    remedy = REMEDIES.get(refusal.rule, "")
    return f"{refusal.rule} ({refusal.amount}{at}): expected {refusal.expected}. {remedy}".strip()


_RULES_ALIGNED = ("unknown_participant", "missing_participant")
"""The longest of the usual rules, so that the lists of all files stand in the same columns."""


def _lines(receipts: Sequence[Receipt]) -> list[tuple[str, list[Receipt]]]:
    unchanged: dict[str, list[Receipt]] = {}
    for one in receipts:
        if one.status == "unchanged":
            unchanged.setdefault(one.source_id, []).append(one)
    lines = []
    for one in receipts:
        alike = unchanged.get(one.source_id, [])
        if one.status != "unchanged" or len(alike) <= UNCHANGED_SHOWN:
            lines.append((_name(one), [one]))
        elif one is alike[0]:
            lines.append((f"{one.source_id}: {len(alike):,} files", alike))
    return lines


def _name(receipt: Receipt) -> str:
    return f"{receipt.source_id}: {receipt.source_file}"


def _counts(receipt: Receipt) -> tuple[int, ...]:
    return (
        receipt.rows_read,
        receipt.rows_loaded,
        receipt.rows_duplicate,
        receipt.rows_rejected,
        receipt.cells_refused,
    )


def _status(receipt: Receipt) -> str:
    if receipt.is_unusable and receipt.status in ("loaded", "unchanged"):
        return "[bold red]all refused[/]"
    kept = ", rows kept" if receipt.status == "failed" and receipt.rows_read else ""
    return STATUS_WORDS[receipt.status] + kept
