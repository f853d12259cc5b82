"""The generated answers behind the frozen R numbers, and answers with a known truth."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from models.measurement.items import ItemTable

FOLDER = Path(__file__).parents[2] / "reference" / "measurement"


@cache
def numbers() -> dict[str, Any]:
    return json.loads((FOLDER / "measurement.json").read_text())


def one_occasion():
    frame = pl.read_csv(FOLDER / "items.csv", null_values="NA")
    return frame.cast(pl.Float64).to_numpy(), tuple(frame.columns)


def two_level():
    return as_table(pl.read_csv(FOLDER / "two_level.csv"))


def occasions():
    long = pl.read_csv(FOLDER / "occasions.csv")
    return as_table(long.pivot(on="item", index=["participant", "occasion"], values="value"))


def as_table(frame):
    items = tuple(frame.columns[2:])
    return ItemTable(
        items,
        frame.select(items).to_numpy().astype(float),
        frame["participant"].to_numpy() - 1,
        frame["occasion"].to_numpy() - 1,
    )


def one_factor(rng, n, loadings=(0.9, 0.8, 0.7, 0.6), own=0.6):
    loadings = np.asarray(loadings)
    return 4 + np.outer(rng.normal(size=n), loadings) + rng.normal(0, own, (n, len(loadings)))


def repeated(
    rng, n_participants=60, n_occasions=5, *, n_items=4, change=0.6, error=0.7, shared=0.5
):
    """Crossed answers: participant 1, participant x occasion `change`, residual `error`."""
    participants = np.repeat(np.arange(n_participants), n_occasions)
    occasions = np.tile(np.arange(n_occasions), n_participants)
    n = len(participants)
    values = (
        4
        + rng.normal(size=n_participants)[participants, None]
        + rng.normal(0, shared, n_occasions)[occasions, None]
        + rng.normal(0, change, n)[:, None]
        + rng.normal(0, error, (n, n_items))
    )
    return ItemTable(tuple(f"i{j}" for j in range(n_items)), values, participants, occasions)
