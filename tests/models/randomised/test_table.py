"""Micro-randomised effects from a table: errors name the column and the remedy."""

import numpy as np
import polars as pl
import pytest

from models.randomised.table import mrt_table
from study.errors import UserError
from tests.models.randomised import trial

ROLES = {
    "outcome": "steps",
    "participant": "participant",
    "treatment": "treatment",
    "probability": "probability",
    "availability": "available",
}


def test_a_misspelt_column_is_named_with_the_nearest():
    with pytest.raises(UserError, match=r"no column 'stepz'\. Did you mean 'steps'"):
        mrt_table(trial.table(), **{**ROLES, "outcome": "stepz"})


def test_text_where_numbers_belong():
    frame = trial.table().with_columns(steps=pl.lit("many"))
    with pytest.raises(UserError, match="Column 'steps' must hold numbers"):
        mrt_table(frame, **ROLES)


def test_a_treatment_of_two():
    frame = trial.table().with_columns(treatment=pl.col("treatment") * 2)
    with pytest.raises(UserError, match="'treatment' must hold 0 and 1"):
        mrt_table(frame, **ROLES)


def test_an_availability_with_holes():
    frame = trial.table().with_columns(available=pl.lit(None, pl.Int64))
    with pytest.raises(UserError, match="'available' misses 1554 values"):
        mrt_table(frame, **ROLES)


def test_a_row_of_nobody():
    frame = trial.table().with_columns(participant=pl.lit(None, pl.Int64))
    with pytest.raises(UserError, match="'participant' misses values"):
        mrt_table(frame, **ROLES)


@pytest.mark.parametrize("role", ["moderators", "controls"])
def test_the_treatment_is_no_covariate(role):
    with pytest.raises(UserError, match="cannot be a moderator or control"):
        mrt_table(trial.table(), **ROLES, **{role: ["treatment"]})


def test_text_moderators_become_indicator_columns():
    frame = trial.table().with_columns(
        place=pl.when(pl.col("at_home") == 1).then(pl.lit("home")).otherwise(pl.lit("away"))
    )
    words = mrt_table(frame, **ROLES, moderators=["place"], controls=["place"])
    numbers = mrt_table(frame, **ROLES, moderators=["at_home"], controls=["at_home"])
    assert [row.term for row in words.effects] == ["(Intercept)", "placehome"]
    assert words.estimate == pytest.approx(numbers.estimate, rel=1e-12)


def test_a_text_column_of_one_value():
    frame = trial.table().with_columns(place=pl.lit("home"))
    with pytest.raises(UserError, match="'place' has one value only"):
        mrt_table(frame, **ROLES, moderators=["place"])


def test_rows_are_lost_under_their_first_reason():
    frame = trial.table().with_columns(
        steps_before=pl.when(pl.col("point") == 5).then(None).otherwise("steps_before")
    )
    fit = mrt_table(frame, **ROLES, controls=["steps_before"])
    lost = {loss.reason: loss.n_rows for loss in fit.rows_lost}
    assert sum(lost.values()) + fit.n_points == len(frame)
    assert set(lost) == {"not_available", "no_outcome", "no_control"}
    assert lost["not_available"] == frame["available"].to_list().count(0)


def test_a_number_as_probability_and_no_availability():
    available = trial.table().filter(pl.col("available") == 1)
    roles = {key: ROLES[key] for key in ("outcome", "participant", "treatment")}
    fit = mrt_table(available, **roles, probability=0.5)
    assert fit.randomisation.expected == (pytest.approx(0.5 * fit.n_points),)


def test_a_numerator_of_its_own_column():
    frame = trial.table().with_columns(target=0.3 + 0.2 * pl.col("at_home"))
    wide = {"moderators": ["at_home"], "controls": ["at_home"]}
    by_column = mrt_table(frame, **ROLES, **wide, numerator="target")
    # With the numerator a function of a saturated moderator, the estimand is the same.
    assert by_column.estimate == pytest.approx(mrt_table(frame, **ROLES, **wide).estimate, rel=1e-9)
    with pytest.raises(UserError, match="may depend on the moderators only"):
        mrt_table(frame, **ROLES, numerator="target")


def test_binary_outcomes_give_relative_risks():
    fit = mrt_table(trial.table(), **{**ROLES, "outcome": "opened"}, binary=True)
    assert fit.estimator == "EMEE"
    with pytest.raises(UserError, match="'steps' must hold 0 and 1"):
        mrt_table(trial.table(), **ROLES, binary=True)


def test_the_table_is_not_changed():
    frame = trial.table().clone()
    mrt_table(frame, **ROLES, moderators=["at_home"])
    assert frame.equals(trial.table())
    assert np.isfinite(mrt_table(frame, **ROLES).estimate).all()
