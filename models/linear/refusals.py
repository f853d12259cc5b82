"""When there is no answer: each case gets a sentence that says why, and what to do."""

from collections.abc import Sequence

import numpy as np

from models.errors import NotEstimableError
from models.linear.deviance import Deviance, inner_state
from models.linear.layout import Layout
from models.linear.pattern_sums import PatternSums
from models.linear.products import Products
from models.panel import Floats

_ALIASED_BELOW = 1e-11
_WIDE = 1e3
_SINGULAR = 1e-10
_ROUNDING = 1e-11
_LARGEST_UNIT, _LARGEST_RATIO = 1e120, 1e140
"""Of a column, and of the outcome to it: beyond, their squares leave the range of numbers."""
_FLAT_PER_ROW = 1e-10


def refuse_unestimable(
    products: Products | PatternSums, names: Sequence[str], layout: Layout
) -> None:
    """Check what must hold before there is anything to fit.

    Raises
    ------
    NotEstimableError
        With a sentence and one of the reasons 'few_rows', 'constant_outcome', 'unit',
        'collinear', 'exact_fit', 'few_groups', 'too_many_effects'.
    """
    n, p = products.n_rows, products.n_fixed
    if n <= p:
        raise NotEstimableError(
            f"There are {n} rows for {p} coefficients. Leave out terms, or collect more data.",
            reason="few_rows",
        )
    cross = products.C[: p + 1, : p + 1]
    left = _left_over(cross, np.diag(cross))
    aliased = [name for name, share in zip(names, left[:p], strict=True) if share < _ALIASED_BELOW]
    if aliased:
        raise NotEstimableError(
            f"{_listed(aliased)} cannot be told apart from the other terms of the model: "
            "each is constant, or follows exactly from those before it. Leave it out.",
            reason="collinear",
        )
    if not products.C[p, p] > 0:
        raise NotEstimableError(
            "The outcome is the same in every row, so nothing can be related to it. "
            "Check the outcome column.",
            reason="constant_outcome",
        )
    _refuse_units(products, names, layout)
    if left[p] < _ALIASED_BELOW:
        raise NotEstimableError(
            "The terms of the model reproduce the outcome exactly. "
            "Check whether the outcome is among them.",
            reason="exact_fit",
        )
    _refuse_groups(products, layout)


def refuse_no_residuals(deviance: Deviance, layout: Layout) -> None:
    """Check that the outcome varies beyond what the inner factor's effects can take up.

    What is left within groups counts beside what there is within groups, however far apart these
    are. Only what is no more than rounding beside the whole is called nothing.

    Raises
    ------
    NotEstimableError
        With reason 'no_residuals'.
    """
    products, inner = deviance.products, deviance.inner
    own = products.n_fixed + 1
    M = inner_state(inner.A, _WIDE * np.eye(len(inner.A))).M
    whole = products.C[:own, :own]
    within = (products.C - inner.projected(M))[:own, :own]
    if _left_over(within, np.diag(whole))[-1] > _left_over(whole, np.diag(whole))[-1] / _WIDE**2:
        return
    # Rare enough for the projection that is exact and slow.
    exact = np.linalg.pinv(inner.A.transpose(2, 0, 1), rcond=_SINGULAR, hermitian=True)
    taken = inner.projected(np.ascontiguousarray(exact.transpose(1, 2, 0), dtype=np.float64))
    within = (products.C - taken)[:own, :own]
    size = float(within[-1, -1])
    share = _left_over(within, np.append(np.diag(whole)[:-1], size))[-1]
    if share < _ALIASED_BELOW or share * size < _ROUNDING * whole[-1, -1]:
        raise NotEstimableError(
            f"Within each {layout.inner} the outcome does not vary, or follows its line exactly, "
            "so no residual variance is left. Use one row per group and a model without random "
            "effects.",
            reason="no_residuals",
        )


def refuse_fixed_groups(deviance: Deviance, layout: Layout) -> None:
    """Check that the restricted likelihood knows of each factor's variance at all.

    It does not where the fixed effects tell every level of the factor apart.

    Raises
    ------
    NotEstimableError
        With reason 'group_is_fixed'.
    """
    if not deviance.is_reml:
        return
    none = [np.zeros((len(own), len(own))) for own in map(layout.columns_of, layout.groups)]
    at_none = deviance.at(tuple(none)).deviance
    for place, group in enumerate(layout.groups):
        changes = []
        for size in (1.0, 2.0):
            factors = none.copy()
            factors[place] = size * np.eye(len(none[place]))
            changes.append(abs(deviance.at(tuple(factors)).deviance - at_none))
        if max(changes) < _FLAT_PER_ROW * deviance.products.n_rows:
            raise NotEstimableError(
                f"The terms of the model tell all levels of {group} apart, so the variance of its "
                f"random effects cannot be estimated. Leave out {group} among the terms, or its "
                "random effects.",
                reason="group_is_fixed",
            )


def levels_present(products: Products | PatternSums, layout: Layout) -> tuple[int, ...]:
    """Levels with at least one row of each factor, in the order of `layout.groups`."""
    if isinstance(products, PatternSums):
        return (products.n_groups, *layout.n_levels[1:])
    n_inner = int((products.group_rows > 0).sum())
    if products.parents is None:
        return (n_inner, *layout.n_levels[1:])
    return (n_inner, len(np.unique(products.parents[products.parents >= 0])))


def _refuse_units(products: Products | PatternSums, names: Sequence[str], layout: Layout) -> None:
    own = np.diag(products.column_units)[: products.n_fixed]
    columns = [*zip(names, own, strict=True)]
    columns += zip(layout.columns, np.diag(products.z_units), strict=True)
    found = {
        f"'{name}'": unit
        for name, unit in columns
        if _is_beyond(unit, _LARGEST_UNIT) or _is_beyond(products.y_unit / unit, _LARGEST_RATIO)
    }
    if _is_beyond(products.y_unit, _LARGEST_UNIT):
        found = {"the outcome": products.y_unit}
    for name, unit in found.items():
        size = "large" if unit > 1 else "small"
        raise NotEstimableError(
            f"Differences in {name}, about {unit:.0e}, are too {size} to compute variances of. "
            f"Give {name} in another unit.",
            reason="unit",
        )


def _is_beyond(size: float, largest: float) -> bool:
    return not 1 / largest < size < largest


def _refuse_groups(products: Products | PatternSums, layout: Layout) -> None:
    n, present = products.n_rows, levels_present(products, layout)
    for block in layout.blocks:
        n_levels = present[layout.groups.index(block.group)]
        q = len(block.names) if block.is_correlated else 1
        effects = ", ".join(block.names)
        if n_levels <= q:
            raise NotEstimableError(
                f"Levels of {block.group}: {n_levels}, too few for the variance of random effects "
                f"({effects}). Leave out random effects, or enter {block.group} as a fixed effect.",
                reason="few_groups",
            )
        if n_levels * q >= n:
            raise NotEstimableError(
                f"{n} rows cannot tell {n_levels * q} random effects of {block.group} ({effects}) "
                "from residuals. Leave out a random effect, or collect more occasions.",
                reason="too_many_effects",
            )


def _left_over(cross: Floats, whole: Floats) -> Floats:
    """Share, of each column's `whole`, that the columns before it do not explain."""
    rest, share = cross.copy(), np.zeros(len(cross))
    for place in np.flatnonzero(whole > 0):
        share[place] = rest[place, place] / whole[place]
        if share[place] >= _ALIASED_BELOW:
            rest -= np.outer(rest[place], rest[place]) / rest[place, place]
    return share


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
