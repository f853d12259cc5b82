"""Kenward-Roger: standard errors and F tests that allow for the variances being estimated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

import numpy as np
from scipy.special import fdtrc

from models.errors import NotEstimableError
from models.linear.blocks import (
    batches,
    dense_covariance,
    independent_blocks,
    levels,
    standardised_values,
)
from models.linear.linear_fit import LinearFit
from models.linear.products import constant_place
from models.linear.standardise import in_units, standardising_units
from models.panel import Codes, Floats
from models.random_terms import RandomTerm

MOST_WORK = 1e10
"""Largest sum over blocks of rows^3, times variance parameters: about two seconds of arithmetic."""
_SINGULAR = 1e-10
_NOUGHT = 1e-10


@dataclass(frozen=True)
class FTest:
    """A scaled F statistic with its degrees of freedom; `scaling` is already in `statistic`."""

    statistic: float
    df1: int
    df2: float
    p_value: float
    scaling: float


@dataclass(frozen=True, eq=False)
class KenwardRoger:
    """The adjusted covariance (p, p) of the fixed effects and what its tests need.

    `cov_beta_unadjusted` is lme4's. The rest is of standardised columns, beta = `turn` beta*, and
    relative to the residual variance: `scaled_cov` is the covariance (p, p) of beta*, `slopes`
    (r, p, p) are the derivatives of its inverse in the r variance parameters, `cov_variances`
    (r, r) the covariance of their estimates. Tests do not depend on these units; rounding does.
    """

    beta: Floats
    cov_beta_unadjusted: Floats
    cov_beta_adjusted: Floats
    turn: Floats
    scaled_cov: Floats
    slopes: Floats
    cov_variances: Floats

    def df(self, L: Floats) -> Floats:
        """Denominator degrees of freedom (m,) of each row of L (m, p).

        Raises
        ------
        NotEstimableError
            With reason 'df', if matching the moments of F gives none.
        """
        return np.array([self._denominator(row[None])[0] for row in np.atleast_2d(L)])

    def f_test(self, L: Floats) -> FTest:
        """Test that L beta = 0 for L (m, p) of full row rank."""
        L = np.atleast_2d(L)
        df2, scaling = self._denominator(L)
        estimate = L @ self.beta
        wald = estimate @ np.linalg.solve(L @ self.cov_beta_adjusted @ L.T, estimate)
        statistic = scaling * float(wald) / len(L)
        p_value = float(fdtrc(len(L), df2, statistic))
        return FTest(statistic, len(L), df2, p_value, scaling)

    def _denominator(self, L: Floats) -> tuple[float, float]:
        """Degrees of freedom and scaling, of (m, p) rows that do not repeat each other."""
        rows = L @ self.turn
        sizes = np.abs(rows).max(axis=1, keepdims=True)
        if np.linalg.matrix_rank(rows / np.where(sizes > 0, sizes, 1.0)) < len(L):
            raise ValueError("rows of L repeat each other: leave out those that follow from others")
        try:
            df2, scaling = self._matched(rows / sizes)
        except ZeroDivisionError:
            raise _without_df() from None
        if not (np.isfinite([df2, scaling]).all() and df2 > 0):
            raise _without_df()
        return df2, scaling

    def _matched(self, L: Floats) -> tuple[float, float]:
        """F's two moments matched, L of standardised columns; names as in the paper."""
        ell = len(L)
        theta = L.T @ np.linalg.solve(L @ self.scaled_cov @ L.T, L)
        moved = theta @ self.scaled_cov @ self.slopes @ self.scaled_cov
        traces = np.trace(moved, axis1=1, axis2=2)
        A1 = float(traces @ self.cov_variances @ traces)
        A2 = float(np.einsum("ij,iab,jba->", self.cov_variances, moved, moved))
        B = (A1 + 6 * A2) / (2 * ell)
        g = ((ell + 1) * A1 - (ell + 4) * A2) / ((ell + 2) * A2)
        base = 3 * ell + 2 * (1 - g)
        v0, v1, v2 = 1 + g / base * B, 1 - (ell - g) / base * B, 1 - (ell + 2 - g) / base * B
        e = 1 - A2 / ell
        # In balanced designs numerator and denominator vanish together, and their ratio is 1.
        ratio = 1.0 if abs(e) < _NOUGHT and abs(v1) < _NOUGHT else e / v1
        rho = ratio**2 * (v0 if abs(v0) > _NOUGHT else 0.0) / (v2 * ell)
        df2 = 4 + (ell + 2) / (ell * rho - 1)
        scaling = 1.0 if abs(df2 - 2) < 1e-2 else df2 * e / (df2 - 2)
        return df2, scaling


def _without_df() -> NotEstimableError:
    return NotEstimableError(
        "Kenward and Roger's degrees of freedom cannot be computed from this fit. Use "
        "Satterthwaite's, or simplify the random effects.",
        reason="df",
    )


def kenward_roger(
    y: Floats, X: Floats, random: Sequence[RandomTerm], fit: LinearFit
) -> KenwardRoger:
    """Kenward and Roger's adjustment of a REML fit, as pbkrtest has it.

    Parameters
    ----------
    y, X, random
        Outcome (n,), design (n, p) and random terms, as they were fitted.

    Raises
    ------
    ValueError
        If the fit is by maximum likelihood (the adjustment is defined for REML) or of other rows.
    NotEstimableError
        If blocks of dependent rows are too large (see `MOST_WORK`; Satterthwaite's degrees of
        freedom hardly differ there), or if there is no standard error (reason 'df').

    Notes
    -----
    The covariance is linear in its parameters (the elements of each random covariance, and the
    residual variance), so that second derivatives are 0. The adjustment does not depend on origin
    and unit of columns that may be moved, so it is computed of standardised ones. Work is done per
    independent block; with one grouping that is the participant, and the size of the study hardly
    matters.

    References
    ----------
    Kenward & Roger (1997), Biometrics 53:983-997. doi:10.2307/2533558;
    Halekoh & Hojsgaard (2014), J Stat Softw 59(9). doi:10.18637/jss.v059.i09
    """
    if not fit.is_reml:
        raise ValueError("Kenward-Roger needs a REML fit")
    if not len(y) == len(X) == fit.n_rows:
        raise ValueError(f"the fit is of {fit.n_rows} rows, not of {len(y)}")
    found = [
        replace(level, covariance=level.covariance / fit.residual_variance)
        for level in levels(random, fit)
    ]
    own = standardised_values(random, fit)
    terms = [replace(term, values=one) for term, one in zip(random, own, strict=True)]
    constant = constant_place(X)
    units = standardising_units(X, np.ones(X.shape[1], dtype=np.bool_), constant)
    columns = in_units(X, units)
    codes = independent_blocks([level.codes for level in found])
    parameters = _parameters(random)
    _refuse_if_slow(codes, len(parameters) + 1)
    p, r = X.shape[1], len(parameters) + 1
    sums = tuple(np.zeros(shape) for shape in ((p, p), (r, p, p), (r, r, p, p), (r, r)))
    for batch in batches(codes, width=2 * r + 2, is_square=True):
        V = dense_covariance(found, 1.0, batch.rows)
        derivatives = list(_derivatives(terms, parameters, batch.rows))
        parts = _of_batch(np.asarray(np.linalg.inv(V)), columns[batch.rows], derivatives)
        for whole, part in zip(sums, parts, strict=True):
            whole += part
    return _adjusted(fit, np.asarray(np.linalg.inv(units)), *sums)


def _refuse_if_slow(codes: Codes, n_parameters: int) -> None:
    sizes = np.bincount(codes).astype(np.float64)
    if float((sizes**3).sum()) * n_parameters > MOST_WORK:
        raise NotEstimableError(
            f"Kenward-Roger would take too long: up to {int(sizes.max())} rows depend on each "
            "other. Use Satterthwaite's degrees of freedom, which hardly differ in large studies.",
            reason="block_too_large",
        )


def _parameters(random: Sequence[RandomTerm]) -> list[tuple[int, int, int]]:
    """(term, row, column) of each free covariance element."""
    found = []
    for k, term in enumerate(random):
        pairs = combinations_with_replacement(range(len(term.names)), 2)
        found += [(k, a, b) for a, b in pairs if a == b or term.is_correlated]
    return found


def _derivatives(
    random: Sequence[RandomTerm], parameters: Sequence[tuple[int, int, int]], rows: Codes
) -> Iterator[Floats]:
    """dV/d parameter (g, m, m) for each covariance element; the residual's is the identity."""
    for k, a, b in parameters:
        codes, values = random[k].codes[rows], random[k].values[rows]
        outer = values[:, :, None, a] * values[:, None, :, b]
        both = outer if a == b else outer + outer.transpose(0, 2, 1)
        yield both * (codes[:, :, None] == codes[:, None, :])


def _of_batch(
    inverse: Floats, X: Floats, derivatives: Sequence[Floats]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Sums over the batch's blocks, W = V^-1 and H_i = G_i W, G_i the derivatives of V.

    X'WX (p, p); -X'W H_i X (r, p, p); X'W H_i' W... = (H_i X)'W(H_j X) (r, r, p, p); tr(H_i H_j).
    """
    H = [G @ inverse for G in derivatives] + [inverse]
    WX = inverse @ X
    OX = np.stack([G @ WX for G in derivatives] + [WX])
    WO = inverse @ OX
    flat = np.stack([each.ravel() for each in H])
    turned = np.stack([each.transpose(0, 2, 1).ravel() for each in H])
    return (
        np.tensordot(X, WX, axes=([0, 1], [0, 1])),
        -np.tensordot(OX, WX, axes=([1, 2], [0, 1])),
        np.tensordot(OX, WO, axes=([1, 2], [1, 2])).transpose(0, 2, 1, 3),
        flat @ turned.T,
    )


def _adjusted(
    fit: LinearFit,
    turn: Floats,
    information: Floats,
    slopes: Floats,
    cross: Floats,
    traces: Floats,
) -> KenwardRoger:
    covariance = np.asarray(np.linalg.inv(information))
    moved = covariance @ slopes
    expected = (
        traces
        - 2 * np.einsum("ab,rsab->rs", covariance, cross)
        + np.einsum("rab,sba->rs", moved, moved)
    )
    cov_variances = _inverse(expected / 2)
    left = cross - slopes[:, None] @ covariance @ slopes[None]
    inner = np.einsum("rs,rsab->ab", cov_variances, left)
    adjusted = covariance + 2 * covariance @ inner @ covariance
    plain, wider = (
        turn @ (fit.residual_variance * (one + one.T) / 2) @ turn.T
        for one in (covariance, adjusted)
    )
    if not (np.isfinite(wider).all() and (np.diag(wider) > 0).all()):
        raise _without_df()
    return KenwardRoger(fit.beta, plain, wider, turn, covariance, slopes, cov_variances)


def _inverse(information: Floats) -> Floats:
    """Inverse of the variances' information; the pseudo-inverse where it has none.

    It has none, say, on the covariance of two effects that nobody has both of.
    """
    known = np.diag(information)
    scale = 1 / np.sqrt(np.where(known > 0, known, np.inf))
    scaled = scale[:, None] * information * scale
    is_regular = float(np.linalg.eigvalsh(scaled)[0]) > _SINGULAR
    inverse = np.linalg.inv(scaled) if is_regular else np.linalg.pinv(scaled, rcond=_SINGULAR)
    return np.asarray(scale[:, None] * inverse * scale)
