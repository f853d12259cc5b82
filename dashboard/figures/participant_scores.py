"""One participant's scores with the reliable-change band. Pure: frame in, figure out."""

from typing import Any

import polars as pl

from dashboard import theme
from dashboard.figures.facets import Facet, facets, padded
from dashboard.figures.participant import ticks

FACET_PX, COLUMNS = 190, 2


def scores(frame: pl.DataFrame) -> dict[str, Any]:
    """Scores by study day, one little plot per dimension, each with its band where there is one.

    Parameters
    ----------
    frame
        One row per dimension and occasion: the columns of `queries.participant.scores` joined with
        those of `dashboard.reliable_change.bands`. Not modified. Occasions without a score are not
        drawn; scores with items missing are hollow.
    """
    drawn = frame.filter(pl.col("score").is_not_null())
    groups = drawn.sort("position", "answered_at").partition_by("dimension_id", maintain_order=True)
    days = drawn["study_day"].drop_nulls()
    first, last = int(days.min() or 0), int(days.max() or 7)
    places = facets(len(groups), COLUMNS, gap_x=0.08, gap_y=0.12)
    layout: dict[str, Any] = {
        "height": FACET_PX * max(1, -(-len(groups) // COLUMNS)) + 40,
        "showlegend": False,
        "annotations": [],
        "shapes": [],
    }
    data = []
    for place, rows in zip(places, groups, strict=True):
        row = rows.row(0, named=True)
        data.append(_points(rows) | place.axes)
        layout |= _axes(place, row, first, last)
        layout["annotations"].append(place.title(row["dimension_label"]))
        layout["shapes"] += _band(place, row)
    return {"data": data, "layout": layout}


def _points(rows: pl.DataFrame) -> dict[str, Any]:
    colour = theme.dimension_colour(rows["dimension_id"][0])
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": rows["study_day"].to_list(),
        "y": rows["score"].to_list(),
        "line": {"color": colour, "width": 2},
        "marker": {
            "symbol": ["circle" if whole else "circle-open" for whole in rows["is_complete"]],
            "size": 8,
            "color": colour,
            "line": {"width": 2, "color": colour},
        },
        "name": rows["dimension_label"][0],
        "customdata": rows.select("n_items_answered", "n_items", "band_note").rows(),
        "hovertemplate": "day %{x}: <b>%{y:.2f}</b><br>%{customdata[0]} of %{customdata[1]} items "
        "answered<br>%{customdata[2]}<extra></extra>",
    }


def _axes(place: Facet, row: dict[str, Any], first: int, last: int) -> dict[str, Any]:
    x = {
        "range": padded(first, last, 0.05),
        "tickvals": ticks(first, last)[:: 1 if last - first < 120 else 2],
        "title": {"text": "Study day" if place.is_bottom else ""},
    }
    y = {"range": padded(row["low"], row["high"]), "nticks": 5}
    return place.layout(x, y)


def _band(place: Facet, row: dict[str, Any]) -> list[dict[str, Any]]:
    """The band, cut at the ends of the scale, and the first score as a thin line."""
    if row["band_low"] is None:
        return []
    axes = {
        "xref": f"{place.axes['xaxis']} domain",
        "yref": place.axes["yaxis"],
        "x0": 0,
        "x1": 1,
        "layer": "below",
    }
    band = axes | {
        "type": "rect",
        "y0": max(row["band_low"], row["low"]),
        "y1": min(row["band_high"], row["high"]),
        "fillcolor": theme.BAND,
        "line": {"width": 0},
    }
    line = axes | {
        "type": "line",
        "y0": row["first_score"],
        "y1": row["first_score"],
        "line": {"color": theme.AXIS, "width": 1, "dash": "dot"},
    }
    return [band, line]
