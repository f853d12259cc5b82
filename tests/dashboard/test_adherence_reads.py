"""Reads of the Adherence page, on rows that a person can count."""

from datetime import date, timedelta

import polars as pl
import pytest

from access.viewer import Viewer, local_viewer
from queries import adherence as reads
from queries.filters import Filters
from tests.dashboard.mart_fixture import empty_mart, insert

LOCAL, ALL = local_viewer(), Filters()
DAY = date(2025, 1, 6)


def put(con, table, **values):
    """One row by column names; the others are NULL."""
    names = con.table(table).columns
    assert values.keys() <= set(names)
    insert(con, table, [tuple(values.get(name) for name in names)])


def week(con, pid, number, *, due, done, complete=True, sessions=0):
    put(con, "fct_participant_weeks", participant_id=pid, study_week=number, week_start=DAY,
        is_complete_week=complete, is_active=sessions > 0, n_sessions=sessions, due_sessions=due,
        done_sessions=done)  # fmt: skip


def due(con, pid, number, *statuses, kind="session", survey=None):
    for sequence, status in enumerate(statuses, start=1):
        put(con, "fct_ledger", obligation_id=f"{pid}{kind}{number}{sequence}{survey}",
            participant_id=pid, kind=kind, survey_id=survey, study_week=number, sequence=sequence,
            due_date=DAY + timedelta(weeks=number), status=status)  # fmt: skip


@pytest.fixture
def small():
    """p1 and p2 in arm a at site s1, p3 (withdrawn) in arm b at site s2."""
    con = empty_mart()
    for position, arm in enumerate("ab"):
        put(con, "dim_arms", arm_id=arm, label=f"Arm {arm}", masked_label=f"Group {arm}",
            position=position)  # fmt: skip
    put(con, "dim_sites", site_id="s1", label="First", position=0)
    put(con, "dim_build", as_of_date=DAY)
    for pid, arm, site, left in (
        ("p1", "a", "s1", None),
        ("p2", "a", "s1", None),
        ("p3", "b", "s2", DAY),
    ):
        put(con, "fct_participants", participant_id=pid, arm_id=arm, site_id=site,
            cohort="2025-01", enrolled_date=DAY, withdrawn_date=left, nonusage_day=3,
            is_nonusage_event=True, dropout_day=5, is_dropout_event=False)  # fmt: skip
    return con


def test_a_weeks_status_follows_from_its_ledger(small):
    statuses = {
        0: ("done", "done"),
        1: ("done", "missed"),
        2: ("missed",),
        3: ("open",),
        4: ("excused",),
        5: (),
        6: ("excused", "done"),
        7: ("late",),
    }
    for number, given in statuses.items():
        week(small, "p1", number, due=len(given), done=0)
        due(small, "p1", number, *given)
    frame = reads.session_weeks(small, LOCAL, ALL)
    assert dict(frame.select("study_week", "status").rows()) == {
        0: "done",
        1: "partly",
        2: "missed",
        3: "open",
        4: "excused",
        5: "nothing_due",
        6: "done",
        7: "done",
    }
    assert frame.filter(study_week=6).select("n_due", "n_done", "n_excused").row(0) == (1, 1, 1)
    assert frame.filter(study_week=7)["n_late"][0] == 1


def test_a_week_still_runs_only_while_the_participant_is_in(small):
    week(small, "p1", 0, due=0, done=0, complete=False)
    week(small, "p2", 0, due=0, done=0, complete=True)
    week(small, "p3", 0, due=0, done=0, complete=False)
    frame = reads.session_weeks(small, LOCAL, ALL)
    assert frame["is_running_week"].to_list() == [True, False, False]


def test_surveys_stand_by_instrument_then_due_day(small):
    put(small, "dim_instruments", instrument_id="x", label="X", position=1)
    put(small, "dim_instruments", instrument_id="y", label="Y", position=0)
    for survey, instrument, day in (("x1", "x", 7), ("y9", "y", 63), ("y2", "y", 14)):
        put(small, "dim_surveys", survey_id=survey, label=survey, instrument_id=instrument,
            due_day=day)  # fmt: skip
        due(small, "p1", day // 7, "done", kind="survey", survey=survey)
    frame = reads.surveys(small, LOCAL, ALL)
    assert frame["survey_id"].to_list() == ["y2", "y9", "x1"]
    assert frame["survey_position"].to_list() == [1, 2, 3]


def test_weekly_sums_leave_out_weeks_that_still_run(small):
    week(small, "p1", 0, due=2, done=1, sessions=3)
    week(small, "p2", 0, due=2, done=2, complete=False, sessions=5)
    week(small, "p3", 0, due=1, done=0, complete=False)
    frame = reads.weekly_sessions(small, LOCAL, ALL)
    a, b = frame.to_dicts()
    assert (a["arm_label"], a["n_due"], a["n_done"], a["n_incomplete"]) == ("Arm a", 2, 1, 1)
    assert (a["sum_done_squared"], a["sum_done_due"], a["sum_due_squared"]) == (1, 2, 4)
    assert (a["n_participants"], a["n_sessions"], a["sd_sessions"]) == (1, 3, None)
    # p3 left: that week will never be complete, and is over.
    assert (b["n_due"], b["n_done"], b["n_incomplete"]) == (1, 0, 0)


def test_who_leaves_after_the_data_end_has_not_left_in_them(small):
    later = DAY + timedelta(days=1)
    small.execute("update fct_participants set withdrawn_date = $1", [later])
    week(small, "p1", 0, due=1, done=0, complete=False)
    (only,) = reads.weekly_sessions(small, LOCAL, ALL).to_dicts()
    assert (only["n_due"], only["n_incomplete"]) == (0, 1)
    assert reads.session_weeks(small, LOCAL, ALL)["is_running_week"].to_list() == [True]


def test_definitions_count_the_evaluable_and_pairs_count_changes(small):
    for position, (name, label) in enumerate((("x", "One"), ("y", "Two"))):
        put(small, "dim_adherence", definition_id=name, label=label, rule="share_done",
            threshold=0.8, minimum=1.0, justification="Why", position=position)  # fmt: skip
    for pid, x, y in (("p1", True, False), ("p2", True, True), ("p3", None, True)):
        for name, met in (("x", x), ("y", y)):
            put(small, "fct_adherence", participant_id=pid, definition_id=name,
                is_evaluable=met is not None, is_adherent=met)  # fmt: skip
    counts = reads.definitions(small, LOCAL, ALL)
    assert counts["n_visible"].to_list() == [3, 3]
    assert counts["n_evaluable"].to_list() == [2, 3]
    assert counts["n_adherent"].to_list() == [2, 2]
    pairs = reads.agreement(small, LOCAL, ALL)
    assert pairs.select("first_label", "second_label", "n_both", "n_changed").rows() == [
        ("One", "Two", 2, 1),
        ("Two", "One", 2, 1),
    ]
    assert pairs.select("n_first_only", "n_second_only").rows() == [(1, 0), (0, 1)]


READERS = (
    reads.session_weeks,
    reads.surveys,
    reads.ledger,
    reads.attrition,
)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
@pytest.mark.parametrize(
    ("viewer", "filters", "expected"),
    [
        (LOCAL, ALL, {"p1", "p2", "p3"}),
        (LOCAL, Filters(sites=("s1",)), {"p1", "p2"}),
        (LOCAL, Filters(arms=("b",)), {"p3"}),
        (LOCAL, Filters(cohorts=("2024-12",)), set()),
        (Viewer("x", "trial", sites=frozenset({"s2"})), ALL, {"p3"}),
        (Viewer("x", "trial", sites=frozenset({"s2"})), Filters(sites=("s1",)), set()),
        (Viewer("x", "clinician", participants=frozenset({"p2"})), ALL, {"p2"}),
        (Viewer("x", "clinician", participants=frozenset()), ALL, set()),
    ],
)
def test_nobody_sees_more_than_they_may_nor_than_they_asked(
    small, reader, viewer, filters, expected
):
    put(small, "dim_surveys", survey_id="s", label="Survey", instrument_id="x", due_day=7)
    for pid in ("p1", "p2", "p3"):
        week(small, pid, 0, due=1, done=1)
        due(small, pid, 0, "done")
        due(small, pid, 1, "done", kind="survey", survey="s")
    assert set(reader(small, viewer, filters)["participant_id"]) == expected


def test_a_masked_viewer_reads_masked_arms(small):
    week(small, "p1", 0, due=1, done=1)
    masked = Viewer("x", "trial", edition="masked")
    assert reads.session_weeks(small, masked, ALL)["arm_label"].to_list() == ["Group a"]
    assert reads.weekly_sessions(small, masked, ALL)["arm_label"].to_list() == ["Group a"]
    assert set(reads.attrition(small, masked, ALL)["arm_label"]) == {"Group a", "Group b"}


def test_weeks_outside_the_filter_are_left_out_of_weekly_reads(small):
    for number in range(4):
        week(small, "p1", number, due=1, done=1)
    filters = Filters(first_week=1, last_week=2)
    for reader in (reads.session_weeks, reads.weekly_sessions):
        assert reader(small, LOCAL, filters)["study_week"].to_list() == [1, 2]


def test_the_ledger_keeps_its_lines_and_their_order(small):
    due(small, "p2", 1, "missed")
    due(small, "p2", 0, "done")
    due(small, "p1", 3, "open")
    frame = reads.ledger(small, LOCAL, ALL)
    assert frame.select(pl.col("participant_id", "study_week", "status")).rows() == [
        ("p1", 3, "open"),
        ("p2", 0, "done"),
        ("p2", 1, "missed"),
    ]
