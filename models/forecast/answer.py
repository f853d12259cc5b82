"""What the forecast says, as frozen values."""

from dataclasses import dataclass
from typing import Literal

Quantity = Literal["within", "groups"]


@dataclass(frozen=True)
class ForecastPoint:
    """The expected 95 % interval of one quantity with so many participants and surveys.

    `half_width` is in scale points (per exposure for 'within'); `low` and `high` are its range
    (10th to 90th percentile) given how well the variances are known. `is_plan` marks the study as
    it is planned.
    """

    quantity: Quantity
    n_participants: int
    n_surveys: int
    last_week: float
    half_width: float
    low: float
    high: float
    is_plan: bool


@dataclass(frozen=True)
class SurveyShare:
    """One scheduled survey: how many have passed it, how many of them gave a row to analyse, and
    what share is expected of everybody in the end."""

    week: float
    n_passed: int
    n_analysed: int
    expected: float


@dataclass(frozen=True)
class Forecast:
    """The expected width of the main intervals, from blinded estimates so far.

    Attributes
    ----------
    feature_label
        Whose within-person association 'within' is about.
    n_participants, n_planned
        Enrolled so far, and planned (the same where the study names no target).
    n_analysed, n_rows
        Participants and surveys in the blinded model.
    n_groups
        Groups that 'groups' compares two of; `group_shares` of the two.
    width_now
        Half width of the within-person interval in the blinded model of today's rows.
    level_sd, trend_sd, residual_sd, slope_sd
        Pooled over arms: of participants' levels, weekly trends, surveys, own within slopes.
    icc
        Share of one survey's variance that lies between participants, at the mean week.
    expected_rows
        Analysed surveys that the plan will have in the end.
    """

    outcome: str
    outcome_label: str
    feature_id: str
    feature_label: str
    n_participants: int
    n_planned: int
    has_target: bool
    n_analysed: int
    n_rows: int
    n_groups: int
    group_shares: tuple[float, float]
    width_now: float
    level_sd: float
    trend_sd: float
    residual_sd: float
    slope_sd: float
    icc: float
    expected_rows: float
    surveys: tuple[SurveyShare, ...]
    points: tuple[ForecastPoint, ...]
    warnings: tuple[str, ...]
