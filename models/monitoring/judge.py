"""Every indicator for every site, month and file, judged at one look at the data."""

from datetime import date

import polars as pl

from models.monitoring.flag_history import Flag, Look
from models.monitoring.funnel import Funnel, funnel
from models.monitoring.indicators import INDICATORS

FILE, FILE_INDICATOR = "file", "row_rejected"
LEAST_FILES = 5
SCHEMA = {
    "indicator_id": pl.String,
    "group_kind": pl.String,
    "group_id": pl.String,
    "group_label": pl.String,
    "group_position": pl.Int32,
    "n_participants": pl.Int64,
    "n_trials": pl.Int64,
    "n_events": pl.Int64,
    "share": pl.Float64,
    "adjusted": pl.Float64,
    "shrunken": pl.Float64,
    "overall": pl.Float64,
    "z": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "far_low": pl.Float64,
    "far_high": pl.Float64,
    "level": pl.String,
    "side": pl.String,
    "design_effect": pl.Float64,
    "spread": pl.Float64,
    "n_trials_all": pl.Int64,
    "widens": pl.Boolean,
}


def judge(counts: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """Every group that can be compared with others, one row per indicator and group.

    Parameters
    ----------
    counts
        As `queries.monitor.indicator_counts` returns. Not modified.
    rejected
        As `queries.monitor.rejected_rows` returns. Not modified.

    Returns
    -------
    pl.DataFrame
        Columns of `SCHEMA`, in the indicators' order: the raw share, the standardised one
        (`adjusted`), the shrunken one, the share over all groups (`overall`), the normal score `z`,
        limits, `level` ('none', 'watch', 'flag') and `side` ('more', 'fewer'). The last four
        describe the funnel, for drawing its limits. Indicators that nobody can judge have no rows.
    """
    every = pl.concat([counts.select(_NEEDED), _of_files(rejected)])
    order = {one.id: place for place, one in enumerate(INDICATORS)}
    parts = [
        _joined(rows, _funnel_of(str(kind), rows))
        for (_, kind), rows in sorted(
            every.partition_by("indicator_id", "group_kind", as_dict=True).items(),
            key=lambda pair: (order[str(pair[0][0])], str(pair[0][1]) != "site"),
        )
    ]
    return pl.concat([pl.DataFrame(schema=SCHEMA), *parts])


def look_of(judged: pl.DataFrame, build_id: str, as_of: date) -> Look:
    """The flags of one look at the data: whatever lies outside the 95 % limits."""
    rows = judged.filter(pl.col("level") != "none").select(
        "indicator_id", "group_kind", "group_id", "side", "level"
    )
    return Look(build_id, as_of, tuple(Flag(*row) for row in rows.iter_rows()))


_NEEDED = (
    *("indicator_id", "group_kind", "group_id", "group_label", "group_position"),
    *("n_participants", "n_trials", "n_events", "n_expected"),
    *("sum_rest_squared", "sum_rest_trials", "sum_trials_squared"),
)


def _of_files(rejected: pl.DataFrame) -> pl.DataFrame:
    """Rows of files as an indicator; nobody can say how alike the rows of one file are."""
    usual = pl.col("rows_rejected").sum() / pl.col("rows_read").sum()
    nothing = pl.lit(None, pl.Float64)
    return rejected.select(
        indicator_id=pl.lit(FILE_INDICATOR),
        group_kind=pl.lit(FILE),
        group_id=pl.col("source_file"),
        group_label=pl.col("source_file"),
        group_position=pl.lit(0, pl.Int32),
        n_participants=pl.lit(None, pl.Int64),
        n_trials=pl.col("rows_read"),
        n_events=pl.col("rows_rejected"),
        n_expected=pl.col("rows_read") * usual,
        sum_rest_squared=nothing,
        sum_rest_trials=nothing,
        sum_trials_squared=nothing,
    )


def _funnel_of(kind: str, rows: pl.DataFrame) -> Funnel:
    if kind != FILE:
        return funnel(rows)
    return funnel(rows, is_clustered=False, needs_spread=True, least_groups_for_spread=LEAST_FILES)


def _joined(rows: pl.DataFrame, found: Funnel) -> pl.DataFrame:
    made = [
        {
            "group_id": one.group_id,
            "adjusted": one.share,
            "shrunken": one.shrunken,
            "z": one.z,
            "low": one.low,
            "high": one.high,
            "far_low": one.far_low,
            "far_high": one.far_high,
            "level": one.level,
            "side": "more" if one.z > 0 else "fewer",
        }
        for one in found.groups
    ]
    own = {"group_id", "adjusted", "shrunken", "z", "level", "side"}
    names = own | {"low", "high", "far_low", "far_high"}
    judged = pl.DataFrame(made, schema={name: SCHEMA[name] for name in SCHEMA if name in names})
    return (
        rows.join(judged, on="group_id", maintain_order="left")
        .with_columns(
            share=pl.col("n_events") / pl.col("n_trials"),
            overall=pl.lit(found.overall, pl.Float64),
            design_effect=pl.lit(found.design_effect, pl.Float64),
            spread=pl.lit(found.spread, pl.Float64),
            n_trials_all=pl.lit(found.n_trials, pl.Int64),
            widens=pl.lit(found.widens),
        )
        .select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    )
