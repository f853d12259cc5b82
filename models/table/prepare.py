"""From analysed rows to what the engines take, with every term that the data cannot tell named."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from models.errors import NotEstimableError
from models.formula.deparse import in_r, quoted
from models.formula.expressions import Schema, compiled
from models.formula.matrices import INTERCEPT, Design, RandomDesign, fixed_design, random_designs
from models.formula.resolve import LevelsOf
from models.formula.syntax import Node
from models.formula.variables import numbers
from models.panel import Codes, Floats
from models.random_terms import RandomTerm
from models.table.answer import LeftOut
from models.table.grouping import check_groups, codes_of
from models.table.outcome import Outcome, outcome_of
from models.table.rank import Rank, centred, condition, rank, triangle
from models.table.request import Request
from models.table.rows import AnalysedRows, ColumnError, require_finite
from study.errors import UserError

ILL_CONDITIONED = 30.0
"""Condition number of centred, standardised columns above which terms overlap strongly."""
MOST_LEVELS = 200
FEWEST_REFUSED = 10
"""Up to this many levels, a factor may have less than two rows a level."""
LARGEST = 1e140
"""Beyond this, and below its inverse, squares and their sums leave the range of floats."""
_SMALL = 1e-6


@dataclass(frozen=True, eq=False)
class Columns:
    """The fixed columns that are fitted, those left out, and what to be told of them."""

    kept: tuple[int, ...]
    names: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A model's numbers: outcome, design (n, p) and random effects."""

    outcome: Outcome
    X: Floats
    columns: Columns
    offset: Floats | None
    random: tuple[RandomTerm, ...]
    warnings: tuple[str, ...]

    @property
    def n_groups(self) -> dict[str, int]:
        """Groups of each grouping factor."""
        return {term.group: term.n_groups for term in self.random}


def prepare(rows: AnalysedRows, asked: Request) -> Prepared:
    """Compute the columns of a model, and check them before anything is fitted.

    Raises
    ------
    UserError
        If the formula and the columns do not go together.
    NotEstimableError
        If the outcome or the groups cannot carry the model.
    """
    frame = rows.frame
    schema = Schema(asked.formula.text, frame.schema, asked.groups)
    outcome = outcome_of(frame, asked, schema, rows.numbers)
    levels_of = levels_in(frame)
    random, warnings = _random_terms(rows, asked, schema, levels_of)
    design = fixed_part(asked, schema, levels_of)
    X = design.matrix(frame)
    for place, name in enumerate(design.names):
        require_finite(X[:, place], rows.numbers, name)
        _require_range(X[:, place], name)
    intercept = design.names.index(INTERCEPT) if INTERCEPT in design.names else None
    root = triangle(X, intercept)
    columns = independent_columns(design.names, design.empty, root, frame.height)
    kept = np.ascontiguousarray(X[:, list(columns.kept)])
    offset = _offset(rows, asked, schema)
    return Prepared(
        outcome, kept, columns, offset, random, (*outcome.warnings, *warnings, *columns.warnings)
    )


def _require_range(values: Floats, name: str) -> None:
    largest = float(np.abs(values).max(initial=0.0))
    if largest > LARGEST or 0 < largest < 1 / LARGEST:
        size = "large" if largest > 1 else "small"
        raise ColumnError(
            f"{name}: its values are too {size} to be squared. Give it in another unit, as in "
            f"I(x {'/' if size == 'large' else '*'} 1e{round(abs(np.log10(largest)))})."
        )


def fixed_part(asked: Request, schema: Schema, levels_of: LevelsOf) -> Design:
    """The design of the fixed part.

    Raises
    ------
    UserError
        If nothing is in it.
    """
    design = fixed_design(asked.formula.fixed, schema, levels_of)
    if not design.names:
        raise UserError(
            "formula: there are no fixed effects. Keep the intercept, as in y ~ 1 + (1 | id)."
        )
    return design


def levels_in(frame: pl.DataFrame | pl.LazyFrame) -> LevelsOf:
    """Look up the levels of factors, and refuse columns that are no factors.

    The function raises UserError where there are too many levels to be categories.
    """
    n_rows = frame.height if isinstance(frame, pl.DataFrame) else None
    engine: Literal["streaming", "auto"] = (
        "streaming" if isinstance(frame, pl.LazyFrame) else "auto"
    )

    def levels(_: Node, texts: pl.Expr) -> list[str]:
        wanted = frame.lazy().select(texts.alias("level").unique().drop_nulls())
        found = wanted.collect(engine=engine)["level"]
        column = quoted(texts.meta.root_names()[0])
        refuse_many_levels(column, len(found))
        if n_rows is not None and len(found) > max(FEWEST_REFUSED, n_rows / 2):
            raise ColumnError(
                f"column '{column}' has {len(found):,} different values in {n_rows:,} rows, too "
                f"many for a factor: less than two rows a level. If they name groups, write "
                f"(1 | {column}); else leave it out, or join levels."
            )
        return found.to_list()

    return levels


def refuse_many_levels(column: str, n_levels: int) -> None:
    """Refuse a column with too many values to be categories, `column` as a formula writes it.

    Raises
    ------
    ColumnError
        Saying what to write if they name groups.
    """
    if n_levels > MOST_LEVELS:
        raise ColumnError(
            f"column '{column}' has {n_levels:,} different values, too many for a factor "
            f"(at most {MOST_LEVELS}). If they name groups, write (1 | {column})."
        )


def independent_columns(
    names: Sequence[str], empty: Sequence[str], root: Floats, n_rows: int
) -> Columns:
    """Keep the columns that can be told apart, in the formula's order, and say why others cannot.

    Parameters
    ----------
    names, empty
        The design's columns, and its terms that have none.
    root
        A matrix with the columns' inner products; see `rank`.
    """
    found = rank(root)
    left_out = [
        LeftOut(
            label,
            "one_level",
            f"{label}: there is a single level in the analysed rows, so nothing to compare.",
        )
        for label in empty
    ]
    left_out += [
        _combination(names, root, found, place, weights, n_rows)
        for place, weights in found.combinations
    ]
    kept = tuple(names[place] for place in found.kept)
    warnings = _overlap(root[:, list(found.kept)], kept)
    return Columns(found.kept, kept, tuple(left_out), tuple(warnings))


def _combination(
    names: Sequence[str], root: Floats, found: Rank, place: int, weights: Floats, n_rows: int
) -> LeftOut:
    name = names[place]
    sizes = np.sqrt((root**2).sum(axis=0))
    if sizes[place] == 0:
        return _constant(name, n_rows)
    kept = found.kept[: len(weights)]
    used = [
        names[one]
        for one, weight in zip(kept, weights, strict=True)
        if abs(weight) * sizes[one] > _SMALL * sizes[place]
    ]
    if used == [INTERCEPT]:
        return _constant(name, n_rows)
    parts = ", ".join(used) or "the terms before it"
    return LeftOut(
        name,
        "collinear",
        f"{name}: is an exact combination of {parts}. It was left out; what is shown for "
        "those stands for both.",
    )


def _constant(name: str, n_rows: int) -> LeftOut:
    return LeftOut(
        name,
        "constant",
        f"{name}: has the same value in all {n_rows:,} analysed rows, so nothing can go along with "
        "it.",
    )


def _overlap(root: Floats, names: Sequence[str]) -> list[str]:
    if names[0] != INTERCEPT or len(names) < 3:
        return []
    number, (one, other) = condition(centred(root))
    if number <= ILL_CONDITIONED:
        return []
    return [
        f"Terms overlap strongly (condition number {number:,.0f}), most of all {names[1 + one]} "
        f"and {names[1 + other]}: their intervals are wide and depend on each other. Centring a "
        "column before its powers and products are taken, or poly(x, 2), may help."
    ]


# -- random effects -----------------------------------------------------------------------------


def _random_terms(
    rows: AnalysedRows, asked: Request, schema: Schema, levels_of: LevelsOf
) -> tuple[tuple[RandomTerm, ...], list[str]]:
    """The bars as the engines take them, those with most groups first, as in lme4."""
    warnings: list[str] = []
    terms: list[RandomTerm] = []
    designs = [one for bar in asked.formula.bars for one in random_designs(bar, schema, levels_of)]
    check_repeated(designs)
    _check_one_bar(designs, asked)
    codes = {one.columns: codes_of(rows.frame, one.columns) for one in designs}
    for one in designs:
        values = one.design.matrix(rows.frame)
        for place, name in enumerate(one.design.names):
            require_finite(values[:, place], rows.numbers, name)
            _require_range(values[:, place], name)
        terms.append(_term(one, values, codes[one.columns]))
    for term in {term.group: term for term in terms}.values():
        warnings += check_groups(term.group, term.n_groups, rows.frame.height, asked)
    for term in terms:
        warnings += _never_varying(term)
    ordered = sorted(terms, key=lambda term: -term.n_groups)
    return tuple(ordered), warnings


def _never_varying(term: RandomTerm) -> list[str]:
    """A warning for each slope of something that is the same in all rows of a group."""
    if INTERCEPT not in term.names:
        return []
    first = np.unique(term.codes, return_index=True)[1]
    is_fixed = (term.values == term.values[first[term.codes]]).all(axis=0)
    return [
        f"{name} never varies within a group of '{term.group}': a slope of it by {term.group} is "
        f"no change within {term.group}, only another spread between groups. Consider (1 | "
        f"{term.group})."
        for name, fixed in zip(term.names, is_fixed, strict=True)
        if fixed and name != INTERCEPT
    ]


def _term(one: RandomDesign, values: Floats, codes: Codes) -> RandomTerm:
    if not one.design.names:
        raise NotEstimableError(
            f"The random effects of '{one.group}' hold no column that varies. Write (1 | "
            f"{one.group}).",
            reason="no_random_effect",
        )
    return RandomTerm(one.group, one.design.names, values, codes, one.is_correlated)


def _check_one_bar(designs: Sequence[RandomDesign], asked: Request) -> None:
    """Refuse bars that the generalised models cannot join."""
    if asked.is_linear or len(designs) == 1 or all(len(one.design.names) < 2 for one in designs):
        return
    group = designs[0].group
    raise UserError(
        f"formula: {asked.family} models take one bar, or bars of one effect each. Write one bar, "
        f"as in (1 + t | {group}), or (1 + t || {group})."
    )


def check_repeated(designs: Sequence[RandomDesign]) -> None:
    """Refuse the same effect of the same group twice, and a bar without an effect.

    Raises
    ------
    UserError
        Naming the effect and the group.
    """
    seen: set[tuple[str, str]] = set()
    for one in designs:
        if not one.design.terms.products:
            raise UserError(
                f"formula: a bar of '{one.group}' holds no effect. Write (1 | {one.group}), or (0 "
                f"+ x | {one.group}) for a slope alone."
            )
        for name in one.design.names:
            if (one.group, name) in seen:
                effect = "the intercept" if name == INTERCEPT else name
                raise UserError(
                    f"formula: {effect} varies by '{one.group}' in two bars. Name it in one of "
                    f"them; (0 + x | {one.group}) is a slope without an intercept."
                )
            seen.add((one.group, name))


def _offset(rows: AnalysedRows, asked: Request, schema: Schema) -> Floats | None:
    total: Floats | None = None
    for node in asked.formula.offsets:
        values = numbers(rows.frame, compiled(node, schema))
        require_finite(values, rows.numbers, f"offset({in_r(node)})")
        total = values if total is None else total + values
    return total
