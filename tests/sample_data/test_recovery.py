"""The planted effects are in the export files, not only in truth.json."""

import json

import pytest

from sample_data.generate import HERE
from tests.sample_data import exports

# Wider than 95 %: there are 55 coefficients, and this plain estimator is not the model's.
STANDARD_ERRORS = 3.3


@pytest.fixture(scope="module")
def panel():
    return exports.Panel(HERE / "harbour" / "exports")


@pytest.fixture(scope="module")
def truth() -> dict:
    return json.loads((HERE / "harbour" / "truth.json").read_text("utf-8"))


@pytest.mark.parametrize("dimension", exports.DIMENSIONS)
def test_every_effect_is_where_truth_says(panel, truth, dimension):
    found = exports.within(panel, dimension, exports.FEATURES)
    assert set(found) == set(truth["within"])
    for feature, (estimate, se) in found.items():
        planted = truth["within"][feature][dimension]
        assert abs(estimate - planted) < STANDARD_ERRORS * se, feature
        if planted:
            assert abs(estimate) > 3 * se, feature


def test_reminders_alone_seem_to_do_harm(panel):
    pairs = [exports.within(panel, d, ("reminder",))["reminder"] for d in exports.DIMENSIONS]
    assert sum(estimate for estimate, _ in pairs) / len(pairs) < -0.01
    assert sum(estimate < 0 for estimate, _ in pairs) >= 4
