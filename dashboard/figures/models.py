"""Figures of the Models page: influence, and three diagnostic plots. See also `opinions`."""

from typing import Any

import polars as pl

from dashboard import theme
from dashboard.figures.facets import nothing, padded

EDGES_PX, ROW_PX = 110, 26
_GROUP_MARKS = ((theme.BLUE, "circle"), (theme.VERMILION, "diamond-open"))
NOTABLE_SHIFT = 1.0
"""A shift, in standard errors, from which one participant or site is worth a look."""


def broken_label(label: str, letters: int = 24) -> str:
    """A label on as many lines as it needs, so that names do not take the plot's room."""
    lines = [""]
    for word in label.split():
        if lines[-1] and len(lines[-1]) + len(word) >= letters:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)


def vertical(axis: str, at: float, *, dash: str = "solid") -> dict[str, Any]:
    """A line over the whole height at a value of an axis, behind the marks."""
    return {
        "type": "line",
        "xref": axis,
        "x0": at,
        "x1": at,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "line": {"color": theme.AXIS, "width": 1.5, "dash": dash},
    }


def influence(frame: pl.DataFrame) -> dict[str, Any]:
    """The largest shift of each term when one participant, or one site, is left out.

    Parameters
    ----------
    frame
        As `dashboard.model_frames.influences` returns. Not modified.

    Returns
    -------
    dict
        A mark per term and grouping, in standard errors of the term, dotted lines at one of them
        either way, and words where a finding would be lost or reversed. The layout has the height
        that the rows need. An empty frame gives no trace and a note.
    """
    if frame.is_empty():
        return nothing("Influence was not computed for this model.")
    names = frame.select(
        pl.col("term"),
        name=pl.concat_str("label", pl.col("part").replace_strict(_PARTS, default="")),
    ).unique("term", maintain_order=True)
    places = {term: number for number, term in enumerate(names["term"])}
    groups = frame["group"].unique(maintain_order=True).to_list()
    reach = max(float(frame["largest_shift"].abs().max() or 0), NOTABLE_SHIFT)
    said = _consequences_by_term(frame)
    # Room on the right for the words, where there are any.
    right = reach * (1.6 if said else 1.1)
    return {
        "data": [
            _shifts(frame.filter(pl.col("group") == group), places, number)
            for number, group in enumerate(groups)
        ],
        "layout": {
            "xaxis": {
                "title": {"text": "Largest shift of the estimate, in standard errors"},
                "range": [-reach * 1.1, right],
                "showgrid": True,
                "zeroline": True,
                "zerolinecolor": theme.AXIS,
                "rangemode": "normal",
            },
            "yaxis": {
                "tickmode": "array",
                "tickvals": list(places.values()),
                "ticktext": [broken_label(name, 60) for name in names["name"]],
                "ticksuffix": "  ",
                "range": [len(places) - 0.4, -0.6],
                "rangemode": "normal",
                "ticks": "",
                "showgrid": False,
                "zeroline": False,
            },
            "shapes": [vertical("x", side * NOTABLE_SHIFT, dash="dot") for side in (-1, 1)],
            "annotations": _consequences(said, places, right),
            "height": len(places) * ROW_PX + EDGES_PX,
        },
    }


_PARTS = {"within": " (within)", "between": " (between)"}


def _shifts(rows: pl.DataFrame, places: dict[str, int], number: int) -> dict[str, Any]:
    colour, symbol = _GROUP_MARKS[number % len(_GROUP_MARKS)]
    group = rows["group"][0]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"without one {group}",
        "x": rows["largest_shift"].to_list(),
        "y": [places[term] for term in rows["term"]],
        "showlegend": True,
        "marker": {
            "symbol": symbol,
            "size": 9,
            "color": colour,
            "line": {"width": 1.5, "color": colour},
        },
        "customdata": [
            [row["label"], theme.number(row["largest_shift"], 2), consequence(row) or "no finding"]
            for row in rows.iter_rows(named=True)
        ],
        "hovertemplate": f"<b>%{{customdata[0]}}</b><br>without one {group}: %{{customdata[1]}} "
        "standard errors<br>lost or reversed: %{customdata[2]}<extra></extra>",
    }


def consequence(row: dict[str, Any]) -> str:
    """How many participants (or sites) a finding hangs on, in words; empty where on none."""
    parts = []
    if row["n_losing"]:
        parts.append(f"{theme.counted(row['n_losing'], row['group'])} would lose it")
    if row["n_reversing"]:
        parts.append(f"{theme.counted(row['n_reversing'], row['group'])} would reverse it")
    return ", ".join(parts)


def _consequences_by_term(frame: pl.DataFrame) -> dict[str, str]:
    words: dict[str, list[str]] = {}
    for row in frame.iter_rows(named=True):
        if consequence(row):
            words.setdefault(row["term"], []).append(consequence(row))
    return {term: "; ".join(parts) for term, parts in words.items()}


def _consequences(
    said: dict[str, str], places: dict[str, int], right: float
) -> list[dict[str, Any]]:
    return [
        {
            "text": words,
            "x": right,
            "xanchor": "right",
            "y": places[term],
            "yanchor": "middle",
            "showarrow": False,
            "font": {"size": 12, "color": theme.INK},
        }
        for term, words in said.items()
    ]


def quantiles(frame: pl.DataFrame) -> dict[str, Any]:
    """Quantiles observed against those of a standard normal, with the line of equality.

    Parameters
    ----------
    frame
        As `dashboard.model_frames.residual_quantiles` or `level_quantiles` returns: `expected` and
        `observed`, in standard deviations. Not modified.
    """
    if frame.is_empty():
        return nothing("Not computed for this model.")
    ends = [
        min(frame["expected"].min(), frame["observed"].min()),
        max(frame["expected"].max(), frame["observed"].max()),
    ]
    span = padded(*ends)
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines",
                "name": "Normal",
                "x": span,
                "y": span,
                "line": {"color": theme.AXIS, "width": 1.5, "dash": "dash"},
                "hoverinfo": "skip",
            },
            {
                "type": "scatter",
                "mode": "markers",
                "name": "This model",
                "x": frame["expected"].to_list(),
                "y": frame["observed"].to_list(),
                "marker": {"size": 6, "color": theme.BLUE},
                "hovertemplate": "expected %{x:.2f} SD<br>observed %{y:.2f} SD<extra></extra>",
            },
        ],
        "layout": {
            "showlegend": False,
            "xaxis": {"title": {"text": "Expected of a normal (SD)"}, "zeroline": False},
            "yaxis": {
                "title": {"text": "Observed (SD)"},
                "range": span,
                "rangemode": "normal",
                "zeroline": False,
            },
        },
    }


def by_fitted(frame: pl.DataFrame) -> dict[str, Any]:
    """Mean standardised residual along the fitted values, with one standard deviation each way.

    Parameters
    ----------
    frame
        As `dashboard.model_frames.residuals_by_fitted` returns. Not modified.
    """
    if frame.is_empty():
        return nothing("Not computed for this model.")
    x = frame["fitted"].to_list()
    edge = {"type": "scatter", "mode": "lines", "x": x, "hoverinfo": "skip", "line": {"width": 0}}
    return {
        "data": [
            {**edge, "y": frame["low"].to_list(), "name": "one SD below"},
            {
                **edge,
                "y": frame["high"].to_list(),
                "name": "one SD above",
                "fill": "tonexty",
                "fillcolor": theme.BAND,
            },
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": "Mean",
                "x": x,
                "y": frame["mean"].to_list(),
                "line": {"color": theme.BLUE, "width": 2},
                "marker": {"size": 6, "color": theme.BLUE},
                "customdata": frame.select("low", "high").rows(),
                "hovertemplate": "fitted %{x:.2f}<br>mean %{y:.2f} SD<br>one SD: "
                "%{customdata[0]:.2f} to %{customdata[1]:.2f}<extra></extra>",
            },
        ],
        "layout": {
            "showlegend": False,
            "xaxis": {"title": {"text": "Fitted value"}, "zeroline": False},
            "yaxis": {
                "title": {"text": "Standardised residual"},
                "rangemode": "normal",
                "zeroline": True,
                "zerolinecolor": theme.AXIS,
            },
        },
    }
