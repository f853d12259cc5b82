"""A whole trial: every participant's weeks in turn, with surveys, withdrawal and fading."""

from dataclasses import dataclass, field
from math import exp

import numpy as np

from sample_data.behaviour import live_week
from sample_data.design import SCALE_MIDDLE, USE, Size
from sample_data.diary import Diary, Event
from sample_data.people import Person, Zones, recruit
from sample_data.surveys import DELAYS, Occasion, answer_survey, keyed_total

KINDS = ("dropout", "dropout", "dropout", "stopped_app", "lost")


@dataclass
class Life:
    """One participant's course through the trial. Days count from enrolment."""

    person: Person
    diary: Diary
    occasions: list[Occasion] = field(default_factory=list)
    withdrawn_day: int | None = None
    withdrawal_kind: str = ""
    last_total: float | None = None

    @property
    def events(self) -> list[Event]:
        """Events in order of time."""
        return sorted(self.diary.events, key=lambda event: (event.at, event.received))


def run_trial(size: Size, seed: int) -> list[Life]:
    """Play the trial. The last participant is the one whose arm is none of the study's."""
    zones: Zones = {}
    people = recruit(size, np.random.default_rng([seed, 0]))
    return [
        _live(person, size, np.random.default_rng([seed, number]), zones)
        for number, person in enumerate(people, 1)
    ]


def _live(person: Person, size: Size, rng: np.random.Generator, zones: Zones) -> Life:
    diary = Diary(person, size, rng, zones, update_lag=int(rng.integers(0, 15)))
    life = Life(person, diary)
    end = (size.last_day - person.enrolled).days + 1
    for week in range(max(size.survey_weeks) + 1):
        if 7 * week >= end:
            break
        if week > 0:
            _maybe_leave(life, week, end)
        here = end if life.withdrawn_day is None else min(end, life.withdrawn_day)
        live_week(diary, week, life.last_total, max(0, min(7, here - 7 * week)))
        if week in size.survey_weeks:
            _maybe_answer(life, week, end)
    return life


def _maybe_leave(life: Life, week: int, end: int) -> None:
    """Withdraw or fade, more likely the lower the last alliance total was."""
    rng = life.diary.rng
    below = 0.0 if life.last_total is None else life.last_total - SCALE_MIDDLE
    draws, day = rng.random(2), 7 * week + int(rng.integers(7))
    kind = KINDS[int(rng.integers(len(KINDS)))]
    if life.withdrawn_day is not None:
        return
    leaves = draws[0] < 1 - exp(-USE.leave_hazard * exp(USE.leave_log_hr * below))
    if leaves and day < end:
        life.withdrawn_day, life.withdrawal_kind = day, kind
    if draws[1] < 1 - exp(-USE.fade_hazard * exp(USE.fade_log_hr * below)):
        life.diary.faded = True


def _maybe_answer(life: Life, week: int, end: int) -> None:
    """Fill in the survey or not: silence in the app goes with silence in surveys."""
    diary, rng = life.diary, life.diary.rng
    day = 7 * week + DELAYS[int(rng.integers(len(DELAYS)))]
    is_follow_up = week >= diary.size.planned_weeks
    is_gone = life.withdrawn_day is not None and day >= life.withdrawn_day
    used = any(past in diary.visit_days for past in range(day - 7, day))
    p = 0.78 if is_follow_up else (0.93 if used else 0.45)
    if is_gone:
        p = 0.5 if life.withdrawal_kind == "stopped_app" and is_follow_up else 0.0
    if rng.random() < p and day < end and life.person.starts:
        occasion = answer_survey(diary, week, day)
        life.occasions.append(occasion)
        life.last_total = keyed_total(diary.size, occasion.answers)
