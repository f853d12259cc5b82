"""Figures of excursion effects: by horizon, over study weeks, and by what came before."""

from typing import Any

import polars as pl

from dashboard import theme
from dashboard.figures.facets import nothing
from dashboard.figures.models import broken_label
from dashboard.figures.ratio_axis import ratio_axis

_SIDES = (
    ("WCLS", (0.0, 0.46), "<b>Difference</b> (percentage points)", 0.0),
    ("EMEE", (0.54, 1.0), "<b>Relative risk</b>", 1.0),
)
_NONE = "No excursion effect could be estimated; the table says why."
ROW_PX, EDGES_PX = 34, 110


def horizons(frame: pl.DataFrame) -> dict[str, Any]:
    """Risk differences beside relative risks, a row per horizon of the outcome.

    Parameters
    ----------
    frame
        As `dashboard.variants.prompt_frames.horizons` returns. Numbers of sessions, which are no
        risk, are in the table. Not modified.
    """
    risks = frame.filter(pl.col("outcome").str.starts_with("within_"))
    if risks.is_empty() or risks["estimate"].is_null().all():
        return nothing(_NONE)
    names = risks["outcome_label"].unique(maintain_order=True).to_list()
    return _two_sided(risks, "outcome_label", names, {name: [name] for name in names})


def moderation(frame: pl.DataFrame) -> dict[str, Any]:
    """The effect where a moderator is low and where it is high, on both scales.

    Parameters
    ----------
    frame
        As `dashboard.variants.prompt_frames.moderation` returns. Not modified.
    """
    if frame.is_empty() or frame["estimate"].is_null().all():
        return nothing(_NONE)
    rows = frame.with_columns(
        place=pl.concat_str("moderator", pl.lit(": "), "at"),
    )
    names = rows["place"].unique(maintain_order=True).to_list()
    return _two_sided(rows, "place", names, {name: [name] for name in names})


def _two_sided(
    frame: pl.DataFrame, column: str, names: list[str], words: dict[str, list[str]]
) -> dict[str, Any]:
    places = {name: number for number, name in enumerate(names)}
    data: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"showlegend": False, "annotations": [], "shapes": []}
    for number, (estimator, domain, title, none) in enumerate(_SIDES):
        rows = frame.filter(pl.col("estimator") == estimator, pl.col("estimate").is_not_null())
        axis = "x" if number == 0 else "x2"
        factor = 100.0 if number == 0 else 1.0
        data.append(_marks(rows, column, places, axis, factor))
        layout |= _axis(rows, axis, domain, factor)
        layout["annotations"].append(_title(title, domain[0]))
        layout["annotations"] += _blanks(frame, estimator, column, places, axis, none)
        layout["shapes"].append(_line(axis, none))
    layout["yaxis"] = {
        "tickmode": "array",
        "tickvals": list(places.values()),
        "ticktext": ["<br>".join(broken_label(one, 34) for one in words[name]) for name in names],
        "ticksuffix": "  ",
        "range": [len(places) - 0.4, -0.6],
        "rangemode": "normal",
        "ticks": "",
        "showgrid": False,
        "zeroline": False,
    }
    layout["height"] = len(places) * ROW_PX + EDGES_PX
    layout["margin"] = {"t": 34}
    return {"data": data, "layout": layout}


def _marks(
    rows: pl.DataFrame, column: str, places: dict[str, int], axis: str, factor: float
) -> dict[str, Any]:
    colour = theme.BLUE if axis == "x" else theme.VIOLET
    return {
        "type": "scatter",
        "mode": "markers",
        "x": (rows["estimate"] * factor).to_list(),
        "y": [places[name] for name in rows[column]],
        "xaxis": axis,
        "error_x": {
            "type": "data",
            "array": ((rows["ci_high"] - rows["estimate"]) * factor).to_list(),
            "arrayminus": ((rows["estimate"] - rows["ci_low"]) * factor).to_list(),
            "color": colour,
            "thickness": 2.2,
            "width": 0,
        },
        "marker": {
            "size": 9,
            "color": colour,
            "symbol": "circle" if axis == "x" else "diamond",
        },
        "customdata": [
            [
                row[column],
                _written(row, "estimate", factor),
                _written(row, "ci_low", factor),
                _written(row, "ci_high", factor),
                theme.counted(row["n_participants"], "participant"),
            ]
            for row in rows.iter_rows(named=True)
        ],
        "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]} [%{customdata[2]}, "
        "%{customdata[3]}]<br>%{customdata[4]}<extra></extra>",
    }


def _written(row: dict[str, Any], name: str, factor: float) -> str:
    return theme.number(row[name] * factor, 1 if factor > 1 else 2)


def _axis(
    rows: pl.DataFrame, axis: str, domain: tuple[float, float], factor: float
) -> dict[str, Any]:
    name = "xaxis" if axis == "x" else "xaxis2"
    base = {"domain": list(domain), "anchor": "y", "zeroline": False, "showgrid": True}
    if factor > 1 or rows.is_empty():
        return {name: {**base, "rangemode": "normal", "nticks": 6}}
    low, high = float(rows["ci_low"].min()), float(rows["ci_high"].max())
    return {name: {**base, **ratio_axis(low, high)}}


def _title(words: str, at: float) -> dict[str, Any]:
    return {
        "text": words,
        "x": at,
        "xref": "paper",
        "xanchor": "left",
        "y": 1.0,
        "yref": "paper",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 13, "color": theme.INK},
    }


def _blanks(
    frame: pl.DataFrame,
    estimator: str,
    column: str,
    places: dict[str, int],
    axis: str,
    none: float,
) -> list[dict[str, Any]]:
    blank = frame.filter(pl.col("estimator") == estimator, pl.col("estimate").is_null())
    return [
        {
            "text": "not estimable",
            # On a logarithmic axis plotly takes the logarithm of a place.
            "x": 0.0 if none == 1.0 else none,
            "xref": axis,
            "xanchor": "left",
            "xshift": 8,
            "y": places[name],
            "showarrow": False,
            "font": {"size": 12, "color": theme.MUTED},
        }
        for name in blank[column]
    ]


def _line(axis: str, at: float) -> dict[str, Any]:
    return {
        "type": "line",
        "xref": axis,
        "x0": at,
        "x1": at,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "line": {"color": theme.AXIS, "width": 1.5},
    }


def course(frame: pl.DataFrame) -> dict[str, Any]:
    """The effect by study week, on a straight line with its 95 % band; the difference's scale.

    Parameters
    ----------
    frame
        As `dashboard.variants.prompt_frames.course` returns; relative risks are in the table. Not
        modified.
    """
    rows = frame.filter(pl.col("estimator") == "WCLS", pl.col("estimate").is_not_null())
    if rows.is_empty():
        return nothing("Too few weeks have enough participants to tell how the effect goes along.")
    x = rows["week"].to_list()
    y, low, high = ((rows[name] * 100).to_list() for name in ("estimate", "ci_low", "ci_high"))
    edge = {"type": "scatter", "mode": "lines", "x": x, "hoverinfo": "skip", "line": {"width": 0}}
    return {
        "data": [
            {**edge, "y": low},
            {**edge, "y": high, "fill": "tonexty", "fillcolor": theme.BAND},
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": x,
                "y": y,
                "line": {"color": theme.BLUE, "width": 2},
                "marker": {"size": 6, "color": theme.BLUE},
                "customdata": [
                    [
                        theme.number(a, 1),
                        theme.number(b, 1),
                        theme.number(c, 1),
                        theme.counted(n, "participant"),
                    ]
                    for a, b, c, n in zip(y, low, high, rows["n_participants"], strict=True)
                ],
                "hovertemplate": "<b>week %{x}</b><br>%{customdata[0]} [%{customdata[1]}, "
                "%{customdata[2]}] percentage points<br>%{customdata[3]}<extra></extra>",
            },
        ],
        "layout": {
            "showlegend": False,
            "xaxis": {"title": {"text": "Study week"}, "zeroline": False, "nticks": 7},
            "yaxis": {
                "title": {"text": "Difference (percentage points)"},
                "rangemode": "normal",
                "zeroline": True,
                "zerolinecolor": theme.AXIS,
                "zerolinewidth": 1.5,
            },
        },
    }
