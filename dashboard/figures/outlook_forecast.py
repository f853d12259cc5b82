"""Figures of the Outlook page on the end of the study: expected widths, surveys to analyse."""

from typing import Any

import polars as pl

from dashboard import theme
from dashboard.figures.facets import nothing
from dashboard.figures.outlook import faint

_NEAR = 0.015
"""Lines coincide that are nowhere further apart than this share of the axis: a line's width."""
_LINES = (
    (theme.GREY, "dot"),
    (theme.BLUE, "dash"),
    (theme.GREEN, "dashdot"),
    (theme.VIOLET, "dot"),
)


def widths(frame: pl.DataFrame) -> dict[str, Any]:
    """Expected half width against participants, a line per length of the study; the plan marked.

    Parameters
    ----------
    frame
        As `dashboard.outlook.frames.widths` returns. Not modified.
    """
    frame = frame.drop_nulls("half_width")
    if frame.is_empty():
        return nothing("There is no forecast, or its numbers are withheld.")
    plan = frame.filter("is_plan")
    data = []
    planned = plan["last_week"][0] if len(plan) else None
    top = float(frame["high"].max() or 0)
    for number, lines in enumerate(_told_apart(frame, planned, _NEAR * top)):
        data += _width_line(lines, number, planned)
    return {
        "data": [*data, *_plan_mark(plan)],
        "layout": {
            "xaxis": {
                "title": {"text": "Participants"},
                "tickvals": frame["n_planned_participants"].unique().sort().to_list(),
                "rangemode": "normal",
            },
            "yaxis": {
                "title": {"text": f"± {frame['unit'][0]}"},
                "range": [0, top * 1.08],
            },
            "annotations": _plan_words(plan),
        },
    }


def _told_apart(
    frame: pl.DataFrame, planned: float | None, near: float
) -> list[list[pl.DataFrame]]:
    """Lengths of the study whose lines can be told apart; those that coincide are one line.

    The planned length leads its line, so that the line is drawn where the plan is.
    """
    parts = frame.partition_by("last_week", maintain_order=True)
    parts.sort(key=lambda rows: rows["last_week"][0] != planned)
    lines: list[list[pl.DataFrame]] = []
    for rows in parts:
        own = next((line for line in lines if _coincide(line[0], rows, near)), None)
        if own is None:
            lines.append([rows])
        else:
            own.append(rows)
    return sorted(lines, key=lambda line: min(rows["last_week"][0] for rows in line))


def _coincide(one: pl.DataFrame, other: pl.DataFrame, near: float) -> bool:
    both = one.join(other, on="n_planned_participants")
    apart = (both["half_width"] - both["half_width_right"]).abs().max()
    return both.height == one.height and apart is not None and float(apart) <= near


def _width_line(
    line: list[pl.DataFrame], number: int, planned: float | None
) -> list[dict[str, Any]]:
    rows = line[0]
    is_plan = rows["last_week"][0] == planned
    colour, dash = (theme.INK, "solid") if is_plan else _other(number)
    name = _weeks_name([one["last_week"][0] for one in line], planned)
    people = rows["n_planned_participants"].to_list()
    edge = {
        "type": "scatter",
        "x": people,
        "mode": "lines",
        "line": {"width": 0, "color": colour},
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": name,
    }
    band = [
        {**edge, "y": rows["low"].to_list()},
        {
            **edge,
            "y": rows["high"].to_list(),
            "fill": "tonexty",
            "fillcolor": faint(theme.GREY, 0.28),
        },
    ]
    drawn = {
        "type": "scatter",
        "x": people,
        "y": rows["half_width"].to_list(),
        "mode": "lines+markers",
        "name": name,
        "legendgroup": name,
        "line": {"color": colour, "dash": dash, "width": 2.5 if is_plan else 1.8},
        "marker": {"size": 6, "color": colour},
        "customdata": [_width_words(row) for row in rows.iter_rows(named=True)],
        "hovertemplate": f"<b>%{{x}} participants, {name}</b><br>%{{customdata[0]}}<br>"
        "%{customdata[1]}<extra></extra>",
    }
    return [*(band if is_plan else []), drawn]


def _weeks_name(weeks: list[float], planned: float | None) -> str:
    """Such as `to week 12 (plan); nearly the same to week 13, 14`."""
    first, *others = (theme.number(week, 0) for week in weeks)
    plan = " (plan)" if weeks[0] == planned else ""
    same = f"; nearly the same to week {', '.join(others)}" if others else ""
    return f"to week {first}{plan}{same}"


def _other(number: int) -> tuple[str, str]:
    return _LINES[number % len(_LINES)]


def _width_words(row: dict[str, Any]) -> list[str]:
    reach = " to ".join(theme.number(row[name], 3) for name in ("low", "high"))
    more = "as planned"
    if not row["is_plan"]:
        way = "wider" if row["against_plan"] > 0 else "narrower"
        more = f"{theme.percent(abs(row['against_plan']))} {way} than the plan"
    return [f"± {theme.number(row['half_width'], 3)} {row['unit']} (likely {reach})", more]


def _plan_mark(plan: pl.DataFrame) -> list[dict[str, Any]]:
    if plan.is_empty():
        return []
    return [
        {
            "type": "scatter",
            "x": plan["n_planned_participants"].to_list(),
            "y": plan["half_width"].to_list(),
            "mode": "markers",
            "marker": {
                "symbol": "diamond",
                "size": 15,
                "color": theme.VERMILION,
                "line": {"width": 2, "color": theme.SURFACE},
            },
            "hoverinfo": "skip",
            "showlegend": False,
        }
    ]


def _plan_words(plan: pl.DataFrame) -> list[dict[str, Any]]:
    if plan.is_empty():
        return []
    row = plan.row(0, named=True)
    digits = 2 if row["half_width"] >= 0.1 else 3
    return [
        {
            "x": row["n_planned_participants"],
            "y": row["half_width"],
            "text": f"<b>plan: ± {theme.number(row['half_width'], digits)}</b>",
            "showarrow": True,
            "arrowcolor": theme.AXIS,
            "arrowhead": 0,
            "ax": 34,
            "ay": -46,
            "font": {"size": 13, "color": theme.INK},
        }
    ]


def answers(frame: pl.DataFrame) -> dict[str, Any]:
    """Share of participants whose survey gave a row, so far and as expected in the end.

    Parameters
    ----------
    frame
        As `dashboard.outlook.frames.answers` returns. Not modified.
    """
    frame = frame.drop_nulls("expected")
    if frame.is_empty():
        return nothing("There is no forecast, or its numbers are withheld.")
    so_far = frame.filter(pl.col("share").is_not_null())
    return {
        "data": [
            {
                "type": "scatter",
                "x": frame["week"].to_list(),
                "y": frame["expected"].to_list(),
                "mode": "lines",
                "name": "expected in the end",
                "line": {"color": theme.GREY, "dash": "dash", "width": 2},
                "hovertemplate": "week %{x:.0f}: %{y:.0%} expected<extra></extra>",
            },
            {
                "type": "scatter",
                "x": so_far["week"].to_list(),
                "y": so_far["share"].to_list(),
                "mode": "markers",
                "name": "of those whose survey is past",
                "marker": {"color": theme.BLUE, "size": 9},
                "customdata": [
                    [theme.whole(n), theme.whole(of)]
                    for n, of in so_far.select("n_analysed", "n_passed").iter_rows()
                ],
                "hovertemplate": "week %{x:.0f}: %{y:.0%} (%{customdata[0]} of %{customdata[1]})"
                "<extra></extra>",
            },
        ],
        "layout": {
            "xaxis": {"title": {"text": "Study week"}, "rangemode": "tozero"},
            "yaxis": {"tickformat": ".0%", "range": [0, 1.02]},
        },
    }
