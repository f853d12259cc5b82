"""Causal excursion effects of versions drawn at each delivery, as frozen plain values."""

from dataclasses import dataclass
from typing import Literal

from models.randomised.version_result import Estimate

Scale = Literal["difference", "log_relative_risk"]


@dataclass(frozen=True)
class Chance:
    """How likely a version was, and how often it came, among available points."""

    variant_id: str
    label: str
    probability: float
    share: float


@dataclass(frozen=True)
class Excursion:
    """One effect on one outcome: `number` is on `scale`; None where `explanation` says why not.

    `baseline` is the outcome's mean with the reference.
    """

    variant_id: str
    outcome: str
    outcome_label: str
    hours: int
    estimator: Literal["WCLS", "EMEE"]
    scale: Scale
    number: Estimate | None
    explanation: str
    baseline: float | None
    n_unknown: int


@dataclass(frozen=True)
class AlongTime:
    """The effect in one study week, by a straight line through the weeks."""

    variant_id: str
    outcome: str
    estimator: Literal["WCLS", "EMEE"]
    scale: Scale
    week: int
    n_points: int
    n_participants: int
    estimate: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class Moderation:
    """The effect where a moderator is low and where it is high, and how it changes with it.

    Low and high are one standard deviation below and above the mean, or 0 and 1.
    """

    variant_id: str
    outcome: str
    estimator: Literal["WCLS", "EMEE"]
    scale: Scale
    moderator: str
    low_words: str
    high_words: str
    low: Estimate | None
    high: Estimate | None
    change: Estimate | None
    explanation: str


@dataclass(frozen=True)
class PromptFeature:
    """A feature whose versions chance draws at each delivery.

    `n_points` are decision points; of these, `n_available` are deliveries that say which version
    was given.
    """

    feature_id: str
    label: str
    reference: str
    explanation: str
    n_points: int = 0
    n_available: int = 0
    n_participants: int = 0
    chances: tuple[Chance, ...] = ()
    excursions: tuple[Excursion, ...] = ()
    course: tuple[AlongTime, ...] = ()
    moderations: tuple[Moderation, ...] = ()


@dataclass(frozen=True)
class PromptReport:
    """Every feature with randomised versions."""

    features: tuple[PromptFeature, ...]
