"""Both regressions as one, so that participants' own two paths may go together.

If those whose alliance rises more with exposure also act more on alliance, the average of the
product of paths is larger than the product of the averages, by the paths' covariance.

Participants' levels of mediator and outcome are correlated here, which is the relation between
participants; the mediator's mean is therefore no term of the outcome's regression (it would enter
twice, and take nonsense values). Only what is within participants is read from this fit.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from models.linear.fit import fit_linear
from models.linear.linear_fit import LinearFit
from models.linear.satterthwaite import covariance_of_parameters
from models.mediation.paths import (
    EXPOSURE_WITHIN,
    MEDIATOR_BETWEEN,
    MEDIATOR_WITHIN,
    mediator_design,
    outcome_design,
)
from models.mediation.rows import MediationRows
from models.panel import Floats
from models.random_terms import RandomTerm

_A, _B = 1, 3
"""Places of the two paths among the four random effects."""
_WIDTH = 0.5
_TOLERANCE = 1e-5


@dataclass(frozen=True, eq=False)
class JointFit:
    """The stacked model at its best ratio of residual standard deviations.

    `names`, `beta`, `covariance` hold the mediator's regression first, then the outcome's, as
    'mediator:...' and 'outcome:...', without the mediator's mean. `random` (4, 4) is the covariance
    of level and path a, level and path b; `paths_covariance` its entry for a and b, with a standard
    error.
    """

    names: tuple[str, ...]
    beta: Floats
    covariance: Floats
    random: Floats
    paths_covariance: float
    paths_covariance_se: float
    log_likelihood: float
    residual_ratio: float
    is_singular: bool


def fit_joint(rows: MediationRows, *, ratio: float) -> JointFit:
    """Fit both regressions together by REML.

    Parameters
    ----------
    rows
        Complete rows with a numeric outcome.
    ratio
        First guess at the mediator's residual standard deviation over the outcome's.

    Notes
    -----
    Rows of the outcome are multiplied by the ratio, which makes the residual variances equal; the
    ratio that maximises the likelihood (with n log ratio for the change of scale) is then that of
    the model with two residual variances.

    References
    ----------
    Bauer, Preacher & Gil (2006), Psychological Methods 11:142-163. doi:10.1037/1082-989X.11.2.142
    """
    centre = float(np.log(ratio))

    def loss(log_ratio: float) -> float:
        fit = _stacked(rows, float(np.exp(log_ratio)))
        return -(fit.log_likelihood + len(rows.codes) * log_ratio)

    best = minimize_scalar(
        loss,
        bounds=(centre - _WIDTH, centre + _WIDTH),
        method="bounded",
        options={"xatol": _TOLERANCE},
    )
    found = float(np.exp(best.x))
    fit = _stacked(rows, found)
    value, slopes = _paths_covariance(fit)
    variance = float(slopes @ covariance_of_parameters(fit) @ slopes)
    return JointFit(
        names=fit.names,
        beta=fit.beta,
        covariance=fit.cov_beta,
        random=fit.random[0].covariance,
        paths_covariance=value,
        paths_covariance_se=max(variance, 0.0) ** 0.5,
        log_likelihood=-float(best.fun),
        residual_ratio=found,
        is_singular=fit.is_singular,
    )


def _stacked(rows: MediationRows, ratio: float) -> LinearFit:
    above, above_names = mediator_design(rows)
    below, below_names = outcome_design(rows)
    kept = [j for j, name in enumerate(below_names) if name != MEDIATOR_BETWEEN]
    below, below_names = below[:, kept], tuple(below_names[j] for j in kept)
    n = len(rows.codes)
    X = np.zeros((2 * n, above.shape[1] + below.shape[1]))
    X[:n, : above.shape[1]] = above
    X[n:, above.shape[1] :] = ratio * below
    Z = np.zeros((2 * n, 4))
    Z[:n, 0], Z[:n, _A] = 1.0, rows.exposure_within
    Z[n:, 2], Z[n:, _B] = ratio, ratio * rows.mediator_within
    names = tuple(
        [f"mediator:{name}" for name in above_names] + [f"outcome:{name}" for name in below_names]
    )
    random = RandomTerm(
        "participant",
        ("mediator", f"mediator:{EXPOSURE_WITHIN}", "outcome", f"outcome:{MEDIATOR_WITHIN}"),
        Z,
        np.concatenate((rows.codes, rows.codes)),
    )
    y = np.concatenate((rows.mediator, ratio * rows.outcome))
    return fit_linear(y, X, names, (random,))


def _paths_covariance(fit: LinearFit) -> tuple[float, Floats]:
    """Covariance of the two paths and its slopes in (scaled_theta, sigma)."""
    (triangle,) = fit.triangles(fit.theta)
    (units,) = fit.units
    variance = fit.residual_variance
    value = float(variance * triangle[_A] @ triangle[_B])
    slopes = np.zeros((4, 4))
    slopes[_A] += variance * triangle[_B]
    slopes[_B] += variance * triangle[_A]
    scaled = np.linalg.solve(units.T, slopes)
    return value, np.append(scaled[np.tril_indices(4)], 2 * value / variance**0.5)
