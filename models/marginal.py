"""A population-averaged logistic model by statsmodels' GEE, clustered by participant."""

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

_STEPS = 4
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
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            fit = model.fit(
                maxiter=200,
                ctol=1e-6,
                cov_type="bias_reduced" if corrected else "robust",
                start_params=_independent(y, X / scale),
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


def _independent(y: Floats, X: Floats) -> Floats:
    """Logistic regression as if rows were independent, by scoring: near enough to start from.

    The engine's own start is a whole fit of its slow kind.
    """
    beta = np.zeros(X.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(X @ beta, -_FAR, _FAR)))
        weight = chance * (1 - chance)
        beta = beta + np.linalg.solve(X.T @ (X * weight[:, None]), X.T @ (y - chance))
    return np.asarray(beta)
