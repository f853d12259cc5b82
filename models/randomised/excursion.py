"""Causal excursion effects as results: rows, joint tests, and what was analysed."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import f as f_distribution
from scipy.stats import t as t_distribution

from models.errors import NotEstimableError
from models.panel import Floats
from models.randomised.points import DecisionPoints
from models.randomised.sample_ratio import SampleRatio
from models.results import RowsLost

Scale = Literal["difference", "log_relative_risk"]


@dataclass(frozen=True)
class ExcursionEffect:
    """One coefficient of the effect, per unit of its moderator.

    `statistic` is F with `df1` and `df2` degrees of freedom, the square of t; `p_value` and the
    interval come from the same distribution.
    """

    term: str
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    statistic: float
    df1: int
    df2: int
    p_value: float


@dataclass(frozen=True)
class JointTest:
    """A test that several combinations of effects are all 0."""

    statistic: float
    df1: int
    df2: int
    p_value: float


@dataclass(frozen=True, eq=False)
class CausalExcursion:
    """What delivering the treatment changes, on average over the points it could be delivered at.

    Attributes
    ----------
    estimator, scale
        'WCLS' gives differences of the outcome's mean, 'EMEE' logs of relative risks.
    effects
        One per moderator; the first is the effect where the other moderators are 0.
    controls, control_names
        Coefficients (q,) of the controls. They buy precision and have no causal reading.
    covariance
        (p, p) of the effects.
    is_corrected
        Whether the Mancl-DeRouen correction was made.
    randomisation
        Observed against declared probability of treatment.
    """

    estimator: Literal["WCLS", "EMEE"]
    scale: Scale
    effects: tuple[ExcursionEffect, ...]
    controls: Floats
    control_names: tuple[str, ...]
    covariance: Floats
    is_corrected: bool
    n_points: int
    n_participants: int
    rows_lost: tuple[RowsLost, ...]
    randomisation: SampleRatio
    warnings: tuple[str, ...]
    level: float = 0.95

    @property
    def estimate(self) -> Floats:
        """The effects' estimates (p,)."""
        return np.array([effect.estimate for effect in self.effects])

    def combine(self, weights: Floats, term: str) -> ExcursionEffect:
        """A weighted sum of the effects, such as the effect where a moderator is 3.

        Parameters
        ----------
        weights
            (p,), one per effect, in their order.
        term
            The row's name.
        """
        variance = float(weights @ self.covariance @ weights)
        if not variance > 0:
            raise ValueError("the weights must not all be 0")
        df2 = self.effects[0].df2
        return _row(term, float(weights @ self.estimate), variance**0.5, df2, self.level)

    def joint_test(self, contrasts: Floats) -> JointTest:
        """Test that all rows of `contrasts` (m, p) times the effects are 0 (Hotelling's T²).

        With m = 1 it is the square of t on n - p - q degrees of freedom.
        """
        rank = int(np.linalg.matrix_rank(contrasts))
        if rank < len(contrasts):
            raise NotEstimableError("The contrasts repeat one another.", reason="collinear")
        df2 = self.effects[0].df2
        distance = contrasts @ self.estimate
        squared = float(
            distance @ np.linalg.solve(contrasts @ self.covariance @ contrasts.T, distance)
        )
        statistic = squared * df2 / (rank * (df2 + rank - 1))
        return JointTest(statistic, rank, df2, float(f_distribution.sf(statistic, rank, df2)))


def excursion(
    points: DecisionPoints,
    *,
    estimator: Literal["WCLS", "EMEE"],
    beta: Floats,
    covariance: Floats,
    randomisation: SampleRatio,
    is_corrected: bool,
    level: float,
) -> CausalExcursion:
    """The result of an estimator.

    `beta` (q + p,) and `covariance` hold controls first, then effects.
    """
    q = len(points.control_names)
    df2 = points.n_participants - len(beta)
    se = np.sqrt(np.diag(covariance))
    effects = tuple(
        _row(name, float(beta[q + j]), float(se[q + j]), df2, level)
        for j, name in enumerate(points.moderator_names)
    )
    return CausalExcursion(
        estimator=estimator,
        scale="difference" if estimator == "WCLS" else "log_relative_risk",
        effects=effects,
        controls=beta[:q],
        control_names=points.control_names,
        covariance=covariance[q:, q:],
        is_corrected=is_corrected,
        n_points=len(points.outcome),
        n_participants=points.n_participants,
        rows_lost=points.lost,
        randomisation=randomisation,
        warnings=(*points.warnings, *randomisation.warnings),
        level=level,
    )


def _row(term: str, estimate: float, se: float, df2: int, level: float) -> ExcursionEffect:
    half = float(t_distribution.ppf(0.5 + level / 2, df2)) * se
    statistic = (estimate / se) ** 2
    return ExcursionEffect(
        term=term,
        estimate=estimate,
        se=se,
        ci_low=estimate - half,
        ci_high=estimate + half,
        statistic=statistic,
        df1=1,
        df2=df2,
        p_value=float(f_distribution.sf(statistic, 1, df2)),
    )
