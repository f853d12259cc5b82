"""Design matrices with the columns, order and names that R gives them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product as combinations

import numpy as np
import polars as pl

from models.formula.bars import RandomBar, summands
from models.formula.expressions import Schema
from models.formula.resolve import LevelsOf, resolve
from models.formula.syntax import Node
from models.formula.terms import Terms, expand
from models.formula.variables import Factor, Variable
from models.panel import Floats

INTERCEPT = "(Intercept)"


@dataclass(frozen=True, eq=False)
class Design:
    """One side of a formula, ready to be computed on any rows of the same table.

    `names` are the columns' as lme4 prints them (`armb`, `week:armb`, `poly(x, 2)1`); `owners`
    tells the term that each column belongs to.
    """

    terms: Terms
    variables: tuple[Variable, ...]
    names: tuple[str, ...]
    owners: tuple[str, ...]
    full: frozenset[tuple[tuple[int, ...], int]]

    @property
    def empty(self) -> tuple[str, ...]:
        """Terms without a column: those of a factor with a single level."""
        return tuple(
            _owner(self.variables, product)
            for product in self.terms.products
            if any(
                not self.variables[place].suffixes(full=(product, place) in self.full)
                for place in product
            )
        )

    def choices(self) -> Iterator[tuple[tuple[int, bool, int], ...]]:
        """What each column is the product of: (variable, whether coded in full, its column).

        Within a product of variables, the first one's column changes fastest, as in R.
        """
        for product in self.terms.products:
            coded = [(place, (product, place) in self.full) for place in product]
            widths = [
                range(len(self.variables[place].suffixes(full=full))) for place, full in coded
            ]
            for choice in combinations(*reversed(widths)):
                yield tuple(
                    (place, full, column)
                    for (place, full), column in zip(coded, reversed(choice), strict=True)
                )

    def matrix(self, frame: pl.DataFrame) -> Floats:
        """The columns (n, p) for the rows of a table."""
        made: dict[tuple[int, bool], Floats] = {}
        columns: list[Floats] = []
        for chosen in self.choices():
            column: Floats | None = None
            for place, full, part in chosen:
                if (place, full) not in made:
                    made[place, full] = self.variables[place].values(frame, full=full)
                own = made[place, full][:, part]
                column = own if column is None else column * own
            columns.append(np.ones(frame.height) if column is None else column)
        # Column after column in memory: that is how they are made, and how they are summed up.
        return np.stack(columns).T if columns else np.zeros((frame.height, 0))


def fixed_design(summed: Iterable[tuple[str, Node]], schema: Schema, levels_of: LevelsOf) -> Design:
    """The design of signed terms.

    Parameters
    ----------
    levels_of
        Gives the levels of a factor on the rows that are analysed.

    Raises
    ------
    FormulaError
        If a term cannot be made of these columns.
    """
    terms = expand(schema.text, summed)
    return _design(terms, tuple(resolve(node, schema, levels_of) for node in terms.variables))


def _design(terms: Terms, variables: tuple[Variable, ...]) -> Design:
    full = terms.full_coded([isinstance(one, Factor) for one in variables])
    named = [pair for product in terms.products for pair in _names(variables, product, full)]
    names, owners = (tuple(part) for part in zip(*named, strict=True)) if named else ((), ())
    return Design(terms, variables, names, owners, full)


def _owner(variables: tuple[Variable, ...], product: tuple[int, ...]) -> str:
    return ":".join(variables[place].label for place in product)


def _names(
    variables: tuple[Variable, ...],
    product: tuple[int, ...],
    full: frozenset[tuple[tuple[int, ...], int]],
) -> Iterator[tuple[str, str]]:
    """Each column of a product with the name of its term."""
    if not product:
        yield INTERCEPT, INTERCEPT
        return
    owner = _owner(variables, product)
    choices = [
        [
            variables[place].label + suffix
            for suffix in variables[place].suffixes(full=(product, place) in full)
        ]
        for place in product
    ]
    for choice in combinations(*reversed(choices)):
        yield ":".join(reversed(choice)), owner


@dataclass(frozen=True, eq=False)
class RandomDesign:
    """Random effects of one grouping factor that share a covariance."""

    group: str
    columns: tuple[str, ...]
    design: Design
    is_correlated: bool


def random_designs(bar: RandomBar, schema: Schema, levels_of: LevelsOf) -> list[RandomDesign]:
    """The blocks of a bar: one, or with `||` one for each term, as lme4 splits it."""
    signed = list(summands(bar.design))
    columns = tuple(name.name for name in bar.columns)
    whole = fixed_design(signed, schema, levels_of)
    if bar.is_correlated or len(whole.terms.products) == 1:
        return [RandomDesign(bar.group, columns, whole, is_correlated=True)]
    return [
        RandomDesign(
            bar.group,
            columns,
            _design(Terms(whole.terms.variables, (product,)), whole.variables),
            is_correlated=True,
        )
        for product in whole.terms.products
    ]
