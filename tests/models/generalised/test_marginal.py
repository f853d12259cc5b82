"""Marginal effects, shares of variance, and checks."""

from dataclasses import replace

import numpy as np
import pytest

from models.errors import NotEstimableError
from models.generalised.checks import effect_quantiles, overdispersion, zeros
from models.generalised.explained import explained
from models.generalised.fit import fit_generalised
from models.generalised.hurdle import fit_hurdle
from models.generalised.population_averaged import population_averaged
from models.marginal import fit_marginal
from models.random_terms import RandomTerm
from tests.models.generalised.cases import NAMES, by_group, column, design, draw, random_term

TERMS = ("(Intercept)", "within", "between")


CODES, X, ETA = draw(1500, 5, seed=21)
ETA = ETA + 0.9 * np.random.default_rng(3).normal(size=1500)[CODES]


@pytest.fixture(scope="module")
def both():
    draws = np.random.default_rng(1).random(len(ETA))
    y = (draws < 1 / (1 + np.exp(-ETA))).astype(float)
    fit = fit_generalised(y, X, TERMS, by_group(CODES), nodes=9)
    return fit, population_averaged(fit, X, by_group(CODES)), fit_marginal(y, X, CODES)


class TestLogistic:
    def test_is_what_gee_estimates(self, both):
        _, marginal, gee = both
        se = np.sqrt(np.diag(gee.cov_beta))
        assert np.abs((marginal.beta - gee.beta) / se).max() < 0.5
        assert np.sqrt(np.diag(marginal.cov_beta)) == pytest.approx(se, rel=0.1)

    def test_is_nearer_to_no_effect_by_about_zegers_factor(self, both):
        fit, marginal, _ = both
        zeger = 1 / np.sqrt(1 + 0.346 * fit.random[0].covariance[0, 0])
        assert zeger < 0.9
        assert marginal.beta / fit.beta == pytest.approx(np.full(3, zeger), rel=0.06)
        assert not marginal.is_conditional

    def test_reproduces_the_marginal_means(self, both):
        _, marginal, _ = both
        fitted = 1 / (1 + np.exp(-X @ marginal.beta))
        assert X.T @ fitted == pytest.approx(X.T @ marginal.means, abs=1e-4)

    def test_the_delta_method_agrees_with_refitting_shifted_parameters(self, both):
        fit, marginal, _ = both
        step = 1e-4
        columns = []
        for k in range(4):
            shifted = np.concatenate((fit.beta, fit.theta))
            shifted[k] += step
            moved = replace(fit, beta=shifted[:3], theta=shifted[3:])
            columns.append(
                (population_averaged(moved, X, by_group(CODES)).beta - marginal.beta) / step
            )
        J = np.array(columns).T
        assert J @ fit.cov_parameters @ J.T == pytest.approx(marginal.cov_beta, rel=1e-3, abs=1e-8)


def test_without_variance_marginal_is_conditional():
    random = random_term()
    fit = fit_generalised(column("even"), design(), NAMES, random)
    marginal = population_averaged(fit, design(), random)
    assert marginal.beta == pytest.approx(fit.beta, abs=1e-9)


class TestLog:
    def test_rate_ratios_of_a_random_intercept_are_both(self):
        random, X = random_term(), design()
        fit = fit_generalised(column("messages"), X, NAMES, random, family="poisson")
        marginal = population_averaged(fit, X, random)
        assert marginal.is_conditional
        assert marginal.beta[1:] == pytest.approx(fit.beta[1:], abs=1e-9)
        half = 0.5 * fit.random[0].covariance[0, 0]
        assert marginal.beta[0] == pytest.approx(fit.beta[0] + half, abs=1e-9)
        assert "only the intercept differs" in marginal.definition
        assert marginal.means.mean() == pytest.approx(column("messages").mean(), rel=0.2)

    def test_not_with_a_random_slope(self):
        random, X = random_term("slope"), design()
        fit = fit_generalised(column("messages"), X, NAMES, random, family="poisson")
        marginal = population_averaged(fit, X, random)
        assert not marginal.is_conditional
        assert abs(marginal.beta[1] - fit.beta[1]) > 1e-3


def test_shares_of_variance():
    random, X = random_term(), design()
    fit = fit_generalised(column("any"), X, NAMES, random)
    shares = explained(fit, X, random)
    psi, fixed = fit.random[0].covariance[0, 0], (X @ fit.beta).var()
    total = psi + fixed + np.pi**2 / 3
    assert shares.icc == pytest.approx(psi / (psi + np.pi**2 / 3))
    assert shares.r2_marginal == pytest.approx(fixed / total)
    assert shares.r2_conditional == pytest.approx((fixed + psi) / total)


def test_shares_of_variance_of_counts_and_slopes():
    random, X = random_term("slope"), design()
    fit = fit_generalised(column("messages"), X, NAMES, random, family="poisson")
    shares = explained(fit, X, random)
    by_row = np.einsum("ij,jk,ik->i", random.values, fit.random[0].covariance, random.values)
    assert shares.random == pytest.approx(by_row.mean())
    mean = np.exp(X @ fit.beta + 0.5 * by_row).mean()
    assert shares.residual == pytest.approx(np.log1p(1 / mean))
    assert shares.residual_kind == "lognormal approximation"


def test_overdispersion_is_seen_in_counts_and_gone_with_a_size():
    random, X, y = random_term(), design(), column("taps")
    poisson = overdispersion(fit_generalised(y, X, NAMES, random, family="poisson"), y, X, random)
    negbinomial = fit_generalised(y, X, NAMES, random, family="negbinomial")
    modelled = overdispersion(negbinomial, y, X, random)
    assert poisson.ratio > 1.4
    assert poisson.p < 1e-6
    assert 0.7 < modelled.ratio < 1.1
    assert (poisson.df, modelled.df) == (len(y) - 5, len(y) - 6)


def test_overdispersion_says_nothing_about_single_trials():
    random, X, y = random_term(), design(), column("any")
    fit = fit_generalised(y, X, NAMES, random)
    assert not overdispersion(fit, y, X, random).is_informative
    due, done = column("due"), column("done")
    fit = fit_generalised(done, X, NAMES, random, trials=due)
    assert overdispersion(fit, done, X, random, trials=due).is_informative


def test_excess_zeros_are_seen():
    random, X = random_term(), design()
    taps, visits = column("taps"), column("visits")
    well = zeros(fit_generalised(taps, X, NAMES, random, family="negbinomial"), taps, X, random)
    badly = zeros(fit_generalised(visits, X, NAMES, random, family="poisson"), visits, X, random)
    assert well.ratio == pytest.approx(1, abs=0.12)
    assert badly.ratio > 1.3
    assert badly.observed == int((visits == 0).sum())


def test_quantiles_of_effects_are_about_normal_and_name_nobody():
    codes, X, eta = draw(400, 12, seed=31)
    y = np.random.default_rng(2).poisson(np.exp(eta)).astype(float)
    (intercept,) = effect_quantiles(fit_generalised(y, X, TERMS, by_group(codes), family="poisson"))
    assert intercept.name == "(Intercept)"
    assert intercept.standardised == pytest.approx(intercept.normal, abs=0.35)
    assert len(intercept.normal) == 20


def test_quantiles_of_no_variance_are_absent():
    fit = fit_generalised(column("even"), design(), NAMES, random_term())
    assert effect_quantiles(fit)[0].standardised is None


def test_truncated_counts_have_no_marginal_coefficients():
    random, X, y = random_term(), design(), column("visits")
    positive = fit_hurdle(y, X, NAMES, random).positive
    rows = y > 0
    kept = RandomTerm("participant", random.names, random.values[rows], random.codes[rows])
    for ask in (population_averaged, explained):
        with pytest.raises(NotEstimableError) as caught:
            ask(positive, X[rows], kept)
        assert caught.value.reason == "truncated"
