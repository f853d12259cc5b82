"""The generated data sets of tests/reference/linear, as the engine takes them."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from models.panel import Floats
from models.random_terms import RandomTerm

FOLDER = Path(__file__).parents[2] / "reference" / "linear"

# Bars (group, effects, is_correlated), in lme4's order: most levels first.
ONE, WEEK = "(Intercept)", "week"
BARS = {
    "slope": [("participant", (ONE, WEEK), True)],
    "slope_ml": [("participant", (ONE, WEEK), True)],
    "diagonal": [("participant", (ONE, WEEK), False)],
    "intercept": [("participant", (ONE,), True)],
    "unbalanced": [("participant", (ONE, WEEK), True)],
    "three_effects": [("participant", (ONE, WEEK, "x"), True)],
    "two_bars": [("participant", (ONE, WEEK), True), ("participant", ("x",), True)],
    "flat": [("participant", (ONE, WEEK), True)],
    "batches": [("batch", (ONE,), True)],
    "trial": [("participant", (ONE, WEEK), True), ("site", (ONE,), True)],
    "trial_slopes": [("participant", (ONE,), True), ("site", (ONE, WEEK), True)],
    "waves": [("participant", (ONE,), True)],
    "crossed": [("participant", (ONE,), True), ("item", (ONE,), True)],
    "crossed_slope": [("participant", (ONE, WEEK), True), ("item", (ONE,), True)],
}


@dataclass(frozen=True, eq=False)
class Rows:
    y: Floats
    X: Floats
    names: tuple[str, ...]
    random: tuple[RandomTerm, ...]


@cache
def references() -> dict:
    return json.loads((FOLDER / "linear.json").read_text())["fits"]


@cache
def rows_of(case: str) -> Rows:
    reference = references()[case]
    frame = pl.read_csv(FOLDER / f"{reference['data']}.csv")
    if "arm" in frame.columns:
        frame = frame.with_columns(
            (pl.col("arm") == arm).cast(pl.Float64).alias(arm) for arm in ("app", "coach")
        )
    names = np.atleast_1d(reference["names"]).tolist()
    random = tuple(
        RandomTerm(
            group,
            effects,
            np.column_stack([_column(frame, name) for name in effects]),
            np.unique(frame[group].to_numpy(), return_inverse=True)[1],
            is_correlated,
        )
        for group, effects, is_correlated in BARS[case]
    )
    X = np.column_stack([_column(frame, name) for name in names])
    return Rows(_column(frame, "y"), X, tuple(names), random)


def _column(frame: pl.DataFrame, name: str) -> Floats:
    values = np.ones(len(frame))
    for part in name.split(":"):
        if part != ONE:
            values = values * frame[part].cast(pl.Float64).to_numpy()
    return values
