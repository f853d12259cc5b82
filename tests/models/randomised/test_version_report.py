"""Versions compared: health first, then effects, on invented deliveries with a known truth."""

import numpy as np
import polars as pl
import pytest

from models.errors import NotEstimableError
from models.randomised import version_health as health
from models.randomised.table import mrt_table
from models.randomised.version_effects import prepared
from models.randomised.version_report import CATALOGUE, compute, material_of
from models.randomised.version_rows import Outcome, point_outcomes, point_rows
from tests.models.randomised.version_case import inputs


def silent(_done: int, _of: int) -> None:
    pass


@pytest.fixture(scope="module")
def lifted():
    """'warm' adds 25 points of a hundred to the chance of a session."""
    return compute(inputs(lift=0.25), silent).features[0]


def check(feature, name):
    return next(one for one in feature.checks if one.name == name)


def effect(feature, outcome):
    return next(one for one in feature.effects if one.outcome == outcome)


def test_versions_drawn_anew_are_decision_points(lifted):
    assert lifted.unit == "point"
    assert lifted.is_randomised
    assert [check(lifted, name).state for name in ("ratio", "contamination", "unknown")] == [
        "passed"
    ] * 3


def test_the_planted_effect_is_found_and_the_planted_null_is_not(lifted):
    found = effect(lifted, "within_24h")
    assert found.number.ci_low < 0.25 < found.number.ci_high
    assert found.valid_low > 0
    assert found.valid_low < found.number.ci_low < found.number.ci_high < found.valid_high
    assert found.ratio_low > 1
    null = effect(lifted, "alliance")
    assert null.valid_low < 0 < null.valid_high


def test_the_estimate_is_that_of_wcls_with_the_same_controls(lifted):
    given = inputs(lift=0.25)
    rows = point_rows(material_of(given), "reminder").with_columns(
        is_variant=pl.col("variant_id") == "warm"
    )
    outcome = next(one for one in _outcomes(given) if one.id == "within_24h")
    rows = prepared(rows, outcome).with_columns(pl.col("within_24h").cast(pl.Float64))
    direct = mrt_table(
        rows,
        outcome="within_24h",
        participant="participant_id",
        treatment="is_variant",
        probability=0.5,
        controls=("known_before", "since_first"),
        numerator="constant",
    )
    assert effect(lifted, "within_24h").number.estimate == pytest.approx(
        direct.effects[0].estimate, rel=1e-12
    )
    assert effect(lifted, "within_24h").number.se == pytest.approx(direct.effects[0].se, rel=1e-12)


def _outcomes(given):
    return point_outcomes(material_of(given))


def test_a_planted_imbalance_is_a_sample_ratio_mismatch():
    broken = compute(inputs(share=0.35), silent).features[0]
    assert check(broken, "ratio").state == "failed"
    assert "Look for a fault" in check(broken, "ratio").words


def test_looks_end_with_all_data_and_each_brings_something_new(lifted):
    looks = [one for one in lifted.looks if one.outcome == "within_24h"]
    assert looks[-1].number.estimate == effect(lifted, "within_24h").number.estimate
    assert [one.day for one in looks] == sorted(one.day for one in looks)
    assert all(one.n_new >= 20 for one in looks)
    assert len(looks) <= 25


def test_weeks_and_levels_of_moderators_add_up_to_the_effect(lifted):
    weeks = [one for one in lifted.weeks if one.outcome == "within_24h" and one.number]
    assert len(weeks) >= 4
    sizes = [one.number.n_rows for one in weeks]
    mean = np.average([one.number.estimate for one in weeks], weights=sizes)
    assert mean == pytest.approx(effect(lifted, "within_24h").number.estimate, abs=0.03)
    levels = [one for one in lifted.moderators if one.outcome == "within_24h" and one.number]
    assert {one.label for one in levels if one.kind == "Site"} == {"London", "Bath"}
    spread = np.std([one.number.estimate for one in levels])
    assert np.std([one.shrunken for one in levels]) <= spread


def test_kept_versions_are_compared_between_participants():
    kept = compute(inputs(n=120, is_kept=True, score_lift=0.5), silent).features[0]
    assert kept.unit == "participant"
    assert check(kept, "contamination").state == "passed"
    alliance = effect(kept, "alliance")
    assert alliance.estimator == "linear mixed model"
    assert alliance.number.ci_low < 0.5 < alliance.number.ci_high
    assert alliance.number.n_participants <= 120
    adherence = effect(kept, "adherence")
    assert adherence.scale == "log_odds"
    assert adherence.valid_low < 0 < adherence.valid_high


def test_what_one_knew_before_sharpens_the_comparison():
    found = effect(compute(inputs(n=100), silent).features[0], "alliance")
    assert found.number.se < found.plain_se
    assert 0 < found.variance_removed < 1


def test_versions_that_chance_did_not_decide_are_associations():
    feature = compute(inputs(is_randomised=False), silent).features[0]
    assert not feature.is_randomised
    assert check(feature, "ratio").state == "not_known"
    assert effect(feature, "within_24h").estimator == "logistic mixed model"


def test_too_few_participants_are_a_result():
    feature = compute(inputs(n=8), silent).features[0]
    found = effect(feature, "within_24h")
    assert found.number is None
    assert "Fewer than 10 participants" in found.explanation
    assert feature.looks == ()


def test_a_study_without_versions_has_no_answer():
    given = inputs(n=12)
    one = {**given.frames, CATALOGUE: given.frames[CATALOGUE].head(1)}
    with pytest.raises(NotEstimableError, match="variants"):
        compute(type(given)(one, given.options), silent)


def test_contamination_is_counted_where_each_keeps_one():
    rows = pl.DataFrame(
        {
            "participant_id": ["a", "a", "b", "b", "c"],
            "variant_id": ["plain", "warm", "warm", "warm", "plain"],
        }
    )
    found = health.contamination(rows, "participant", is_randomised=True)
    assert found.state == "failed"
    assert "1 of 3 participants met more than one version" in found.words


def test_loss_that_depends_on_the_version_fails():
    late = pl.int_range(pl.len())
    rows = pl.DataFrame({"variant_id": ["plain", "warm"] * 200}).with_columns(
        y=pl.when((pl.col("variant_id") == "plain") | (late % 4 == 1)).then(1.0)
    )
    outcome = Outcome("y", "Y", "Use", "share", "y", "before")
    found = health.missing_outcomes(rows, [outcome], {"plain": "Plain", "warm": "Warm"})
    assert found.state == "failed"
    assert "Warm 50%" in found.words
