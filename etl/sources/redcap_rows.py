"""What stands in other rows of a REDCap record: dates of a visit, ids, and a roster in pieces."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from etl.sources.reader import ROW

RECORD = "\x00record"
EVENT_KEY = "\x00event"
OF_INSTRUMENT = "\x00instrument"
"""Columns of `redcap_cells.Cells.values`: record, event, and whether a repeating instrument has the
row."""
OF_OTHERS = "\x00other"


@dataclass(frozen=True)
class Elsewhere:
    """Values that rows of a repeating instrument take from their event's own row, and ids that
    rows take from wherever their record has them."""

    by_event: pl.DataFrame
    by_record: pl.DataFrame

    def fill(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """The rows, and how many of them took something; what a row has itself goes first."""
        filled = self._filled(rows, self.by_record, [RECORD], pl.lit(value=True))
        filled = self._filled(filled, self.by_event, [RECORD, EVENT_KEY], pl.col(OF_INSTRUMENT))
        fields = [name for name in rows.columns if not name.startswith("\x00")]
        if not fields or not rows.height:
            return filled, 0
        n_before = rows.select(pl.sum_horizontal(pl.col(fields).is_null()).alias("n"))["n"]
        n_after = filled.select(pl.sum_horizontal(pl.col(fields).is_null()).alias("n"))["n"]
        return filled, int((n_after < n_before).sum())

    @staticmethod
    def _filled(
        rows: pl.DataFrame, others: pl.DataFrame, keys: list[str], takes: pl.Expr
    ) -> pl.DataFrame:
        fields = [name for name in others.columns if name not in keys]
        if not fields:
            return rows
        renamed = others.rename({name: f"{name}{OF_OTHERS}" for name in fields})
        joined = rows.join(renamed, on=keys, how="left", nulls_equal=True, maintain_order="left")
        taken = [
            pl.coalesce(pl.col(name), pl.when(takes).then(pl.col(f"{name}{OF_OTHERS}"))).alias(name)
            for name in fields
        ]
        return joined.with_columns(taken).select(rows.columns)


def elsewhere(rows: pl.DataFrame, of_event: Sequence[str], of_record: Sequence[str]) -> Elsewhere:
    """What rows may take from others.

    Parameters
    ----------
    rows
        All rows of the file with the key columns and the fields, blanks as NULL.
    of_event
        Fields that stand in the row of an event that no repeating instrument has.
    of_record
        Fields that stand in any row; taken only where a record does not contradict itself.
    """
    own = rows.filter(~pl.col(OF_INSTRUMENT))
    by_event = own.group_by(RECORD, EVENT_KEY, maintain_order=True).agg(
        pl.col(name).drop_nulls().first() for name in of_event
    )
    by_record = rows.group_by(RECORD, maintain_order=True).agg(
        pl.when(pl.col(name).drop_nulls().n_unique() == 1)
        .then(pl.col(name).drop_nulls().first())
        .alias(name)
        for name in of_record
    )
    return Elsewhere(by_event, by_record)


def joined_roster(rows: pl.DataFrame, fields: Sequence[str]) -> tuple[pl.DataFrame, int]:
    """One row a record out of several: of each field the first value in the order of the file.

    A row that says otherwise stays a row of its own, so that the loader can refuse it by name.

    Parameters
    ----------
    rows
        `ROW`, `RECORD` and the fields, blanks as NULL.
    fields
        Fields that make a row one of the roster; where there are none, every row is.

    Returns
    -------
    The roster's rows, and how many rows were joined to another one.
    """
    if fields:
        rows = rows.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in fields))
    nobody = rows.filter(pl.col(RECORD).is_null())
    rows = rows.filter(pl.col(RECORD).is_not_null())
    whole = rows.group_by(RECORD, maintain_order=True).agg(
        pl.col(ROW).first().alias(f"{ROW}{OF_OTHERS}"),
        *(pl.col(name).drop_nulls().first().alias(f"{name}{OF_OTHERS}") for name in fields),
    )
    beside = rows.join(whole, on=RECORD, how="left", maintain_order="left")
    is_first = pl.col(ROW) == pl.col(f"{ROW}{OF_OTHERS}")
    says_otherwise = [
        (pl.col(name) != pl.col(f"{name}{OF_OTHERS}")).fill_null(value=False) for name in fields
    ]
    kept = beside.filter(is_first | pl.any_horizontal(pl.lit(value=False), *says_otherwise))
    complete = kept.with_columns(
        pl.coalesce(pl.col(name), pl.col(f"{name}{OF_OTHERS}")).alias(name) for name in fields
    ).select(rows.columns)
    return pl.concat([complete, nobody]).sort(ROW), rows.height - kept.height
