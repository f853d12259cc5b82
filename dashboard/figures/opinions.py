"""The forest of second opinions: one term by several methods, on one scale."""

from typing import Any

import polars as pl

from dashboard import theme
from dashboard.figures.facets import nothing
from dashboard.figures.models import EDGES_PX, broken_label, vertical
from dashboard.figures.ratio_axis import ratio_axis

SLOT_PX = 15
GAP_SLOTS = 0.9
_SHARES = ((0.0, 0.47), (0.53, 1.0))
_COLUMN_TITLES = ("<b>Within a participant</b>", "<b>Between participants</b>")
DRAWN_PARTS = ("within", "between", "moderation")
"""Parts that the forest draws; the scale of an intercept or an arm is another."""
# By method: colour, symbol. The headline is the ink itself, and larger.
_MARKS = {
    "headline": (theme.INK, "circle"),
    "cluster_robust": (theme.BLUE, "square-open"),
    "gee": (theme.VERMILION, "diamond-open"),
    "cluster_bootstrap": (theme.GREEN, "triangle-up-open"),
    "marginal": (theme.VIOLET, "x-thin-open"),
}
_NAMES = {
    "headline": "headline (mixed model)",
    "cluster_robust": "CR2",
    "gee": "GEE",
    "cluster_bootstrap": "bootstrap",
}
"""Short names of the methods, for the legend and the words in the plot."""


def opinions(frame: pl.DataFrame) -> dict[str, Any]:
    """The headline and its second opinions, a row per feature term, within beside between.

    Parameters
    ----------
    frame
        As `dashboard.model_frames.opinions` returns, of a trusted model. Not modified.

    Returns
    -------
    dict
        One trace per method and column, all on the model's scale (odds ratios on a logarithmic
        axis); words above the marks where an opinion disagrees with the headline. The layout has
        the height that the rows need. An empty frame gives no trace and a note.
    """
    shown = frame.filter(
        pl.col("estimate").is_not_null(),
        pl.col("part").is_in(DRAWN_PARTS),
        pl.col("feature_id").is_not_null(),
    )
    if shown.is_empty():
        return nothing("This model has no second opinions, or its numbers are withheld.")
    placed = shown.with_columns(column=pl.when(pl.col("part") == "between").then(1).otherwise(0))
    middles, slots, height = _rows(placed)
    data: list[dict[str, Any]] = []
    for column in sorted(set(placed["column"])):
        part = placed.filter(pl.col("column") == column)
        data += _methods(part, middles, slots, column, is_first=column == placed["column"].min())
    return {
        "data": data,
        "layout": {
            **_opinion_axes(placed, middles, height),
            "annotations": [*_column_heads(placed), *_words(placed, middles, slots)],
            "shapes": _none_lines(placed),
            "height": round(height * SLOT_PX + EDGES_PX),
            "legend": {"y": 1, "yref": "container", "yanchor": "top"},
            "margin": {"t": 64},
        },
    }


def _rows(placed: pl.DataFrame) -> tuple[dict[str, float], dict[str, int], float]:
    """The middle of each term's band, the slot of each method in it, and the height of all."""
    order = [name for name in _MARKS if name in set(placed["method"])]
    slots = {method: number for number, method in enumerate(order)}
    middles: dict[str, float] = {}
    top = 0.0
    for label, rows in placed.group_by("label", maintain_order=True):
        # A line of words above the marks, where some opinion disagrees in either column.
        top += 1.0 if (rows["agreement"] != "").any() else 0.0
        middles[str(label[0])] = top + (len(slots) - 1) / 2
        top += len(slots) + GAP_SLOTS
    return middles, slots, top


def _methods(
    part: pl.DataFrame,
    middles: dict[str, float],
    slots: dict[str, int],
    column: int,
    *,
    is_first: bool,
) -> list[dict[str, Any]]:
    traces = []
    for method in slots:
        rows = part.filter(pl.col("method") == method)
        colour, symbol = _MARKS[method]
        size = 9 if method == "headline" else 7
        heights = [_height(label, method, middles, slots) for label in rows["label"]]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": _NAMES.get(method, method),
                "legendgroup": method,
                "showlegend": is_first,
                "x": rows["estimate"].to_list(),
                "y": heights,
                "xaxis": "x2" if column else "x",
                "marker": {
                    "symbol": symbol,
                    "size": size,
                    "color": colour,
                    "line": {"color": colour, "width": 1.5},
                },
                "error_x": _whiskers(rows, colour, 2.2 if method == "headline" else 1.2),
                "customdata": [_opinion_words(row) for row in rows.iter_rows(named=True)],
                "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}"
                "%{customdata[3]}<extra></extra>",
            }
        )
    return [trace for trace in traces if trace["x"]]


def _height(label: str, method: str, middles: dict[str, float], slots: dict[str, int]) -> float:
    return middles[label] + slots[method] - (len(slots) - 1) / 2


def _whiskers(rows: pl.DataFrame, colour: str, thickness: float) -> dict[str, Any]:
    return {
        "type": "data",
        "array": (rows["ci_high"] - rows["estimate"]).to_list(),
        "arrayminus": (rows["estimate"] - rows["ci_low"]).to_list(),
        "color": colour,
        "thickness": thickness,
        "width": 0,
    }


def _opinion_words(row: dict[str, Any]) -> list[str]:
    sign = "odds ratio " if row["is_ratio"] else ""
    ends = f"{theme.number(row['ci_low'], 3)} to {theme.number(row['ci_high'], 3)}"
    differs = f"<br>differs: {row['agreement']}" if row["agreement"] else ""
    part = {"within": ", within", "between": ", between"}.get(row["part"], "")
    return [
        f"{row['label']}{part}",
        row["method_label"],
        f"{sign}{theme.number(row['estimate'], 3)} (95 % interval {ends})",
        differs,
    ]


def _opinion_axes(placed: pl.DataFrame, middles: dict[str, float], height: float) -> dict[str, Any]:
    is_ratio = bool(placed["is_ratio"][0])
    axes: dict[str, Any] = {}
    for column in sorted(set(placed["column"])):
        domain = _SHARES[column] if placed["column"].n_unique() > 1 else (0.0, 1.0)
        part = placed.filter(pl.col("column") == column)
        unit = part["unit"].mode(maintain_order=True)[0]
        axes["xaxis2" if column else "xaxis"] = {
            **_scale(part, is_ratio),
            "title": {"text": f"Odds ratio, {unit}" if is_ratio else f"Scale points, {unit}"},
            "domain": list(domain),
            "anchor": "y",
        }
    axes["yaxis"] = {
        "tickmode": "array",
        "tickvals": list(middles.values()),
        "ticktext": [broken_label(label) for label in middles],
        "ticksuffix": "  ",
        "range": [height, -0.9],
        "rangemode": "normal",
        "ticks": "",
        "showgrid": False,
        "zeroline": False,
    }
    return axes


def _scale(part: pl.DataFrame, is_ratio: bool) -> dict[str, Any]:
    if is_ratio:
        return ratio_axis(part["ci_low"].min(), part["ci_high"].max())
    return {"rangemode": "normal", "zeroline": False, "nticks": 6, "showgrid": True}


def _column_heads(placed: pl.DataFrame) -> list[dict[str, Any]]:
    both = placed["column"].n_unique() > 1
    return [
        {
            "text": _COLUMN_TITLES[column],
            "xref": "x2 domain" if column else "x domain",
            "x": 0,
            "xanchor": "left",
            "yref": "paper",
            "y": 1,
            "yanchor": "bottom",
            "showarrow": False,
            "font": {"size": 13, "color": theme.INK},
        }
        for column in sorted(set(placed["column"]))
        if both
    ]


def _words(
    placed: pl.DataFrame, middles: dict[str, float], slots: dict[str, int]
) -> list[dict[str, Any]]:
    """Which opinions disagree, above the marks of their term."""
    differing = placed.filter(pl.col("agreement") != "")
    found = []
    for (label, column), rows in differing.group_by("label", "column", maintain_order=True):
        by_words = rows.group_by("agreement", maintain_order=True).agg("method")
        words = "; ".join(
            f"{', '.join(_NAMES.get(method, method) for method in methods)} {agreement}"
            for agreement, methods in by_words.iter_rows()
        )
        found.append(
            {
                "text": f"≠ {words}",
                "xref": "x2 domain" if column else "x domain",
                "x": 0,
                "xanchor": "left",
                "y": middles[str(label)] - (len(slots) - 1) / 2 - 1,
                "yanchor": "middle",
                "showarrow": False,
                "font": {"size": 12, "color": theme.MUTED},
            }
        )
    return found


def _none_lines(placed: pl.DataFrame) -> list[dict[str, Any]]:
    none = 1.0 if placed["is_ratio"][0] else 0.0
    return [vertical("x2" if column else "x", none) for column in sorted(set(placed["column"]))]
