"""The read of the worklist: which obligation is told, and what of it is recorded."""

from datetime import date, datetime, timedelta

import pytest

from access.viewer import Viewer, local_viewer
from queries.filters import Filters
from queries.worklist import latest_obligations, use_since
from tests.dashboard.mart_fixture import empty_mart, insert

AS_OF = date(2025, 2, 1)
AS_OF_AT = datetime(2025, 2, 1, 9)
START = date(2025, 1, 1)


@pytest.fixture
def bare():
    """One participant in Bath, a study as of 2025-02-01; nothing due, nothing used."""
    con = empty_mart()
    insert(con, "dim_study", [("s", "S", "UTC", "enrolled", "from_day_zero", 12, 11, 1800, 600, 14,
        True, "why", 10)])  # fmt: skip
    insert(con, "dim_build", [("b", datetime(2025, 2, 3), "h", "0", AS_OF_AT, AS_OF)])
    insert(con, "dim_surveys", [("a4", "Alliance, week 4", "dta5", 4, 28, 0, 6)])
    insert(con, "fct_participants", [("p", "a", "bath", START, "2025-01", START, None, None, 1,
        None, None, 0, 0, False, 0, False, 0, False)])  # fmt: skip
    yield con
    con.close()


def due(con, name, kind, due_in, closes_in, status="open", delivered=None):
    """Something due and closing so many days from the as-of day; the window opens a week before."""
    days = [AS_OF + timedelta(days=n) for n in (due_in, closes_in - 6, closes_in)]
    survey = ("dta5", "a4") if kind == "survey" else (None, None)
    insert(con, "fct_ledger", [(name, "p", kind, *survey, 4, 1, days[0], days[1], days[2],
        delivered, None, None, status)])  # fmt: skip


def told(con, viewer=None):
    [row] = latest_obligations(con, viewer or local_viewer(), Filters()).to_dicts()
    return row


def test_what_is_past_its_due_day_or_closes_soon_comes_before_what_closes_later(bare):
    due(bare, "old", "session", -9, -9, "missed")
    due(bare, "week", "session", 3, 3)
    assert told(bare)["obligation_id"] == "week"
    due(bare, "over", "survey", -1, 5)
    row = told(bare)
    assert (row["obligation_id"], row["days_left"], row["days_over"], row["n_open"]) == (
        "over",
        5,
        1,
        2,
    )
    assert row["survey_label"] == "Alliance, week 4"
    due(bare, "last", "session", 0, 0)
    assert (told(bare)["obligation_id"], told(bare)["days_left"]) == ("last", 0)


def test_where_nothing_is_open_the_last_that_was_due_is_told_without_days_left(bare):
    due(bare, "old", "session", -16, -16, "missed")
    due(bare, "new", "session", -9, -9, "done")
    row = told(bare)
    assert (row["obligation_id"], row["status"], row["days_left"], row["n_open"]) == (
        "new",
        "done",
        None,
        0,
    )


def test_nothing_due_is_still_somebody(bare):
    row = told(bare)
    assert (row["obligation_id"], row["kind"], row["app_opened_date"]) == (None, None, None)
    due(bare, "future", "session", 12, 12)
    assert told(bare)["obligation_id"] is None, "its window is not open yet"


def test_what_the_study_file_has_no_event_for_is_not_recorded(bare):
    due(bare, "week", "session", 1, 1, delivered=datetime(2025, 1, 29, 8))
    row = told(bare)
    assert not row["is_delivery_seen"]
    insert(bare, "dim_ledger_events", [("delivered", "session", None, "x"),
        ("opened", "survey", "dta5", "y")])  # fmt: skip
    row = told(bare)
    assert (row["is_delivery_seen"], row["is_start_seen"], row["is_use_seen"]) == (
        True,
        False,
        True,
    )
    assert row["delivery_days"] == 2, "a session should be there at the start of its week"


def test_what_a_masked_edition_does_not_show_is_not_recorded(bare):
    insert(bare, "dim_ledger_events", [("delivered", "session", None, "x")])
    due(bare, "week", "session", 1, 1)
    insert(bare, "fct_use_limits", [("p", AS_OF - timedelta(days=1))])
    row = told(bare)
    assert (row["is_delivery_seen"], row["is_use_seen"]) == (False, False)


def test_use_counts_from_the_opening_of_the_window_and_the_newest_version_is_told(bare):
    due(bare, "week", "session", 1, 1)
    used = [AS_OF + timedelta(days=n) for n in (-20, -6, -3, 0)]
    days = [("p", one, 0, 0, 1, 1, 60.0) for one in used]
    insert(bare, "fct_participant_days", days)
    insert(bare, "fct_app_versions", [("p", "2.5.0", used[0]), ("p", "2.4.0", used[2])])
    insert(bare, "fct_covariates", [("p", "platform", None, "ios"), ("p", "age", 40.0, None)])
    row = told(bare)
    assert row["app_opened_date"] == AS_OF - timedelta(days=3)
    assert (row["app_version"], row["device"]) == ("2.4.0", "ios")


def test_failed_files_are_those_that_could_hold_what_they_did(bare):
    due(bare, "week", "session", 1, 1)
    for kind, status in (("events", "failed"), ("answers", "failed"), ("events", "loaded")):
        insert(bare, "fct_receipts", [("l", "f", "s", kind, "x.csv", status, 0, 0, 0, 0, 0, 0.0,
            AS_OF_AT, None)])  # fmt: skip
    assert told(bare)["n_failed_files"] == 1
    due(bare, "over", "survey", -1, 0)
    assert told(bare)["n_failed_files"] == 2


def test_others_sites_are_nobodys(bare):
    other = Viewer(account="t", role="trial", sites=frozenset({"london"}))
    assert latest_obligations(bare, other, Filters()).is_empty()
    assert use_since(bare, other, Filters(), ["p"], AS_OF_AT).is_empty()


def test_use_after_a_contact_is_seen_until_the_data_end_or_as_far_as_it_is_shown(bare):
    at = AS_OF_AT - timedelta(days=3)
    for number, begun in enumerate((at - timedelta(hours=1), at, at + timedelta(hours=1)), 1):
        insert(bare, "fct_sessions", [("p", number, begun, begun, begun.date(), 28, 4, 1, None,
            True, False)])  # fmt: skip
    found = use_since(bare, local_viewer(), Filters(), ["p", "nobody"], at)
    assert found["started_at"].to_list() == [at, at + timedelta(hours=1)]
    assert found["seen_until"].unique().to_list() == [AS_OF_AT]
    insert(bare, "fct_use_limits", [("p", date(2025, 1, 20))])
    limited = use_since(bare, local_viewer(), Filters(), ["p"], AS_OF_AT)
    assert limited.select("started_at", "seen_until").rows() == [(None, datetime(2025, 1, 20))]
