"""The generated follow-up that R has seen, as arrays."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

FOLDER = Path(__file__).parents[2] / "reference" / "hazards"


@cache
def numbers() -> dict[str, Any]:
    return json.loads((FOLDER / "reference.json").read_text())


@cache
def people() -> pl.DataFrame:
    return pl.read_csv(FOLDER / "people.csv")


@cache
def weekly() -> pl.DataFrame:
    return pl.read_csv(FOLDER / "weekly.csv")


def people_arguments(cause: str = "ceased") -> dict[str, Any]:
    frame = people()
    return {
        "stop": frame["day"].cast(pl.Float64).to_numpy(),
        "is_event": (frame["cause"] == cause).to_numpy(),
        "covariates": np.column_stack(((frame["arm"] == "b").cast(pl.Float64), frame["age"])),
        "names": ("arm_b", "age"),
    }


def weekly_arguments() -> dict[str, Any]:
    frame = weekly().cast({"start": pl.Float64, "stop": pl.Float64, "arm_b": pl.Float64})
    return {
        "start": frame["start"].to_numpy(),
        "stop": frame["stop"].to_numpy(),
        "is_event": (frame["event"] == 1).to_numpy(),
        "covariates": frame.select("arm_b", "alliance").to_numpy(),
        "names": ("arm_b", "alliance"),
        "participant": frame["participant"].to_numpy(),
    }
