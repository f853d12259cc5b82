import pytest

from access.viewer import local_viewer
from queries import model_frames
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
    insert(con, "dim_features", "feature_id | exposure_stage\npraise | seen")
    insert(
        con,
        "dim_feature_events",
        """
        feature_id | stage | event_like
        praise     | seen  | shown
        praise     | acted | tapped
    """,
    )
    insert(con, "dim_items", "item_id\n1\n2")
    insert(con, "dim_scales", "scale_id | min_items | n_items\ntotal | 2 | 2")
    insert(con, "dim_scale_items", "scale_id | item_id\ntotal | 1\ntotal | 2")
    insert(con, "dim_dimensions", "dimension_id | is_total\nalliance | true")
    insert(con, "dim_dimension_scales", "dimension_id | scale_id\nalliance | total")


def events(con, *rows):
    lines = "\n".join(rows)
    insert(con, "raw.events", f"participant_id | occurred_at | event_name\n{lines}")


def survey(con, participant, day, score, n_items=2):
    rows = "\n".join(
        f"{participant} | {day} 12:00 | {item} | {score}" for item in range(1, n_items + 1)
    )
    insert(con, "raw.answers", f"participant_id | answered_at | item_id | value\n{rows}")


def test_the_window_ends_the_day_before_the_survey(con):
    events(
        con,
        "p1 | 2025-03-01 00:00 | other",
        "p1 | 2025-03-02 10:00 | shown",
        "p1 | 2025-03-03 10:00 | shown",
        "p1 | 2025-03-03 10:01 | tapped",
        "p1 | 2025-03-09 10:00 | shown",
        "p1 | 2025-03-10 11:59 | shown",
        "p2 | 2025-03-05 10:00 | shown",
    )
    survey(con, "p1", "2025-03-10", 4)
    expect(
        con,
        "model_rows",
        """
        participant_id | study_week | weeks    | score | n_exposures | n_window_sessions | is_covered | exposure_rate | window_days
        p1             | 1          | 1.285714 | 4     | 2           | 2                 | true       | 1             | 7
    """,
    )


def test_a_week_without_use_is_zero_exposure_and_has_no_rate(con):
    events(con, "p1 | 2025-03-01 10:00 | other", "p2 | 2025-03-20 10:00 | other")
    survey(con, "p1", "2025-03-12", 4)
    expect(
        con,
        "model_rows",
        """
        n_exposures | n_window_sessions | exposure_rate | is_covered
        0           | 0                 |               | true
    """,
    )


def test_a_window_that_is_not_covered_knows_nothing(con):
    # The log reaches from 2 to 20 March, whose last day is seen in part; day 0 is 1 March.
    reach(con, "2025-03-20")
    events(
        con,
        "p2 | 2025-03-02 10:00 | shown",
        "p1 | 2025-03-19 10:00 | shown",
        "p1 | 2025-03-20 10:00 | shown",
    )
    survey(con, "p1", "2025-03-04", 1)  # reaches before day 0
    survey(con, "p1", "2025-03-08", 2)  # day 0 to 6, but the log begins on day 1
    survey(con, "p1", "2025-03-09", 3)  # day 1 to 7
    survey(con, "p1", "2025-03-20", 4)  # ends on the last whole day of the log
    survey(con, "p1", "2025-03-21", 5)  # ends on the day that was seen in part
    expect(
        con,
        "model_rows",
        """
        score | is_covered | n_exposures | n_window_sessions | within | "between"
        1     | false      |             |                   |        |
        2     | false      |             |                   |        |
        3     | true       | 0           | 0                 | -0.5   | 0
        4     | true       | 1           | 1                 | 0.5    | 0
        5     | false      |             |                   |        |
    """,
    )


def test_the_whole_day_of_a_lock_is_covered_and_no_later_one(con):
    reach(con, "2025-03-20", lock=True)
    events(con, "p2 | 2025-03-02 10:00 | shown", "p1 | 2025-03-18 10:00 | shown")
    survey(con, "p1", "2025-03-20", 4)
    expect(con, "model_rows", "is_covered | n_exposures\ntrue | 1")


def test_parts_are_centred_on_analysed_rows_only(con):
    events(
        con,
        "p1 | 2025-03-01 10:00 | shown",
        *["p1 | 2025-03-10 10:00 | shown"] * 3,
        *["p1 | 2025-03-17 10:00 | shown"] * 100,
        *["p2 | 2025-03-10 10:00 | shown"] * 8,
        "p2 | 2025-03-29 10:00 | other",
    )
    survey(con, "p1", "2025-03-08", 3)  # 1 exposure
    survey(con, "p1", "2025-03-15", 4)  # 3 exposures
    survey(con, "p1", "2025-03-22", 5, n_items=1)  # 100 exposures, but no score
    survey(con, "p2", "2025-03-15", 6)  # 8 exposures
    # Own means over analysed rows: p1 2, p2 8; over all analysed rows (1 + 3 + 8) / 3 = 4.
    expect(
        con,
        "model_rows",
        """
        participant_id | score | previous_score | n_exposures | within | "between"
        p1             | 3     |                | 1           | -1     | -2
        p1             | 4     | 3              | 3           | 1      | -2
        p1             |       | 4              | 100         |        |
        p2             | 6     |                | 8           | 0      | 4
    """,
    )


def test_every_length_of_window_has_its_own_rows(con):
    con.execute("insert into dim_models values ('short', 'alliance', 2, 'count', 0)")
    con.execute("insert into dim_models values ('again', 'alliance', 7, 'rate', 0)")
    events(
        con,
        "p1 | 2025-03-01 10:00 | shown",
        "p1 | 2025-03-07 10:00 | shown",
        "p1 | 2025-03-09 10:00 | other",
    )
    survey(con, "p1", "2025-03-08", 3)
    expect(
        con,
        "model_rows",
        """
        window_days | n_exposures
        2           | 1
        7           | 2
    """,
    )


def test_weekly_rows_carry_the_week_before(con):
    set_study(con, planned_weeks=4)
    insert(
        con,
        "dim_intended_use",
        """
        arm_id | study_week | due_sessions
        a      | 0          | 1
        a      | 1          | 1
        a      | 2          | 0
        a      | 3          | 1
    """,
    )
    con.execute("delete from raw.roster where participant_id = 'p2'")
    events(
        con,
        "p1 | 2025-03-01 10:00 | shown",
        *["p1 | 2025-03-09 10:00 | shown"] * 9,
        *["p1 | 2025-03-16 10:00 | shown"] * 5,
    )
    survey(con, "p1", "2025-03-08", 3)
    survey(con, "p1", "2025-03-14", 4)
    survey(con, "p1", "2025-03-21", 5, n_items=1)
    # Analysed: weeks 1 and 3; week 2 has nothing due.
    expect(
        con,
        "model_weeks",
        """
        study_week | due_sessions | done_sessions | n_exposures_lag | within_lag | between_lag | alliance_lag | is_complete_week
        0          | 1            | 0             |                 |            |             |              | true
        1          | 1            | 0             | 1               | -2         | 0           |              | true
        2          | 0            | 0             | 9               |            |             | 4            | true
        3          | 1            | 0             | 5               | 2          | 0           | 4            | true
    """,
    )


def test_a_week_still_running_is_not_analysed(con):
    reach(con, "2025-03-10")
    set_study(con, has_intended_use=False)
    con.execute("delete from raw.roster where participant_id = 'p2'")
    events(con, "p1 | 2025-03-01 10:00 | shown")
    expect(
        con,
        "model_weeks",
        """
        study_week | due_sessions | n_exposures_lag | within_lag | is_complete_week
        0          |              |                 |            | true
        1          |              | 1               |            | false
    """,
    )


def test_a_lag_moves_the_whole_window_away_from_the_survey(con):
    con.execute("insert into dim_models values ('lag', 'alliance', 2, 'count', 3)")
    con.execute("insert into dim_models values ('wrong', 'alliance', 2, 'count', -5)")
    events(
        con,
        "p1 | 2025-03-01 10:00 | shown",
        "p1 | 2025-03-05 10:00 | shown",
        "p1 | 2025-03-06 10:00 | shown",
        "p1 | 2025-03-07 10:00 | shown",
        "p1 | 2025-03-09 10:00 | shown",
        "p1 | 2025-03-10 10:00 | shown",
        "p1 | 2025-03-11 10:00 | shown",
        "p1 | 2025-03-12 10:00 | shown",
        "p2 | 2025-03-29 10:00 | other",
    )
    survey(con, "p1", "2025-03-10", 4)
    # Two days that end on 6 March with three days between; a lag below 0 is none.
    expect(
        con,
        "model_rows",
        """
        window_days | lag_days | n_exposures | n_window_sessions | is_covered
        7           | 0        | 4           | 4                 | true
        2           | 3        | 2           | 2                 | true
        2           | 0        | 1           | 1                 | true
    """,
    )


def test_a_lag_keeps_its_window_covered_or_not_by_its_own_days(con):
    con.execute("delete from dim_models")
    con.execute("insert into dim_models values ('lag', 'alliance', 7, 'count', 3)")
    reach(con, "2025-03-20")
    events(con, "p1 | 2025-03-01 10:00 | shown", "p1 | 2025-03-20 10:00 | shown")
    survey(con, "p1", "2025-03-10", 1)  # the window begins before day 0
    survey(con, "p1", "2025-03-11", 2)
    survey(con, "p1", "2025-03-23", 3)  # the last whole day of the log is 19 March
    survey(con, "p1", "2025-03-24", 4)
    expect(
        con,
        "model_rows",
        """
        score | is_covered | n_exposures
        1     | false      |
        2     | true       | 1
        3     | true       | 0
        4     | false      |
    """,
    )


def test_weekly_rows_carry_sessions_of_the_weeks_before(con):
    set_study(con, planned_weeks=4)
    con.execute("delete from raw.roster where participant_id = 'p2'")
    events(
        con,
        "p1 | 2025-03-01 10:00 | shown",
        "p1 | 2025-03-02 10:00 | shown",
        "p1 | 2025-03-02 10:01 | shown",
        "p1 | 2025-03-16 10:00 | other",
    )
    expect(
        con,
        "model_weeks",
        """
        study_week | n_exposures_lag | n_sessions_lag | exposure_rate_lag | n_sessions_before
        0          |                 |                |                   |
        1          | 3               | 2              | 1.5               |
        2          | 0               | 0              |                   | 2
        3          | 0               | 1              | 0                 | 0
    """,
    )


class TestReads:
    """What a model is given."""

    @pytest.fixture
    def measured(self, con):
        """Two dimensions: the total, and flexibility by an instrument and occasions of its own."""
        insert(
            con, "dim_scales", "instrument_id | scale_id | min_items | n_items\nj | flex | 1 | 1"
        )
        insert(con, "dim_items", "instrument_id | item_id\nj | 1")
        insert(con, "dim_scale_items", "instrument_id | scale_id | item_id\nj | flex | 1")
        insert(con, "dim_dimensions", "dimension_id\nflexibility")
        insert(
            con,
            "dim_dimension_scales",
            "dimension_id | instrument_id | scale_id\nflexibility | j | flex",
        )
        events(con, "p1 | 2025-03-01 10:00 | shown", "p2 | 2025-03-29 10:00 | other")
        for day, score in (("2025-03-08", 3), ("2025-03-15", 4), ("2025-03-22", 5)):
            survey(con, "p1", day, score)
        survey(con, "p2", "2025-03-15", 6)
        insert(
            con,
            "raw.answers",
            """
            participant_id | answered_at      | instrument_id | item_id | value
            p1             | 2025-03-10 12:00 | j             | 1       | 2
            p1             | 2025-03-15 12:00 | j             | 1       | 7
            """,
        )
        make(con, "model_rows", "model_weeks", "fct_covariates")
        return con

    def test_the_moderator_is_its_last_score_up_to_the_occasion(self, measured):
        frame = model_frames.model_rows(
            measured, local_viewer(), Filters(), window_days=7, moderator="flexibility"
        )
        found = frame.select("participant_id", "score", "previous_score", "moderator_score")
        assert found.rows() == [
            ("p1", 3, None, None),
            ("p1", 4, 3, 7),
            ("p1", 5, 4, 7),
            ("p2", 6, None, None),
        ]

    def test_without_a_moderator_there_is_no_score_and_no_row_more(self, measured):
        frame = model_frames.model_rows(measured, local_viewer(), Filters(), window_days=7)
        assert frame["moderator_score"].is_null().all()
        assert frame.height == 4

    def test_a_lag_that_the_build_lacks_has_no_rows(self, measured):
        frame = model_frames.model_rows(
            measured, local_viewer(), Filters(), window_days=7, lag_days=1
        )
        assert frame.is_empty()

    def test_weeks_have_the_own_mean_of_the_moderator(self, measured):
        frame = model_frames.model_weeks(
            measured, local_viewer(), Filters(), moderator="flexibility"
        )
        own = dict(frame.select("participant_id", "moderator_score").unique().rows())
        assert own == {"p1": 4.5, "p2": None}

    def test_covariates_join_by_participant_and_are_null_where_unknown(self, measured):
        measured.execute(
            "insert into fct_covariates values ('p1', 'age', 41.5, null), ('p2', 'sex', null, 'f')"
        )
        frame = model_frames.model_rows(measured, local_viewer(), Filters(), window_days=7)
        kinds = {"age": "number", "sex": "category"}
        wide = model_frames.with_covariates(measured, local_viewer(), frame, kinds)
        assert wide.drop("covariate:age", "covariate:sex").equals(frame)
        assert wide.select("participant_id", "covariate:age", "covariate:sex").unique().sort(
            "participant_id"
        ).rows() == [("p1", 41.5, None), ("p2", None, "f")]
        assert model_frames.with_covariates(measured, local_viewer(), frame, {}) is frame


def test_covariates_come_from_the_roster_by_their_kind(con):
    con.execute("delete from raw.roster")
    con.execute(
        "insert into dim_covariates values ('age', 'Age', 'number', 0), ('sex', 'S', 'category', 1)"
    )
    con.execute(
        """
        insert into raw.roster (participant_id, properties, status) values
        ('p1', '{"covariate:age":"41.5","covariate:sex":"f","age":"9"}', 'loaded'),
        ('p2', '{"covariate:age":null,"covariate:sex":"1"}', 'loaded'),
        ('p3', null, 'loaded'),
        ('p4', '{"covariate:age":"1"}', 'rejected')
        """
    )
    expect(
        con,
        "fct_covariates",
        """
        participant_id | covariate_id | number_value | text_value
        p1             | age          | 41.5         |
        p1             | sex          |              | f
        p2             | sex          |              | 1
    """,
    )
