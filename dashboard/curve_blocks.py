"""Curves that move by one participant a step, drawn in steps of no fewer than may be disclosed."""

from collections.abc import Sequence

import polars as pl

from access.cells import blocks


def joined(
    frame: pl.DataFrame,
    smallest: int,
    *,
    of: str,
    counts: Sequence[str],
    first: Sequence[str] = (),
) -> pl.DataFrame:
    """Steps of each curve joined until each has none or at least `smallest` of every count.

    Parameters
    ----------
    frame
        One row per step, in order within each curve. Not modified.
    smallest
        Fewest participants of a step; 1 leaves the curves as they are.
    of
        Column that names the curve.
    counts
        Columns with how many left or joined at a step; they are added up.
    first
        Columns that hold from a step's beginning, such as those at risk. All others hold at its
        end and are the last step's.
    """
    if smallest <= 1 or frame.is_empty():
        return frame
    parts = [
        rows.with_columns(_block=pl.Series(blocks(rows.select(counts).rows(), smallest)))
        for rows in frame.partition_by(of, maintain_order=True)
    ]
    others = [name for name in frame.columns if name not in {of, *counts, *first}]
    return (
        pl.concat(parts)
        .group_by(of, "_block", maintain_order=True)
        .agg(pl.col(counts).sum(), pl.col(first).first(), pl.col(others).last())
        .select(frame.columns)
    )
