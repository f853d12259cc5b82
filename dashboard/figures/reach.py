"""Figures of how far features reach: breadth by frequency, and the dose of each stage by week."""

import math
from typing import Any

import polars as pl

from dashboard import theme, withheld
from dashboard.figures.facets import Facet, counted_ticks, facets, nothing

COLUMNS = 3
_PLOT_PX, _LABEL_PX = 400, 16
"""About how high the marks spread, and what a line of text needs."""
_HOVER = (
    "<b>%{text}</b>, %{customdata[0]}<br>met by <b>%{x:.0%}</b>: %{customdata[1]} of "
    "%{customdata[2]}<br><b>%{y:.2f}</b> times a week of use<extra></extra>"
)
_CORNERS = (
    ("few, often", 0.0, 1.0, "left", "top"),
    ("many, often", 1.0, 1.0, "right", "top"),
    ("few, seldom", 0.0, 0.0, "left", "bottom"),
    ("many, seldom", 1.0, 0.0, "right", "bottom"),
)


def breadth_by_frequency(frame: pl.DataFrame) -> dict[str, Any]:
    """Each feature by how many met it and how often they did.

    Parameters
    ----------
    frame
        As `dashboard.usage.reach.read_reach` returns. Not modified.

    Returns
    -------
    dict
        One trace a category; dashed lines at the medians of the features shown. Features that
        nobody met, or that are withheld, are named below the plot. The frequency is on a
        logarithmic axis.
    """
    shown = frame.filter(pl.col("mean_per_week") > 0, pl.col("share").is_not_null())
    if shown.is_empty():
        return nothing("No feature's reach can be shown here; the table says why.")
    middle = shown.select(pl.col("share").median(), pl.col("mean_per_week").median()).row(0)
    return {
        "data": [
            _category(rows) for rows in shown.partition_by("category_id", maintain_order=True)
        ],
        "layout": {
            "xaxis": {
                "title": {"text": f"Breadth: share who met it at least once{_absent(frame)}"},
                "tickformat": ".0%",
                "range": _room(shown["share"].to_list()),
                "rangemode": "normal",
            },
            "yaxis": {
                "title": {"text": "Frequency: times a week of use (logarithmic)"},
                "type": "log",
                "rangemode": "normal",
                "tickvals": [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100],
            },
            "shapes": [_middle("x", middle[0]), _middle("y", middle[1])],
            "annotations": [*(_corner(*corner) for corner in _CORNERS), *_labels(shown)],
        },
    }


def dose_by_stage(frame: pl.DataFrame) -> dict[str, Any]:
    """How often each stage of each principle was reached, per participant at risk, by study week.

    Parameters
    ----------
    frame
        As `queries.features.dose_by_stage` returns, for the principles to draw. Not modified.

    Returns
    -------
    dict
        One little plot a principle with one line a stage; the stage that counts as exposure is the
        thick one, and marks are hollow in weeks not over for somebody.
    """
    groups = withheld.drawn(frame, "mean_reached").partition_by("principle_id", maintain_order=True)
    if not groups:
        return nothing("Nobody was at risk in this part of the study.")
    placed = facets(len(groups), COLUMNS if len(groups) > 4 else 2, gap_x=0.07, gap_y=0.12)
    data: list[dict[str, Any]] = []
    layout: dict[str, Any] = {
        "annotations": [],
        "height": 120 + 210 * (-(-len(groups) // (COLUMNS if len(groups) > 4 else 2))),
    }
    named: set[str] = set()
    for facet, rows in zip(placed, groups, strict=True):
        for stage in rows.partition_by("stage", maintain_order=True):
            name = stage["stage"][0]
            data.append({**_stage(stage, is_named=name not in named), **facet.axes})
            named.add(name)
        layout |= facet.layout(_weeks(rows, facet), {"nticks": 4})
        layout["annotations"].append(facet.title(f"<b>{rows['principle_label'][0]}</b>"))
    return {"data": data, "layout": layout}


def _category(rows: pl.DataFrame) -> dict[str, Any]:
    colour = theme.category_colour(rows["category_id"][0])
    number = (
        list(theme.CATEGORIES).index(rows["category_id"][0])
        if (rows["category_id"][0] in theme.CATEGORIES)
        else 0
    )
    return {
        "type": "scatter",
        "mode": "markers",
        "name": rows["category_label"][0],
        "x": rows["share"].to_list(),
        "y": rows["mean_per_week"].to_list(),
        "text": rows["feature_label"].to_list(),
        "cliponaxis": False,
        "marker": {
            "size": 11,
            "symbol": theme.symbol(number),
            "color": [theme.SURFACE if always else colour for always in rows["is_always_on"]],
            "line": {"color": colour, "width": 2},
        },
        "customdata": [
            [
                row["principle_label"] + (", always on" if row["is_always_on"] else ""),
                theme.whole(row["n_reached"]),
                theme.whole(row["n_participants"]),
            ]
            for row in rows.iter_rows(named=True)
        ],
        "hovertemplate": _HOVER,
    }


def _labels(shown: pl.DataFrame) -> list[dict[str, Any]]:
    """Names left of their marks, drawn apart where they would lie on one another."""
    heights = [math.log10(value) for value in shown["mean_per_week"]]
    span = (max(heights) - min(heights)) or 1.0
    labels, lowest = [], math.inf
    order = sorted(range(len(heights)), key=lambda i: -heights[i])
    for i in order:
        row = shown.row(i, named=True)
        wanted = (heights[i] - min(heights)) / span * _PLOT_PX
        at = min(wanted, lowest - _LABEL_PX)
        lowest = at
        labels.append(
            {
                "text": row["feature_label"],
                "x": row["share"],
                "y": heights[i],
                "ax": -22,
                "ay": wanted - at,
                "xanchor": "right",
                "showarrow": True,
                "arrowhead": 0,
                "arrowwidth": 1,
                "arrowcolor": theme.AXIS,
                "standoff": 7,
                "font": {"size": theme.SIZES["small"], "color": theme.INK},
            }
        )
    return labels


def _absent(frame: pl.DataFrame) -> str:
    """What has no mark, in words below the axis."""
    gone = frame.filter(withheld.gone(frame, "share"))["feature_label"].to_list()
    # One that was met, but in no week of use, has no frequency.
    none = frame.filter(~withheld.gone(frame, "share"), pl.col("mean_per_week").fill_null(0) <= 0)[
        "feature_label"
    ].to_list()
    words = [f"{withheld.SIGN} {withheld.WORD}: {', '.join(gone)}"] if gone else []
    words += [f"in no week of use: {', '.join(none)}"] if none else []
    return "".join(f"<br>{line}" for one in words for line in _wrapped(one))


def _wrapped(text: str, width: int = 110) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += f"{word} "
    return [line.strip() for line in lines]


def _room(shares: list[float]) -> list[float]:
    low, high = min(shares), max(shares)
    # Labels stand left of marks on the right half: they need room.
    return [max(-0.05, low - 0.35 * max(high - low, 0.3)), min(1.06, high + 0.12)]


def _middle(axis: str, value: float) -> dict[str, Any]:
    across = "y" if axis == "x" else "x"
    return {
        "type": "line",
        f"{axis}0": value,
        f"{axis}1": value,
        f"{across}0": 0,
        f"{across}1": 1,
        f"{across}ref": "paper",
        "layer": "below",
        "line": {"color": theme.AXIS, "width": 1, "dash": "dash"},
    }


def _corner(text: str, x: float, y: float, xanchor: str, yanchor: str) -> dict[str, Any]:
    return {
        "text": f"<i>{text}</i>",
        "x": x,
        "y": y,
        "xref": "paper",
        "yref": "paper",
        "xanchor": xanchor,
        "yanchor": yanchor,
        "showarrow": False,
    }


def _weeks(rows: pl.DataFrame, facet: Facet) -> dict[str, Any]:
    first = rows.filter(pl.col("stage_rank") == rows["stage_rank"].min())
    ticks = counted_ticks(
        first["study_week"].to_list(), first["n_participants"].to_list(), width_px=250
    )
    return {**ticks, "title": {"text": "Study week; at risk below"}} if facet.is_bottom else ticks


def _stage(rows: pl.DataFrame, *, is_named: bool) -> dict[str, Any]:
    stage, rank = rows["stage"][0], rows["stage_rank"][0]
    colour = theme.category_colour(rows["category_id"][0])
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": stage,
        "legendgroup": stage,
        "legendrank": 1000 + rank,
        "showlegend": is_named,
        "x": rows["study_week"].to_list(),
        "y": rows["mean_reached"].to_list(),
        "connectgaps": False,
        "line": {
            "color": colour,
            "width": 3 if rows["is_exposure"][0] else 1.5,
            "dash": theme.dash(3 - rank),
        },
        "marker": {
            "symbol": theme.symbol(rank),
            "size": 6,
            "color": [colour if n == 0 else theme.SURFACE for n in rows["n_open"]],
            "line": {"color": colour, "width": 1.5},
        },
        "customdata": [
            [withheld.count(row["n_reached"]), withheld.count(row["n_participants"])]
            for row in rows.iter_rows(named=True)
        ],
        "hovertemplate": f"<b>{rows['principle_label'][0]}: {stage}</b>, week %{{x}}"
        "<br><b>%{y:.2f}</b> times per participant at risk"
        "<br>reached by %{customdata[0]} of %{customdata[1]}<extra></extra>",
    }
