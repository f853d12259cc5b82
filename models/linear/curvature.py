"""How the deviance bends at its maximum, in standardised units: for degrees of freedom."""

from dataclasses import dataclass

import numpy as np

from models.linear.deviance import Deviance, Evaluation
from models.linear.layout import Parameters
from models.linear.second_derivatives import SecondDerivatives, second_derivatives
from models.panel import Floats

_STEP = 1e-4


@dataclass(frozen=True, eq=False)
class Curvature:
    """In (theta, sigma), k = len(theta) + 1, all standardised: see `LinearFit`.

    `hessian` (k, k) of the unprofiled deviance, `cov_slopes` (k, p, p) of the covariance of the
    standardised fixed effects, `gradient` (k - 1,) of the deviance in theta.
    """

    hessian: Floats
    cov_slopes: Floats
    gradient: Floats

    @property
    def profiled(self) -> Floats:
        """Hessian (k - 1, k - 1) in theta of the deviance profiled for sigma."""
        across = self.hessian[:-1, -1]
        return np.asarray(self.hessian[:-1, :-1] - np.outer(across, across) / self.hessian[-1, -1])


def curvature(
    deviance: Deviance,
    parameters: Parameters,
    theta: Floats,
    sigma: float,
    found: Evaluation | None = None,
) -> Curvature:
    """Second derivatives; of several factors, from central differences of the gradient.

    `found` is the deviance there, if it is known.
    """
    variance, k = sigma**2, len(theta) + 1
    here = deviance.at(parameters.factors(theta), variance) if found is None else found
    exact = second_derivatives(deviance, parameters, theta, here)
    if exact is not None:
        return _joined(deviance, exact, sigma)
    gradient = parameters.gradient(theta, here.slopes)
    hessian, inverse_slopes = np.zeros((k - 1, k - 1)), np.zeros((k - 1, *here.S_inverse.shape))
    for place, step in enumerate(_steps(parameters, theta)):
        shift = np.zeros(k - 1)
        shift[place] = step
        ends = [
            (theta + way * shift, deviance.at(parameters.factors(theta + way * shift), variance))
            for way in (1, -1)
        ]
        above, below = (parameters.gradient(at, end.slopes) for at, end in ends)
        hessian[place] = (above - below) / (2 * step)
        rise = ends[0][1].S_inverse - ends[1][1].S_inverse
        inverse_slopes[place] = rise / (2 * step)
    bend = (hessian + hessian.T) / 2
    wider = deviance.at(parameters.factors(theta), 2 * variance)
    rss_slopes = 2 * variance * (gradient - parameters.gradient(theta, wider.slopes))
    differences = SecondDerivatives(here, bend, gradient, rss_slopes, inverse_slopes)
    return _joined(deviance, differences, sigma)


def _joined(deviance: Deviance, of_theta: SecondDerivatives, sigma: float) -> Curvature:
    """With sigma as the last parameter."""
    here, variance, k = of_theta.found, sigma**2, len(of_theta.gradient) + 1
    hessian, cov_slopes = np.zeros((k, k)), np.zeros((k, *here.S_inverse.shape))
    hessian[:-1, :-1] = of_theta.hessian
    hessian[:-1, -1] = hessian[-1, :-1] = -2 * of_theta.rss_slopes / sigma**3
    hessian[-1, -1] = 6 * here.rss / variance**2 - 2 * deviance.n_free / variance
    cov_slopes[:-1] = variance * of_theta.inverse_slopes
    cov_slopes[-1] = 2 * sigma * here.S_inverse
    return Curvature(hessian, cov_slopes, of_theta.gradient)


def _steps(parameters: Parameters, theta: Floats) -> list[float]:
    """One step per theta, small against the size of its effect in standardised units."""
    factors = parameters.factors(theta)
    steps = []
    for factor, row, _ in parameters.places:
        size = max(float(np.linalg.norm(factors[factor], 2)), 0.05)
        steps.append(_STEP * size / float(np.linalg.norm(parameters.units[factor][:, row])))
    return steps
