"""The interval of a mean, as every panel that shows one draws it."""

import polars as pl
from scipy.stats import t as student_t

CONFIDENCE = 0.95


def with_t_interval(
    frame: pl.DataFrame, *, mean: str, sd: str, n: str = "n_participants"
) -> pl.DataFrame:
    """The frame with `ci_low` and `ci_high`: mean ± t(n-1) · sd / √n, each row on its own.

    Parameters
    ----------
    frame
        One row per mean. Not modified.
    mean, sd, n
        Column names: the mean, the standard deviation between participants, and how many there are.

    Returns
    -------
    pl.DataFrame
        The same rows. The ends are null where fewer than two participants give no interval.
    """
    counts = frame[n].to_list()
    quantiles = [
        float(student_t.ppf(0.5 + CONFIDENCE / 2, count - 1)) if count and count > 1 else None
        for count in counts
    ]
    half = pl.Series("half", quantiles, dtype=pl.Float64) * frame[sd] / frame[n].sqrt()
    return frame.with_columns(
        ci_low=(frame[mean] - half).cast(pl.Float64), ci_high=(frame[mean] + half).cast(pl.Float64)
    )


def span_words(counts: pl.Series) -> str:
    """The least and the largest of some counts, such as `7 to 23`, or the one that all have."""
    fewest, most = counts.min(), counts.max()
    return str(most) if fewest == most else f"{fewest} to {most}"
