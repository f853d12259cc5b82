"""Who takes part: generated participants with their arm, site, day 0 and lasting traits."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from sample_data.design import DIMENSIONS, SCORES, USE, VISIT_FEATURES, Size

HOME_ZONE = "Europe/London"
TRAVEL_ZONES = ("America/New_York", "Europe/Madrid", "Asia/Kolkata")
Zones = dict[str, ZoneInfo]


@dataclass(frozen=True)
class Trip:
    """Local dates, both included, on which a participant's telephone is in another zone."""

    first: date
    last: date
    zone: str


@dataclass(frozen=True)
class Person:
    """A generated participant. Traits are in standard deviations unless said otherwise."""

    id: str
    arm: str
    due_weeks: int
    site: str
    enrolled: date
    starts: bool
    session_trait: float  # log-odds
    visit_factor: float  # multiplies the visits of a week
    liking: dict[str, float]
    alliance: np.ndarray  # (5,) scale points
    slope: np.ndarray  # (5,) scale points per week
    trip: Trip | None
    in_roster: bool = True

    def zone(self, day: date) -> str:
        """The zone of the telephone on a local date."""
        away = self.trip is not None and self.trip.first <= day <= self.trip.last
        return self.trip.zone if away and self.trip is not None else HOME_ZONE


def recruit(size: Size, rng: np.random.Generator) -> list[Person]:
    """All participants in order of enrolment, and one whose arm is none of the study's."""
    n = size.participants
    offsets = np.sort(rng.integers(0, size.enrol_days, n))
    arms = _blocks(len(size.arms), n, rng)
    travel = set(rng.choice(n, size.travellers, replace=False).tolist())
    people = [
        _person(size, rng, number=k + 1, arm=arms[k], offset=int(offsets[k]), travels=k in travel)
        for k in range(n)
    ]
    stray = _person(size, rng, number=n + 1, arm=0, offset=size.enrol_days // 3, travels=False)
    return [*people, replace(stray, starts=True, in_roster=False)]


def _blocks(n_arms: int, n: int, rng: np.random.Generator) -> list[int]:
    """Permuted blocks of twice the number of arms."""
    blocks = [rng.permutation(np.repeat(np.arange(n_arms), 2)) for _ in range(n // n_arms + 1)]
    return [int(arm) for arm in np.concatenate(blocks)[:n]]


def _person(
    size: Size, rng: np.random.Generator, *, number: int, arm: int, offset: int, travels: bool
) -> Person:
    enrolled = size.enrol_from + timedelta(days=offset)
    liking = {feature.id: float(rng.standard_normal()) for feature in VISIT_FEATURES}
    shared, own = rng.standard_normal(), rng.standard_normal(len(DIMENSIONS))
    rho = SCORES.correlation_person
    alliance = SCORES.sd_person * (np.sqrt(rho) * shared + np.sqrt(1 - rho) * own)
    keen = 0.3 * shared + np.sqrt(1 - 0.3**2) * rng.standard_normal()
    return Person(
        id=f"P{number:03d}",
        arm=size.arms[arm],
        due_weeks=size.due_weeks[arm],
        site=size.sites[int(rng.random() > size.sites[0][1])][0],
        enrolled=enrolled,
        starts=bool(rng.random() > USE.p_never_starts),
        session_trait=float(USE.sd_person * keen),
        visit_factor=float(np.exp(0.4 * keen - 0.08)),
        liking=liking,
        alliance=alliance,
        slope=SCORES.sd_slope * rng.standard_normal(len(DIMENSIONS)),
        trip=_trip(size, enrolled, rng) if travels else None,
    )


def _trip(size: Size, enrolled: date, rng: np.random.Generator) -> Trip:
    first = enrolled + timedelta(days=int(rng.integers(8, max(9, size.planned_weeks * 4))))
    length = int(rng.integers(5, 15))
    zone = TRAVEL_ZONES[int(rng.integers(len(TRAVEL_ZONES)))]
    return Trip(first, first + timedelta(days=length), zone)


def epoch(day: date, second: int, zone: str, zones: Zones) -> int:
    """Seconds since 1970 (UTC) of a local date and second of the day."""
    if zone not in zones:
        zones[zone] = ZoneInfo(zone)
    moment = datetime.combine(day, time(), zones[zone]) + timedelta(seconds=second)
    return int(moment.timestamp())
