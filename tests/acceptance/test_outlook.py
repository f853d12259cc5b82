"""The sample trial's planted losses are found again, and its analyses stand on their own feet."""

import json
import math
from dataclasses import replace

import polars as pl
import pytest

from access.viewer import local_viewer
from etl.analyses import dropout, forecast, tipping
from etl.analyses.run import analyse
from models import analyses as kept
from models.dropout.answer import DropoutLens
from queries import model_frames, outlook
from queries.filters import Filters
from tests.conftest import HARBOUR
from warehouse.reader import MartReader

TRUTH = json.loads((HARBOUR / "truth.json").read_text(encoding="utf-8"))
TOTAL = replace(Filters(), dimension="alliance")


@pytest.fixture(scope="module")
def con(harbour):
    return MartReader(harbour.workspace).cursor()


def test_the_planted_hazard_ratios_of_alliance_are_found(harbour):
    outcome = analyse(harbour.study, harbour.workspace, only=["dropout"])
    assert outcome.faults == ()
    lens = kept.saved(harbour.workspace.results, "dropout", DropoutLens).result
    planted = {
        "dropout": TRUTH["attrition"]["log_hazard_ratio_per_alliance_point"],
        "nonusage": TRUTH["attrition"]["log_hazard_ratio_of_fading"],
    }
    for one in lens.outcomes:
        alliance = next(t for t in one.terms if (t.term, t.adjustment) == ("alliance", "alone"))
        assert alliance.ratio_low < math.exp(planted[one.outcome]) < alliance.ratio_high
        assert one.n_participants + one.n_unknown <= TRUTH["participants"]
    leaving = next(one for one in lens.outcomes if one.outcome == "dropout")
    assert leaving.n_events == 51
    alliance = next(t for t in leaving.terms if (t.term, t.adjustment) == ("alliance", "alone"))
    assert alliance.ratio_high < 1


def test_the_schedule_adds_up_for_everybody(harbour, con):
    surveys = outlook.surveys(con, local_viewer(), TOTAL)
    assert surveys.height == TRUTH["participants"] * 11
    answered = surveys.filter(pl.col("occasion_id").is_not_null())
    assert set(answered["status"]) <= {"done", "late"}
    rows = model_frames.model_rows(con, local_viewer(), TOTAL, window_days=7)
    occasions = rows.select("participant_id", "occasion_id").unique()
    joined = occasions.join(answered, on=["participant_id", "occasion_id"], how="semi")
    assert joined.height == answered.height
    assert not surveys.filter(pl.col("status") == "missed")["is_past"].not_().any()
    assert not surveys.filter(pl.col("status") == "coming")["is_past"].any()


def test_exposures_before_missed_surveys_are_those_of_the_log(harbour, con):
    """For one feature, counted anew from its daily exposures."""
    missed = outlook.missed(con, local_viewer(), TOTAL, window_days=7, lag_days=0)
    ledger = con.sql(
        "select participant_id, survey_id as occasion_id, due_date from fct_ledger "
        "where kind = 'survey' and instrument_id = 'dta5' and status = 'missed'"
    ).pl()
    assert missed.select("participant_id", "occasion_id").n_unique() == ledger.height
    daily = con.sql(
        "select participant_id, local_date, n_exposures from fct_exposures "
        "where feature_id = 'coach' and stage = 'seen'"
    ).pl()
    counted = (
        ledger.join(daily, on="participant_id")
        .filter(
            pl.col("local_date") < pl.col("due_date"),
            pl.col("local_date") >= pl.col("due_date") - pl.duration(days=7),
        )
        .group_by("participant_id", "occasion_id")
        .agg(pl.col("n_exposures").sum().cast(pl.Float64).alias("expected"))
    )
    shown = missed.filter(pl.col("feature_id") == "coach", pl.col("is_covered"))
    both = shown.join(counted, on=["participant_id", "occasion_id"], how="left")
    assert (both["n_exposures"] == both["expected"].fill_null(0.0)).all()
    assert both["expected"].is_not_null().sum() > 20


def test_what_is_asked_holds_the_main_model_and_no_arm_for_the_forecast(harbour, con):
    asked = forecast.read(harbour.study, con, local_viewer())
    assert "arm_id" not in asked.frames["rows"].columns
    assert asked.options["feature_id"] == "praise"
    assert asked.options["plan"].shares == pytest.approx((1 / 3, 1 / 3))
    main = tipping.read(harbour.study, con, local_viewer()).options["spec"]
    assert (main.model_id, main.moderator) == ("alliance.alliance", None)
    people = dropout.read(harbour.study, con, local_viewer()).frames["people"]
    assert people.height == TRUTH["participants"]
