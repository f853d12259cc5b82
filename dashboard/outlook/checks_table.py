"""Tests of proportional hazards as a short table."""

from typing import Any

import polars as pl
from dash.development.base_component import Component

from dashboard import plain_table, theme
from queries.filters import Filters

_HEADINGS = ("Loss", "Measure", "Chi-square (df)", "p", "Way", "In words")


def view(frame: pl.DataFrame, _filters: Filters) -> Component:
    """One line a test; the way in which a ratio drifts, by the sign of the correlation."""
    return plain_table.table(
        "Tests of proportional hazards", _HEADINGS, [_row(row) for row in frame.to_dicts()]
    )


def _row(row: dict[str, Any]) -> list[str]:
    p = "–" if row["p_value"] is None else f"{row['p_value']:.2g}"
    way = "–"
    if row["correlation"] is not None:
        way = "falls" if row["correlation"] < 0 else "rises"
        way = f"{way} (r = {theme.number(row['correlation'], 2)})"
    statistic = theme.number(row["statistic"], 1)
    return [
        row["loss_label"],
        row["measure_label"],
        f"{statistic} ({theme.whole(row['df'])})",
        p,
        way,
        row["verdict"] or "withheld",
    ]
