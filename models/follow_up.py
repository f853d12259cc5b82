"""Follow-up cut into rows wherever something that a hazard may depend on gets a new value."""

from dataclasses import dataclass

import polars as pl

from models.results import RowsLost

_KEY = "participant_id"


@dataclass(frozen=True, eq=False)
class FollowUpRows:
    """Rows (start_day, stop_day] with `is_event`, one column per measure, and what was lost.

    Follow-up before the first value of every measure is left out: a participant enters the risk
    set once all is known (left truncation). That is the loss 'nothing_known_yet'.
    """

    rows: pl.DataFrame
    lost: tuple[RowsLost, ...]


def follow_up_rows(
    follow_up: pl.DataFrame, measures: pl.DataFrame, names: tuple[str, ...]
) -> FollowUpRows:
    """One row for each stretch of a participant's follow-up on which all measures keep their value.

    Parameters
    ----------
    follow_up
        One row per participant: `participant_id`, `day` (of the event or of censoring),
        `is_event`, and baseline columns, which are kept.
    measures
        One row per participant and `known_day`: the day at whose end the values in `names` were
        known. They hold from the day after until the next value. A null keeps the earlier value.
    names
        Measures that change, such as the alliance score or last week's exposure.

    Notes
    -----
    Only what was known before a day can bear on that day's hazard: a value of the day of the event
    itself never does, so that use ceasing cannot explain itself.
    """
    carried = (
        measures.select(_KEY, pl.col("known_day").cast(pl.Float64).alias("start_day"), *names)
        .sort(_KEY, "start_day")
        .with_columns(pl.col(name).forward_fill().over(_KEY) for name in names)
        .unique(subset=[_KEY, "start_day"], keep="last", maintain_order=True)
    )
    cut = (
        follow_up.with_columns(pl.col("day").cast(pl.Float64))
        .join(carried, on=_KEY, how="left")
        .filter(pl.col("start_day").is_null() | (pl.col("start_day") < pl.col("day")))
        .sort(_KEY, "start_day")
    )
    later = pl.col("start_day").shift(-1).over(_KEY)
    stretches = cut.with_columns(
        stop_day=pl.coalesce(later, "day"),
        is_event=pl.col("is_event") & later.is_null(),
    ).drop("day")
    known = pl.all_horizontal(pl.col("start_day", *names).is_not_null())
    rows = stretches.filter(known)
    gone = follow_up.join(rows, on=_KEY, how="anti")
    lost: tuple[RowsLost, ...] = ()
    if len(gone):
        lost = (RowsLost("nothing_known_yet", len(gone), gone[_KEY].n_unique()),)
    return FollowUpRows(rows, lost)
