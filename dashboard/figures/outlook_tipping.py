"""Figures of the Outlook page on missed surveys: one association by shift, and where each tips."""

from typing import Any

import polars as pl

from dashboard import theme
from dashboard.figures.facets import nothing
from dashboard.figures.models import broken_label
from dashboard.figures.outlook import faint


def tipping(frame: pl.DataFrame) -> dict[str, Any]:
    """Estimate and interval of one association against the shift of missed surveys.

    Parameters
    ----------
    frame
        As `dashboard.outlook.frames.deltas` returns. Not modified.

    Returns
    -------
    dict
        A band and a line, 0 as a line across, and shaded ground where the interval includes 0,
        with the tipping points named at its edge.
    """
    frame = frame.drop_nulls("estimate")
    if frame.is_empty():
        return nothing("There is no association to follow, or its numbers are withheld.")
    row = frame.row(0, named=True)
    sd = row["delta"] / row["delta_sd"]
    first, last = frame["delta"][0], frame["delta"][-1]
    return {
        "data": _tipping_traces(frame),
        "layout": {
            "xaxis": {
                "title": {
                    "text": f"Shift of missed surveys, in points (1 SD = {theme.number(sd, 2)})"
                },
                "range": [first * 1.02, last * 1.02],
                "rangemode": "normal",
                "zeroline": False,
                "nticks": 9,
            },
            "yaxis": {
                "title": {"text": "Points per exposure"},
                "rangemode": "normal",
                "zeroline": False,
            },
            "shapes": [*_lost_ground(row, first, last), *_zero_lines()],
            "annotations": _tip_words(row, first, last),
            "showlegend": False,
            "margin": {"t": 40},
        },
    }


def _tipping_traces(frame: pl.DataFrame) -> list[dict[str, Any]]:
    edge = {
        "type": "scatter",
        "x": frame["delta"].to_list(),
        "mode": "lines",
        "line": {"width": 0, "color": theme.BLUE},
        "hoverinfo": "skip",
    }
    return [
        {**edge, "y": frame["ci_low"].to_list()},
        {
            **edge,
            "y": frame["ci_high"].to_list(),
            "fill": "tonexty",
            "fillcolor": faint(theme.BLUE, 0.2),
        },
        {
            "type": "scatter",
            "x": frame["delta"].to_list(),
            "y": frame["estimate"].to_list(),
            "mode": "lines+markers",
            "line": {"color": theme.BLUE, "width": 2.5},
            "marker": {"size": 7, "color": theme.BLUE},
            "customdata": [_shift_words(row) for row in frame.iter_rows(named=True)],
            "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]}<extra></extra>",
        },
    ]


def _shift_words(row: dict[str, Any]) -> list[str]:
    way = "lower" if row["delta"] < 0 else "higher"
    shift = "missed surveys as the model expects them"
    if row["delta"] != 0:
        shift = f"missed surveys {theme.number(abs(row['delta']), 2)} points {way} than expected"
    numbers = [theme.number(row[name], 3) for name in ("estimate", "ci_low", "ci_high")]
    return [shift, f"{numbers[0]} (95 % interval {numbers[1]} to {numbers[2]})"]


def _lost_ground(row: dict[str, Any], first: float, last: float) -> list[dict[str, Any]]:
    """Shades where the interval includes 0."""
    spans = []
    if row["tip_below"] is not None:
        spans.append((first * 1.02, row["tip_below"]))
    if row["tip_above"] is not None:
        spans.append((row["tip_above"], last * 1.02))
    return [
        {
            "type": "rect",
            "xref": "x",
            "x0": low,
            "x1": high,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "layer": "below",
            "line": {"width": 0},
            "fillcolor": theme.GAP,
        }
        for low, high in spans
    ]


def _zero_lines() -> list[dict[str, Any]]:
    line = {"type": "line", "layer": "below"}
    across = {"xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0}
    upright = {"yref": "paper", "y0": 0, "y1": 1, "x0": 0, "x1": 0}
    return [
        {**line, **across, "line": {"color": theme.INK, "width": 1.5}},
        {**line, **upright, "line": {"color": theme.AXIS, "width": 1, "dash": "dot"}},
    ]


def _tip_words(row: dict[str, Any], first: float, last: float) -> list[dict[str, Any]]:
    base = {"yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False}
    found = [{**base, "x": 0, "text": "as expected"}]
    for delta, anchor in ((row["tip_below"], "right"), (row["tip_above"], "left")):
        if delta is not None:
            # The words stand over the ground that is lost, or before it where it is narrow.
            is_narrow = abs((last if delta > 0 else first) - delta) < 0.25 * last
            side = {"left": "right", "right": "left"}[anchor] if is_narrow else anchor
            sign = "+" if delta > 0 else ""
            found.append(
                {
                    **base,
                    "x": delta,
                    "xanchor": side,
                    "y": 0.99,
                    "yanchor": "top",
                    "text": f"<b>tips at {sign}{theme.number(delta, 2)}</b>",
                    "font": {"size": 13, "color": theme.INK},
                }
            )
    return found


def tips(frame: pl.DataFrame) -> dict[str, Any]:
    """Over which shifts of missed surveys each association's interval stays away from 0.

    Parameters
    ----------
    frame
        As `dashboard.outlook.frames.tips` returns. Not modified.

    Returns
    -------
    dict
        A bar per finding between its tipping points, with a mark at each; words where there is
        nothing to lose. The layout has the height that the rows need.
    """
    shown = frame.filter(pl.col("reach").is_not_null())
    if shown.is_empty():
        return nothing("There is no association to follow.")
    reach = float(shown["reach"][0])
    places = {term: number for number, term in enumerate(frame["term"])}
    findings = shown.filter("is_finding")
    return {
        "data": [_kept(findings, places, reach), *_tip_marks(findings, places)],
        "layout": {
            "xaxis": {
                "title": {"text": "Shift of missed surveys, in points"},
                "range": [-reach * 1.05, reach * 1.05],
                "rangemode": "normal",
                "zeroline": True,
                "zerolinecolor": theme.AXIS,
                "showgrid": True,
                "nticks": 7,
            },
            "yaxis": {
                "tickmode": "array",
                "tickvals": list(places.values()),
                "ticktext": [_named(row) for row in frame.iter_rows(named=True)],
                "ticksuffix": "  ",
                "range": [len(places) - 0.4, -0.6],
                "rangemode": "normal",
                "ticks": "",
                "showgrid": False,
                "zeroline": False,
            },
            "annotations": [
                {
                    "x": 0,
                    "y": places[row["term"]],
                    "text": "includes 0 as answered",
                    "showarrow": False,
                    "bgcolor": theme.SURFACE,
                }
                for row in shown.filter(~pl.col("is_finding")).iter_rows(named=True)
            ],
            "height": len(places) * 30 + 110,
        },
    }


def _named(row: dict[str, Any]) -> str:
    label = broken_label(row["label"], 22)
    return f"<b>{label}</b>" if row["is_main"] else label


def _kept(findings: pl.DataFrame, places: dict[str, int], reach: float) -> dict[str, Any]:
    low = findings["tip_below"].fill_null(-reach)
    high = findings["tip_above"].fill_null(reach)
    return {
        "type": "bar",
        "orientation": "h",
        "name": "interval excludes 0",
        "y": [places[term] for term in findings["term"]],
        "base": low.to_list(),
        "x": (high - low).to_list(),
        "width": 0.5,
        "marker": {"color": theme.BAND, "line": {"color": theme.BLUE, "width": 1}},
        "showlegend": True,
        "customdata": findings.select("label", "said").rows(),
        "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]}<extra></extra>",
    }


def _tip_marks(findings: pl.DataFrame, places: dict[str, int]) -> list[dict[str, Any]]:
    tipped = [
        (row, row[name])
        for row in findings.iter_rows(named=True)
        for name in ("tip_below", "tip_above")
        if row[name] is not None
    ]
    if not tipped:
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "tipping point",
            "x": [delta for _, delta in tipped],
            "y": [places[row["term"]] for row, _ in tipped],
            "marker": {"symbol": "diamond", "size": 11, "color": theme.VERMILION},
            "customdata": [[row["label"], theme.number(delta, 2)] for row, delta in tipped],
            "hovertemplate": "<b>%{customdata[0]}</b><br>tips at %{customdata[1]} points"
            "<extra></extra>",
        }
    ]
