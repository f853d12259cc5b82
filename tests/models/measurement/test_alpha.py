"""Cronbach's alpha against psych, against its closed forms, and where there is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from models.errors import NotEstimableError
from models.measurement.alpha import alpha_of, cronbach_alpha, feldt_interval
from tests.models.measurement import answers


@pytest.fixture(scope="module")
def expected():
    return answers.numbers()["one_level"]


class TestAgainstPsych:
    def test_alpha_of_complete_cases_says_how_many_were_dropped(self, expected):
        values, names = answers.one_occasion()
        found = cronbach_alpha(values, names)
        assert found.alpha == pytest.approx(expected["alpha"], rel=1e-12)
        assert (found.n, found.n_dropped, found.n_items) == (expected["n"], 150 - expected["n"], 6)
        assert found.mean_correlation == pytest.approx(expected["mean_r"], rel=1e-12)
        assert found.warnings == ()

    def test_feldt_interval(self, expected):
        values, names = answers.one_occasion()
        found = cronbach_alpha(values, names)
        assert [found.ci_low, found.ci_high] == pytest.approx(expected["feldt"], rel=1e-10)

    def test_pairwise_deletion_uses_all_answers(self, expected):
        values, names = answers.one_occasion()
        found = cronbach_alpha(values, names, missing="pairwise")
        assert found.alpha == pytest.approx(expected["alpha_pairwise"], rel=1e-12)
        given_counts = (~np.isnan(values)).astype(int)
        assert found.n == (given_counts.T @ given_counts).min()
        assert found.n_dropped == 0

    def test_each_item_against_the_rest(self, expected):
        values, names = answers.one_occasion()
        rows = cronbach_alpha(values, names).items
        assert [row.item_rest for row in rows] == pytest.approx(expected["item_rest"], rel=1e-10)
        got = [row.alpha_if_dropped for row in rows]
        assert got == pytest.approx(expected["dropped"], rel=1e-10)


class TestClosedForms:
    def test_equal_covariances_give_spearman_brown(self):
        k, r = 7, 0.4
        covariance = np.full((k, k), r) + (1 - r) * np.eye(k)
        assert alpha_of(covariance) == pytest.approx(k * r / (1 + (k - 1) * r), rel=1e-12)

    def test_two_items_have_an_alpha_but_none_if_one_is_dropped(self):
        values = answers.one_factor(np.random.default_rng(1), 50, (0.8, 0.8))
        found = cronbach_alpha(values, ("a", "b"))
        r = np.corrcoef(values.T)[0, 1]
        assert [row.item_rest for row in found.items] == pytest.approx([r, r])
        assert [row.alpha_if_dropped for row in found.items] == [None, None]

    def test_interval_covers_as_often_as_it_says(self):
        rng = np.random.default_rng(4)
        truth = 4 * 0.5 / (1 + 3 * 0.5)
        hits = 0
        for _ in range(400):
            values = answers.one_factor(rng, 40, np.full(4, np.sqrt(0.5)), np.sqrt(0.5))
            low, high = feldt_interval(alpha_of(np.cov(values.T)), 40, 4)
            hits += low < truth < high
        # Exact for these data: 0.95 within three binomial standard errors.
        assert stats.binomtest(hits, 400, 0.95).pvalue > 0.003

    @settings(max_examples=25, deadline=None)
    @given(shift=st.floats(-5, 5), scale=st.floats(0.1, 10), order=st.permutations(range(4)))
    def test_shift_scale_and_order_change_nothing(self, shift, scale, order):
        values = answers.one_factor(np.random.default_rng(2), 30)
        first = cronbach_alpha(values, tuple("abcd")).alpha
        moved = cronbach_alpha(shift + scale * values[::-1][:, order], tuple("abcd")).alpha
        assert moved == pytest.approx(first, rel=1e-9)


class TestNone:
    def test_one_item(self):
        with pytest.raises(NotEstimableError, match="fewer than two"):
            cronbach_alpha(np.ones((20, 1)), ("a",))

    @pytest.mark.parametrize("missing", ["complete", "pairwise"])
    def test_too_few_participants(self, missing):
        values = answers.one_factor(np.random.default_rng(1), 4)
        with pytest.raises(NotEstimableError, match="at least 5") as caught:
            cronbach_alpha(values, tuple("abcd"), missing=missing)
        assert caught.value.reason == "few_participants"

    def test_an_item_that_everyone_answers_alike_is_named(self):
        values = answers.one_factor(np.random.default_rng(1), 40)
        values[:, 2] = 3.0
        with pytest.raises(NotEstimableError, match="item c") as caught:
            cronbach_alpha(values, tuple("abcd"))
        assert caught.value.reason == "no_variation"

    def test_a_sum_that_does_not_vary(self):
        values = answers.one_factor(np.random.default_rng(1), 40, (0.8,))
        with pytest.raises(NotEstimableError, match="sum of the items"):
            cronbach_alpha(np.hstack([values, 8 - values]), ("a", "b"))


class TestWarnings:
    def test_an_item_not_reversed_is_named_with_the_remedy(self):
        values = answers.one_factor(np.random.default_rng(1), 80)
        values[:, 1] = 8 - values[:, 1]
        found = cronbach_alpha(values, tuple("abcd"))
        assert any(
            "go against the others: b." in text and "`reverse`" in text for text in found.warnings
        )

    def test_negative_alpha_is_said(self):
        values = answers.one_factor(np.random.default_rng(1), 80, (0.8, 0.7))
        values[:, 1] = 8 - values[:, 1]
        found = cronbach_alpha(values, ("a", "b"))
        assert found.alpha < 0
        assert any("negative" in text for text in found.warnings)

    def test_few_categories_are_said(self):
        values = (answers.one_factor(np.random.default_rng(1), 80) > 4).astype(float)
        assert "only 2 values" in cronbach_alpha(values, tuple("abcd")).warnings[0]
