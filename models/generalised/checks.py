"""Whether outcomes and random effects look as the model says."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtri

from models.generalised.families import logistic
from models.generalised.generalised_fit import GeneralisedFit
from models.generalised.quadrature import normal_nodes
from models.panel import Floats
from models.random_terms import RandomTerm

_NODES = 25
_PROBABILITIES = np.arange(0.025, 1, 0.05)


@dataclass(frozen=True)
class Dispersion:
    """Pearson's chi-squared of the rows given the groups' modes, over its degrees of freedom.

    A `ratio` well above 1 says that rows vary more than the distribution allows. Given the modes
    it is a little below 1 even where all is well; for single yes/no trials it says nothing.
    """

    chi_squared: float
    df: int
    is_informative: bool

    @property
    def ratio(self) -> float:
        """About 1 where the distribution fits."""
        return self.chi_squared / self.df

    @property
    def p(self) -> float:
        """Probability of a chi-squared as large."""
        return float(chdtrc(self.df, self.chi_squared))


@dataclass(frozen=True)
class Zeros:
    """Zeros among counts: seen, and expected over rows and random effects."""

    observed: int
    expected: float

    @property
    def ratio(self) -> float:
        """Above 1: more zeros than the model makes."""
        return self.observed / self.expected


@dataclass(frozen=True, eq=False)
class EffectQuantiles:
    """Quantiles of one random effect's modes, over their expected spread, against the normal's.

    For a picture of the distribution that names nobody. `standardised` is None where the effect's
    variance is estimated as 0.
    """

    name: str
    probabilities: Floats
    normal: Floats
    standardised: Floats | None


def conditional_means(
    fit: GeneralisedFit, X: Floats, random: RandomTerm, *, offset: Floats | None = None
) -> Floats:
    """Expected outcome (n,) of each row (per trial) given its group's modes."""
    eta = X @ fit.beta + (random.values * fit.modes[random.codes]).sum(axis=1)
    if offset is not None:
        eta = eta + offset
    return logistic(eta) if fit.link == "logit" else np.exp(eta)


def overdispersion(
    fit: GeneralisedFit,
    y: Floats,
    X: Floats,
    random: RandomTerm,
    *,
    trials: Floats | None = None,
    offset: Floats | None = None,
) -> Dispersion:
    """Pearson's statistic given the modes, on n less the number of parameters.

    References
    ----------
    Bolker et al. (2009), doi:10.1016/j.tree.2008.10.008.
    """
    n = np.ones(len(y)) if trials is None else trials
    mean = conditional_means(fit, X, random, offset=offset)
    if fit.link == "logit":
        expected, variance = n * mean, n * mean * (1 - mean)
    else:
        excess = 0.0 if fit.dispersion is None else 1 / fit.dispersion
        expected, variance = mean, mean * (1 + mean * excess)
    statistic = float(((y - expected) ** 2 / variance).sum())
    is_informative = fit.link == "log" or bool((n > 1).any())
    return Dispersion(statistic, len(y) - len(fit.hessian), is_informative)


def zeros(
    fit: GeneralisedFit,
    y: Floats,
    X: Floats,
    random: RandomTerm,
    *,
    offset: Floats | None = None,
) -> Zeros:
    """Observed zeros of a count model, and those expected over the random effects' distribution."""
    eta = X @ fit.beta if offset is None else X @ fit.beta + offset
    spread = np.sqrt(((random.values @ fit.factor) ** 2).sum(axis=1))
    at, shares = normal_nodes(_NODES)
    expected = 0.0
    for place, share in zip(at[:, 0], shares, strict=True):
        mean = np.exp(eta + spread * place)
        size = fit.dispersion
        log_zero = -mean if size is None else -size * np.log1p(mean / size)
        expected += float(share * np.exp(log_zero).sum())
    return Zeros(int((y == 0).sum()), expected)


def effect_quantiles(fit: GeneralisedFit) -> tuple[EffectQuantiles, ...]:
    """Each effect's modes over sqrt(variance - conditional variance), at 20 probabilities."""
    term = fit.random[0]
    out = []
    for a, name in enumerate(term.names):
        spread = term.covariance[a, a] - fit.mode_covariances[:, a, a]
        known = spread > 1e-9 * term.covariance[a, a]
        standardised = None
        if known.any() and term.covariance[a, a] > 0:
            values = fit.modes[known, a] / np.sqrt(spread[known])
            standardised = np.quantile(values, _PROBABILITIES)
        out.append(EffectQuantiles(name, _PROBABILITIES, ndtri(_PROBABILITIES), standardised))
    return tuple(out)
