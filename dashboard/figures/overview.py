"""Figures of the Overview page: frame in, plain dict out."""

from typing import Any

import polars as pl

from dashboard import theme, withheld
from dashboard.figures.gaps import gaps


def recruitment(frame: pl.DataFrame) -> dict[str, Any]:
    """Participants enrolled so far, one stepped line per site.

    `frame`: one row per site and day of enrolment, as `queries.overview.recruitment` returns it.
    """
    groups = frame.partition_by("site_label", "site_position", as_dict=True, maintain_order=True)
    traces = [
        {
            "type": "scatter",
            # Steps of many participants are few: a line of one step would not be seen.
            "mode": "lines+markers" if withheld.is_marked(frame) else "lines",
            "marker": {"symbol": theme.symbol(position), "size": 7},
            "name": f"{label} ({_n_so_far(rows)})",
            "x": rows["enrolled_date"].to_list(),
            "y": rows["n_so_far"].to_list(),
            "line": {
                "color": theme.site_colour(position),
                "dash": theme.dash(position),
                "shape": "hv",
                "width": 2,
            },
            "hovertemplate": f"{label}<br>%{{x|%-d %b %Y}}: %{{y}} enrolled<extra></extra>",
        }
        for (label, position), rows in groups.items()
    ]
    layout = {
        "xaxis": theme.date_axis(),
        "yaxis": {"title": {"text": "Participants"}, "rangemode": "tozero"},
        "showlegend": True,
    }
    return {"data": traces, "layout": layout}


def _n_so_far(rows: pl.DataFrame) -> str:
    n = rows["n_so_far"][-1]
    return withheld.WORD if n is None else f"n = {theme.whole(n)}"


def activity_by_week(frame: pl.DataFrame) -> dict[str, Any]:
    """Participants in the study per seven days, and those of them who used the app.

    `frame`: one row per window, as `queries.overview.activity_by_week` returns it. The inner bar
    is the numerator of the outer one, so that a falling share is told from a shrinking study.
    """
    shares = [theme.percent(share) for share in frame["share"]]
    common = {"type": "bar", "x": frame["window_end"].to_list()}
    traces = [
        {
            **common,
            "name": "In the study",
            "y": frame["n_in_study"].to_list(),
            "marker": {"color": theme.TINT, "line": {"color": theme.GREY, "width": 1}},
            "hoverinfo": "skip",
        },
        {
            **common,
            "name": "Used the app",
            "y": frame["n_active"].to_list(),
            "marker": {"color": theme.BLUE},
            "customdata": list(zip(shares, frame["n_in_study"].to_list(), strict=True)),
            "hovertemplate": "7 days to %{x|%-d %b %Y}<br>%{y} of %{customdata[1]} used the app "
            "(%{customdata[0]})<extra></extra>",
        },
        *gaps(frame, "n_in_study", x="window_end"),
    ]
    layout = {
        "barmode": "overlay",
        "bargap": 0.25,
        "xaxis": theme.date_axis("Seven days to"),
        "yaxis": {"title": {"text": "Participants"}},
        "showlegend": True,
    }
    return {"data": traces, "layout": layout}


def adherence_to_date(frame: pl.DataFrame) -> dict[str, Any]:
    """Share per arm with its interval, one row per arm, from 0 to 100 %.

    `frame`: one row per arm, as `queries.overview.adherence_to_date` returns it.
    """
    rows = frame.reverse()
    traces = [
        _gone(row)
        if withheld.is_withheld(row, "share")
        else {
            "type": "scatter",
            "mode": "markers+text",
            "name": row["arm_label"],
            "x": [row["share"]],
            "y": [f"{row['arm_label']}<br>n = {theme.whole(row['n_evaluable'])}"],
            "text": [theme.percent(row["share"])],
            "textposition": "top center",
            "cliponaxis": False,
            "textfont": {"color": theme.INK},
            "marker": {
                "color": theme.arm_colour(row["arm_position"]),
                "symbol": theme.symbol(row["arm_position"]),
                "size": 11,
            },
            "error_x": _interval(row),
            "hovertemplate": f"{row['arm_label']}: {theme.percent(row['share'])} "
            f"({theme.percent(row['low'])} to {theme.percent(row['high'])})<extra></extra>",
        }
        for row in rows.to_dicts()
    ]
    layout = {
        "xaxis": {
            "range": [-0.08, 1.1],
            "tickvals": [0, 0.5, 1],
            "tickformat": ".0%",
            "showgrid": True,
        },
        "yaxis": {"type": "category", "range": [-0.6, max(rows.height, 1) - 0.2]},
        "showlegend": False,
    }
    return {"data": traces, "layout": layout}


def _gone(row: dict[str, Any]) -> dict[str, Any]:
    """An arm without a mark, and why."""
    return {
        "type": "scatter",
        "mode": "text",
        "x": [0.5],
        "y": [row["arm_label"]],
        "text": [f"{withheld.SIGN} {withheld.WORD}"],
        "textfont": {"color": theme.MUTED},
        "hovertemplate": f"{row['arm_label']}: {withheld.WORD}<extra></extra>",
    }


def _interval(row: dict[str, Any]) -> dict[str, Any]:
    """Error bars; none where one participant gives no interval."""
    if row["low"] is None:
        return {"visible": False}
    return {
        "type": "data",
        "symmetric": False,
        "array": [row["high"] - row["share"]],
        "arrayminus": [row["share"] - row["low"]],
        "color": theme.arm_colour(row["arm_position"]),
        "thickness": 2,
        "width": 6,
    }
