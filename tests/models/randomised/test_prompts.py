"""Excursion effects of versions: horizons, study weeks, moderators."""

import numpy as np
import pytest

from models.errors import NotEstimableError
from models.randomised.prompts import compute
from tests.models.randomised.version_case import inputs


def silent(_done: int, _of: int) -> None:
    pass


@pytest.fixture(scope="module")
def feature():
    return compute(inputs(lift=0.25), silent).features[0]


def test_availability_and_probabilities_are_stated(feature):
    assert feature.n_points == feature.n_available == 720
    assert [one.probability for one in feature.chances] == [0.5, 0.5]
    assert sum(one.share for one in feature.chances) == pytest.approx(1)


def test_sessions_three_hours_later_are_seen_by_the_windows_that_reach_them(feature):
    found = {(one.hours, one.estimator): one for one in feature.excursions}
    assert found[1, "WCLS"].number is None
    assert "same at every" in found[1, "WCLS"].explanation
    for hours in (6, 24):
        number = found[hours, "WCLS"].number
        assert number.ci_low < 0.25 < number.ci_high
        assert found[hours, "EMEE"].number.ci_low > 0


def test_the_effect_along_the_weeks_is_a_line_through_the_truth(feature):
    line = [
        one for one in feature.course if one.outcome == "within_24h" and one.estimator == "WCLS"
    ]
    assert [one.week for one in line] == list(range(12))
    assert np.ptp(np.diff([one.estimate for one in line])) == pytest.approx(0, abs=1e-12)
    assert all(one.ci_low < 0.25 < one.ci_high for one in line)


def test_low_and_high_differ_by_the_change(feature):
    found = [one for one in feature.moderations if one.low is not None and one.high is not None]
    assert {one.moderator for one in found} >= {"Version of the delivery before"}
    for one in found:
        assert one.high.estimate - one.low.estimate == pytest.approx(one.change.estimate, abs=1e-10)


def test_kept_versions_have_no_decision_points():
    feature = compute(inputs(is_kept=True), silent).features[0]
    assert "no decision points" in feature.explanation
    assert feature.excursions == ()


def test_without_chance_there_is_no_effect():
    with pytest.raises(NotEstimableError, match="randomised = true"):
        compute(inputs(n=12, is_randomised=False), silent)
