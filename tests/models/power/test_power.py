"""Power: closed forms, designs as they were asked for, and simulations that agree with theory."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from models.errors import NotConvergedError, NotEstimableError
from models.linear.fit import fit_linear
from models.power import analytic
from models.power.adherence_design import AdherenceDesign
from models.power.design import (
    ExposureDesign,
    PowerDesign,
    Variances,
    draw_study,
    expected_se,
)
from models.power.micro_randomised import MicroRandomisedDesign
from models.power.plan import allocation, effects_of
from models.power.simulate import approximate_power, power, simulate, smallest_n
from models.results import VarianceComponent

FOLDER = Path(__file__).parents[2] / "reference" / "power"
R = json.loads((FOLDER / "power.json").read_text())
NORMAL = ExposureDesign(mean=3, between_sd=1.2, within_sd=1.5, kind="normal")


class TestClosedForms:
    @pytest.mark.parametrize("case", R["two_sample"])
    def test_two_samples_are_rs(self, case):
        got = analytic.power_two_sample(case["difference"], case["sd"], case["n"], case["n"])
        assert got == pytest.approx(case["power"], rel=1e-6)

    @pytest.mark.parametrize("case", R["paired"])
    def test_pairs_are_rs(self, case):
        got = analytic.power_paired(case["difference"], case["sd"], case["n"])
        assert got == pytest.approx(case["power"], rel=1e-6)

    def test_correlations_by_fishers_z(self):
        assert [analytic.n_for_correlation(r) for r in (0.25, 0.32, -0.32)] == [124, 75, 75]
        with pytest.raises(ValueError, match="between 0 and 1"):
            analytic.n_for_correlation(0.0)

    def test_an_error_of_a_share_is_never_0(self):
        assert 0 < analytic.binomial_error(1.0, 100) < 0.02
        assert analytic.binomial_error(0.5, 1000) == pytest.approx(0.0158, abs=2e-4)

    def test_expected_standard_errors_of_within_and_between(self):
        """A random intercept, nothing missing: the drawn reference study is near its design."""
        design = PowerDesign((0, 1, 2, 3, 4), Variances(0.8, 0.6), exposure=NORMAL, arms=(0.5, 0.5))
        se = dict(zip(design.terms, expected_se(design, 50), strict=True))
        within_sd = 1.5 * np.sqrt(4 / 5)
        between_sd = np.sqrt(1.2**2 + 1.5**2 / 5)
        closed = analytic.se_between(0.8, 0.6, between_sd, 50, 5)
        assert se["within"] == pytest.approx(analytic.se_within(0.6, within_sd, 50, 5), rel=0.05)
        assert se["between"] == pytest.approx(closed, rel=0.05)
        assert se["arm2"] == pytest.approx(analytic.se_between(0.8, 0.6, 0.5, 50, 5), rel=0.02)

    @pytest.mark.parametrize("slope_sd", [0.0, 0.2])
    def test_expected_standard_errors_are_the_dense_formulas(self, slope_sd):
        """With trends, own slopes and dropout too: Woodbury against the inverse of each V."""
        variances = Variances(0.8, 0.5, 0.1, -0.4, slope_sd)
        design = PowerDesign((1, 2, 4, 8), variances, dropout=0.4)
        study = draw_study(design, 1000, np.random.default_rng(20250801))
        Z, codes = study.X[:, :2], study.codes
        information = np.zeros((4, 4))
        for participant in range(study.n_participants):
            rows = codes == participant
            V = Z[rows] @ variances.covariance @ Z[rows].T + 0.25 * np.eye(rows.sum())
            V += slope_sd**2 * np.outer(study.X[rows, 2], study.X[rows, 2])
            information += study.X[rows].T @ np.linalg.solve(V, study.X[rows])
        dense = np.sqrt(np.diag(np.linalg.inv(information)) * 1000 / 70)
        assert expected_se(design, 70) == pytest.approx(dense, rel=1e-9)


class TestDesign:
    def test_variances_from_an_icc(self):
        found = Variances.of_icc(2.0, 0.75)
        assert found.level_sd**2 == pytest.approx(3.0)
        assert found.residual_sd**2 == pytest.approx(1.0)

    def test_variances_from_a_fit_are_those_it_was_drawn_from(self):
        design = PowerDesign((0, 1, 2, 3, 4, 5), Variances(0.8, 0.5, 0.2, 0.3, 0.25))
        study = draw_study(design, 500, np.random.default_rng(2))
        fit = fit_linear(study.noise, study.X, design.terms, study.random)
        found = Variances.of_fit(fit)
        assert found.level_sd == pytest.approx(0.8, rel=0.1)
        assert found.trend_sd == pytest.approx(0.2, rel=0.1)
        assert found.residual_sd == pytest.approx(0.5, rel=0.05)
        assert found.slope_sd == pytest.approx(0.25, rel=0.15)
        assert found.correlation == pytest.approx(0.3, abs=0.12)

    def test_variances_from_a_saved_result(self):
        part = VarianceComponent
        components = (
            part("participant", "intercept", None, 0.64, 0.8),
            part("participant", "week", None, 0.04, 0.2),
            part("participant", "intercept", "week", 0.048, 0.3),
            part("site", "intercept", None, 0.36, 0.6),
            part("residual", None, None, 0.25, 0.5),
        )
        saved = SimpleNamespace(model_id="main.alliance", variance_components=components)
        assert Variances.of_result(saved) == Variances(1.0, 0.5, 0.2, 0.3)
        flat = SimpleNamespace(model_id="flat", variance_components=components[::4])
        assert Variances.of_result(flat) == Variances(0.8, 0.5)
        with pytest.raises(ValueError, match=r"none.*not fitted"):
            Variances.of_result(SimpleNamespace(model_id="none", variance_components=()))

    def test_drawn_noise_has_the_designs_moments(self):
        variances = Variances(0.8, 0.5, 0.2, 0.3)
        design = PowerDesign((0, 2, 4), variances, exposure=None)
        study = draw_study(design, 4000, np.random.default_rng(3))
        wide = study.noise.reshape(4000, 3)
        Z = np.column_stack([np.ones(3), [-2.0, 0, 2]])
        V = Z @ variances.covariance @ Z.T + 0.25 * np.eye(3)
        assert np.cov(wide.T) == pytest.approx(V, abs=0.08)
        assert study.X.shape == (12000, 2)

    def test_dropout_and_missed_surveys_are_as_asked_for(self):
        design = PowerDesign((1, 2, 3, 4, 5), Variances(1, 1), dropout=0.4, missed=0.1)
        study = draw_study(design, 5000, np.random.default_rng(4))
        week = study.X[:, 1]
        first, last = (np.sum(np.isclose(week, end)) / 5000 for end in (-2, 2))
        assert first == pytest.approx(0.9, abs=0.02)
        assert last == pytest.approx(0.9 * 0.6, abs=0.02)

    def test_exposure_is_centred_on_answered_rows_and_spread_as_asked_for(self):
        design = PowerDesign((1, 2, 3, 4), Variances(1, 1), missed=0.3)
        study = draw_study(design, 3000, np.random.default_rng(5))
        within, between = study.X[:, 2], study.X[:, 3]
        sums = np.bincount(study.codes, weights=within)
        assert np.abs(sums).max() < 1e-9
        assert abs(between.mean()) < 1e-9
        exposure = ExposureDesign().draw(np.random.default_rng(6), 20000, 2)
        assert exposure.mean() == pytest.approx(3.0, abs=0.05)
        # Poisson around gamma amounts: variance of the amounts, plus the mean.
        assert exposure[:, 0].var() == pytest.approx(1.5**2 + 3, rel=0.05)

    def test_arms_have_their_shares(self):
        arms = allocation((0.5, 0.25, 0.25), 40, np.random.default_rng(1))
        assert np.bincount(arms).tolist() == [20, 10, 10]
        design = PowerDesign((1, 2), Variances(1, 1), arms=(0.5, 0.25, 0.25), has_trend_by_arm=True)
        assert design.terms[4:] == ("arm2", "arm3", "arm2:week", "arm3:week")
        X = draw_study(design, 40, np.random.default_rng(1)).X
        assert X[:, 6] == pytest.approx(X[:, 4] * X[:, 1])

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"weeks": (3, 2)}, "rise"),
            ({"weeks": (3,)}, "at least 2"),
            ({"arms": (0.5, 0.6)}, "add up to 1"),
            ({"dropout": 1.0}, "shares"),
        ],
    )
    def test_impossible_plans_are_refused(self, change, message):
        plan = {"weeks": (1, 2), "variances": Variances(1, 1), **change}
        with pytest.raises(ValueError, match=message):
            PowerDesign(**plan)

    def test_impossible_spreads_are_refused(self):
        with pytest.raises(ValueError, match="residual_sd"):
            Variances(1, 0)
        with pytest.raises(ValueError, match="icc"):
            Variances.of_icc(1, 1)
        with pytest.raises(ValueError, match="exposure"):
            ExposureDesign(between_sd=0)

    def test_an_unknown_term_is_named_with_those_there_are(self):
        plan = PowerDesign((1, 2), Variances(1, 1))
        with pytest.raises(ValueError, match=r"dose is no term .* within, between"):
            effects_of(plan, {"dose": 1})


class Direct:
    """A one-sample t test: its power is known exactly, and it costs nothing."""

    terms = ("mean",)
    moves_along = True

    def study(self, effects, n, rng):
        y = rng.normal(effects[0], 1, n)
        return np.array([y.mean()]), np.array([y.std(ddof=1) / np.sqrt(n)]), np.array([n - 1.0])


SMALL = PowerDesign((1, 2, 3), Variances(0.8, 0.6), exposure=NORMAL)
EFFECTS = {"within": 0.18, "between": 0.0}


@pytest.fixture(scope="module")
def rows():
    return {row.term: row for row in power(SMALL, EFFECTS, [30], n_simulations=50, seed=2)}


class TestSimulation:
    def test_it_agrees_with_the_approximation(self, rows):
        expected = approximate_power(SMALL, EFFECTS, 30)
        row = rows["within"]
        assert 0.3 < row.power < 0.95
        assert row.power == pytest.approx(expected["within"], abs=4 * row.power_error + 0.03)
        assert row.half_width == pytest.approx(1.99 * expected_se(SMALL, 30)[2], rel=0.1)
        assert row.mean_estimate == pytest.approx(0.18, abs=0.03)

    def test_intervals_hold_the_truth_and_a_null_effect_is_rarely_found(self, rows):
        for row in rows.values():
            assert row.coverage > 0.87
            assert row.type_i_error == pytest.approx(1 - row.coverage)
        # An effect of 0: its power is its type I error.
        assert rows["between"].power == pytest.approx(rows["between"].type_i_error)
        assert (rows["between"].n_simulations, rows["between"].n_failed) == (50, 0)

    def test_the_same_seed_gives_the_same_rows_whatever_n_else_is_asked(self):
        first = power(Direct(), {"mean": 0.2}, [24], n_simulations=20, seed=1)
        again = power(Direct(), {"mean": 0.2}, [12, 24], n_simulations=20, seed=1)
        other = power(Direct(), {"mean": 0.2}, [24], n_simulations=20, seed=9)
        assert first[0] == again[1]
        assert first != other

    def test_errors_do_not_depend_on_the_effect_of_a_linear_model(self):
        null, effect = (simulate(SMALL, np.array([0, 0, size, 0]), 20, 6, 1) for size in (0.0, 2.0))
        assert effect.errors == pytest.approx(null.errors, abs=1e-6)
        assert effect.se == pytest.approx(null.se, rel=1e-5)

    def test_progress_is_told(self):
        told = []
        power(
            Direct(),
            {"mean": 0.1},
            [12, 14],
            n_simulations=20,
            on_progress=lambda *at: told.append(at),
        )
        assert told == [(i, 40) for i in range(40)]

    @pytest.mark.parametrize(
        ("change", "message"),
        [({"n_simulations": 5}, "at least 20"), ({"alpha": 0.0}, "alpha"), ({"n": [3]}, "from 4")],
    )
    def test_numbers_out_of_range(self, change, message):
        n = change.pop("n", [30])
        with pytest.raises(ValueError, match=message):
            power(SMALL, {"within": 0.1}, n, **change)

    def test_studies_that_cannot_be_fitted_are_counted_and_too_many_are_refused(self):
        class Fragile(Direct):
            def study(self, effects, n, rng):
                if rng.random() < n / 100:
                    raise NotConvergedError("no", "not_converged")
                return super().study(effects, n, rng)

        row = power(Fragile(), {"mean": 0.3}, [10], n_simulations=200)[0]
        assert 5 < row.n_failed < 40
        assert row.n_simulations == 200 - row.n_failed
        with pytest.raises(NotEstimableError, match="With 50 participants") as caught:
            power(Fragile(), {"mean": 0.3}, [50], n_simulations=200)
        assert caught.value.reason == "too_small"


class TestSmallestN:
    @pytest.mark.parametrize(("effect", "target"), [(0.5, 0.8), (-0.3, 0.9), (0.9, 0.8)])
    def test_it_is_the_exact_one_within_its_own_error(self, effect, target):
        exact = next(
            n for n in range(4, 1000) if analytic.power_paired(abs(effect), 1, n) >= target
        )
        found = smallest_n(
            Direct(), {"mean": effect}, "mean", target=target, n_simulations=2000, seed=4
        )
        assert found.low <= exact <= found.high
        assert found.n == pytest.approx(exact, rel=0.08, abs=1)
        assert found.high - found.low < 0.2 * exact + 4
        assert abs(found.row.n - found.n) <= max(1, 0.02 * found.n) + 1

    def test_no_effect_has_none(self):
        with pytest.raises(ValueError, match="no effect"):
            smallest_n(Direct(), {"mean": 0.0}, "mean")

    def test_next_to_no_effect_is_refused(self):
        with pytest.raises(NotEstimableError, match="too many to simulate"):
            smallest_n(Direct(), {"mean": 1e-4}, "mean", n_simulations=20)


class TestOtherDesigns:
    def test_micro_randomised_standard_errors_are_the_closed_form(self):
        design = MicroRandomisedDesign(
            20, probability=0.6, availability=0.8, level_sd=0.7, correlation=0.5
        )
        row = power(design, {"treatment": 0.2}, [40], n_simulations=150)[0]
        # t with 38 df; the correction widens a little.
        assert row.half_width == pytest.approx(2.02 * design.expected_se(40), rel=0.06)
        assert row.mean_estimate == pytest.approx(0.2, abs=4 * design.expected_se(40) / 12)
        assert row.coverage > 0.88
        assert row.type_i_error == pytest.approx(1 - row.coverage)

    def test_own_slopes_are_in_truth_and_model(self):
        design = PowerDesign((1, 2, 3, 4), Variances(0.5, 0.5, slope_sd=0.3), exposure=NORMAL)
        row = power(design, {"within": 0.2}, [30], n_simulations=20)[0]
        assert row.half_width == pytest.approx(2.05 * expected_se(design, 30)[2], rel=0.15)
        assert row.coverage > 0.79

    def test_own_effects_of_participants_cost_precision(self):
        rows = [
            power(
                MicroRandomisedDesign(20, effect_sd=sd), {"treatment": 0.2}, [20], n_simulations=40
            )[0]
            for sd in (0.0, 0.8)
        ]
        assert rows[1].half_width > 1.2 * rows[0].half_width

    def test_weekly_adherence(self):
        design = AdherenceDesign(6, usual=0.6, dropout=0.3, arms=(0.5, 0.5), trend=-0.1)
        assert design.terms == ("(Intercept)", "week", "within", "between", "arm2")
        rows = power(design, {"within": 0.4, "arm2": 0.0, "week": 0.0}, [50], n_simulations=20)
        found = {row.term: row for row in rows}
        assert found["within"].mean_estimate == pytest.approx(0.4, abs=0.12)
        assert found["within"].type_i_error is None
        assert found["arm2"].type_i_error is not None
        # The trend is the plan's own, not an effect to be found.
        assert found["week"].mean_estimate == pytest.approx(0.0, abs=0.1)

    @pytest.mark.parametrize(
        "refused",
        [
            lambda: AdherenceDesign(1),
            lambda: AdherenceDesign(4, usual=1.0),
            lambda: AdherenceDesign(4, arms=(0.2,)),
            lambda: MicroRandomisedDesign(1),
            lambda: MicroRandomisedDesign(5, probability=1.0),
            lambda: MicroRandomisedDesign(5, residual_sd=0.0),
            lambda: MicroRandomisedDesign(5, correlation=1.0),
        ],
    )
    def test_impossible_plans_are_refused(self, refused):
        with pytest.raises(ValueError, match=r"must|shares"):
            refused()
