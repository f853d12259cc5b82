"""What fitting a generalised linear mixed model gives, before tables."""

from dataclasses import dataclass

import numpy as np

from models.panel import Floats
from models.random_terms import RandomCovariance


@dataclass(frozen=True, eq=False)
class GeneralisedFit:
    """Estimates in the variables' own units, on the scale of the linear predictor.

    `cov_beta` (p, p) is the fixed effects' block of the inverse of the joint `hessian` of minus the
    log-likelihood in (beta, theta[, log size]), as glmer and glmmTMB report it; `cov_parameters`
    (k, k) is that inverse whole. `theta` are the free elements of the factor L of the effects'
    covariance L L' (lower triangle by rows, or the diagonal), `theta_names` what they stand for.
    `dispersion` is the negative binomial's size: variance mu + mu^2 / size.

    `modes` (g, q) are the groups' most probable effects, `mode_covariances` (g, q, q) their
    approximate conditional covariances, both by group number. `gradient_norm` is the distance
    to the maximum in standard errors. Tests refer to the normal distribution: there are no
    denominator degrees of freedom, and `warnings` says when groups are too few for that.
    """

    family: str
    link: str
    method: str
    names: tuple[str, ...]
    beta: Floats
    cov_beta: Floats
    random: tuple[RandomCovariance, ...]
    dispersion: float | None
    log_likelihood: float
    n_rows: int
    n_groups: tuple[tuple[str, int], ...]
    is_singular: bool
    optimisers: tuple[str, ...]
    gradient_norm: float
    modes: Floats
    mode_covariances: Floats
    theta: Floats
    theta_names: tuple[str, ...]
    hessian: Floats
    cov_parameters: Floats
    warnings: tuple[str, ...]

    @property
    def deviance(self) -> float:
        """Minus twice the log-likelihood."""
        return -2 * self.log_likelihood

    @property
    def factor(self) -> Floats:
        """L (q, q), the lower triangular factor of the effects' covariance."""
        q = len(self.random[0].names)
        return factor_of(self.theta, q, is_correlated=self.random[0].is_correlated)


def factor_of(theta: Floats, q: int, *, is_correlated: bool) -> Floats:
    """The lower triangular (q, q) matrix with these free elements."""
    factor = np.zeros((q, q))
    places = np.tril_indices(q) if is_correlated else np.diag_indices(q)
    factor[places] = theta
    return factor
