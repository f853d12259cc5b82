"""The card's chart: alliance by dimension over use and exposure, on one axis of study days.

Pure: frame in, figure out. It is as wide as its box and fits an A4 page beside the words.
"""

from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboard import theme
from dashboard.figures.facets import nothing, padded
from dashboard.figures.participant import ticks

TOTAL_PX, DIMENSION_PX, USE_PX, LANE_PX = 100, 46, 28, 14
LABEL_PX, TOP_PX, BOTTOM_PX = 18, 6, 40
SMALLEST_MARK, LARGEST_MARK = 3.5, 11.0
SMALL = 11
LONGEST_LABEL = 24
USE_LABEL = "Sessions of use, each day"
EXPOSURE_LABEL = "Features met, each day (larger: more often)"


@dataclass(frozen=True)
class Strip:
    """A horizontal part of the chart: its place from the top and its own y axis."""

    number: int
    top_px: float
    height_px: float

    @property
    def axis(self) -> str:
        """What a trace says to be drawn here."""
        return "y" if self.number == 0 else f"y{self.number + 1}"

    @property
    def key(self) -> str:
        """Name of the axis in the layout."""
        return "yaxis" if self.number == 0 else f"yaxis{self.number + 1}"

    def domain(self, total_px: float) -> list[float]:
        """Where it lies, as shares of the plot from the bottom."""
        low = 1 - (self.top_px + self.height_px) / total_px
        return [max(low, 0.0), 1 - self.top_px / total_px]


def card(frame: pl.DataFrame) -> dict[str, Any]:
    """Scores with both bands and falls, sessions of use and exposures of one participant.

    Parameters
    ----------
    frame
        As `dashboard.card.log.log` returns. Not modified. A dimension without a score has no strip;
        use and exposures have one where there are any.
    """
    lanes = _score_lanes(frame)
    if not lanes and frame.filter(pl.col("kind").is_in(["use", "exposure"])).is_empty():
        return nothing("Nothing to draw yet.")
    strips, data, axes, labels = _Strips(), [], {}, []
    for lane in lanes:
        strip = strips.add(TOTAL_PX if lane["position"] < 0 else DIMENSION_PX)
        rows = frame.filter(pl.col("lane_id") == lane["lane_id"])
        data += _scores(rows, strip)
        axes[strip.key] = _score_axis(lane)
        labels.append((strip, lane["lane"]))
    for kind, draw in (("use", _use), ("exposure", _exposures)):
        rows = frame.filter(pl.col("kind") == kind)
        if not rows.is_empty():
            strip = strips.add(USE_PX if kind == "use" else LANE_PX * rows["lane"].n_unique())
            traces, axis, label = draw(rows, strip)
            data += traces
            axes[strip.key] = axis
            labels.append((strip, label))
    return {"data": data, "layout": _layout(frame, strips, axes, labels)}


class _Strips:
    """Places strips one below the other, with room for a label above each."""

    def __init__(self) -> None:
        self.placed: list[Strip] = []
        self.total_px = 0.0

    def add(self, height_px: float) -> Strip:
        strip = Strip(len(self.placed), self.total_px + LABEL_PX, height_px)
        self.placed.append(strip)
        self.total_px = strip.top_px + height_px
        return strip


def _score_lanes(frame: pl.DataFrame) -> list[dict[str, Any]]:
    scored = frame.filter(pl.col("kind") == "score")
    ends = ("lane_id", "lane", "position", "scale_low", "scale_high")
    return scored.select(ends).unique(maintain_order=True).sort("position", "lane_id").to_dicts()


def _scores(rows: pl.DataFrame, strip: Strip) -> list[dict[str, Any]]:
    """From the back to the front: cohort, own band over it, the cohort's edges, scores, falls."""
    parts = {kind: rows.filter(pl.col("kind") == kind) for kind in rows["kind"].unique()}
    cohort = _cohort(parts["cohort"], strip) if "cohort" in parts else []
    own = _own_band(parts["own_band"], rows, strip) if "own_band" in parts else []
    falls = [_falls(parts["fall"], strip)] if "fall" in parts else []
    return [*cohort[:1], *own, *cohort[1:], _points(parts["score"], strip), *falls]


def _cohort(rows: pl.DataFrame, strip: Strip) -> list[dict[str, Any]]:
    """8 in 10 people of each study week: a tint, then its two dotted edges."""
    rows = rows.sort("study_day")
    days, low, high = (rows[name].to_list() for name in ("study_day", "low", "high"))
    edge = {
        "type": "scatter",
        "mode": "lines",
        "x": days,
        "yaxis": strip.axis,
        "line": {"color": theme.GREY, "width": 1, "dash": "dot"},
        "showlegend": False,
        "customdata": rows.select("low", "high", "detail").rows(),
        "hovertemplate": "8 in 10 people: %{customdata[0]:.1f} to %{customdata[1]:.1f}<br>"
        "%{customdata[2]}<extra></extra>",
    }
    tint = _area([*days, *reversed(days)], [*low, *reversed(high)], strip, theme.TINT)
    return [tint, edge | {"y": low}, edge | {"y": high}]


def _own_band(rows: pl.DataFrame, every: pl.DataFrame, strip: Strip) -> list[dict[str, Any]]:
    """First full score ± reliable change, over the days that the strip shows."""
    row = rows.row(0, named=True)
    days = every.filter(pl.col("kind") == "score")["study_day"]
    start, end = days.min(), days.max()
    band = _area(
        [start, end, end, start],
        [row["low"], row["low"], row["high"], row["high"]],
        strip,
        theme.BAND,
    )
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": [start, end],
        "y": [row["value"]] * 2,
        "yaxis": strip.axis,
        "line": {"color": theme.BLUE, "width": 1},
        "showlegend": False,
        "hoverinfo": "skip",
    }
    return [band, line]


def _area(x: list[Any], y: list[Any], strip: Strip, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "yaxis": strip.axis,
        "fill": "toself",
        "fillcolor": colour,
        "line": {"width": 0},
        "showlegend": False,
        "hoverinfo": "skip",
    }


def _points(rows: pl.DataFrame, strip: Strip) -> dict[str, Any]:
    rows = rows.sort("study_day")
    colour = theme.dimension_colour(rows["lane_id"][0])
    whole = [detail.startswith("all") for detail in rows["detail"]]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": rows["study_day"].to_list(),
        "y": rows["value"].to_list(),
        "yaxis": strip.axis,
        "line": {"color": colour, "width": 1.75},
        "marker": {
            "symbol": ["circle" if is_whole else "circle-open" for is_whole in whole],
            "size": 6,
            "color": colour,
            "line": {"width": 1.5, "color": colour},
        },
        "name": rows["lane"][0],
        "showlegend": False,
        "customdata": rows.select("detail").rows(),
        "hovertemplate": "day %{x}: <b>%{y:.2f}</b><br>%{customdata[0]}<extra></extra>",
    }


def _falls(rows: pl.DataFrame, strip: Strip) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": rows["study_day"].to_list(),
        "y": rows["value"].to_list(),
        "yaxis": strip.axis,
        "marker": {
            "symbol": "triangle-down",
            "size": 13,
            "color": theme.VERMILION,
            "line": {"width": 1.5, "color": theme.SURFACE},
        },
        "name": "Marked fall",
        "showlegend": False,
        "customdata": rows.select("detail").rows(),
        "hovertemplate": "day %{x}: <b>%{y:.2f}</b><br>marked fall: %{customdata[0]}"
        "<extra></extra>",
    }


def _score_axis(lane: dict[str, Any]) -> dict[str, Any]:
    low, high = lane["scale_low"], lane["scale_high"]
    return {
        "range": padded(low, high, 0.06),
        "tickvals": [low, (low + high) / 2, high],
        "zeroline": False,
        "tickfont": {"size": SMALL},
    }


def _use(rows: pl.DataFrame, strip: Strip) -> tuple[list[dict[str, Any]], dict[str, Any], str]:
    most = int(rows["value"].max() or 1)
    bars = {
        "type": "bar",
        "x": rows["study_day"].to_list(),
        "y": rows["value"].to_list(),
        "yaxis": strip.axis,
        "width": 0.8,
        "marker": {"color": theme.MUTED},
        "showlegend": False,
        "hovertemplate": "day %{x}: %{y:.0f} sessions<extra></extra>",
    }
    axis = {
        "range": [0, most * 1.1],
        "tickvals": [0, most],
        "zeroline": False,
        "tickfont": {"size": SMALL},
    }
    return [bars], axis, USE_LABEL


def _exposures(
    rows: pl.DataFrame, strip: Strip
) -> tuple[list[dict[str, Any]], dict[str, Any], str]:
    lanes = rows.select("position", "lane").unique().sort("position", "lane")["lane"].to_list()
    most = float(rows["value"].max() or 1)
    traces = []
    for place, lane in enumerate(lanes):
        part = rows.filter(pl.col("lane") == lane)
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": part["study_day"].to_list(),
                "y": [place] * part.height,
                "yaxis": strip.axis,
                "marker": {
                    "symbol": "circle",
                    "size": [_size(count, most) for count in part["value"]],
                    "color": theme.category_colour(part["lane_id"][0]),
                    "line": {"width": 0},
                    "opacity": 0.8,
                },
                "name": lane,
                "showlegend": False,
                "customdata": part.select("value").rows(),
                "hovertemplate": f"day %{{x}} · {lane}<br>met %{{customdata[0]:.0f}} times"
                "<extra></extra>",
            }
        )
    axis = {
        "tickvals": list(range(len(lanes))),
        "ticktext": [_short(lane) for lane in lanes],
        "range": [len(lanes) - 0.4, -0.6],
        "showgrid": True,
        "zeroline": False,
        "ticks": "",
        "tickfont": {"size": SMALL},
    }
    return traces, axis, EXPOSURE_LABEL


def _size(count: float, most: float) -> float:
    """Diameter whose area goes with the count."""
    return float(max(SMALLEST_MARK, LARGEST_MARK * (count / most) ** 0.5))


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1].rstrip()}…"


def _layout(
    frame: pl.DataFrame,
    strips: _Strips,
    axes: dict[str, Any],
    labels: list[tuple[Strip, str]],
) -> dict[str, Any]:
    total = strips.total_px
    first, last = _span(frame)
    hidden = _hidden(frame, labels, total, last)
    for strip in strips.placed:
        axes[strip.key] |= {"domain": strip.domain(total), "anchor": "x", "fixedrange": True}
    return {
        "height": total + TOP_PX + BOTTOM_PX,
        "margin": {"t": TOP_PX, "b": BOTTOM_PX, "l": 8, "r": 10},
        "bargap": 0,
        "xaxis": {
            "title": {"text": "Study day (0 is the first)"},
            "range": [first - 2, last + 2],
            "tickvals": ticks(first, last),
            "anchor": strips.placed[-1].axis,
            "showgrid": True,
            "zeroline": False,
            "fixedrange": True,
        },
        "shapes": [*_rules(frame), *(shape for shape, _ in hidden)],
        "annotations": [
            *(_label(strip, text, total) for strip, text in labels),
            *(note for _, note in hidden),
        ],
        **axes,
    }


def _span(frame: pl.DataFrame) -> tuple[int, int]:
    """First and last day of what is the participant's own; bands do not widen it."""
    own = frame.filter(pl.col("kind").is_in(["score", "use", "exposure"]))["study_day"]
    return min(int(own.min() or 0), 0), max(int(own.max() or 0), 7)


def _hidden(
    frame: pl.DataFrame, labels: list[tuple[Strip, str]], total: float, last: int
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Where use is not shown: a tint over its strips, and the words, so that it is not taken for
    no use."""
    days = frame.filter(pl.col("kind") == "hidden")["study_day"].to_list()
    strips = [strip for strip, text in labels if text in (USE_LABEL, EXPOSURE_LABEL)]
    if not days or not strips or days[0] > last:
        return []
    low, high = strips[-1].domain(total)[0], strips[0].domain(total)[1]
    box = {
        "type": "rect",
        "x0": days[0],
        "x1": last + 2,
        "yref": "paper",
        "y0": low,
        "y1": high,
        "fillcolor": theme.TINT,
        "line": {"width": 0},
        "layer": "below",
    }
    note = {
        "text": "use not shown",
        "x": days[0],
        "y": (low + high) / 2,
        "yref": "paper",
        "xanchor": "left",
        "showarrow": False,
        "font": {"size": SMALL, "color": theme.MUTED},
    }
    return [(box, note)]


def _rules(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """A line down from each marked fall of the total, to what was used around it."""
    days = frame.filter((pl.col("kind") == "fall") & (pl.col("position") < 0))["study_day"]
    line = {"color": theme.VERMILION, "width": 1, "dash": "dash"}
    return [
        {"type": "line", "x0": day, "x1": day, "yref": "paper", "y0": 0, "y1": 1, "line": line}
        for day in days.unique().sort()
    ]


def _label(strip: Strip, text: str, total: float) -> dict[str, Any]:
    return {
        "text": text,
        "x": 0,
        "y": strip.domain(total)[1],
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 12, "color": theme.INK},
    }
