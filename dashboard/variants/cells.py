"""How the groups behind comparisons of versions are disclosed."""

from collections.abc import Collection, Mapping
from typing import Any

import polars as pl

from access.cells import Cells
from dashboard.variants import frames, prompt_frames


def of_numbers(
    schema: Mapping[str, Any],
    *more: str,
    by: tuple[str, ...] | None = None,
    keys: Collection[str] = (),
) -> Cells:
    """Every number of a frame goes with its participants, and with further counts of them.

    `keys` are numbers that name a row; `by` says which rows are parts of one whole.
    """
    counts = ("n_participants", *more)
    numbers = [name for name, kind in schema.items() if kind in {pl.Float64, pl.Int64}]
    hides = tuple(name for name in numbers if name not in {*counts, *keys})
    texts = tuple(name for name in ("explanation", "words") if name in schema)
    names = tuple(name for name in schema if name not in {*hides, *counts, *texts})
    return Cells(counts, hides, by=by, keys=names, texts=texts)


HEALTH = of_numbers(frames.HEALTH, keys=("probability",))
BALANCE = of_numbers(frames.BALANCE)
EFFECTS = of_numbers(frames.EFFECTS)
LOOKS = of_numbers(frames.LOOKS, "n_new")
WEEKS = of_numbers(frames.PARTS, keys=("position",))
MODERATORS = of_numbers(frames.PARTS, by=("kind",), keys=("position",))
POINTS = of_numbers(prompt_frames.POINTS)
HORIZONS = of_numbers(prompt_frames.HORIZONS, keys=("hours",))
COURSE = of_numbers(prompt_frames.COURSE, keys=("week",))
MODERATION = of_numbers(prompt_frames.MODERATION, keys=("position",))
