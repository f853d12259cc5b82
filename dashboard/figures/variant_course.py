"""Figures of one outcome of a comparison of versions: look by look, and week by week."""

from typing import Any

import polars as pl

from dashboard import theme
from dashboard.figures.facets import nothing

_NO_LOOK = "Nothing could be told on any day yet; see the effects."
NO_PART = "No part of the data has an estimate; the table says why."


def in_unit(unit: str, scale: str) -> str:
    """The unit of a difference, in words."""
    if scale == "log_odds":
        return "log odds"
    return "percentage points" if unit == "share" else unit


def written(value: float | None, row: dict[str, Any]) -> str:
    """A difference as it is written: shares in percentage points."""
    if value is None:
        return "–"
    is_share = row["unit"] == "share" and row["scale"] == "difference"
    return theme.number(value * 100, 1) if is_share else theme.number(value, 3)


def axis_scale(frame: pl.DataFrame) -> tuple[float, str]:
    """What to multiply by, and the axis's words."""
    row = frame.row(0, named=True)
    factor = 100.0 if row["unit"] == "share" and row["scale"] == "difference" else 1.0
    return factor, in_unit(row["unit"], row["scale"])


def looks(frame: pl.DataFrame) -> dict[str, Any]:
    """The estimate as it stood on one day after another, with both kinds of interval.

    Parameters
    ----------
    frame
        As `dashboard.variants.frames.looks` returns. Not modified.
    """
    shown = frame.filter(pl.col("estimate").is_not_null())
    if shown.is_empty():
        return nothing(_NO_LOOK)
    factor, unit = axis_scale(shown)
    x = shown["day"].to_list()
    ends = {
        name: (shown[name] * factor).to_list()
        for name in ("estimate", "ci_low", "ci_high", "valid_low", "valid_high")
    }
    return {
        "data": [
            *_band(x, ends["valid_low"], ends["valid_high"], theme.TINT, "always valid"),
            *_band(x, ends["ci_low"], ends["ci_high"], theme.BAND, "one look (95 %)"),
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": "estimate",
                "showlegend": True,
                "x": x,
                "y": ends["estimate"],
                "line": {"color": theme.BLUE, "width": 2},
                "marker": {"size": 6, "color": theme.BLUE},
                "customdata": [
                    [
                        written(row["estimate"], row),
                        written(row["ci_low"], row),
                        written(row["ci_high"], row),
                        written(row["valid_low"], row),
                        written(row["valid_high"], row),
                        theme.counted(row["n_participants"], "participant"),
                    ]
                    for row in shown.iter_rows(named=True)
                ],
                "hovertemplate": "<b>%{x|%-d %b %Y}</b><br>%{customdata[0]} [%{customdata[1]}, "
                "%{customdata[2]}]<br>always valid [%{customdata[3]}, %{customdata[4]}]<br>"
                "%{customdata[5]} so far<extra></extra>",
            },
        ],
        "layout": {
            "xaxis": theme.date_axis(),
            "yaxis": {
                "title": {"text": f"Difference ({unit})"},
                "rangemode": "normal",
                "zeroline": True,
                "zerolinecolor": theme.AXIS,
                "zerolinewidth": 1.5,
            },
        },
    }


def _band(
    x: list[str], low: list[float], high: list[float], colour: str, name: str
) -> list[dict[str, Any]]:
    edge = {"type": "scatter", "mode": "lines", "x": x, "hoverinfo": "skip"}
    line = {"color": theme.GREY if colour == theme.TINT else theme.BLUE, "width": 1, "dash": "dot"}
    return [
        {**edge, "y": low, "line": line, "showlegend": False},
        {**edge, "y": high, "line": line, "fill": "tonexty", "fillcolor": colour, "name": name,
         "showlegend": True},
    ]  # fmt: skip


def weeks(frame: pl.DataFrame) -> dict[str, Any]:
    """The estimate by weeks since the first delivery: does it wear off?

    Parameters
    ----------
    frame
        As `dashboard.variants.frames.parts` returns, of weeks. Not modified.
    """
    shown = frame.filter(pl.col("estimate").is_not_null())
    if shown.is_empty():
        return nothing(NO_PART)
    factor, unit = axis_scale(shown)
    rows = shown.with_row_index("place")
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": rows["place"].to_list(),
                "y": (rows["estimate"] * factor).to_list(),
                "error_y": {
                    "type": "data",
                    "array": ((rows["ci_high"] - rows["estimate"]) * factor).to_list(),
                    "arrayminus": ((rows["estimate"] - rows["ci_low"]) * factor).to_list(),
                    "color": theme.BLUE,
                    "thickness": 1.6,
                    "width": 0,
                },
                "line": {"color": theme.BLUE, "width": 1.5, "dash": "dot"},
                "marker": {"size": 8, "color": theme.BLUE},
                "customdata": [_part_words(row) for row in rows.iter_rows(named=True)],
                "hovertemplate": "<b>week %{customdata[0]}</b><br>%{customdata[1]}<br>"
                "%{customdata[2]}<extra></extra>",
            }
        ],
        "layout": {
            "showlegend": False,
            "xaxis": {
                "title": {"text": "Weeks since the first delivery; participants below"},
                "tickmode": "array",
                "tickangle": 0,
                "tickvals": rows["place"].to_list(),
                "ticktext": [
                    f"{row['label']}<br>{row['n_participants']}"
                    for row in rows.iter_rows(named=True)
                ],
                "range": [-0.5, rows.height - 0.5],
                "zeroline": False,
            },
            "yaxis": {
                "title": {"text": f"Difference ({unit})"},
                "rangemode": "normal",
                "zeroline": True,
                "zerolinecolor": theme.AXIS,
                "zerolinewidth": 1.5,
            },
        },
    }


def _part_words(row: dict[str, Any]) -> list[str]:
    return [
        row["label"],
        f"{written(row['estimate'], row)} [{written(row['ci_low'], row)}, "
        f"{written(row['ci_high'], row)}]",
        theme.counted(row["n_participants"], "participant"),
    ]
