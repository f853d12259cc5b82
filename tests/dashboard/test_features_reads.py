"""Reads of the Features page, on rows that a person can count."""

from datetime import date, datetime

import pytest

from access.viewer import Viewer, local_viewer
from queries import features as reads
from queries.filters import Filters
from tests.dashboard.mart_fixture import empty_mart, insert

LOCAL = local_viewer()
AT = datetime(2025, 1, 9)


@pytest.fixture
def small():
    """Two features of one category; p1 met them in week 0, p2 met nothing and is in week 0 still."""
    con = empty_mart()
    insert(con, "dim_principles", [("praise", "Praise", "dialogue", "Dialogue support", 7),
        ("rewards", "Rewards", "dialogue", "Dialogue support", 8)])  # fmt: skip
    insert(con, "dim_features", [("cheer", "Cheer", "praise", "dialogue", "seen", False, 0),
        ("badge", "Badge", "rewards", "dialogue", "seen", False, 1)])  # fmt: skip
    insert(con, "dim_feature_events", [
        ("cheer", "offered", 0, "cheer_planned", None, None, None, None),
        ("cheer", "seen", 2, "cheer_shown", None, None, None, None),
        ("cheer", "seen", 2, "cheer_shown_again", None, None, None, None),
        ("badge", "seen", 2, "badge_shown", None, None, None, None)])  # fmt: skip
    insert(con, "dim_hypotheses", [("praise", "bond")])
    start = date(2025, 1, 1)
    insert(con, "dim_study", [("small", "Small", "UTC", "enrolled", "from_day_zero", 12, 12, 1800,
        600, 14, False, None, 1)])  # fmt: skip
    insert(con, "dim_build", [("small", AT, "hash", "0.1.0", AT, AT.date())])
    for pid, site, is_over, met in (
        ("p1", "s1", True, (4.0, 2.0)),
        ("p2", "s2", False, (0.0, 0.0)),
    ):
        place = (pid, "a", site)
        insert(con, "fct_participants", [(*place, start, "2025-01", start, None, None, 1, None,
            None, 0, 0, False, 0, False, 0, True)])  # fmt: skip
        insert(con, "fct_participant_weeks", [(*place, "2025-01", 0, start, is_over, True, 1, 1, 1,
            0.0, None, 0, 1)])  # fmt: skip
        insert(con, "fct_exposure_weeks", [
            (*place, "2025-01", 0, "cheer", "praise", "dialogue", met[0], 0.0),
            (*place, "2025-01", 0, "badge", "rewards", "dialogue", met[1], 0.0)])  # fmt: skip
    insert(con, "fct_exposures", [
        ("p1", start, 0, 0, "cheer", "offered", 5.0), ("p1", start, 0, 0, "cheer", "seen", 4.0),
        ("p2", start, 0, 0, "cheer", "offered", 1.0)])  # fmt: skip
    return con


def test_categories_add_their_features_up_and_zeros_count(small):
    row = reads.exposure_by_category(small, LOCAL, Filters()).row(0, named=True)
    assert (row["group_label"], row["mean_exposures"]) == ("Dialogue support", 3.0)
    assert (row["n_participants"], row["n_exposed"], row["n_open"]) == (2, 1, 1)


def test_features_are_in_the_order_of_the_study_file(small):
    frame = reads.exposure_by_feature(small, LOCAL, Filters())
    assert frame.select("group_id", "mean_exposures").rows() == [("cheer", 2.0), ("badge", 1.0)]


def test_a_viewer_gets_the_own_sites_only(small):
    second = Viewer(account="x", role="trial", sites=frozenset({"s2"}))
    frame = reads.exposure_by_feature(small, second, Filters())
    assert frame["mean_exposures"].to_list() == [0.0, 0.0]
    funnel = reads.exposure_funnel(small, second, Filters())
    assert funnel["n_exposures"].to_list() == [1.0, 0.0, 0.0]


def test_stages_never_reached_are_rows_with_zero(small):
    frame = reads.exposure_funnel(small, LOCAL, Filters())
    found = frame.select("feature_id", "stage", "n_exposures", "n_participants", "n_in_scope")
    assert found.rows() == [
        ("cheer", "offered", 6.0, 2, 2),
        ("cheer", "seen", 4.0, 1, 2),
        ("badge", "seen", 0.0, 0, 2),
    ]
    assert frame["is_exposure"].to_list() == [False, True, True]


def test_weeks_outside_the_filter_do_not_count(small):
    later = Filters(first_week=1)
    assert reads.exposure_by_category(small, LOCAL, later).is_empty()
    assert reads.exposure_funnel(small, LOCAL, later)["n_exposures"].sum() == 0


def test_a_hypothesis_on_a_principle_holds_for_its_features(small):
    assert reads.hypothesised_links(small, LOCAL).rows() == [("cheer", "bond")]


def test_the_catalogue_follows_categories_then_features(con):
    frame = reads.feature_catalogue(con, LOCAL)
    assert frame.height == 6
    assert frame["category_position"].is_sorted()
