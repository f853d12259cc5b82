"""The rows that are analysed: those with a value in every column of the formula."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.errors import NotEstimableError
from models.formula.deparse import in_r
from models.formula.expressions import is_text
from models.formula.syntax import FACTOR_CALLS, Call, Name, Node, Operation, Text, children
from models.panel import Codes, Flags, Floats
from models.table.request import Request, check_columns
from study.errors import UserError

_MOSTLY = 0.5
_DATE = r"^(\d{4}-\d{1,2}-\d{1,2}([T ].*)?|\d{1,2}([-./])\d{1,2}[-./](\d{2}|\d{4})( .*)?)$"
_DECIMAL_COMMA = r"^[-+]?\d*,\d+$"


class ColumnError(UserError):
    """What a column holds does not go with the formula; whoever read a file adds its name."""


@dataclass(frozen=True)
class DroppedRows:
    """How many rows lack a value in a column; a row that lacks two counts in both."""

    column: str
    n_rows: int


@dataclass(frozen=True, eq=False)
class AnalysedRows:
    """Complete rows, with their numbers in the file (from 1, the header not counted)."""

    frame: pl.DataFrame
    numbers: Codes
    n_read: int
    dropped: tuple[DroppedRows, ...]

    @property
    def n_dropped(self) -> int:
        """Rows left out."""
        return self.n_read - self.frame.height


def analysed_rows(table: pl.DataFrame, asked: Request) -> AnalysedRows:
    """Keep the complete rows of a table, and count the others by column.

    Raises
    ------
    UserError
        If a column is missing from the table, holds text among its numbers, or infinite numbers.
    NotEstimableError
        If no row is complete.
    """
    check_columns(asked.formula, table.columns)
    frame = table.select(asked.columns)
    if not frame.height:
        raise UserError("The table has no rows.")
    check_text(frame, asked)
    _check_finite(frame)
    return complete_rows(frame)


def complete_rows(frame: pl.DataFrame, first: int = 0) -> AnalysedRows:
    """The rows with a value in every column; `first` rows of the file came before."""
    missing = {
        name: missing_values(frame[name]) for name in frame.columns if has_missing(frame[name])
    }
    numbers = np.arange(first + 1, first + frame.height + 1)
    if not missing:
        return AnalysedRows(frame, numbers, frame.height, ())
    dropped = tuple(DroppedRows(name, int(flags.sum())) for name, flags in missing.items())
    kept = ~np.logical_or.reduce(list(missing.values()))
    return AnalysedRows(frame.filter(pl.Series(kept)), numbers[kept], frame.height, dropped)


def check_not_empty(rows: AnalysedRows, asked: Request) -> None:
    """Refuse a table of which no row is complete, or none with a trial.

    Raises
    ------
    NotEstimableError
        Naming the outcome if it has no value at all.
    """
    empty = [one.column for one in rows.dropped if one.n_rows == rows.n_read]
    outcome = {name.name for name in _names(asked.formula.response)}
    counted = in_r(asked.formula.response)
    if (
        asked.is_counted
        and not rows.frame.height
        and counted in {one.column for one in rows.dropped}
    ):
        raise NotEstimableError(
            f"The outcome {counted} counts no trial in any complete row: successes and failures "
            "are both 0. There is nothing to fit.",
            reason="outcome_missing",
        )
    for column in empty:
        if column in outcome:
            raise NotEstimableError(
                f"The outcome '{column}' has no value in any of {rows.n_read:,} rows: there is "
                "nothing to fit.",
                reason="outcome_missing",
            )
    if rows.frame.height:
        return
    cause = (
        f"Column '{empty[0]}' has no value in any row. Leave it out of the formula."
        if empty
        else "Each row lacks a value in one of the formula's columns: "
        + ", ".join(f"'{one.column}' in {one.n_rows:,}" for one in rows.dropped)
        + ". Use fewer columns."
    )
    raise NotEstimableError(f"No row is left to analyse. {cause}", reason="no_complete_rows")


def has_missing(values: pl.Series) -> bool:
    """Whether any value is missing; quick where none is."""
    if values.has_nulls():
        return True
    return values.dtype.is_float() and not _sums_up(values) and bool(values.is_nan().any())


def _sums_up(values: pl.Series) -> bool:
    """Whether a sum is finite: then so are its terms. Where it is not, these are looked at."""
    return math.isfinite(values.sum() or 0.0)


def missing_values(values: pl.Series) -> Flags:
    """Which values are missing: null, or not a number."""
    flags = values.is_null()
    if values.dtype.is_float():
        flags = flags | values.is_nan().fill_null(value=False)
    return flags.to_numpy()


def place(row: int) -> str:
    """A row as messages call it."""
    return f"row {row:,} (the header not counted)"


def require_finite(values: Floats, numbers: Codes, what: str) -> None:
    """Refuse values that could not be computed.

    Raises
    ------
    UserError
        Naming the expression, how many rows it fails in and the first of them.
    """
    bad: Flags = ~np.isfinite(values)
    if not bad.any():
        return
    n_bad = int(bad.sum())
    rows = "1 row" if n_bad == 1 else f"{n_bad:,} rows"
    remedy = (
        " The logarithm of 0 or less does not exist: log1p(x) takes 0, or leave those rows out."
        if "log" in what
        else " Leave those rows out, or change the expression."
    )
    raise ColumnError(
        f"{what} cannot be computed in {rows}, first in {place(int(numbers[np.argmax(bad)]))}."
        + remedy
    )


def _check_finite(frame: pl.DataFrame) -> None:
    for name in frame.columns:
        if not frame[name].dtype.is_float() or _sums_up(frame[name]):
            continue
        bad = frame[name].is_infinite().fill_null(value=False)
        if bad.any():
            raise ColumnError(
                f"column '{name}': {int(bad.sum()):,} infinite value(s), first in "
                f"{place(int(bad.arg_true()[0]) + 1)}. Expected numbers; leave the cell empty "
                "where there is none."
            )


def check_text(frame: pl.DataFrame, asked: Request) -> None:
    """Refuse text where numbers are needed, or among numbers where it must be a mistake.

    Raises
    ------
    UserError
        Naming the column, the first row and what to do.
    """
    formula = asked.formula
    is_two_levels = asked.family == "binomial" and isinstance(formula.response, Name)
    strict = set() if is_two_levels else {name.name for name in _numeric(formula.response)}
    loose = set()
    designs = [node for _, node in formula.fixed] + [bar.design for bar in formula.bars]
    for node in (*designs, *formula.offsets):
        strict |= {name.name for name in _numeric(node, is_term=True)}
        loose |= {name.name for name in _bare(node)}
    for name in sorted(strict | loose, key=frame.columns.index):
        if is_text(frame[name].dtype):
            _check_column(
                frame[name],
                must_be_number=name in strict,
                is_outcome=formula.response == Name(name),
            )


def _check_column(values: pl.Series, *, must_be_number: bool, is_outcome: bool) -> None:
    """Judge each different text once: of a factor there are few."""
    name = values.name
    stripped = values.cast(pl.String).str.strip_chars().alias("text")
    counted = stripped.drop_nulls().value_counts(name="n")
    texts, n = counted["text"], counted["n"]
    is_number = texts.cast(pl.Float64, strict=False).is_not_null()
    n_rows, n_numbers = int(n.sum()), int(n.filter(is_number).sum())
    n_stray = n_rows - n_numbers
    if n_stray:
        _refuse_dates(name, int(n.filter(texts.str.contains(_DATE)).sum()), n_rows)
        _refuse_decimal_commas(name, stripped, counted, n_numbers)
    if n_numbers == 0 and not must_be_number:
        return
    if not must_be_number and n_numbers < _MOSTLY * n_rows:
        return
    if not n_stray:
        raise ColumnError(
            f"column '{name}' holds numbers written as text. Make it a column of numbers, or write "
            f"factor({name}) if they name categories."
        )
    first = _first(stripped, texts.filter(~is_number))
    what = "text" if n_numbers == 0 else f"text among {n_numbers:,} numbers"
    cells = "1 cell" if n_stray == 1 else f"{n_stray:,} cells"
    remedy = "Correct them, or leave them empty where the value is missing"
    if is_outcome and n_numbers == 0:
        remedy = (
            "An outcome of two texts, such as yes and no, takes --family binomial; every other one "
            "must be numbers"
        )
    elif must_be_number and n_numbers == 0:
        remedy = f"Compute with numbers only; as a term of its own, {name} is a factor"
    if not must_be_number:
        remedy += f"; if they name categories, write factor({name})"
    raise ColumnError(
        f"column '{name}': expected numbers, found {what} in {cells}, first in {place(first)}. "
        f"{remedy}."
    )


def _first(texts: pl.Series, wanted: pl.Series) -> int:
    """The first row, from 1, that holds one of the wanted texts."""
    return int(texts.is_in(wanted.implode()).arg_true()[0]) + 1


def _refuse_dates(name: str, n_dates: int, n_rows: int) -> None:
    if n_dates > _MOSTLY * n_rows:
        raise ColumnError(
            f"column '{name}' holds dates or times. Give the table a column with numbers, such as "
            "days since the start."
        )


def _refuse_decimal_commas(
    name: str, rows: pl.Series, counted: pl.DataFrame, n_numbers: int
) -> None:
    with_comma = counted.filter(pl.col("text").str.contains(_DECIMAL_COMMA))
    n_rows, n_commas = int(counted["n"].sum()), int(with_comma["n"].sum())
    is_mostly_numbers = n_numbers + n_commas > _MOSTLY * n_rows
    if n_commas > _MOSTLY * (n_rows - n_numbers) and is_mostly_numbers:
        cells = "1 cell looks" if n_commas == 1 else f"{n_commas:,} cells look"
        raise ColumnError(
            f"column '{name}': {cells} like a number with a decimal comma, first in "
            f"{place(_first(rows, with_comma['text']))}. Write decimals with a point (1.5, not "
            f"1,5); if they name categories, write factor({name})."
        )


def _names(node: Node) -> Iterator[Name]:
    if isinstance(node, Name):
        yield node
    for child in children(node):
        yield from _names(child)


def _bare(node: Node) -> Iterator[Name]:
    """Columns that are terms by themselves: measures or factors, as their values say."""
    if isinstance(node, Name):
        yield node
    elif not isinstance(node, Call):
        for child in children(node):
            yield from _bare(child)


def _numeric(node: Node, *, is_term: bool = False) -> Iterator[Name]:
    """Columns that are computed with, and so must hold numbers."""
    if isinstance(node, Call) and node.function in FACTOR_CALLS:
        return
    if isinstance(node, Operation) and any(isinstance(side, Text) for side in children(node)):
        return
    if isinstance(node, Name):
        if not is_term:
            yield node
        return
    for child in children(node):
        yield from _numeric(child, is_term=is_term and not isinstance(node, Call))
