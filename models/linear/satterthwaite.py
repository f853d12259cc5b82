"""Satterthwaite's degrees of freedom: t and F tests of fixed effects as lmerTest gives them."""

import numpy as np
from scipy.special import fdtrc

from models.errors import NotEstimableError
from models.linear.linear_fit import LinearFit
from models.panel import Floats

# Directions in which the deviance does not bend carry no information. The bound is lmerTest's, but
# parameters are scaled first, so that degrees of freedom do not depend on the outcome's unit.
_FLAT = 1e-8
_SAME = 1e-8


def covariance_of_parameters(fit: LinearFit) -> Floats:
    """Covariance (k, k) of (scaled_theta, sigma) from the Hessian, without flat directions."""
    bend = np.diag(fit.hessian)
    scale = 1 / np.sqrt(np.where(bend > 0, bend, np.inf))
    values, vectors = np.linalg.eigh(scale[:, None] * fit.hessian * scale)
    kept = values > _FLAT
    turned = scale[:, None] * vectors[:, kept]
    return np.asarray(2 * (turned / values[kept]) @ turned.T)


def satterthwaite_df(fit: LinearFit, L: Floats) -> Floats:
    """Degrees of freedom (m,) of the t tests of m contrasts, the rows of `L` (m, p).

    Raises
    ------
    NotEstimableError
        With reason 'df', if the curvature of the likelihood gives none.

    References
    ----------
    Kuznetsova et al. (2017), J Stat Softw 82(13). doi:10.18637/jss.v082.i13
    """
    rows = np.atleast_2d(L)
    variances = np.einsum("mp,pr,mr->m", rows, fit.cov_beta, rows)
    slopes = np.einsum("mp,kpr,mr->mk", rows, fit.cov_slopes, rows)
    if not (variances > 0).all():  # NaN is not, either
        raise _without_df()
    relative = slopes / variances[:, None]  # variances squared would leave the range of numbers
    spread = np.einsum("mk,kl,ml->m", relative, covariance_of_parameters(fit), relative)
    if not (np.isfinite(spread) & (spread > 0)).all():
        raise _without_df()
    return np.asarray(2 / spread)


def _without_df() -> NotEstimableError:
    return NotEstimableError(
        "Satterthwaite's degrees of freedom cannot be computed from this fit. Simplify the random "
        "effects, centre and scale the variables, or test by z.",
        reason="df",
    )


def satterthwaite_f(fit: LinearFit, L: Floats) -> tuple[float, float, float, float]:
    """F, its two degrees of freedom and p of the hypothesis L b = 0, `L` (m, p).

    The contrasts are turned to be independent; each has its own degrees of freedom, and F's come
    from the mean of the squared t's that these imply (as `lmerTest::contestMD`). Contrasts that
    follow from others are dropped.

    Raises
    ------
    ValueError
        If `L` holds nothing but zeros.
    """
    rows = np.atleast_2d(L)
    values, vectors = np.linalg.eigh(rows @ fit.cov_beta @ rows.T)
    kept = values > max(np.sqrt(np.finfo(float).eps) * values[-1], 0.0)
    if not kept.any():
        raise ValueError("there is no contrast to test")
    turned = vectors[:, kept].T @ rows
    squares = (turned @ fit.beta) ** 2 / values[kept]
    F, df1 = float(squares.mean()), int(kept.sum())
    df2 = _joint_df(satterthwaite_df(fit, turned))
    return F, float(df1), df2, float(fdtrc(df1, df2, F))


def _joint_df(dfs: Floats) -> float:
    """Denominator df whose F has the expected value of the mean of the squared t's."""
    if np.ptp(dfs) < _SAME:
        return float(dfs.mean())
    if (dfs <= 2).any():
        return 2.0
    expected = float(np.sum(dfs / (dfs - 2)))
    return 2 * expected / (expected - len(dfs))
