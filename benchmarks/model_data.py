"""Made-up tables for the model benchmarks: weekly rows, exposure within and between, three arms."""

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

SEED = 20250106
N_WEEKS = 12
SITE_SIZE = 25
"""Participants a site."""
SHARE_MISSING = 0.1

WITHIN = ("w1", "w2", "w3", "w4")
BETWEEN = ("b1", "b2", "b3", "b4")
FIXED = " + ".join(("week", *WITHIN, *BETWEEN, "arm"))
SLOPE = "(1 + week | participant)"
LEVEL = "(1 | participant)"
SITE = "(1 | site)"

# The truth, for the recovery runs as well: arm, then within, then between; the last of each is 0.
WEEK_EFFECT = 0.05
ARM_EFFECTS = (0.0, 0.2, 0.1)
WITHIN_EFFECTS = np.array([0.10, 0.05, -0.04, 0.0])
BETWEEN_EFFECTS = np.array([0.20, 0.10, -0.10, 0.0])
LEVEL_SD, TREND_SD, CORRELATION, SITE_SD, RESIDUAL_SD = 0.7, 0.08, -0.2, 0.25, 0.5

Floats = NDArray[np.float64]


def table(n_participants: int, family: str, *, seed: int = SEED) -> pl.DataFrame:
    """Rows of one study, about nine tenths of participants x 12 weeks, sorted by participant.

    Outcomes: `alliance` (points), `done` (0 or 1) or `sessions` (a count), by family.
    """
    rng = np.random.default_rng(seed)
    of_person = _people(rng, n_participants)
    person = np.repeat(np.arange(n_participants), N_WEEKS)
    week = np.tile(np.arange(N_WEEKS, dtype=np.float64), n_participants)
    kept = rng.random(len(person)) >= SHARE_MISSING
    person, week = person[kept], week[kept]
    counts = rng.poisson(of_person["usual"][person]).astype(np.float64)
    own = _means(counts, person, n_participants)
    within, between = counts - own[person], own[person] - own.mean(axis=0)
    eta = (
        (WEEK_EFFECT + of_person["trend"][person]) * week
        + of_person["level"][person]
        + within @ WITHIN_EFFECTS
        + between @ BETWEEN_EFFECTS
    )
    columns = {
        "participant": person,
        "site": of_person["site"][person],
        "arm": np.array(["control", "six", "twelve"])[of_person["arm"][person]],
        "week": week,
        **{name: within[:, j] for j, name in enumerate(WITHIN)},
        **{name: between[:, j] for j, name in enumerate(BETWEEN)},
        **_outcome(rng, eta, family),
    }
    return pl.DataFrame(columns)


def write_table(path: Path, n_participants: int, family: str, *, block: int = 50_000) -> None:
    """The same as a Parquet file, made in blocks of participants so that memory stays small."""
    import pyarrow.parquet as pq

    writer: pq.ParquetWriter | None = None
    for start in range(0, n_participants, block):
        size = min(block, n_participants - start)
        part = table(size, family, seed=SEED + start).with_columns(
            pl.col("participant") + start, pl.col("site") + start // SITE_SIZE
        )
        arrow = part.to_arrow()
        writer = writer or pq.ParquetWriter(path, arrow.schema, compression="zstd")
        writer.write_table(arrow)
    if writer is not None:
        writer.close()


def _people(rng: np.random.Generator, n: int) -> dict[str, Floats]:
    covariance = CORRELATION * LEVEL_SD * TREND_SD
    spread = np.array([[LEVEL_SD**2, covariance], [covariance, TREND_SD**2]])
    effects = rng.multivariate_normal([0, 0], spread, n)
    site = np.arange(n) // SITE_SIZE
    arm = rng.integers(0, 3, n)
    of_site = rng.normal(0, SITE_SD, int(site.max()) + 1)
    return {
        "usual": rng.gamma(4, 0.5, (n, len(WITHIN))),
        "site": site,
        "arm": arm,
        "level": effects[:, 0] + of_site[site] + np.array(ARM_EFFECTS)[arm],
        "trend": effects[:, 1],
    }


def _means(values: Floats, person: NDArray[np.int64], n: int) -> Floats:
    rows = np.maximum(np.bincount(person, minlength=n), 1)
    sums = [np.bincount(person, values[:, j], minlength=n) for j in range(values.shape[1])]
    return np.column_stack(sums) / rows[:, None]


def _outcome(rng: np.random.Generator, eta: Floats, family: str) -> dict[str, NDArray[np.generic]]:
    if family == "binomial":
        return {"done": (rng.random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(np.int64)}
    if family == "poisson":
        return {"sessions": rng.poisson(np.exp(0.5 * eta))}
    return {"alliance": 4 + eta + rng.normal(0, RESIDUAL_SD, len(eta))}


OUTCOMES = {"gaussian": "alliance", "binomial": "done", "poisson": "sessions"}


def formula(family: str, random: str) -> str:
    """The benchmark's model of a family with one or two bars."""
    return f"{OUTCOMES[family]} ~ {FIXED} + {random}"
