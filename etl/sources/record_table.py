"""Records that a reader made itself of what an export holds: rows of text columns."""

from collections.abc import Sequence

import polars as pl

from etl.sources.columns import ColumnPicker, as_json
from etl.sources.nested import JsonFields
from etl.sources.reader import ROW, BadRow, Batch


class RecordTable:
    """Turns frames of records into batches, and gives each record's text back as JSON.

    Parameters
    ----------
    columns
        Names of the records' columns, all of them text.
    drop
        Names that the study or the format drops; columns among them are in no text.
    """

    def __init__(self, columns: Sequence[str], drop: Sequence[str] = ()) -> None:
        """Remember names; the records come batch by batch."""
        self.columns = tuple(columns)
        self._drop = frozenset(drop)
        self._picker = ColumnPicker(self.columns, drop)
        self._json = JsonFields(drop)

    def has(self, field: str) -> bool:
        """Whether the records have a column of that name, or one whose JSON the dots reach into."""
        return self._picker.has(field)

    def batch(
        self,
        records: pl.DataFrame,
        fields: Sequence[str],
        bad: tuple[BadRow, ...] = (),
        *,
        rest: bool = False,
    ) -> Batch:
        """Records with `ROW` and the table's columns, as a reader gives them."""
        raw = records.select(ROW, *self.columns)
        return Batch(self._picker.pick(raw, fields, rest=rest), raw, bad)

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """Each record as a JSON object, without what is dropped."""
        kept = [name for name in self.columns if name not in self._drop]
        return self._json.without(as_json(raw.select(kept)))
