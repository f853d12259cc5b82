"""From a file's own fields to the columns the loader judges: same names for every source."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from etl.fields import EVERYTHING, ItemColumn
from etl.identity.identities import Identities
from etl.lookups import LoadedLookup
from etl.sources.columns import as_json
from etl.sources.nested import JsonFields
from etl.sources.reader import REST, ROW
from study.definition import AnswerColumns, EventColumns, RosterColumns, Source

COVARIATE = "covariate:"
"""What the name of a covariate begins with among a participant's properties."""
_CELLS = {
    "source_row": pl.Int64,
    "participant_id": pl.String,
    "column_name": pl.String,
    "raw_text": pl.String,
}


INCOMING_EVENTS = pl.DataFrame(
    schema={
        "source_row": pl.Int64,
        "participant_id": pl.String,
        "is_erased": pl.Boolean,
        "event_name": pl.String,
        "event_id": pl.String,
        "stamp": pl.String,
        "received": pl.String,
        "own_zone": pl.String,
        "app_version": pl.String,
        "quantity": pl.String,
        "properties": pl.String,
        "file_number": pl.Int32,
    }
)
"""What `apply` makes of events, with the file's number, without a row."""
WHO = "\x00who"
ERASED = "\x00erased"
_PARTICIPANT = (pl.col(WHO).alias("participant_id"), pl.col(ERASED).alias("is_erased"))


@dataclass(frozen=True)
class Mapping:
    """How the rows of one source become the loader's columns; all of them text still."""

    source: Source
    lookups: tuple[LoadedLookup, ...]
    item_columns: tuple[ItemColumn, ...]
    json: JsonFields
    identities: Identities
    numbers: frozenset[str] = frozenset()
    """Ids of covariates that are numbers."""

    def known(self, rows: pl.DataFrame) -> pl.DataFrame:
        """A reader's rows with what look-ups bring, and with what participants are called here."""
        for lookup in self.lookups:
            rows = lookup.join(rows)
        columns = (self.source.participant, *self.source.participant_else)
        given = rows.select(pl.coalesce([self._clean(name) for name in columns])).to_series()
        known, is_erased = self._identified(given)
        return rows.with_columns(known.alias(WHO), is_erased.alias(ERASED))

    def _identified(self, ids: pl.Series) -> tuple[pl.Series, pl.Series]:
        """What participants are called here, and whether they were erased: then they are NULL."""
        known = self.identities.known_as(ids, self.source.id)
        erased = self.identities.erased
        if not erased:
            return known, pl.repeat(value=False, n=len(known), dtype=pl.Boolean, eager=True)
        is_erased = known.is_in(list(erased)).fill_null(value=False)
        return known.zip_with(~is_erased, pl.Series([None], dtype=pl.String)), is_erased

    def masked(self, raw: pl.DataFrame) -> pl.DataFrame | None:
        """Rows of `Batch.raw` without the ids of the source; None where they cannot be found.

        Where participants are not keyed, the rows as they are.
        """
        if not self.identities.is_keyed:
            return raw
        columns = (self.source.participant, *self.source.participant_else)
        if any(raw.schema.get(name) != pl.String for name in columns):
            return None
        roster = self.source.roster
        others = set(roster.ids.values()).difference(columns) if roster else set()
        return raw.with_columns(
            *(self._masked(raw[name]) for name in columns),
            *(pl.lit(None, dtype=pl.String).alias(name) for name in raw.columns if name in others),
        )

    def _masked(self, ids: pl.Series) -> pl.Series:
        return self._identified(ids.str.strip_chars())[0].alias(ids.name)

    def apply(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of `known` for `judge_<kind>.sql`: row and text columns, blanks as NULL."""
        if self.source.events is not None:
            return self._events(rows, self.source.events)
        if self.source.answers is not None:
            wide = self.source.answers.shape == "wide"
            fill = self._wide_answers if wide else self._long_answers
            return fill(rows, self.source.answers)
        return self._roster(rows, self.source.roster or RosterColumns())

    def _events(self, rows: pl.DataFrame, columns: EventColumns) -> pl.DataFrame:
        name = pl.lit(columns.name_is) if columns.name_is else self._clean(columns.name)
        return rows.select(
            pl.col(ROW).alias("source_row"),
            *_PARTICIPANT,
            name.cast(pl.String).alias("event_name"),
            self._event_id(columns.event_id),
            self._clean(columns.time).alias("stamp"),
            self._clean(columns.received).alias("received"),
            self._clean(columns.time_zone_column).alias("own_zone"),
            self._clean(columns.app_version).alias("app_version"),
            self._number(columns.quantity).alias("quantity"),
            pl.lit(self._properties(rows, columns.properties)).alias("properties"),
        )

    def _roster(self, rows: pl.DataFrame, columns: RosterColumns) -> pl.DataFrame:
        return rows.select(
            pl.col(ROW).alias("source_row"),
            *_PARTICIPANT,
            self._clean(columns.enrolled).alias("enrolled"),
            self._clean(columns.arm).alias("arm"),
            self._clean(columns.site).alias("site"),
            self._clean(columns.withdrawn).alias("withdrawn"),
            self._clean(columns.withdrawal_kind).alias("withdrawal_kind"),
            pl.lit(self._roster_properties(rows, columns)).alias("properties"),
        )

    def refused_cells(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Covariates that should be numbers and are not, with row, participant and column, of rows
        of `known`.

        Their rows count all the same; `apply` gives them without these values.
        """
        columns = self.source.roster or RosterColumns()
        if not self.numbers.intersection(columns.covariates):
            return pl.DataFrame(schema=_CELLS)
        parts = [
            rows.filter(_is_wrong(self._number(column))).select(
                pl.col(ROW).alias("source_row"),
                _PARTICIPANT[0],
                pl.lit(column).alias("column_name"),
                pl.col(column).alias("raw_text"),
            )
            for name, column in columns.covariates.items()
            if name in self.numbers
        ]
        return pl.concat(parts)

    def _roster_properties(self, rows: pl.DataFrame, columns: RosterColumns) -> pl.Series:
        if not columns.covariates:
            return self._properties(rows, columns.properties)
        kept = [
            *(self._clean(name) for name in columns.properties),
            *(
                self._covariate(name, column).alias(f"{COVARIATE}{name}")
                for name, column in columns.covariates.items()
            ),
        ]
        return self.json.without(as_json(rows.select(kept)))

    def _covariate(self, name: str, column: str) -> pl.Expr:
        if name not in self.numbers:
            return self._clean(column)
        number = self._number(column)
        return pl.when(~_is_wrong(number)).then(number)

    def _long_answers(self, rows: pl.DataFrame, columns: AnswerColumns) -> pl.DataFrame:
        instrument = columns.instrument_is
        item = columns.item_is
        return rows.select(
            *self._occasion(columns),
            (pl.lit(instrument) if instrument else self._clean(columns.instrument)).alias(
                "instrument"
            ),
            (pl.lit(item) if item else self._clean(columns.item)).alias("item"),
            pl.lit(columns.value, dtype=pl.String).alias("column_name"),
            self._number(columns.value).alias("answer"),
        )

    def _wide_answers(self, rows: pl.DataFrame, columns: AnswerColumns) -> pl.DataFrame:
        names = [column.column for column in self.item_columns]
        targets = pl.DataFrame(
            [(one.column, one.instrument_id, one.item_id) for one in self.item_columns],
            schema=["column_name", "instrument", "item"],
            orient="row",
        )
        shared = ["source_row", "participant_id", "is_erased", "stamp", "own_zone", "occasion"]
        return (
            rows.select(*self._occasion(columns), *(self._number(name) for name in names))
            .unpivot(names, index=shared, variable_name="column_name", value_name="answer")
            .join(targets, on="column_name", how="inner")
            .select(*shared, "instrument", "item", "column_name", "answer")
        )

    def _occasion(self, columns: AnswerColumns) -> list[pl.Expr]:
        return [
            pl.col(ROW).alias("source_row"),
            *_PARTICIPANT,
            self._clean(columns.time).alias("stamp"),
            self._clean(columns.time_zone_column).alias("own_zone"),
            self._clean(columns.occasion).alias("occasion"),
        ]

    def _event_id(self, columns: str | tuple[str, ...] | None) -> pl.Expr:
        if not isinstance(columns, tuple):
            return self._clean(columns).alias("event_id")
        # NULL where a part is: half an id would make different events one.
        parts = [self._clean(name) for name in columns]
        return pl.concat_str(parts, separator="\x1f").alias("event_id")

    def _clean(self, field: str | None) -> pl.Expr:
        if field is None:
            return pl.lit(None, dtype=pl.String)
        text = pl.col(field).str.strip_chars()
        return pl.when(~text.is_in(["", *self.source.missing])).then(text).alias(field)

    def _number(self, field: str | None) -> pl.Expr:
        text = self._clean(field)
        return text.str.replace(",", ".", literal=True) if self.source.decimal == "," else text

    def _properties(self, rows: pl.DataFrame, wanted: str | Sequence[str]) -> pl.Series:
        if not wanted:
            return pl.Series([None] * rows.height, dtype=pl.String)
        if EVERYTHING in wanted:
            return self.json.without(rows[REST])
        if isinstance(wanted, str):
            return self.json.without(rows[wanted])
        return self.json.without(as_json(rows.select(self._clean(name) for name in wanted)))


def is_made_json(wanted: str | Sequence[str]) -> bool:
    """Whether properties are objects that `apply` itself makes of columns: they need no check."""
    return not isinstance(wanted, str) and EVERYTHING not in wanted


def _is_wrong(number: pl.Expr) -> pl.Expr:
    """Whether a text that should be a number is there and is none."""
    value = number.cast(pl.Float64, strict=False)
    return number.is_not_null() & ~value.is_finite().fill_null(value=False)
