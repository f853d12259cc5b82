"""A trial drawn from a known truth: as it stands today, and as it will have been in the end."""

import math
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy import special

from models.forecast.blinded import blinded_fit
from models.forecast.forecast import Plan, forecast
from models.linear.fit import fit_linear
from models.linear.satterthwaite import satterthwaite_df
from models.random_terms import RandomTerm
from tests.models import simulate

TRUTH = simulate.Truth(within=(0.2, 0.0), between=(0.1, 0.0), trend_sd=0.04)
SPEC = simulate.spec("f0", "f1")
N_SURVEYS = 8


@dataclass(frozen=True)
class Trial:
    """Rows answered so far and in the end, the schedule as it stands, and arms in the truth."""

    rows_so_far: pl.DataFrame
    rows: pl.DataFrame
    surveys: pl.DataFrame


def draw(
    *,
    n: int,
    seed: int,
    is_complete: bool = False,
    trend_sd: float = TRUTH.trend_sd,
    share_past: float = 0.6,
) -> Trial:
    """Weekly surveys; 6 % leave at each, 15 % of the others are missed; entry is staggered."""
    truth = replace(TRUTH, trend_sd=trend_sd)
    rows = simulate.rows(truth, n_participants=n, n_occasions=N_SURVEYS, seed=seed, n_arms=2)
    rng = np.random.default_rng([seed, 1])
    left = np.cumsum(rng.random((n, N_SURVEYS)) < 0.06, axis=1) > 0
    left = np.column_stack([np.zeros(n, dtype=bool), left[:, :-1]])
    is_seen = ~left & (rng.random((n, N_SURVEYS)) > 0.15)
    passed = np.clip(rng.normal(share_past, 0.25, n) * N_SURVEYS, 1, N_SURVEYS).round()
    is_past = np.arange(N_SURVEYS) < passed[:, None]
    if is_complete:
        is_seen[:], is_past[:] = True, True
    flags = pl.DataFrame(
        {
            "participant_id": [f"p{i:04d}" for i in range(n) for _ in range(N_SURVEYS)],
            "survey_id": [f"o{j}" for _ in range(n) for j in range(N_SURVEYS)],
            "due_day": [7 * j for _ in range(n) for j in range(N_SURVEYS)],
            "is_seen": is_seen.ravel(),
            "is_past": is_past.ravel(),
        }
    )
    keys = ["participant_id", "survey_id"]
    answered = rows.with_columns(survey_id="occasion_id")
    whole = answered.join(flags.filter("is_seen"), on=keys, how="semi").drop("survey_id")
    now = flags.filter(pl.col("is_seen") & pl.col("is_past"))
    so_far = answered.join(now, on=keys, how="semi").drop("survey_id")
    surveys = flags.select(
        *keys,
        "due_day",
        pl.when("is_past")
        .then(pl.when("is_seen").then(pl.lit("done")).otherwise(pl.lit("missed")))
        .otherwise(pl.lit("coming"))
        .alias("status"),
        pl.when(pl.col("is_seen") & pl.col("is_past")).then("survey_id").alias("occasion_id"),
        "is_past",
    )
    return Trial(so_far, whole, surveys)


@dataclass(frozen=True)
class Ending:
    """Expected and realised half widths, and the error of the final estimate, by quantity."""

    expected: tuple[float, float]
    realised: tuple[float, float]
    errors: tuple[float, float]


def ending(seed: int, *, n: int = 100) -> Ending:
    """Forecast half-way, then the final fits: within association of f0, and the arms (no effect)."""
    trial = draw(n=n, seed=seed)
    found = forecast(trial.rows_so_far, trial.surveys, SPEC, Plan(), feature_id="f0", draws=1)
    plan = {p.quantity: p.half_width for p in found.points if p.is_plan}
    within = _final(blinded_fit(trial.rows, SPEC).fit, "within:f0")
    groups = _final(_arms(trial.rows), "arm")
    return Ending(
        (plan["within"], plan["groups"]),
        (within[1], groups[1]),
        (within[0] - TRUTH.within[0], groups[0]),
    )


def width_ratio(seed: int) -> float:
    """Expected half width of the within association over the realised one."""
    one = ending(seed)
    return one.expected[0] / one.realised[0]


def _arms(rows: pl.DataFrame):
    occasions = rows.filter(pl.col("feature_id") == "f0")
    week = occasions["weeks"].to_numpy() - float(occasions["weeks"].mean())
    codes = np.unique(occasions["participant_id"].to_numpy(), return_inverse=True)[1]
    arm = (occasions["arm_id"] == "arm1").to_numpy().astype(float)
    X = np.column_stack([np.ones(len(week)), week, arm])
    level = RandomTerm("participant", ("(Intercept)", "week"), X[:, :2], codes.astype(np.int64))
    return fit_linear(occasions["score"].to_numpy(), X, ("(Intercept)", "week", "arm"), (level,))


def _final(fit, term: str) -> tuple[float, float]:
    """Estimate and half width of its 95 % interval."""
    place = fit.names.index(term)
    basis = np.eye(len(fit.names))[place : place + 1]
    df = float(satterthwaite_df(fit, basis)[0])
    return float(fit.beta[place]), float(special.stdtrit(df, 0.975)) * math.sqrt(
        fit.cov_beta[place, place]
    )
