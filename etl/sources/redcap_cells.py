"""Cells of a REDCap export as codes: labels translated back, boxes that nobody saw as missing."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from etl.sources.reader import ROW
from etl.sources.redcap_layout import (
    COMPLETE,
    EVENT,
    INSTANCE,
    INSTRUMENT,
    NOT_COMPLETED,
    STATUS,
    TICKED,
    TIMESTAMP,
    Layout,
    plain_cells,
)
from etl.sources.redcap_rows import EVENT_KEY, OF_INSTRUMENT, RECORD
from etl.sources.survey_table import SurveyTable, is_blank

OCCASION = "\x00occasion"
CODES = frozenset((*STATUS.values(), *TICKED.values()))
LABELS = frozenset((*STATUS, *TICKED))


@dataclass(frozen=True)
class Cells:
    """How cells become values.

    Parameters
    ----------
    is_labelled
        Whether the export holds the labels of choices in place of their codes.
    """

    layout: Layout
    is_labelled: bool

    def needed_for(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Columns to read for `values` besides those asked for."""
        layout = self.layout
        keys = (layout.dictionary.record_id, EVENT, INSTRUMENT, INSTANCE)
        boxes = [name for name in columns if layout.is_box(name)]
        ticks = [tick for name in boxes for tick in layout.missing_ticks_of(name)]
        evidence = layout.evidence([layout.form_of[name] for name in boxes])
        there = (name for name in keys if name in layout.header)
        return tuple(dict.fromkeys((*there, *ticks, *evidence)))

    def values(self, rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
        """`ROW`, the columns (blanks as NULL), and what tells rows of a record apart."""
        return rows.select(
            ROW,
            *(self._value(name).alias(name) for name in dict.fromkeys(columns)),
            _text(self.layout.dictionary.record_id).alias(RECORD),
            self._event().alias(EVENT_KEY),
            self._key(INSTRUMENT).is_not_null().alias(OF_INSTRUMENT),
            self._occasion().alias(OCCASION),
        )

    def count_shared(self, rows: pl.DataFrame, columns: Sequence[str]) -> int:
        """Cells whose label stands for several codes, so that nobody can say which is meant."""
        if not self.is_labelled:
            return 0
        shared = {name: self.layout.shared_labels(name) for name in columns}
        counts = [
            plain_cells(name).is_in(labels).sum().alias(name)
            for name, labels in shared.items()
            if labels
        ]
        return sum(rows.select(counts).row(0)) if counts else 0

    # -- one cell -------------------------------------------------------------------------------

    def _value(self, column: str) -> pl.Expr:
        text = _text(column)
        if column.endswith(TIMESTAMP):
            text = pl.when(text != NOT_COMPLETED).then(text)
        codes = self.layout.codes(column) if self.is_labelled else {}
        if codes:
            found = plain_cells(column).replace_strict(codes, default=None, return_dtype=pl.String)
            text = pl.coalesce(found, text)
        if not self.layout.is_box(column):
            return text
        is_seen = self.layout.is_opened(self.layout.form_of[column])
        is_coded = [_is_ticked(tick) for tick in self.layout.missing_ticks_of(column)]
        return pl.when(is_seen & ~pl.any_horizontal(pl.lit(value=False), *is_coded)).then(text)

    # -- a row among others ---------------------------------------------------------------------

    def _key(self, column: str) -> pl.Expr:
        is_there = column in self.layout.header
        return _text(column) if is_there else pl.lit(None, dtype=pl.String)

    def _event(self) -> pl.Expr:
        """The event; an instance of a repeating one is an event of its own."""
        own = pl.when(self._key(INSTRUMENT).is_null()).then(self._key(INSTANCE)).fill_null("")
        return pl.concat_str([self._key(EVENT).fill_null(""), own], separator="#")

    def _occasion(self) -> pl.Expr:
        """Event, instrument and instance; NULL in a project that has none of them."""
        event, instrument, instance = map(self._key, (EVENT, INSTRUMENT, INSTANCE))
        slash = pl.when(event.is_not_null() & instrument.is_not_null()).then(pl.lit("/"))
        number = pl.lit("#") + instance
        label = pl.concat_str([event, slash, instrument, number], ignore_nulls=True)
        return pl.when(label != "").then(label)


def holds_labels(table: SurveyTable, layout: Layout) -> bool:
    """Whether an export holds labels, by the first cell that can only be the one or the other."""
    telling = tuple(
        name
        for name in layout.header
        if layout.is_box(name) or (name.endswith(COMPLETE) and name not in layout.field_of)
    )
    chosen = tuple(name for name in layout.header if layout.codes(name) and name not in telling)
    for batch in table.batches((*telling, *chosen)):
        seen = {
            name: frozenset(batch.rows[name].str.strip_chars()) for name in batch.rows.columns[1:]
        }
        told = frozenset[str | None]().union(*(seen[name] for name in telling))
        if told & (LABELS | CODES):
            return not told.isdisjoint(LABELS)
        for name in chosen:
            coded = frozenset(layout.codes(name).values())
            if seen[name] & (coded | layout.codes(name).keys()):
                return seen[name].isdisjoint(coded)
    return False


def _text(column: str) -> pl.Expr:
    return pl.when(~is_blank(column)).then(pl.col(column).str.strip_chars())


def _is_ticked(column: str) -> pl.Expr:
    return ~(is_blank(column) | pl.col(column).str.strip_chars().is_in(["0", "Unchecked"]))
