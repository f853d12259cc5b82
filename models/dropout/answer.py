"""What the dropout lens says, as frozen values."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["dropout", "nonusage"]
Together = Literal["alone", "together"]
Level = Literal["low", "middle", "high"]


@dataclass(frozen=True)
class LensTerm:
    """A hazard ratio per unit of a measure as it was last known before, with its Wald test.

    `adjustment` is 'alone' (arms only) or 'together' (the other measure held constant).
    """

    term: str
    adjustment: Together
    ratio: float
    ratio_low: float
    ratio_high: float
    p_value: float


@dataclass(frozen=True)
class LensCheck:
    """Test that a term's hazard ratio does not change with the log of time.

    `correlation` is None for the test of all terms ('all').
    """

    term: str
    correlation: float | None
    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True)
class LensPoint:
    """Share left on a day at a level of alliance that is kept throughout, and who was at risk.

    `n_at_risk` counts participants at risk that day whose last alliance was in that third; on day
    0, those who entered with it.
    """

    level: Level
    day: float
    survival: float
    ci_low: float | None
    ci_high: float | None
    n_at_risk: int


@dataclass(frozen=True)
class LensOutcome:
    """One way of being lost; numbers are empty where `explanation` says why there are none.

    `n_participants` were at risk with alliance and use known; `n_unknown` never were.
    `n_days` is the time at risk. `concordance` is that of both measures together.
    """

    outcome: Outcome
    explanation: str
    n_participants: int
    n_unknown: int
    n_events: int
    n_days: float
    terms: tuple[LensTerm, ...] = ()
    checks: tuple[LensCheck, ...] = ()
    points: tuple[LensPoint, ...] = ()
    concordance: float | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class DropoutLens:
    """Both outcomes, and the alliance that stands for each third of the time at risk.

    `levels` are the medians of the thirds, `bounds` lie between them, in scale points.
    """

    outcomes: tuple[LensOutcome, ...]
    levels: tuple[tuple[str, float], ...]
    bounds: tuple[float, float]
    n_arms: int
