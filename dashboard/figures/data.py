"""Figures of the Data page: frame in, plain dict out."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from dashboard import theme, withheld

MOST_NAMES = 12
LABELLED_GAPS = 3
DAYS_AROUND, QUIET_SHARE = 7, 0.1


def coverage(frame: pl.DataFrame) -> dict[str, Any]:
    """Events and answers per day, one above the other; days with next to none are shaded.

    `frame`: one row per day with data, as `queries.data.coverage` returns it.
    """
    traces = [
        _days(frame, "n_events", "Events", theme.BLUE, "y"),
        _days(frame, "n_answers", "Answers", theme.MAGENTA, "y2"),
    ]
    silent = gaps(frame)
    layout = {
        "bargap": 0,
        "margin": {"t": 26},
        "xaxis": {**theme.date_axis(), "anchor": "y2"},
        "yaxis": {"domain": [0.46, 1], "title": {"text": "Events"}},
        "yaxis2": {"domain": [0, 0.34], "title": {"text": "Answers"}, "rangemode": "tozero"},
        "showlegend": False,
        "shapes": [_shade(first, last) for first, last in silent],
        "annotations": [_note(first, last) for first, last in _longest(silent)],
    }
    return {"data": traces, "layout": layout}


def gaps(frame: pl.DataFrame) -> list[tuple[date, date]]:
    """First and last day of every stretch with next to no events, within the log.

    A day is in a gap with less than a tenth of the median of the fifteen days around it, so that
    an outage is found even where a few devices go on by themselves. `frame` is not modified.
    """
    if frame.is_empty():
        return []
    daily = frame.select("local_date", "n_events").sort("local_date")
    days = daily.upsample("local_date", every="1d").with_columns(pl.col("n_events").fill_null(0))
    around = 2 * DAYS_AROUND + 1
    usual = pl.col("n_events").rolling_median(around, min_samples=DAYS_AROUND, center=True)
    is_quiet = (pl.col("n_events") == 0) | (pl.col("n_events") < QUIET_SHARE * usual)
    stretches: list[tuple[date, date]] = []
    for day in days.filter(is_quiet)["local_date"].to_list():
        if stretches and stretches[-1][1] == day - timedelta(days=1):
            stretches[-1] = (stretches[-1][0], day)
        else:
            stretches.append((day, day))
    return stretches


def unmapped_events(frame: pl.DataFrame) -> dict[str, Any]:
    """Events without a place in the study file, the most frequent names on top.

    `frame`: one row per name, most frequent first, as `queries.data.unmapped_events` returns it.
    Names after the twelfth are in the table only.
    """
    rows = frame.head(MOST_NAMES).reverse()
    texts = [
        f"{withheld.SIGN} {withheld.WORD}"
        if n is None
        else f"{theme.whole(n)} ({theme.percent(share)})"
        for n, share in rows.select("n_events", "share").iter_rows()
    ]
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": rows["n_events"].to_list(),
        "y": rows["event_name"].to_list(),
        "text": texts,
        "textposition": "outside",
        "textfont": {"color": theme.INK},
        "cliponaxis": False,
        "marker": {"color": theme.GREY},
        "customdata": [
            "" if n is None else f", {theme.counted(n, 'participant')}"
            for n in rows["n_participants"]
        ],
        "hovertemplate": "%{y}: %{text}%{customdata}<extra></extra>",
    }
    most = rows["n_events"].max() or 1
    gone = rows.filter(withheld.gone(rows, "n_events"))["event_name"]
    layout = {
        "xaxis": {"range": [0, most * 1.7], "title": {"text": "Loaded events"}},
        "yaxis": {"type": "category", "ticks": ""},
        "bargap": 0.35,
        "annotations": [
            {
                "x": 0,
                "y": name,
                "xanchor": "left",
                "text": f"{withheld.SIGN} {withheld.WORD}",
                "showarrow": False,
            }
            for name in gone
        ],
    }
    return {"data": [trace], "layout": layout}


def _days(frame: pl.DataFrame, column: str, name: str, colour: str, axis: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": name,
        "x": frame["local_date"].to_list(),
        "y": frame[column].to_list(),
        "yaxis": axis,
        "marker": {"color": colour, "line": {"width": 0}},
        "hovertemplate": f"%{{x|%-d %b %Y}}: %{{y}} {name.lower()}<extra></extra>",
    }


def _shade(first: date, last: date) -> dict[str, Any]:
    half = timedelta(hours=12)
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "x0": f"{first - timedelta(days=1)} {half}",
        "x1": f"{last} {half}",
        "fillcolor": theme.GAP,
        "line": {"width": 0},
        "layer": "below",
    }


def _longest(silent: list[tuple[date, date]]) -> list[tuple[date, date]]:
    """The few that get a label: more would run into each other."""
    longer = [gap for gap in silent if gap[1] > gap[0]]
    return sorted(longer, key=lambda gap: gap[0] - gap[1])[:LABELLED_GAPS]


def _note(first: date, last: date) -> dict[str, Any]:
    days = (last - first).days + 1
    return {
        "x": first + (last - first) / 2,
        "y": 1,
        "xref": "x",
        "yref": "paper",
        "yanchor": "bottom",
        "text": f"{days} days",
        "showarrow": False,
    }
