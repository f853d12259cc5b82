"""McDonald's omega against lavaan's single-factor model, and where it is doubtful or missing."""

import numpy as np
import pytest

from models.errors import NotConvergedError, NotEstimableError
from models.measurement.alpha import cronbach_alpha
from models.measurement.covariance_fit import OneFactor, fit_covariances
from models.measurement.level_likelihood import OneLevel
from models.measurement.omega import mcdonald_omega
from tests.models.measurement import answers


@pytest.fixture(scope="module")
def expected():
    return answers.numbers()["one_level"]


@pytest.fixture(scope="module")
def found():
    return mcdonald_omega(*answers.one_occasion())


class TestAgainstLavaan:
    def test_it_converged_to_the_same_likelihood(self, expected):
        assert expected["converged"]
        values, names = answers.one_occasion()
        values = values[~np.isnan(values).any(axis=1)]
        S = np.cov(values.T, bias=True)
        sd = np.sqrt(np.diag(S))
        correlation = S / np.outer(sd, sd)
        structure = OneFactor(len(names))
        fit = fit_covariances(OneLevel(correlation, len(values)), (structure,), (correlation,), sd)
        assert fit.log_likelihood == pytest.approx(expected["loglik"], rel=1e-8)

    def test_omega_and_its_standard_error(self, found, expected):
        assert found.omega == pytest.approx(expected["omega"], rel=1e-6)
        assert found.se == pytest.approx(expected["omega_se"], rel=1e-4)

    def test_loadings_and_own_variances(self, found, expected):
        got = [row.loading for row in found.loadings]
        assert got == pytest.approx(expected["loadings"], rel=1e-5)
        assert [row.own_variance for row in found.loadings] == pytest.approx(
            expected["own"], rel=1e-5
        )

    def test_interval_holds_it_and_stays_in_range(self, found):
        assert 0 < found.ci_low < found.omega < found.ci_high < 1
        assert (found.n, found.n_dropped) == (138, 12)


def test_equal_loadings_make_omega_alpha():
    values = answers.one_factor(np.random.default_rng(3), 4000, np.full(5, 0.8), 0.6)
    omega, alpha = mcdonald_omega(values, tuple("abcde")), cronbach_alpha(values, tuple("abcde"))
    assert omega.omega == pytest.approx(alpha.alpha, abs=2e-4)
    assert omega.omega == pytest.approx(16 / (16 + 5 * 0.36), abs=0.01)


def test_units_of_items_matter_and_are_kept():
    """Doubling one item's spread gives it more of the sum: omega is not scale free, loadings are."""
    values = answers.one_factor(np.random.default_rng(3), 300)
    once = mcdonald_omega(values, tuple("abcd"))
    stretched = mcdonald_omega(values * [10.0, 1, 1, 1], tuple("abcd"))
    assert stretched.omega != pytest.approx(once.omega, abs=0.01)
    assert stretched.loadings[0].loading == pytest.approx(10 * once.loadings[0].loading, rel=1e-5)
    assert stretched.loadings[0].standardised == pytest.approx(
        once.loadings[0].standardised, rel=1e-5
    )


class TestDoubtful:
    def test_an_item_not_reversed_is_named(self):
        values = answers.one_factor(np.random.default_rng(1), 200)
        values[:, 1] = 8 - values[:, 1]
        found = mcdonald_omega(values, tuple("abcd"))
        assert any("load against the others: b." in text for text in found.warnings)
        assert sum(row.standardised < 0 for row in found.loadings) == 1

    def test_a_heywood_case_keeps_no_interval_and_is_named(self):
        correlation = np.array([[1, 0.85, 0.85], [0.85, 1, 0.6], [0.85, 0.6, 1.0]])
        rng = np.random.default_rng(1)
        draws = rng.normal(size=(60, 3))
        draws -= draws.mean(axis=0)
        draws = draws @ np.linalg.inv(np.linalg.cholesky(np.cov(draws.T))).T
        values = draws @ np.linalg.cholesky(correlation).T
        found = mcdonald_omega(values, tuple("abc"))
        assert (found.se, found.ci_low, found.ci_high) == (None, None, None)
        assert any("(a Heywood case): a." in text for text in found.warnings)
        assert 0 < found.omega < 1

    def test_items_that_are_copies_have_no_fit(self):
        rng = np.random.default_rng(3)
        values = np.repeat(rng.normal(size=(40, 1)), 4, axis=1)
        values = values + rng.normal(0, [1e-4, 1e-4, 0.5, 0.5], (40, 4))
        with pytest.raises(NotConvergedError, match="copies of each other"):
            mcdonald_omega(values, tuple("abcd"))

    def test_two_factors_are_said(self):
        rng = np.random.default_rng(1)
        values = np.hstack([answers.one_factor(rng, 200, (0.9,) * 3, 0.5) for _ in range(2)])
        found = mcdonald_omega(values, tuple("abcdef"))
        assert found.srmr > 0.08
        assert any("more than one thing" in text for text in found.warnings)


class TestNone:
    def test_two_items(self):
        values = answers.one_factor(np.random.default_rng(1), 50, (0.8, 0.8))
        with pytest.raises(NotEstimableError, match="at least 3 items") as caught:
            mcdonald_omega(values, ("a", "b"))
        assert caught.value.reason == "few_items"

    def test_too_few_rows(self):
        with pytest.raises(NotEstimableError, match="too few"):
            mcdonald_omega(answers.one_factor(np.random.default_rng(1), 4), tuple("abcd"))
