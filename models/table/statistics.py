"""Sums of a table's rows that travel without them, and the sums of several tables together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from models.linear.pattern_sums import PatternSums
from models.linear.products import Products
from models.panel import Codes, Floats
from models.table.answer import TableFit
from models.table.fit import unfitted
from models.table.request import Request
from models.table.rows import DroppedRows
from models.table.sums import Bar, Outline, TableSums, fit_sums
from study.errors import UserError


@dataclass(frozen=True)
class FactorLevels:
    """A factor of the fixed part with its levels, reference first under treatment coding."""

    label: str
    levels: tuple[str, ...]
    is_treatment: bool


@dataclass(frozen=True, eq=False)
class Statistics:
    """What a linear model needs to know of a table; `source` names it in messages.

    `labels` are the levels of the `inner` grouping factor, in the order of `Products`; they are
    None where participants were summed up by pattern. `upper` are the levels of the outer factor.
    """

    source: str
    formula: str
    names: tuple[str, ...]
    empty: tuple[str, ...]
    bars: tuple[Bar, ...]
    factors: tuple[FactorLevels, ...]
    inner: str
    sums: TableSums
    labels: tuple[str, ...] | None = None
    upper: tuple[str, ...] | None = None

    @property
    def smallest(self) -> int:
        """Participants in the smallest pattern, or pattern of a site; 1 if each stands alone."""
        counts = self.member_counts
        return int(counts.min()) if len(counts) else 0

    @property
    def member_counts(self) -> Codes:
        """Participants in each sum that is told apart."""
        products = self.sums.products
        if products is None:
            return np.zeros(0, dtype=np.int64)
        if isinstance(products, Products):
            return np.ones(products.n_groups, dtype=np.int64)
        return products.members if products.cells is None else products.cells.n_groups


def by_pattern(one: Statistics) -> Statistics:
    """The same, participants of one pattern taken together."""
    products = one.sums.products
    if not isinstance(products, Products):
        return one
    n_upper = 0 if one.upper is None else len(one.upper)
    found = PatternSums.of(products, n_upper)
    return replace(one, sums=replace(one.sums, products=found), labels=None)


def merged(parts: Sequence[Statistics]) -> Statistics:
    """The statistics of several tables together, as of all their rows at once.

    Sums per participant of the same participant are added up (two days of one study); sums per
    pattern are taken to be of different participants (two sites).

    Raises
    ------
    UserError
        If they are of different models, or a factor means something else in one of them.
    """
    one, *others = parts
    for other in others:
        _refuse_other(one, other)
    if not others:
        return one
    widest = max(parts, key=lambda part: len(part.names))
    names = tuple(dict.fromkeys(name for part in (widest, *parts) for name in part.names))
    wide = [_widened(part, names) for part in parts if part.sums.products is not None]
    if not wide:
        return replace(one, sums=_counted(parts, one.sums))
    if any(part.labels is None for part in wide):
        wide = [by_pattern(part) for part in wide]
        found = reduce(_other_participants, wide)
    else:
        found = reduce(_same_participants, wide)
    empty = tuple(label for label in one.empty if all(label in part.empty for part in parts))
    return replace(found, empty=empty, sums=_counted(parts, found.sums))


def fit_statistics(one: Statistics, asked: Request) -> TableFit:
    """Fit the model of the statistics; `asked` is made of their formula."""
    outline = Outline(asked, one.names, one.empty, one.bars)
    return fit_sums(replace(unfitted(asked, one.source), code={}), outline, one.sums)


# -- what goes together -------------------------------------------------------------------------


def _refuse_other(one: Statistics, other: Statistics) -> None:
    if (one.formula, one.bars, one.inner) != (other.formula, other.bars, other.inner):
        raise UserError(
            f"{other.source}: its model is {other.formula}, by {other.inner}; that of {one.source} "
            f"is {one.formula}, by {one.inner}. Share statistics of one and the same formula."
        )
    known = {factor.label: factor for factor in one.factors}
    for factor in other.factors:
        mine = known[factor.label]
        if factor.is_treatment and mine.is_treatment:
            _refuse_reference(one.source, mine, other.source, factor)
        elif factor.levels != mine.levels:
            raise UserError(
                f"{other.source}: {factor.label} has other levels than in {one.source}, and its "
                "contrasts would mean something else. Use treatment coding."
            )


def _refuse_reference(source: str, mine: FactorLevels, other: str, factor: FactorLevels) -> None:
    first, second = mine.levels[:1], factor.levels[:1]
    if first and second and first != second:
        raise UserError(
            f"{other}: the levels of {factor.label} are compared with '{second[0]}', in {source} "
            f"with '{first[0]}', which {other} has no row of, or which {source} has none of. Name "
            f'a level that both have: relevel({factor.label}, ref = "...").'
        )


def _counted(parts: Sequence[Statistics], sums: TableSums) -> TableSums:
    """Counts over all of them."""
    missing: dict[str, int] = {}
    for part in parts:
        for one in part.sums.dropped:
            missing[one.column] = missing.get(one.column, 0) + one.n_rows
    return replace(
        sums,
        n_rows=sum(part.sums.n_rows for part in parts),
        n_rows_read=sum(part.sums.n_rows_read for part in parts),
        dropped=tuple(DroppedRows(column, n) for column, n in missing.items()),
    )


# -- one set of columns -------------------------------------------------------------------------


def _widened(part: Statistics, names: tuple[str, ...]) -> Statistics:
    """With a column of zeros for each level of a factor that the part has no row of."""
    products = part.sums.products
    if part.names == names or products is None:
        return part
    p, width = len(part.names), len(products.C)
    places = np.array(
        [*(names.index(name) for name in part.names), *range(len(names), len(names) + width - p)]
    )
    more = len(names) + width - p
    units = np.eye(more)
    units[np.ix_(places, places)] = products.column_units
    C = _placed(products.C, places, more, (0, 1))
    if isinstance(products, PatternSums):
        q, K = products.A.shape[1], len(products.A)
        apart = _placed(products.G.reshape(K, q, width, q, width), places, more, (2, 4))
        cells = products.cells
        if cells is not None:
            cells = replace(cells, B=_placed(cells.B, places, more, (2,)))
        G = apart.reshape(K, q * more, q * more)
        found: Products | PatternSums = replace(
            products, n_fixed=len(names), C=C, G=G, column_units=units, cells=cells
        )
    else:
        B = _placed(products.B, places, more, (2,))
        found = replace(products, n_fixed=len(names), C=C, B=B, column_units=units)
    return replace(part, names=names, sums=replace(part.sums, products=found))


def _placed(values: Floats, places: Codes, width: int, axes: tuple[int, ...]) -> Floats:
    """Values at new places along some axes, zeros elsewhere."""
    for axis in axes:
        shape = list(values.shape)
        shape[axis] = width
        made = np.zeros(shape)
        at: list[slice | Codes] = [slice(None)] * values.ndim
        at[axis] = places
        made[tuple(at)] = values
        values = made
    return values


# -- sums of both -------------------------------------------------------------------------------


def _other_participants(one: Statistics, other: Statistics) -> Statistics:
    """Both, of which no participant is in the other."""
    mine, theirs = one.sums.products, other.sums.products
    assert isinstance(mine, PatternSums)
    assert isinstance(theirs, PatternSums)
    upper, levels = _joint(one.upper, other.upper)
    found = mine.plus(theirs, levels)
    sums = replace(one.sums, products=found, n_levels=_levels(one, found.n_groups, upper))
    return replace(one, sums=sums, upper=upper)


def _same_participants(one: Statistics, other: Statistics) -> Statistics:
    """Both, of which participants may be in either."""
    mine, theirs = one.sums.products, other.sums.products
    assert isinstance(mine, Products)
    assert isinstance(theirs, Products)
    labels, codes = _joint(one.labels, other.labels)
    upper, levels = _joint(one.upper, other.upper)
    assert labels is not None
    assert codes is not None
    n = len(labels)
    parts = [
        _among(products, code, n, None if levels is None else levels[place])
        for place, (products, code) in enumerate(zip((mine, theirs), codes, strict=True))
    ]
    try:
        found = parts[0].plus_rows(parts[1])
    except ValueError as error:
        raise UserError(
            f"{other.source}: some {one.inner} is in another place there than in {one.source}. "
            f"Each {one.inner} has to belong to one of them."
        ) from error
    sums = replace(one.sums, products=found, n_levels=_levels(one, n, upper))
    return replace(one, sums=sums, labels=labels, upper=upper)


def _levels(one: Statistics, n_inner: int, upper: tuple[str, ...] | None) -> Mapping[str, int]:
    n_upper = 0 if upper is None else len(upper)
    return {group: n_inner if group == one.inner else n_upper for group in one.sums.n_levels}


def _joint(
    one: tuple[str, ...] | None, other: tuple[str, ...] | None
) -> tuple[tuple[str, ...] | None, tuple[Codes, Codes] | None]:
    """The labels of both, and the place of each one's among them."""
    if one is None or other is None:
        return None, None
    both = tuple(dict.fromkeys((*one, *other)))
    place = {label: at for at, label in enumerate(both)}
    return both, (
        np.array([place[label] for label in one], dtype=np.int64),
        np.array([place[label] for label in other], dtype=np.int64),
    )


def _among(products: Products, codes: Codes, n: int, levels: Codes | None) -> Products:
    """The same sums among more groups, of which some have no rows."""
    parents = None
    if products.parents is not None and levels is not None:
        parents = np.full(n, -1, dtype=np.int64)
        parents[codes] = levels[products.parents]
    rows = np.zeros(n, dtype=np.int64)
    rows[codes] = products.group_rows
    return replace(
        products,
        group_rows=rows,
        A=_placed(products.A, codes, n, (0,)),
        B=_placed(products.B, codes, n, (0,)),
        parents=parents,
    )
