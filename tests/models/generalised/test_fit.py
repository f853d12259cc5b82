"""What a fit does with hard data, and what must not change it."""

import numpy as np
import pytest

from models.errors import NotConvergedError, NotEstimableError
from models.generalised import optimise
from models.generalised.fit import fit_generalised
from models.generalised.hurdle import fit_hurdle
from models.generalised.influence import influence
from models.random_terms import RandomTerm
from tests.models.generalised.cases import NAMES, by_group, column, design, draw, random_term

TERMS = ("(Intercept)", "within", "between")


def bernoulli(eta, seed=1):
    rng = np.random.default_rng(seed)
    return (rng.random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)


def refusal(y, X, codes, terms=TERMS, **options):
    with pytest.raises(NotEstimableError) as caught:
        fit_generalised(y, X, terms, by_group(codes), **options)
    return caught.value


class TestSeparation:
    codes, X, eta = draw(50, 6, seed=3)

    def test_a_category_without_failures_is_named(self):
        rare = (np.arange(len(self.eta)) % 40 == 0).astype(float)
        y = np.where(rare > 0, 1.0, bernoulli(self.eta))
        error = refusal(y, np.column_stack([self.X, rare]), self.codes, (*TERMS, "badge"))
        assert error.reason == "separation"
        assert str(error).startswith("badge predicts the outcome without exception")
        assert "Leave it out" in str(error)

    def test_complete_separation(self):
        error = refusal((self.X[:, 1] > 0).astype(float), self.X, self.codes)
        assert error.reason == "separation"
        assert "within" in str(error)

    def test_trials_are_separated_only_where_all_succeed(self):
        rare = (np.arange(len(self.eta)) % 40 == 0).astype(float)
        X, terms = np.column_stack([self.X, rare]), (*TERMS, "badge")
        trials = np.full(len(rare), 3.0)
        y = bernoulli(self.eta) + bernoulli(self.eta, 2)
        all_of_them = np.where(rare > 0, trials, y)
        assert refusal(all_of_them, X, self.codes, terms, trials=trials).reason == "separation"
        one_short = all_of_them.copy()
        one_short[0] -= 1
        fit = fit_generalised(one_short, X, terms, by_group(self.codes), trials=trials)
        assert fit.gradient_norm < 1e-4

    def test_a_category_of_zero_counts_is_named(self):
        rare = (np.arange(len(self.eta)) % 30 == 0).astype(float)
        y = np.random.default_rng(4).poisson(np.exp(self.eta + 1)).astype(float)
        X = np.column_stack([self.X, rare])
        y = np.where(rare > 0, 0.0, y)
        error = refusal(y, X, self.codes, (*TERMS, "badge"), family="poisson")
        assert (error.reason, str(error)[:5]) == ("separation", "badge")

    def test_groups_that_never_change_have_no_finite_variance(self):
        y = (np.random.default_rng(5).random(50) < 0.5).astype(float)[self.codes]
        error = refusal(y, self.X, self.codes)
        assert error.reason == "separation"
        assert "participant" in str(error)

    def test_large_and_overlapping_is_not_taken_for_separated(self):
        codes, X, eta = draw(300, 4, seed=8)
        far = X * [1, 6, 6]
        y = bernoulli(6 * eta)
        fit = fit_generalised(y, far, TERMS, by_group(codes))
        assert fit.gradient_norm < 1e-4


@pytest.mark.parametrize(
    ("change", "options", "reason"),
    [
        (lambda y, X: (np.ones_like(y), X), {}, "constant_outcome"),
        (lambda y, X: (np.zeros_like(y), X), {"family": "poisson"}, "constant_outcome"),
        (lambda y, X: (y - 1, X), {"family": "poisson"}, "outcome"),
        (lambda y, X: (y / 2, X), {}, "outcome"),
        (lambda y, X: (np.where(X[:, 1] > 2, np.nan, y), X), {}, "outcome"),
        (lambda y, X: (y + 1, X), {}, "outcome"),
        (lambda y, X: (y, np.column_stack([X[:, :2], 0 * X[:, 2]])), {}, "no_variation"),
        (lambda y, X: (y, np.column_stack([X[:, :2], 3 - 2 * X[:, 1]])), {}, "collinear"),
    ],
)
def test_unusable_data_are_refused_with_a_reason(change, options, reason):
    codes, X, eta = draw(30, 5, seed=6)
    y, X = change(bernoulli(eta), X)
    assert refusal(y, X, codes, **options).reason == reason


def test_one_trial_per_group_is_refused():
    codes, X, eta = draw(80, 1, seed=6)
    X[:, 2] = np.random.default_rng(1).normal(size=80)
    assert refusal(bernoulli(eta), X, codes).reason == "one_row_per_group"


def test_counts_without_excess_variance_have_no_size():
    codes, X, eta = draw(60, 8, seed=7)
    y = np.random.default_rng(12).poisson(np.exp(eta)).astype(float)
    error = refusal(y, X, codes, family="negbinomial")
    assert error.reason == "no_overdispersion"
    assert "Poisson" in str(error)


def test_counts_of_a_very_wide_spread_are_fitted():
    """The plain model is far off here: means from under 1 to thousands."""
    codes, X, eta = draw(60, 6, seed=9)
    y = np.random.default_rng(2).poisson(np.exp(2 + 4 * eta)).astype(float)
    fit = fit_generalised(y, X, TERMS, by_group(codes), family="poisson")
    assert fit.gradient_norm < 1e-4
    assert fit.beta[1] == pytest.approx(2.0, abs=0.1)
    assert np.sqrt(fit.random[0].covariance[0, 0]) == pytest.approx(3.2, abs=1.0)


@pytest.fixture(scope="module")
def fit():
    return fit_generalised(column("any"), design(), NAMES, random_term("slope"))


class TestInvariance:
    y, X = column("any"), design()

    def test_order_of_rows_and_numbers_of_groups(self, fit):
        rng = np.random.default_rng(0)
        rows, random = rng.permutation(len(self.y)), random_term("slope")
        numbers = rng.permutation(random.n_groups)
        other = RandomTerm(
            "participant", random.names, random.values[rows], numbers[random.codes[rows]]
        )
        again = fit_generalised(self.y[rows], self.X[rows], NAMES, other)
        assert again.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-8)
        assert again.beta == pytest.approx(fit.beta, abs=1e-6)
        assert again.modes[numbers] == pytest.approx(fit.modes, abs=1e-5)

    def test_units_and_origin_of_a_predictor(self, fit):
        X = self.X.copy()
        X[:, 1] = 2020 + X[:, 1] * 7
        again = fit_generalised(self.y, X, NAMES, random_term("slope"))
        assert again.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-8)
        assert again.beta[1] * 7 == pytest.approx(fit.beta[1], abs=1e-6)
        assert again.beta[2:] == pytest.approx(fit.beta[2:], abs=1e-6)
        se, before = np.sqrt(np.diag(again.cov_beta)), np.sqrt(np.diag(fit.cov_beta))
        assert se[1] * 7 == pytest.approx(before[1], rel=1e-4)

    def test_units_of_a_random_slope(self, fit):
        random = random_term("slope")
        days = RandomTerm("participant", random.names, random.values * [1, 7], random.codes)
        again = fit_generalised(self.y, self.X, NAMES, days)
        assert again.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-8)
        scaled = again.random[0].covariance * np.outer([1, 7], [1, 7])
        assert scaled == pytest.approx(fit.random[0].covariance, rel=1e-4)

    def test_rows_of_one_trial_are_rows_of_many(self):
        """Binomial rows of identical predictors differ from their sum by a constant only."""
        codes, X, eta = draw(40, 5, seed=11)
        trials = np.full(len(eta), 3)
        y = np.random.default_rng(1).binomial(trials, 1 / (1 + np.exp(-eta)))
        many = fit_generalised(
            y.astype(float), X, TERMS, by_group(codes), trials=trials.astype(float)
        )
        longer = np.repeat(np.arange(len(y)), 3)
        ones = (np.tile(np.arange(3), len(y)) < y[longer]).astype(float)
        one = fit_generalised(ones, X[longer], TERMS, by_group(codes[longer]))
        assert one.beta == pytest.approx(many.beta, abs=1e-6)
        assert one.cov_beta == pytest.approx(many.cov_beta, rel=1e-3)


def test_hessian_theta_and_covariance_belong_together(fit):
    assert fit.factor @ fit.factor.T == pytest.approx(fit.random[0].covariance)
    assert fit.theta_names == ("(Intercept)", "week.(Intercept)", "week")
    assert fit.cov_parameters @ fit.hessian == pytest.approx(np.eye(7), abs=1e-6)
    assert fit.cov_parameters[:4, :4] == pytest.approx(fit.cov_beta)


def test_few_groups_are_warned_about():
    rows = np.flatnonzero(column("participant") <= 12)
    fit = fit_generalised(column("any")[rows], design()[rows], NAMES, random_term(rows=rows))
    assert any("Only 12 groups" in warning for warning in fit.warnings)


def test_influence_is_near_refits_without_one_group():
    y, X, random = column("messages"), design(), random_term()
    fit = fit_generalised(y, X, NAMES, random, family="poisson")
    changes = influence(fit, y, X, random)
    assert changes.shape == (60, 4)
    se = np.sqrt(np.diag(fit.cov_beta))
    for group in np.argsort(-np.abs(changes / se).max(axis=1))[:3]:
        rest = random.codes != group
        codes = np.unique(random.codes[rest], return_inverse=True)[1]
        without = fit_generalised(y[rest], X[rest], NAMES, by_group(codes), family="poisson")
        assert changes[group] / se == pytest.approx((without.beta - fit.beta) / se, abs=0.08)


def test_hurdle_says_when_a_part_is_missing():
    codes, X, _ = draw(30, 5, seed=6)
    whole = np.random.default_rng(1).poisson(2, len(codes)) + 1.0
    for y, reason in ((whole, "no_zeros"), (np.minimum(whole - 1, 1), "constant_outcome")):
        with pytest.raises(NotEstimableError) as caught:
            fit_hurdle(y, X, TERMS, by_group(codes))
        assert caught.value.reason == reason


def test_a_flat_likelihood_is_no_result():
    """Twice the same random effect: only the sum of the two variances could be estimated."""
    codes, X, eta = draw(60, 6, seed=2)
    random = RandomTerm("participant", ("a", "b"), np.ones((len(eta), 2)), codes)
    with pytest.raises(NotConvergedError) as caught:
        fit_generalised(bernoulli(eta), X, TERMS, random)
    assert caught.value.reason == "no_maximum"


def test_recovers_the_truth():
    """Short form of simulate-and-recover: 25 studies, every estimate within its error."""
    z = []
    for seed in range(25):
        codes, X, eta = draw(100, 6, seed=100 + seed)
        fit = fit_generalised(bernoulli(eta, seed), X, TERMS, by_group(codes), nodes=5)
        z.append((fit.beta - [-0.2, 0.5, -0.4]) / np.sqrt(np.diag(fit.cov_beta)))
    covered = (np.abs(np.array(z)) < 1.96).mean()
    assert 0.86 < covered < 1
    assert np.abs(np.mean(z, axis=0)).max() < 0.6


def test_names_the_two_searches(fit):
    assert fit.optimisers == ("BFGS", "Newton from another start")


def test_two_searches_that_disagree_are_no_result(monkeypatch):
    """The second search is made to end elsewhere, and lower."""

    def lost(objective, start, inverse, *, tolerance):
        return optimise.begin(objective, start, inverse)

    monkeypatch.setattr(optimise, "newton", lost)
    with pytest.raises(NotConvergedError) as caught:
        fit_generalised(column("any"), design(), NAMES, random_term())
    assert caught.value.reason == "optimisers_disagree"


def test_newton_goes_on_with_bfgs_where_its_hessian_is_wrong():
    def quartic(x):
        return float((x**4).sum() + 0.5 * x @ x), 4 * x**3 + x

    start, wrong = np.array([2.0, -1.5]), 3 * np.eye(2)
    found = optimise.newton(quartic, start, wrong, tolerance=1e-8)
    assert found.method == "BFGS"
    assert found.parameters == pytest.approx(np.zeros(2), abs=1e-4)
    right = optimise.newton(quartic, np.array([0.1, 0.1]), np.eye(2), tolerance=1e-8)
    assert right.method == "Newton"


def test_unknown_family_is_named():
    codes, X, eta = draw(20, 4, seed=1)
    with pytest.raises(ValueError, match="binomial, poisson"):
        fit_generalised(bernoulli(eta), X, TERMS, by_group(codes), family="gamma")
