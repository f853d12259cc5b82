"""Counts that are known to be positive: the second part of a hurdle model.

Both are the plain density divided by the probability of a positive count. For the negative binomial
that is 1 - exp(-x) with x = size * softplus(eta - log size): `k` below is 1 / (exp(x) - 1).
"""

import numpy as np

from models.generalised.families import (
    Derivatives,
    Family,
    Rows,
    count_constant,
    logistic,
    masked,
    negbinomial_parts,
    softplus,
)
from models.panel import Floats

_SMALLEST, _LARGEST = -30.0, 300.0
_SHARE = 0.1
"""The information that a Newton step assumes is at least this share of the plain density's."""


def _poisson_parts(eta: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean of the plain count, mean of the positive one, and log(exp(plain mean) - 1)."""
    plain = np.exp(np.clip(eta, _SMALLEST, _LARGEST))
    positive = -np.expm1(-plain)
    return plain, plain / positive, plain + np.log(positive)


def _poisson_working(eta: Floats, rows: Rows, size: float) -> tuple[Floats, Floats]:
    del size
    plain, mean, _ = _poisson_parts(eta)
    return rows.y - mean, mean * (1 + plain - mean)


def _poisson_density(eta: Floats, rows: Rows, size: float) -> tuple[Floats, Floats, None]:
    del size
    _, mean, log_total = _poisson_parts(eta)
    return masked(rows.y * eta - log_total, rows), rows.y - mean, None


def _poisson_derive(eta: Floats, rows: Rows, size: float) -> Derivatives:
    del size
    plain, mean, log_total = _poisson_parts(eta)
    weight = mean * (1 + plain - mean)
    slope = weight * (1 + plain - mean) + mean * (plain - weight)
    return Derivatives(masked(rows.y * eta - log_total, rows), rows.y - mean, weight, slope)


TRUNCATED_POISSON = Family(
    "truncated_poisson",
    "log",
    False,
    _poisson_working,
    _poisson_density,
    _poisson_derive,
    count_constant,
)


def _log_positive(x: Floats) -> tuple[Floats, Floats]:
    """log(1 - exp(-x)), and k = 1 / (exp(x) - 1); x > 0."""
    positive = -np.expm1(-x)
    return np.log(positive), (1 - positive) / positive


def _negbinomial_working(eta: Floats, rows: Rows, size: float) -> tuple[Floats, Floats]:
    shifted = np.maximum(eta, _SMALLEST) - np.log(size)
    p = logistic(shifted)
    _, k = _log_positive(size * softplus(shifted, p))
    mean = (rows.y + size) * p
    plain = mean * (1 - p)
    pull = size * p * k
    weight = plain + pull * ((1 - p) - size * p * (1 + k))
    return rows.y - mean - pull, np.maximum(weight, _SHARE * plain)


def _negbinomial_density(eta: Floats, rows: Rows, size: float) -> tuple[Floats, Floats, Floats]:
    eta = np.maximum(eta, _SMALLEST)
    log_density, score, change, p, rise = negbinomial_parts(eta, rows, size)
    log_positive, k = _log_positive(size * rise)
    change = change - k * size * (rise - p)
    return masked(log_density - log_positive, rows), score - size * p * k, masked(change, rows)


def _negbinomial_derive(eta: Floats, rows: Rows, size: float) -> Derivatives:
    eta = np.maximum(eta, _SMALLEST)
    log_density, score, change, p, rise = negbinomial_parts(eta, rows, size)
    weight = (rows.y - score) * (1 - p)
    slope = weight * (1 - 2 * p)
    q = 1 - p
    log_positive, k = _log_positive(size * rise)
    # Derivatives of log_positive in eta: pull, pull * bend, ...
    pull = size * p * k
    bend = q - size * p * (1 + k)
    curve = pull * bend
    bend_slope = -p * q - size * p * q * (1 + k) + pull * size * p * (1 + k)
    # ... and in log size, at a fixed eta; x moves by size * (softplus - p).
    x_size = size * (rise - p)
    pull_size = pull * (p - (1 + k) * x_size)
    bend_size = (
        p * q - size * p * (1 + k) + size * p * q * (1 + k) + size * p * k * (1 + k) * x_size
    )
    return Derivatives(
        masked(log_density - log_positive, rows),
        score - pull,
        weight + curve,
        slope + curve * bend + pull * bend_slope,
        density_size=masked(change - k * x_size, rows),
        score_size=weight - size * p - pull_size,
        weight_size=size * p * q - slope + pull_size * bend + pull * bend_size,
    )


TRUNCATED_NEGBINOMIAL = Family(
    "truncated_negbinomial",
    "log",
    True,
    _negbinomial_working,
    _negbinomial_density,
    _negbinomial_derive,
    count_constant,
)
