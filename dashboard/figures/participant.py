"""One participant's time on one axis: due, use, exposures, scores. Pure: frame in, figure out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboard import theme
from dashboard.ledger_grid import WORDS

LANE_PX, USE_PX, SCORES_PX, GAP_PX, TOP_PX, BOTTOM_PX = 24, 96, 200, 26, 48, 48
SCORE_LEGEND_PX = 44
DATA_END_DAYS = 21
DAYS_PER_TICK = (7, 14, 28, 56, 84, 168, 364)
MOST_TICKS = 9
LEDGER_SYMBOLS = {
    "done": "circle",
    "late": "diamond",
    "open": "circle-open",
    "missed": "x-thin-open",
    "excused": "square-open",
}
SMALLEST_MARK, LARGEST_MARK = 6, 18


@dataclass(frozen=True)
class Strip:
    """A horizontal part of the figure with a y axis of its own."""

    axis: str
    top_px: float
    height_px: float

    @property
    def key(self) -> str:
        """Name of the axis in the layout."""
        return "yaxis" if self.axis == "y" else f"yaxis{self.axis[1:]}"

    def domain(self, total_px: float) -> list[float]:
        """Where the strip lies, as shares of the plot from the bottom."""
        return [
            max(1 - (self.top_px + self.height_px) / total_px, 0),
            1 - self.top_px / total_px,
        ]


def timeline(frame: pl.DataFrame) -> dict[str, Any]:
    """What was due, sessions, exposures and scores of one participant by study day.

    Parameters
    ----------
    frame
        As `dashboard.participant_log.log` returns. Not modified.

    Returns
    -------
    dict
        Strips from top to bottom: due, minutes of use, one lane per feature, scores. A strip
        without rows is left out; the layout's height follows the number of lanes.
    """
    strips: list[Strip] = []
    data: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    top = 0.0
    for kind, draw in (
        ("due", _due),
        ("session", _used),
        ("exposure", _exposed),
        ("score", _scored),
    ):
        rows = frame.filter(pl.col("kind") == kind)
        if rows.is_empty():
            continue
        top += SCORE_LEGEND_PX if kind == "score" and strips else 0
        strip = Strip(f"y{len(strips) + 1}" if strips else "y", top, _height(kind, rows))
        traces, axis = draw(rows, strip.axis)
        data += traces
        axes[strip.key] = axis | {"anchor": "x", "zeroline": False}
        strips.append(strip)
        top += strip.height_px + GAP_PX
    total = max(top - GAP_PX, 1)
    for strip in strips:
        axes[strip.key]["domain"] = strip.domain(total)
    marks = frame.filter(pl.col("kind") == "mark")
    return {"data": data, "layout": _layout(frame, marks, strips, axes, total)}


def _height(kind: str, rows: pl.DataFrame) -> float:
    if kind == "session":
        return USE_PX
    return SCORES_PX if kind == "score" else LANE_PX * rows["lane"].n_unique()


def _lanes(rows: pl.DataFrame) -> list[str]:
    return rows.select("position", "lane").unique().sort("position", "lane")["lane"].to_list()


def _lane_axis(lanes: list[str]) -> dict[str, Any]:
    return {
        "tickvals": list(range(len(lanes))),
        "ticktext": [_short(lane) for lane in lanes],
        "range": [len(lanes) - 0.4, -0.6],
        "showgrid": True,
        "ticks": "",
    }


def _due(rows: pl.DataFrame, axis: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    lanes = _lanes(rows)
    traces = [
        _marks(part, axis, lanes)
        | {
            "marker": {
                "symbol": symbol,
                "size": 9,
                "color": theme.status_colour(status),
                "line": {"width": 2, "color": theme.status_colour(status)},
            },
            "name": WORDS[status],
            "legendrank": rank,
        }
        for rank, (status, symbol) in enumerate(LEDGER_SYMBOLS.items())
        if not (part := rows.filter(pl.col("status") == status)).is_empty()
    ]
    return traces, _lane_axis(lanes)


def _used(rows: pl.DataFrame, axis: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    timed = rows.filter(pl.col("value").is_not_null())
    single = rows.filter(pl.col("value").is_null())
    base = {"yaxis": axis, "showlegend": False}
    traces: list[dict[str, Any]] = [
        base
        | {
            "type": "bar",
            "x": timed["study_day"].to_list(),
            "y": timed["value"].to_list(),
            "width": 0.8,
            "marker": {"color": theme.MUTED},
            "customdata": timed.select("detail").rows(),
            "hovertemplate": "day %{x}: %{y:.1f} minutes<br>%{customdata[0]}<extra></extra>",
        }
    ]
    if not single.is_empty():
        traces.append(
            base
            | {
                "type": "scatter",
                "mode": "markers",
                "x": single["study_day"].to_list(),
                "y": [0] * single.height,
                "marker": {"symbol": "line-ns-open", "size": 8, "color": theme.INK},
                "customdata": single.select("detail", _no_length()).rows(),
                "hovertemplate": "day %{x}: %{customdata[1]}<br>%{customdata[0]}<extra></extra>",
            }
        )
    return traces, {"title": {"text": "Minutes"}, "rangemode": "tozero", "nticks": 4}


def _no_length() -> pl.Expr:
    """Why a session has no length: it has one event, or lengths are not for the viewer."""
    is_single = pl.col("status").eq_missing("single")
    words = pl.when(is_single).then(pl.lit("one event, no length"))
    return words.otherwise(pl.lit("length not shown")).alias("why")


def _exposed(rows: pl.DataFrame, axis: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    lanes = _lanes(rows)
    most = float(rows["value"].max() or 1)
    traces = []
    for lane in lanes:
        part = rows.filter(pl.col("lane") == lane)
        sizes = [_size(count, most) for count in part["value"]]
        traces.append(
            _marks(part, axis, lanes)
            | {
                "marker": {
                    "symbol": "circle",
                    "size": sizes,
                    "color": theme.category_colour(part["lane_id"][0]),
                    "line": {"width": 0},
                    "opacity": 0.75,
                },
                "name": lane,
                "showlegend": False,
            }
        )
    return traces, _lane_axis(lanes)


def _size(count: float, most: float) -> float:
    """Diameter whose area goes with the count."""
    return max(SMALLEST_MARK, LARGEST_MARK * (count / most) ** 0.5)


def _marks(part: pl.DataFrame, axis: str, lanes: list[str]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": part["study_day"].to_list(),
        "y": [lanes.index(lane) for lane in part["lane"]],
        "yaxis": axis,
        "customdata": part.select("lane", "detail").rows(),
        "hovertemplate": "day %{x} · %{customdata[0]}<br>%{customdata[1]}<extra></extra>",
    }


def _scored(rows: pl.DataFrame, axis: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Scores in points where all scales share their ends, else as a share of each scale."""
    ends = rows.select("low", "high").unique()
    is_shared = ends.height == 1
    place = (pl.col("value") - pl.col("low")) / (pl.col("high") - pl.col("low"))
    shown = rows.with_columns(place=pl.col("value") if is_shared else place)
    groups = shown.sort("position", "study_day").partition_by("lane_id", maintain_order=True)
    traces = [_line(part, axis, index) for index, part in enumerate(groups)]
    if is_shared:
        low, high = ends.row(0)
        return traces, {"title": {"text": "Score"}, "range": [low - 0.2, high + 0.2], "nticks": 5}
    title = {"text": "Score, share of the scale"}
    return traces, {"title": title, "range": [-0.04, 1.04], "tickformat": ".0%", "nticks": 5}


def _line(part: pl.DataFrame, axis: str, index: int) -> dict[str, Any]:
    colour = theme.dimension_colour(part["lane_id"][0])
    symbol = theme.symbol(index)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": part["study_day"].to_list(),
        "y": part["place"].to_list(),
        "yaxis": axis,
        "line": {"color": colour, "width": 1.5, "dash": theme.dash(index)},
        "marker": {
            "symbol": [
                f"{symbol}-open" if status == "incomplete" else symbol for status in part["status"]
            ],
            "size": 7,
            "color": colour,
            "line": {"width": 1.5, "color": colour},
        },
        "name": part["lane"][0],
        "legend": "legend2",
        "customdata": part.select("lane", "value", "detail").rows(),
        "hovertemplate": "day %{x} · %{customdata[0]}: %{customdata[1]:.2f}<br>%{customdata[2]}"
        "<extra></extra>",
    }


def _layout(
    frame: pl.DataFrame,
    marks: pl.DataFrame,
    strips: list[Strip],
    axes: dict[str, Any],
    total: float,
) -> dict[str, Any]:
    first, last = _span(frame)
    marks = marks.filter(pl.col("study_day") <= last)
    bottom = strips[-1].axis if strips else "y"
    layout: dict[str, Any] = {
        "height": total + TOP_PX + BOTTOM_PX,
        "margin": {"t": TOP_PX, "b": BOTTOM_PX, "l": 8, "r": 12},
        "barmode": "stack",
        "bargap": 0,
        "xaxis": {
            "title": {"text": "Study day"},
            "range": [first - 1.5, last + 1.5],
            "tickvals": ticks(first, last),
            "anchor": bottom,
            "showgrid": True,
            "zeroline": False,
        },
        "legend": {"y": 1, "yref": "container", "yanchor": "top", "traceorder": "normal"},
        "shapes": [_rule(day, lane_id) for day, lane_id in _places(marks, "lane_id")],
        "annotations": [_rule_label(day, lane) for day, lane in _places(marks, "lane")],
        **axes,
    }
    scores = next((strip for strip in strips if "Score" in _title(axes[strip.key])), None)
    if scores is not None:
        layout["legend2"] = {
            "orientation": "h",
            "x": 0,
            "y": scores.domain(total)[1] + 4 / total,
            "yanchor": "bottom",
            "bgcolor": "rgba(0,0,0,0)",
            "font": {"size": theme.SIZES["small"]},
        }
    return layout


def _span(frame: pl.DataFrame) -> tuple[int, int]:
    """First and last day to show: a data end long after everything else would squeeze the rest."""
    is_end = pl.col("lane_id") == "data_end"
    days = frame.filter(~is_end.fill_null(value=False))["study_day"]
    first, last = int(days.min() or 0), int(days.max() or 0)
    ends = [day for day in frame.filter(is_end)["study_day"] if day <= last + DATA_END_DAYS]
    return min(first, 0), max(last, 7, *ends)


def _title(axis: dict[str, Any]) -> str:
    return str(axis.get("title", {}).get("text", ""))


def _places(marks: pl.DataFrame, name: str) -> Iterable[tuple[int, str]]:
    return marks.select("study_day", name).iter_rows()


def _rule(day: int, lane_id: str) -> dict[str, Any]:
    is_end = lane_id == "data_end"
    colour, dash = (theme.MUTED, "dot") if is_end else (theme.RED, "solid")
    line = {"color": colour, "width": 1.5, "dash": dash}
    return {"type": "line", "x0": day, "x1": day, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _rule_label(day: int, lane: str) -> dict[str, Any]:
    return {
        "text": lane,
        "x": day,
        "y": 1,
        "yref": "paper",
        "xanchor": "right",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": theme.SIZES["small"], "color": theme.MUTED},
    }


def ticks(first: int, last: int) -> list[int]:
    """Whole weeks from day 0, few enough to be read on a small screen."""
    step = next((d for d in DAYS_PER_TICK if (last - first) / d <= MOST_TICKS), DAYS_PER_TICK[-1])
    return list(range(-(-first // step) * step, last + 1, step))


def _short(label: str, longest: int = 32) -> str:
    return label if len(label) <= longest else f"{label[: longest - 1]}…"
