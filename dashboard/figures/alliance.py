"""Figures of the Alliance page. Each takes a frame and gives a plain figure in light colours."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from dashboard import theme, withheld
from dashboard.figures.facets import Facet, counted_ticks, facets, nothing, padded

COLUMNS = 3
FACET_PX = 330
MOST_DOTS = 1000
"""Of more participants than that, a box is drawn without a dot for each."""
NO_SCORES = "No complete score in this part of the study."
_MEAN_HOVER = (
    "week %{x}<br><b>%{y:.2f}</b> points (95 % interval %{customdata[0]})<br>"
    "n = %{customdata[1]} participants%{customdata[2]}<extra></extra>"
)


def dimensions_over_weeks(frame: pl.DataFrame) -> dict[str, Any]:
    """Mean complete score per study week, one little plot per dimension, with 95 % intervals.

    Parameters
    ----------
    frame
        One row per dimension and week as `queries.alliance.alliance_by_week` returns, with the
        ends of `dashboard.intervals.with_t_interval`. Not modified.

    Returns
    -------
    dict
        Three traces per dimension: solid line, dashed line and marks. A mark is hollow, and the
        line to it dashed, where the week is not over for everybody who has begun it. All plots
        share the scale's range where the dimensions' scales have the same one. The count under
        each week is the n of its mean. An empty frame gives no trace and a note.
    """
    parts = [
        part
        for part in _by(frame, "position", "dimension_id")
        if _is_scored(part) or withheld.gone(part, "mean_score").any()
    ]
    if not parts:
        return nothing(NO_SCORES)
    is_shared = frame.select("low", "high").drop_nulls().n_unique() <= 1
    placed = facets(len(parts), COLUMNS)
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"showlegend": False, "annotations": []}
    weeks = [frame["study_week"].min(), frame["study_week"].max()]
    for facet, part in zip(placed, parts, strict=True):
        rows = withheld.drawn(part, "mean_score")
        colour = theme.dimension_colour(part["dimension_id"][0])
        # A number that is withheld is not 0.
        is_open = (rows["n_open"] > 0).fill_null(True)
        traces += [{**trace, **facet.axes} for trace in _means(rows, colour, is_open)]
        layout |= facet.layout(_week_axis(rows, weeks, facet), _score_axis(part, facet, is_shared))
        layout["annotations"].append(facet.title(_dimension_title(part), colour))
    return {"data": traces, "layout": {**layout, "margin": {"l": 8, "r": 12, "t": 4, "b": 8}}}


def dimension_by_group(frame: pl.DataFrame) -> dict[str, Any]:
    """Mean complete score of one dimension per study week, split by arm, site or cohort.

    Parameters
    ----------
    frame
        As `queries.alliance.alliance_by_group` returns, with `ci_low`, `ci_high`, `split` and
        `dimension_label`. Not modified.

    Returns
    -------
    dict
        Arms and sites: one line each on common axes, a little apart so that intervals can be told
        apart. Cohorts, which may be many: one little plot each, the other cohorts in grey behind.
        An empty frame gives no trace and a note.
    """
    if frame.is_empty():
        return nothing(NO_SCORES)
    groups = _by(frame, "group_position", "group_id")
    is_many = frame["split"][0] == "cohort" or len(groups) > len(theme.SYMBOLS)
    return _groups_apart(frame, groups) if is_many else _groups_together(frame, groups)


def latest_scores(frame: pl.DataFrame) -> dict[str, Any]:
    """The distribution of participants' latest complete score on each dimension.

    Parameters
    ----------
    frame
        As `queries.alliance.alliance_latest` returns: one row per participant and dimension.
        Not modified.

    Returns
    -------
    dict
        One box (quartiles, median, whiskers to 1.5 times the box) per dimension, with every score
        as a dot where there are at most `MOST_DOTS`; of more the box's own numbers are sent.
        Scales of different ranges are shown as per cent of their range. An empty frame gives no
        trace and a note.
    """
    if frame.is_empty():
        return nothing("No participant has a complete score in this part of the study.")
    is_shared = frame.select("low", "high").n_unique() <= 1
    share = 100 * (pl.col("score") - pl.col("low")) / (pl.col("high") - pl.col("low"))
    shown = frame.with_columns(shown=pl.col("score") if is_shared else share)
    parts = _by(shown, "position", "dimension_id")
    names = [f"{part['dimension_label'][0]}<br>n = {theme.whole(part.height)}" for part in parts]
    ends = padded(frame["low"][0], frame["high"][0]) if is_shared else padded(0, 100)
    unit = "points" if is_shared else "per cent of the scale's range"
    return {
        "data": [_box(part, name) for part, name in zip(parts, names, strict=True)],
        "layout": {
            "showlegend": False,
            "xaxis": {
                "title": {"text": f"Latest score ({unit})"},
                "range": ends,
                "showgrid": True,
            },
            "yaxis": {"autorange": "reversed", "showgrid": False, "ticks": ""},
        },
    }


def _by(frame: pl.DataFrame, *keys: str) -> list[pl.DataFrame]:
    return frame.sort(*keys, maintain_order=True).partition_by(*keys, maintain_order=True)


def _is_scored(part: pl.DataFrame) -> bool:
    return part["mean_score"].is_not_null().any()


def _means(
    rows: pl.DataFrame, colour: str, is_open: pl.Series | Sequence[bool]
) -> list[dict[str, Any]]:
    """Solid line, dashed line and marks of one series of means, in order of week."""
    weeks, means = rows["study_week"].to_list(), rows["mean_score"].to_list()
    drawn = {dash: _line(colour, dash) for dash in ("solid", "dot")}
    for i in range(1, len(weeks)):
        dash = "dot" if is_open[i] or is_open[i - 1] else "solid"
        # None ends a stretch: each trace holds only the steps that are its own.
        drawn[dash]["x"] += [weeks[i - 1], weeks[i], None]
        drawn[dash]["y"] += [means[i - 1], means[i], None]
    return [*drawn.values(), _marks(rows, colour, list(is_open))]


def _line(colour: str, dash: str) -> dict[str, Any]:
    line = {"color": colour, "width": 2, "dash": dash}
    return {"x": [], "y": [], "mode": "lines", "line": line, "hoverinfo": "skip"}


def _marks(rows: pl.DataFrame, colour: str, is_open: Sequence[bool], **more: Any) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": rows["study_week"].to_list(),
        "y": rows["mean_score"].to_list(),
        "error_y": _interval(rows, colour),
        "marker": {
            "color": [theme.SURFACE if hollow else colour for hollow in is_open],
            "line": {"color": colour, "width": 2},
            "size": 7,
        },
        "customdata": [
            [_ends(row), theme.whole(row["n_participants"]), _more_words(row)]
            for row in rows.iter_rows(named=True)
        ],
        "hovertemplate": _MEAN_HOVER,
        "showlegend": False,
        **more,
    }


def _interval(rows: pl.DataFrame, colour: str) -> dict[str, Any]:
    return {
        "type": "data",
        "array": (rows["ci_high"] - rows["mean_score"]).to_list(),
        "arrayminus": (rows["mean_score"] - rows["ci_low"]).to_list(),
        "color": colour,
        "thickness": 1.5,
        "width": 0,
    }


def _ends(row: dict[str, Any]) -> str:
    if withheld.is_withheld(row, "ci_low"):
        return withheld.WORD
    if row["ci_low"] is None:
        return "not defined: fewer than 2 participants"
    return f"{theme.number(row['ci_low'], 2)} to {theme.number(row['ci_high'], 2)}"


def _more_words(row: dict[str, Any]) -> str:
    """What else a reader should know of a week; empty where the frame does not say."""
    words = []
    if row.get("n_incomplete"):
        words.append(f"{theme.counted(row['n_incomplete'], 'incomplete score')} left out")
    if row.get("n_open"):
        words.append(f"week not over for {theme.counted(row['n_open'], 'participant')}")
    if row.get("n_not_reached"):
        words.append(f"not reached yet by {theme.counted(row['n_not_reached'], 'participant')}")
    return "".join(f"<br>{word}" for word in words)


def _week_axis(rows: pl.DataFrame, weeks: Sequence[Any], facet: Facet) -> dict[str, Any]:
    ticks = counted_ticks(
        rows["study_week"].to_list(), rows["n_participants"].to_list(), width_px=FACET_PX - 40
    )
    title = {"title": {"text": "Study week; n below"}} if facet.is_bottom else {}
    return {**ticks, **title, "range": [weeks[0] - 0.6, weeks[1] + 0.6]}


def _score_axis(part: pl.DataFrame, facet: Facet, is_shared: bool) -> dict[str, Any]:
    low, high = part["low"].min(), part["high"].max()
    shows_ticks = not is_shared or facet.x[0] == 0
    return {
        "range": padded(low, high),
        "rangemode": "normal",
        **_points_axis(low, high),
        "showticklabels": shows_ticks,
        **({"title": {"text": "Mean score"}} if facet.x[0] == 0 else {}),
    }


def _points_axis(low: float, high: float) -> dict[str, Any]:
    """Ticks at both ends of a short scale and at each point between; a long one has few."""
    return {"tick0": low, "dtick": 1} if high - low <= 7 else {"nticks": 5}


def _dimension_title(part: pl.DataFrame) -> str:
    label = f"<b>{part['dimension_label'][0]}</b>"
    if not _is_scored(part):
        return f"{label} ({withheld.WORD})"
    return f"{label} (context)" if part["dimension_id"][0] == "flexibility" else label


def _group_colour(split: str, position: int) -> str:
    return theme.arm_colour(position) if split == "arm" else theme.site_colour(position)


def _groups_together(frame: pl.DataFrame, groups: list[pl.DataFrame]) -> dict[str, Any]:
    split = frame["split"][0]
    traces = []
    for number, rows in enumerate(groups):
        position = rows["group_position"][0]
        colour = _group_colour(split, position)
        marks = _marks(rows, colour, [False] * rows.height)
        shift = (number - (len(groups) - 1) / 2) * 0.012 * _span(frame)
        traces.append(
            {
                **marks,
                "mode": "lines+markers",
                "x": [week + shift for week in rows["study_week"]],
                "line": {"color": colour, "width": 2, "dash": theme.dash(position)},
                "marker": {**marks["marker"], "symbol": theme.symbol(position)},
                "name": rows["group_label"][0]
                + ("" if _is_scored(rows) else f" ({withheld.WORD})"),
                "showlegend": True,
                "hovertemplate": f"<b>{rows['group_label'][0]}</b><br>"
                + _MEAN_HOVER.replace("%{x}", "%{customdata[3]}"),
                "customdata": [
                    [*values, week]
                    for values, week in zip(marks["customdata"], rows["study_week"], strict=True)
                ],
            }
        )
    return {
        "data": traces,
        "layout": {
            "xaxis": {"title": {"text": "Study week"}, "dtick": _step(frame)},
            "yaxis": {**_group_axis(frame), "title": {"text": f"Mean {_name(frame)}"}},
        },
    }


def _groups_apart(frame: pl.DataFrame, groups: list[pl.DataFrame]) -> dict[str, Any]:
    columns = 3 if len(groups) > 4 else 2
    placed = facets(len(groups), columns, gap_y=0.16)
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"showlegend": False, "annotations": []}
    for facet, rows in zip(placed, groups, strict=True):
        others = [other for other in groups if other["group_id"][0] != rows["group_id"][0]]
        traces += [{**_ghost(other), **facet.axes} for other in others]
        shown = [False] * rows.height
        traces += [{**trace, **facet.axes} for trace in _means(rows, theme.BLUE, shown)]
        y = {**_group_axis(frame), "dtick": None, "nticks": 4, "showticklabels": facet.x[0] == 0}
        x = {"dtick": 4 * _step(frame), "showticklabels": facet.is_bottom}
        layout |= facet.layout(
            {**x, "title": {"text": "Study week"}} if facet.is_bottom else x,
            {**y, "title": {"text": f"Mean {_name(frame)}"}} if facet.number == 0 else y,
        )
        most = rows["n_participants"].max()
        words = withheld.WORD if most is None else f"n ≤ {theme.whole(most)}"
        layout["annotations"].append(facet.title(f"<b>{rows['group_label'][0]}</b>, {words}"))
    return {"data": traces, "layout": layout}


def _ghost(rows: pl.DataFrame) -> dict[str, Any]:
    return {
        "x": rows["study_week"].to_list(),
        "y": rows["mean_score"].to_list(),
        "mode": "lines",
        "line": {"color": theme.AXIS, "width": 1},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _group_axis(frame: pl.DataFrame) -> dict[str, Any]:
    low, high = frame["low"].min(), frame["high"].max()
    return {"range": padded(low, high), "rangemode": "normal", **_points_axis(low, high)}


def _span(frame: pl.DataFrame) -> int:
    """Weeks from the first to the last, at least one."""
    return max(1, frame["study_week"].max() - frame["study_week"].min())


def _step(frame: pl.DataFrame) -> int:
    """Weeks between ticks, so that at most about twelve are written."""
    return -(-_span(frame) // 12)


def _name(frame: pl.DataFrame) -> str:
    return frame["dimension_label"][0]


def _quartiles(values: pl.Series, name: str) -> dict[str, Any]:
    """What a box is drawn of, as Plotly would reckon it (Hyndman & Fan 1996, definition 5).

    Whiskers end at the last value within 1.5 times the box's length, and never inside the box.
    doi:10.1080/00031305.1996.10473566
    """
    numbers = np.sort(values.to_numpy())
    low, middle, high = np.quantile(numbers, [0.25, 0.5, 0.75], method="hazen")
    reach = 1.5 * (high - low)
    within = numbers[(numbers >= low - reach) & (numbers <= high + reach)]
    return {
        "y": [name],
        "q1": [float(low)],
        "median": [float(middle)],
        "q3": [float(high)],
        "lowerfence": [min(float(low), float(within[0]))],
        "upperfence": [max(float(high), float(within[-1]))],
    }


def _box(part: pl.DataFrame, name: str) -> dict[str, Any]:
    colour = theme.dimension_colour(part["dimension_id"][0])
    is_few = part.height <= MOST_DOTS
    scores = {"x": part["shown"].to_list(), "y": [name] * part.height}
    return {
        "type": "box",
        "orientation": "h",
        **(scores if is_few else _quartiles(part["shown"], name)),
        "name": name,
        "line": {"color": colour, "width": 1.5},
        "fillcolor": theme.TINT,
        "boxpoints": "all" if is_few else False,
        "jitter": 0.5,
        "pointpos": 0,
        "marker": {"color": colour, "size": 4, "opacity": 0.4},
        "hoveron": "boxes",
        "hovertemplate": f"{part['dimension_label'][0]}<br>%{{x:.2f}}<extra></extra>",
    }
