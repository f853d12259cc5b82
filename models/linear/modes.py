"""Predictions of the random effects, and what is left of the outcome beyond them."""

from collections.abc import Sequence

import numpy as np

from models.linear.deviance import Deviance, inner_state
from models.linear.layout import Layout
from models.linear.linear_fit import LinearFit
from models.linear.products import Products
from models.panel import Floats
from models.random_terms import RandomTerm


def conditional_modes(fit: LinearFit, products: Products, layout: Layout) -> tuple[Floats, ...]:
    """Best linear unbiased predictions, one array (n_levels, q) per bar, as in `fit.random`.

    A group without rows is predicted at 0, the mean of all.

    References
    ----------
    Robinson (1991), Stat Sci 6(1), 15-32. doi:10.1214/ss/1177011926
    """
    parameters = layout.parameters(products.z_units)
    factors = parameters.factors(fit.theta)
    own = products.n_fixed + 1
    contrast = products.column_units[:own, :own] @ np.append(-fit.beta, 1.0)
    A, B = products.A, products.B
    low = list(layout.columns_of(layout.inner)) if layout.is_nested else slice(None)
    residuals = B[:, low, :own] @ contrast
    outer = _outer_modes(products, layout, factors, contrast)
    if layout.is_nested and products.parents is not None:
        high = list(layout.columns_of(layout.outer[0]))
        of_parent = outer[0][products.parents]
        residuals = residuals - np.einsum("gab,gb->ga", A[:, low][:, :, high], of_parent)
    elif layout.is_crossed:
        residuals = residuals - B[:, :, own:] @ np.concatenate([u.ravel() for u in outer])
    M = inner_state(A[:, low][:, :, low].transpose(1, 2, 0), factors[0]).M
    modes = (np.einsum("abg,gb->ga", M, residuals), *outer)
    in_own_units = [
        np.linalg.solve(unit, found.T).T
        for unit, found in zip(parameters.units, modes, strict=True)
    ]
    return _by_bar(layout, in_own_units)


def conditional_residuals(
    fit: LinearFit,
    modes: Sequence[Floats],
    y: Floats,
    X: Floats,
    random: Sequence[RandomTerm],
) -> Floats:
    """The outcome less its fixed part and the predicted random effects, row by row (n,)."""
    rest = y - X @ fit.beta
    for term, effects in zip(random, modes, strict=True):
        rest = rest - np.einsum("nq,nq->n", term.values, effects[term.codes])
    return np.asarray(rest)


def _outer_modes(
    products: Products, layout: Layout, factors: tuple[Floats, ...], contrast: Floats
) -> list[Floats]:
    """Per outer factor (n_levels, r), standardised effects."""
    if not layout.outer:
        return []
    deviance = Deviance.of(products, layout, is_reml=True)
    state = inner_state(deviance.inner.A, factors[0])
    left = products.C - deviance.inner.projected(state.M)
    modes = deviance.outer.eliminate(state.M, left, factors[1:]).modes(contrast)
    return list(modes)


def _by_bar(layout: Layout, modes: Sequence[Floats]) -> tuple[Floats, ...]:
    used, found = [0] * len(modes), []
    for block in layout.blocks:
        place = layout.groups.index(block.group)
        first = used[place]
        used[place] += len(block.names)
        found.append(modes[place][:, first : used[place]])
    return tuple(found)
