"""Micro-randomised trials: the frozen one that R has seen, and others drawn from a known truth."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from models.randomised.points import DecisionPoints, RawPoints, decision_points

FOLDER = Path(__file__).parents[2] / "reference" / "randomised"


@cache
def numbers() -> dict[str, Any]:
    return json.loads((FOLDER / "reference.json").read_text())


@cache
def table() -> pl.DataFrame:
    return pl.read_csv(FOLDER / "mrt.csv")


def raw(n=20, points=30, *, effect=0.2, seed=1, chance=0.5, spread=0.3) -> RawPoints:
    """A continuous outcome; the treatment effect differs between participants around `effect`."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(n), points)
    before = rng.normal(size=n * points)
    treatment = (rng.random(n * points) < chance).astype(float)
    own = effect + spread * rng.normal(size=n)[codes]
    outcome = rng.normal(size=n)[codes] + 0.5 * before + own * treatment
    return RawPoints(
        outcome=outcome + rng.normal(size=n * points),
        treatment=treatment,
        probability=np.full(n * points, chance),
        is_available=np.ones(n * points, dtype=bool),
        participant=codes,
        moderators=np.ones((n * points, 1)),
        controls=np.column_stack((np.ones(n * points), before)),
        moderator_names=("(Intercept)",),
        control_names=("(Intercept)", "before"),
    )


def drawn(**options) -> DecisionPoints:
    return decision_points(raw(**options))
