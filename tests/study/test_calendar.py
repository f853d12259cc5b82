"""Study days and weeks."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.calendar import day_zero_anchor, study_day, study_week, week_start

DATES = st.dates(date(2000, 1, 1), date(2099, 12, 31))
RULES = st.sampled_from(["from_day_zero", "calendar"])
WEDNESDAY = date(2025, 1, 8)


@pytest.mark.parametrize(
    ("local_date", "day", "from_day_zero", "calendar"),
    [
        (date(2025, 1, 5), -3, -1, -1),
        (date(2025, 1, 6), -2, -1, 0),
        (date(2025, 1, 8), 0, 0, 0),
        (date(2025, 1, 12), 4, 0, 0),
        (date(2025, 1, 13), 5, 0, 1),
        (date(2025, 1, 14), 6, 0, 1),
        (date(2025, 1, 15), 7, 1, 1),
        (date(2024, 12, 31), -8, -2, -1),
    ],
)
def test_days_and_weeks_around_a_wednesday(local_date, day, from_day_zero, calendar):
    assert study_day(local_date, WEDNESDAY) == day
    assert study_week(local_date, WEDNESDAY, "from_day_zero") == from_day_zero
    assert study_week(local_date, WEDNESDAY, "calendar") == calendar


def test_weeks_begin_on_day_zero_or_on_the_monday_before():
    assert week_start(0, WEDNESDAY, "from_day_zero") == WEDNESDAY
    assert week_start(2, WEDNESDAY, "from_day_zero") == date(2025, 1, 22)
    assert week_start(0, WEDNESDAY, "calendar") == date(2025, 1, 6)
    assert week_start(0, date(2025, 1, 6), "calendar") == date(2025, 1, 6)


def test_day_zero_by_each_rule():
    enrolled, first_event = date(2025, 1, 8), date(2025, 1, 10)
    given_dates = {"enrolled": enrolled, "first_event": first_event}
    assert day_zero_anchor("enrolled", **given_dates) == enrolled
    assert day_zero_anchor("first_event", **given_dates) == first_event
    assert day_zero_anchor("2025-01-06", **given_dates) == date(2025, 1, 6)
    assert day_zero_anchor("enrolled", first_event=first_event) is None


@given(DATES, DATES, RULES)
def test_every_day_lies_in_its_week(local_date, day_zero, rule):
    week = study_week(local_date, day_zero, rule)
    start = week_start(week, day_zero, rule)
    assert start <= local_date < start + timedelta(days=7)


@given(DATES, RULES)
def test_day_zero_lies_in_week_zero(day_zero, rule):
    assert study_day(day_zero, day_zero) == 0
    assert study_week(day_zero, day_zero, rule) == 0


@given(DATES, st.integers(-100, 600))
def test_calendar_weeks_begin_on_mondays(day_zero, week):
    assert week_start(week, day_zero, "calendar").weekday() == 0
