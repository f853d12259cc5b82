"""Whether scores changed beyond measurement error: from the first, from the one before, and falls.

Only complete scores are compared, and only those of the same items. What cannot be judged says why:
too little data, or a scale that changed. See docs/explanation/clinicians.md.
"""

import polars as pl

from dashboard.reliable_change import Z_95

OF = ("participant_id", "dimension_id")
FELL, ROSE, INSIDE = "fell", "rose", "inside"
TOO_LITTLE, SCALE_CHANGED = "too_little", "scale_changed"
JUDGED = (FELL, ROSE)
"""States of a change beyond reliable change."""
WORDS = {
    FELL: "fell beyond reliable change",
    ROSE: "rose beyond reliable change",
    INSIDE: "inside",
    TOO_LITTLE: "too little data",
    SCALE_CHANGED: "scale changed",
}
ALL_ITEMS = ""
"""What stands for `every item was answered` where sets of items are compared."""


def changes(scored: pl.DataFrame, switches: pl.DataFrame) -> pl.DataFrame:
    """Each participant's last complete score of a dimension against the first and the one before.

    Parameters
    ----------
    scored
        One row per participant, dimension and occasion, as `queries.care.scored` returns, or those
        that matter here, as `queries.care.scored_ends` does. Not modified.
    switches
        Dimensions asked with another scale by now, as `queries.care.switches` returns.

    Returns
    -------
    pl.DataFrame
        One row per participant and dimension with a score: `n_complete`; date, day, week and score
        of the last, the previous and the first complete occasion; `threshold` (scale points; NULL
        where the study file gives no reliability or sd); `from_first`, `from_previous` (scale
        points); `first_state`, `previous_state` (keys of `WORDS`); `new_scale`, `switched_date`.
        Scores are NULL where there is none.

    References
    ----------
    Jacobson & Truax (1991), J Consult Clin Psychol 59:12-19. doi:10.1037/0022-006X.59.1.12
    """
    ordered = scored.sort(*OF, "answered_at", "occasion_id")
    whole = pl.col("is_complete")
    ends = [
        pl.col(name).filter(whole).get(place, null_on_oob=True).alias(f"{end}_{short}")
        for end, place in (("first", 0), ("previous", -2), ("last", -1))
        for name, short in (
            ("score", "score"),
            ("local_date", "date"),
            ("study_day", "day"),
            ("study_week", "week"),
            ("items", "items"),
        )
    ]
    found = (
        ordered.with_columns(items=pl.col("items_answered").fill_null(ALL_ITEMS))
        .group_by(OF, maintain_order=True)
        .agg(
            pl.col("dimension_label", "position", "is_total", "low", "high").first(),
            *ends,
            n_complete=pl.col("n_complete").first()
            if "n_complete" in scored.columns
            else whole.sum(),
            threshold=_threshold().first(),
        )
        .join(_drops(ordered), on=list(OF), how="left", maintain_order="left")
        .with_columns(pl.col("items_dropped").fill_null(value=False))
        .join(switches.drop("switched_day"), on=list(OF), how="left", maintain_order="left")
        .with_columns(
            from_first=pl.col("last_score") - pl.col("first_score"),
            from_previous=pl.col("last_score") - pl.col("previous_score"),
        )
    )
    return found.with_columns(
        first_state=_state("from_first", "first_items"),
        previous_state=_state("from_previous", "previous_items"),
    ).drop("first_items", "previous_items", "last_items")


def falls(scored: pl.DataFrame) -> pl.DataFrame:
    """Falls beyond reliable change from one complete score to the next, of the same items.

    Returns
    -------
    pl.DataFrame
        One row per fall, the newest last: `participant_id`, `dimension_id`, `dimension_label`,
        `position`, `is_total`, `from_date`, `from_day`, `from_score`, `to_date`, `to_day`,
        `to_score`, `fall` (scale points, positive), `threshold`, `occasion_id` (of the lower).
    """
    before = {"from_date": "local_date", "from_day": "study_day", "from_score": "score"}
    return (
        scored.filter("is_complete")
        .sort(*OF, "answered_at", "occasion_id")
        .with_columns(
            threshold=_threshold(),
            items=pl.col("items_answered").fill_null(ALL_ITEMS),
        )
        .with_columns(
            pl.col("items").shift().over(OF).alias("items_before"),
            *(pl.col(name).shift().over(OF).alias(new) for new, name in before.items()),
        )
        .with_columns(fall=pl.col("from_score") - pl.col("score"))
        .filter(
            (pl.col("fall") > pl.col("threshold")) & (pl.col("items") == pl.col("items_before"))
        )
        .select(
            *OF,
            *("dimension_label", "position", "is_total"),
            *before,
            to_date="local_date",
            to_day="study_day",
            to_score="score",
            fall="fall",
            threshold="threshold",
            occasion_id="occasion_id",
        )
        .sort("participant_id", "to_date", "position")
    )


def _threshold() -> pl.Expr:
    """The smallest change that measurement error alone rarely makes, in scale points."""
    return Z_95 * pl.col("sd") * (2 * (1 - pl.col("reliability"))).sqrt()


def _drops(ordered: pl.DataFrame) -> pl.DataFrame:
    """`items_dropped` of those with a score of some items only: nobody else lacks any."""
    partly = ordered.filter(~pl.col("is_complete")).select(OF).unique()
    return (
        ordered.join(partly, on=list(OF), how="semi", maintain_order="left")
        .with_columns(items=pl.col("items_answered").fill_null(ALL_ITEMS))
        .group_by(OF, maintain_order=True)
        .agg(items_dropped=_dropped())
    )


def _dropped() -> pl.Expr:
    """Whether the newest two scores or more lack the same items, which all before them had."""
    run = pl.col("is_complete").cast(pl.Int64).reverse().cum_sum().reverse() == 0
    missing = pl.col("items").filter(run)
    return (missing.len() >= 2) & (missing.n_unique() == 1) & pl.col("is_complete").any()


def _state(change: str, items: str) -> pl.Expr:
    is_other = (pl.col(items) != pl.col("last_items")).fill_null(value=False)
    return (
        pl.when(pl.col("new_scale").is_not_null() | pl.col("items_dropped") | is_other)
        .then(pl.lit(SCALE_CHANGED))
        .when((pl.col("n_complete") < 2) | pl.col("threshold").is_null())
        .then(pl.lit(TOO_LITTLE))
        .when(pl.col(change) < -pl.col("threshold"))
        .then(pl.lit(FELL))
        .when(pl.col(change) > pl.col("threshold"))
        .then(pl.lit(ROSE))
        .otherwise(pl.lit(INSIDE))
    )
