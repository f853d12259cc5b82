"""The weekly adherence model: recovers a known truth, and refuses separation by name."""

import numpy as np
import polars as pl
import pytest

from models import adherence, adherence_card
from models.adherence import fit_weekly_adherence
from models.errors import NotConvergedError
from models.separation import separating_direction
from models.table.fit import fit_table
from tests.models import simulate


def spec(**options):
    return simulate.spec("f0", outcome="adherence", model_id="alliance.adherence", **options)


@pytest.fixture(scope="module")
def frame():
    return simulate.weeks(0.3, n_participants=150, n_weeks=10, seed=3)


@pytest.fixture(scope="module")
def result(frame):
    return fit_weekly_adherence(frame, spec())


class TestFit:
    def test_recovers_the_within_effect_as_planted_for_one_participant(self, result):
        row = result.coefficient("within:f0")
        assert row.ci_low < 0.3 < row.ci_high
        assert row.p_value < 0.001
        assert row.df is None

    def test_marginal_odds_ratios_are_nearer_to_none_and_agree_with_the_equations(self, result):
        said = {one.method: one for one in result.opinions if one.term == "within:f0"}
        headline = result.coefficient("within:f0")
        assert 0 < said["marginal"].estimate < headline.estimate
        assert said["marginal"].estimate == pytest.approx(said["gee"].estimate, abs=0.02)
        assert said["marginal"].se == pytest.approx(said["gee"].se, rel=0.25)

    def test_alliance_between_is_positive_and_within_is_null(self, result):
        assert result.coefficient("between:alliance").ci_low > 0
        within = result.coefficient("within:alliance")
        assert within.feature_id is None
        assert within.ci_low < 0 < within.ci_high

    def test_says_that_it_is_conditional(self, result):
        assert result.method.endswith("conditional")
        assert "Odds ratios are conditional" in result.explanation
        assert result.kind == "logistic_mixed"
        assert 0 < result.icc < 0.3

    def test_the_trust_card_passes(self, result):
        assert result.is_trusted, result.failed_checks
        names = {check.name for check in result.checks}
        assert {"converged", "methods agree", "no single participant decides"} <= names

    def test_residuals_of_a_model_that_holds_are_normal(self, result):
        looked = result.diagnostics
        normal, observed = np.array(looked.residuals).T
        assert np.abs(observed - normal).max() < 0.15
        assert np.abs([mean for _, mean, _, _ in looked.by_fitted]).max() < 0.35
        assert len(looked.levels) == 20

    def test_units_are_of_weeks(self, result):
        assert result.exposure.unit == "per additional exposure in the week before"
        assert result.coefficient("within:f0").unit.endswith("in the week before")

    def test_counts_weeks_and_what_was_lost(self, result):
        assert result.n_rows == 150 * 9
        assert {row.reason: row.n_rows for row in result.rows_lost} == {"no_week_before": 150}

    def test_few_participants_are_a_note(self, frame, result):
        few = frame.filter(pl.col("participant_id") < "p0025")
        small = fit_weekly_adherence(few, spec())
        assert not next(c for c in small.checks if c.name == "participants").is_passed
        assert next(c for c in result.checks if c.name == "participants").is_passed

    def test_exported_rows_and_the_printed_formula_give_the_same_numbers(self, frame, result):
        rows = adherence.analysed_rows(frame, spec())
        method = "laplace" if "laplace" in result.method else f"agq:{adherence.NODES}"
        again = fit_table(rows, result.formula, family="binomial", method=method).to_dict()
        for row, own in zip(again["fixed"], result.coefficients, strict=True):
            assert row["estimate"] == pytest.approx(own.estimate, abs=1e-4 * own.se)
            assert row["se"] == pytest.approx(own.se, rel=1e-4)


class TestRows:
    def test_weeks_without_anything_due_or_not_over_are_left_out(self, frame):
        free = pl.col("study_week") == 4
        holes = frame.with_columns(
            due_sessions=pl.when(free).then(0).otherwise("due_sessions"),
            is_complete_week=pl.col("study_week") < 9,
        )
        fit = fit_weekly_adherence(holes, spec())
        assert {row.reason: row.n_rows for row in fit.rows_lost} == {
            "nothing_due": 150,
            "week_not_complete": 150,
            "no_week_before": 150,
        }

    def test_two_sessions_due_are_two_trials(self):
        twice = simulate.weeks(0.3, n_participants=60, n_weeks=8, seed=9, due=2)
        panel = adherence.analysed(twice, spec())
        trials = adherence.as_trials(panel, panel.codes)
        assert len(trials.done) == 2 * len(panel.rows)
        assert trials.done.sum() == panel.rows["done_sessions"].sum()
        by_week = np.bincount(trials.week, weights=trials.done)
        assert by_week.tolist() == panel.rows["done_sessions"].to_list()
        assert fit_weekly_adherence(twice, spec()).n_rows == 60 * 7

    def test_sessions_of_a_week_that_go_together_are_noted(self):
        """All sessions of a week or none: far from binomial."""
        frame = simulate.weeks(0.3, n_participants=60, n_weeks=8, seed=9)
        joint = frame.with_columns(
            due_sessions=pl.lit(5, pl.Int64), done_sessions=pl.col("done_sessions") * 5
        )
        checks = {c.name: c.is_passed for c in fit_weekly_adherence(joint, spec()).checks}
        single = {c.name for c in fit_weekly_adherence(frame, spec()).checks}
        assert checks["dispersion"] is False
        assert "dispersion" not in single

    def test_more_done_than_due_is_capped_aloud(self, frame):
        busy = frame.with_columns(
            done_sessions=pl.when(pl.col("study_week") == 2).then(3).otherwise("done_sessions")
        )
        fit = fit_weekly_adherence(busy, spec())
        assert any(note.startswith("In 150 weeks more was done") for note in fit.warnings)

    def test_study_without_alliance_scores_is_fitted_without_them(self, frame):
        mute = frame.with_columns(alliance_lag=pl.lit(None, pl.Float64))
        fit = fit_weekly_adherence(mute, spec())
        assert fit.status == "fitted"
        assert {row.term: row.reason for row in fit.not_estimable} == {
            "within:alliance": "not_recorded",
            "between:alliance": "not_recorded",
        }

    def test_a_rate_loses_weeks_after_a_week_without_sessions(self, frame):
        fit = fit_weekly_adherence(frame, spec(transform="rate"))
        lost = {row.reason: row.n_rows for row in fit.rows_lost}
        idle = frame.filter(pl.col("n_sessions_lag") == 0).height
        assert idle > 0
        assert lost == {"no_week_before": 150, "no_session_week_before": idle}
        assert fit.exposure.unit == "per additional exposure per session in the week before"


class TestSeparation:
    def test_a_feature_that_settles_the_outcome_has_no_odds_ratio(self, frame):
        """Whoever met f1 the week before did the session, always."""
        lucky = (pl.col("study_week") % 3 == 1) & (pl.col("done_sessions") == 1)
        f1 = frame.with_columns(
            feature_id=pl.lit("f1"),
            n_exposures_lag=pl.when(pl.col("n_exposures_lag").is_null())
            .then(None)
            .otherwise(lucky.cast(pl.Float64)),
        )
        two = simulate.spec("f0", "f1", outcome="adherence")
        fit = fit_weekly_adherence(pl.concat([frame, f1]), two)
        assert fit.status == "fitted"
        assert "separation" in {r.reason for r in fit.not_estimable if r.feature_id == "f1"}
        assert fit.coefficient("within:f0").ci_low > 0
        assert max(abs(c.estimate) for c in fit.coefficients) < 10

    def test_everybody_did_everything(self, frame):
        fit = fit_weekly_adherence(frame.with_columns(done_sessions="due_sessions"), spec())
        assert (fit.status, fit.coefficients) == ("not_estimable", ())
        assert "nothing to explain" in fit.explanation

    def test_an_arm_that_always_did(self, frame):
        arm = pl.col("arm_id") == "arm1"
        done = pl.when(arm).then("due_sessions").otherwise("done_sessions")
        fit = fit_weekly_adherence(frame.with_columns(done_sessions=done), spec())
        assert fit.status == "not_estimable"
        assert "Week or arm" in fit.explanation

    def test_direction_is_found_only_where_there_is_one(self):
        x = np.array([1.0, 2, 3, 4, 5, 6])
        X = np.column_stack((np.ones(6), x))
        assert separating_direction(X, np.array([0.0, 0, 0, 1, 1, 1])) is not None
        assert separating_direction(X, np.array([0.0, 1, 0, 1, 0, 1])) is None
        quasi = np.column_stack((np.ones(6), np.array([0.0, 0, 0, 0, 1, 1])))
        assert separating_direction(quasi, np.array([0.0, 1, 0, 1, 1, 1])) is not None


def test_a_maximum_that_is_not_agreed_on_gives_no_number(frame, monkeypatch):
    def refuse(*_args, **_options):
        raise NotConvergedError("Two optimisers ended at different places.")

    monkeypatch.setattr(adherence, "fit_generalised", refuse)
    fit = fit_weekly_adherence(frame, spec())
    assert (fit.status, fit.is_converged, fit.coefficients) == ("not_converged", False, ())
    assert "different places" in fit.explanation


def test_equations_that_do_not_settle_are_a_missing_opinion(frame, monkeypatch):
    monkeypatch.setattr(adherence_card, "fit_marginal", lambda *_: None)
    fit = fit_weekly_adherence(frame, spec())
    assert fit.status == "fitted"
    assert any("did not settle" in warning for warning in fit.warnings)
    assert {one.method for one in fit.opinions} == {"marginal"}
