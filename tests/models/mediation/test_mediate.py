"""Mediation against R (lmer, glmer, nlme, and draws by hand), its refusals, and known truths."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from models.errors import NotConvergedError, NotEstimableError
from models.mediation import mediate as module
from models.mediation.mediate import mediate
from study.errors import UserError
from tests.models.mediation import panels

ROLES = panels.ROLES


def close_to_r(path, expected, term, df=None):
    k = expected["term"].index(term)
    assert expected["converged"]
    assert not expected["singular"]
    assert abs(path.estimate - expected["estimate"][k]) < 1e-5 * expected["se"][k]
    assert path.se == pytest.approx(expected["se"][k], rel=1e-4)
    if df is not None:
        assert path.df == pytest.approx(df[k], rel=1e-3)


@pytest.fixture(scope="module")
def separate():
    return mediate(panels.table(), **ROLES, outcome="minutes", slopes="separate", draws=400_000)


@pytest.fixture(scope="module")
def joint():
    return mediate(panels.table(), **ROLES, outcome="minutes")


class TestSeparateRegressions:
    def test_paths_are_those_of_lmer(self, separate):
        first, second = panels.numbers()["mediator"], panels.numbers()["outcome"]
        close_to_r(separate.exposure_to_mediator, first, "x_w", first["df"])
        close_to_r(separate.mediator_to_outcome, second, "m_w", second["df"])
        close_to_r(separate.direct, second, "x_w", second["df"])
        close_to_r(separate.between.exposure_to_mediator, first, "x_b", first["df"])
        close_to_r(separate.between.mediator_to_outcome, second, "m_b", second["df"])
        close_to_r(separate.between.direct, second, "x_b", second["df"])

    @pytest.mark.parametrize("part", ["indirect", "indirect_between"])
    def test_intervals_are_those_of_draws_by_hand(self, separate, part):
        expected = panels.numbers()[part]
        got = separate.indirect if part == "indirect" else separate.between.indirect
        assert got.estimate == pytest.approx(expected["estimate"], rel=1e-5)
        assert got.se == pytest.approx(expected["se"], rel=0.01)
        gap = np.abs(np.array([got.ci_low, got.ci_high]) - expected["ci"])
        assert gap.max() < 0.02 * expected["se"]

    def test_it_says_that_own_paths_are_taken_as_unrelated(self, separate):
        assert separate.paths_covariance is None
        assert any("taken as unrelated" in text for text in separate.warnings)

    def test_the_total_is_the_sum(self, separate):
        together = separate.direct.estimate + separate.indirect.estimate
        assert separate.total.estimate == pytest.approx(together)
        assert separate.proportion_mediated == pytest.approx(separate.indirect.estimate / together)


class TestJointRegressions:
    def test_paths_are_those_of_nlme(self, joint):
        expected = panels.numbers()["joint"]
        paths = (joint.exposure_to_mediator, joint.mediator_to_outcome, joint.direct)
        se = np.sqrt(np.diag(expected["covariance"]))
        gap = (np.array([path.estimate for path in paths]) - expected["estimate"]) / se
        assert np.abs(gap).max() < 5e-5
        assert [path.se for path in paths] == pytest.approx(se, rel=1e-4)

    def test_so_are_their_variances_and_covariance(self, joint):
        expected = panels.numbers()["joint"]
        got = (joint.exposure_to_mediator.slope_sd**2, joint.mediator_to_outcome.slope_sd**2)
        assert got == pytest.approx((expected["variance_a"], expected["variance_b"]), rel=1e-3)
        assert joint.paths_covariance == pytest.approx(expected["paths_covariance"], rel=1e-3)

    def test_the_indirect_part_holds_the_covariance(self, joint):
        a, b = joint.exposure_to_mediator.estimate, joint.mediator_to_outcome.estimate
        assert joint.indirect.estimate == pytest.approx(a * b + joint.paths_covariance)
        assert joint.indirect.ci_low < 0.2 * 0.5 + 0.04 < joint.indirect.ci_high
        assert not any("unrelated" in text for text in joint.warnings)

    def test_the_part_between_stays_that_of_the_separate_regressions(self, joint):
        close_to_r(joint.between.mediator_to_outcome, panels.numbers()["outcome"], "m_b")


def test_sessions_done_of_due_are_logistic():
    fit = mediate(panels.table(), **ROLES, outcome="done", trials="due", draws=400_000)
    expected = panels.numbers()["logit"]
    for path, term in ((fit.mediator_to_outcome, "m_w"), (fit.direct, "x_w")):
        k = expected["term"].index(term)
        assert expected["converged"]
        assert abs(path.estimate - expected["estimate"][k]) < 1e-4 * expected["se"][k]
        assert path.se == pytest.approx(expected["se"][k], rel=1e-4)
        assert path.df is None
    wanted = panels.numbers()["indirect_logit"]
    gap = np.abs(np.array([fit.indirect.ci_low, fit.indirect.ci_high]) - wanted["ci"])
    assert gap.max() < 0.02 * wanted["se"]
    assert (fit.scale, fit.total, fit.proportion_mediated) == ("log_odds", None, None)
    assert "do not add up" in fit.proportion_note


def test_the_same_seed_gives_the_same_interval():
    fits = [
        mediate(panels.drawn(), **ROLES, outcome="use", slopes="none", seed=seed)
        for seed in (3, 3, 4)
    ]
    assert fits[0].indirect == fits[1].indirect
    assert fits[0].indirect.ci_low != fits[2].indirect.ci_low
    assert fits[0].indirect.estimate == fits[2].indirect.estimate


def test_within_and_between_are_not_confused():
    """Means go together, weeks do not: the part within must be null, the part between not."""
    frame = panels.drawn(n=150, a=0.0, b=0.0, direct=0.0, between=0.6)
    fit = mediate(frame, **ROLES, outcome="use", slopes="none")
    assert fit.indirect.ci_low < 0 < fit.indirect.ci_high
    assert abs(fit.indirect.estimate) < 0.02
    assert fit.between.indirect.ci_low > 0.1
    assert fit.proportion_mediated is None
    assert "cannot be told from 0" in fit.proportion_note


def test_the_truth_is_recovered_and_covered():
    covered, estimates = 0, []
    for seed in range(25):
        fit = mediate(
            panels.drawn(n=40, seed=seed), **ROLES, outcome="use", slopes="none", draws=4000
        )
        covered += fit.indirect.ci_low < 0.3 * 0.4 < fit.indirect.ci_high
        estimates.append(fit.indirect.estimate)
    assert np.mean(estimates) == pytest.approx(0.12, abs=0.02)
    assert covered >= 21


def test_parts_that_point_apart_have_no_proportion():
    frame = panels.drawn(n=120, a=0.5, b=0.5, direct=-0.9)
    fit = mediate(frame, **ROLES, outcome="use", slopes="none")
    assert fit.total.ci_high < 0 < fit.indirect.ci_low
    assert fit.proportion_mediated is None
    assert "opposite directions" in fit.proportion_note


class TestOrderInTime:
    @pytest.mark.parametrize(
        ("column", "moved", "words"),
        [
            ("window_end", "answered", "the exposure ended only when"),
            ("week_start", "answered", "the mediator was measured only when"),
        ],
    )
    def test_ties_are_refused(self, column, moved, words):
        first = pl.col("week") == 3
        frame = panels.drawn().with_columns(
            pl.when(first).then(pl.col(moved)).otherwise(pl.col(column)).alias(column)
        )
        with pytest.raises(NotEstimableError, match=f"In 60 rows {words}") as error:
            mediate(frame, **ROLES, outcome="use")
        assert error.value.reason == "temporal_order"

    def test_real_times_do_as_well(self):
        start = datetime(2025, 1, 6)
        frame = panels.drawn().with_columns(
            (pl.lit(start) + pl.duration(days=pl.col(name))).alias(name)
            for name in ("window_end", "answered", "week_start")
        )
        days = mediate(panels.drawn(), **ROLES, outcome="use", slopes="none")
        assert mediate(frame, **ROLES, outcome="use", slopes="none").indirect == days.indirect
        late = frame.with_columns(answered=pl.col("week_start") + timedelta(hours=1))
        with pytest.raises(NotEstimableError, match="A cause comes first"):
            mediate(late, **ROLES, outcome="use")


class TestRows:
    def test_incomplete_rows_are_left_out_and_counted_once(self):
        week = pl.col("week")
        frame = panels.drawn().with_columns(
            alliance=pl.when(week > 2).then("alliance"),
            use=pl.when(week != 8).then("use"),
            praise=pl.when(week != 1).then("praise"),
        )
        fit = mediate(frame, **ROLES, outcome="use", slopes="none")
        lost = {loss.reason: (loss.n_rows, loss.n_participants) for loss in fit.rows_lost}
        assert lost == {"no_exposure": (60, 60), "no_mediator": (60, 60), "no_outcome": (60, 60)}
        assert fit.n_rows == 5 * 60

    def test_means_are_those_of_the_analysed_rows(self):
        """A row without an outcome must not move the participant's mean of exposure."""
        frame = panels.drawn()
        wild = frame.with_columns(
            use=pl.when(pl.col("week") > 1).then("use"),
            praise=pl.when(pl.col("week") > 1).then("praise").otherwise(1e6),
        )
        a = mediate(wild, **ROLES, outcome="use", slopes="none")
        b = mediate(frame.filter(pl.col("week") > 1), **ROLES, outcome="use", slopes="none")
        assert a.indirect == b.indirect

    def test_nothing_due_is_no_zero(self):
        frame = panels.table().with_columns(
            due=pl.when(pl.col("week") == 1).then(0).otherwise("due")
        )
        fit = mediate(frame, **ROLES, outcome="done", trials="due", slopes="none")
        assert [loss.reason for loss in fit.rows_lost] == ["nothing_due"]

    def test_more_done_than_due(self):
        frame = panels.table().with_columns(done=pl.col("due") + 1)
        with pytest.raises(NotEstimableError, match="More sessions were done than due"):
            mediate(frame, **ROLES, outcome="done", trials="due")

    def test_covariates_from_before_silence_the_warning(self):
        frame = panels.drawn().with_columns(
            earlier=pl.col("use").shift(1).over("participant", order_by="week")
        )
        bare = mediate(frame, **ROLES, outcome="use", slopes="none")
        adjusted = mediate(frame, **ROLES, outcome="use", slopes="none", covariates=["earlier"])
        assert any("No covariate from before" in text for text in bare.warnings)
        assert not any("No covariate" in text for text in adjusted.warnings)
        assert [loss.reason for loss in adjusted.rows_lost] == ["no_covariate"]

    def test_few_occasions_are_told(self):
        fit = mediate(panels.drawn(occasions=2), **ROLES, outcome="use", slopes="none")
        assert fit.warnings[0].startswith("2.0 occasions per participant")


class TestRefused:
    def test_exposure_that_never_changes_within(self):
        frame = panels.drawn().with_columns(praise=pl.col("praise").mean().over("participant"))
        with pytest.raises(NotEstimableError, match="'praise' never varies within") as error:
            mediate(frame, **ROLES, outcome="use")
        assert error.value.reason == "no_variation_within"

    def test_no_complete_row(self):
        frame = panels.drawn().with_columns(use=pl.lit(None, pl.Float64))
        with pytest.raises(NotEstimableError, match="No row has"):
            mediate(frame, **ROLES, outcome="use")

    def test_columns_by_name(self):
        with pytest.raises(UserError, match=r"no column 'usee'\. Did you mean 'use'"):
            mediate(panels.drawn(), **ROLES, outcome="usee")
        with pytest.raises(UserError, match="'participant' must hold numbers"):
            mediate(panels.drawn(), **ROLES, outcome="participant")
        mixed = panels.drawn().with_columns(answered=pl.col("answered").cast(pl.String))
        with pytest.raises(UserError, match="times of one kind"):
            mediate(mixed, **ROLES, outcome="use")
        nobody = panels.drawn().with_columns(participant=pl.lit(None, pl.String))
        with pytest.raises(UserError, match="misses values"):
            mediate(nobody, **ROLES, outcome="use")


def test_without_a_part_between_there_is_none():
    balanced = panels.drawn().with_columns(
        pl.col(name) - pl.col(name).mean().over("participant") for name in ("praise", "alliance")
    )
    assert mediate(balanced, **ROLES, outcome="use", slopes="none").between is None


def test_a_joint_model_that_does_not_settle_falls_back_and_says_so(monkeypatch):
    def gives_up(*_, **__):
        raise NotConvergedError("no")

    monkeypatch.setattr(module, "fit_joint", gives_up)
    fit = mediate(panels.table(), **ROLES, outcome="minutes")
    assert fit.paths_covariance is None
    assert any("did not settle" in text and "unrelated" in text for text in fit.warnings)


def test_paths_that_hardly_differ_have_no_covariance(monkeypatch):
    def never(*_, **__):
        raise AssertionError("the joint model is not asked")

    monkeypatch.setattr(module, "fit_joint", never)
    fit = mediate(panels.drawn(), **ROLES, outcome="use")
    assert fit.is_singular
    assert fit.paths_covariance is None
    assert any("covariance is taken as 0" in text for text in fit.warnings)


def test_the_assumption_stands_beside_every_result():
    assert (
        "sequential ignorability"
        in mediate(panels.drawn(), **ROLES, outcome="use", slopes="none").assumption
    )
