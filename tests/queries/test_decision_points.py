"""Deliveries whose version chance decided, and the sessions around them."""

import pytest

from access.viewer import local_viewer
from queries.decision_points import decision_points
from queries.filters import Filters
from tests.queries.spec import expect, insert, make, reach, set_study


@pytest.fixture(autouse=True)
def study(con):
    set_study(con, planned_weeks=6)
    insert(
        con,
        "raw.roster",
        """
        participant_id | enrolled_date | arm_id
        p1             | 2025-03-01    | a
        p2             | 2025-03-01    | a
    """,
    )
    insert(con, "dim_features", "feature_id | exposure_stage\nreminder | delivered")
    insert(
        con,
        "dim_feature_events",
        """
        feature_id | stage     | event_like
        reminder   | delivered | sent
        reminder   | seen      | tapped
    """,
    )
    insert(
        con,
        "dim_variants",
        """
        variant_id | feature_id | property | property_value | probability
        plain      | reminder   | wording  | plain          | 0.4
        warm       | reminder   | wording  | warm           | 0.6
    """,
    )
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at      | event_name | properties
        p1             | 2025-03-02 08:00 | opened     | {}
        p1             | 2025-03-03 10:00 | sent       | {"wording": "warm"}
        p1             | 2025-03-03 10:30 | tapped     | {"wording": "warm"}
        p1             | 2025-03-05 10:00 | sent       | {"wording": "plain"}
        p2             | 2025-03-04 10:00 | sent       | {"wording": "odd"}
        p2             | 2025-03-04 12:00 | opened     | {}
        p2             | 2025-03-09 18:00 | sent       | {"wording": "warm"}
    """,
    )
    reach(con, "2025-03-10")


def test_one_row_a_delivery_with_the_sessions_around_it(con):
    expect(
        con,
        "fct_decision_points",
        """
        participant_id | delivered_at        | study_day | study_week | variant_id | probability | previous_session_at | next_session_at
        p1             | 2025-03-03 10:00:00 | 2         | 0          | warm       | 0.6         | 2025-03-02 08:00:00 | 2025-03-03 10:30:00
        p1             | 2025-03-05 10:00:00 | 4         | 0          | plain      | 0.4         | 2025-03-03 10:30:00 |
        p2             | 2025-03-04 10:00:00 | 3         | 0          |            |             |                     | 2025-03-04 12:00:00
        p2             | 2025-03-09 18:00:00 | 8         | 1          | warm       | 0.6         | 2025-03-04 12:00:00 |
    """,
    )


def read(con, **options):
    make(con, "fct_decision_points", "fct_participants")
    return decision_points(con, local_viewer(), Filters(**options), feature="reminder")


def test_the_outcome_is_yes_no_or_not_known_yet(con):
    """The data end on the 10th at 0:00: the last delivery was followed for six hours only."""
    rows = read(con)
    assert rows["has_session"].to_list() == [True, False, True, None]
    assert rows["silent_hours"].to_list() == [26.0, 47.5, None, 126.0]


def test_a_shorter_window_counts_less_and_knows_more(con):
    make(con, "fct_decision_points", "fct_participants")
    rows = decision_points(con, local_viewer(), Filters(), feature="reminder", window_minutes=60)
    assert rows["has_session"].to_list() == [True, False, False, False]


def test_filters_and_features(con):
    assert len(read(con, first_week=1)) == 1
    assert len(read(con, arms=("b",))) == 0
    assert decision_points(con, local_viewer(), Filters(), feature="praise").is_empty()


def test_an_event_that_fits_two_versions_says_nothing(con):
    insert(
        con,
        "dim_variants",
        "variant_id | feature_id | property | property_value | probability\n"
        "warm2 | reminder | wording | warm | 0.1",
    )
    assert read(con)["variant_id"].to_list() == [None, "plain", None, None]


def test_variants_that_chance_did_not_decide_make_no_decision_points(con):
    con.execute("update dim_variants set is_randomised = false")
    assert read(con).is_empty()
