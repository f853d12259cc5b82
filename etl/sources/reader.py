"""What every reader of an export file gives: batches of text fields, and the records it refused."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

ROW = "\x00row"
"""Name of the column of row numbers: one that no export can have."""
REST = "\x00rest"
"""Name of the column that holds, as JSON, every field that was not asked for by name."""


@dataclass(frozen=True)
class BadRow:
    """A record that cannot be read as a row, or that its format marks as none of the study's.

    `raw_text` is kept in the loader's own file only; `expected` never holds a value.
    """

    source_row: int
    expected: str
    raw_text: str | None
    rule: str = "bad_row"


@dataclass(frozen=True)
class Batch:
    """A stretch of a file.

    Parameters
    ----------
    rows
        `ROW` (Int64) and one String column a field asked for; NULL where it is absent.
    raw
        `ROW` and whatever the reader's `raw_text` needs to give the rows' own text back.
    bad
        Records that are not rows; their numbers are not in `rows`.
    """

    rows: pl.DataFrame
    raw: pl.DataFrame
    bad: tuple[BadRow, ...] = ()

    @property
    def n_records(self) -> int:
        """Records read, good and bad."""
        return self.rows.height + len(self.bad)


class Reader(Protocol):
    """One export file, opened for reading. Rows are numbered from 1."""

    format: str
    """How the format is called in messages."""
    is_ragged: bool
    """Whether a field may be absent from some records (JSON) or must be a column (tables)."""

    def columns(self) -> tuple[str, ...]:
        """Names that fields can be asked for by; nested ones with dots."""
        ...

    def has(self, field: str) -> bool:
        """Whether the file has a field of that name."""
        ...

    def batches(self, fields: Sequence[str], *, rest: bool = False) -> Iterator[Batch]:
        """Read the file from its beginning; `rest` adds the column `REST`."""
        ...

    def notes(self) -> tuple[str, ...]:
        """What a person should know of the file once it was read; never a participant's value."""
        ...

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """The text of rows of `Batch.raw`, without the fields that the study drops."""
        ...
