"""The figure of raw data beneath a model's line: dots of bins, and the line."""

import math
from typing import Any

import polars as pl

from dashboard import theme, withheld
from dashboard.figures.facets import facets, nothing

COLUMNS = 4
_PARTS = {"within": "within a participant", "between": "between participants"}


def beneath(frame: pl.DataFrame) -> dict[str, Any]:
    """One little plot a feature and part: binned raw data under the model's line.

    Parameters
    ----------
    frame
        As `dashboard.model_raw.read_raw` returns. Not modified.

    Returns
    -------
    dict
        All plots share the outcome's axis range, so that slopes compare; exposures have their own.
    """
    shown = frame.drop_nulls("y")
    groups = shown.partition_by("feature_id", "part", maintain_order=True)
    if not groups:
        return nothing("No group here is large enough to be shown.")
    columns = COLUMNS if len(groups) > 3 else 2
    placed = facets(len(groups), columns, gap_x=0.05, gap_y=0.1)
    both = pl.concat([shown["y"], shown["fitted"].drop_nulls()])
    low, high = float(both.min()), float(both.max())
    room = (high - low or 1) * 0.12
    is_share = bool(frame["is_share"][0])
    data: list[dict[str, Any]] = []
    n_rows = -(-len(groups) // columns)
    layout: dict[str, Any] = {
        "showlegend": False,
        "annotations": [],
        "height": max(540, 60 + 190 * n_rows),
    }
    most = shown["n_rows_in_bin"].max()
    for facet, rows in zip(placed, groups, strict=True):
        data += [
            {**_line(rows), **facet.axes},
            {**_dots(rows, float(most)), **facet.axes},
        ]
        is_left = facet.number % columns == 0
        y: dict[str, Any] = {
            "range": [low - room, high + room],
            "rangemode": "normal",
            "nticks": 5,
            "zeroline": False,
            "showticklabels": is_left,
        }
        y |= {"tickformat": ".0%"} if is_share else {}
        if is_left:
            y["title"] = {"text": "Share done" if is_share else "Points"}
        x: dict[str, Any] = {"nticks": 5, "rangemode": "normal", "zeroline": False}
        if facet.is_bottom:
            x["title"] = {"text": "Exposures, centred"}
        layout |= facet.layout(x, y)
        layout["annotations"].append(facet.title(_title(rows, len(groups))))
    return {"data": data, "layout": layout}


def _title(rows: pl.DataFrame, n: int) -> str:
    name = f"<b>{rows['label'][0]}</b>"
    return f"{name}, {_PARTS[rows['part'][0]]}" if n <= 2 else name


def _line(rows: pl.DataFrame) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": rows["x"].to_list(),
        "y": rows["fitted"].to_list(),
        "line": {
            "color": theme.VERMILION,
            "width": 2,
            "shape": "spline" if rows["is_share"][0] else "linear",
        },
        "hoverinfo": "skip",
    }


def _dots(rows: pl.DataFrame, most: float) -> dict[str, Any]:
    said = "%{y:.0%}" if rows["is_share"][0] else "%{y:+.2f}"
    return {
        "type": "scatter",
        "mode": "markers",
        "x": rows["x"].to_list(),
        "y": rows["y"].to_list(),
        "marker": {
            "color": theme.BLUE,
            "opacity": 0.85,
            "size": [5 + 6 * math.sqrt(n / most) for n in rows["n_rows_in_bin"]],
        },
        "customdata": [
            [theme.whole(row["n_rows_in_bin"]), withheld.count(row["n_in_bin"])]
            for row in rows.iter_rows(named=True)
        ],
        "hovertemplate": f"<b>{rows['label'][0]}</b><br>exposure %{{x:+.2f}}: <b>{said}</b>"
        "<br>%{customdata[0]} rows of %{customdata[1]} participants<extra></extra>",
    }
