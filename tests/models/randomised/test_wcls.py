"""WCLS against R's dense formulas, geepack and statsmodels; its invariants; its coverage."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import f as f_distribution
from statsmodels.genmod.cov_struct import Independence
from statsmodels.genmod.generalized_estimating_equations import GEE

from models.errors import NotEstimableError
from models.randomised.points import decision_points
from models.randomised.table import mrt_points, mrt_table
from models.randomised.wcls import wcls
from tests.models.randomised import trial

ROLES = {
    "outcome": "steps",
    "participant": "participant",
    "treatment": "treatment",
    "probability": "probability",
    "availability": "available",
}
CASES = {
    "wcls_marginal": {"controls": ["steps_before"]},
    "wcls_moderated": {"moderators": ["at_home"], "controls": ["steps_before", "at_home"]},
    "wcls_constant": {"controls": ["steps_before"], "numerator": "constant"},
}


@pytest.mark.parametrize("case", CASES)
class TestAgainstR:
    def expected(self, case):
        expected = trial.numbers()[case]
        assert expected["converged"]
        return expected

    def test_rows(self, case):
        fit = mrt_table(trial.table(), **ROLES, **CASES[case])
        assert fit.n_points == self.expected(case)["n_points"]
        assert fit.n_participants == 37

    @pytest.mark.parametrize("kind", ["corrected", "plain"])
    def test_numbers(self, case, kind):
        points = mrt_points(trial.table(), **ROLES, **CASES[case])
        fit = wcls(points, corrected=kind == "corrected")
        wanted = self.expected(case)[kind]
        estimate, se = np.atleast_1d(wanted["estimate"]), np.atleast_1d(wanted["se"])
        assert np.abs((fit.estimate - estimate) / se).max() < 1e-8
        assert [row.se for row in fit.effects] == pytest.approx(se, rel=1e-8)
        for field, name in (
            ("statistic", "statistic"),
            ("p_value", "p"),
            ("ci_low", "ci_low"),
            ("ci_high", "ci_high"),
        ):
            got = [getattr(row, field) for row in fit.effects]
            assert got == pytest.approx(np.atleast_1d(wanted[name]), rel=1e-7)
        assert {(row.df1, row.df2) for row in fit.effects} == {(1, wanted["df2"])}
        assert fit.covariance == pytest.approx(np.array(wanted["covariance"]), rel=1e-7)


def test_without_correction_it_is_geepack():
    points = mrt_points(trial.table(), **ROLES, controls=["steps_before"])
    fit = wcls(points, corrected=False)
    wanted = trial.numbers()["geepack_wcls_marginal"]
    assert fit.effects[0].estimate == pytest.approx(wanted["estimate"], rel=1e-8)
    assert fit.effects[0].se == pytest.approx(wanted["se"], rel=1e-8)


def test_without_correction_it_is_weighted_least_squares_with_clustered_errors():
    points = trial.drawn()
    other = sm.WLS(points.outcome, points.design, weights=points.weights).fit(
        cov_type="cluster", cov_kwds={"groups": points.codes, "use_correction": False}
    )
    fit = wcls(points, corrected=False)
    assert fit.estimate == pytest.approx(other.params[2:], rel=1e-12)
    assert fit.effects[0].se == pytest.approx(other.bse[2], rel=1e-12)


def test_the_correction_is_that_of_statsmodels_gee_on_rows_times_root_weight():
    points = mrt_points(trial.table(), **ROLES, controls=["steps_before"])
    root = np.sqrt(points.weights)
    other = GEE(
        points.outcome * root,
        points.design * root[:, None],
        groups=points.codes,
        cov_struct=Independence(),
    ).fit(cov_type="bias_reduced")
    fit = wcls(points)
    assert fit.effects[0].estimate == pytest.approx(other.params[2], rel=1e-12)
    assert fit.effects[0].se == pytest.approx(other.bse[2], rel=1e-12)


def test_layout_of_the_published_example():
    """One F on (1, n - p - q) per row, an interval from the same t, and a p value of both."""
    row = mrt_table(trial.table(), **ROLES, controls=["steps_before"]).effects[0]
    assert (row.df1, row.df2) == (1, 37 - 1 - 2)
    assert row.statistic == pytest.approx((row.estimate / row.se) ** 2)
    assert row.estimate - row.ci_low == pytest.approx(2.0322445 * row.se, rel=1e-7)
    assert row.p_value == pytest.approx(f_distribution.sf(row.statistic, 1, 34))


class TestInvariants:
    def test_order_of_rows_and_names_of_participants_do_not_matter(self):
        raw = trial.raw()
        order = np.random.default_rng(3).permutation(len(raw.outcome))
        rows = ("outcome", "treatment", "probability", "is_available", "moderators", "controls")
        other = replace(
            raw,
            participant=np.array([f"p{97 - code}" for code in raw.participant])[order],
            **{name: getattr(raw, name)[order] for name in rows},
        )
        a, b = wcls(decision_points(raw)), wcls(decision_points(other))
        assert b.effects[0].estimate == pytest.approx(a.effects[0].estimate, rel=1e-10)
        assert b.effects[0].se == pytest.approx(a.effects[0].se, rel=1e-10)

    def test_shift_and_scale_of_the_outcome(self):
        raw = trial.raw()
        a = wcls(decision_points(raw)).effects[0]
        b = wcls(decision_points(replace(raw, outcome=1000 + 10 * raw.outcome))).effects[0]
        assert (b.estimate, b.se) == pytest.approx((10 * a.estimate, 10 * a.se), rel=1e-8)

    def test_unavailable_points_say_nothing_whatever_they_hold(self):
        raw = trial.raw()
        away = np.arange(len(raw.outcome)) % 3 == 0
        a = replace(raw, is_available=~away)
        b = replace(
            a,
            outcome=np.where(away, 1e6, raw.outcome),
            probability=np.where(away, 0.0, raw.probability),
            treatment=np.where(away, np.nan, raw.treatment),
        )
        first, second = wcls(decision_points(a)), wcls(decision_points(b))
        assert first.effects == second.effects
        assert [(loss.reason, loss.n_rows) for loss in second.rows_lost] == [
            ("not_available", away.sum())
        ]

    def test_constant_probability_and_equal_numerator_weight_nothing(self):
        points = trial.drawn(chance=0.5)
        assert np.all(points.weights == 1)

    def test_an_effect_at_a_moderator_value_is_the_effect_with_the_moderator_moved_there(self):
        frame = trial.table()
        wide = {"moderators": ["at_home"], "controls": ["at_home"]}
        fit = mrt_table(frame, **ROLES, **wide)
        moved = mrt_table(frame.with_columns(at_home=1 - frame["at_home"]), **ROLES, **wide)
        at_home = fit.combine(np.array([1.0, 1.0]), "at home")
        assert at_home.estimate == pytest.approx(moved.effects[0].estimate, rel=1e-9)
        assert at_home.se == pytest.approx(moved.effects[0].se, rel=1e-9)

    def test_a_joint_test_of_one_row_is_that_row(self):
        fit = mrt_table(trial.table(), **ROLES, moderators=["at_home"], controls=["at_home"])
        one = fit.joint_test(np.array([[0.0, 1.0]]))
        assert (one.statistic, one.p_value) == pytest.approx(
            (fit.effects[1].statistic, fit.effects[1].p_value)
        )
        both = fit.joint_test(np.eye(2))
        df2 = fit.effects[0].df2
        squared = fit.estimate @ np.linalg.inv(fit.covariance) @ fit.estimate
        assert both.statistic == pytest.approx(squared * df2 / (2 * (df2 + 1)))
        assert (both.df1, both.df2) == (2, df2)


class TestRefused:
    @pytest.mark.parametrize("chance", [0.0, 1.0])
    def test_a_certain_choice(self, chance):
        raw = trial.raw()
        probability = raw.probability.copy()
        probability[7] = chance
        with pytest.raises(NotEstimableError, match="not between 0 and 1") as error:
            decision_points(replace(raw, probability=probability))
        assert error.value.reason == "no_positivity"

    def test_a_missing_treatment_at_an_available_point(self):
        raw = trial.raw()
        treatment = raw.treatment.copy()
        treatment[:3] = np.nan
        with pytest.raises(NotEstimableError, match="At 3 available") as error:
            decision_points(replace(raw, treatment=treatment))
        assert error.value.reason == "missing_treatment"

    def test_everybody_treated(self):
        raw = trial.raw()
        with pytest.raises(NotEstimableError, match="At every analysed") as error:
            decision_points(replace(raw, treatment=np.ones_like(raw.treatment)))
        assert error.value.reason == "no_variation"

    def test_no_outcome_at_all(self):
        raw = trial.raw()
        with pytest.raises(NotEstimableError) as error:
            decision_points(replace(raw, outcome=np.full_like(raw.outcome, np.nan)))
        assert error.value.reason == "no_rows"

    def test_an_outcome_that_never_varies(self):
        raw = trial.raw()
        with pytest.raises(NotEstimableError) as error:
            decision_points(replace(raw, outcome=np.ones_like(raw.outcome)))
        assert error.value.reason == "constant_outcome"

    def test_a_control_that_repeats_another(self):
        raw = trial.raw()
        doubled = np.column_stack((raw.controls, 2 * raw.controls[:, 1]))
        with pytest.raises(NotEstimableError, match="'again' repeats"):
            decision_points(
                replace(raw, controls=doubled, control_names=("(Intercept)", "before", "again"))
            )

    def test_a_control_that_is_nought(self):
        raw = trial.raw()
        with pytest.raises(NotEstimableError, match="'before' is 0"):
            decision_points(replace(raw, controls=raw.controls * [1.0, 0.0]))

    def test_fewer_participants_than_terms(self):
        with pytest.raises(NotEstimableError, match="3 participants cannot carry 3 terms"):
            trial.drawn(n=3)

    def test_a_control_that_varies_in_one_participant_only(self):
        raw = trial.raw()
        alone = raw.controls.copy()
        alone[:, 1] = np.where(raw.participant == 4, 1.0, 0.0)
        with pytest.raises(NotEstimableError) as error:
            wcls(decision_points(replace(raw, controls=alone)))
        assert error.value.reason == "single_participant"


def test_outcomes_lost_after_treatment_are_told():
    raw = trial.raw()
    outcome = np.where((raw.treatment == 1) & (np.arange(600) % 4 == 0), np.nan, raw.outcome)
    fit = wcls(decision_points(replace(raw, outcome=outcome)))
    assert any("Loss that depends on treatment" in text for text in fit.warnings)
    assert wcls(trial.drawn()).warnings == ()


def test_corrected_intervals_cover_in_a_small_trial():
    """12 participants, 300 trials: about 95 %, where the uncorrected ones miss too often."""
    covered = {True: 0, False: 0}
    for seed in range(300):
        points = trial.drawn(n=12, points=20, seed=seed)
        for corrected in covered:
            row = wcls(points, corrected=corrected).effects[0]
            covered[corrected] += abs(row.estimate - 0.2) < (
                row.ci_high - row.estimate if corrected else 1.96 * row.se
            )
    assert 0.925 < covered[True] / 300 < 0.98
    assert covered[False] < covered[True]


def test_time_varying_chances_are_undone_by_the_weights():
    """Treated more often at home, where the outcome is higher: raw means mislead, WCLS does not."""
    rng = np.random.default_rng(5)
    n, points = 60, 80
    home = rng.integers(0, 2, n * points).astype(float)
    chance = np.where(home == 1, 0.8, 0.2)
    treatment = (rng.random(n * points) < chance).astype(float)
    ones = np.ones((n * points, 1))
    raw = replace(
        trial.raw(n, points),
        outcome=2 * home + 0.3 * treatment + rng.normal(size=n * points),
        treatment=treatment,
        probability=chance,
        controls=ones,
        control_names=("(Intercept)",),
    )
    row = wcls(decision_points(raw)).effects[0]
    naive = raw.outcome[treatment == 1].mean() - raw.outcome[treatment == 0].mean()
    assert abs(row.estimate - 0.3) < 3 * row.se < 0.5
    assert naive > 1
