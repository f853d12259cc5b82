"""Reliability within and between participants, and of change, against lavaan, psych and lme4."""

from dataclasses import replace

import numpy as np
import pytest

from models.errors import NotEstimableError
from models.measurement.covariance_fit import FreeCovariance, OneFactor, fit_covariances
from models.measurement.level_likelihood import TwoLevel
from models.measurement.levels import level_reliability
from models.measurement.occasions import change_reliability
from tests.models.measurement import answers


@pytest.fixture(scope="module")
def expected():
    return answers.numbers()["two_level"]


@pytest.fixture(scope="module")
def found():
    return level_reliability(answers.two_level())


def coefficient(found, name, level):
    return next(row for row in found.coefficients if (row.name, row.level) == (name, level))


def dense_deviance(table, within, between):
    """-2 log-likelihood of all rows at the GLS mean, participant by participant, no sums."""
    precisions, products, log_det, blocks = 0.0, 0.0, 0.0, []
    for j in np.unique(table.participants):
        Y = table.values[table.participants == j]
        n, k = Y.shape
        V = np.kron(np.eye(n), within) + np.kron(np.ones((n, n)), between)
        design = np.kron(np.ones((n, 1)), np.eye(k))
        inverse = np.linalg.inv(V)
        precisions = precisions + design.T @ inverse @ design
        products = products + design.T @ inverse @ Y.ravel()
        log_det += np.linalg.slogdet(V)[1]
        blocks.append((Y.ravel(), design, inverse))
    mean = np.linalg.solve(precisions, products)
    return log_det + sum((y - D @ mean) @ P @ (y - D @ mean) for y, D, P in blocks)


class TestLikelihood:
    roots = np.random.default_rng(0).normal(size=(2, 5, 5))
    covariances = tuple(root @ root.T / 5 + 0.5 * np.eye(5) for root in roots)

    def test_sums_give_the_dense_likelihood_at_fixed_covariances(self):
        table = answers.two_level()
        value, _ = TwoLevel.of(table.values, table.participants).deviance(self.covariances)
        assert value == pytest.approx(dense_deviance(table, *self.covariances), rel=1e-10)

    @pytest.mark.parametrize("level", [0, 1])
    def test_gradient_is_that_of_differences(self, level):
        table = answers.two_level()
        likelihood = TwoLevel.of(table.values, table.participants)
        _, slopes = likelihood.deviance(self.covariances)
        direction = np.full((5, 5), 0.2) + np.diag(np.arange(5.0))
        step = 1e-5
        ends = []
        for sign in (1, -1):
            moved = list(self.covariances)
            moved[level] = moved[level] + sign * step * direction
            ends.append(likelihood.deviance(moved)[0])
        numeric = (ends[0] - ends[1]) / (2 * step)
        assert np.sum(slopes[level] * direction) == pytest.approx(numeric, rel=1e-6)

    @pytest.mark.parametrize(
        ("kind", "structure"), [("free", FreeCovariance), ("factor", OneFactor)]
    )
    def test_maximum_is_lavaans(self, kind, structure, expected):
        assert expected[kind]["converged"]
        table = answers.two_level()
        likelihood = TwoLevel.of(table.values, table.participants)
        both = (structure(5), structure(5))
        fit = fit_covariances(likelihood, both, likelihood.anova(), np.ones(5))
        assert fit.log_likelihood == pytest.approx(expected[kind]["loglik"], rel=1e-8)
        assert fit.log_likelihood >= expected[kind]["loglik"] - 1e-6


class TestCoefficients:
    @pytest.mark.parametrize(
        ("kind", "name", "level"),
        [
            ("free", "alpha", "within"),
            ("free", "alpha", "between"),
            ("factor", "omega", "within"),
            ("factor", "omega", "between"),
        ],
    )
    def test_values_and_standard_errors_are_lavaans(self, found, expected, kind, name, level):
        place = expected[kind]["label"].index(f"{name}_{level}")
        row = coefficient(found, name, level)
        assert row.value == pytest.approx(expected[kind]["estimate"][place], rel=1e-5)
        assert row.se == pytest.approx(expected[kind]["se"][place], rel=1e-3)
        assert row.ci_low < row.value < row.ci_high < 1

    def test_loadings_of_both_levels(self, found, expected):
        for level in ("within", "between"):
            got = [row.loading for where, row in found.loadings if where == level]
            assert got == pytest.approx(expected[f"loadings_{level}"], rel=1e-4)

    def test_counts(self, found):
        table = answers.two_level()
        assert (found.n_rows, found.n_participants) == (len(table.values), 90)
        assert found.n_repeated == 90
        assert found.n_dropped == 0

    def test_incomplete_rows_are_dropped_and_counted(self):
        table = answers.two_level()
        values = table.values.copy()
        values[[3, 50], [0, 2]] = np.nan
        found = level_reliability(replace(table, values=values))
        assert (found.n_dropped, found.n_rows) == (2, len(values) - 2)

    def test_levels_are_told_apart(self):
        """Between participants items agree, within them there is only noise."""
        rng = np.random.default_rng(5)
        table = answers.repeated(rng, 100, 6, change=0.0, shared=0.0)
        found = level_reliability(table)
        assert found.value("alpha", "between") > 0.95
        assert abs(found.value("alpha", "within")) < 0.2
        assert found.icc == pytest.approx(1 / (1 + 0.49 / 4), abs=0.1)

    def test_few_participants_are_said(self):
        found = level_reliability(answers.repeated(np.random.default_rng(6), 20, 5))
        assert any("20 participants" in text for text in found.warnings)

    def test_two_items_have_alphas_and_say_why_no_omega(self):
        found = level_reliability(answers.repeated(np.random.default_rng(6), 60, 5, n_items=2))
        assert found.value("alpha", "within") is not None
        assert found.value("omega", "within") is None
        assert {row.reason for row in found.missing} == {"few_items"}


class TestNone:
    def test_one_filling_in_each(self):
        table = answers.repeated(np.random.default_rng(6), 60, 1)
        with pytest.raises(NotEstimableError, match="too seldom") as caught:
            level_reliability(table)
        assert caught.value.reason == "few_occasions"

    def test_too_few_participants(self):
        with pytest.raises(NotEstimableError, match="too few for 4 items"):
            level_reliability(answers.repeated(np.random.default_rng(6), 3, 9))

    def test_an_item_nobody_ever_changes_is_named(self):
        table = answers.repeated(np.random.default_rng(6), 60, 4)
        values = table.values.copy()
        values[:, 1] = table.participants % 7
        with pytest.raises(NotEstimableError, match="item i1") as caught:
            level_reliability(replace(table, values=values))
        assert caught.value.reason == "no_variation_within"


class TestChange:
    def test_components_are_lme4s_for_complete_data(self):
        expected = answers.numbers()["occasions"]
        assert not expected["singular"]
        found = change_reliability(answers.occasions()).components
        names = {
            "participant": "participant",
            "participant:item": "participant_item",
            "participant:occasion": "participant_occasion",
            "occasion": "occasion",
            "occasion:item": "occasion_item",
            "Residual": "residual",
        }
        for theirs, ours in names.items():
            assert getattr(found, ours) == pytest.approx(expected["components"][theirs], rel=1e-5)

    def test_coefficients_are_psychs(self):
        """psych stops lmer at its default tolerance, hence 1e-4."""
        expected = answers.numbers()["occasions"]
        found = change_reliability(answers.occasions())
        assert found.r_mean == pytest.approx(expected["RkF"], rel=1e-4)
        assert found.r_single == pytest.approx(expected["R1R"], rel=1e-4)
        assert found.r_random_mean == pytest.approx(expected["RkR"], rel=1e-4)
        assert found.r_change == pytest.approx(expected["Rc"], rel=1e-4)

    @pytest.mark.parametrize("same_occasions", [True, False])
    def test_missing_occasions_leave_the_estimates_unbiased(self, same_occasions):
        rng = np.random.default_rng(8)
        found = []
        for _ in range(60):
            table = answers.repeated(rng, 40, 5)
            table = table.where(rng.random(len(table.values)) < 0.7)
            found.append(change_reliability(table, same_occasions=same_occasions).components)
        change = 0.36 if same_occasions else 0.36 + 0.25
        own = np.array([row.participant for row in found])
        moved = np.array([row.participant_occasion for row in found])
        residual = np.array([row.residual for row in found])
        for got, truth in ((own, 1.0), (moved, change), (residual, 0.49)):
            assert abs(got.mean() - truth) < 4 * got.std() / np.sqrt(len(got))

    def test_own_occasions_have_no_occasion_component(self):
        found = change_reliability(answers.occasions(), same_occasions=False)
        assert found.components.occasion is None
        assert (found.r_single, found.r_random_mean) == (None, None)

    def test_order_of_rows_does_not_matter(self):
        table = answers.occasions()
        order = np.random.default_rng(1).permutation(len(table.values))
        mixed = replace(
            table,
            values=table.values[order],
            participants=table.participants[order],
            occasions=table.occasions[order],
        )
        first, second = change_reliability(table), change_reliability(mixed)
        assert second.r_change == pytest.approx(first.r_change, rel=1e-9)

    def test_no_change_at_all_is_said(self):
        rng = np.random.default_rng(3)
        table = answers.repeated(rng, 30, 4, change=0.0)
        seen = [change_reliability(table.where(rng.random(120) < 0.9)).warnings for _ in range(12)]
        assert any("participant x occasion" in text for texts in seen for text in texts)

    def test_one_occasion_has_none(self):
        with pytest.raises(NotEstimableError, match="repeatedly"):
            change_reliability(answers.repeated(np.random.default_rng(3), 30, 1))
