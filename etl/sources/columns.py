"""Fields of a table of text: a column, or something inside a column that holds JSON."""

from collections.abc import Sequence

import polars as pl

from etl.sources.nested import JsonFields
from etl.sources.reader import REST, ROW

NAMELESS = "\x00nameless"
"""What the name of a column begins with that has none in the file, as row numbers often do."""


class ColumnPicker:
    """Picks fields out of a table whose columns are all text."""

    def __init__(self, columns: Sequence[str], drop: Sequence[str] = ()) -> None:
        """Remember the columns there are and the names to drop."""
        self._columns = frozenset(columns)
        self._drop = frozenset(drop)
        self.json = JsonFields(drop)

    def has(self, field: str) -> bool:
        """Whether `pick` finds the field."""
        return field in self._columns or self._host(field) is not None

    def pick(self, raw: pl.DataFrame, fields: Sequence[str], *, rest: bool) -> pl.DataFrame:
        """`ROW` and one String column a field; with `rest`, the others as JSON."""
        picked = [raw[ROW]]
        for field in dict.fromkeys(fields):
            picked.append(self._field(raw, field).alias(field))
        if rest:
            known = {ROW, *fields, *self._drop}
            others = [
                name for name in raw.columns if name not in known and not name.startswith(NAMELESS)
            ]
            # Of a frame without columns, nobody can say how many rows it has.
            kept = as_json(self._kept(raw.select(others))) if others else _no_more(raw.height)
            picked.append(kept.alias(REST))
        return pl.DataFrame(picked)

    def _kept(self, texts: pl.DataFrame) -> pl.DataFrame:
        # A column may hold JSON with something to drop inside.
        return texts.select(map(self.json.without, texts)) if self._drop else texts

    def _field(self, raw: pl.DataFrame, field: str) -> pl.Series:
        if field in self._columns:
            return raw[field]
        host = self._host(field)
        if host is None:
            return pl.Series(field, [None] * raw.height, dtype=pl.String)
        inner = field.removeprefix(f"{host}.")
        return self.json.extract(raw[host], [inner])[inner]

    def column_of(self, field: str) -> str | None:
        """The column that a field is, or stands in; None where there is none."""
        return field if field in self._columns else self._host(field)

    def _host(self, field: str) -> str | None:
        parts = field.split(".")
        heads = (".".join(parts[:count]) for count in range(len(parts) - 1, 0, -1))
        return next((head for head in heads if head in self._columns), None)


def as_json(frame: pl.DataFrame) -> pl.Series:
    """Each row as a JSON object of its columns."""
    if not frame.columns:
        return pl.Series("json", ["{}"] * frame.height, dtype=pl.String)
    row = pl.struct(frame.columns).struct.json_encode().alias("json")
    return frame.select(row)["json"]


def _no_more(n_rows: int) -> pl.Series:
    return pl.Series("json", ["{}"], dtype=pl.String).new_from_index(0, n_rows)
