"""Participant × week grids: one cell per thing that could be due. Pure: frame in, figure out."""

from typing import Any

import polars as pl

from dashboard import theme
from dashboard.ledger_grid import RUNNING, WORDS

ROW_PX, TOP_PX, BOTTOM_PX, LETTER_PX, GROUP_PX = 18, 84, 12, 8, 20
LONGEST_ID, TEXT_SIZE = 14, 11
FILLS = {
    "done": theme.GREEN,
    "late": theme.GOLD,
    "partly": theme.TEAL,
    "missed": theme.VERMILION,
    "open": theme.BLUE,
    "excused": theme.GREY,
    "nothing_due": theme.TINT,
}
STATES = tuple(FILLS)
# Colour never stands alone: what was done is a plain full cell, what was not due a plain pale one,
# the others carry a sign, or their count when only a part was done.
SYMBOLS = {
    "late": "diamond-open",
    "missed": "x-thin-open",
    "open": "circle-open",
    "excused": "line-ew-open",
}
SIGNS = {"late": "◇ ", "missed": "× ", "open": "○ ", "excused": "– ", "partly": "1/2 "}
# Writing into cells costs a browser about a millisecond each.
MOST_TEXTS = 800


def sessions(frame: pl.DataFrame) -> dict[str, Any]:
    """Session status of each participant in each study week.

    Parameters
    ----------
    frame
        As `dashboard.ledger_grid.session_cells` returns. Not modified.
    """
    weeks = frame["position"].unique().sort().to_list()
    return _grid(frame, weeks, [str(week) for week in weeks], "Study week")


def surveys(frame: pl.DataFrame) -> dict[str, Any]:
    """Status of each scheduled survey of each participant.

    Parameters
    ----------
    frame
        As `dashboard.ledger_grid.survey_cells` returns. Not modified.
    """
    columns = frame.select("position", "study_week", "instrument_id").unique("position")
    columns = columns.sort("position")
    grid = _grid(
        frame,
        columns["position"].to_list(),
        [str(week) for week in columns["study_week"]],
        "Study week in which it is due",
    )
    groups = columns.group_by("instrument_id", maintain_order=True).agg(pl.col("position").min())
    grid["layout"]["xaxis"]["title"]["standoff"] = GROUP_PX
    grid["layout"]["margin"]["t"] += GROUP_PX
    grid["layout"]["height"] += GROUP_PX
    grid["layout"]["annotations"] += [_group(name, first) for name, first in groups.iter_rows()]
    return grid


def usage(frame: pl.DataFrame) -> dict[str, Any]:
    """Sessions of use of each participant in each study week, darker for more.

    Parameters
    ----------
    frame
        As `dashboard.ledger_grid.usage_cells` returns. Not modified.
    """
    weeks = frame["position"].unique().sort().to_list()
    cells = _heatmap(frame, weeks, "n_sessions") | {
        "colorscale": [list(step) for step in theme.SEQUENTIAL],
        "zmin": 0,
        "zmax": max(float(frame["n_sessions"].max() or 0), 1.0),
        "customdata": _spread(frame, weeks, ["participant_id", "n_sessions"]),
        "hovertemplate": "%{customdata[0]}, study week %{x}<br>sessions of use: %{customdata[1]}"
        "<extra></extra>",
    }
    if frame.height <= MOST_TEXTS:
        cells |= {
            "text": [[text or "" for text in row] for row in _spread(frame, weeks, ["text"])],
            "texttemplate": "%{text}",
            "textfont": {"size": TEXT_SIZE},
        }
    layout = _layout(frame, weeks, [str(week) for week in weeks], "Study week")
    return {"data": [cells], "layout": layout | {"showlegend": False}}


def _grid(frame: pl.DataFrame, columns: list[int], names: list[str], title: str) -> dict[str, Any]:
    coded = frame.with_columns(
        code=pl.col("status").replace_strict(
            {state: index for index, state in enumerate(STATES)}, return_dtype=pl.Int64
        )
    )
    cells = _heatmap(coded, columns, "code") | {
        "colorscale": _steps(),
        "zmin": -0.5,
        "zmax": len(STATES) - 0.5,
        "customdata": _spread(
            coded, columns, ["participant_id", "words", "detail", "study_week", "arm_label"]
        ),
        "hovertemplate": "%{customdata[0]} · %{customdata[4]}<br>study week %{customdata[3]}: "
        "<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
    }
    shown = [state for state in STATES if (frame["status"] == state).any()]
    signs = [_signs(frame, state) for state in shown if state in SYMBOLS]
    return {
        "data": [cells, *signs, _texts(frame), *(_key(state) for state in shown)],
        "layout": _layout(frame, columns, names, title),
    }


def _signs(frame: pl.DataFrame, state: str) -> dict[str, Any]:
    """The sign of a state, on its cells."""
    rows = frame.filter(pl.col("status") == state)
    return _over(rows) | {
        "mode": "markers",
        "marker": {
            "symbol": SYMBOLS[state],
            "size": 7,
            "color": theme.SURFACE,
            "line": {"width": 1.6, "color": theme.SURFACE},
        },
    }


def _texts(frame: pl.DataFrame) -> dict[str, Any]:
    """What is written into cells; pale cells need dark letters."""
    rows = frame.filter(pl.col("text") != "")
    return _over(rows) | {
        "mode": "text",
        "text": rows["text"].to_list(),
        # Beside a sign, not upon it.
        "textposition": [
            "middle right" if status in SYMBOLS else "middle center" for status in rows["status"]
        ],
        "textfont": {
            "size": TEXT_SIZE,
            "color": [
                theme.INK if status == "nothing_due" else theme.SURFACE for status in rows["status"]
            ],
        },
    }


def _over(rows: pl.DataFrame) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": rows["position"].to_list(),
        "y": rows["row"].to_list(),
        "hoverinfo": "skip",
        "showlegend": False,
        "cliponaxis": False,
    }


def _steps() -> list[list[Any]]:
    """A colour scale with a hard edge between the states."""
    n = len(STATES)
    return [
        [(index + side) / n, fill] for index, fill in enumerate(FILLS.values()) for side in (0, 1)
    ]


def _heatmap(frame: pl.DataFrame, columns: list[int], value: str) -> dict[str, Any]:
    rows = _row_numbers(frame)
    return {
        "type": "heatmap",
        "x": columns,
        "y": rows,
        "z": _spread(frame, columns, [value]),
        "xgap": 2,
        "ygap": 2,
        "showscale": False,
        "hoverongaps": False,
    }


def _row_numbers(frame: pl.DataFrame) -> list[int]:
    """Every row to the last, headings too: a missing one would stretch its neighbours' cells."""
    return list(range(max(frame["row"].to_list(), default=-1) + 1))


def _spread(frame: pl.DataFrame, columns: list[int], names: list[str]) -> list[list[Any]]:
    """Values as rows × columns; None where the participant was not at risk."""
    spread: list[list[Any]] = [[None] * len(columns) for _ in _row_numbers(frame)]
    place = {column: at for at, column in enumerate(columns)}
    lists = [frame[name].to_list() for name in names]
    values = lists[0] if len(names) == 1 else map(list, zip(*lists, strict=True))
    for row, column, value in zip(frame["row"], frame["position"], values, strict=True):
        spread[row][place[column]] = value
    return spread


def _key(state: str) -> dict[str, Any]:
    """A legend entry; heatmaps have none of their own."""
    return {
        "type": "scatter",
        "x": [None],
        "y": [None],
        "mode": "markers",
        "marker": {"symbol": "square", "size": 12, "color": FILLS[state]},
        "name": f"{SIGNS.get(state, '')}{WORDS[state]}",
        "hoverinfo": "skip",
    }


def _layout(
    frame: pl.DataFrame, columns: list[int], names: list[str], title: str
) -> dict[str, Any]:
    people = frame.select("row", "participant_id").unique("row").sort("row")
    headings = frame.select("heading", "heading_row").drop_nulls().unique().sort("heading_row")
    by_row = dict(people.rows())
    labels = [_short(name) for name in people["participant_id"]]
    n_rows = max(people["row"].to_list(), default=0) + 1
    return {
        "height": TOP_PX + BOTTOM_PX + ROW_PX * n_rows,
        # Who is in which row, for the click that opens a participant.
        "meta": [by_row.get(row) for row in range(n_rows)],
        "margin": {
            "l": 12 + LETTER_PX * max(map(len, labels), default=0),
            "r": 8,
            "t": TOP_PX,
            "b": BOTTOM_PX,
        },
        "xaxis": {
            "side": "top",
            "title": {"text": title},
            "tickvals": columns,
            "ticktext": names,
            "range": [min(columns, default=0) - 0.5, max(columns, default=0) + 0.5],
            "showgrid": False,
            "zeroline": False,
            "showline": False,
            "ticks": "",
        },
        "yaxis": {
            "tickvals": people["row"].to_list(),
            "ticktext": labels,
            "range": [n_rows - 0.5, -0.5],
            # Measuring hundreds of labels takes the browser ten seconds: their room is reckoned.
            "automargin": False,
            "ticklabeloverflow": "allow",
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
        },
        "legend": {"y": 1, "yref": "container", "yanchor": "top"},
        "annotations": [_heading(text, row, columns) for text, row in headings.iter_rows()],
    }


def _heading(text: str, row: int, columns: list[int]) -> dict[str, Any]:
    return {
        "text": f"<b>{text}</b>",
        "x": min(columns, default=0) - 0.5,
        "y": row,
        "xanchor": "left",
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": theme.SIZES["small"], "color": theme.INK},
    }


def _group(name: str, first: int) -> dict[str, Any]:
    """An instrument's name over its first column."""
    return {
        "text": f"{name} ›",
        "x": first - 0.5,
        "y": 1,
        "yref": "paper",
        "yshift": GROUP_PX,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": theme.SIZES["small"], "color": theme.INK},
    }


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_ID else f"{name[: LONGEST_ID - 1]}{RUNNING}"
