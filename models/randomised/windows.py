"""What comes before and after a decision point: earlier treatments, and outcomes by window."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from models.randomised.columns import check_columns
from study.errors import UserError


def with_lags(
    frame: pl.DataFrame, *, participant: str, time: str, columns: Sequence[str], steps: int = 1
) -> pl.DataFrame:
    """Add each column's value at the participant's earlier point, as `<column>_lag<steps>`.

    An earlier treatment is a good control, and, as a moderator, tells whether effects wear off.

    Parameters
    ----------
    frame
        One row per decision point, in any order, which is kept.
    participant, time
        Columns that give each point's place; no two points of a participant share a time.
    columns
        What to carry over.
    steps
        How many points back, 1 or more. Earlier than the first point: null, never 0.
    """
    check_columns(frame, [participant, time, *columns])
    if steps < 1:
        raise UserError("Lags look back: steps must be 1 or more.")
    if frame.select(participant, time).is_duplicated().any():
        raise UserError(f"Two rows of one participant share their '{time}'.")
    return frame.with_columns(
        pl.col(name).shift(steps).over(participant, order_by=time).alias(f"{name}_lag{steps}")
        for name in columns
    )


def with_proximal_events(
    points: pl.DataFrame,
    events: pl.DataFrame,
    *,
    participant: str,
    time: str,
    hours: Sequence[float],
    observed_until: str,
) -> pl.DataFrame:
    """Add, per window, whether an event began after the point and within so many hours.

    Parameters
    ----------
    points
        One row per decision point, with `participant`, `time` (a datetime) and `observed_until`.
    events
        One row per event, such as a session's start, with `participant` and `time`.
    hours
        Lengths of the windows. Each adds a column `within_<hours>h`.
    observed_until
        Column with the end of what the log can tell of that participant. A window that reaches
        beyond it without an event is null: nobody knows yet.

    Notes
    -----
    A window longer than the gap to the next decision point holds later treatments too. The effect
    is then that of treating now, with later points treated as they were in this trial.
    """
    check_columns(points, [participant, time, observed_until])
    check_columns(events, [participant, time])
    if not hours or min(hours) <= 0:
        raise UserError("Give at least one window, in hours above 0.")
    upcoming = (
        events.select(participant, pl.col(time).alias("_event_at"))
        .drop_nulls()
        .unique()
        .sort("_event_at")
    )
    followed = (
        points.with_row_index("_row")
        .sort(time)
        .join_asof(
            upcoming,
            left_on=time,
            right_on="_event_at",
            by=participant,
            strategy="forward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
    )
    return (
        followed.with_columns(
            _within(time, window, observed_until).alias(f"within_{window:g}h") for window in hours
        )
        .sort("_row")
        .drop("_row", "_event_at")
    )


def _within(time: str, hours: float, observed_until: str) -> pl.Expr:
    end = pl.col(time) + pl.duration(microseconds=int(np.rint(hours * 3_600_000_000)))
    happened = (pl.col("_event_at") <= end).fill_null(value=False)
    return (
        pl.when(pl.col(time).is_null() | pl.col(observed_until).is_null())
        .then(None)
        .when(happened)
        .then(1)
        .when(end <= pl.col(observed_until))
        .then(0)
    )
