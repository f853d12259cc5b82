"""Attrition curves with their intervals and the numbers at risk. Pure: frame in, figure out."""

from typing import Any

import polars as pl

from dashboard import theme, withheld
from dashboard.figures.models import broken_label

DAYS_PER_MARK = (7, 14, 28, 56, 84, 168, 364)
MOST_MARKS = 9
BAND_ALPHA = 0.16
LINE_SHARE = 0.075
LETTERS, MOST_LINES = 15, 2
"""Of an arm's label beside its numbers at risk: two lines have the height of one row."""


def curves(frame: pl.DataFrame, axis_title: str) -> dict[str, Any]:
    """Share who have not had the event by each study day, one step curve per arm.

    Parameters
    ----------
    frame
        As `dashboard.attrition.curves` returns, one row per arm and step. Not modified.
    axis_title
        What the share is of, such as 'Still using the app'.

    Notes
    -----
    Bands are 95 % log-log intervals of each curve on its own. Below the curves stand the numbers
    still at risk.
    """
    arms = frame.sort("arm_position", "arm_id").partition_by("arm_id", maintain_order=True)
    last = float(frame["day"].max() or 0)
    marks = _marks(last)
    data = [trace for rows in arms for trace in (_gone(rows) if _is_gone(rows) else _arm(rows))]
    data += [_at_risk(rows, marks, line) for line, rows in enumerate(arms)]
    return {"data": data, "layout": _layout(arms, marks, last, axis_title)}


def _marks(last: float) -> list[int]:
    step = next((d for d in DAYS_PER_MARK if last / d <= MOST_MARKS), DAYS_PER_MARK[-1])
    return list(range(0, int(last) + 1, step))


def _arm(rows: pl.DataFrame) -> list[dict[str, Any]]:
    position = rows["arm_position"][0]
    colour = theme.arm_colour(position)
    days = [0, *rows["day"]]
    base = {"type": "scatter", "x": days, "legendgroup": rows["arm_id"][0]}
    edge = base | {
        "mode": "lines",
        "line": {"shape": "hv", "width": 0, "color": colour},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    # Before the first event, and once nobody is left, the interval is the curve itself.
    low, high = (
        rows["ci_low"].fill_null(rows["survival"]),
        rows["ci_high"].fill_null(rows["survival"]),
    )
    return [
        edge | {"y": [1, *low]},
        edge | {"y": [1, *high], "fill": "tonexty", "fillcolor": _faint(colour)},
        base
        | {
            "y": [1, *rows["survival"]],
            "mode": "lines",
            "line": {"shape": "hv", "width": 2, "color": colour, "dash": theme.dash(position)},
            "name": f"{rows['arm_label'][0]}: {half_life(rows.row(0, named=True))}",
            "customdata": _hover(rows),
            "hovertemplate": f"{rows['arm_label'][0]}<br>day %{{x}}: %{{y:.0%}} "
            "(%{customdata[0]} to %{customdata[1]})<br>"
            "at risk that day: %{customdata[2]}, events: %{customdata[3]}<extra></extra>",
        },
    ]


def _is_gone(rows: pl.DataFrame) -> bool:
    return withheld.is_withheld(rows.row(0, named=True), "survival")


def _gone(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """An arm of which nothing is drawn: its name in the legend says why."""
    colour = theme.arm_colour(rows["arm_position"][0])
    line = {"color": colour, "dash": theme.dash(rows["arm_position"][0])}
    name = f"{rows['arm_label'][0]}: {withheld.WORD}"
    nothing = {"type": "scatter", "mode": "lines", "x": [None], "y": [None], "line": line}
    return [{**nothing, "name": name, "showlegend": True}]


def _faint(colour: str) -> str:
    """A see-through colour: a trace's opacity does not reach its fill."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{BAND_ALPHA})"


def _hover(rows: pl.DataFrame) -> list[list[Any]]:
    steps = [
        [theme.percent(low), theme.percent(high), at_risk, events]
        for low, high, at_risk, events in rows.select(
            "ci_low", "ci_high", "n_at_risk", "n_events"
        ).iter_rows()
    ]
    return [["100 %", "100 %", rows["n_participants"][0], 0], *steps]


def half_life(row: dict[str, Any]) -> str:
    """The half-life in words, with its interval; says so where half have not left yet."""
    if row["half_life"] is None:
        return "more than half remain"
    low, high = row["half_life_low"], row["half_life_high"]
    ends = [
        "" if low is None else f"from {theme.number(low, 0)}",
        "" if high is None else f"to {theme.number(high, 0)}",
    ]
    interval = " ".join(end for end in ends if end) or "interval open at both ends"
    return f"half-life {theme.number(row['half_life'], 0)} days ({interval})"


def _at_risk(rows: pl.DataFrame, marks: list[int], line: int) -> dict[str, Any]:
    steps = list(zip(rows["day"].to_list(), rows["n_at_risk"].to_list(), strict=True))
    counts = (
        [None] * len(marks)
        if _is_gone(rows)
        else [next((n for day, n in steps if day >= mark), 0) for mark in marks]
    )
    return {
        "type": "scatter",
        "x": marks,
        "y": [line] * len(marks),
        "yaxis": "y2",
        "mode": "text",
        "text": [withheld.count(count) for count in counts],
        "textfont": {"size": 11, "color": theme.arm_colour(rows["arm_position"][0])},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _layout(
    arms: list[pl.DataFrame], marks: list[int], last: float, axis_title: str
) -> dict[str, Any]:
    space = LINE_SHARE * (len(arms) + 1)
    labels = [_short(rows["arm_label"][0]) for rows in arms]
    return {
        "legend": {"tracegroupgap": 0},
        "xaxis": {
            "title": {"text": "Study day"},
            "tickvals": marks,
            "range": [-last * 0.03, max(last, 1) * 1.03],
            "anchor": "y",
        },
        "yaxis": {
            "title": {"text": axis_title},
            "range": [0, 1.02],
            "tickformat": ".0%",
            "domain": [min(space + 0.16, 0.6), 1],
        },
        "yaxis2": {
            "domain": [0, space],
            "range": [len(arms) - 0.5, -1.3],
            "tickvals": list(range(len(arms))),
            "ticktext": labels,
            "tickfont": {"size": 10},
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
        },
        "annotations": [
            {
                "text": "At risk",
                "x": 0,
                "xref": "paper",
                "y": -0.8,
                "yref": "y2",
                "xanchor": "left",
                "showarrow": False,
            }
        ]
        if arms
        else [],
        "shapes": [
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": 0.5,
                "y1": 0.5,
                "line": {"color": theme.AXIS, "width": 1, "dash": "dot"},
            }
        ],
    }


def _short(label: str) -> str:
    lines = broken_label(label, LETTERS).split("<br>")
    if len(lines) <= MOST_LINES:
        return "<br>".join(lines)
    return "<br>".join([*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1]}…"])


def nonusage(frame: pl.DataFrame) -> dict[str, Any]:
    """The curves of the end of use; `frame` as for `curves`."""
    return curves(frame, "Still using the app")


def dropout(frame: pl.DataFrame) -> dict[str, Any]:
    """The curves of leaving the study; `frame` as for `curves`."""
    return curves(frame, "Still in the study")
