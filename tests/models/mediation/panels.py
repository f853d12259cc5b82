"""Panels of exposure, then alliance, then use: the one that R has seen, and others from a truth."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

FOLDER = Path(__file__).parents[2] / "reference" / "mediation"
ROLES = {
    "participant": "participant",
    "exposure": "praise",
    "mediator": "alliance",
    "time": "week",
    "exposure_end": "window_end",
    "mediator_at": "answered",
    "outcome_start": "week_start",
}


@cache
def numbers() -> dict[str, Any]:
    return json.loads((FOLDER / "reference.json").read_text())


@cache
def table() -> pl.DataFrame:
    return timed(pl.read_csv(FOLDER / "panel.csv"))


def timed(frame: pl.DataFrame) -> pl.DataFrame:
    """Days: exposure until the eve of the survey, use from the day after it."""
    day = 7 * pl.col("week")
    return frame.with_columns(window_end=day - 1, answered=day, week_start=day + 1)


def drawn(n=60, occasions=8, *, a=0.3, b=0.4, direct=0.1, between=0.0, seed=1) -> pl.DataFrame:
    """Paths a and b within participants, the same for all; `between` joins their means."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(n), occasions)
    usual = rng.normal(size=n)
    x_own = rng.normal(size=len(codes))
    x_own -= (np.bincount(codes, x_own) / occasions)[codes]
    m_own = a * x_own + 0.7 * rng.normal(size=len(codes))
    level = between * usual + rng.normal(size=n)
    alliance = level[codes] + m_own
    centred = alliance - (np.bincount(codes, alliance) / occasions)[codes]
    use = b * centred + direct * x_own + between * level[codes]
    return timed(
        pl.DataFrame(
            {
                "participant": [f"p{code}" for code in codes],
                "week": np.tile(np.arange(1, occasions + 1), n),
                "praise": usual[codes] + x_own,
                "alliance": alliance,
                "use": use + rng.normal(size=n)[codes] + rng.normal(size=len(codes)),
            }
        )
    )
