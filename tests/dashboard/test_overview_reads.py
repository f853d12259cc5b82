"""The Overview's reads: rows in, rows out."""

from datetime import date, datetime

import polars as pl
import pytest
from scipy.stats import binomtest

from access.viewer import Viewer, local_viewer
from queries import data, overview
from queries.facts import filter_choices
from queries.filters import Filters
from tests.dashboard.mart_fixture import N_PARTICIPANTS, empty_mart, insert, invented

ALL = Filters()
BATH_ONLY = Viewer(account="b", role="trial", sites=frozenset({"bath"}))


@pytest.fixture
def bare():
    """A study as of 2025-02-01, 12 planned weeks, unused after 14 days; no participants yet."""
    con = empty_mart()
    insert(con, "dim_study", [("s", "S", "UTC", "enrolled", "from_day_zero", 12, 11, 1800, 600, 14,
        True, "why", 10)])  # fmt: skip
    insert(con, "dim_build", [("b", datetime(2025, 2, 3), "h", "0", datetime(2025, 2, 1, 9),
        date(2025, 2, 1))])  # fmt: skip
    insert(con, "dim_weeks", [(week,) for week in range(12)])
    yield con
    con.close()


def person(name, *, day_zero, last_use=None, withdrawn=None, site="bath", arm="a"):
    return (name, arm, site, day_zero, f"{day_zero:%Y-%m}", day_zero, withdrawn, None, 1, last_use,
        last_use, 0, 0, False, 0, False, 0, last_use is not None)  # fmt: skip


def rows(frame: pl.DataFrame, *names: str) -> list[tuple]:
    return frame.select(names).rows()


def test_key_numbers_carry_their_denominators(con):
    frame = overview.key_numbers(con, local_viewer(), ALL)
    people = invented()
    left = sum(p.withdrawn is not None for p in people)
    assert rows(frame, "measure", "n", "n_of")[:2] == [
        ("enrolled", N_PARTICIPANTS, N_PARTICIPANTS),
        ("in_study", N_PARTICIPANTS - left, N_PARTICIPANTS),
    ]
    assert frame["measure"].to_list()[2:] == ["active", "adherent", "sessions", "surveys"]


def test_open_and_excused_obligations_are_neither_done_nor_missed(bare):
    insert(bare, "fct_participants", [person("p1", day_zero=date(2025, 1, 1))])
    ledger = [
        (f"o{i}", "p1", "session", None, None, 0, i, day := date(2025, 1, 7), day, day, None, None,
         None, status)
        for i, status in enumerate(["done", "late", "missed", "open", "excused"])
    ]  # fmt: skip
    insert(bare, "fct_ledger", ledger)
    frame = overview.key_numbers(bare, local_viewer(), ALL)
    assert ("sessions", 2, 3) in rows(frame, "measure", "n", "n_of")
    assert "surveys" not in frame["measure"].to_list()


def test_recent_use_counts_those_in_their_planned_weeks_only(bare):
    in_time, over = date(2025, 1, 1), date(2024, 10, 1)
    insert(bare, "fct_participants", [
        person("p1", day_zero=in_time, last_use=date(2025, 1, 26)),
        person("p2", day_zero=in_time, last_use=date(2025, 1, 25)),
        person("p3", day_zero=over, last_use=date(2025, 1, 30)),
        person("p4", day_zero=in_time, last_use=date(2025, 1, 30), withdrawn=date(2025, 1, 31)),
    ])  # fmt: skip
    insert(bare, "fct_participant_days", [
        ("p1", date(2025, 1, 26), 25, 3, 1, 1, 0.0),
        ("p2", date(2025, 1, 25), 24, 3, 1, 1, 0.0),
        ("p3", date(2025, 1, 30), 99, 14, 1, 1, 0.0),
        ("p4", date(2025, 1, 30), 29, 4, 1, 1, 0.0),
    ])  # fmt: skip
    frame = overview.key_numbers(bare, local_viewer(), ALL)
    assert ("active", 1, 2) in rows(frame, "measure", "n", "n_of")


def test_attention_names_who_went_silent_and_who_never_came(bare):
    insert(bare, "fct_participants", [
        person("at-limit", day_zero=date(2025, 1, 1), last_use=date(2025, 1, 18)),
        person("below-limit", day_zero=date(2025, 1, 1), last_use=date(2025, 1, 19)),
        person("never", day_zero=date(2025, 1, 10)),
        person("new", day_zero=date(2025, 1, 30)),
        person("gone", day_zero=date(2025, 1, 1), withdrawn=date(2025, 1, 9)),
        person("finished", day_zero=date(2024, 11, 9), last_use=date(2024, 12, 1)),
    ])  # fmt: skip
    frame = overview.attention(bare, local_viewer(), ALL)
    assert rows(frame, "kind", "participant_id", "days") == [
        ("never_used", "never", 22),
        ("no_use", "at-limit", 14),
    ]


def test_attention_counts_overdue_surveys_per_participant(bare):
    day = date(2025, 1, 30)
    insert(bare, "fct_participants", [person("p1", day_zero=date(2025, 1, 25), last_use=day)])
    insert(bare, "fct_ledger", [
        (f"o{i}", "p1", "survey", "dta5", f"s{i}", 0, i, due, due, date(2025, 2, 5), None, None,
         None, status)
        for i, (due, status) in enumerate([
            (date(2025, 1, 29), "open"), (date(2025, 1, 30), "open"), (date(2025, 2, 1), "open"),
            (date(2025, 1, 20), "missed"),
        ])
    ])  # fmt: skip
    frame = overview.attention(bare, local_viewer(), ALL)
    assert rows(frame, "kind", "n", "days") == [("overdue_survey", 2, 3)]


def test_attention_says_one_per_cent_is_enough(bare):
    def receipt(name, status, read, rejected):
        return ("l", name, "s", "events", name, status, read, read - rejected, 0, rejected, 0, 0.1,
            datetime(2025, 2, 2), None)  # fmt: skip

    insert(bare, "fct_receipts", [
        receipt("fine.csv", "loaded", 1000, 10),
        receipt("bad.csv", "loaded", 1000, 11),
        receipt("broken.csv", "failed", 0, 0),
    ])  # fmt: skip
    frame = overview.attention(bare, local_viewer(), ALL)
    assert rows(frame, "kind", "subject") == [
        ("failed_file", "broken.csv"),
        ("rejected_rows", "bad.csv"),
    ]


def test_weeks_of_activity_count_back_from_the_as_of_day(bare):
    insert(bare, "fct_participants", [
        person("p1", day_zero=date(2025, 1, 26)),
        person("p2", day_zero=date(2025, 1, 1), withdrawn=date(2025, 1, 25)),
    ])  # fmt: skip
    insert(bare, "fct_participant_days", [
        ("p1", date(2025, 1, 26), 0, 0, 1, 1, 0.0), ("p1", date(2025, 1, 27), 1, 0, 1, 1, 0.0),
    ])  # fmt: skip
    frame = overview.activity_by_week(bare, local_viewer(), ALL).tail(2)
    assert rows(frame, "window_start", "window_end", "n_in_study", "n_active") == [
        (date(2025, 1, 19), date(2025, 1, 25), 1, 0),
        (date(2025, 1, 26), date(2025, 2, 1), 1, 1),
    ]


def test_adherence_is_the_first_definition_with_wilson_s_interval(bare):
    insert(bare, "dim_adherence", [("second", "B", "r", 1.0, 1.0, "", 1),
        ("first", "A", "r", 1.0, 1.0, "", 0)])  # fmt: skip
    insert(bare, "dim_arms", [("a", "Arm A", "Group A", 1.0, 0)])
    insert(bare, "fct_participants",
        [person(f"p{i}", day_zero=date(2025, 1, 1)) for i in range(11)])  # fmt: skip
    insert(bare, "fct_adherence", [(f"p{i}", "first", 1.0, True, i < 8) for i in range(10)]
        + [("p10", "first", None, False, None), ("p0", "second", 0.0, True, False)])  # fmt: skip
    row = overview.adherence_to_date(bare, local_viewer(), ALL).row(0, named=True)
    assert (row["definition_label"], row["n_evaluable"], row["n_yes"]) == ("A", 10, 8)
    wilson = binomtest(8, 10).proportion_ci(method="wilson")
    assert (row["low"], row["high"]) == pytest.approx((wilson.low, wilson.high), abs=1e-6)


def test_without_intended_use_it_is_called_usage(bare):
    bare.execute("update dim_study set has_intended_use = false")
    insert(bare, "fct_participant_weeks", [
        ("p1", None, None, "2025-01", week, date(2025, 1, 1), week < 4, week < 2, 1, 1, 1, 1.0,
         None, None, 0)
        for week in range(5)
    ])  # fmt: skip
    row = overview.adherence_to_date(bare, local_viewer(), ALL).row(0, named=True)
    assert (row["definition_label"], row["arm_label"]) == ("Weeks with any use", "All participants")
    assert (row["n_evaluable"], row["share"], row["low"], row["n_yes"]) == (1, 0.5, None, None)


def test_a_viewer_sees_the_own_site_only(con):
    wide = Filters(sites=("bath", "london"))
    frame = overview.recruitment(con, BATH_ONLY, wide)
    assert frame["site_id"].unique().to_list() == ["bath"]
    assert overview.key_numbers(con, BATH_ONLY, ALL)["n"][0] == N_PARTICIPANTS // 2
    assert overview.recruitment(con, BATH_ONLY, Filters(sites=("london",))).is_empty()


def test_a_masked_viewer_is_offered_no_arms(con):
    offered = filter_choices(con, BATH_ONLY)
    assert offered.filter(pl.col("kind") == "arm").is_empty()
    assert offered.filter(pl.col("kind") == "site")["choice"].to_list() == ["bath"]
    all_kinds = filter_choices(con, local_viewer())["kind"].unique().sort().to_list()
    assert all_kinds == ["arm", "cohort", "dimension", "site"]


def test_rejections_are_summed_per_rule_and_point_to_the_worst_place(bare):
    insert(bare, "fct_rejections", [
        ("app", "a.csv", "bad_time", "t", 3, "row 1, row 2", "a time", False),
        ("app", "b.csv", "bad_time", "t", 9, "row 7", "a time", False),
        ("app", "b.csv", "bad_row", None, 1, "row 4", None, False),
        ("pro", "c.csv", "out_of_range", "q1", 2, "row 2", "1 to 7", True),
    ])  # fmt: skip
    frame = data.rejections(bare, local_viewer(), ALL)
    assert rows(frame, "rule", "refused", "n_rows", "n_files", "source_file", "example_rows") == [
        ("bad_time", "row", 12, 2, "b.csv", "row 7"),
        ("out_of_range", "answer", 2, 1, "c.csv", "row 2"),
        ("bad_row", "row", 1, 1, "b.csv", "row 4"),
    ]


def test_activity_reaches_back_to_the_first_participant(bare):
    insert(bare, "fct_participants", [person("p1", day_zero=date(2024, 1, 1))])
    frame = overview.activity_by_week(bare, local_viewer(), ALL)
    assert frame["window_end"].min() == date(2024, 1, 6)
    assert frame.height == 57
    assert frame["window_end"].is_unique().all()
