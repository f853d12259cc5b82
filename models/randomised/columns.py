"""Columns of a table as numbers, with errors that name the column and the remedy."""

from collections.abc import Sequence
from difflib import get_close_matches

import numpy as np
import polars as pl

from models.panel import Flags, Floats
from study.errors import UserError


def check_columns(frame: pl.DataFrame, wanted: Sequence[str]) -> None:
    """Refuse a column that the table has not, with the nearest one that it has.

    Raises
    ------
    UserError
        Naming the first column that is not there.
    """
    for name in wanted:
        if name not in frame.columns:
            near = get_close_matches(name, frame.columns, n=1, cutoff=0.6)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise UserError(
                f"There is no column '{name}'.{hint} Columns: {', '.join(frame.columns)}."
            )


def numbers(frame: pl.DataFrame, name: str) -> Floats:
    """A number or true/false column as floats (n,), missing as NaN."""
    column = frame[name]
    if not (column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null)):
        raise UserError(f"Column '{name}' must hold numbers or true/false, not {column.dtype}.")
    values = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return np.where(np.isfinite(values), values, np.nan)


def zeros_and_ones(frame: pl.DataFrame, name: str) -> Floats:
    """A 0/1 or true/false column as floats (n,), missing as NaN."""
    values = numbers(frame, name)
    wrong = ~(np.isnan(values) | np.isin(values, (0.0, 1.0)))
    if wrong.any():
        raise UserError(
            f"Column '{name}' must hold 0 and 1 only; row {int(np.argmax(wrong)) + 1} of the table "
            "does not."
        )
    return values


def flags(frame: pl.DataFrame, name: str) -> Flags:
    """A 0/1 or true/false column that misses nothing."""
    values = zeros_and_ones(frame, name)
    if np.isnan(values).any():
        raise UserError(
            f"Column '{name}' misses {int(np.isnan(values).sum())} values: say 0 or 1 everywhere."
        )
    return np.asarray(values == 1)


def design_columns(frame: pl.DataFrame, names: Sequence[str]) -> tuple[Floats, tuple[str, ...]]:
    """A column of 1, then each named column; text becomes one column per value but the first.

    Values are ordered alphabetically; columns are named as R names them, 'placehome' for the value
    'home' of 'place'.
    """
    labels = ["(Intercept)"]
    columns = [np.ones(len(frame))]
    for name in names:
        column = frame[name]
        if column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null):
            labels.append(name)
            columns.append(numbers(frame, name))
            continue
        if not isinstance(column.dtype, pl.String | pl.Categorical | pl.Enum):
            raise UserError(f"Column '{name}' must hold numbers or text, not {column.dtype}.")
        text = column.cast(pl.String)
        levels = text.drop_nulls().unique().sort().to_list()
        if len(levels) < 2:
            raise UserError(f"Column '{name}' has one value only. Leave it out.")
        for level in levels[1:]:
            labels.append(f"{name}{level}")
            is_level = (text == level).cast(pl.Float64)
            columns.append(is_level.fill_null(np.nan).to_numpy())
    return np.column_stack(columns), tuple(labels)
