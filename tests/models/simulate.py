"""Frames like `model_rows` and `model_weeks`, drawn from a known truth."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.spec import FeatureTerm, ModelSpec

ROW_TYPES = {
    "participant_id": pl.String,
    "arm_id": pl.String,
    "occasion_id": pl.String,
    "weeks": pl.Float64,
    "feature_id": pl.String,
    "score": pl.Float64,
    "previous_score": pl.Float64,
    "n_exposures": pl.Float64,
    "n_window_sessions": pl.Int64,
    "exposure_rate": pl.Float64,
    "is_covered": pl.Boolean,
}
WEEK_TYPES = {
    "participant_id": pl.String,
    "arm_id": pl.String,
    "study_week": pl.Int32,
    "due_sessions": pl.Int64,
    "done_sessions": pl.Int64,
    "feature_id": pl.String,
    "n_exposures_lag": pl.Float64,
    "n_sessions_lag": pl.Int64,
    "exposure_rate_lag": pl.Float64,
    "n_sessions_before": pl.Int64,
    "alliance_lag": pl.Float64,
    "is_complete_week": pl.Boolean,
}


@dataclass(frozen=True)
class Truth:
    """Effects on alliance of one more exposure, and of one more on average."""

    within: tuple[float, ...]
    between: tuple[float, ...]
    week: float = 0.05
    level_sd: float = 0.7
    trend_sd: float = 0.08
    residual_sd: float = 0.5


def spec(*features: str, always_on: tuple[str, ...] = (), **options: object) -> ModelSpec:
    terms = tuple(FeatureTerm(name, name.capitalize(), name in always_on) for name in features)
    given = {"model_id": "alliance.alliance", "outcome": "alliance", "outcome_label": "Alliance"}
    return ModelSpec(features=terms, **{**given, **options})


def rows(
    truth: Truth, *, n_participants: int, n_occasions: int, seed: int, n_arms: int = 1
) -> pl.DataFrame:
    """Complete `model_rows` of features f0, f1, ... for one dimension."""
    rng = np.random.default_rng(seed)
    k = len(truth.within)
    usual = rng.gamma(4, 0.5, (n_participants, k))
    level = rng.normal(0, truth.level_sd, n_participants)
    trend = rng.normal(0, truth.trend_sd, n_participants)
    out = []
    for i in range(n_participants):
        previous = None
        counts = rng.poisson(usual[i], (n_occasions, k)).astype(float)
        sessions = rng.poisson(3, n_occasions)
        own = counts.mean(axis=0)
        for j in range(n_occasions):
            score = 4 + level[i] + (truth.week + trend[i]) * j
            score += (counts[j] - own) @ truth.within + own @ truth.between
            score += rng.normal(0, truth.residual_sd)
            for f in range(k):
                rate = counts[j, f] / sessions[j] if sessions[j] else None
                arm = f"arm{i % n_arms}"
                fixed = (f"p{i:04d}", arm, f"o{j}", float(j), f"f{f}", score)
                out.append((*fixed, previous, counts[j, f], int(sessions[j]), rate, True))
            previous = score
    return pl.DataFrame(out, schema=ROW_TYPES, orient="row")


def weeks(
    within: float, *, n_participants: int, n_weeks: int, seed: int, due: int = 1
) -> pl.DataFrame:
    """`model_weeks` of one feature f0; the log odds of a session rise by `within` an exposure."""
    rng = np.random.default_rng(seed)
    out = []
    for i in range(n_participants):
        usual = rng.gamma(4, 0.5)
        level = rng.normal(0, 0.5)
        counts = rng.poisson(usual, n_weeks).astype(float)
        alliance = 4 + level + rng.normal(0, 0.3, n_weeks)
        sessions = rng.poisson(3, n_weeks)
        own = rng.normal(0, 0.8)
        for week in range(n_weeks):
            before = counts[week - 1] if week else None
            lift = within * (before - usual) if week else 0.0
            done = rng.binomial(due, 1 / (1 + np.exp(-(0.2 + level + own + lift))))
            known = alliance[week] if week else None
            fixed = (f"p{i:04d}", f"arm{i % 2}", week, due, int(done), "f0")
            lag = int(sessions[week - 1]) if week else None
            rate = before / lag if lag else None
            earlier = int(sessions[week - 2]) if week > 1 else None
            out.append((*fixed, before, lag, rate, earlier, known, True))
    return pl.DataFrame(out, schema=WEEK_TYPES, orient="row")
