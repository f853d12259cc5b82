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

    @property
    def is_unusable(self) -> bool:
        """Whether every record was refused, for another reason than an erasure."""
        if not 0 < self.rows_read == self.rows_rejected:
            return False
        rules = {one.rule for one in self.by_rule if not one.is_cell}
        return rules != {"erased_participant"}


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
        """0 if every file was read and brought something, else 1."""
        return 1 if self.failed or self.unusable else 0

    @property
    def unusable(self) -> tuple[tuple[Receipt, ...], ...]:
        """By source, files of which every row was refused.

        Those that this load read; all files of a source of which no row counts, read now or not.
        """
        sources: dict[str, list[Receipt]] = {}
        for one in self.receipts:
            sources.setdefault(one.source_id, []).append(one)
        groups = []
        for own in sources.values():
            refused = [one for one in own if one.is_unusable]
            is_whole = len(refused) == sum(one.rows_read > 0 for one in own)
            groups.append(tuple(one for one in refused if is_whole or one.status == "loaded"))
        return tuple(group for group in groups if group)

    @property
    def is_changed(self) -> bool:
        """Whether any file brought or lost rows."""
        return any(one.status in ("loaded", "removed") for one in self.receipts)
