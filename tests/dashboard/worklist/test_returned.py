from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.worklist.returned import WITHIN_DAYS, returned

NOON = datetime(2026, 3, 2, 12)
WEEK = timedelta(days=WITHIN_DAYS)
SECOND = timedelta(seconds=1)
DATED = pl.Datetime("us")


def contacts(*pairs):
    schema = {"participant_id": pl.String, "contacted_at": DATED}
    return pl.DataFrame(list(pairs), schema=schema, orient="row")


def use(*rows):
    schema = {"participant_id": pl.String, "started_at": DATED, "seen_until": DATED}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def told(contact_rows, use_rows):
    return returned(contacts(*contact_rows), use(*use_rows))["is_returned"].to_list()


@pytest.mark.parametrize(
    ("session", "seen_until", "expected"),
    [
        (NOON + SECOND, NOON + WEEK, True),
        (NOON + WEEK, NOON + WEEK, True),
        (NOON + WEEK + SECOND, NOON + 2 * WEEK, False),
        (NOON, NOON + WEEK, False),
        (NOON - SECOND, NOON + WEEK, False),
        (None, NOON + WEEK, False),
        (None, NOON + WEEK - SECOND, None),
        (NOON - SECOND, NOON, None),
        (NOON + SECOND, NOON + 2 * SECOND, True),
    ],
)
def test_within_the_week_after_it_is_yes_and_before_its_end_nobody_knows_no(
    session, seen_until, expected
):
    assert told([("p", NOON)], [("p", session, seen_until)]) == [expected]


def test_who_has_no_row_is_not_known_and_others_do_not_count():
    rows = [("a", NOON + SECOND, NOON + WEEK)]
    assert told([("a", NOON), ("b", NOON)], rows) == [True, None]


def test_each_contact_is_judged_by_itself_and_keeps_its_place():
    late = NOON + timedelta(days=10)
    rows = [("p", late - SECOND, late + WEEK), ("p", NOON + 2 * SECOND, late + WEEK)]
    rows += [("p", NOON + SECOND, late + WEEK)]
    found = returned(contacts(("p", late), ("p", NOON)), use(*rows))
    assert found["is_returned"].to_list() == [False, True]
    assert found["returned_at"].to_list() == [None, NOON + SECOND]
    assert found["contacted_at"].to_list() == [late, NOON]


def test_without_contacts_there_is_nothing():
    assert returned(contacts(), use(("p", NOON, NOON))).is_empty()


HOURS = st.integers(0, 24 * 30)


def at(hour):
    return NOON + timedelta(hours=hour)


@given(st.lists(HOURS, min_size=1, max_size=4), st.lists(HOURS, max_size=12), HOURS)
def test_it_is_what_one_would_count_by_hand(contacted, sessions, seen):
    """An independent count, hour by hour; sessions after what is seen are not known of."""
    known = [hour for hour in sessions if hour <= seen]
    rows = [("p", at(hour), at(seen)) for hour in known] or [("p", None, at(seen))]
    expected = []
    for hour in contacted:
        came = [one for one in known if hour < one <= hour + 24 * WITHIN_DAYS]
        expected.append(True if came else False if seen >= hour + 24 * WITHIN_DAYS else None)
    assert told([("p", at(hour)) for hour in contacted], rows) == expected


@given(st.lists(HOURS, max_size=12), HOURS, HOURS)
def test_more_data_never_take_back_what_was_known(sessions, seen, more):
    """From 'not yet known' to yes or no, never from yes to no or back."""

    def known(until):
        rows = [("p", at(hour), at(until)) for hour in sessions if hour <= until]
        [one] = told([("p", NOON)], rows or [("p", None, at(until))])
        return one

    before, after = known(seen), known(seen + more)
    assert before is None or before == after
