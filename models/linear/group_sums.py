"""What each group of rows tells about the fixed effects, given the estimated variances.

With V fixed, generalised least squares needs of each participant only [X e]'V^-1[X e]. Leaving a
participant out, or drawing participants anew, is then arithmetic on small matrices: rows are
touched once. A site level above the participants joins them again by a correction of low rank.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.linear.blocks import (
    Level,
    batches,
    dense_covariance,
    independent_blocks,
    is_nested,
    levels,
    of_groups,
    standardised_values,
)
from models.linear.linear_fit import LinearFit
from models.panel import Codes, Floats
from models.random_terms import RandomTerm


@dataclass(frozen=True, eq=False)
class UpperLevel:
    """How G groups hang together in S upper ones through k random effects of the upper groups.

    `codes` (G,) is the upper group of each group; `cross` (G, k, p + 1) is Zu'V^-1[X e] and `own`
    (G, k, k) is Zu'V^-1 Zu, with V that of the lower level alone; `covariance` is (k, k).
    """

    group: str
    codes: Codes
    cross: Floats
    own: Floats
    covariance: Floats

    def correction(self, own: Floats, cross: Floats) -> Floats:
        """What shared upper effects take from the information: (..., p + 1, p + 1)."""
        inner = np.eye(own.shape[-1]) + own @ self.covariance
        return cross.swapaxes(-1, -2) @ self.covariance @ np.linalg.solve(inner, cross)


@dataclass(frozen=True, eq=False)
class GroupSums:
    """`products` (G, p + 1, p + 1) is [X e]'V^-1[X e] of each lowest group, e = y - X beta.

    `blocks` (S, p + 1, p + 1) is the same for each independent block: the sites where there is a
    site level, else the groups themselves. `group` and `block` name the two. Where groupings cross,
    groups do not add up: `products` is empty, and `deletions` (G, p + 1, p + 1) say what is lost
    with each group.
    """

    names: tuple[str, ...]
    beta: Floats
    group: str
    block: str
    products: Floats
    blocks: Floats
    upper: UpperLevel | None
    deletions: Floats | None = None

    @property
    def n_groups(self) -> int:
        """Lowest groups, each of which can be left out."""
        return len(self.products if self.deletions is None else self.deletions)

    @property
    def total(self) -> Floats:
        """Information about beta, its score and the weighted sum of squares: (p + 1, p + 1)."""
        return np.asarray(self.blocks.sum(axis=0))


def group_sums(y: Floats, X: Floats, random: Sequence[RandomTerm], fit: LinearFit) -> GroupSums:
    """Sums per group at the fitted variances, in one pass over the rows.

    Parameters
    ----------
    y, X, random
        Outcome (n,), fixed design (n, p) and random terms, as they were fitted.
    fit
        The fit whose variances are taken as given.

    Raises
    ------
    NotEstimableError
        If groupings cross, or nest more than twice, in blocks too large for a matrix.
    """
    found = levels(random, fit)
    target = np.column_stack([X, y - X @ fit.beta])
    if len(found) == 1:
        return _lowest(found[0], None, target, fit)
    if len(found) == 2 and is_nested(found[0].codes, found[1].codes):
        return _lowest(found[0], found[1], target, fit)
    return _by_dense_blocks(found, target, fit)


def precision_times(level: Level, residual: float, rows: Codes, target: Floats) -> Floats:
    """V^-1 times columns (g, m, c) for g groups of one level, V = residual I + Z Psi Z'."""
    Z = level.values[rows]
    Zt = Z.transpose(0, 2, 1)
    inner = residual * np.eye(Z.shape[2]) + Zt @ Z @ level.covariance
    shrunk = level.covariance @ np.linalg.solve(inner, Zt @ target)
    return np.asarray((target - Z @ shrunk) / residual)


def conditional_residuals(
    y: Floats, X: Floats, random: Sequence[RandomTerm], fit: LinearFit
) -> tuple[Floats, tuple[Floats, ...]]:
    """Residuals (n,) less the predicted random effects, and those effects (groups, q) per term.

    Both follow from V^-1(y - X beta): sigma^2 times it are the residuals, Psi Z' times it the
    effects.
    """
    found, values = levels(random, fit), standardised_values(random, fit)
    weighted = _marginal_solve(found, fit.residual_variance, y - X @ fit.beta)
    effects = []
    for place, (term, covariance) in enumerate(zip(random, fit.scaled_covariances(), strict=True)):
        sums = np.zeros((term.n_groups, len(term.names)))
        np.add.at(sums, term.codes, values[place] * weighted[:, None])
        own = sums @ covariance
        effects.append(own @ np.linalg.inv(fit.units[place]).T if fit.units else own)
    return fit.residual_variance * weighted, tuple(effects)


def _marginal_solve(found: Sequence[Level], residual: float, e: Floats) -> Floats:
    """V^-1 e (n,) with all levels in V."""
    if len(found) == 1 or (len(found) == 2 and is_nested(found[0].codes, found[1].codes)):
        return _nested_solve(found, residual, e)
    solved = np.zeros_like(e)
    for batch in batches(independent_blocks([level.codes for level in found]), is_square=True):
        V = dense_covariance(found, residual, batch.rows)
        solved[batch.rows] = np.linalg.solve(V, e[batch.rows][:, :, None])[:, :, 0]
    return solved


def _nested_solve(found: Sequence[Level], residual: float, e: Floats) -> Floats:
    lower = found[0]
    Zu = found[1].values if len(found) == 2 else np.zeros((len(e), 0))
    target = np.column_stack([e, Zu])
    solved = np.zeros_like(target)
    for batch in batches(lower.codes, width=target.shape[1]):
        solved[batch.rows] = precision_times(lower, residual, batch.rows, target[batch.rows])
    if len(found) == 1:
        return solved[:, 0]
    upper = found[1]
    sums = np.zeros((upper.n_groups, Zu.shape[1], target.shape[1]))
    np.add.at(sums, upper.codes, Zu[:, :, None] * solved[:, None, :])
    inner = np.eye(Zu.shape[1]) + sums[:, :, 1:] @ upper.covariance
    effects = upper.covariance @ np.linalg.solve(inner, sums[:, :, :1])
    return np.asarray(solved[:, 0] - (solved[:, None, 1:] @ effects[upper.codes])[:, 0, 0])


def _lowest(lower: Level, upper: Level | None, target: Floats, fit: LinearFit) -> GroupSums:
    width = target.shape[1]
    Zu = np.zeros((len(target), 0)) if upper is None else upper.values
    columns = np.column_stack([target, Zu])
    sums = np.zeros((lower.n_groups, columns.shape[1], columns.shape[1]))
    for batch in batches(lower.codes, width=columns.shape[1]):
        own = columns[batch.rows]
        solved = precision_times(lower, fit.residual_variance, batch.rows, own)
        sums[batch.groups] = own.transpose(0, 2, 1) @ solved
    products = sums[:, :width, :width]
    if upper is None:
        return GroupSums(
            fit.names, fit.beta, lower.group, lower.group, products, products, upper=None
        )
    above = UpperLevel(
        group=upper.group,
        codes=of_groups(lower.codes, upper.codes),
        cross=sums[:, width:, :width],
        own=sums[:, width:, width:],
        covariance=upper.covariance,
    )
    blocks = _added(products, above.codes) - above.correction(
        _added(above.own, above.codes), _added(above.cross, above.codes)
    )
    return GroupSums(fit.names, fit.beta, lower.group, upper.group, products, blocks, above)


def _by_dense_blocks(found: Sequence[Level], target: Floats, fit: LinearFit) -> GroupSums:
    """Sums of blocks whose covariance has no simple form, and what each lowest group takes along.

    Without rows i the information is M'WM - (WM)_i' (W_ii)^-1 (WM)_i, W = V^-1.
    """
    codes, lowest = independent_blocks([level.codes for level in found]), found[0]
    shape = target.shape[1:] * 2
    blocks = np.zeros((int(codes.max()) + 1, *shape))
    deletions = np.zeros((lowest.n_groups, *shape))
    for batch in batches(codes, width=2, is_square=True):
        V = dense_covariance(found, fit.residual_variance, batch.rows)
        for block, rows, W in zip(batch.groups, batch.rows, np.linalg.inv(V), strict=True):
            solved = W @ target[rows]
            blocks[block] = target[rows].T @ solved
            for group in np.unique(lowest.codes[rows]):
                own = np.flatnonzero(lowest.codes[rows] == group)
                inner = np.linalg.solve(W[np.ix_(own, own)], solved[own])
                deletions[group] = solved[own].T @ inner
    none = np.zeros((0, *shape))
    return GroupSums(fit.names, fit.beta, lowest.group, "block", none, blocks, None, deletions)


def _added(values: Floats, codes: Codes) -> Floats:
    """Sums (S, ...) of values (G, ...) over the groups of each upper group."""
    sums = np.zeros((int(codes.max()) + 1, *values.shape[1:]))
    np.add.at(sums, codes, values)
    return sums


def largest_eigenvalues(matrices: Floats, *, above: float) -> Floats:
    """Largest eigenvalue (G,) of positive semidefinite matrices, or a bound of it below `above`.

    The trace bounds it, so that few of many small shares need to be worked out.
    """
    bound: Floats = np.array(np.trace(matrices, axis1=1, axis2=2))
    close = np.flatnonzero(bound > above)
    if len(close):
        bound[close] = np.linalg.eigvalsh(matrices[close])[:, -1]
    return bound


def losses(sums: GroupSums, chosen: slice, *, of_blocks: bool = False) -> Floats:
    """What the total loses when one group (or one independent block) is left out.

    Returns (g, p + 1, p + 1) for the chosen groups. Without an upper level these are the sums
    themselves; with one, a group's part depends on who else is at its site.
    """
    upper = sums.upper
    if not of_blocks and sums.deletions is not None:
        return sums.deletions[chosen]
    if of_blocks or upper is None:
        return sums.blocks[chosen]
    site = upper.codes[chosen]
    own, cross = _added(upper.own, upper.codes), _added(upper.cross, upper.codes)
    with_all = upper.correction(own, cross)[site]
    without = upper.correction(own[site] - upper.own[chosen], cross[site] - upper.cross[chosen])
    return np.asarray(sums.products[chosen] - (with_all - without))
