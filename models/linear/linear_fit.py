"""What fitting a linear mixed model gives, before degrees of freedom and tables."""

from dataclasses import dataclass

from models.panel import Floats
from models.random_terms import RandomCovariance


@dataclass(frozen=True, eq=False)
class LinearFit:
    """Estimates in the variables' own units.

    `cov_beta` (p, p) is the inverse of the fixed effects' information given the variances, as lme4
    reports it. `theta` are the free elements of the relative covariance factors (lower triangles by
    rows, term after term), `theta_names` what they stand for; `hessian` (k, k) is the second
    derivative of the deviance, not profiled for sigma, in (theta, sigma), k = len(theta) + 1;
    `cov_slopes` (k, p, p) are the derivatives of `cov_beta` in (theta, sigma): Satterthwaite's
    degrees of freedom need these two.
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

    @property
    def deviance(self) -> float:
        """Minus twice the log-likelihood (REML's criterion for a REML fit)."""
        return -2 * self.log_likelihood
