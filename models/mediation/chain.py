"""From the models' two frames to rows of exposure, alliance after it, and adherence after that."""

import polars as pl

_DAYS = 7
ROLES = {
    "participant": "participant_id",
    "exposure": "n_exposures",
    "mediator": "score",
    "outcome": "done_sessions",
    "trials": "due_sessions",
    "time": "weeks",
    "exposure_end": "exposure_end_day",
    "mediator_at": "survey_day",
    "outcome_start": "outcome_start_day",
}
"""The columns' parts, as `mediate` takes them: `mediate(weekly_chain(...), **ROLES)`."""


def weekly_chain(
    rows: pl.DataFrame, weeks: pl.DataFrame, *, feature: str, lag_days: int = 0
) -> pl.DataFrame:
    """One row per participant and survey, with the study week that begins after the survey's day.

    Parameters
    ----------
    rows
        `model_rows`: occasions with `weeks` (study day / 7), `score`, `previous_score` and the
        exposures to each feature in the window that ends `lag_days` + 1 days before the survey.
    weeks
        `model_weeks`: study weeks, counted from day 0, with sessions due and done.
    feature
        The exposure to follow.

    Returns
    -------
    pl.DataFrame
        Columns of `ROLES`, and two from before that make good covariates: `previous_score`, and
        `earlier_sessions`, sessions begun in the week before the survey's (from `n_sessions_lag`
        of that week). Of several surveys before one week the last is kept. What is missing stays
        null, and an incomplete or uncovered week has no outcome.
    """
    outcome = weeks.filter(pl.col("is_complete_week")).select(
        "participant_id",
        pl.col("study_week").cast(pl.Int64).alias("outcome_week"),
        pl.col("due_sessions").cast(pl.Float64),
        # A session done twice in a week in which one was due counts once.
        pl.min_horizontal("done_sessions", "due_sessions").cast(pl.Float64).alias("done_sessions"),
    )
    earlier = weeks.select(
        "participant_id",
        (pl.col("study_week").cast(pl.Int64) + 1).alias("outcome_week"),
        pl.col("n_sessions_lag").cast(pl.Float64).alias("earlier_sessions"),
    )
    keys = ["participant_id", "outcome_week"]
    day = (pl.col("weeks") * _DAYS).round().cast(pl.Int64)
    return (
        rows.filter(pl.col("feature_id") == feature)
        .with_columns(survey_day=day, outcome_week=day.floordiv(_DAYS) + 1)
        .sort("participant_id", "survey_day", "occasion_id")
        .unique(subset=keys, keep="last", maintain_order=True)
        .with_columns(
            exposure_end_day=pl.col("survey_day") - 1 - lag_days,
            outcome_start_day=pl.col("outcome_week") * _DAYS,
        )
        .join(outcome.unique(keys), on=keys, how="left", maintain_order="left")
        .join(earlier.unique(keys), on=keys, how="left", maintain_order="left")
        .select(*dict.fromkeys(ROLES.values()), "previous_score", "earlier_sessions")
    )
