"""Sample ratios, and the check of declared probabilities."""

import numpy as np
import pytest
from scipy.stats import chisquare

from models.errors import NotEstimableError
from models.randomised.sample_ratio import randomisation_check, sample_ratio


def test_the_chi_square():
    seen = sample_ratio([120, 90, 90], [1 / 3, 1 / 3, 1 / 3])
    other = chisquare([120, 90, 90])
    assert (seen.statistic, seen.p_value) == pytest.approx((other.statistic, other.pvalue))
    assert seen.df == 2
    assert not seen.is_suspect


def test_a_mismatch_is_said():
    seen = sample_ratio([600, 400], [0.5, 0.5])
    assert seen.is_suspect
    assert "fault in delivery or logging" in seen.warnings[0]


def test_small_numbers_are_compared_exactly():
    seen = sample_ratio([0, 6], [0.5, 0.5])
    assert seen.statistic is None
    assert seen.p_value == pytest.approx(2 * 0.5**6)


@pytest.mark.parametrize(
    ("counts", "shares"),
    [([5], [1.0]), ([5, -1], [0.5, 0.5]), ([5, 5], [0.5, 0.6]), ([5, 5], [1.0, 0.0])],
)
def test_wrong_questions(counts, shares):
    with pytest.raises(ValueError, match=r"expected shares|one count"):
        sample_ratio(counts, shares)


def test_nobody():
    with pytest.raises(NotEstimableError):
        sample_ratio([0, 0], [0.5, 0.5])


class TestRandomisation:
    def test_true_probabilities_are_believed(self):
        rng = np.random.default_rng(2)
        for levels in ([0.3, 0.6], rng.uniform(0.2, 0.8, 200)):
            chance = rng.choice(levels, 5000)
            check = randomisation_check((rng.random(5000) < chance).astype(float), chance)
            assert not check.is_suspect
            assert check.df == (2 if len(levels) == 2 else 1)

    def test_errors_that_cancel_are_still_seen(self):
        chance = np.repeat([0.4, 0.6], 2000)
        swapped = (
            np.tile([1.0] * 6 + [0.0] * 4, 200).tolist()
            + np.tile([1.0] * 4 + [0.0] * 6, 200).tolist()
        )
        assert randomisation_check(np.array(swapped), chance).is_suspect

    def test_p_values_are_even_under_the_truth(self):
        rng = np.random.default_rng(3)
        p_values = []
        for _ in range(400):
            chance = rng.choice([0.3, 0.6], 300)
            p_values.append(
                randomisation_check((rng.random(300) < chance).astype(float), chance).p_value
            )
        assert np.mean(np.array(p_values) < 0.1) == pytest.approx(0.1, abs=0.05)
