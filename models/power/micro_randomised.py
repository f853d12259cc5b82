"""A planned micro-randomised trial: a reminder, say, delivered or not by chance, many times."""

import math
from dataclasses import dataclass

import numpy as np

from models.panel import Floats
from models.power.plan import StudyEstimates
from models.randomised.points import RawPoints, decision_points
from models.randomised.wcls import wcls


@dataclass(frozen=True)
class MicroRandomisedDesign:
    """Decision points per participant; the effect is the mean difference after delivery.

    Parameters
    ----------
    n_points
        Decision points per participant.
    probability
        Of delivery at each point where it is possible.
    availability
        Share of points at which delivery is possible.
    level_sd, residual_sd
        Spread of the outcome between participants, and from point to point.
    effect_sd
        Spread of participants' own effects.
    correlation
        Of the outcome's deviations at successive points.
    """

    n_points: int
    probability: float = 0.5
    availability: float = 1.0
    level_sd: float = 0.5
    residual_sd: float = 1.0
    effect_sd: float = 0.0
    correlation: float = 0.0

    def __post_init__(self) -> None:
        if self.n_points < 2 or not 0 < self.probability < 1 or not 0 < self.availability <= 1:
            raise ValueError(
                "n_points must be at least 2, probability between 0 and 1, availability above 0 "
                "and at most 1."
            )
        if self.residual_sd <= 0 or min(self.level_sd, self.effect_sd) < 0:
            raise ValueError("residual_sd must be above 0, level_sd and effect_sd not below 0.")
        if not -1 < self.correlation < 1:
            raise ValueError("correlation must lie between -1 and 1.")

    @property
    def terms(self) -> tuple[str, ...]:
        """The effect of delivery, averaged over points."""
        return ("treatment",)

    @property
    def moves_along(self) -> bool:
        """Centred treatment is a column of the model: estimates move along with its effect."""
        return True

    def expected_se(self, n: int) -> float:
        """Standard error for many participants, the effect being the same for all of them.

        Treatment is drawn anew at each point, so points count as independent, whatever the
        outcome's correlation: the total spread counts.
        """
        spread = math.hypot(self.level_sd, self.residual_sd)
        points = n * self.n_points * self.availability
        return spread / math.sqrt(points * self.probability * (1 - self.probability))

    def study(self, effects: Floats, n: int, rng: np.random.Generator) -> StudyEstimates:
        """Draw and fit one trial: WCLS, Mancl-DeRouen correction, t on participants less terms."""
        shape = (n, self.n_points)
        treatment = (rng.random(shape) < self.probability).astype(float)
        own = effects[0] + rng.normal(0, self.effect_sd, (n, 1))
        level = rng.normal(0, self.level_sd, (n, 1))
        outcome = level + own * (treatment - self.probability) + self._deviations(rng, shape)
        rows = n * self.n_points
        raw = RawPoints(
            outcome=outcome.ravel(),
            treatment=treatment.ravel(),
            probability=np.full(rows, self.probability),
            is_available=(rng.random(rows) < self.availability),
            participant=np.repeat(np.arange(n), self.n_points),
            moderators=np.ones((rows, 1)),
            controls=np.ones((rows, 1)),
            moderator_names=("treatment",),
            control_names=("(Intercept)",),
        )
        found = wcls(decision_points(raw, self.probability))
        df = float(found.n_participants - 2)
        return found.estimate, np.sqrt(np.diag(found.covariance)), np.array([df])

    def _deviations(self, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
        """First-order autoregressive deviations with the same spread at every point."""
        fresh = rng.normal(0, self.residual_sd, shape)
        if self.correlation == 0:
            return fresh
        deviations = fresh.copy()
        keep = math.sqrt(1 - self.correlation**2)
        for t in range(1, shape[1]):
            deviations[:, t] = self.correlation * deviations[:, t - 1] + keep * fresh[:, t]
        return deviations
