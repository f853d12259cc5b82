"""Versions of a feature against one another."""

import numpy as np
import polars as pl
import pytest

from models.errors import NotEstimableError
from models.randomised.variants import compare_variants
from study.errors import UserError

CHANCES = {"plain": 0.5, "warm": 0.3, "short": 0.2}


def deliveries(n=60, each=30, *, lift=0.0, seed=1):
    rng = np.random.default_rng(seed)
    variant = rng.choice(list(CHANCES), n * each, p=list(CHANCES.values()))
    usual = rng.uniform(0.1, 0.5, n)
    who = np.repeat(np.arange(n), each)
    chance = usual[who] + lift * (variant == "warm")
    return pl.DataFrame(
        {
            "participant_id": [f"p{i}" for i in who],
            "variant_id": variant,
            "study_week": np.tile(np.arange(each) // 7, n),
            "has_session": rng.random(n * each) < chance,
        }
    )


def test_every_version_is_compared_with_the_reference():
    effects = compare_variants(
        deliveries(lift=0.15), CHANCES, reference="plain", controls=("study_week",)
    )
    assert [one.variant for one in effects.comparisons] == ["warm", "short"]
    warm, short = (one.difference.effects[0] for one in effects.comparisons)
    assert warm.ci_low < 0.15 < warm.ci_high
    assert warm.ci_low > 0.05
    assert short.ci_low < 0 < short.ci_high
    ratio = effects.comparisons[0].relative.effects[0]
    assert ratio.ci_low < np.log(0.45 / 0.3) < ratio.ci_high
    assert not effects.delivered.is_suspect


def test_wrong_declared_odds_are_seen():
    effects = compare_variants(
        deliveries(), {"plain": 0.3, "warm": 0.4, "short": 0.3}, reference="plain"
    )
    assert effects.delivered.is_suspect


def test_unknown_versions_and_outcomes_are_left_out_and_counted():
    late = pl.int_range(pl.len())
    frame = deliveries().with_columns(
        variant_id=pl.when(late >= 10).then("variant_id"),
        has_session=pl.when(late < 1700).then("has_session"),
    )
    effects = compare_variants(frame, CHANCES, reference="plain")
    assert effects.n_unknown == 10
    lost = effects.comparisons[0].difference.rows_lost
    assert [loss.reason for loss in lost] == ["no_outcome"]


def test_a_ratio_that_does_not_exist_is_said_beside_the_difference():
    frame = deliveries().with_columns(
        has_session=pl.col("has_session") & (pl.col("variant_id") != "warm")
    )
    warm = compare_variants(frame, CHANCES, reference="plain").comparisons[0]
    assert warm.relative is None
    assert "never happened with treatment" in warm.relative_note
    assert warm.difference.effects[0].ci_high < 0


def test_refused():
    with pytest.raises(UserError, match="'plain' among them"):
        compare_variants(deliveries(), {"warm": 1.0}, reference="plain")
    nothing = deliveries().with_columns(variant_id=pl.lit(None, pl.String))
    with pytest.raises(NotEstimableError, match="No delivery says"):
        compare_variants(nothing, CHANCES, reference="plain")
