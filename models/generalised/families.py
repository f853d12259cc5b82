"""Conditional distributions of the outcome: densities, and derivatives in the linear predictor.

Every density is log-concave in the linear predictor or nearly so; `score` is its first derivative,
`weight` minus its second, `slope` the derivative of the weight. All rows of a block at once.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln

from models.panel import Codes, Floats

_LARGEST_LOG_MEAN = 300.0
"""Beyond this a log-linear predictor counts as this: keeps a far trial step from overflowing."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Outcomes of one block of rows, (t, g) each; padding rows have a `mask` of 0.

    `trials` is None where all are 1; `levels` are the outcomes' distinct values and `index` each
    row's place among them, for functions of the outcome that are dear (empty where not needed).
    """

    y: Floats
    trials: Floats | None
    mask: Floats | None
    levels: Floats
    index: Codes


@dataclass(frozen=True, eq=False)
class Derivatives:
    """Log density without constants, and its derivatives, (t, g) each.

    `*_size` are derivatives in log size, for the families that have one. Values on padding rows
    are arbitrary except in `log_density` and `density_size`, where they are 0.
    """

    log_density: Floats
    score: Floats
    weight: Floats
    slope: Floats
    density_size: Floats | None = None
    score_size: Floats | None = None
    weight_size: Floats | None = None


@dataclass(frozen=True, eq=False)
class Family:
    """One distribution with its link.

    `working(eta, rows, size)` gives score and weight, `density(eta, rows, size)` the log density,
    the score and its derivative in log size, `derive` all of `Derivatives`; `constant(rows)` is
    what the log density leaves out, summed. `size` is 1 for families without.
    """

    name: str
    link: str
    has_size: bool
    working: Callable[[Floats, Rows, float], tuple[Floats, Floats]]
    density: Callable[[Floats, Rows, float], tuple[Floats, Floats, Floats | None]]
    derive: Callable[[Floats, Rows, float], Derivatives]
    constant: Callable[[Floats, Floats | None], float]


def masked(values: Floats, rows: Rows) -> Floats:
    """Values, 0 on padding rows."""
    return values if rows.mask is None else values * rows.mask


def logistic(eta: Floats) -> Floats:
    """1 / (1 + exp(-eta)), which never overflows."""
    p = np.tanh(0.5 * eta)
    p += 1
    p *= 0.5
    return p


def softplus(eta: Floats, p: Floats) -> Floats:
    """log(1 + exp(eta)), given p = logistic(eta)."""
    larger = np.subtract(1, p)
    np.maximum(larger, p, out=larger)
    np.log(larger, out=larger)
    return np.subtract(np.maximum(eta, 0), larger, out=larger)


# Binomial, logit link ---------------------------------------------------------------------------


def _binomial_working(eta: Floats, rows: Rows, size: float) -> tuple[Floats, Floats]:
    del size
    p = logistic(eta)
    if rows.trials is None:
        score = rows.y - p
        p -= p * p
        return score, p
    mean = rows.trials * p
    return rows.y - mean, mean * (1 - p)


def _binomial_density(eta: Floats, rows: Rows, size: float) -> tuple[Floats, Floats, None]:
    del size
    p = logistic(eta)
    loss = softplus(eta, p)
    if rows.trials is not None:
        loss *= rows.trials
        p *= rows.trials
    log_density = rows.y * eta
    log_density -= loss
    return masked(log_density, rows), rows.y - p, None


def _binomial_derive(eta: Floats, rows: Rows, size: float) -> Derivatives:
    del size
    p = logistic(eta)
    loss = softplus(eta, p)
    mean = p
    if rows.trials is not None:
        loss *= rows.trials
        mean = rows.trials * p
    log_density = rows.y * eta
    log_density -= loss
    score = rows.y - mean
    weight = np.subtract(1, p)
    weight *= mean
    slope = np.multiply(p, -2)
    slope += 1
    slope *= weight
    return Derivatives(masked(log_density, rows), score, weight, slope)


def _binomial_constant(y: Floats, trials: Floats | None) -> float:
    if trials is None:
        return 0.0
    return float(np.sum(gammaln(trials + 1) - gammaln(y + 1) - gammaln(trials - y + 1)))


BINOMIAL = Family(
    "binomial",
    "logit",
    False,
    _binomial_working,
    _binomial_density,
    _binomial_derive,
    _binomial_constant,
)

# Poisson, log link ------------------------------------------------------------------------------


def log_linear_mean(eta: Floats) -> Floats:
    """exp(eta), which never overflows."""
    mean = np.minimum(eta, _LARGEST_LOG_MEAN)
    return np.exp(mean, out=mean)


def _poisson_working(eta: Floats, rows: Rows, size: float) -> tuple[Floats, Floats]:
    del size
    mean = log_linear_mean(eta)
    return rows.y - mean, mean


def _poisson_density(eta: Floats, rows: Rows, size: float) -> tuple[Floats, Floats, None]:
    del size
    mean = log_linear_mean(eta)
    log_density = rows.y * eta
    log_density -= mean
    return masked(log_density, rows), rows.y - mean, None


def _poisson_derive(eta: Floats, rows: Rows, size: float) -> Derivatives:
    log_density, score, _ = _poisson_density(eta, rows, size)
    mean = rows.y - score
    return Derivatives(log_density, score, mean, mean)


def count_constant(y: Floats, trials: Floats | None) -> float:
    """Minus the summed log factorials of counts."""
    del trials
    levels, counts = np.unique(y, return_counts=True)
    return -float(counts @ gammaln(levels + 1))


POISSON = Family(
    "poisson", "log", False, _poisson_working, _poisson_density, _poisson_derive, count_constant
)

# Negative binomial (variance mu + mu^2 / size), log link ----------------------------------------
# With size fixed it has the derivatives of y + size Bernoulli trials at eta - log(size).


def _size_terms(rows: Rows, size: float) -> tuple[Floats, Floats]:
    """log Gamma(y + size) - log Gamma(size), and its derivative in log size; per row."""
    value = gammaln(rows.levels + size) - gammaln(size)
    slope = size * (digamma(rows.levels + size) - digamma(size))
    return value[rows.index], slope[rows.index]


def _negbinomial_working(eta: Floats, rows: Rows, size: float) -> tuple[Floats, Floats]:
    p = logistic(eta - np.log(size))
    mean = (rows.y + size) * p
    return rows.y - mean, mean * (1 - p)


def _negbinomial_density(eta: Floats, rows: Rows, size: float) -> tuple[Floats, Floats, Floats]:
    log_density, score, change, _, _ = negbinomial_parts(eta, rows, size)
    return masked(log_density, rows), score, masked(change, rows)


def negbinomial_parts(
    eta: Floats, rows: Rows, size: float
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Log density, score, derivative of the first in log size, probability and softplus."""
    shifted = eta - np.log(size)
    p = logistic(shifted)
    rise = softplus(shifted, p)
    trials = rows.y + size
    terms, changes = _size_terms(rows, size)
    score = rows.y - trials * p
    log_density = rows.y * shifted - trials * rise + terms
    return log_density, score, changes - score - size * rise, p, rise


def _negbinomial_derive(eta: Floats, rows: Rows, size: float) -> Derivatives:
    log_density, score, change, p, _ = negbinomial_parts(eta, rows, size)
    weight = (rows.y - score) * (1 - p)
    slope = weight * (1 - 2 * p)
    return Derivatives(
        masked(log_density, rows),
        score,
        weight,
        slope,
        density_size=masked(change, rows),
        score_size=weight - size * p,
        weight_size=size * p * (1 - p) - slope,
    )


NEGBINOMIAL = Family(
    "negbinomial",
    "log",
    True,
    _negbinomial_working,
    _negbinomial_density,
    _negbinomial_derive,
    count_constant,
)
