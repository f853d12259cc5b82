"""Cluster bootstrap of the fixed effects at the fitted variances, by matrix products alone."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.errors import NotEstimableError
from models.linear.batches import inverse_and_log_det
from models.linear.group_sums import GroupSums, UpperLevel
from models.linear.layout import lower_factor
from models.panel import Codes, Floats

_SINGULAR = 1e-8
"""Smallest share of the whole information that a draw must keep in every direction."""
_DRAW_NUMBERS = 4_000_000
MOST_FAILED = 0.05
"""Share of draws without an estimate above which there is no interval: the rest are a selection."""


@dataclass(frozen=True, eq=False)
class ClusterBootstrap:
    """Bootstrap standard errors and percentile interval per term, (p,) each.

    `n_failed` of `n_draws` drew so few of some kind of group that an effect had no estimate.
    """

    group: str
    names: tuple[str, ...]
    se: Floats
    ci_low: Floats
    ci_high: Floats
    n_draws: int
    n_failed: int
    seed: int
    level: float


def cluster_bootstrap(
    sums: GroupSums,
    *,
    n_draws: int = 1000,
    seed: int = 1,
    level: float = 0.95,
    of_blocks: bool = False,
) -> ClusterBootstrap:
    """Draw groups with replacement and solve for the fixed effects of each draw.

    Parameters
    ----------
    sums
        From `group_sums`: the variances stay as fitted.
    of_blocks
        Draw whole sites. Otherwise participants are drawn, each within their own site where
        there is a site level, so that sites and their sizes stay as they are. Where groupings
        cross, only whole blocks that share no group can be drawn.

    Raises
    ------
    NotEstimableError
        If there are fewer than two groups to draw, or more than `MOST_FAILED` of the draws have no
        estimate.

    References
    ----------
    Cameron, Gelbach & Miller (2008), Rev Econ Stat 90:414-427. doi:10.1162/rest.90.3.414
    """
    of_blocks = of_blocks or sums.deletions is not None
    if len(sums.blocks if of_blocks else sums.products) < 2:
        raise NotEstimableError(
            "Drawing groups anew needs at least two groups that are independent of each other.",
            reason="groups",
        )
    rng = np.random.default_rng(seed)
    found = [_solutions(sums, part) for part in _drawn(sums, rng, n_draws, of_blocks=of_blocks)]
    estimates = np.concatenate(found)
    n_failed = n_draws - len(estimates)
    if n_failed > MOST_FAILED * n_draws:
        raise NotEstimableError(
            f"{n_failed} of {n_draws} bootstrap draws had no estimate: some effect rests on too "
            "few groups for an interval by drawing groups anew.",
            reason="bootstrap_failed",
        )
    tail = (1 - level) / 2
    low, high = np.quantile(estimates, [tail, 1 - tail], axis=0)
    return ClusterBootstrap(
        group=sums.block if of_blocks else sums.group,
        names=sums.names,
        se=estimates.std(axis=0, ddof=1),
        ci_low=low,
        ci_high=high,
        n_draws=n_draws,
        n_failed=n_failed,
        seed=seed,
        level=level,
    )


def draw_weights(rng: np.random.Generator, strata: Codes, n_draws: int) -> Floats:
    """How often each group is drawn (n_draws, G), with replacement within its stratum (G,)."""
    n_groups = len(strata)
    order = np.argsort(strata, kind="stable")
    counts = np.bincount(strata)
    starts = (np.cumsum(counts) - counts)[strata[order]]
    sizes = counts[strata[order]]
    chosen = order[starts + (rng.random((n_draws, n_groups)) * sizes).astype(np.int64)]
    flat = chosen + n_groups * np.arange(n_draws)[:, None]
    drawn = np.bincount(flat.ravel(), minlength=n_draws * n_groups)
    return drawn.reshape(n_draws, n_groups).astype(np.float64)


def _drawn(
    sums: GroupSums, rng: np.random.Generator, n_draws: int, *, of_blocks: bool
) -> Iterator[Floats]:
    """Total information of each draw (d, p + 1, p + 1), in chunks that fit into memory."""
    values = sums.blocks if of_blocks else sums.products
    upper = None if of_blocks else sums.upper
    strata = np.zeros(len(values), dtype=np.int64) if upper is None else upper.codes
    order = np.argsort(strata, kind="stable")
    values, strata = values[order], strata[order]
    per_chunk = max(1, _DRAW_NUMBERS // len(values))
    for first in range(0, n_draws, per_chunk):
        weights = draw_weights(rng, strata, min(per_chunk, n_draws - first))
        total = _summed_symmetric(weights, values)
        if upper is not None:
            total -= _shared(weights, upper, order, strata)
        yield total


def _shared(weights: Floats, upper: UpperLevel, order: Codes, strata: Codes) -> Floats:
    """What sites' own effects take from the information of each draw; groups are in site order.

    As `UpperLevel.correction`, summed over sites by one product of matrices per draw.
    """
    factor = lower_factor(upper.covariance)
    cross, own = factor.T @ upper.cross[order], factor.T @ upper.own[order] @ factor
    ends = np.cumsum(np.bincount(strata)).tolist()
    parts = [slice(first, end) for first, end in zip([0, *ends], ends, strict=False)]
    R = np.stack([_summed(weights[:, part], cross[part]) for part in parts], axis=1)
    T = np.stack([_summed(weights[:, part], own[part]) for part in parts], axis=1)
    k = len(factor)
    inner = np.eye(k)[:, :, None] + T.reshape(-1, k, k).transpose(1, 2, 0)
    inverse = inverse_and_log_det(inner)[0].transpose(2, 0, 1).reshape(T.shape)
    flat = (len(weights), len(parts) * k, R.shape[3])
    return np.asarray(R.reshape(flat).transpose(0, 2, 1) @ (inverse @ R).reshape(flat))


def _summed(weights: Floats, values: Floats) -> Floats:
    """Weighted sums (d, a, b) of matrices (G, a, b)."""
    flat = values.reshape(len(values), -1)
    return (weights @ flat).reshape(len(weights), *values.shape[1:])


def _summed_symmetric(weights: Floats, values: Floats) -> Floats:
    """The same of symmetric matrices, each pair of elements once."""
    size = values.shape[1]
    upper = np.triu_indices(size)
    found = np.empty((len(weights), size, size))
    found[:, *upper] = weights @ values[:, *upper]
    found[:, upper[1], upper[0]] = found[:, *upper]
    return found


def _solutions(sums: GroupSums, totals: Floats) -> Floats:
    """Estimates of the draws that have one (at most d, p)."""
    p = len(sums.names)
    kept = _is_estimable(totals[:, :p, :p], sums.total[:p, :p])
    chosen = totals if kept.all() else totals[kept]
    change = np.linalg.solve(chosen[:, :p, :p], chosen[:, :p, p:])[:, :, 0]
    return np.asarray(sums.beta + change)


def _is_estimable(drawn: Floats, total: Floats) -> NDArray[np.bool_]:
    """Whether each draw keeps more than `_SINGULAR` of the total in every direction: nearly all do.

    A factorisation says that of all at once; only where it breaks down are they looked at one by
    one.
    """
    try:
        np.linalg.cholesky(drawn - _SINGULAR * total)
    except np.linalg.LinAlgError:
        back = np.linalg.inv(np.linalg.cholesky(total))
        return np.asarray(np.linalg.eigvalsh(back @ drawn @ back.T)[:, 0] > _SINGULAR)
    return np.ones(len(drawn), dtype=np.bool_)
