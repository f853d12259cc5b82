"""Analysed panels drawn from a known truth, for tests of the design."""

import numpy as np
import polars as pl

from models.panel import Panel
from models.spec import ModelSpec
from tests.models import simulate


def panel(exposures, *, n_participants, arms=1, **columns):
    """A balanced panel: `exposures` (n_rows, n_features), rows sorted by participant and week."""
    exposures = np.asarray(exposures, dtype=float)
    n_weeks = len(exposures) // n_participants
    who = np.repeat(np.arange(n_participants), n_weeks)
    rows = pl.DataFrame(
        {
            "participant_id": [f"p{i:04d}" for i in who],
            "arm_id": [f"arm{i % arms}" for i in who],
            "weeks": np.tile(np.arange(n_weeks, dtype=float), n_participants),
            **columns,
        }
    )
    return Panel(rows, exposures, tuple(f"f{j}" for j in range(exposures.shape[1])))


def counts(n_participants, n_weeks, n_features=1, *, seed=1):
    """Poisson counts around a usual level of each participant."""
    rng = np.random.default_rng(seed)
    usual = rng.gamma(4, 0.5, (n_participants, n_features))
    return rng.poisson(np.repeat(usual, n_weeks, axis=0)).astype(float)


def spec(n_features=1, **options: object) -> ModelSpec:
    return simulate.spec(*(f"f{j}" for j in range(n_features)), **options)
