"""Gaussian generalised estimating equations with exchangeable working correlation, from sums.

A second opinion on a linear mixed model: the effects' standard errors rest on the participants'
scores alone, not on the assumed covariance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.errors import NotConvergedError, NotEstimableError
from models.linear.blocks import batches
from models.linear.group_sums import largest_eigenvalues
from models.panel import Codes, Floats

_STEPS = 100
_STILL = 1e-12
"""Largest change of the correlation, between two steps, that counts as none."""
_SINGULAR = 1e-10


@dataclass(frozen=True, eq=False)
class ExchangeableFit:
    """Estimates (p,), covariances (p, p) and the correlation of a participant's rows.

    `cov_robust` is the sandwich; `cov_mancl_derouen` corrects it for few participants. `scale`
    is the residual variance. Tests use t with `df` = participants less effects.
    """

    names: tuple[str, ...]
    beta: Floats
    cov_robust: Floats
    cov_mancl_derouen: Floats
    cov_model: Floats
    correlation: float
    scale: float
    n_rows: int
    n_groups: int
    n_steps: int

    @property
    def df(self) -> int:
        """Degrees of freedom of the corrected tests: participants less effects."""
        return self.n_groups - len(self.names)


@dataclass(frozen=True, eq=False)
class _Sums:
    """Per group, of M = [X y]: M'M (G, p + 1, p + 1), its column sums (G, p + 1), its rows (G,).

    Iterations need only their totals by size: `sizes` (K,), `outer` (K, p + 1, p + 1) and `whole`.
    """

    products: Floats
    ones: Floats
    counts: Floats
    sizes: Floats
    outer: Floats
    whole: Floats


def fit_exchangeable(
    y: Floats, X: Floats, codes: Codes, names: Sequence[str], *, is_df_corrected: bool = True
) -> ExchangeableFit:
    """Solve the estimating equations, correlation by moments of the residuals.

    Parameters
    ----------
    y, X, codes
        Outcome (n,), design (n, p) of full rank, and participant of each row as 0, 1, 2, ...
    is_df_corrected
        Divide the moments by rows (pairs) less p, as statsmodels does; geepack does not.

    Raises
    ------
    NotEstimableError
        If no participant has two rows, there are no more participants than effects, the effects
        are collinear, or a participant alone carries an effect (no corrected covariance).
    NotConvergedError
        If the correlation does not settle, or leaves the range where it is one.

    References
    ----------
    Liang & Zeger (1986), Biometrika 73:13-22. doi:10.1093/biomet/73.1.13;
    Mancl & DeRouen (2001), Biometrics 57:126-134. doi:10.1111/j.0006-341X.2001.00126.x
    """
    p = X.shape[1]
    origin = y.mean() if np.ptp(X, axis=0).min() == 0 else 0.0
    sums = _sums(np.column_stack([X, y - origin]), codes)
    _refuse(sums, p)
    beta, correlation, scale, n_steps = _solve(sums, p, p if is_df_corrected else 0)
    bread: Floats = np.linalg.inv(_weighted(sums, correlation)[:p, :p]).astype(np.float64)
    scores, information = _per_group(sums, beta, correlation)
    corrected = _mancl_derouen(scores, information, bread)
    # The outcome was shifted for accuracy; with a constant in the design only that effect moves.
    shift = np.linalg.lstsq(X, np.full(len(y), origin), rcond=None)[0] if origin else 0.0
    return ExchangeableFit(
        names=tuple(names),
        beta=beta + shift,
        cov_robust=bread @ (scores.T @ scores) @ bread,
        cov_mancl_derouen=bread @ (corrected.T @ corrected) @ bread,
        cov_model=scale * bread,
        correlation=correlation,
        scale=scale,
        n_rows=len(y),
        n_groups=len(sums.counts),
        n_steps=n_steps,
    )


def _sums(M: Floats, codes: Codes) -> _Sums:
    n_groups, width = int(codes.max()) + 1, M.shape[1]
    products, ones = np.empty((n_groups, width, width)), np.empty((n_groups, width))
    for batch in batches(codes, width=width):
        own = M[batch.rows]
        products[batch.groups] = own.transpose(0, 2, 1) @ own
        ones[batch.groups] = own.sum(axis=1)
    counts = np.bincount(codes).astype(np.float64)
    sizes, kind = np.unique(counts, return_inverse=True)
    outer = np.stack([ones[kind == k].T @ ones[kind == k] for k in range(len(sizes))])
    return _Sums(products, ones, counts, sizes, outer, products.sum(axis=0))


def _refuse(sums: _Sums, p: int) -> None:
    if sums.sizes[-1] < 2:
        raise NotEstimableError(
            "No participant has two rows, so that rows of one participant have no correlation.",
            reason="one_row_each",
        )
    if len(sums.counts) <= p:
        raise NotEstimableError(
            f"{len(sums.counts)} participants are too few for {p} effects with robust standard "
            "errors. Use fewer terms.",
            reason="few_groups",
        )
    information = sums.whole[:p, :p]
    spread = np.sqrt(np.diag(information))
    if (
        spread.min() == 0
        or np.linalg.eigvalsh(information / np.outer(spread, spread))[0] < _SINGULAR
    ):
        raise NotEstimableError(
            "Some effects are combinations of others. Leave one of them out.", reason="collinear"
        )


def _solve(sums: _Sums, p: int, lost: int) -> tuple[Floats, float, float, int]:
    correlation = 0.0
    for step in range(1, _STEPS + 1):
        total = _weighted(sums, correlation)
        beta: Floats = np.linalg.solve(total[:p, :p], total[:p, p]).astype(np.float64)
        was, (correlation, scale) = correlation, _moments(sums, beta, lost)
        if not -1 / (sums.sizes[-1] - 1) < correlation < 1:
            break
        if abs(correlation - was) < _STILL:
            return beta, correlation, scale, step
    raise NotConvergedError(
        "The estimating equations did not settle on a correlation between a participant's rows.",
        reason="gee_not_converged",
    )


def _moments(sums: _Sums, beta: Floats, lost: int) -> tuple[float, float]:
    """Correlation and variance from products of residuals within participants."""
    contrast = np.append(-beta, 1.0)
    squares = float(contrast @ sums.whole @ contrast)
    pairs = float((contrast @ sums.outer @ contrast).sum() - squares) / 2
    n, n_pairs = sums.counts.sum(), (sums.counts * (sums.counts - 1)).sum() / 2
    scale = squares / float(n - lost)
    return pairs / float(n_pairs - lost) / scale, scale


def _weights(sizes: Floats, correlation: float) -> tuple[float, Floats]:
    """R^-1 = a (I - b 11') for exchangeable R of each size."""
    return 1 / (1 - correlation), correlation / (1 + (sizes - 1) * correlation)


def _weighted(sums: _Sums, correlation: float) -> Floats:
    """M'R^-1 M summed over groups."""
    a, b = _weights(sums.sizes, correlation)
    return np.asarray(a * (sums.whole - np.tensordot(b, sums.outer, axes=1)))


def _per_group(sums: _Sums, beta: Floats, correlation: float) -> tuple[Floats, Floats]:
    """Scores (G, p) and information (G, p, p) of each group, per unit of variance."""
    p = len(beta)
    contrast = np.append(-beta, 1.0)
    a, b = _weights(sums.counts, correlation)
    sx = sums.ones[:, :p]
    scores = a * (sums.products[:, :p] @ contrast - (b * (sums.ones @ contrast))[:, None] * sx)
    taken = b[:, None, None] * (sx[:, :, None] * sx[:, None, :])
    return scores, a * (sums.products[:, :p, :p] - taken)


def _mancl_derouen(scores: Floats, information: Floats, bread: Floats) -> Floats:
    """Scores with residuals divided by I less the hat matrix.

    X'W(I - X B X'W)^-1 = (I - X'W X B)^-1 X'W: the rows' hat matrices are never needed. With
    FF' = B the matrix to invert is symmetric.
    """
    F = np.linalg.cholesky(bread)
    shares = F.T @ information @ F
    if float(largest_eigenvalues(shares, above=0.5).max()) > 1 - _SINGULAR:
        raise NotEstimableError(
            "A single participant carries an effect, so that its standard error cannot be "
            "corrected for few participants. Leave that term out.",
            reason="all_groups_needed",
        )
    solved = np.linalg.solve(np.eye(len(bread)) - shares, (scores @ F)[:, :, None])[:, :, 0]
    return np.asarray(solved @ np.linalg.inv(F))
