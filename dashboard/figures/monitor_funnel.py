"""Funnel plots: each group's share against its size, with the limits of chance."""

from typing import Any

import numpy as np
import polars as pl

from dashboard import theme, withheld
from dashboard.figures.facets import Facet, facets, nothing
from models.monitoring.funnel import FLAG, WATCH, Funnel, drawn_limits
from models.monitoring.indicators import BY_ID

_POINTS = 48
_STYLES = {WATCH: ("95 % limits", "dash"), FLAG: ("99.8 % limits", "solid")}
_COLOURS = {"none": theme.BLUE, "watch": theme.GOLD, "flag": theme.RED}
_SYMBOLS = {"none": "circle", "watch": "diamond", "flag": "square"}
_WORDS = {"none": "within the limits", "watch": "outside 95 %", "flag": "outside 99.8 %"}


def funnels(frame: pl.DataFrame) -> dict[str, Any]:
    """One funnel per indicator that can be judged.

    `frame`: as `dashboard.monitor.flags.read_funnel` returns it: one row per indicator and group,
    with what the indicator's limits are made of.
    """
    happened = frame.filter(pl.col("overall_share").is_not_null())
    if happened.is_empty():
        return nothing("Nothing happened in any group, so that none can differ.")
    # Limits without any group in them would be an empty plot.
    known = happened.filter(pl.col("adjusted_share").is_not_null().any().over("indicator_id"))
    names = known["indicator_id"].unique(maintain_order=True).to_list()
    if not names:
        return nothing("Every group is withheld: too few participants, or next to such a group.")
    placed = facets(len(names), 2, gap_x=0.08, gap_y=0.2)
    layout: dict[str, Any] = {"annotations": [], "showlegend": True, "legend": {"y": 1.04}}
    traces: list[dict[str, Any]] = []
    for facet, name in zip(placed, names, strict=True):
        rows = known.filter(indicator_id=name)
        of = pl.coalesce("n_trials", "n_rows")
        sized = rows.with_columns(_of=of)
        most = float(sized["_of"].max() or 1)
        limits = _limits(rows, facet, most)
        traces += [*limits, *_points(sized, facet)]
        tallest = max(
            [v for row in sized.select("adjusted_share", "overall_share").rows() for v in row if v]
        )
        ends = [max(float(np.max(trace["y"])) for trace in limits[:2]), tallest]
        # The widest limits, of the smallest groups, would leave no room for the others.
        top = min(1.0, max(1.25 * tallest, min(max(ends), 3 * float(rows["overall_share"][0]))))
        x = {"title": {"text": _counted(name)}, "range": [0, most * 1.12], "nticks": 5}
        y = {"range": [0, top * 1.06], "tickformat": ".0%" if top > 0.05 else ".1%", "nticks": 5}
        layout |= facet.layout(x, y)
        layout["annotations"].append(facet.title(BY_ID[name].label))
    return {"data": traces, "layout": layout}


def _counted(name: str) -> str:
    """What the horizontal axis counts, in few words."""
    words = BY_ID[name].trials
    return words[0].upper() + words.split(" whose ")[0].split(" enrolled ")[0][1:]


def _limits(rows: pl.DataFrame, facet: Facet, most: float) -> list[dict[str, Any]]:
    """Both pairs of limits and the share over all, as curves over the groups' sizes."""
    first = rows.row(0, named=True)
    found = Funnel(
        groups=(),
        overall=first["overall_share"],
        design_effect=first["design_effect"],
        spread=first["spread"],
        n_trials=first["n_trials_all"],
        widens=first["widens"],
    )
    # Close together where the limits bend.
    sizes = np.geomspace(most / 60, min(most * 1.12, found.n_trials), _POINTS)
    traces = []
    lines = drawn_limits(found, sizes, *_STYLES)
    for (low, high), (label, dash) in zip(lines, _STYLES.values(), strict=True):
        for upper in (True, False):
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "name": label,
                    "legendgroup": label,
                    "showlegend": upper and facet.number == 0,
                    **facet.axes,
                    "x": sizes.tolist(),
                    "y": (high if upper else low).tolist(),
                    "line": {"color": theme.GREY, "width": 1.2, "dash": dash},
                    "hoverinfo": "skip",
                }
            )
    # The upper curves first: a figure's scale follows them.
    traces = [traces[0], traces[2], traces[1], traces[3]]
    overall = {
        "type": "scatter",
        "mode": "lines",
        "name": "Share over all",
        "legendgroup": "all",
        "showlegend": facet.number == 0,
        **facet.axes,
        "x": [0, most * 1.12],
        "y": [found.overall] * 2,
        "line": {"color": theme.INK, "width": 1, "dash": "dot"},
        "hoverinfo": "skip",
    }
    return [*traces, overall]


def _points(rows: pl.DataFrame, facet: Facet) -> list[dict[str, Any]]:
    """The groups' shares, and hollow ones where they are drawn to the whole."""
    shown = rows.filter(pl.col("adjusted_share").is_not_null())
    levels = shown["level"].to_list()
    names = shown["group_label"].to_list()
    is_named = [level != "none" or shown.height <= 6 for level in levels]
    parts = names if names and "/" not in names[0] else [name.rpartition("/")[2] for name in names]
    hollow = {
        "type": "scatter",
        "mode": "markers",
        "name": "Drawn to the whole",
        "legendgroup": "shrunken",
        "showlegend": facet.number == 0,
        **facet.axes,
        "x": shown["_of"].to_list(),
        "y": shown["shrunken_share"].to_list(),
        "marker": {"symbol": "circle-open", "size": 9, "color": theme.GREY, "line": {"width": 1.5}},
        "hoverinfo": "skip",
    }
    points = {
        "type": "scatter",
        "mode": "markers+text",
        "name": "Group",
        "legendgroup": "group",
        "showlegend": facet.number == 0,
        **facet.axes,
        "x": shown["_of"].to_list(),
        "y": shown["adjusted_share"].to_list(),
        "text": [part if named else "" for part, named in zip(parts, is_named, strict=True)],
        "textposition": "top center",
        "textfont": {"size": theme.SIZES["small"], "color": theme.INK},
        "cliponaxis": False,
        "marker": {
            "size": 10,
            "color": [_COLOURS[level] for level in levels],
            "symbol": [_SYMBOLS[level] for level in levels],
        },
        "customdata": [_hover(row) for row in shown.to_dicts()],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    return [hollow, points]


def _hover(row: dict[str, Any]) -> str:
    n = row["n_rejected"] if row["n_events"] is None else row["n_events"]
    indicator = BY_ID[row["indicator_id"]]
    shares = f"{theme.number(100 * row['adjusted_share'])} % like for like"
    return (
        f"<b>{row['group_label']}</b><br>{withheld.count(n)} {indicator.events} of "
        f"{withheld.count(row['_of'])} {indicator.trials}<br>{shares}, {_WORDS[row['level']]}"
    )
