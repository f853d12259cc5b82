"""The adjusted difference of two randomised groups."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from models.errors import NotEstimableError
from models.randomised.cuped import adjusted_difference


def groups(n=80, seed=1):
    rng = np.random.default_rng(seed)
    before = rng.normal(size=n)
    is_treated = np.arange(n) % 2 == 0
    return 0.8 * before + 0.5 * is_treated + 0.5 * rng.normal(size=n), is_treated, before


def test_without_an_earlier_value_it_is_welch():
    outcome, is_treated, _ = groups()
    got = adjusted_difference(outcome, is_treated)
    other = ttest_ind(outcome[is_treated], outcome[~is_treated], equal_var=False)
    interval = other.confidence_interval()
    assert (got.p_value, got.df) == pytest.approx((other.pvalue, other.df))
    assert (got.ci_low, got.ci_high) == pytest.approx((interval.low, interval.high))
    assert got.slope is None


def test_an_earlier_value_sharpens():
    outcome, is_treated, before = groups()
    plain = adjusted_difference(outcome, is_treated)
    sharp = adjusted_difference(outcome, is_treated, before)
    assert sharp.se < 0.75 * plain.se
    assert sharp.variance_removed == pytest.approx(0.72, abs=0.15)
    assert sharp.ci_low < 0.5 < sharp.ci_high


def test_an_earlier_value_moved_and_scaled_changes_nothing():
    outcome, is_treated, before = groups()
    a = adjusted_difference(outcome, is_treated, before)
    b = adjusted_difference(outcome, is_treated, 100 - 3 * before)
    assert (a.estimate, a.se) == pytest.approx((b.estimate, b.se))


def test_refused():
    outcome, is_treated, before = groups()
    with pytest.raises(NotEstimableError, match="three participants"):
        adjusted_difference(outcome[:4], is_treated[:4])
    with pytest.raises(NotEstimableError, match="does not vary within"):
        adjusted_difference(outcome, is_treated, np.ones_like(before))
    with pytest.raises(NotEstimableError, match="does not vary in either"):
        adjusted_difference(np.ones_like(outcome), is_treated)
