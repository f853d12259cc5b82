"""The interval of a share whose cases come in clusters, such as sessions of participants."""

import polars as pl

Z_95 = 1.959963984540054


def with_clustered_interval(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with `share`, `ci_low` and `ci_high` of sessions done among sessions due.

    Parameters
    ----------
    frame
        One row per share, with the sums that `queries.adherence.weekly_sessions` returns:
        `n_due`, `n_done`, `n_participants_due`, `sum_done_squared`, `sum_done_due`,
        `sum_due_squared`. Not modified.

    Returns
    -------
    pl.DataFrame
        The same rows. The three columns are null where nothing was due.

    Notes
    -----
    Wilson's 95 % interval on an effective number of sessions: those due, divided by the design
    effect of the ratio of two sums over participants, never below 1. Where each participant has
    one session due it is Wilson's interval as it stands. Where all or none were done the data say
    nothing of the design effect, and each participant counts once.

    References
    ----------
    Wilson (1927), JASA 22:209-212. doi:10.1080/01621459.1927.10502953
    Korn & Graubard (1998), Survey Methodology 24:193-201.
    """
    due, done = pl.col("n_due"), pl.col("n_done")
    share = pl.when(due > 0).then(done / due)
    between = (
        pl.col("sum_done_squared")
        - 2 * share * pl.col("sum_done_due")
        + share**2 * pl.col("sum_due_squared")
    )
    binomial = due * share * (1 - share)
    effect = (
        pl.when(binomial > 0)
        .then(pl.max_horizontal(between / binomial, pl.lit(1.0)))
        .otherwise(due / pl.col("n_participants_due"))
    )
    size = due / effect
    middle = (share + Z_95**2 / (2 * size)) / (1 + Z_95**2 / size)
    half = (
        Z_95 * (share * (1 - share) / size + Z_95**2 / (4 * size**2)).sqrt() / (1 + Z_95**2 / size)
    )
    return frame.with_columns(
        share=share,
        # Rounding may leave an end a hair outside the scale when all or none were done.
        ci_low=(middle - half).clip(0, 1),
        ci_high=(middle + half).clip(0, 1),
    )
