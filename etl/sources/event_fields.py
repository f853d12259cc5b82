"""Event exports whose fields need a touch before the loader judges them: one wrapper for all."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from etl.sources.reader import ROW, Batch, Reader

Touch = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass
class EventFields:
    """A reader that gives another reader's fields under the names an export format always uses.

    Parameters
    ----------
    inner
        Reads the file.
    touch
        Puts the rows right; it finds the fields asked for and those of `also` that are there.
    names
        By field, what it is called in this file where that is another name.
    made
        Fields that `touch` makes, and the file need not have.
    optional
        Fields that an export may be without: they are empty then.
    also
        Fields that `touch` needs.
    for_rest
        Fields that `touch` needs where the rest is wanted too.
    said
        What there is to note once the file was read.
    begin
        Called before the file is read from its beginning.
    """

    inner: Reader
    touch: Touch
    names: Mapping[str, str] = field(default_factory=dict)
    made: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    for_rest: tuple[str, ...] = ()
    said: Callable[[], tuple[str, ...]] = tuple
    begin: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        """Take over what the inner reader says of itself."""
        self.format = self.inner.format
        self.is_ragged = self.inner.is_ragged

    def columns(self) -> tuple[str, ...]:
        """Names that fields can be asked for by."""
        own = {of: to for to, of in self.names.items()}
        return (*(own.get(name, name) for name in self.inner.columns()), *self.made)

    def has(self, field: str) -> bool:
        """Whether the file has the field, or need not have it."""
        return field in (*self.made, *self.optional) or self.inner.has(self._of(field))

    def batches(self, fields: Sequence[str], *, rest: bool = False) -> Iterator[Batch]:
        """Read the file; see `Reader`."""
        self.begin()
        wanted = tuple(dict.fromkeys((*fields, *self.also, *(self.for_rest if rest else ()))))
        asked = {name: self._of(name) for name in wanted if name not in self.made}
        there = tuple(dict.fromkeys(asked.values()))
        for batch in self.inner.batches(there, rest=rest):
            named = batch.rows.with_columns(pl.col(of).alias(to) for to, of in asked.items())
            touched = self.touch(named)
            rest_column = [name for name in batch.rows.columns if name not in (ROW, *there)]
            rows = touched.select(ROW, *dict.fromkeys(fields), *rest_column)
            yield Batch(rows, batch.raw, batch.bad)

    def notes(self) -> tuple[str, ...]:
        """What a person should know of the file once it was read."""
        return (*self.inner.notes(), *self.said())

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """The text of rows of `Batch.raw`, without what is dropped."""
        return self.inner.raw_text(raw)

    def _of(self, field: str) -> str:
        return self.names.get(field, field)
