"""The specification curve: estimates in order of size above, the choices behind each below."""

from typing import Any

import polars as pl

from dashboard import theme
from dashboard.figures.facets import nothing, padded
from dashboard.multiverse.frames import ordered_levels, with_numbers

ROW_PX, CURVE_PX, EDGES_PX = 19, 300, 96
_GAP_ROWS = 0.9
_NONE = "No specification has an estimate; the table says why."


def specification_curve(frame: pl.DataFrame) -> dict[str, Any]:
    """Estimates with intervals, smallest first, over marks of the choices each was made with.

    Parameters
    ----------
    frame
        As `dashboard.multiverse.frames.curve` returns. Not modified.

    Returns
    -------
    dict
        Traces of estimates whose interval leaves 0 out and of those that hold it (filled and
        hollow), the declared one as a diamond with its name, and a mark per specification and
        choice. The layout has the height that the rows need. A frame without an estimate gives no
        trace and a note.
    """
    shown = with_numbers(frame)
    if shown.is_empty():
        return nothing(_NONE)
    levels = ordered_levels(frame)
    n_rows = sum(len(names) + _GAP_ROWS for _, _, names in levels)
    height = CURVE_PX + n_rows * ROW_PX + EDGES_PX
    split = n_rows * ROW_PX / (height - EDGES_PX)
    main = shown.filter("is_main")
    return {
        "data": [*_estimates(shown), *_marks(shown, levels)],
        "layout": {
            "xaxis": {
                "title": {"text": "Specifications, from the smallest estimate to the largest"},
                "range": [0, frame.height + 1],
                "anchor": "y2",
                "zeroline": False,
                "nticks": 8,
            },
            "yaxis": {
                "domain": [split + 0.03, 1],
                "title": {"text": "Points per SD of exposure (within)"},
                "rangemode": "normal",
                "zeroline": True,
                "zerolinecolor": theme.AXIS,
                "zerolinewidth": 1.5,
            },
            "yaxis2": {
                "domain": [0, split],
                "anchor": "x",
                "range": [n_rows - 0.2, -0.9],
                "rangemode": "normal",
                "tickmode": "array",
                **_level_ticks(levels),
                "ticksuffix": "  ",
                "ticks": "",
                "showgrid": False,
                "zeroline": False,
            },
            "shapes": _main_line(main),
            "annotations": [*_headings(levels), *_main_words(main, shown.height)],
            "legend": {"y": 1, "yref": "container", "yanchor": "top"},
            "margin": {"t": 40},
            "height": round(height),
        },
    }


def _estimates(shown: pl.DataFrame) -> list[dict[str, Any]]:
    beyond = (pl.col("std_low") > 0) | (pl.col("std_high") < 0)
    kinds = (
        ("interval without 0", shown.filter(beyond, ~pl.col("is_main")), theme.BLUE, "circle"),
        ("interval with 0", shown.filter(~beyond, ~pl.col("is_main")), theme.GREY, "circle-open"),
        ("declared", shown.filter("is_main"), theme.VERMILION, "diamond"),
    )
    return [
        _points(name, rows, colour, symbol) for name, rows, colour, symbol in kinds if len(rows)
    ]


def _points(name: str, rows: pl.DataFrame, colour: str, symbol: str) -> dict[str, Any]:
    is_main = symbol == "diamond"
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "showlegend": True,
        "x": rows["rank"].to_list(),
        "y": rows["standardised"].to_list(),
        "error_y": {
            "type": "data",
            "array": (rows["std_high"] - rows["standardised"]).to_list(),
            "arrayminus": (rows["standardised"] - rows["std_low"]).to_list(),
            "color": colour,
            "thickness": 2.4 if is_main else 1.2,
            "width": 0,
        },
        "marker": {
            "symbol": symbol,
            "size": 12 if is_main else 6,
            "color": colour,
            "line": {"color": colour, "width": 1.5},
        },
        "customdata": [_words(row) for row in rows.iter_rows(named=True)],
        "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}"
        "<extra></extra>",
    }


def _words(row: dict[str, Any]) -> list[str]:
    chosen = [row[name] for name in ("window", "scale", "random", "use", "occasions")]
    ends = [theme.number(row[name], 3) for name in ("standardised", "std_low", "std_high")]
    people = theme.counted(row["n_participants"], "participant")
    n = f"{theme.whole(row['n_rows'])} rows of {people}"
    return [
        f"{ends[0]} [{ends[1]}, {ends[2]}]{' · declared' if row['is_main'] else ''}",
        "<br>".join(chosen),
        n,
    ]


def _marks(shown: pl.DataFrame, levels: list[tuple[str, str, list[str]]]) -> list[dict[str, Any]]:
    traces = []
    for is_main, colour, size in ((False, theme.INK, 10), (True, theme.VERMILION, 12)):
        rows = shown.filter(pl.col("is_main") == is_main)
        x: list[int] = []
        y: list[float] = []
        for column, _, names in levels:
            for name in names:
                ranks = rows.filter(pl.col(column) == name)["rank"].to_list()
                x += ranks
                y += [_place(levels, column, name)] * len(ranks)
        if not x:
            continue
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "showlegend": False,
                "x": x,
                "y": y,
                "yaxis": "y2",
                "hoverinfo": "skip",
                "marker": {
                    "symbol": "diamond" if is_main else "line-ns-open",
                    "size": size,
                    "color": colour,
                    "line": {"color": colour, "width": 1.6},
                },
            }
        )
    return traces


def _place(levels: list[tuple[str, str, list[str]]], column: str, name: str) -> float:
    top = 0.0
    for own, _, names in levels:
        if own == column:
            return top + names.index(name)
        top += len(names) + _GAP_ROWS
    raise ValueError(f"no choice {column!r}")


def _level_ticks(levels: list[tuple[str, str, list[str]]]) -> dict[str, Any]:
    pairs = [(_place(levels, column, name), name) for column, _, names in levels for name in names]
    return {"tickvals": [at for at, _ in pairs], "ticktext": [name for _, name in pairs]}


def _headings(levels: list[tuple[str, str, list[str]]]) -> list[dict[str, Any]]:
    return [
        {
            "text": f"<b>{heading}</b>",
            "x": 0,
            "xref": "paper",
            "xanchor": "left",
            "y": _place(levels, column, names[0]) - 0.5,
            "yref": "y2",
            "yanchor": "bottom",
            "showarrow": False,
            "font": {"size": 12, "color": theme.MUTED},
        }
        for column, heading, names in levels
    ]


def _main_line(main: pl.DataFrame) -> list[dict[str, Any]]:
    """A line through the declared specification, from its estimate down to its choices."""
    return [
        {
            "type": "line",
            "xref": "x",
            "x0": rank,
            "x1": rank,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "layer": "below",
            "line": {"color": theme.VERMILION, "width": 1, "dash": "dot"},
        }
        for rank in main["rank"].to_list()
    ]


def _main_words(main: pl.DataFrame, n: int) -> list[dict[str, Any]]:
    """The declared estimate in words, kept inside the plot at either end."""
    return [
        {
            "text": f"declared: {theme.number(row['standardised'], 3)}",
            "x": row["rank"],
            "y": row["std_high"],
            "xref": "x",
            "yref": "y",
            "xanchor": "right" if row["rank"] > 0.9 * n else "left",
            "xshift": -4 if row["rank"] > 0.9 * n else 4,
            "yanchor": "bottom",
            "yshift": 2,
            "showarrow": False,
            "font": {"size": 12, "color": theme.VERMILION},
        }
        for row in main.iter_rows(named=True)
    ]


def by_choice(frame: pl.DataFrame) -> dict[str, Any]:
    """Median and range of the estimates for each level of each choice.

    Parameters
    ----------
    frame
        As `dashboard.multiverse.frames.choices` returns. Not modified.
    """
    if frame.is_empty():
        return nothing(_NONE)
    rows, ticks, place = [], [], 0.0
    headings = []
    for (name,), part in frame.group_by("choice", maintain_order=True):
        headings.append((place, str(name)))
        place += 0.9
        for row in part.iter_rows(named=True):
            rows.append({**row, "place": place})
            ticks.append((place, row["level"]))
            place += 1
        place += 0.35
    return {
        "data": [_ranges(rows), *_medians(rows)],
        "layout": {
            "xaxis": {
                "title": {"text": "Points per SD of exposure: median, least, most"},
                "range": padded(
                    min(0.0, *(row["lowest"] for row in rows)),
                    max(0.0, *(row["highest"] for row in rows)),
                ),
                "zeroline": True,
                "zerolinecolor": theme.AXIS,
                "showgrid": True,
            },
            "yaxis": {
                "tickmode": "array",
                "tickvals": [at for at, _ in ticks],
                "ticktext": [name for _, name in ticks],
                "ticksuffix": "  ",
                "range": [place - 0.3, -0.8],
                "rangemode": "normal",
                "ticks": "",
                "showgrid": False,
                "zeroline": False,
            },
            "annotations": [
                {
                    "text": f"<b>{name}</b>",
                    "x": 0,
                    "xref": "paper",
                    "xanchor": "left",
                    "y": at,
                    "yanchor": "middle",
                    "showarrow": False,
                    "font": {"size": 12, "color": theme.MUTED},
                }
                for at, name in headings
            ],
            "showlegend": False,
        },
    }


def _ranges(rows: list[dict[str, Any]]) -> dict[str, Any]:
    x: list[float | None] = []
    y: list[float | None] = []
    for row in rows:
        x += [row["lowest"], row["highest"], None]
        y += [row["place"], row["place"], None]
    line = {"color": theme.BLUE, "width": 2.5}
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "hoverinfo": "skip"}


def _medians(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    traces = []
    for is_main, colour, symbol in (
        (False, theme.BLUE, "circle"),
        (True, theme.VERMILION, "diamond"),
    ):
        own = [row for row in rows if row["is_main"] == is_main]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [row["middle"] for row in own],
                "y": [row["place"] for row in own],
                "marker": {"size": 10 if is_main else 8, "color": colour, "symbol": symbol},
                "customdata": [
                    [
                        row["level"],
                        theme.number(row["middle"], 3),
                        theme.counted(row["n_specifications"], "specification"),
                    ]
                    for row in own
                ],
                "hovertemplate": "<b>%{customdata[0]}</b><br>median %{customdata[1]}<br>"
                "%{customdata[2]}<extra></extra>",
            }
        )
    return [trace for trace in traces if trace["x"]]
