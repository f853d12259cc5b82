"""What is planted: the sizes of the two sample studies and the numbers behind their data."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

DIMENSIONS = ("humanness", "meaningfulness", "progression", "use", "flexibility")
TOTAL = "alliance"
WINDOW_DAYS = 7
SCALE_MIDDLE = 4.3  # the alliance total at which use and dropout sit at their base rates


@dataclass(frozen=True)
class VisitFeature:
    """A feature met while the app is open: how often a visit shows it, and how often it is used.

    `stages` are the events of one exposure: its own, and one that follows with `p_acted`.
    """

    id: str
    per_visit: float
    event: str
    properties: tuple[tuple[str, str], ...] = ()
    acted_event: str | None = None
    p_acted: float = 0.0
    arms: tuple[str, ...] | None = None  # None: every arm has it


VISIT_FEATURES = (
    VisitFeature("mood_graph", 0.70, "progress_viewed", (("chart", "mood"),)),
    VisitFeature("coach", 0.80, "coach_message_shown", (), "coach_message_answered", 0.35),
    VisitFeature("plan", 0.50, "plan_viewed", (), "plan_edited", 0.2),
    VisitFeature("suggestion", 0.50, "suggestion_shown", (), "suggestion_accepted", 0.3),
    VisitFeature("leaderboard", 0.50, "leaderboard_viewed"),
    VisitFeature("peer_story", 0.50, "peer_story_opened", (), "peer_story_finished", 0.6),
    VisitFeature("team_page", 0.12, "screen_viewed", (("screen", "team"),)),
)

# Scale points of a dimension per additional exposure in the 7 days before the survey.
# What is not listed is exactly 0.
WITHIN: dict[str, dict[str, float]] = {
    "praise": {"humanness": 0.12, "progression": 0.09},
    "mood_graph": {"progression": 0.035},
    "coach": {"humanness": 0.03, "meaningfulness": 0.025},
    "plan": {"meaningfulness": 0.04},
    "suggestion": {"flexibility": 0.04},
    "rehearsal": {"use": 0.016},
    "leaderboard": {"humanness": -0.04, "progression": -0.035},
}
# Scale points per standard deviation of a participant's own liking for a feature: who likes the
# leaderboard thinks better of the app, although each further look at it does harm.
CONTEXT: dict[str, dict[str, float]] = {
    "leaderboard": {"humanness": 0.25, "progression": 0.15},
    "mood_graph": {"progression": 0.10},
}
# The effect of a plan view on meaningfulness grows by so much per point by which a participant's
# lasting flexibility lies above the mean.
MODERATOR_FEATURE, MODERATED_DIMENSION, MODERATION = "plan", "meaningfulness", 0.05


@dataclass(frozen=True)
class Scores:
    """How alliance scores arise, in scale points (1 to 7)."""

    base: tuple[float, ...] = (4.25, 4.25, 4.2, 4.2, 4.3)
    weekly: float = 0.01
    arm: dict[str, float] = field(
        default_factory=lambda: {"stop12": 0.05, "control": -0.15, "reading": -0.15}
    )
    sd_person: float = 0.55
    correlation_person: float = 0.6
    sd_slope: float = 0.02  # per week
    sd_occasion: float = 0.22  # shared by the five dimensions
    sd_dimension: float = 0.3
    sd_item: float = 0.75


@dataclass(frozen=True)
class Use:
    """How use arises: log-odds of doing a session in a week, visits, silence and leaving."""

    base: float = 1.45
    arm: dict[str, float] = field(
        default_factory=lambda: {"stop12": 0.0, "control": -0.45, "reading": -0.45}
    )
    weekly: float = -0.09
    alliance: float = 0.45  # per point of the last alliance total before the week
    reminder: float = 0.25  # per reminder delivered in the week before
    sd_person: float = 0.7
    sd_week: float = 0.6  # of a weekly ebb and flow that carries over with `carry`
    carry: float = 0.5
    after_programme: float = 0.2  # visits shrink to this share once nothing is due
    p_never_starts: float = 0.03
    leave_hazard: float = 0.011  # a week, at the middle of the scale
    leave_log_hr: float = -0.6  # per point of the last alliance total
    fade_hazard: float = 0.018  # stops opening the app without saying so
    fade_log_hr: float = -0.4


SCORES = Scores()
USE = Use()


@dataclass(frozen=True)
class Faults:
    """How many rows of each kind of dirt are made (the files say how many came of it)."""

    clock_skew: int
    bad_time: int
    time_out_of_range: int
    missing_participant: int
    missing_event_name: int
    bad_row: int
    retried: int
    test_rows: int


@dataclass(frozen=True)
class Size:
    """One of the two sample studies. `folder` holds its hand-written study.toml."""

    folder: str
    seed: int
    participants: int
    arms: tuple[str, ...]
    due_weeks: tuple[int, ...]  # by arm: sessions due, one a week from week 0
    sites: tuple[tuple[str, float], ...]
    enrol_from: date
    enrol_days: int
    last_day: date  # the exports were drawn at the end of this day
    survey_weeks: tuple[int, ...]
    dwai_weeks: tuple[int, ...]
    planned_weeks: int
    items_per_dimension: int
    reverse: tuple[int, ...]
    features: tuple[str, ...]  # of VISIT_FEATURES
    trials: tuple[int, int]  # exercise trials in a session, from and to
    visits: float  # besides sessions, a week
    screens: float  # other screens in a visit
    layout: Literal["jsonl_wide", "csv_long"]
    unknown_arm: str
    outage: tuple[date, date] | None
    travellers: int
    overlaps: dict[str, int]  # export month -> hours of the next month it also holds
    faults: Faults

    @property
    def is_chatty(self) -> bool:
        """Whether the app logs everything; the tiny study's app logs the least."""
        return self.layout == "jsonl_wide"


FULL = Size(
    folder="harbour",
    seed=20250109,
    participants=270,
    arms=("stop6", "stop12", "control"),
    due_weeks=(6, 12, 12),
    sites=(("london", 0.6), ("bath", 0.4)),
    enrol_from=date(2025, 1, 6),
    enrol_days=205,
    last_day=date(2025, 9, 30),
    survey_weeks=(1, 2, 3, 4, 5, 6, 8, 10, 12, 18, 24),
    dwai_weeks=(3, 6, 12, 24),
    planned_weeks=12,
    items_per_dimension=3,
    reverse=(3, 9),
    features=tuple(feature.id for feature in VISIT_FEATURES),
    trials=(5, 16),
    visits=3.3,
    screens=4.8,
    layout="jsonl_wide",
    unknown_arm="stop9",
    outage=(date(2025, 3, 1), date(2025, 3, 3)),
    travellers=9,
    overlaps={"2025-03": 18, "2025-06": 12},
    faults=Faults(
        clock_skew=61,
        bad_time=23,
        time_out_of_range=7,
        missing_participant=19,
        missing_event_name=4,
        bad_row=6,
        retried=540,
        test_rows=48,
    ),
)
TINY = Size(
    folder="tiny",
    seed=7,
    participants=24,
    arms=("app", "reading"),
    due_weeks=(6, 4),
    sites=(("north", 0.5), ("south", 0.5)),
    enrol_from=date(2025, 3, 3),
    enrol_days=21,
    last_day=date(2025, 4, 27),
    survey_weeks=(1, 2, 4, 6),
    dwai_weeks=(),
    planned_weeks=6,
    items_per_dimension=2,
    reverse=(2, 6),
    features=("coach",),
    trials=(1, 2),
    visits=0.6,
    screens=0.2,
    layout="csv_long",
    unknown_arm="waiting",
    outage=None,
    travellers=1,
    overlaps={"2025-03": 24},
    faults=Faults(
        clock_skew=3,
        bad_time=2,
        time_out_of_range=1,
        missing_participant=2,
        missing_event_name=1,
        bad_row=1,
        retried=6,
        test_rows=4,
    ),
)
SIZES = {"full": FULL, "tiny": TINY}


def feature_ids(size: Size) -> tuple[str, ...]:
    """Every feature of the study, in the order of its study file (always-on one last)."""
    coupled = ("praise", "rehearsal", "badge") if size.is_chatty else ("praise",)
    return (*coupled, "reminder", *size.features, "privacy_banner")


def total_effect(effects: dict[str, float]) -> float:
    """Effect on the total scale: the mean over the five dimensions (equal numbers of items)."""
    return sum(effects.get(dimension, 0.0) for dimension in DIMENSIONS) / len(DIMENSIONS)
