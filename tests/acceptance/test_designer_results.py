"""What designers are told of the sample trial, against its written-down truth."""

import json
from pathlib import Path

import pytest

from access.viewer import local_viewer
from etl.analyses.multiverse import MULTIVERSE
from etl.analyses.variants import VARIANTS
from models.multiverse.compute import of_outcome
from warehouse.reader import MartReader

TRUTH = json.loads(
    (Path(__file__).parents[2] / "sample_data" / "harbour" / "truth.json").read_text()
)


@pytest.fixture(scope="module")
def con(harbour):
    return MartReader(harbour.workspace).cursor()


def test_the_wording_of_the_reminder_is_found_to_do_nothing(harbour, con):
    """The generator draws the wording with even odds and never looks at it again."""
    report = VARIANTS.compute(
        VARIANTS.read(harbour.study, con, local_viewer()), lambda _done, _of: None
    )
    (feature,) = report.features
    assert feature.unit == "point"
    assert feature.is_randomised
    assert {one.name: one.state for one in feature.checks} == {
        **dict.fromkeys(("ratio", "balance", "contamination", "missing", "power"), "passed"),
        "unknown": "passed",
    }
    assert len(feature.effects) == len(harbour.study.dimensions) + 3
    for one in feature.effects:
        assert one.valid_low < 0 < one.valid_high
        assert one.p_adjusted > 0.1
    for look in feature.looks:
        assert look.valid_low < 0 < look.valid_high


def test_the_declared_specification_is_the_preset_and_the_planted_association_survives(
    harbour, con
):
    given = MULTIVERSE.read(harbour.study, con, local_viewer())
    spec = next(one for one in given.options["models"] if one.outcome == "humanness")
    found = of_outcome(given.frames, spec)
    assert len(found.specifications) >= 48
    main = next(n for n, one in enumerate(found.specifications) if one.is_main)
    result = harbour.results[f"{given.options['preset_id']}.humanness"]
    for line in found.curves:
        single = result.coefficient(f"within:{line.feature_id}")
        if single is None:
            assert line.estimate[main] is None
            continue
        assert line.estimate[main] == pytest.approx(single.estimate, rel=1e-6, abs=1e-9)
        assert line.ci_low[main] == pytest.approx(single.ci_low, rel=1e-6, abs=1e-9)
    praise = next(line for line in found.curves if line.feature_id == "praise")
    planted = TRUTH["within"]["praise"]["humanness"]
    assert praise.ci_low[main] < planted < praise.ci_high[main]
    usual = [
        value
        for value, one in zip(praise.estimate, found.specifications, strict=True)
        if (one.specification.window_days, one.specification.lag_days) == (7, 0)
    ]
    assert min(usual) > 0
