"""A population-averaged logistic model by statsmodels' GEE, clustered by participant."""

import threading
import warnings
from dataclasses import dataclass

import numpy as np
from statsmodels.genmod.cov_struct import Exchangeable
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_estimating_equations import GEE

from models.panel import Codes, Floats

FEW_PARTICIPANTS = 50
"""Below this many clusters the sandwich is too small on average and is corrected."""
IMPLAUSIBLE = 15.0
"""A log odds ratio per standard deviation beyond this is a diverging estimate, not a finding."""

_FILTERS = threading.Lock()
"""Which warnings are shown is one list for all threads: only one at a time may change it."""
_STEPS = 25
_SETTLED = 1e-10
_FAR = 30.0


@dataclass(frozen=True)
class MarginalFit:
    """Log odds (ratios) in the variables' own units, with their robust covariance."""

    beta: Floats
    cov_beta: Floats
    working_correlation: float
    se_method: str


def fit_marginal(y: Floats, X: Floats, codes: Codes) -> MarginalFit | None:
    """Exchangeable GEE estimates, or None where the iterations did not settle.

    Parameters
    ----------
    y, X, codes
        Outcome (n,) of 0 and 1, design (n, p) of full rank with a first column of 1, and the
        participant of each row as an integer: clusters told apart by text have been miscounted by
        other programs.

    References
    ----------
    Liang & Zeger (1986), Biometrika 73:13-22. Mancl & DeRouen (2001), Biometrics 57:126-134.
    """
    scale = X.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    corrected = int(codes.max()) + 1 < FEW_PARTICIPANTS
    model = GEE(y, X / scale, groups=codes, family=Binomial(), cov_struct=Exchangeable())
    # Its warnings are not ours: whether the iterations settled is read from the fit.
    with _FILTERS, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            start, model.cov_struct.dep_params = _near(y, X / scale, codes)
            fit = model.fit(
                maxiter=200,
                ctol=1e-6,
                cov_type="bias_reduced" if corrected else "robust",
                start_params=start,
            )
        except np.linalg.LinAlgError:
            return None
    if fit is None:
        return None
    beta, cov = np.asarray(fit.params), np.asarray(fit.cov_params())
    finite = bool(np.isfinite(beta).all() and np.isfinite(cov).all() and np.diag(cov).min() > 0)
    if not (fit.converged and finite) or np.abs(beta[1:]).max(initial=0) > IMPLAUSIBLE:
        return None
    return MarginalFit(
        beta=beta / scale,
        cov_beta=cov / np.outer(scale, scale),
        working_correlation=float(model.cov_struct.dep_params),
        se_method="robust, Mancl-DeRouen correction" if corrected else "robust",
    )


def _near(y: Floats, X: Floats, codes: Codes) -> tuple[Floats, float]:
    """Estimates and working correlation to start from: those of the equations, where they settle.

    The engine solves them participant by participant, which takes most of its time; from here it
    has one step to take, and says itself whether it has settled.
    """
    order = np.argsort(codes, kind="stable")
    y, X, sizes = y[order], X[order], np.unique(codes, return_counts=True)[1]
    starts = np.cumsum(sizes) - sizes
    beta, alpha = np.zeros(X.shape[1]), 0.0
    for _ in range(_STEPS):
        spread, e = _residuals(y, X, beta)
        D = X * spread[:, None]
        sums = np.add.reduceat(np.column_stack((D, e)), starts, axis=0)
        # The inverse of an exchangeable correlation needs only each participant's sums.
        shared = sums * (alpha / (1 + (sizes - 1) * alpha))[:, None]
        both = D.T @ np.column_stack((D, e)) - sums[:, :-1].T @ shared
        step = np.linalg.solve(both[:, :-1], both[:, -1])
        beta = beta + step
        alpha = _working_correlation(_residuals(y, X, beta)[1], starts, sizes, len(beta))
        if not np.isfinite(beta).all():
            return np.zeros(X.shape[1]), 0.0
        if np.abs(step).max() < _SETTLED:
            break
    return beta, alpha


def _residuals(y: Floats, X: Floats, beta: Floats) -> tuple[Floats, Floats]:
    """Standard deviation of each row's outcome, and Pearson's residual."""
    chance = 1 / (1 + np.exp(-np.clip(X @ beta, -_FAR, _FAR)))
    spread = np.sqrt(chance * (1 - chance))
    return spread, (y - chance) / spread


def _working_correlation(e: Floats, starts: Codes, sizes: Codes, n_terms: int) -> float:
    """Mean product of two residuals of one participant, by moments; 0 where nobody has two."""
    pairs = (sizes * (sizes - 1) / 2).sum() - n_terms
    if pairs <= 0:
        return 0.0
    products = (np.add.reduceat(e, starts) ** 2 - np.add.reduceat(e**2, starts)) / 2
    return float(products.sum() / pairs * (len(e) - n_terms) / (e @ e))
