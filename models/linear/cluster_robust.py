"""Cluster-robust covariance (CR2) of a mixed model's effects, with Bell-McCaffrey df.

A second opinion that holds when the assumed covariance is wrong, and is exactly unbiased if it is
right: each cluster's residuals are adjusted for having been used in the estimates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.errors import NotEstimableError
from models.linear.blocks import (
    Batch,
    Level,
    batches,
    dense_covariance,
    independent_blocks,
    is_nested,
    levels,
    of_groups,
)
from models.linear.group_sums import GroupSums, group_sums
from models.linear.linear_fit import LinearFit
from models.panel import Codes, Floats
from models.random_terms import RandomTerm

Kind = Literal["CR2", "CR0"]
Root = Literal["cholesky", "whitened", "none"]
MOST_WORK = 2e9
"""Sum over clusters of rows^3 up to which the adjustment is clubSandwich's, a matrix root per
cluster; beyond, the root is that of a (p, p) matrix, as exact but not the same numbers."""
_NOUGHT = 1e-10
_AT_ONCE = 4_000_000


@dataclass(frozen=True, eq=False)
class ClusterRobust:
    """Robust covariance (p, p) of the fixed effects and `df` of contrasts.

    `root` says how CR2's adjustment was computed. The rest is per cluster: `scores` (C, p);
    `spread` (C, p, p), the scores' covariance if clusters were apart; `reach` (C, p, p), what
    they share through the estimates.
    """

    cov_beta: Floats
    kind: Kind
    root: Root
    n_clusters: int
    bread: Floats
    scores: Floats
    spread: Floats
    reach: Floats

    @property
    def se(self) -> Floats:
        """Robust standard errors (p,)."""
        return np.asarray(np.sqrt(np.diag(self.cov_beta)))

    def df(self, L: Floats) -> Floats:
        """Satterthwaite's degrees of freedom (m,) of each row of L (m, p).

        The robust variance is a quadratic form in the outcome; its first two moments under the
        fitted model give the scaled chi-square nearest to it.
        """
        V = np.atleast_2d(L) @ self.bread
        n_at_once = max(1, _AT_ONCE // self.reach[:, 0].size)
        parts = [self._df(V[first : first + n_at_once]) for first in range(0, len(V), n_at_once)]
        return np.concatenate(parts)

    def _df(self, V: Floats) -> Floats:
        """Degrees of freedom (m,) of rows V (m, p); every array below is (clusters, m, p)."""
        own = ((V @ self.spread) * V).sum(axis=2)
        reach = V @ self.reach
        half = reach @ self.bread
        shared = (half * reach).sum(axis=2)
        across = reach.transpose(1, 2, 0) @ half.transpose(1, 0, 2)
        products = (across * across.transpose(0, 2, 1)).sum(axis=(1, 2))
        squares = (own**2 - 2 * own * shared).sum(axis=0) + products
        return np.asarray((own - shared).sum(axis=0) ** 2 / squares)


def cluster_robust(
    y: Floats,
    X: Floats,
    codes: Codes | None,
    fit: LinearFit,
    random: Sequence[RandomTerm],
    *,
    kind: Kind = "CR2",
    root: Root | None = None,
    sums: GroupSums | None = None,
) -> ClusterRobust:
    """Robust covariance, the fitted V as working model.

    Parameters
    ----------
    y, X, random
        Outcome (n,), design (n, p) and random terms, as they were fitted.
    codes
        Cluster of each row as 0, 1, 2, ...; None takes the model's independent blocks:
        participants, or sites where these nest in sites.
    root
        None chooses by `MOST_WORK`; 'cholesky' is clubSandwich's, 'whitened' needs sums only.
    sums
        From `group_sums` of the same rows and fit, where somebody has them already.

    Raises
    ------
    NotEstimableError
        If there are fewer than two clusters, or rows of different clusters depend on each other in
        the model.

    Notes
    -----
    CR2 asks for A with A(V - XMX')A' = V, which has many solutions. With D'D = V, 'cholesky' takes
    D'(D(V - XMX')D')^(-1/2)D. 'whitened' takes D'(I - YMY')^(-1/2)D^-T, Y = D^-T X, whose action on
    X'V^-1 needs only X'V^-1X and the score of each cluster, so that millions of rows cost one pass.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28:169-181; Pustejovsky & Tipton (2018), J Bus Econ
    Stat 36:672-683. doi:10.1080/07350015.2016.1247004
    """
    found = levels(random, fit)
    blocks = independent_blocks([level.codes for level in found])
    codes = blocks if codes is None else codes
    if not is_nested(blocks, codes):
        raise NotEstimableError(
            "Random effects reach across clusters, so that robust standard errors by these "
            "clusters would be too small. Use the largest grouping as cluster.",
            reason="clusters",
        )
    n_clusters = int(codes.max()) + 1
    if n_clusters < 2:
        raise NotEstimableError(
            "Robust standard errors need several clusters, independent of each other.",
            reason="groups",
        )
    chosen = _chosen_root(codes, root) if kind == "CR2" else "none"
    of_blocks = (sums or group_sums(y, X, random, fit)).blocks
    products = np.zeros((n_clusters, *of_blocks.shape[1:]))
    np.add.at(products, of_groups(blocks, codes), of_blocks)
    p = X.shape[1]
    information, plain = products[:, :p, :p], products[:, :p, p]
    bread = np.asarray(np.linalg.inv(information.sum(axis=0)))
    if chosen == "cholesky":
        parts = _by_cholesky(X, y - X @ fit.beta, codes, found, fit.residual_variance, bread)
    elif chosen == "whitened":
        parts = _by_whitening(information, plain, bread)
    else:
        parts = plain, information, information
    cov_beta = bread @ (parts[0].T @ parts[0]) @ bread
    return ClusterRobust(cov_beta, kind, chosen, n_clusters, bread, *parts)


def _chosen_root(codes: Codes, root: Root | None) -> Root:
    if root is not None:
        return root
    work = float((np.bincount(codes).astype(np.float64) ** 3).sum())
    return "cholesky" if work <= MOST_WORK else "whitened"


def _by_cholesky(
    X: Floats, e: Floats, codes: Codes, found: Sequence[Level], residual: float, bread: Floats
) -> tuple[Floats, Floats, Floats]:
    """Adjusted scores, spread and reach with a matrix root per cluster, as clubSandwich."""
    n_clusters, p = int(codes.max()) + 1, X.shape[1]
    scores = np.empty((n_clusters, p))
    spread, reach = np.empty((n_clusters, p, p)), np.empty((n_clusters, p, p))
    for batch in batches(codes, width=6, is_square=True):
        V = dense_covariance(found, residual, batch.rows)
        E = _adjustment(V, X, batch, bread)
        scores[batch.groups] = (E @ e[batch.rows][:, :, None])[:, :, 0]
        spread[batch.groups] = E @ V @ E.transpose(0, 2, 1)
        reach[batch.groups] = E @ X[batch.rows]
    return scores, spread, reach


def _adjustment(V: Floats, X: Floats, batch: Batch, bread: Floats) -> Floats:
    """X'V^-1 A (g, p, m) of the clusters of a batch."""
    own = X[batch.rows]
    lower = np.linalg.cholesky(V)
    left = V - own @ bread @ own.transpose(0, 2, 1)
    values, vectors = np.linalg.eigh(lower.transpose(0, 2, 1) @ left @ lower)
    roots = _inverse_roots(values)
    middle = (vectors * roots[:, None, :]) @ vectors.transpose(0, 2, 1)
    A = lower @ middle @ lower.transpose(0, 2, 1)
    return np.asarray(np.linalg.solve(V, own).transpose(0, 2, 1) @ A)


def _by_whitening(
    information: Floats, scores: Floats, bread: Floats
) -> tuple[Floats, Floats, Floats]:
    """The same from (p, p) matrices: T = F'X'V^-1XF with FF' = M holds each cluster's leverages."""
    F = np.linalg.cholesky(bread)
    back = np.linalg.inv(F)
    values, vectors = np.linalg.eigh(F.T @ information @ F)
    kept = np.maximum(1 - values, 0.0)
    roots = _inverse_roots(np.where(kept > _NOUGHT, kept, 0.0))

    def matrix(inner: Floats) -> Floats:
        return np.asarray((vectors * inner[:, None, :]) @ vectors.transpose(0, 2, 1))

    adjusted = (matrix(roots) @ (scores @ F)[:, :, None])[:, :, 0] @ back
    spread = back.T @ matrix(values * roots**2) @ back
    reach = back.T @ matrix(values * roots) @ back
    return adjusted, spread, reach


def _inverse_roots(values: Floats) -> Floats:
    """values^(-1/2), 0 for directions that the estimates have used up."""
    is_kept = values > _NOUGHT * np.maximum(values[:, -1:], np.abs(values).max(axis=1)[:, None])
    return np.where(is_kept, 1 / np.sqrt(np.where(is_kept, values, 1.0)), 0.0)
