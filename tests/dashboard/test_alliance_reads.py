"""Reads of the Alliance page, on rows that a person can count."""

from datetime import date, datetime, timedelta

import pytest

from access.viewer import Viewer, local_viewer
from queries import alliance as reads
from queries.filters import Filters
from tests.dashboard.mart_fixture import empty_mart, insert

LOCAL = local_viewer()


@pytest.fixture
def small():
    """As of 10 Jan: p1 began on 25 Dec, p2 and p3 on 1 Jan; p3 withdrew in week 1."""
    con = empty_mart()
    insert(con, "dim_dimensions", [("bond", "Bond", 0, False), ("alliance", "Alliance", 1, True)])
    insert(con, "dim_weeks", [(week,) for week in range(6)])
    as_of = datetime(2025, 1, 10, 12)
    insert(con, "dim_build", [("b", as_of, "h", "0", as_of, as_of.date())])
    insert(con, "dim_arms", [("a", "Real name", "Group A", 1.0, 0)])
    insert(con, "dim_sites", [("s1", "First site", 0), ("s2", "Second site", 1)])
    for pid, site, start, withdrawn in (
        ("p1", "s1", date(2024, 12, 25), None),
        ("p2", "s1", date(2025, 1, 1), None),
        ("p3", "s2", date(2025, 1, 1), date(2025, 1, 9)),
    ):
        place = (pid, "a", site)
        insert(con, "fct_participants", [(*place, start, "2025-01", start,
            withdrawn, None, 2, None, None, 0, 0, False, 0, False, 0, True)])  # fmt: skip
        for week in (0, 1):
            begin = start + timedelta(weeks=week)
            insert(con, "fct_participant_weeks", [(*place, "2025-01", week, begin,
                week == 0 or pid == "p1", pid != "p2", 1, 1, 1, 0.0, None, 0, 1)])  # fmt: skip
    return con


def add_score(con, pid, week, score, *, dimension="bond", occasion=None, complete=True, site="s1"):
    row = {
        "participant_id": pid,
        "dimension_id": dimension,
        "occasion_id": occasion or f"{pid}-{week}",
        "answered_at": datetime(2025, 1, 1) + timedelta(weeks=week),
        "study_day": 7 * week,
        "study_week": week,
        "arm_id": "a",
        "site_id": site,
        "cohort": "2025-01",
        "score": score,
        "is_complete": complete,
        "low": 1.0,
        "high": 7.0,
    }
    names = con.table("fct_dimension_scores").columns
    insert(con, "fct_dimension_scores", [tuple(row.get(name) for name in names)])


EVERYONE = Filters()


def week(con, number, filters=EVERYONE, viewer=LOCAL):
    frame = reads.alliance_by_week(con, viewer, filters).filter(dimension_id="bond")
    return frame.filter(study_week=number).row(0, named=True)


def test_a_participant_with_two_occasions_counts_once(small):
    add_score(small, "p1", 0, 2.0, occasion="first")
    add_score(small, "p1", 0, 4.0, occasion="second")
    add_score(small, "p2", 0, 6.0)
    found = week(small, 0)
    assert (found["n_participants"], found["mean_score"]) == (2, 4.5)
    assert found["n_occasions"] == 3


def test_incomplete_and_missing_scores_are_left_out_and_counted(small):
    add_score(small, "p1", 0, 2.0)
    add_score(small, "p2", 0, 6.0, complete=False)
    add_score(small, "p3", 0, None, complete=False, site="s2")
    found = week(small, 0)
    assert (found["n_participants"], found["mean_score"], found["n_incomplete"]) == (1, 2.0, 2)
    assert found["sd_score"] is None


def test_a_week_without_a_complete_score_has_no_mean_and_not_zero(small):
    add_score(small, "p1", 0, None, complete=False)
    found = week(small, 0)
    assert (found["n_participants"], found["mean_score"]) == (0, None)


def test_the_week_is_open_while_somebody_who_stayed_is_in_it(small):
    add_score(small, "p1", 0, 2.0)
    add_score(small, "p1", 1, 2.0)
    add_score(small, "p1", 5, 2.0)
    assert week(small, 0)["n_open"] == 0
    # p2 is in week 1; p3, who withdrew in it, is not waited for.
    assert (week(small, 1)["n_at_risk"], week(small, 1)["n_open"]) == (3, 1)
    # Weeks after the planned ones have no row in fct_participant_weeks, and are still told apart.
    assert (week(small, 5)["n_at_risk"], week(small, 5)["n_not_reached"]) == (0, 2)


def test_a_viewer_gets_the_own_sites_only(small):
    add_score(small, "p1", 0, 2.0)
    add_score(small, "p3", 0, 6.0, site="s2")
    second = Viewer(account="x", role="trial", sites=frozenset({"s2"}))
    assert week(small, 0, viewer=second)["mean_score"] == 6.0
    assert reads.alliance_latest(small, second, Filters())["score"].to_list() == [6.0]
    asked = Filters(sites=("s1",))
    assert reads.alliance_by_week(small, second, asked).is_empty()
    assert reads.alliance_by_group(small, second, asked, "arm").is_empty()


def test_masked_viewers_see_masked_arms(small):
    add_score(small, "p1", 0, 2.0)
    filters = Filters(dimension="bond")
    masked = Viewer(account="x", role="trial", edition="masked")
    for viewer, label in ((LOCAL, "Real name"), (masked, "Group A")):
        frame = reads.alliance_by_group(small, viewer, filters, "arm")
        assert frame["group_label"].to_list() == [label]


@pytest.mark.parametrize(("split", "groups"), [("site", ["s1", "s2"]), ("cohort", ["2025-01"])])
def test_groups_are_in_the_order_of_the_study(small, split, groups):
    add_score(small, "p3", 0, 6.0, site="s2")
    add_score(small, "p1", 0, 2.0)
    frame = reads.alliance_by_group(small, LOCAL, Filters(dimension="bond"), split)
    assert frame["group_id"].to_list() == groups


def test_someone_without_a_site_is_unknown_and_not_lost(small):
    add_score(small, "p1", 0, 2.0, site=None)
    frame = reads.alliance_by_group(small, LOCAL, Filters(dimension="bond"), "site")
    assert frame["group_id"].to_list() == ["unknown"]


def test_the_latest_score_is_the_last_complete_one_in_the_weeks_shown(small):
    add_score(small, "p1", 0, 2.0)
    add_score(small, "p1", 1, 3.0)
    add_score(small, "p1", 2, 9.0, complete=False)
    assert reads.alliance_latest(small, LOCAL, Filters())["score"].to_list() == [3.0]
    early = Filters(last_week=0)
    assert reads.alliance_latest(small, LOCAL, early)["score"].to_list() == [2.0]
    assert "participant_id" not in reads.alliance_latest(small, LOCAL, early).columns
    add_score(small, "p1", 5, 6.0)
    spans = {(0, 4): [3.0], (1, 1): [3.0], (2, 4): [], (2, 9): [6.0], (5, 5): [6.0]}
    for (first, last), expected in spans.items():
        shown = reads.alliance_latest(small, LOCAL, Filters(first_week=first, last_week=last))
        assert shown["score"].to_list() == expected, (first, last)


def test_surveys_are_told_apart_by_use_in_their_week(small):
    insert(small, "dim_surveys", [("s-1", "Survey, week 1", "i", 1, 7, 0, 6)])
    for pid, status in (("p1", "done"), ("p2", "missed"), ("p3", "done")):
        names = small.table("fct_ledger").columns
        row = {"obligation_id": pid, "participant_id": pid, "kind": "survey", "survey_id": "s-1",
               "instrument_id": "i", "study_week": 1, "status": status}  # fmt: skip
        insert(small, "fct_ledger", [tuple(row.get(name) for name in names)])
    frame = reads.survey_status(small, LOCAL, Filters())
    found = {(row["status"], row["use"]): row["n_participants"] for row in frame.to_dicts()}
    assert found == {("done", "active"): 2, ("missed", "inactive"): 1}


def test_measures_name_the_primary_scale_and_say_what_is_a_hypothesis(con):
    frame = reads.dimension_measures(con, LOCAL)
    total = frame.filter(dimension_id="alliance").row(0, named=True)
    assert (total["scale_label"], total["is_hypothesis"], total["low"]) == ("Total", False, 1.0)
    assert frame.filter("is_hypothesis").height == 5
