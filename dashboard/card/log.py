"""The rows of the card's chart: scores, both bands, use, exposures and falls on one time axis."""

import polars as pl

SCHEMA = {
    "kind": pl.String,
    "lane_id": pl.String,
    "lane": pl.String,
    "position": pl.Int64,
    "study_day": pl.Int64,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "scale_low": pl.Float64,
    "scale_high": pl.Float64,
    "n": pl.Int64,
    "detail": pl.String,
}
MOST_LANES = 10
"""Features with a lane of their own; the least met share one, so that the card stays a page."""
MID_WEEK = 3
OTHERS = "other features"


def log(
    scored: pl.DataFrame,
    changed: pl.DataFrame,
    falls: pl.DataFrame,
    cohort: pl.DataFrame,
    days: pl.DataFrame,
    exposures: pl.DataFrame,
    last_day: int | None,
    hidden_from: int | None,
) -> pl.DataFrame:
    """Everything on the card's chart, one row each.

    Parameters
    ----------
    scored, changed, falls
        One participant's scores and what `dashboard.card.change` makes of them. Not modified.
    cohort
        Bands by dimension and study week, as `queries.care.bands` returns.
    days
        Sessions of use, as `queries.participant.sessions` returns.
    exposures
        As `queries.participant.exposures` returns.
    last_day
        Last study day to show a cohort band for; None for no end.
    hidden_from
        First study day of which use is not shown; None where all is.

    Returns
    -------
    pl.DataFrame
        Columns of `SCHEMA`. `kind`: score (`value`; `n` items answered), own_band (`low`, `high`
        around the first full score), cohort (`low`, `value`, `high`: percentiles, mid-week; `n`
        people), fall (`value` the lower score), use (`value` sessions of that day), exposure
        (`value` times met that day), hidden (from that day on, use is not shown).
    """
    parts = [
        _scores(scored),
        _own_bands(changed),
        _cohort(cohort, changed, last_day),
        _falls(falls, changed),
        _use(days),
        _exposures(exposures),
        _hidden(hidden_from),
    ]
    return pl.concat([_shaped(part) for part in parts]).filter(pl.col("study_day").is_not_null())


def _shaped(part: pl.DataFrame) -> pl.DataFrame:
    return part.select(
        (pl.col(name) if name in part.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in SCHEMA.items()
    )


def _scores(scored: pl.DataFrame) -> pl.DataFrame:
    return scored.select(
        kind=pl.lit("score"),
        lane_id="dimension_id",
        lane="dimension_label",
        position=_place(),
        study_day="study_day",
        value="score",
        scale_low="low",
        scale_high="high",
        n="n_items_answered",
        detail=pl.when("is_complete")
        .then(pl.format("all {} items", "n_items"))
        .otherwise(pl.format("{} of {} items: not compared", "n_items_answered", "n_items")),
    )


def _place() -> pl.Expr:
    """The total first, then the dimensions in their order."""
    return pl.when("is_total").then(-1).otherwise(pl.col("position")).cast(pl.Int64)


def _own_bands(changed: pl.DataFrame) -> pl.DataFrame:
    is_comparable = pl.col("first_state") != "scale_changed"
    return changed.filter(
        pl.col("threshold").is_not_null() & pl.col("first_score").is_not_null() & is_comparable
    ).select(
        kind=pl.lit("own_band"),
        lane_id="dimension_id",
        lane="dimension_label",
        position=_place(),
        study_day="first_day",
        value="first_score",
        low=pl.max_horizontal(pl.col("first_score") - pl.col("threshold"), "low"),
        high=pl.min_horizontal(pl.col("first_score") + pl.col("threshold"), "high"),
        scale_low="low",
        scale_high="high",
        detail=pl.format("first full score ± {}", pl.col("threshold").round(2)),
    )


def _cohort(cohort: pl.DataFrame, changed: pl.DataFrame, last_day: int | None) -> pl.DataFrame:
    named = changed.select(
        "dimension_id", "dimension_label", place=_place(), scale_low="low", scale_high="high"
    )
    shown = cohort.join(named, on="dimension_id", maintain_order="left").with_columns(
        study_day=7 * pl.col("study_week") + MID_WEEK
    )
    if last_day is not None:
        shown = shown.filter(pl.col("study_day") <= last_day + MID_WEEK)
    return shown.select(
        kind=pl.lit("cohort"),
        lane_id="dimension_id",
        lane="dimension_label",
        position="place",
        study_day="study_day",
        value="p50",
        low="p10",
        high="p90",
        scale_low="scale_low",
        scale_high="scale_high",
        n="n_participants",
        detail=pl.format("study week {}: {} people", "study_week", "n_participants"),
    )


def _falls(falls: pl.DataFrame, changed: pl.DataFrame) -> pl.DataFrame:
    ends = changed.select("dimension_id", scale_low="low", scale_high="high")
    return falls.join(ends, on="dimension_id", maintain_order="left").select(
        kind=pl.lit("fall"),
        lane_id="dimension_id",
        lane="dimension_label",
        position=_place(),
        study_day="to_day",
        value="to_score",
        scale_low="scale_low",
        scale_high="scale_high",
        detail=pl.format("fell {} since day {}", pl.col("fall").round(1), "from_day"),
    )


def _use(sessions: pl.DataFrame) -> pl.DataFrame:
    return (
        sessions.group_by("study_day", maintain_order=True)
        .agg(n_sessions=pl.len())
        .sort("study_day")
        .select(
            kind=pl.lit("use"),
            lane_id=pl.lit("use"),
            lane=pl.lit("Sessions of use"),
            position=pl.lit(0),
            study_day="study_day",
            value="n_sessions",
            detail=pl.lit("sessions that day"),
        )
    )


def _hidden(day: int | None) -> pl.DataFrame:
    words = "use is not shown from here on"
    rows = [] if day is None else [("hidden", "use", "Use not shown", 0, day, words)]
    names = ("kind", "lane_id", "lane", "position", "study_day", "detail")
    return pl.DataFrame(rows, schema={name: SCHEMA[name] for name in names}, orient="row")


def _exposures(exposures: pl.DataFrame) -> pl.DataFrame:
    """Times met a day; beyond the most met features the rest is added up to one lane."""
    named = exposures.join(_lanes(exposures), on="feature_id", maintain_order="left")
    return (
        named.group_by("lane_id", "lane", "place", "study_day", maintain_order=True)
        .agg(value=pl.col("n_exposures").sum())
        .sort("place", "study_day")
        .select(
            kind=pl.lit("exposure"),
            lane_id="lane_id",
            lane="lane",
            position="place",
            study_day="study_day",
            value="value",
            detail=pl.lit("times met that day"),
        )
    )


def _lanes(exposures: pl.DataFrame) -> pl.DataFrame:
    """`feature_id`, `lane_id`, `lane`, `place`: the most met features keep a lane of their own."""
    totals = (
        exposures.group_by("feature_id", "feature_label", "position", "category_id")
        .agg(n=pl.col("n_exposures").sum())
        .sort("n", "position", "feature_id", descending=[True, False, False])
    )
    n_own = MOST_LANES if totals.height <= MOST_LANES else MOST_LANES - 1
    n_rest = totals.height - n_own
    return (
        totals.with_columns(is_own=pl.int_range(pl.len()) < n_own)
        .sort("is_own", "position", "feature_id", descending=[True, False, False])
        .select(
            "feature_id",
            lane_id=pl.when("is_own").then("category_id").otherwise(pl.lit("others")),
            lane=pl.when("is_own").then("feature_label").otherwise(pl.lit(f"{n_rest} {OTHERS}")),
            place=pl.when("is_own")
            .then(pl.int_range(pl.len()))
            .otherwise(pl.lit(MOST_LANES - 1))
            .cast(pl.Int64),
        )
    )
