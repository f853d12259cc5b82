"""Bins of raw data beneath a fit: none is small, and partial residuals follow a true line."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from models.analyses import Inputs
from models.raw_points import BINS, Bin, binned, compute, partial
from models.spec import FeatureTerm, ModelSpec

SLOPE, OTHER = 0.7, -0.4


def test_every_row_is_in_one_bin_and_no_bin_is_small():
    rng = np.random.default_rng(5)
    codes = np.repeat(np.arange(40), 9)
    x = rng.poisson(1.0, size=len(codes)).astype(float)
    bins = binned(x, codes, smallest=10)
    assert sorted(np.concatenate(bins).tolist()) == list(range(len(codes)))
    assert 1 < len(bins) <= BINS
    assert all(len(np.unique(codes[rows])) >= 10 for rows in bins)


def test_where_all_are_too_few_there_is_no_bin():
    assert binned(np.arange(12.0), np.repeat(np.arange(3), 4), smallest=10) == []


def test_a_partial_residual_takes_the_other_terms_off():
    result = SimpleNamespace(
        coefficients=[
            SimpleNamespace(term="a", estimate=2.0),
            SimpleNamespace(term="b", estimate=3.0),
        ]
    )
    assert partial(Bin(1.0, 10.0, 5, 5, (1.0, 2.0)), "a", ("a", "b"), result) == 4.0


def rows():
    """Scores that follow two exposures exactly, at each participant's own level."""
    rng = np.random.default_rng(8)
    made = []
    for person in range(40):
        for occasion in range(6):
            met = {"praise": float(rng.poisson(3)), "badge": float(rng.poisson(2))}
            score = person / 10 + SLOPE * met["praise"] + OTHER * met["badge"]
            made += [
                (f"p{person:02d}", "a", "s", f"o{occasion}", float(occasion), name, score, None, n, 3,
                 n / 3, True) for name, n in met.items()
            ]  # fmt: skip
    return pl.DataFrame(
        made,
        orient="row",
        schema={
            **dict.fromkeys(("participant_id", "arm_id", "site_id", "occasion_id"), pl.String),
            "weeks": pl.Float64,
            "feature_id": pl.String,
            **dict.fromkeys(("score", "previous_score", "n_exposures"), pl.Float64),
            "n_window_sessions": pl.Int64,
            "exposure_rate": pl.Float64,
            "is_covered": pl.Boolean,
        },
    )


def spec(model_id="m.use"):
    return ModelSpec(
        model_id=model_id,
        preset_id="m",
        outcome="use",
        outcome_label="Use",
        features=(FeatureTerm("praise", "Praise", False), FeatureTerm("badge", "Badge", False)),
        arms=(("a", "A"),),
    )


def test_partial_residuals_lie_on_the_line_that_made_the_data():
    done = compute(
        Inputs({"m.use": rows()}, {"models": (spec(),), "smallest": 10}), lambda *_: None
    )
    [points] = done.models
    truth = {"within:praise": SLOPE, "within:badge": OTHER}
    assert set(truth) < set(points.terms)
    result = SimpleNamespace(
        coefficients=[SimpleNamespace(term=term, estimate=value) for term, value in truth.items()]
    )
    for curve in (one for one in points.curves if one.part == "within"):
        assert len(curve.bins) > 3
        for one in curve.bins:
            assert one.n_participants >= 10
            seen = partial(one, curve.term, points.terms, result)
            assert seen == pytest.approx(truth[curve.term] * one.x, abs=1e-4)


def test_a_model_without_rows_has_no_points():
    inputs = Inputs({"m.use": rows().clear()}, {"models": (spec(),), "smallest": 10})
    assert compute(inputs, lambda *_: None).models == ()
