"""Rows of a comparison of versions: what was given, what was known before, and what followed."""

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from models.randomised.version_result import Unit
from models.randomised.windows import with_proximal_events

WINDOW_DAYS = 7
NEXT_SURVEY_DAYS = 28
"""A survey later than this after a delivery is not put down to it."""
PROXIMAL_HOURS = (1, 6, 24, 72)
MAIN_HOURS = 24


@dataclass(frozen=True)
class Outcome:
    """What may differ between versions.

    `column` holds it and `before` the same, or something like it, from before the version was
    given. With `trials`, `column` counts successes among them.
    """

    id: str
    label: str
    group: str
    unit: str
    column: str
    before: str
    is_binary: bool = False
    trials: str | None = None


@dataclass(frozen=True, eq=False)
class Material:
    """The frames that comparisons are made of, as `queries.variants` and `queries.multiverse` read.

    `dimensions` are (id, label) in the study's order.
    """

    points: pl.DataFrame
    sessions: pl.DataFrame
    due: pl.DataFrame
    weeks: pl.DataFrame
    scores: pl.DataFrame
    dimensions: tuple[tuple[str, str], ...]


def point_outcomes(material: Material) -> tuple[Outcome, ...]:
    """What may follow a delivery."""
    return (
        *(
            Outcome(
                name, label, "Alliance at the next survey", "points", f"score:{name}",
                f"before:{name}",
            )
            for name, label in material.dimensions
        ),
        Outcome(
            "next_done", "Next session done", "Adherence", "share", "next_done", "sessions_before",
            is_binary=True,
        ),
        Outcome(
            "within_24h", "Session within 24 hours", "Use", "share", f"within_{MAIN_HOURS}h",
            "sessions_before", is_binary=True,
        ),
        Outcome(
            "sessions", "Sessions in the next 7 days", "Use", "sessions", "sessions_after",
            "sessions_before",
        ),
    )  # fmt: skip


def participant_outcomes(material: Material) -> tuple[Outcome, ...]:
    """What may follow once somebody has a version for good."""
    return (
        *(
            Outcome(name, label, "Alliance at every later survey", "points", "score", "before")
            for name, label in material.dimensions
        ),
        Outcome(
            "adherence", "Sessions done of those due", "Adherence", "odds", "done_sessions",
            "sessions_before", trials="due_sessions",
        ),
        Outcome("sessions", "Sessions a week", "Use", "sessions", "n_sessions", "sessions_before"),
    )  # fmt: skip


def outcomes_of(material: Material, unit: Unit) -> tuple[Outcome, ...]:
    """What may differ, by what a version is given to."""
    return point_outcomes(material) if unit == "point" else participant_outcomes(material)


def day_column(outcome_id: str) -> str:
    """The column with the day on which an outcome came to be known."""
    return f"day:{outcome_id}"


def point_rows(material: Material, feature_id: str) -> pl.DataFrame:
    """One row per delivery of a feature, with what came before it and what followed.

    Returns
    -------
    pl.DataFrame
        The points, with `weeks_since_first`, `sessions_before` (7 days), `alliance_before`, and
        the columns of `point_outcomes`. What the log does not reach is null, never 0.
    """
    points = material.points.filter(pl.col("feature_id") == feature_id).sort(
        "participant_id", "delivered_at", "event_key"
    )
    first = pl.col("delivered_at").min().over("participant_id")
    days = (pl.col("delivered_at") - first).dt.total_seconds() / 86_400
    points = points.with_columns(weeks_since_first=(days / 7).floor().cast(pl.Int64))
    points = with_proximal_events(
        points,
        material.sessions.select("participant_id", delivered_at="started_at"),
        participant="participant_id",
        time="delivered_at",
        hours=PROXIMAL_HOURS,
        observed_until="observed_until",
    )
    points = _with_sessions(points, material.sessions)
    points = _with_next_due(points, material.due).with_columns(
        (pl.col("local_date") + timedelta(days=2)).alias(day_column("within_24h")),
        (pl.col("local_date") + timedelta(days=WINDOW_DAYS + 1)).alias(day_column("sessions")),
    )
    return _with_scores(points, material.scores, [name for name, _ in material.dimensions])


def _with_sessions(points: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """Sessions begun in the 7 days before each delivery, and in those after."""
    counted = (
        sessions.select("participant_id", "started_at")
        .sort("started_at")
        .with_columns(n_so_far=pl.int_range(1, pl.len() + 1).over("participant_id"))
    )
    week = timedelta(days=WINDOW_DAYS)
    ends = {
        "_start": pl.col("delivered_at") - week,
        "_at": pl.col("delivered_at"),
        "_end": pl.col("delivered_at") + week,
    }
    found = points.with_row_index("_row").with_columns(**ends)
    for name in ends:
        found = (
            found.sort(name)
            .join_asof(
                counted.rename({"n_so_far": f"{name}_n"}),
                left_on=name,
                right_on="started_at",
                by="participant_id",
                strategy="backward",
                check_sortedness=False,
            )
            .with_columns(pl.col(f"{name}_n").fill_null(0))
        )
        found = found.drop("started_at", strict=False)
    is_seen = pl.col("_end") <= pl.col("observed_until")
    return (
        found.sort("_row")
        .with_columns(
            sessions_before=(pl.col("_at_n") - pl.col("_start_n")).cast(pl.Float64),
            sessions_after=pl.when(is_seen)
            .then(pl.col("_end_n") - pl.col("_at_n"))
            .cast(pl.Float64),
        )
        .drop("_row", *ends, *(f"{name}_n" for name in ends))
    )


def _with_next_due(points: pl.DataFrame, due: pl.DataFrame) -> pl.DataFrame:
    """Whether the next session that was due, and not done yet, was done."""
    soon = pl.col("local_date") + timedelta(days=WINDOW_DAYS)
    nearest = (
        points.select("event_key", "participant_id", "delivered_at", "local_date")
        .join(due, on="participant_id")
        .filter(
            pl.col("window_end") >= pl.col("local_date"),
            pl.col("window_start") <= soon,
            pl.col("done_at").is_null() | (pl.col("done_at") > pl.col("delivered_at")),
        )
        .sort("event_key", "window_end", "obligation_id")
        .unique("event_key", keep="first", maintain_order=True)
        .select(
            "event_key",
            next_done=pl.when(pl.col("status").is_in(["done", "late"]))
            .then(1.0)
            .when(pl.col("status") == "missed")
            .then(0.0),
            **{day_column("next_done"): pl.col("window_end")},
        )
    )
    return points.join(nearest, on="event_key", how="left", maintain_order="left")


def _with_scores(points: pl.DataFrame, scores: pl.DataFrame, dimensions: list[str]) -> pl.DataFrame:
    """Each dimension's last score up to a delivery's day, and the next one after it."""
    known = scores.filter(pl.col("score").is_not_null()).select(
        "participant_id", "dimension_id", "occasion_id", "score", answered="local_date"
    )
    pairs = points.select("event_key", "participant_id", "local_date").join(
        known, on="participant_id"
    )
    late = pl.col("local_date") + timedelta(days=NEXT_SURVEY_DAYS)
    after = pairs.filter(pl.col("answered") > pl.col("local_date"), pl.col("answered") <= late)
    before = pairs.filter(pl.col("answered") <= pl.col("local_date"))
    for prefix, some, is_last in (("score", after, False), ("before", before, True)):
        nearest = some.sort("answered", "occasion_id", descending=is_last).unique(
            ["event_key", "dimension_id"], keep="first", maintain_order=True
        )
        for name in dimensions:
            own = nearest.filter(pl.col("dimension_id") == name).select(
                "event_key",
                pl.col("score").alias(f"{prefix}:{name}"),
                *([] if is_last else [pl.col("answered").alias(day_column(name))]),
            )
            points = points.join(own, on="event_key", how="left", maintain_order="left")
    return points


def assignments(rows: pl.DataFrame) -> pl.DataFrame:
    """Who has which version from when on, where each participant keeps the first one given."""
    return (
        rows.filter(pl.col("variant_id").is_not_null())
        .sort("participant_id", "delivered_at", "event_key")
        .unique("participant_id", keep="first", maintain_order=True)
        .select(
            *("participant_id", "site_id", "arm_id", "variant_id", "probability", "delivered_at"),
            *("local_date", "sessions_before", "study_week"),
        )
    )


def participant_rows(material: Material, given: pl.DataFrame, outcome: Outcome) -> pl.DataFrame:
    """One row per later occasion or week of everybody who has a version.

    Returns
    -------
    pl.DataFrame
        `given`, with `weeks_since_first`, the outcome's columns and `day` (when it was known).
    """
    if outcome.column == "score":
        scores = material.scores.filter(
            pl.col("dimension_id") == outcome.id, pl.col("score").is_not_null()
        ).select("participant_id", "score", answered="local_date")
        pairs = given.join(scores, on="participant_id")
        first = (
            pairs.filter(pl.col("answered") <= pl.col("local_date"))
            .sort("answered", descending=True)
            .unique("participant_id", keep="first", maintain_order=True)
            .select("participant_id", before="score")
        )
        later = pairs.filter(pl.col("answered") > pl.col("local_date")).join(
            first, on="participant_id", how="left", maintain_order="left"
        )
        return _weeks_since(later, "answered")
    weeks = material.weeks.filter("is_complete_week").select(
        "participant_id", "week_start", "n_sessions", "due_sessions", "done_sessions"
    )
    later = given.join(weeks, on="participant_id").filter(
        pl.col("week_start") > pl.col("local_date")
    )
    if outcome.trials:
        later = later.filter(pl.col("due_sessions") > 0)
    return _weeks_since(later, "week_start")


def _weeks_since(later: pl.DataFrame, when: str) -> pl.DataFrame:
    days = (pl.col(when) - pl.col("local_date")).dt.total_days()
    return later.with_columns(weeks_since_first=(days // 7).cast(pl.Int64), day=pl.col(when))
