"""What a participant does with the app in one study week, day by day."""

from math import exp, sqrt

import numpy as np

from sample_data.design import SCALE_MIDDLE, USE, VISIT_FEATURES, Size, VisitFeature
from sample_data.diary import Diary, Visit

SLOTS = ((7 * 3600, 2 * 3600), (12 * 3600, 5400), (18 * 3600, 2 * 3600))  # start, spread
SCREENS = ("library", "settings", "help", "sleep", "breathing", "history")
READING_ARMS = ("control", "reading")
SILENT_DAYS = 3
P_PRAISE, P_PRAISE_AGAIN, P_BADGE = 0.88, 0.4, 0.4


def live_week(diary: Diary, week: int, last_total: float | None, days: int) -> None:
    """Play one study week; only its first `days` days happen (withdrawal, end of the data)."""
    rng, person = diary.rng, diary.person
    fresh = USE.sd_week * sqrt(1 - USE.carry**2) * float(rng.standard_normal())
    diary.flow = USE.carry * diary.flow + fresh
    appetite = {f.id: float(rng.standard_gamma(1.5)) / 1.5 for f in VISIT_FEATURES}
    n_sessions, n_broken = _sessions(diary, week, last_total)
    n_visits = int(rng.poisson(_visits(diary, week)))
    using = person.starts and not diary.faded
    plan = _plan(diary, week, (n_sessions, n_broken, n_visits)) if using else {}
    if week < person.due_weeks and days > 0:
        second = 6 * 3600 + int(rng.integers(0, 300))
        at = diary.at(7 * week, second)
        diary.write("session_unlocked", 7 * week, at, at + 1, {"session": week + 1})
    before = diary.sessions
    for day in range(7 * week, 7 * week + days):
        _live_day(diary, day, plan, appetite, wants=diary.sessions == before)


def _sessions(diary: Diary, week: int, last_total: float | None) -> tuple[int, int]:
    """How many sessions will be finished this week, and how many broken off."""
    rng, person = diary.rng, diary.person
    behind = min(week, person.due_weeks) - diary.sessions
    draws = rng.random(3)
    if week >= person.due_weeks:
        return int(behind > 0 and week < person.due_weeks + 3 and draws[0] < 0.12), 0
    reminders = diary.reminders_by_week.get(week - 1, 0)
    alliance = 0.0 if last_total is None else last_total - SCALE_MIDDLE
    odds = USE.base + USE.arm.get(person.arm, 0.0) + USE.weekly * week
    odds += USE.alliance * alliance + USE.reminder * reminders + person.session_trait + diary.flow
    if draws[0] >= 1 / (1 + exp(-odds)):
        return 0, int(draws[1] < 0.25)
    return 1 + int(behind > 0 and draws[2] < 0.35), 0


def _visits(diary: Diary, week: int) -> float:
    """Expected visits besides sessions."""
    expected = diary.size.visits * diary.person.visit_factor * exp(0.3 * diary.flow)
    if week >= diary.size.planned_weeks:
        return expected * USE.after_programme * exp(-0.15 * (week - diary.size.planned_weeks))
    return expected * (0.6 if week >= diary.person.due_weeks else 1.0)


Plan = dict[tuple[int, int], str]  # (study day, slot of the day) -> kind of visit


def _plan(diary: Diary, week: int, counts: tuple[int, int, int]) -> Plan:
    """Spread sessions, broken sessions and other visits over the free slots of the week."""
    days = [day for day in range(7 * week, 7 * week + 7) if not _is_out(diary, day)]
    cells = [(day, slot) for day in days for slot in range(len(SLOTS))]
    kinds = ["session"] * counts[0] + ["broken"] * counts[1] + ["visit"] * counts[2]
    chosen = diary.rng.permutation(len(cells))[: len(kinds)]
    plan = {cells[cell]: kind for cell, kind in zip(chosen.tolist(), kinds, strict=False)}
    return dict(sorted(plan.items()))


def _is_out(diary: Diary, day: int) -> bool:
    outage = diary.size.outage
    return outage is not None and outage[0] <= diary.date_of(day) <= outage[1]


def _live_day(
    diary: Diary, day: int, plan: Plan, appetite: dict[str, float], *, wants: bool
) -> None:
    if (day, 0) in plan:
        _visit(diary, day, 0, plan[day, 0], appetite)
    _remind(diary, day, wants=wants and diary.last_open < day)
    for slot in (1, 2):
        if (day, slot) in plan:
            _visit(diary, day, slot, plan[day, slot], appetite)


def _remind(diary: Diary, day: int, *, wants: bool) -> None:
    """The app reminds because of silence: a session is due and nobody opened the app for days."""
    week = day // 7
    due = week < diary.person.due_weeks and wants and not _is_out(diary, day)
    if not due or day - diary.last_open < SILENT_DAYS or day - diary.last_reminder < 2:
        return
    diary.last_reminder = day
    at = diary.at(day, 10 * 3600 + int(diary.rng.integers(0, 600)))
    wording = ("plain", "warm")[int(diary.rng.integers(2))]
    properties: dict[str, str | int] = {"kind": "reminder", "wording": wording}
    if diary.size.is_chatty:
        diary.write("notification_scheduled", day, at - 3600, at - 3599, properties)
    if diary.rng.random() < 0.93:
        diary.write("notification_delivered", day, at, at + 2, properties)
        diary.expose("reminder", day)
        diary.reminders_by_week[week] = diary.reminders_by_week.get(week, 0) + 1


def _visit(diary: Diary, day: int, slot: int, kind: str, appetite: dict[str, float]) -> None:
    start, spread = SLOTS[slot]
    visit = Visit(diary, day, diary.at(day, start + int(diary.rng.integers(0, spread))))
    reminded = diary.last_reminder == day and slot > 0
    if reminded and diary.rng.random() < 0.5:
        visit.log("notification_opened", 2, kind="reminder")
    visit.log("app_opened", 2)
    visit.see("privacy_banner", "privacy_banner_shown", 2)
    visit.log("screen_viewed", 3, screen="home")
    _look_around(visit, appetite)
    if kind != "visit":
        _session(visit, is_broken=kind == "broken")
    if diary.size.is_chatty:
        visit.log("app_closed", 4)
    visit.send()


def _look_around(visit: Visit, appetite: dict[str, float]) -> None:
    """Meet features and other screens, as often as liking and the week's appetite have it."""
    rng, size, person = visit.diary.rng, visit.diary.size, visit.diary.person
    if size.is_chatty and rng.random() < 0.5:
        visit.log("mood_log", 15, mood=int(rng.integers(1, 6)))
    for feature in VISIT_FEATURES:
        if _has(size, feature, person.arm):
            liking = exp(0.35 * person.liking[feature.id] - 0.06)
            mean = feature.per_visit * liking * appetite[feature.id]
            for _ in range(min(int(rng.poisson(mean)), 8)):
                _meet(visit, feature)
    for _ in range(int(rng.poisson(size.screens))):
        visit.log("screen_viewed", 20, screen=SCREENS[int(rng.integers(len(SCREENS)))])


def _has(size: Size, feature: VisitFeature, arm: str) -> bool:
    return feature.id in size.features and (feature.arms is None or arm in feature.arms)


def _meet(visit: Visit, feature: VisitFeature) -> None:
    properties: dict[str, str | int] = dict(feature.properties)
    visit.see(feature.id, feature.event, 15, **properties)
    if not visit.diary.size.is_chatty or feature.acted_event is None:
        return
    if visit.diary.rng.random() < feature.p_acted:
        visit.log(feature.acted_event, 15)


def _session(visit: Visit, *, is_broken: bool) -> None:
    """A sitting with the programme; praise and badges come only because it was finished."""
    diary, rng = visit.diary, visit.diary.rng
    number = diary.sessions + 1
    visit.log("session_started", 5, session=number)
    _trials(visit, _n_trials(diary.size, rng, is_broken=is_broken))
    if is_broken:
        return
    diary.sessions = number
    visit.log("session_completed", 5, session=number)
    if rng.random() < P_PRAISE:
        _praise(visit)
        if rng.random() < P_PRAISE_AGAIN:
            _praise(visit)
    if diary.size.is_chatty and rng.random() < P_BADGE:
        visit.log("badge_granted", 3, badge=number)
        if rng.random() < 0.7:
            visit.see("badge", "badge_viewed", 6, badge=number)


def _n_trials(size: Size, rng: np.random.Generator, *, is_broken: bool) -> int:
    n = int(rng.integers(size.trials[0], size.trials[1] + 1))
    return n // 2 if is_broken else n


def _trials(visit: Visit, n: int) -> None:
    is_reading = visit.diary.person.arm in READING_ARMS
    has_screens = visit.diary.size.is_chatty
    for k in range(1, n + 1):
        if is_reading:
            visit.log("text_page_read", 90, page=k)
            continue
        if has_screens:
            visit.log("screen_viewed", 20, screen="trial")
        visit.see("rehearsal", "exercise_trial_completed", 70, trial=k)


def _praise(visit: Visit) -> None:
    visit.see("praise", "praise_shown", 3)
    if visit.diary.rng.random() < 0.3:
        visit.log("praise_tapped", 3)
