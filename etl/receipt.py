"""What became of every row: receipts as objects."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["loaded", "unchanged", "failed", "missing", "removed"]


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
