"""How far single participants (or sites) move the estimates, all of them at the cost of one fit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from models.errors import NotEstimableError
from models.linear.group_sums import GroupSums, largest_eigenvalues, losses
from models.linear.linear_fit import LinearFit
from models.panel import Codes, Flags, Floats

_NEEDED = 1e-8
"""A group is needed where some combination of effects keeps less than this share without it."""
_AT_ONCE = 20_000
"""Groups at a time, which bounds the memory: some 20 MB per matrix with 11 effects."""


@dataclass(frozen=True, eq=False)
class Influence:
    """Estimates without each group in turn, at the variances of the whole fit.

    Row i of `dfbeta` (k, p) is the estimate with everybody less the one without group
    `groups[i]`; `dfbetas` is that in standard errors of the estimate without the group;
    `cooks_distance` (k,) is over all p effects. `needed` lists groups without which some effect
    could not be estimated at all: they have no row.
    """

    group: str
    names: tuple[str, ...]
    beta: Floats
    groups: Codes
    needed: tuple[int, ...]
    dfbeta: Floats
    dfbetas: Floats
    se: Floats
    cooks_distance: Floats

    @property
    def estimates(self) -> Floats:
        """Estimates (k, p) without each group."""
        return np.asarray(self.beta - self.dfbeta)


@dataclass(frozen=True)
class TermInfluence:
    """The group that moves one term most, and how many single groups would change its reading.

    `flips_sign` and `flips_significance` are codes of such groups, those with the largest DFBETAS
    first. Codes are indices; whether and how to show them is up to the caller.
    """

    term: str
    estimate: float
    most_influential: int
    dfbetas: float
    estimate_without: float
    flips_sign: tuple[int, ...]
    flips_significance: tuple[int, ...]


def influence(sums: GroupSums, *, of_blocks: bool = False) -> Influence:
    """Leave out each group (participant), or each independent block (site), one at a time.

    Parameters
    ----------
    sums
        From `group_sums`.
    of_blocks
        Leave out whole sites where participants nest in sites.

    Raises
    ------
    NotEstimableError
        If no group can be left out without losing an effect.

    Notes
    -----
    Exact generalised least squares without the group at fixed variances: no refit. Estimating the
    variances anew moves the estimates only a little further (see the reference test).

    References
    ----------
    Christensen, Pearson & Johnson (1992), Technometrics 34:38-45. doi:10.2307/1269550;
    Nieuwenhuis, te Grotenhuis & Pelzer (2012), The R Journal 4(2):38-47.
    """
    n_groups = len(sums.blocks) if of_blocks else sums.n_groups
    parts = [
        _left_out(sums, slice(first, first + _AT_ONCE), of_blocks=of_blocks)
        for first in range(0, n_groups, _AT_ONCE)
    ]
    is_needed, dfbeta, se, distance = (np.concatenate(each) for each in zip(*parts, strict=True))
    if is_needed.all():
        raise NotEstimableError(
            "Every single group is needed to estimate some effect, so that none can be left out. "
            "Use a model with fewer terms.",
            reason="all_groups_needed",
        )
    return Influence(
        group=sums.block if of_blocks else sums.group,
        names=sums.names,
        beta=sums.beta,
        groups=np.flatnonzero(~is_needed),
        needed=tuple(np.flatnonzero(is_needed).tolist()),
        dfbeta=dfbeta,
        dfbetas=dfbeta / se,
        se=se,
        cooks_distance=distance,
    )


def _left_out(
    sums: GroupSums, chosen: slice, *, of_blocks: bool
) -> tuple[Flags, Floats, Floats, Floats]:
    """Per chosen group whether it is needed; of the others DFBETA, standard error and distance."""
    total, p = sums.total, len(sums.names)
    lost = losses(sums, chosen, of_blocks=of_blocks)
    # In units where the whole information is the identity, a share of 1 lost means none is left.
    factor = np.linalg.cholesky(total[:p, :p])
    back = np.linalg.inv(factor)
    shares = back @ lost[:, :p, :p] @ back.T
    is_needed = largest_eigenvalues(shares, above=0.5) > 1 - _NEEDED
    left = np.linalg.inv(np.eye(p) - shares[~is_needed])
    # The covariance without a group is back.T @ half; only its diagonal and one product are used.
    half = left @ back
    score = total[:p, p] - lost[~is_needed, :p, p]
    dfbeta = -(half @ score[:, :, None])[:, :, 0] @ back
    se = np.sqrt((back * half).sum(axis=1))
    return is_needed, dfbeta, se, ((dfbeta @ factor) ** 2).sum(axis=1) / p


def influence_by_term(
    found: Influence,
    fit: LinearFit,
    *,
    df: Sequence[float | None] | None = None,
    level: float = 0.95,
) -> tuple[TermInfluence, ...]:
    """Per term: who moves it most, and who alone would flip its sign or its significance.

    `df` are the fit's degrees of freedom per term; None, or none for a term, means the normal.
    """
    full_se = np.sqrt(np.diag(fit.cov_beta))
    given = [None] * len(fit.names) if df is None else list(df)
    return tuple(
        _of_term(found, j, float(full_se[j]), _critical(given[j], level))
        for j in range(len(fit.names))
    )


def _critical(df: float | None, level: float) -> float:
    upper = 0.5 + level / 2
    return float(ndtri(upper) if df is None else stdtrit(df, upper))


def _of_term(found: Influence, j: int, full_se: float, critical: float) -> TermInfluence:
    estimate, without = float(found.beta[j]), found.estimates[:, j]
    order = np.argsort(-np.abs(found.dfbetas[:, j]), kind="stable")
    was = abs(estimate) > critical * full_se
    now = np.abs(without) > critical * found.se[:, j]
    flips_sign = np.sign(without) != np.sign(estimate)
    top = int(order[0])
    return TermInfluence(
        term=found.names[j],
        estimate=estimate,
        most_influential=int(found.groups[top]),
        dfbetas=float(found.dfbetas[top, j]),
        estimate_without=float(without[top]),
        flips_sign=tuple(found.groups[order[flips_sign[order]]].tolist()),
        flips_significance=tuple(found.groups[order[(now != was)[order]]].tolist()),
    )
