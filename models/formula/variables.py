"""The variables of a formula as columns of numbers: measures, factors, polynomials, splines."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import polars as pl

from models.panel import Floats
from study.errors import UserError


class Variable(Protocol):
    """A variable of the formula; `full` asks a factor for one column a level, without contrasts."""

    @property
    def label(self) -> str:
        """The variable as it was written."""

    def suffixes(self, *, full: bool) -> tuple[str, ...]:
        """What each column adds to the label."""

    def values(self, frame: pl.DataFrame, *, full: bool) -> Floats:
        """The columns (n, k) for the rows of a table."""


@dataclass(frozen=True, eq=False)
class Measure:
    """A column or an expression of numbers; `column` names the former."""

    label: str
    expression: pl.Expr
    column: str | None = None

    def suffixes(self, *, full: bool) -> tuple[str, ...]:  # noqa: ARG002 -- the protocol's signature
        """One column, called as it was written."""
        return ("",)

    def values(self, frame: pl.DataFrame, *, full: bool = False) -> Floats:  # noqa: ARG002 -- the protocol's signature
        """The numbers, (n, 1)."""
        if self.column is not None:
            return floats(frame[self.column])[:, None]
        return numbers(frame, self.expression)[:, None]


@dataclass(frozen=True, eq=False)
class Factor:
    """Categories; `coding` (levels, k) are the contrasts, treatment coding unless asked."""

    label: str
    expression: pl.Expr
    levels: tuple[str, ...]
    coding: Floats
    coded: tuple[str, ...]
    is_treatment: bool = True

    def suffixes(self, *, full: bool) -> tuple[str, ...]:
        """Level names, or the contrasts'."""
        return self.levels if full else self.coded

    def values(self, frame: pl.DataFrame, *, full: bool) -> Floats:
        """Dummy columns or contrasts of each row."""
        codes = self.codes(frame)
        if full or self.is_treatment:
            # Under treatment coding the first level is the reference.
            return _dummies(codes, range(0 if full else 1, len(self.levels)))
        return np.asarray(self.coding[codes])

    def codes(self, frame: pl.DataFrame) -> "np.ndarray[Any, np.dtype[np.uint32]]":
        """Each row's level as its place in `levels`."""
        texts = frame.select(self.expression.alias("level"))["level"]
        kind = pl.Enum(self.levels)
        return texts.cast(pl.String).cast(kind).to_physical().to_numpy()


def _dummies(codes: "np.ndarray[Any, np.dtype[np.uint32]]", wanted: Sequence[int]) -> Floats:
    if not wanted:
        return np.zeros((len(codes), 0))
    return np.column_stack([codes == level for level in wanted]).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Basis:
    """Several columns made of one by formulaic: `poly(x, 2)`, `bs(x, df = 4)`.

    `state` remembers knots and norms from the first table, so that the same basis comes again.
    """

    label: str
    expression: pl.Expr
    transform: Any
    arguments: dict[str, Any]
    n_columns: int
    state: dict[str, Any] = field(default_factory=dict)

    def suffixes(self, *, full: bool) -> tuple[str, ...]:  # noqa: ARG002 -- the protocol's signature
        """1, 2, ... as in R."""
        return tuple(str(place) for place in range(1, self.n_columns + 1))

    def values(self, frame: pl.DataFrame, *, full: bool = False) -> Floats:  # noqa: ARG002 -- the protocol's signature
        """The basis at each row, (n, k).

        Raises
        ------
        UserError
            If the values are too few for a polynomial of this degree, or for a spline at all.
        """
        given = numbers(frame, self.expression)
        if not self.state:
            self._refuse_few(len(np.unique(given)))
        made = self.transform(given, _state=self.state, **self.arguments)
        if isinstance(made, np.ndarray):
            return made
        return np.column_stack(
            [made[key] for key in made if key != 0 or len(made) == self.n_columns]
        )

    def _refuse_few(self, n_different: int) -> None:
        if self.label.startswith("poly("):
            needed, remedy = self.n_columns + 1, f"a degree of at most {n_different - 1}"
        else:
            needed, remedy = 2, "the column without its spline"
        if n_different < needed:
            values = "1 different value" if n_different == 1 else f"{n_different} different values"
            remedy = "leave the term out" if n_different < 2 else f"take {remedy}"
            raise UserError(
                f"formula: {self.label}: its column has {values} in the analysed rows, too few. "
                f"{remedy.capitalize()}."
            )


def numbers(frame: pl.DataFrame, expression: pl.Expr) -> Floats:
    """An expression's values as floats; what cannot be computed is NaN or infinite."""
    made = frame.select(expression.cast(pl.Float64).alias("value"))["value"]
    if len(made) == 1 != frame.height:
        made = made.new_from_index(0, frame.height)
    return floats(made)


def floats(values: pl.Series) -> Floats:
    """A column's values as floats; a missing one is NaN."""
    made = values.cast(pl.Float64)
    return (made.fill_null(np.nan) if made.has_nulls() else made).to_numpy()
