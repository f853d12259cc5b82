"""JSON Lines whose `properties` are text: fields inside them are reached all the same."""

from collections.abc import Iterator, Sequence

import polars as pl

from etl.sources.nested import JsonFields
from etl.sources.reader import ROW, Batch, Reader

HOST = "properties"


class TextProperties:
    """A reader that looks for `properties.x` inside the text that `properties` is."""

    def __init__(self, inner: Reader) -> None:
        """Remember the reader of the lines."""
        self._inner = inner
        self._json = JsonFields()
        self.format = inner.format
        self.is_ragged = inner.is_ragged

    def columns(self) -> tuple[str, ...]:
        """Names in the lines; those inside the text are not listed."""
        return self._inner.columns()

    def has(self, field: str) -> bool:
        """Whether the field is there, or could be inside the text."""
        return self._inner.has(HOST if _is_inside(field) else field)

    def batches(self, fields: Sequence[str], *, rest: bool = False) -> Iterator[Batch]:
        """Read the lines; see `Reader`."""
        inside = [name for name in dict.fromkeys(fields) if _is_inside(name)]
        outside = [name for name in dict.fromkeys(fields) if not _is_inside(name)]
        for batch in self._inner.batches(tuple(dict.fromkeys((*outside, HOST))), rest=rest):
            keys = [name.removeprefix(f"{HOST}.") for name in inside]
            found = self._json.extract(batch.rows[HOST], keys)
            added = [found[key].alias(name) for key, name in zip(keys, inside, strict=True)]
            others = [name for name in batch.rows.columns if name not in (ROW, HOST, *outside)]
            rows = pl.DataFrame([*batch.rows, *added]).select(ROW, *dict.fromkeys(fields), *others)
            yield Batch(rows, batch.raw, batch.bad)

    def notes(self) -> tuple[str, ...]:
        """What the inner reader has to say."""
        return self._inner.notes()

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """The lines without their properties: nobody looks for what is dropped inside a text."""
        return self._json.without(self._inner.raw_text(raw), (HOST,))


def _is_inside(field: str) -> bool:
    return field.startswith(f"{HOST}.")
