"""Reads of the Participant page, and what stands between them and the figures."""

import math
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from access.viewer import Viewer, local_viewer
from dashboard.participant_log import SCHEMA, log
from dashboard.participant_summary import summary
from dashboard.reliable_change import bands
from queries import participant as reads
from queries.filters import Filters
from tests.dashboard.mart_fixture import empty_mart
from tests.dashboard.test_adherence_reads import put

LOCAL, ALL = local_viewer(), Filters()
ZERO, AS_OF = date(2025, 1, 6), date(2025, 3, 1)


def person(con, pid="p1", site="s1", **values):
    given = {"weeks_at_risk": 8, "n_sessions": 3, "n_active_days": 2, "day_zero": ZERO,
        "enrolled_date": ZERO, "first_use_date": ZERO, "last_use_date": AS_OF - timedelta(days=2),
        "arm_id": "a", "cohort": "2025-01"} | values  # fmt: skip
    put(con, "fct_participants", participant_id=pid, site_id=site, **given)


@pytest.fixture
def small():
    con = empty_mart()
    put(con, "dim_study", study_id="s", title="S", planned_weeks=12, nonusage_days=14)
    put(con, "dim_build", build_id="b", as_of_at=datetime(2025, 3, 1, 12), as_of_date=AS_OF)
    put(con, "dim_arms", arm_id="a", label="Arm a", masked_label="Group A", position=0)
    put(con, "dim_sites", site_id="s1", label="First", position=0)
    put(con, "dim_features", feature_id="f", label="Feature", category_id="dialogue",
        exposure_stage="seen", position=0)  # fmt: skip
    for position, name in enumerate(("bond", "alliance")):
        put(con, "dim_dimensions", dimension_id=name, label=name.capitalize(), position=position)
    put(con, "dim_scales", instrument_id="i", scale_id="total", label="Total", reliability=0.75,
        reliability_kind="retest", sd=1.0)  # fmt: skip
    put(con, "dim_scales", instrument_id="i", scale_id="bond", label="Bond", sd=1.0)
    return con


def scored(con, day, score, *, dimension="alliance", pid="p1", complete=True):
    scale = "total" if dimension == "alliance" else dimension
    put(con, "fct_dimension_scores", participant_id=pid, dimension_id=dimension, instrument_id="i",
        scale_id=scale, occasion_id=f"o{day}", answered_at=datetime(2025, 1, 6) + timedelta(days=day),
        study_day=day, study_week=day // 7, score=score, n_items_answered=5 if complete else 4,
        n_items=5, is_complete=complete, low=1.0, high=7.0)  # fmt: skip


def owed(con, number, status, kind="session", pid="p1"):
    put(con, "fct_ledger", obligation_id=f"{pid}{kind}{number}", participant_id=pid, kind=kind,
        study_week=number, sequence=1, due_date=ZERO + timedelta(days=7 * number + 6),
        status=status)  # fmt: skip


def told(con, pid="p1", filters=ALL):
    frame = summary(
        reads.facts(con, LOCAL, filters, pid),
        reads.ledger(con, LOCAL, filters, pid),
        reads.scores(con, LOCAL, filters, pid),
    )
    facts = dict(frame.filter(kind="fact").select("label", "text").rows())
    return facts, frame.filter(kind="sentence")["text"].to_list()


@pytest.mark.parametrize(
    ("viewer", "filters", "is_seen"),
    [
        (LOCAL, ALL, True),
        (LOCAL, Filters(sites=("elsewhere",)), False),
        (LOCAL, Filters(arms=("b",)), False),
        (Viewer("x", "clinician", participants=frozenset({"p1"})), ALL, True),
        (Viewer("x", "clinician", participants=frozenset({"p2"})), ALL, False),
        (Viewer("x", "trial", sites=frozenset({"s2"})), ALL, False),
    ],
)
def test_a_participant_is_seen_only_by_who_may_see_them(small, viewer, filters, is_seen):
    person(small)
    scored(small, 7, 4.0)
    owed(small, 0, "done")
    put(small, "fct_sessions", participant_id="p1", session_number=1, study_day=0, study_week=0)
    put(small, "fct_exposures", participant_id="p1", feature_id="f", stage="seen", study_day=0,
        study_week=0, n_exposures=1.0)  # fmt: skip
    for read in (reads.facts, reads.sessions, reads.exposures, reads.scores, reads.ledger):
        assert read(small, viewer, filters, "p1").height == int(is_seen), read.__name__
    assert reads.choices(small, viewer, filters).height == int(is_seen)


def test_a_masked_viewer_reads_the_masked_arm(small):
    person(small)
    masked = Viewer("x", "trial", edition="masked")
    assert reads.facts(small, masked, ALL, "p1")["arm_label"].to_list() == ["Group A"]
    assert reads.choices(small, masked, ALL)["arm_label"].to_list() == ["Group A"]


def test_only_the_stage_that_counts_is_an_exposure(small):
    person(small)
    for stage, count in (("delivered", 5.0), ("seen", 2.0)):
        put(small, "fct_exposures", participant_id="p1", feature_id="f", stage=stage, study_day=3,
            study_week=0, n_exposures=count)  # fmt: skip
    frame = reads.exposures(small, LOCAL, ALL, "p1")
    assert frame.select("stage", "n_exposures").rows() == [("seen", 2.0)]


def test_due_days_count_from_day_zero(small):
    person(small)
    owed(small, 1, "missed")
    assert reads.ledger(small, LOCAL, ALL, "p1")["due_day"].to_list() == [13]


def test_sentences_name_what_was_due_so_far_apart_from_what_is_open(small):
    person(small)
    for number, status in enumerate(("done", "done", "missed", "done", "open", "excused")):
        owed(small, number, status)
    owed(small, 3, "late", kind="survey")
    facts, sentences = told(small)
    assert sentences == [
        "3 of 4 sessions due so far were done; 1 still open; 1 excused.",
        "1 of 1 surveys due so far were filled in; 1 after the window.",
        "3 sessions of use on 2 days; last use 2 days before the data end.",
    ]
    assert facts["Study day at the data end"] == "54"
    assert facts["Status"] == "In the planned weeks"
    assert facts["Weeks at risk"] == "8 of 12 planned"


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"withdrawn_date": date(2025, 2, 3), "withdrawal_kind": "stopped_app"},
         "Withdrawn on 3 Feb 2025 (stopped app)"),
        ({"day_zero": date(2024, 11, 1)}, "Planned weeks are over"),
        ({"day_zero": date(2025, 4, 1)}, "Day 0 is still to come"),
        ({"day_zero": None}, "Day 0 not known"),
    ],
)  # fmt: skip
def test_the_status_is_told_in_words(small, values, status):
    person(small, **values)
    assert told(small)[0]["Status"] == status


def test_without_use_or_anything_due_only_that_is_said(small):
    person(small, last_use_date=None, first_use_date=None, n_sessions=0, n_active_days=0)
    assert told(small)[1] == ["No use of the app is in the data."]


def test_the_latest_score_is_placed_against_the_band(small):
    person(small)
    scored(small, 7, 3.0)
    scored(small, 14, 4.5)
    # 1.96 · 1 · √2 · √(1 − 0.75) = 1.386
    assert told(small)[1][-1] == (
        "Latest Alliance score: 4.5 (scale 1 to 7) on study day 14, outside the reliable-change "
        "band around the first score (3.0 ± 1.4)."
    )


def test_nobody_gives_nothing(small):
    assert told(small, "nobody") == ({}, [])


def test_the_band_is_that_of_jacobson_and_truax(small):
    person(small)
    scored(small, 7, None, complete=False)
    scored(small, 14, 4.0)
    scored(small, 21, 5.0)
    row = bands(reads.scores(small, LOCAL, ALL, "p1")).row(0, named=True)
    half = 1.959963984540054 * 1.0 * math.sqrt(2) * math.sqrt(1 - 0.75)
    assert row["half_width"] == pytest.approx(half)
    assert (row["first_day"], row["first_score"]) == (14, 4.0)
    assert (row["band_low"], row["band_high"]) == pytest.approx((4 - half, 4 + half))
    assert row["band_note"] == "Band: first score ± 1.39 (reliability 0.75, sd 1.0)"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"reliability_kind": "alpha"}, "alpha stands in for a test-retest reliability"),
        ({"reliability": None}, "No band: the study file gives no reliability of this scale."),
        ({"sd": None}, "No band: the study file gives no sd of this scale."),
        ({"sd": None, "reliability": None}, "neither reliability nor sd"),
        ({"score": None}, "No band: no score yet."),
    ],
)
def test_a_missing_band_says_why_and_alpha_is_named(small, values, words):
    person(small)
    scored(small, 7, 4.0)
    frame = reads.scores(small, LOCAL, ALL, "p1")
    typed = {name: pl.lit(value, frame.schema[name]) for name, value in values.items()}
    row = bands(frame.with_columns(**typed)).row(0, named=True)
    assert words in row["band_note"]
    has_band = "reliability_kind" in values
    assert (row["band_low"] is not None) == has_band


def everything(con, filters=ALL):
    return log(
        reads.facts(con, LOCAL, filters, "p1"),
        reads.sessions(con, LOCAL, filters, "p1"),
        reads.exposures(con, LOCAL, filters, "p1"),
        reads.scores(con, LOCAL, filters, "p1"),
        reads.ledger(con, LOCAL, filters, "p1"),
    )


def test_the_log_puts_everything_on_the_participants_days(small):
    person(small, withdrawn_date=ZERO + timedelta(days=30), withdrawal_kind="dropout")
    owed(small, 0, "done")
    for number, length in ((1, 90.0), (2, None)):
        put(small, "fct_sessions", participant_id="p1", session_number=number, study_day=number,
            study_week=0, started_at=datetime(2025, 1, 7, 9, 5), n_events=number, duration_s=length,
            is_single_event=length is None)  # fmt: skip
    put(small, "fct_exposures", participant_id="p1", feature_id="f", stage="seen", study_day=1,
        study_week=0, n_exposures=2.0)  # fmt: skip
    scored(small, 7, 4.0, complete=False)
    scored(small, 14, None)
    frame = everything(small)
    assert frame.select("kind", "study_day", "value", "status").rows() == [
        ("due", 6, None, "done"),
        ("session", 1, 1.5, None),
        ("session", 2, None, "single"),
        ("exposure", 1, 2.0, "seen"),
        ("score", 7, 4.0, "incomplete"),
        ("mark", 54, None, None),
        ("mark", 30, None, None),
    ]
    assert frame["detail"][1] == "Session 1, began 09:05 UTC, 1 event"
    assert frame["detail"][-1] == "5 Feb 2025 · dropout"


def test_the_log_of_nobody_has_no_rows(small):
    frame = everything(small)
    assert frame.is_empty()
    assert frame.columns == list(SCHEMA)


def test_weeks_cut_use_and_dues_but_not_scores_that_begin_a_band(small):
    person(small)
    for number in range(4):
        owed(small, number, "done")
        scored(small, 7 * number, 4.0)
    filters = Filters(first_week=2, last_week=3)
    assert reads.ledger(small, LOCAL, filters, "p1")["study_week"].to_list() == [2, 3]
    assert reads.scores(small, LOCAL, filters, "p1").height == 4
