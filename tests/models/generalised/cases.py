"""Generated data, the frozen R numbers, and draws from a known truth."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from models.random_terms import RandomTerm

FOLDER = Path(__file__).parents[2] / "reference" / "generalised"
NAMES = ("(Intercept)", "week", "praise", "arm")


@cache
def numbers() -> dict[str, Any]:
    return json.loads((FOLDER / "generalised.json").read_text())


@cache
def panel() -> pl.DataFrame:
    return pl.read_csv(FOLDER / "panel.csv")


def column(name: str) -> np.ndarray:
    return panel()[name].to_numpy().astype(np.float64)


def design() -> np.ndarray:
    return np.column_stack([np.ones(len(panel())), *(column(name) for name in NAMES[1:])])


def random_term(kind: str = "intercept", rows: np.ndarray | None = None) -> RandomTerm:
    q = 1 if kind == "intercept" else 2
    kept = np.arange(len(panel())) if rows is None else rows
    codes = np.unique(column("participant")[kept], return_inverse=True)[1]
    return RandomTerm(
        "participant", NAMES[:q], design()[kept][:, :q].copy(), codes, kind != "diagonal"
    )


def by_group(codes: np.ndarray, group: str = "participant") -> RandomTerm:
    return RandomTerm(group, ("(Intercept)",), np.ones((len(codes), 1)), codes)


def draw(n_groups: int, n_rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Group codes, design (intercept, within, between) and linear predictor with SD 0.8."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(n_groups), n_rows)
    within, between = rng.normal(size=len(codes)), rng.normal(size=n_groups)[codes]
    X = np.column_stack([np.ones(len(codes)), within, between])
    eta = X @ [-0.2, 0.5, -0.4] + 0.8 * rng.normal(size=n_groups)[codes]
    return codes, X, eta
