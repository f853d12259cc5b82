"""Intervals of products of coefficients by drawing from their joint normal distribution."""

from dataclasses import dataclass

import numpy as np

from models.panel import Floats

DRAWS = 20_000


@dataclass(frozen=True)
class Product:
    """A product or sum of coefficients with a Monte Carlo interval; `se` is the draws' spread."""

    estimate: float
    se: float
    ci_low: float
    ci_high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of 0."""
        return self.ci_low > 0 or self.ci_high < 0


def draw(mean: Floats, covariance: Floats, *, draws: int, seed: int) -> Floats:
    """Draws (draws, k) of coefficients, the same for the same seed.

    The covariance may be singular, as when a participant-level covariance was fixed.
    """
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    noise = np.random.default_rng(seed).standard_normal((draws, len(mean)))
    return np.asarray(mean + noise @ root.T, dtype=np.float64)


def product(estimate: float, drawn: Floats, level: float) -> Product:
    """The estimate with the draws' percentiles around it.

    References
    ----------
    MacKinnon, Lockwood & Williams (2004), Multivariate Behavioral Research 39:99-128.
    doi:10.1207/s15327906mbr3901_4
    """
    low, high = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2])
    return Product(estimate, float(drawn.std(ddof=1)), float(low), float(high))
