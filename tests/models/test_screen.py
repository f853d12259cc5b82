"""Not estimable: each way to lack information has its reason, and none gets a coefficient."""

import polars as pl
import pytest

from models.alliance import fit_alliance
from tests.models import simulate
from tests.models.simulate import Truth


@pytest.fixture(scope="module")
def frame():
    truth = Truth(within=(0.2, 0.1), between=(0.1, 0.1))
    return simulate.rows(truth, n_participants=40, n_occasions=5, seed=5)


def reasons(result):
    return {row.term: row.reason for row in result.not_estimable}


def with_f1(frame, values):
    """The frame with other exposures to f1."""
    is_f1 = pl.col("feature_id") == "f1"
    return frame.with_columns(
        n_exposures=pl.when(is_f1).then(values.cast(pl.Float64)).otherwise("n_exposures")
    )


def fit(frame, **options):
    return fit_alliance(frame, simulate.spec("f0", "f1", **options))


def test_always_on_feature_whatever_the_log_says(frame):
    result = fit(frame, always_on=("f1",))
    assert reasons(result) == {"within:f1": "always_on", "between:f1": "always_on"}
    assert result.coefficient("within:f1") is None
    assert result.coefficient("within:f0") is not None


def test_feature_without_a_record(frame):
    result = fit_alliance(frame, simulate.spec("f0", "f1", "ghost"))
    assert reasons(result)["within:ghost"] == "not_recorded"


def test_feature_nobody_met(frame):
    result = fit(with_f1(frame, pl.lit(0)))
    assert reasons(result) == {"within:f1": "never_exposed", "between:f1": "never_exposed"}


def test_never_changing_exposure_has_a_between_part_only(frame):
    own = pl.col("participant_id").str.slice(1).cast(pl.Int64) % 4
    result = fit(with_f1(frame, own))
    assert reasons(result) == {"within:f1": "no_variation_within"}
    assert result.coefficient("between:f1") is not None


def test_same_average_for_all_has_a_within_part_only(frame):
    in_turn = pl.col("occasion_id").str.slice(1).cast(pl.Int64) == 2
    result = fit(with_f1(frame, in_turn))
    assert reasons(result) == {"between:f1": "no_variation_between"}
    assert result.coefficient("within:f1") is not None


def test_exposure_of_a_few_participants(frame):
    few = (pl.col("participant_id") < "p0004") & (pl.col("occasion_id") < "o2")
    result = fit(with_f1(frame, few))
    assert reasons(result) == {
        "within:f1": "too_few_participants",
        "between:f1": "too_few_participants",
    }


def test_exposure_that_is_the_number_of_sessions(frame):
    result = fit(with_f1(frame, pl.col("n_window_sessions") * 2))
    assert reasons(result) == {"within:f1": "equals_sessions", "between:f1": "equals_sessions"}


def test_exposure_that_nearly_is_the_number_of_sessions_is_warned_of(frame):
    odd = (pl.col("participant_id") == "p0001") & (pl.col("occasion_id") == "o1")
    result = fit(with_f1(frame, pl.col("n_window_sessions") + odd.cast(pl.Int64)))
    warning = next(note for note in result.warnings if "number of sessions" in note)
    assert warning.startswith("F1: ")
    assert 'transform = "rate"' in warning
    assert result.coefficient("within:f1") is not None


def test_two_features_that_always_go_together(frame):
    f0 = frame.filter(pl.col("feature_id") == "f0")
    twins = pl.concat([f0, f0.with_columns(feature_id=pl.lit("f1"))])
    result = fit(twins)
    assert sorted(reasons(result).values()) == ["collinear", "collinear"]
    assert len([c for c in result.coefficients if c.kind in ("within", "between")]) == 2
    note = next(row.explanation for row in result.not_estimable if row.part == "within")
    assert "F0, within a participant" in note
    assert "F1, within a participant" in note
    assert note in result.warnings


def test_exposure_that_is_the_arm_in_other_words():
    truth = Truth(within=(0.2, 0.1), between=(0.1, 0.1))
    two_arms = simulate.rows(truth, n_participants=40, n_occasions=5, seed=5, n_arms=2)
    by_arm = (pl.col("arm_id") == "arm1").cast(pl.Int64)
    result = fit(with_f1(two_arms, by_arm))
    assert reasons(result) == {"within:f1": "no_variation_within", "between:f1": "collinear"}


def test_overlapping_features_are_warned_of(frame):
    f0 = frame.filter(pl.col("feature_id") == "f0")
    bump = (pl.col("occasion_id") == "o1") & (pl.col("participant_id") < "p0012")
    almost = f0.with_columns(
        feature_id=pl.lit("f1"), n_exposures=pl.col("n_exposures") + 0.1 * bump.cast(pl.Float64)
    )
    result = fit(pl.concat([f0, almost]))
    assert reasons(result) == {}
    assert any("condition number" in note for note in result.warnings)
