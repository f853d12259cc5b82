"""Reads of caseload and card: what is next, scales that were switched, and who sees which band."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from access.viewer import Viewer, local_viewer
from queries import care
from queries.filters import Filters
from tests.dashboard.mart_fixture import empty_mart
from tests.dashboard.test_adherence_reads import put

LOCAL, ALL = local_viewer(), Filters()
ZERO, AS_OF = date(2025, 1, 6), date(2025, 2, 3)


def day(number):
    return ZERO + timedelta(days=number)


def person(con, pid="p1", site="s1", **values):
    given = {"day_zero": ZERO, "enrolled_date": ZERO, "arm_id": "a", "cohort": "2025-01"}
    put(con, "fct_participants", participant_id=pid, site_id=site, **(given | values))


@pytest.fixture
def small():
    """A study of six weeks with a session in each of them but week 5; the data end on day 28."""
    con = empty_mart()
    put(con, "dim_study", study_id="s", planned_weeks=6, week_rule="from_day_zero")
    put(con, "dim_build", build_id="b", as_of_date=AS_OF, as_of_at=datetime(2025, 2, 3, 12))
    put(con, "dim_sites", site_id="s1", label="First", position=0)
    for week in range(6):
        put(con, "dim_intended_use", arm_id="a", study_week=week, due_sessions=int(week != 5))
    for week in (2, 4, 6):
        put(con, "dim_surveys", survey_id=f"week{week}", label=f"Week {week}", instrument_id="i",
            study_week=week, due_day=7 * week, window_before_days=0, window_after_days=6)  # fmt: skip
    yield con
    con.close()


def owed(con, kind, due, status, window=6, survey=None, pid="p1"):
    put(con, "fct_ledger", obligation_id=f"{pid}{kind}{due}", participant_id=pid, kind=kind,
        survey_id=survey, study_week=due // 7, sequence=1, due_date=day(due),
        window_end=day(due + window), status=status)  # fmt: skip


def due(con, **filters):
    rows = care.next_due(con, LOCAL, Filters(**filters)).to_dicts()
    return {(row["participant_id"], row["kind"]): row for row in rows}


def test_the_next_survey_is_the_first_that_is_still_to_come(small):
    person(small)
    owed(small, "survey", 14, "done", survey="week2")
    owed(small, "survey", 28, "done", survey="week4")
    row = due(small)["p1", "survey"]
    assert (row["survey_label"], row["due_date"], row["is_overdue"]) == ("Week 6", day(42), False)


def test_what_is_past_its_day_and_still_counts_is_overdue(small):
    person(small)
    owed(small, "survey", 14, "missed", survey="week2")
    owed(small, "survey", 24, "open", survey="week4")
    row = due(small)["p1", "survey"]
    assert (row["due_date"], row["window_end"]) == (day(24), day(30))
    assert (row["is_overdue"], row["n_overdue"]) == (True, 1)


def test_a_missed_survey_is_not_next_and_an_open_window_counts_to_its_last_day(small):
    person(small)
    for number, survey in ((14, "week2"), (28, "week4"), (42, "week6")):
        owed(small, "survey", number, "missed", survey=survey)
    assert ("p1", "survey") not in due(small)


def test_the_next_session_is_of_a_week_in_which_one_is_due(small):
    person(small)
    owed(small, "session", 27, "done", window=0)
    # The data end on the first day of week 4, in which a session is due by its last day.
    assert due(small)["p1", "session"]["due_date"] == day(34)
    owed(small, "session", 34, "done", window=0)
    # None is due in week 5, and week 6 is beyond the plan.
    assert ("p1", "session") not in due(small)


def test_nothing_is_due_after_a_withdrawal_but_surveys_after_one_of_the_app_only(small):
    person(small, withdrawn_date=day(20), withdrawal_kind="dropout")
    person(small, "p2", withdrawn_date=day(20), withdrawal_kind="stopped_app")
    found = due(small)
    assert set(found) == {("p2", "survey")}
    assert found["p2", "survey"]["due_date"] == day(28)


def test_weeks_of_the_calendar_begin_on_the_monday_before_day_zero(small):
    small.execute("update dim_study set week_rule = 'calendar'")
    person(small, day_zero=day(3))
    assert due(small)["p1", "survey"]["due_date"] == day(28)


# Scales


def scale(con, name, position):
    put(con, "dim_dimension_scales", dimension_id="alliance", instrument_id=name, scale_id="total",
        position=position)  # fmt: skip
    put(con, "dim_scales", instrument_id=name, scale_id="total", label=f"Scale {name}")


def filled(con, name, *days, pid="p1"):
    for number in days:
        put(con, "fct_scores", participant_id=pid, instrument_id=name, scale_id="total",
            occasion_id=f"{name}{number}", local_date=day(number), study_day=number, score=4.0)  # fmt: skip


@pytest.fixture
def two_scales(small):
    scale(small, "old", 0)
    scale(small, "new", 1)
    person(small)
    return small


def switched(con):
    return care.switches(con, LOCAL, ALL).select("new_scale", "switched_day").rows()


def test_a_scale_is_switched_when_the_other_begins_after_it(two_scales):
    filled(two_scales, "old", 7, 14)
    filled(two_scales, "new", 21, 28)
    assert switched(two_scales) == [("Scale new", 21)]


@pytest.mark.parametrize("other", [(7, 21), (14,), (3, 21)])
def test_scales_side_by_side_are_not_switched(two_scales, other):
    filled(two_scales, "old", 7, 14)
    filled(two_scales, "new", *other)
    assert switched(two_scales) == []


def test_a_scale_that_is_still_to_come_is_not_switched(two_scales):
    filled(two_scales, "old", 7, 14)
    filled(two_scales, "new", 21)
    put(two_scales, "dim_surveys", survey_id="late", instrument_id="old", due_day=29)
    assert switched(two_scales) == []


# Items


def test_the_items_answered_are_named_where_not_all_were(small):
    person(small)
    put(
        small,
        "dim_dimensions",
        dimension_id="alliance",
        label="Alliance",
        position=0,
        is_total=True,
    )
    put(small, "dim_scales", instrument_id="i", scale_id="total", label="Total")
    put(small, "dim_scales", instrument_id="i", scale_id="part", label="Part")
    put(small, "dim_scale_members", instrument_id="i", scale_id="total", member_scale_id="part")
    for item in "abc":
        put(small, "dim_scale_items", instrument_id="i", scale_id="part", item_id=item)
    for number, answered in ((7, "abc"), (14, "ac")):
        put(small, "fct_dimension_scores", participant_id="p1", dimension_id="alliance",
            instrument_id="i", scale_id="total", occasion_id=f"o{number}", study_day=number,
            answered_at=datetime(2025, 1, 6) + timedelta(days=number), score=4.0,
            n_items_answered=len(answered), n_items=3)  # fmt: skip
        for item in answered:
            put(small, "fct_item_answers", participant_id="p1", instrument_id="i",
                occasion_id=f"o{number}", item_id=item, keyed_value=4.0)  # fmt: skip
    frame = care.scored(small, LOCAL, ALL)
    assert frame["items_answered"].to_list() == [None, "a,c"]


# Bands


@pytest.fixture
def cohort():
    """Week 1: 12 scores, of which two at site s2; week 2: 9 scores, all at s1."""
    con = empty_mart()
    for week, sites in ((1, ["s1"] * 10 + ["s2"] * 2), (2, ["s1"] * 9)):
        put(con, "fct_dimension_bands", dimension_id="alliance", study_week=week,
            n_participants=len(sites), p10=3.0, p50=4.0, p90=5.0)  # fmt: skip
        for number, site in enumerate(sites):
            put(con, "fct_dimension_scores", participant_id=f"p{number}", site_id=site,
                dimension_id="alliance", study_week=week, score=4.0, is_complete=True)  # fmt: skip
    yield con
    con.close()


def weeks(con, smallest, sites=None, participants=None):
    viewer = Viewer(
        "x",
        "clinician",
        sites=None if sites is None else frozenset(sites),
        participants=None if participants is None else frozenset(participants),
        smallest_cell=smallest,
    )
    return care.bands(con, viewer)["study_week"].to_list()


def test_a_band_of_few_people_is_withheld(cohort):
    assert weeks(cohort, 1) == [1, 2]
    assert weeks(cohort, 10) == [1]
    assert weeks(cohort, 13) == []


def test_a_clinician_gets_the_band_of_people_whom_they_may_not_see(cohort):
    assert weeks(cohort, 9, participants=[]) == [1, 2]
    assert weeks(cohort, 9, participants=["p1"]) == [1]


def test_a_band_is_withheld_where_few_others_are_in_it(cohort):
    # Of 12 in week 1, three are known: nine others are too few for ten.
    assert weeks(cohort, 10, participants=["p1", "p2", "p3"]) == []
    assert weeks(cohort, 9, participants=["p1", "p2", "p3"]) == [1]
    # A site that knows ten of twelve would learn of the two others.
    assert weeks(cohort, 5, sites=["s1"]) == [2]
    # Where nobody else is in it, nothing is to be learned.
    assert weeks(cohort, 5) == [1, 2]


# Whom they return


READS = (care.people, care.scored, care.switches, care.next_due)


@pytest.mark.parametrize("read", READS, ids=lambda read: read.__name__)
def test_a_read_returns_own_participants_and_nothing_of_the_arm(con, read):
    own = frozenset({"p004", "p007"})
    frame = read(con, Viewer("c", "clinician", participants=own), ALL)
    assert set(frame["participant_id"]) <= own
    assert not [name for name in frame.columns if "arm" in name]
    assert read(con, Viewer("c", "clinician", participants=frozenset()), ALL).is_empty()
    assert read(con, Viewer("c", "clinician", participants=own), ALL, "p001").is_empty()
    assert read(con, LOCAL, Filters(sites=("nowhere",))).is_empty()
    if read is not care.switches:
        assert not read(con, LOCAL, ALL).is_empty()


def test_versions_are_of_one_participant(con):
    assert care.versions(con, LOCAL, ALL, "p004")["app_version"].to_list() == ["1.0", "1.1"]
    nobody = Viewer("c", "clinician", participants=frozenset({"p001"}))
    assert care.versions(con, nobody, ALL, "p004").is_empty()


def test_the_bands_of_the_fixture_are_those_of_its_scores(con):
    scores = con.table("fct_dimension_scores").pl().filter("is_complete")
    found = care.bands(con, LOCAL)
    assert found.height > 20
    row = found.filter(dimension_id="alliance", study_week=4).row(0, named=True)
    week = scores.filter(dimension_id="alliance", study_week=4)["score"]
    assert row["n_participants"] == week.len()
    expected = [round(float(week.quantile(q, "linear")), 1) for q in (0.1, 0.5, 0.9)]
    assert [row["p10"], row["p50"], row["p90"]] == pytest.approx(expected)
    assert pl.Series(found["p10"] <= found["p90"]).all()
