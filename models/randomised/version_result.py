"""What comparing versions of a feature says, as frozen plain values."""

from dataclasses import dataclass
from typing import Literal

Unit = Literal["point", "participant"]
State = Literal["passed", "note", "failed", "not_known"]
Scale = Literal["difference", "log_odds"]


@dataclass(frozen=True)
class Version:
    """A version and how often it was given; `probability` is None where chance did not decide."""

    variant_id: str
    label: str
    probability: float | None
    n_deliveries: int
    n_participants: int


@dataclass(frozen=True)
class HealthCheck:
    """A condition that must hold before effects are read, and how it came out."""

    name: str
    label: str
    state: State
    words: str
    is_required: bool = False
    n_participants: int | None = None


@dataclass(frozen=True)
class Balance:
    """One thing known beforehand, compared between a version and the reference.

    `difference` is in standard deviations; `limit` is what chance alone stays within, 19 times in
    20.
    """

    variant_id: str
    covariate: str
    difference: float
    limit: float
    mean: float
    mean_reference: float
    n_participants: int
    is_notable: bool


@dataclass(frozen=True)
class Estimate:
    """A version against the reference, in units of the outcome (or log odds)."""

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    df: float | None
    p_value: float
    n_rows: int
    n_participants: int


@dataclass(frozen=True)
class Effect:
    """One outcome of one version against the reference.

    `number` is None where there is none, and `explanation` says why. `valid_low` and `valid_high`
    hold for every look together. `plain_se` is the standard error without what was known before,
    `variance_removed` the share of the variance that knowing it takes away. `detectable` is the
    difference that would be found four times in five at the present size. The ratio is a relative
    risk (EMEE), for outcomes of yes or no.
    """

    outcome: str
    outcome_label: str
    group: str
    unit: str
    variant_id: str
    estimator: str
    scale: Scale
    number: Estimate | None
    explanation: str
    p_adjusted: float | None = None
    spread: float | None = None
    valid_low: float | None = None
    valid_high: float | None = None
    plain_estimate: float | None = None
    plain_se: float | None = None
    variance_removed: float | None = None
    detectable: float | None = None
    mean: float | None = None
    mean_reference: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    ratio_note: str = ""
    n_lost: int = 0


@dataclass(frozen=True)
class Look:
    """The effect as it stood on a day, with all that was known by then.

    `n_new` counts participants of whom something new had come since the look before.
    """

    outcome: str
    variant_id: str
    day: str
    number: Estimate
    valid_low: float
    valid_high: float
    n_new: int


@dataclass(frozen=True)
class Part:
    """The effect within a part of the data: some weeks, or one level of a moderator.

    `shrunken` and its interval are drawn towards the mean of all parts; None where parts are not
    pooled (weeks).
    """

    outcome: str
    variant_id: str
    kind: str
    label: str
    position: int
    number: Estimate | None
    explanation: str
    shrunken: float | None = None
    shrunken_low: float | None = None
    shrunken_high: float | None = None


@dataclass(frozen=True)
class ComparedFeature:
    """Everything about the versions of one feature.

    `explanation` says why nothing can be compared, where nothing can; it is empty otherwise.
    """

    feature_id: str
    label: str
    is_randomised: bool
    unit: Unit
    unit_words: str
    reference: str
    versions: tuple[Version, ...]
    n_unknown: int
    explanation: str
    checks: tuple[HealthCheck, ...] = ()
    balance: tuple[Balance, ...] = ()
    effects: tuple[Effect, ...] = ()
    looks: tuple[Look, ...] = ()
    weeks: tuple[Part, ...] = ()
    moderators: tuple[Part, ...] = ()


@dataclass(frozen=True)
class VersionReport:
    """Every feature that has versions."""

    features: tuple[ComparedFeature, ...]
