"""How much of the linear predictor's variance the terms and the groups account for."""

from dataclasses import dataclass

import numpy as np

from models.errors import NotEstimableError
from models.generalised.generalised_fit import GeneralisedFit
from models.panel import Floats
from models.random_terms import RandomTerm


@dataclass(frozen=True)
class Explained:
    """Variances of the linear predictor, and shares of their sum.

    `icc` is random / (random + residual), what is left once the fixed terms are known.
    `residual` is that of the distribution: `residual_kind` says by which formula.
    """

    fixed: float
    random: float
    residual: float
    residual_kind: str

    @property
    def icc(self) -> float:
        """Similarity of two rows of one group, given the fixed terms."""
        return self.random / (self.random + self.residual)

    @property
    def r2_marginal(self) -> float:
        """Share of the fixed terms."""
        return self.fixed / (self.fixed + self.random + self.residual)

    @property
    def r2_conditional(self) -> float:
        """Share of the fixed and random terms together."""
        return 1 - self.residual / (self.fixed + self.random + self.residual)


def explained(
    fit: GeneralisedFit, X: Floats, random: RandomTerm, *, offset: Floats | None = None
) -> Explained:
    """Variance shares of Nakagawa, with Johnson's mean over rows for random slopes.

    The residual variance is pi^2 / 3 for the logit link (that of the latent logistic variable; rows
    of several trials are single trials here) and log(1 + 1 / m [+ 1 / size]) for the log link, with
    m the mean expected count over rows and random effects. An offset is no fixed term.

    Raises
    ------
    NotEstimableError
        For the positive part of a hurdle model, for which no such formula is agreed.

    References
    ----------
    Nakagawa, Johnson & Schielzeth (2017), doi:10.1098/rsif.2017.0213. Johnson (2014),
    doi:10.1111/2041-210X.12225.
    """
    if fit.family.startswith("truncated"):
        raise NotEstimableError(
            "No share of explained variance is defined for zero-truncated counts.",
            reason="truncated",
        )
    predictor = X @ fit.beta
    row_variance = ((random.values @ fit.factor) ** 2).sum(axis=1)
    if fit.link == "logit":
        residual, kind = np.pi**2 / 3, "latent logistic (pi^2 / 3)"
    else:
        base = predictor if offset is None else predictor + offset
        mean = float(np.exp(base + 0.5 * row_variance).mean())
        excess = 0.0 if fit.dispersion is None else 1 / fit.dispersion
        residual, kind = float(np.log1p(1 / mean + excess)), "lognormal approximation"
    return Explained(float(predictor.var()), float(row_variance.mean()), float(residual), kind)
