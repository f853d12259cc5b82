import pytest

from tests.queries.spec import expect, insert


@pytest.fixture(autouse=True)
def features(con):
    insert(
        con,
        "raw.roster",
        """
        participant_id | enrolled_date
        p1             | 2025-03-01
    """,
    )
    insert(
        con,
        "dim_features",
        """
        feature_id | exposure_stage | principle_id | category_id
        praise     | seen           | praise       | dialogue
        tips       | seen           | suggestion   | dialogue
    """,
    )


def patterns(con, text):
    insert(con, "dim_feature_events", text)


def test_stages_are_counted_apart_by_day_with_their_quantity(con):
    patterns(
        con,
        r"""
        feature_id | stage | event_like
        praise     | seen  | praise\_shown
        praise     | acted | praise\_tapped
        tips       | seen  | tip%
    """,
    )
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at      | event_name    | quantity
        p1             | 2025-02-28 10:00 | praise_shown  | 1
        p1             | 2025-03-01 10:00 | praise_shown  | 1
        p1             | 2025-03-01 11:00 | praise_shown  | 2
        p1             | 2025-03-01 12:00 | praise_tapped | 1
        p1             | 2025-03-08 12:00 | tip_of_day    | 0.5
        p1             | 2025-03-08 12:00 | a_tip         | 1
    """,
    )
    expect(
        con,
        "fct_exposures",
        """
        local_date | study_day | study_week | feature_id | stage | n_exposures
        2025-02-28 | -1        | -1         | praise     | seen  | 1
        2025-03-01 | 0         | 0          | praise     | seen  | 3
        2025-03-01 | 0         | 0          | praise     | acted | 1
        2025-03-08 | 7         | 1          | tips       | seen  | 0.5
    """,
    )
    expect(
        con,
        "fct_exposure_weeks",
        """
        study_week | feature_id | principle_id | n_exposures | n_acted
        0          | praise     | praise       | 3           | 1
        1          | praise     | praise       | 0           | 0
        2          | praise     | praise       | 0           | 0
        0          | tips       | suggestion   | 0           | 0
        1          | tips       | suggestion   | 0.5         | 0
        2          | tips       | suggestion   | 0           | 0
    """,
    )
    expect(
        con,
        "fct_participant_weeks",
        """
        study_week | n_distinct_features
        0          | 1
        1          | 1
        2          | 0
    """,
    )


def test_every_property_asked_for_must_have_its_value(con):
    patterns(
        con,
        """
        feature_id | stage | event_like | property | property_value
        praise     | seen  | shown      | kind     | praise
        praise     | seen  | shown      | place.at | end
        tips       | seen  | shown      | kind     | tip
    """,
    )
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at      | event_name | properties
        p1             | 2025-03-01 10:00 | shown      | {"kind": "praise", "place": {"at": "end"}}
        p1             | 2025-03-02 10:00 | shown      | {"kind": "praise", "place": {"at": "start"}}
        p1             | 2025-03-03 10:00 | shown      | {"kind": "praise"}
        p1             | 2025-03-04 10:00 | shown      | {"kind": "tip"}
        p1             | 2025-03-05 10:00 | shown      |
    """,
    )
    expect(
        con,
        "fct_exposures",
        """
        local_date | feature_id | n_exposures
        2025-03-01 | praise     | 1
        2025-03-04 | tips       | 1
    """,
    )


def test_a_dot_may_stand_in_the_name_of_a_property(con):
    patterns(
        con,
        """
        feature_id | stage | event_like | property | property_value
        praise     | seen  | shown      | place.at | end
    """,
    )
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at      | event_name | properties
        p1             | 2025-03-01 10:00 | shown      | {"place.at": "end"}
        p1             | 2025-03-02 10:00 | shown      | {"place.at": "start"}
        p1             | 2025-03-03 10:00 | shown      | {"place": {"at": "end"}}
    """,
    )
    expect(
        con,
        "fct_exposures",
        """
        local_date | feature_id | n_exposures
        2025-03-01 | praise     | 1
        2025-03-03 | praise     | 1
    """,
    )


def test_versions_are_compared_number_by_number_with_both_ends_included(con):
    patterns(
        con,
        """
        feature_id | stage | event_like | valid_from | valid_to
        praise     | seen  | shown      | 2.9        | 2.10.1
        tips       | seen  | shown      |            |
    """,
    )
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at      | event_name | app_version
        p1             | 2025-03-01 10:00 | shown      | 2.8.9
        p1             | 2025-03-02 10:00 | shown      | 2.9.0
        p1             | 2025-03-03 10:00 | shown      | 2.10.1
        p1             | 2025-03-04 10:00 | shown      | 2.10.2
        p1             | 2025-03-05 10:00 | shown      |
    """,
    )
    expect(
        con,
        "fct_exposures",
        """
        local_date
        2025-03-02
        2025-03-03
    """,
        "feature_id = 'praise'",
    )
    expect(
        con,
        "fct_exposures",
        """
        local_date
        2025-03-01
        2025-03-02
        2025-03-03
        2025-03-04
        2025-03-05
    """,
        "feature_id = 'tips'",
    )


def test_an_event_that_fits_two_stages_or_features_counts_for_each(con):
    patterns(
        con,
        """
        feature_id | stage | event_like
        praise     | seen  | shown
        praise     | acted | show%
        tips       | seen  | shown
    """,
    )
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at      | event_name
        p1             | 2025-03-01 10:00 | shown
    """,
    )
    expect(
        con,
        "fct_exposures",
        """
        feature_id | stage | n_exposures
        praise     | seen  | 1
        praise     | acted | 1
        tips       | seen  | 1
    """,
    )
