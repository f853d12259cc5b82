"""Suspicion about time zones: said where the quiet hours are clear and wrong, and only there."""

from datetime import datetime, timedelta

import pytest

from etl.doctor.time_zones import trough
from study.definition import EventPattern, Feature
from tests.etl.doctor.checked import found, write_events
from tests.etl.load_study import events, study, write

MONDAY = datetime(2025, 1, 6)
# Of ten participants' days, in how many something happens in each hour from midnight.
USUAL = (1, 0, 0, 0, 0, 0, 1, 3, 5, 5, 5, 5, 6, 6, 5, 5, 5, 6, 7, 8, 8, 7, 5, 3)
LONG_NIGHT = (0, 0, 0, 0, 0, 0, 0, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 0)
FLAT = (4,) * 24
NOISY = (4, 1, 5, 1, 4, 0, 5, 1, 4, 1, 5, 0, 4, 1, 5, 1, 4, 0, 5, 1, 4, 1, 5, 0)


def use(profile, shift=0, people=12, days=21):
    """Events by a profile of the day, each told `shift` hours later than it was."""
    return [
        (f"p{person}", "open", MONDAY + timedelta(days=day, hours=hour + shift, minutes=person))
        for person in range(people)
        for day in range(days)
        for hour in range(24)
        if (7 * person + 3 * day + 5 * hour) % 10 < profile[hour]
    ]


def suspected(tmp_path, rows, **given):
    write_events(tmp_path / "events.csv", rows)
    return found(study(tmp_path, events(), **given)).get("time_zone_suspect", [])


@pytest.mark.parametrize("profile", [USUAL, LONG_NIGHT], ids=["usual", "long night"])
@pytest.mark.parametrize(
    ("shift", "said"),
    [
        (3, "3 hours too late"),
        (-3, "hours too early"),
        (6, "6 hours too late"),
        (-6, "hours too early"),
    ],
)
def test_a_planted_shift_is_found(tmp_path, profile, shift, said):
    (one,) = suspected(tmp_path, use(profile, shift))
    assert one.severity == "warning"
    assert one.source == "app"
    assert "time_zone" in one.remedy
    hours = int(one.message.split("about ")[1].split()[0])
    assert abs(hours - abs(shift)) <= 1
    assert said.split()[-1] in one.message


@pytest.mark.parametrize("profile", [USUAL, LONG_NIGHT, FLAT, NOISY])
def test_nothing_is_said_of_plausible_or_shapeless_days(tmp_path, profile):
    assert suspected(tmp_path, use(profile)) == []


@pytest.mark.parametrize("shift", [-2, -1, 1, 2])
def test_early_birds_and_night_owls_are_no_fault(tmp_path, shift):
    assert suspected(tmp_path, use(USUAL, shift)) == []


@pytest.mark.parametrize("few", [{"people": 3}, {"days": 5}, {"people": 5, "days": 7}])
def test_nothing_is_said_of_a_few_days_or_people(tmp_path, few):
    assert suspected(tmp_path, use(USUAL, 6, **few)) == []


def test_what_the_telephone_does_by_itself_is_not_looked_at(tmp_path):
    asleep = [(pid, "reminded", at) for pid, _, at in use(FLAT, days=21)]
    feature = Feature(
        id="r",
        label="R",
        principle="reminders",
        stages={"delivered": EventPattern(event="reminded")},
    )
    (one,) = suspected(tmp_path, [*use(USUAL, 6), *asleep], features=(feature,))
    assert "6 hours too late" in one.message


def local(path, rows):
    """Events whose times name no zone."""
    write(
        path, "pid,event,time", *(f"{pid},{name},{at:%Y-%m-%d %H:%M:%S}" for pid, name, at in rows)
    )


@pytest.mark.parametrize(
    ("shift", "source", "home", "remedy"),
    [
        # Perth is eight hours ahead of UTC and its clocks never change.
        (-8, {}, "Australia/Perth", 'If the export writes UTC, set time_zone = "UTC"'),
        (0, {"time_zone": "UTC"}, "Australia/Perth", 'set time_zone = "Australia/Perth"'),
        (6, {}, "UTC", "participants seem to live about 6 hours behind UTC"),
    ],
)
def test_which_setting_would_put_it_right(tmp_path, shift, source, home, remedy):
    local(tmp_path / "events.csv", use(USUAL, shift))
    (one,) = found(study(tmp_path, events(**source), time_zone=home))["time_zone_suspect"]
    assert remedy in one.remedy


def test_the_trough_goes_round_midnight():
    night = trough([*([0] * 4), *([9] * 15), *([0] * 5)])
    assert (night.first, night.last, night.centre) == (19, 3, 23.5)
    assert night.shift == -4
    assert trough([5] * 24) is None
    assert trough([0] * 24) is None
