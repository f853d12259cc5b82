"""Retention, lifecycle, stickiness, cohorts and releases as frames: reads with their shares."""

import duckdb
import polars as pl

from access.viewer import Viewer
from dashboard.intervals import with_t_interval
from dashboard.shares import with_clustered_interval
from queries import usage as reads
from queries.filters import Filters

LARGE_CELL = 10
"""Smallest group of shared views, from which on months of enrolment are put together."""
STANDINGS = ("new", "continuing", "returning", "quiet", "dormant", "not_begun")
"""Where a participant stands with the app in a week that is over, in the order of the bars."""


def read_retention(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Shares with use in each week that is over: of those still in the study, and of everybody."""
    frame = reads.usage_retention(con, viewer, filters)
    every = pl.col("n_participants") + pl.col("n_left")
    return with_share(frame).with_columns(
        n_ever=every,
        share_of_all=pl.when(every > 0).then(pl.col("n_active") / every),
    )


def read_lifecycle(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Participants by where they stand with the app, week by week."""
    return reads.usage_lifecycle(con, viewer, filters)


def read_stickiness(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Days with use per week with use, and the share of four weeks' users who came in the last."""
    frame = reads.usage_stickiness(con, viewer, filters)
    spread = with_t_interval(frame, mean="mean_active_days", sd="sd_active_days", n="n_active")
    users = pl.col("n_active_4_weeks")
    return spread.with_columns(share_of_users=pl.when(users > 0).then(pl.col("n_active") / users))


def read_cohorts(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Share with use by time of enrolment and study week; null where nobody's week is over.

    Months; quarters (`unit` says so) for viewers to whom a month is too few to be shown: of 30
    enrolled, less than a third may stay away before their share is withheld.
    """
    n = pl.col("n_participants")
    frame = reads.usage_cohorts(con, viewer, filters)
    unit = "quarter" if viewer.smallest_cell >= LARGE_CELL else "month"
    if unit == "quarter":
        frame = (
            frame.with_columns(cohort=quarter_of(pl.col("cohort")))
            .group_by("cohort", "study_week")
            .agg(pl.col("n_participants", "n_active", "n_open").sum())
            .sort("cohort", "study_week")
        )
    frame = frame.with_columns(unit=pl.lit(unit))
    return frame.with_columns(share=pl.when(n > 0).then(pl.col("n_active") / n))


def read_releases(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Exposures per participant-week by calendar week, and the versions that were new in it.

    `versions` names them, `version_date` is the day of the first; both null in other weeks.
    """
    frame = reads.usage_by_calendar_week(con, viewer, filters)
    releases = (
        reads.app_releases(con, viewer, filters)
        .drop_nulls("first_date")
        .with_columns(week_start=pl.col("first_date").dt.truncate("1w"))
        .group_by("week_start")
        .agg(
            versions=pl.col("app_version").sort_by("first_date", "app_version").str.join(", "),
            version_date=pl.col("first_date").min(),
        )
    )
    return frame.join(releases, on="week_start", how="left", maintain_order="left").with_columns(
        mean_exposures=pl.col("n_exposures") / pl.col("n_participant_weeks")
    )


def quarter_of(month: pl.Expr) -> pl.Expr:
    """The quarter that a month such as `2025-05` lies in: `2025 Q2`; null for null."""
    number = (month.str.slice(5, 2).cast(pl.Int64) - 1) // 3 + 1
    return pl.concat_str(month.str.slice(0, 4), pl.lit(" Q"), number.cast(pl.String))


def with_share(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with `share`, `ci_low`, `ci_high` of `n_active` among `n_participants`.

    Wilson's 95 % interval; all three are null where nobody's week is over. Not modified.
    """
    n, active = pl.col("n_participants"), pl.col("n_active")
    # One trial a participant: the interval for clusters of one is Wilson's as it stands.
    sums = frame.with_columns(
        n_due=n,
        n_done=active,
        n_participants_due=n,
        sum_done_squared=active,
        sum_done_due=active,
        sum_due_squared=n,
    )
    return with_clustered_interval(sums).drop(
        "n_due",
        "n_done",
        "n_participants_due",
        "sum_done_squared",
        "sum_done_due",
        "sum_due_squared",
    )
