"""Tests of linear fits: contrasts with their intervals, joint Wald tests, likelihood ratios."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import chdtrc, fdtrc, ndtr, ndtri, stdtrit

from models.errors import NotConvergedError
from models.linear.kenward_roger import KenwardRoger
from models.linear.linear_fit import LinearFit
from models.linear.satterthwaite import satterthwaite_df, satterthwaite_f
from models.panel import Floats

DfMethod = Literal["satterthwaite", "kr", "none"]
_ROUNDING = 1e-6


@dataclass(frozen=True)
class ContrastRow:
    """One contrast of the fixed effects; `df` is None where the normal is used."""

    label: str
    estimate: float
    se: float
    df: float | None
    statistic: float
    p_value: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class WaldTest:
    """A joint test: chi-square with `df1` (`df2` None), or F with two degrees of freedom."""

    kind: Literal["chi2", "F"]
    statistic: float
    df1: int
    df2: float | None
    p_value: float


@dataclass(frozen=True)
class LikelihoodRatio:
    """Twice the difference in log-likelihood of two nested fits.

    `reference` names the distribution that p comes from, e.g. 'chi-square, 2 df' or '50:50 mixture
    of chi-square with 1 and 2 df'; `is_conservative` where p is known to be too large.
    """

    statistic: float
    df: int
    p_value: float
    reference: str
    is_conservative: bool = False


def contrast_rows(
    fit: LinearFit,
    L: Floats,
    labels: Sequence[str],
    *,
    method: DfMethod = "satterthwaite",
    adjusted: KenwardRoger | None = None,
    level: float = 0.95,
) -> tuple[ContrastRow, ...]:
    """Estimates L beta with standard errors, tests and intervals, not adjusted for their number.

    Parameters
    ----------
    L
        Contrasts (m, p), one row per label.
    method
        'kr' takes covariance and degrees of freedom from `adjusted`, which it needs.

    Raises
    ------
    ValueError
        If `method` is 'kr' without `adjusted`, or a contrast is 0.
    """
    L = np.atleast_2d(L)
    if not np.abs(L).max(axis=1).all():
        raise ValueError("a contrast of nothing but zeros has no test")
    se = np.sqrt(np.einsum("mp,pr,mr->m", L, _covariance(fit, method, adjusted), L))
    rows = zip(
        labels, (L @ fit.beta).tolist(), se.tolist(), _df(fit, L, method, adjusted), strict=True
    )
    return tuple(_row(*row, level=level) for row in rows)


def _row(label: str, estimate: float, se: float, df: float | None, *, level: float) -> ContrastRow:
    statistic, upper = estimate / se, 0.5 + level / 2
    if df is None:
        p_value, half = 2 * ndtr(-abs(statistic)), ndtri(upper) * se
    else:
        p_value, half = fdtrc(1, df, statistic**2), stdtrit(df, upper) * se
    low, high = estimate - float(half), estimate + float(half)
    return ContrastRow(label, estimate, se, df, statistic, float(p_value), low, high)


def _required(adjusted: KenwardRoger | None) -> KenwardRoger:
    if adjusted is None:
        raise ValueError("Kenward-Roger tests need the result of `kenward_roger`")
    return adjusted


def _covariance(fit: LinearFit, method: DfMethod, adjusted: KenwardRoger | None) -> Floats:
    return _required(adjusted).cov_beta_adjusted if method == "kr" else fit.cov_beta


def _df(
    fit: LinearFit, L: Floats, method: DfMethod, adjusted: KenwardRoger | None
) -> list[float] | list[None]:
    if method == "none":
        return [None] * len(L)
    found = _required(adjusted).df(L) if method == "kr" else satterthwaite_df(fit, L)
    return [float(each) for each in found]


def wald_test(
    fit: LinearFit,
    L: Floats,
    *,
    method: DfMethod = "satterthwaite",
    adjusted: KenwardRoger | None = None,
) -> WaldTest:
    """Test that all of L beta are 0, L (m, p) of full row rank.

    'none' gives the chi-square, 'satterthwaite' lmerTest's F, 'kr' the scaled F of `adjusted`.
    """
    L = np.atleast_2d(L)
    if np.linalg.matrix_rank(L) < len(L):
        raise ValueError("rows of L repeat each other: leave out those that follow from others")
    if method == "kr":
        found = _required(adjusted).f_test(L)
        return WaldTest("F", found.statistic, found.df1, found.df2, found.p_value)
    if method == "satterthwaite":
        statistic, df1, df2, p_value = satterthwaite_f(fit, L)
        return WaldTest("F", float(statistic), round(df1), float(df2), float(p_value))
    return chi_square(fit.beta, fit.cov_beta, L)


def chi_square(beta: Floats, cov_beta: Floats, L: Floats) -> WaldTest:
    """Wald's chi-square for any estimates with a covariance."""
    estimate = L @ beta
    statistic = float(estimate @ np.linalg.solve(L @ cov_beta @ L.T, estimate))
    return WaldTest("chi2", statistic, len(L), None, float(chdtrc(len(L), statistic)))


def robust_f(beta: Floats, cov_beta: Floats, L: Floats, df2: float) -> WaldTest:
    """Wald's statistic over its df, by F with denominator df that the caller vouches for."""
    wald = chi_square(beta, cov_beta, L)
    statistic = wald.statistic / wald.df1
    return WaldTest("F", statistic, wald.df1, df2, float(fdtrc(wald.df1, df2, statistic)))


def likelihood_ratio(full: LinearFit, reduced: LinearFit) -> LikelihoodRatio:
    """Compare two nested fits of the same rows.

    Fixed effects may differ between fits by maximum likelihood only. Where the full fit has one
    more random effect, its variance lies at the boundary under the null hypothesis, and p comes
    from the 50:50 mixture of two chi-squares; with several more, from the plain chi-square, which
    is conservative.

    Raises
    ------
    ValueError
        If the fits are not nested, not of the same rows, or not by the same criterion.
    NotConvergedError
        If the full fit is the less likely one: one of the two has not converged.

    References
    ----------
    Stram & Lee (1994), Biometrics 50:1171-1177. doi:10.2307/2533455
    """
    n_fixed = _more_fixed(full, reduced)
    n_random, n_variances = _more_random(full, reduced)
    df = n_fixed + n_random
    if df == 0:
        raise ValueError("the two fits have the same parameters: there is nothing to test")
    gain = 2 * (full.log_likelihood - reduced.log_likelihood)
    if gain < -_ROUNDING * (1 + abs(full.log_likelihood)):
        raise NotConvergedError(
            "The model with more terms fits worse than the one within it, so that one of the two "
            "has not converged. No likelihood-ratio test can be given.",
            reason="likelihood_order",
        )
    statistic = max(gain, 0.0)
    if n_variances != 1:
        p_value, name = float(chdtrc(df, statistic)), f"chi-square, {df} df"
        return LikelihoodRatio(statistic, df, p_value, name, is_conservative=n_variances > 1)
    name = f"50:50 mixture of chi-square with {df - 1} and {df} df"
    p_value = (_survival(statistic, df - 1) + _survival(statistic, df)) / 2
    return LikelihoodRatio(statistic, df, p_value, name)


def _survival(statistic: float, df: int) -> float:
    """P(chi-square >= statistic); 0 df is the point 0."""
    return float(chdtrc(df, statistic)) if df > 0 else float(statistic <= 0)


def _more_fixed(full: LinearFit, reduced: LinearFit) -> int:
    if full.n_rows != reduced.n_rows:
        raise ValueError(f"the fits are of {full.n_rows} and {reduced.n_rows} rows")
    if full.is_reml != reduced.is_reml:
        raise ValueError("one fit is by REML, the other by maximum likelihood")
    if not set(reduced.names) <= set(full.names):
        raise ValueError("the reduced fit has fixed effects that the full one lacks")
    more = len(full.names) - len(reduced.names)
    if more and full.is_reml:
        raise ValueError("fits with other fixed effects compare by maximum likelihood, not REML")
    return more


def _more_random(full: LinearFit, reduced: LinearFit) -> tuple[int, int]:
    """How many more parameters of the random effects there are, and how many more variances."""
    ours = {(each.group, name) for each in full.random for name in each.names}
    theirs = {(each.group, name) for each in reduced.random for name in each.names}
    if not theirs <= ours or len(full.theta) < len(reduced.theta):
        raise ValueError("the reduced fit has random effects that the full one lacks")
    return len(full.theta) - len(reduced.theta), len(ours) - len(theirs)
