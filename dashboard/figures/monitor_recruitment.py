"""Figures of recruitment against its target: frame in, plain dict out."""

from typing import Any

import polars as pl

from dashboard import theme, withheld
from dashboard.figures.gaps import gaps

_SERIES = {
    "forecast": ("Forecast, 80 % band", "dash"),
    "look_back": ("As forecast half-way, 80 % band", "dot"),
}


def recruitment(frame: pl.DataFrame) -> dict[str, Any]:
    """Participants enrolled so far, the line of the plan, the target and the forecast's band.

    `frame`: as `dashboard.monitor.recruitment.curve` returns it.
    """
    enrolled, planned = frame.filter(series="enrolled"), frame.filter(series="planned")
    target = frame["target"][0]
    traces = [part for name in _SERIES for part in _band(frame.filter(series=name), name)]
    if planned.height:
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": "Plan",
                "x": planned["date"].to_list(),
                "y": planned["n_so_far"].to_list(),
                "line": {"color": theme.GREY, "width": 1.5, "dash": "dash"},
                "hovertemplate": "Plan, %{x|%-d %b %Y}: %{y:.0f}<extra></extra>",
            }
        )
    traces += [
        {
            "type": "scatter",
            "mode": "lines+markers" if withheld.is_marked(frame) else "lines",
            "marker": {"size": 5},
            "name": "Enrolled",
            "x": enrolled["date"].to_list(),
            "y": enrolled["n_so_far"].to_list(),
            "line": {"color": theme.BLUE, "width": 2.5, "shape": "hv"},
            "hovertemplate": "%{x|%-d %b %Y}: %{y} enrolled<extra></extra>",
        },
        *gaps(enrolled, "n_so_far", x="date"),
    ]
    line = {"color": theme.INK, "width": 1, "dash": "dot"}
    layout = {
        "xaxis": theme.date_axis(),
        "yaxis": {"title": {"text": "Participants"}, "rangemode": "tozero"},
        "shapes": [
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": target,
                "y1": target,
                "line": line,
            }
        ],
        "annotations": [
            {
                "text": f"Target {theme.whole(target)}",
                "xref": "paper",
                "x": 0,
                "xanchor": "left",
                "y": target,
                "yanchor": "bottom",
                "showarrow": False,
            }
        ],
        "showlegend": True,
    }
    return {"data": traces, "layout": layout}


def _band(rows: pl.DataFrame, name: str) -> list[dict[str, Any]]:
    """The band's two edges with what lies between, and its middle."""
    if rows.is_empty():
        return []
    label, dash = _SERIES[name]
    common = {"type": "scatter", "mode": "lines", "x": rows["date"].to_list()}
    edge = {"width": 0, "color": theme.VERMILION}
    limits = list(zip(rows["low"].to_list(), rows["high"].to_list(), strict=True))
    return [
        {
            **common,
            "y": rows["low"].to_list(),
            "line": edge,
            "showlegend": False,
            "hoverinfo": "skip",
        },
        {
            **common,
            "y": rows["high"].to_list(),
            "line": edge,
            "fill": "tonexty",
            "fillcolor": theme.GAP,
            "showlegend": False,
            "hoverinfo": "skip",
        },
        {
            **common,
            "name": label,
            "y": rows["n_so_far"].to_list(),
            "customdata": limits,
            "line": {"color": theme.VERMILION, "width": 1.5, "dash": dash},
            "hovertemplate": "%{x|%-d %b %Y}: %{y:.0f} expected (%{customdata[0]:.0f} to "
            "%{customdata[1]:.0f})<extra></extra>",
        },
    ]


def site_targets(frame: pl.DataFrame) -> dict[str, Any]:
    """Each site's participants as a bar, its target as a mark, and what it says of itself.

    `frame`: as `dashboard.monitor.recruitment.by_site` returns it.
    """
    rows = frame.reverse()
    places = list(range(rows.height))
    labels = [
        f"<b>{row['site_label']}</b>  {withheld.count(row['n_enrolled'])}{_of_target(row)}"
        for row in rows.to_dicts()
    ]
    bars = {
        "type": "bar",
        "orientation": "h",
        "name": "Enrolled",
        "x": rows["n_enrolled"].to_list(),
        "y": places,
        "width": 0.22,
        "marker": {"color": theme.BLUE},
        "customdata": rows["site_label"].to_list(),
        "hovertemplate": "%{customdata}: %{x} enrolled<extra></extra>",
    }
    marks = [
        _marks(rows, places, "target", "Target", {"symbol": "line-ns", "size": 22}),
        _marks(rows, places, "expected", "Planned by now", {"symbol": "diamond-open", "size": 11}),
    ]
    words = [
        {
            "text": text,
            "xref": "paper",
            "x": 0,
            "xanchor": "left",
            "y": place + shift,
            "yanchor": "middle",
            "showarrow": False,
            "align": "left",
            "font": {"size": size, "color": colour},
        }
        for place, label, said in zip(places, labels, rows["said"], strict=True)
        for text, shift, size, colour in (
            (label, 0.27, 13, theme.INK),
            (said, -0.27, theme.SIZES["small"], theme.MUTED),
        )
    ]
    layout = {
        "xaxis": {"title": {"text": "Participants"}, "rangemode": "tozero", "showgrid": True},
        "yaxis": {
            "showticklabels": False,
            "ticks": "",
            "range": [-0.6, max(rows.height, 1) - 0.4],
            "showgrid": False,
        },
        "annotations": words,
        "showlegend": True,
        "bargap": 0,
        "height": max(theme.HEIGHTS["large"], 90 + 84 * rows.height),
    }
    return {"data": [bars, *(mark for mark in marks if mark)], "layout": layout}


def _of_target(row: dict[str, Any]) -> str:
    if row["target"] is None or row["reached_share"] is None:
        return ""
    return f" of {theme.whole(row['target'])} ({theme.percent(row['reached_share'])})"


def _marks(
    rows: pl.DataFrame, places: list[int], column: str, name: str, marker: dict[str, Any]
) -> dict[str, Any] | None:
    known = [(x, y) for x, y in zip(rows[column].to_list(), places, strict=True) if x is not None]
    if not known:
        return None
    line = {"width": 2.5 if column == "target" else 1.5, "color": theme.INK}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [x for x, _ in known],
        "y": [y for _, y in known],
        "marker": {**marker, "color": theme.INK, "line": line},
        "hovertemplate": f"{name}: %{{x:.0f}}<extra></extra>",
    }
