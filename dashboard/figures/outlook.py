"""Figures of the Outlook page on losses: hazard ratios, and curves by alliance."""

from typing import Any

import polars as pl

from dashboard import theme, withheld
from dashboard.figures.facets import nothing
from dashboard.figures.models import vertical
from dashboard.figures.ratio_axis import LEAST, MOST, ratio_axis

ROW_PX, EDGES_PX = 46, 150
LEVEL_MARKS = {
    "low": (theme.VERMILION, "dash"),
    "middle": (theme.GREY, "dot"),
    "high": (theme.BLUE, "solid"),
}
_ADJUSTED = {"alone": ("circle-open", -0.16), "together": ("circle", 0.16)}
_HEADING, _GAP = 0.75, 1.75
_AXIS_TITLE = "◂ lost later     lost sooner ▸<br>Hazard ratio with 95 % interval"
_LINE_SHARE = 0.075
_BAND_ALPHA = 0.13


def ratios(frame: pl.DataFrame) -> dict[str, Any]:
    """Hazard ratios of alliance and use for both losses, by themselves and together.

    Parameters
    ----------
    frame
        As `dashboard.outlook.frames.ratios` returns. Not modified.

    Returns
    -------
    dict
        One trace per adjustment on a logarithmic axis, a line at 1, headings of the losses, and
        words where a loss has no numbers. The layout has the height that the rows need.
    """
    places, headings, height = _places(frame)
    known = frame.filter(pl.col("ratio").is_not_null())
    low = max(min(known["ratio_low"].to_list(), default=0.5), LEAST)
    high = min(max(known["ratio_high"].to_list(), default=2.0), MOST)
    axis = ratio_axis(low, high)
    return {
        "data": [_ratio_marks(known, name, places) for name in _ADJUSTED if len(known)],
        "layout": {
            "xaxis": {**axis, "title": {"text": _AXIS_TITLE}},
            "yaxis": {
                "tickmode": "array",
                "tickvals": list(places.values()),
                "ticktext": [f"{_broken(label)}  " for _, label in places],
                "range": [height, -0.3],
                "rangemode": "normal",
                "ticks": "",
                "showgrid": False,
                "zeroline": False,
            },
            "shapes": [vertical("x", 1.0)],
            "annotations": _headings(frame, headings),
            "height": round(height * ROW_PX + EDGES_PX),
            "margin": {"t": 34},
            "legend": {"y": 1.0, "yref": "container", "yanchor": "top"},
        },
    }


def _places(
    frame: pl.DataFrame,
) -> tuple[dict[tuple[str, str], float], dict[str, float], float]:
    """Height of each measure and of each loss's heading, from the top, and of all."""
    places: dict[tuple[str, str], float] = {}
    headings: dict[str, float] = {}
    at = 0.0
    for loss in frame["loss_label"].unique(maintain_order=True):
        rows = frame.filter(pl.col("loss_label") == loss)
        headings[loss] = at
        labels = rows["measure_label"].drop_nulls().unique(maintain_order=True).to_list()
        for number, label in enumerate(labels):
            places[loss, label] = at + _HEADING + number
        at += _HEADING + max(len(labels), 1) + (_GAP - 1)
    return places, headings, max(at - 0.5, 1.0)


def _broken(label: str) -> str:
    return label.replace(", ", ",<br>", 1).replace(" in the week before", "")


def _ratio_marks(
    known: pl.DataFrame, adjustment: str, places: dict[tuple[str, str], float]
) -> dict[str, Any]:
    rows = known.filter(pl.col("adjustment") == adjustment)
    symbol, off = _ADJUSTED[adjustment]
    colour = theme.INK if adjustment == "together" else theme.BLUE
    return {
        "type": "scatter",
        "mode": "markers",
        "name": rows["adjustment_label"][0] if len(rows) else adjustment,
        "x": rows["ratio"].to_list(),
        "y": [
            places[loss, measure] + off
            for loss, measure in rows.select("loss_label", "measure_label").iter_rows()
        ],
        "error_x": {
            "type": "data",
            "array": (rows["ratio_high"] - rows["ratio"]).to_list(),
            "arrayminus": (rows["ratio"] - rows["ratio_low"]).to_list(),
            "color": colour,
            "thickness": 2,
            "width": 0,
        },
        "marker": {
            "symbol": symbol,
            "size": 10,
            "color": colour,
            "line": {"width": 2, "color": colour},
        },
        "customdata": [_ratio_words(row) for row in rows.iter_rows(named=True)],
        "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}"
        "<extra></extra>",
    }


def _ratio_words(row: dict[str, Any]) -> list[str]:
    numbers = " to ".join(theme.number(row[name], 2) for name in ("ratio_low", "ratio_high"))
    return [
        f"{row['loss_label']}: {row['measure_label']}",
        f"hazard ratio {theme.number(row['ratio'], 2)} (95 % interval {numbers})",
        row["adjustment_label"],
    ]


def _headings(frame: pl.DataFrame, headings: dict[str, float]) -> list[dict[str, Any]]:
    found = []
    for loss, at in headings.items():
        row = frame.filter(pl.col("loss_label") == loss).row(0, named=True)
        events = withheld.count(row["n_events"])
        people = withheld.count(row["n_participants"])
        base = {"xref": "paper", "x": 0, "yref": "y", "xanchor": "left", "showarrow": False}
        found.append(
            {
                **base,
                "y": at,
                "text": f"<b>{loss}</b> ({events} of {people})",
                "font": {"size": 13, "color": theme.INK},
            }
        )
        if row["ratio"] is None:
            said = "withheld" if withheld.is_withheld(row, "ratio") else "Not estimable"
            found.append({**base, "y": at + _HEADING, "text": said})
    return found


def curves(frame: pl.DataFrame) -> dict[str, Any]:
    """Share left by study day at a low, middle and high alliance, and who was at risk.

    Parameters
    ----------
    frame
        As `dashboard.outlook.frames.curves` returns, of one loss. Not modified.
    """
    frame = frame.drop_nulls("survival")
    if frame.is_empty():
        return nothing("There are no curves: no hazard ratio, or its numbers are withheld.")
    levels = frame.partition_by("level", maintain_order=True)
    data = [trace for rows in levels for trace in _curve(rows)]
    data += [_at_risk(rows, line) for line, rows in enumerate(levels)]
    return {"data": data, "layout": _curve_layout(levels)}


def _curve(rows: pl.DataFrame) -> list[dict[str, Any]]:
    level = rows["level"][0]
    colour, dash = LEVEL_MARKS[level]
    name = f"{rows['level_label'][0]} ({theme.number(rows['score'][0], 1)})"
    days = rows["day"].to_list()
    low = rows["ci_low"].fill_null(rows["survival"]).to_list()
    high = rows["ci_high"].fill_null(rows["survival"]).to_list()
    edge = {
        "type": "scatter",
        "x": days,
        "mode": "lines",
        "line": {"width": 0, "color": colour},
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": level,
    }
    return [
        {**edge, "y": low},
        {**edge, "y": high, "fill": "tonexty", "fillcolor": faint(colour)},
        {
            "type": "scatter",
            "x": days,
            "y": rows["survival"].to_list(),
            "mode": "lines+markers",
            "name": name,
            "legendgroup": level,
            "line": {"color": colour, "dash": dash, "width": 2.5},
            "marker": {"size": 6, "color": colour},
            "customdata": [
                [theme.percent(lower), theme.percent(upper), withheld.count(n)]
                for lower, upper, n in zip(low, high, rows["n_at_risk"], strict=True)
            ],
            "hovertemplate": f"<b>{name}</b><br>day %{{x}}: %{{y:.0%}} left "
            "(%{customdata[0]} to %{customdata[1]})<br>"
            "at risk in this third: %{customdata[2]}<extra></extra>",
        },
    ]


def faint(colour: str, alpha: float = _BAND_ALPHA) -> str:
    """A see-through colour: a trace's opacity does not reach its fill."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def _at_risk(rows: pl.DataFrame, line: int) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": rows["day"].to_list(),
        "y": [line] * len(rows),
        "yaxis": "y2",
        "mode": "text",
        "text": [withheld.count(n) for n in rows["n_at_risk"]],
        "textfont": {"size": 11, "color": LEVEL_MARKS[rows["level"][0]][0]},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _curve_layout(levels: list[pl.DataFrame]) -> dict[str, Any]:
    first = levels[0]
    last = float(first["day"].max() or 1.0)
    lowest = min(float(rows["ci_low"].min() or 1.0) for rows in levels)
    space = _LINE_SHARE * (len(levels) + 1)
    words = "Still in the study" if first["loss"][0] == "dropout" else "Still using the app"
    return {
        "xaxis": {
            "title": {"text": "Study day"},
            "range": [-last * 0.04, last * 1.04],
            "anchor": "y",
        },
        "yaxis": {
            "title": {"text": words},
            # From a round tenth below the lowest limit: the curves stay apart, the axis says where.
            "range": [max(int(lowest * 10) / 10 - 0.02, 0), 1.01],
            "rangemode": "normal",
            "tickformat": ".0%",
            "domain": [space + 0.17, 1],
        },
        "yaxis2": {
            "domain": [0, space],
            "range": [len(levels) - 0.5, -1.3],
            "tickvals": list(range(len(levels))),
            "ticktext": [rows["level_label"][0].split()[0] for rows in levels],
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
        },
        "annotations": [
            {
                "text": "At risk, by the third of their last score",
                "x": 0,
                "xref": "paper",
                "y": -0.85,
                "yref": "y2",
                "xanchor": "left",
                "showarrow": False,
            }
        ],
    }
