"""What fitting a linear mixed model gives, before degrees of freedom and tables."""

from dataclasses import dataclass

import numpy as np

from models.panel import Floats
from models.random_terms import RandomCovariance


@dataclass(frozen=True, eq=False)
class LinearFit:
    """Estimates in the variables' own units.

    `cov_beta` (p, p) is the inverse of the fixed effects' information given the variances, as lme4
    reports it. `theta` are the free elements of the relative covariance factors (lower triangles by
    rows, term after term), `theta_names` what they stand for.

    Far from their origin (years, dates) random columns of own units say little in double precision:
    an intercept and a slope then correlate at -1. What degrees of freedom need is therefore kept
    for the standardised columns Z*, Z = Z* `units` (q, q) per term: `scaled_theta` are their
    parameters, laid out as `theta`; `hessian` (k, k) is the second derivative of the deviance, not
    profiled for sigma, in (scaled_theta, sigma), k = len(theta) + 1; `cov_slopes` (k, p, p) are the
    derivatives of `cov_beta` in the same. Satterthwaite's degrees of freedom do not depend on the
    choice. `units` is empty where standardised and own columns are the same.

    `is_identified` is false where the data do not say how random effects vary together, so that a
    covariance shown is any one; `is_singular` is true then, too.
    """

    names: tuple[str, ...]
    beta: Floats
    cov_beta: Floats
    random: tuple[RandomCovariance, ...]
    residual_variance: float
    log_likelihood: float
    is_reml: bool
    n_rows: int
    n_groups: tuple[tuple[str, int], ...]
    is_singular: bool
    theta: Floats
    theta_names: tuple[str, ...]
    hessian: Floats
    cov_slopes: Floats
    gradient_norm: float
    optimisers: tuple[str, ...]
    is_identified: bool = True
    scaled_theta: Floats | None = None
    units: tuple[Floats, ...] = ()

    @property
    def deviance(self) -> float:
        """Minus twice the log-likelihood (REML's criterion for a REML fit)."""
        return -2 * self.log_likelihood

    def triangles(self, theta: Floats) -> tuple[Floats, ...]:
        """The lower-triangular factor (q, q) of each term that `theta` (k - 1,) stands for."""
        found, start = [], 0
        for term in self.random:
            triangle = np.zeros_like(term.covariance)
            size = len(triangle)
            at = np.tril_indices(size) if term.is_correlated else np.diag_indices(size)
            triangle[at] = theta[start : start + len(at[0])]
            start += len(at[0])
            found.append(triangle)
        return tuple(found)

    def scaled_covariances(self) -> tuple[Floats, ...]:
        """Covariance (q, q) of each term's effects, of standardised columns."""
        if self.scaled_theta is None:
            return tuple(term.covariance for term in self.random)
        triangles = self.triangles(self.scaled_theta)
        return tuple(self.residual_variance * one @ one.T for one in triangles)
