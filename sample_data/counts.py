"""What a receipt should say: rows of a file by what becomes of them."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """One row as an export holds it, and what a loader should make of it.

    `fault` is the rule that refuses the row ("" if none), `cells` the rules that refuse single
    answers of a row that is kept; `key` is what makes two rows the same.
    """

    fields: tuple[str, ...]
    key: Hashable
    participant: str
    fault: str = ""
    cells: tuple[str, ...] = ()
    is_late: bool = False


@dataclass
class FileCount:
    """Rows of one file: read = loaded + duplicate + rejected. `rules` sum to rejected."""

    path: str
    source: str
    rows_read: int = 0
    rows_loaded: int = 0
    rows_duplicate: int = 0
    rows_rejected: int = 0
    cells_refused: int = 0
    rules: dict[str, int] = field(default_factory=dict)
    cell_rules: dict[str, int] = field(default_factory=dict)
    late_rows: int = 0


def count_rows(
    path: str, source: str, rows: Iterable[Row], known: frozenset[str], seen: set[Hashable]
) -> FileCount:
    """Count one file. `seen` holds the keys of earlier files of the source and is added to."""
    count = FileCount(path, source)
    rules: Counter[str] = Counter()
    cell_rules: Counter[str] = Counter()
    for row in rows:
        count.rows_read += 1
        count.late_rows += row.is_late
        fault = row.fault or ("" if row.participant in known else "unknown_participant")
        if fault:
            rules[fault] += 1
        elif row.key in seen:
            count.rows_duplicate += 1
        else:
            seen.add(row.key)
            count.rows_loaded += 1
            cell_rules.update(row.cells)
    count.rows_rejected = rules.total()
    count.cells_refused = cell_rules.total()
    count.rules, count.cell_rules = dict(sorted(rules.items())), dict(sorted(cell_rules.items()))
    return count
