"""Figures of the Features page: exposure over weeks, and associations side by side."""

from typing import Any

import polars as pl

from dashboard import theme, withheld
from dashboard.figures.facets import Facet, counted_ticks, facets, nothing
from dashboard.figures.ratio_axis import ratio_axis

COLUMNS = 3
_HOVER = (
    "week %{customdata[0]}<br><b>%{y:.2f}</b> exposures a participant "
    "(95 % interval %{customdata[1]})<br>%{customdata[2]} of %{customdata[3]} at risk exposed"
    "%{customdata[4]}<extra></extra>"
)
_NO_ESTIMATE = "No feature has an estimate for this outcome; the table says why."
_WITHHELD = "Withheld: a required check of this model failed;<br>the table says which."
_PARTS = {
    "within": ("Within: a participant compared with themself", "circle", "solid"),
    "between": ("Between: participants compared with each other", "square-open", "dot"),
}


def exposure_over_weeks(frame: pl.DataFrame) -> dict[str, Any]:
    """Mean exposures per participant at risk in each study week, by category or by feature.

    Parameters
    ----------
    frame
        As `queries.features.exposure_by_category` or `exposure_by_feature` returns, with the ends
        of `dashboard.intervals.with_t_interval`. Not modified.

    Returns
    -------
    dict
        Categories: one line each on common axes, from 0. Features: one little plot each, with its
        own axis from 0, since features differ by orders of magnitude. A mark is hollow where the
        week is not over for everybody at risk. An empty frame gives no trace and a note.
    """
    if frame.is_empty():
        return nothing("Nobody was at risk in this part of the study.")
    groups = frame.sort("position", "group_id", "study_week").partition_by(
        "group_id", maintain_order=True
    )
    is_category = (frame["group_id"] == frame["category_id"]).all()
    return _together(groups) if is_category else _apart(groups)


def forest(frame: pl.DataFrame) -> dict[str, Any]:
    """Associations of every feature with one outcome, within and between participants.

    Parameters
    ----------
    frame
        Rows of `dashboard.result_frames.grid` for one outcome: feature × part. Not modified.

    Returns
    -------
    dict
        One trace per part with its 95 % intervals, a line at "no association", and one trace of
        words where there is no number: a feature that is not estimable never sits at 0. Odds
        ratios stand on a logarithmic axis. An empty frame gives no trace and a note.
    """
    shown = frame.filter(pl.col("state") == "estimated")
    if shown.is_empty():
        is_withheld = (frame["state"] == "withheld").any()
        return nothing(_WITHHELD if is_withheld else _NO_ESTIMATE)
    features = frame.unique("feature_id", maintain_order=True)
    places = {feature: number for number, feature in enumerate(features["feature_id"])}
    is_ratio = bool(frame["is_ratio"][0])
    none = 1.0 if is_ratio else 0.0
    return {
        "data": [
            *(_estimates(shown.filter(part=part), places, part) for part in _PARTS),
            _without_number(frame, places, none),
        ],
        "layout": {
            "xaxis": _effect_axis(shown, is_ratio),
            "yaxis": {
                "tickmode": "array",
                "tickvals": list(places.values()),
                "ticktext": features["feature_label"].to_list(),
                "ticksuffix": "  ",
                "range": [len(places) - 0.4, -0.6],
                "rangemode": "normal",
                "ticks": "",
                "showgrid": False,
                "zeroline": False,
            },
            "shapes": [_none_line(none)],
        },
    }


def _together(groups: list[pl.DataFrame]) -> dict[str, Any]:
    first = groups[0]
    ticks = counted_ticks(
        first["study_week"].to_list(), first["n_participants"].to_list(), width_px=520
    )
    return {
        "data": [_line(rows, number, len(groups)) for number, rows in enumerate(groups)],
        "layout": {
            "xaxis": {**ticks, "title": {"text": "Study week; participants at risk below"}},
            "yaxis": {"title": {"text": "Exposures per participant"}},
        },
    }


def _apart(groups: list[pl.DataFrame]) -> dict[str, Any]:
    placed = facets(len(groups), COLUMNS if len(groups) > 4 else 2, gap_x=0.07)
    data: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"showlegend": False, "annotations": []}
    for facet, rows in zip(placed, groups, strict=True):
        data.append({**_line(rows, 0, 1), **facet.axes})
        layout |= facet.layout(_feature_weeks(rows, facet), {"nticks": 4})
        layout["annotations"].append(facet.title(f"<b>{rows['group_label'][0]}</b>"))
    return {"data": data, "layout": layout}


def _feature_weeks(rows: pl.DataFrame, facet: Facet) -> dict[str, Any]:
    ticks = counted_ticks(
        rows["study_week"].to_list(), rows["n_participants"].to_list(), width_px=250
    )
    return {**ticks, "title": {"text": "Study week; at risk below"}} if facet.is_bottom else ticks


def _line(rows: pl.DataFrame, number: int, of: int) -> dict[str, Any]:
    colour = theme.category_colour(rows["category_id"][0])
    shift = (number - (of - 1) / 2) * 0.08
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": rows["group_label"][0],
        "x": [week + shift for week in rows["study_week"]],
        "y": rows["mean_exposures"].to_list(),
        "line": {"color": colour, "width": 2, "dash": theme.dash(number)},
        "marker": {
            "symbol": theme.symbol(number),
            "size": 7,
            "color": [colour if n_open == 0 else theme.SURFACE for n_open in rows["n_open"]],
            "line": {"color": colour, "width": 2},
        },
        "error_y": {
            "type": "data",
            "array": (rows["ci_high"] - rows["mean_exposures"]).to_list(),
            "arrayminus": (rows["mean_exposures"] - rows["ci_low"]).to_list(),
            "color": colour,
            "thickness": 1,
            "width": 0,
        },
        "customdata": [_week_words(row) for row in rows.iter_rows(named=True)],
        "hovertemplate": f"<b>{rows['group_label'][0]}</b>, {_HOVER}",
    }


def _week_words(row: dict[str, Any]) -> list[Any]:
    ends = withheld.WORD if withheld.is_withheld(row, "ci_low") else "not defined"
    if row["ci_low"] is not None:
        # A count has no values below 0, whatever the normal theory of its mean says.
        ends = f"{theme.number(max(row['ci_low'], 0), 2)} to {theme.number(row['ci_high'], 2)}"
    return [
        row["study_week"],
        ends,
        _said(row, "n_exposed"),
        _said(row, "n_participants"),
        _waiting(row),
    ]


def _said(row: dict[str, Any], column: str) -> str:
    return withheld.WORD if withheld.is_withheld(row, column) else theme.whole(row[column])


def _waiting(row: dict[str, Any]) -> str:
    if withheld.is_withheld(row, "n_open"):
        return f"<br>week not over for some ({withheld.WORD})"
    waiting = theme.counted(row["n_open"], "participant")
    return f"<br>week not over for {waiting}" if row["n_open"] else ""


def _estimates(rows: pl.DataFrame, places: dict[str, int], part: str) -> dict[str, Any]:
    name, symbol, dash = _PARTS[part]
    colours = [theme.category_colour(category) for category in rows["category_id"]]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": rows["estimate"].to_list(),
        "y": [places[name] + (-0.17 if part == "within" else 0.17) for name in rows["feature_id"]],
        "marker": {
            "symbol": symbol,
            "size": 9,
            "color": colours,
            "line": {"color": colours, "width": 2},
        },
        "error_x": {
            "type": "data",
            "array": (rows["ci_high"] - rows["estimate"]).to_list(),
            "arrayminus": (rows["estimate"] - rows["ci_low"]).to_list(),
            "color": theme.MUTED,
            "thickness": 1.5,
            "width": 0 if dash == "solid" else 3,
        },
        "customdata": [_effect_words(row) for row in rows.iter_rows(named=True)],
        "hovertemplate": f"<b>%{{customdata[0]}}</b>, {part}<br>%{{customdata[1]}}<br>"
        "%{customdata[2]}<br>n = %{customdata[3]} rows of %{customdata[4]} participants"
        "<extra></extra>",
    }


def _effect_words(row: dict[str, Any]) -> list[str]:
    sign = "OR " if row["is_ratio"] else ""
    ends = f"{theme.number(row['ci_low'], 3)} to {theme.number(row['ci_high'], 3)}"
    adjusted = "" if row["p_adjusted"] is None else f", adjusted {row['p_adjusted']:.3f}"
    return [
        row["feature_label"],
        f"{sign}{theme.number(row['estimate'], 3)} (95 % interval {ends})",
        f"p {row['p_value']:.3f}{adjusted}",
        theme.whole(row["n_rows"]),
        theme.whole(row["n_participants"]),
    ]


def _without_number(frame: pl.DataFrame, places: dict[str, int], none: float) -> dict[str, Any]:
    """Words beside the line, on the side with more room, for what has no number."""
    blanks = frame.filter(pl.col("state") != "estimated")
    low, high = frame["ci_low"].min(), frame["ci_high"].max()
    side = "left" if none - low > high - none else "right"
    heights, words, reasons = [], [], []
    for feature, rows in blanks.partition_by("feature_id", as_dict=True).items():
        parts = rows["part"].to_list()
        is_both = len(parts) > 1
        shift = 0.0 if is_both else -0.17 if parts[0] == "within" else 0.17
        heights.append(places[str(feature[0])] + shift)
        words.append("  not estimable  " if is_both else f"  {parts[0]}: not estimable  ")
        reasons.append(rows["explanation"][0])
    return {
        "type": "scatter",
        "mode": "text",
        "showlegend": False,
        "x": [none] * len(words),
        "y": heights,
        "text": words,
        "textposition": f"middle {side}",
        "textfont": {"size": 12, "color": theme.MUTED},
        "hovertext": reasons,
        "hoverinfo": "text",
    }


def _effect_axis(shown: pl.DataFrame, is_ratio: bool) -> dict[str, Any]:
    unit = shown["unit"][0] or ""
    if is_ratio:
        return {
            **ratio_axis(shown["ci_low"].min(), shown["ci_high"].max()),
            "title": {"text": f"Conditional odds ratio (logarithmic axis)<br>{unit}"},
        }
    return {"title": {"text": f"Scale points, {unit}"}, "showgrid": True, "rangemode": "normal"}


def _none_line(none: float) -> dict[str, Any]:
    return {
        "type": "line",
        "x0": none,
        "x1": none,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "layer": "below",
        "line": {"color": theme.AXIS, "width": 1.5},
    }
