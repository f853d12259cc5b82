"""Figures of the Retention page: who comes back, where everybody stands, habit, and releases."""

from typing import Any

import polars as pl

from dashboard import theme, withheld
from dashboard.figures.facets import counted_ticks, facets, nothing
from dashboard.usage.frames import STANDINGS

WORDS = {
    "new": "New: first use",
    "continuing": "Continuing",
    "returning": "Returning after the limit",
    "quiet": "Not this week",
    "dormant": "Dormant: silent past the limit",
    "not_begun": "Not begun",
}
_COLOURS = {
    "new": theme.BLUE,
    "continuing": theme.GREEN,
    "returning": theme.TEAL,
    "quiet": theme.GOLD,
    "dormant": theme.VERMILION,
    "not_begun": theme.GREY,
}
# Colour never stands alone: use is plain, silence is hatched.
_SHAPES = {"returning": "x", "quiet": "/", "dormant": "\\", "not_begun": "."}
_NOBODY = "No study week is over for anybody in this part of the study."
_COUNTED = "Study week; n below"


def retention(frame: pl.DataFrame) -> dict[str, Any]:
    """Share with use in each study week, of those in the study and of everybody enrolled.

    Parameters
    ----------
    frame
        As `dashboard.usage.frames.read_retention` returns. Not modified.

    Returns
    -------
    dict
        Two lines; marks are hollow in weeks that are not over for somebody. A week that is over
        for nobody has no mark. An empty frame gives a note.
    """
    shown = withheld.drawn(frame, "share")
    if shown.is_empty():
        return nothing(_NOBODY)
    hollow = [n is None or n > 0 for n in shown["n_open"]]
    inside = {
        **_line(shown, "share", "Of those still in the study", theme.BLUE, hollow),
        "error_y": _bars(shown, "share", theme.BLUE),
    }
    every = _line(
        shown, "share_of_all", "Of everybody enrolled; who left has no use", theme.VERMILION, hollow
    )
    every["line"] |= {"dash": "dash"}
    every["marker"] |= {"symbol": "square"}
    return {
        "data": [every, inside],
        "layout": {
            "xaxis": _weeks_axis(shown, "n_participants", 520),
            "yaxis": _share_axis("Used the app in the week"),
        },
    }


def lifecycle(frame: pl.DataFrame) -> dict[str, Any]:
    """Where participants stand with the app in each week, as shares of those whose week is over.

    Parameters
    ----------
    frame
        As `queries.usage.usage_lifecycle` returns. Not modified.

    Returns
    -------
    dict
        One stacked bar a week; what is withheld is an outlined rest. An empty frame gives a note.
    """
    shown = frame.filter(pl.col("n_participants") > 0)
    if shown.is_empty():
        return nothing(_NOBODY)
    bars = [_standing(shown, name) for name in STANDINGS if shown[f"n_{name}"].sum()]
    return {
        "data": [*bars, *_rest(shown)],
        "layout": {
            "barmode": "stack",
            "bargap": 0.18,
            "xaxis": _weeks_axis(shown, "n_participants", 520),
            "yaxis": _share_axis("Share of those in the study"),
            "legend": {"traceorder": "normal"},
        },
    }


def stickiness(frame: pl.DataFrame) -> dict[str, Any]:
    """Days with use per week with use, and weekly over four-weekly users, side by side.

    Parameters
    ----------
    frame
        As `dashboard.usage.frames.read_stickiness` returns. Not modified.
    """
    days = withheld.drawn(frame, "mean_active_days")
    users = withheld.drawn(frame, "share_of_users")
    if days.is_empty():
        return nothing(_NOBODY)
    left, right = facets(2, 2, gap_x=0.14)
    first = _line(days, "mean_active_days", "Days a week of use", theme.GREEN, None)
    first |= {"error_y": _bars(days, "mean_active_days", theme.GREEN), **left.axes}
    second = {
        **_line(users, "share_of_users", "This week's of four weeks' users", theme.VIOLET, None),
        **right.axes,
    }
    second["marker"] |= {"symbol": "diamond"}
    return {
        "data": [first, second],
        "layout": {
            **left.layout(_weeks_axis(days, "n_active", 190), {"range": [0, 7.2], "dtick": 1}),
            **right.layout(
                _weeks_axis(users, "n_active_4_weeks", 150),
                {"range": [0, 1.04], "tickformat": ".0%"},
            ),
            "showlegend": False,
            "annotations": [
                left.title("<b>Days with use</b>, in a week with any"),
                right.title("<b>This week's</b> of four weeks' users"),
            ],
        },
    }


def releases(frame: pl.DataFrame) -> dict[str, Any]:
    """Exposures per participant-week over calendar weeks, with a mark where a version came.

    Parameters
    ----------
    frame
        As `dashboard.usage.frames.read_releases` returns. Not modified.
    """
    shown = withheld.drawn(frame, "mean_exposures")
    if shown.is_empty():
        return nothing("Nobody was in the study on any day of the data.")
    groups = shown.partition_by("category_id", maintain_order=True)
    marks = frame.drop_nulls("version_date").unique("week_start").sort("version_date")
    return {
        "data": [_calendar(rows, number) for number, rows in enumerate(groups)],
        "layout": {
            "xaxis": theme.date_axis("Calendar week; dotted: a version of the app is first seen"),
            "yaxis": {"title": {"text": "Exposures per participant and week"}},
            "shapes": [_mark(day) for day in marks["version_date"]],
            "annotations": [
                _flag(day, name)
                for day, name in marks.select("version_date", "versions").iter_rows()
            ],
            "margin": {"t": 30},
            "legend": {"y": 1.1},
        },
    }


def _line(
    rows: pl.DataFrame, column: str, name: str, colour: str, hollow: list[bool] | None
) -> dict[str, Any]:
    fills = [theme.SURFACE if open_ else colour for open_ in hollow or [False] * rows.height]
    is_share = column.startswith("share")
    said = "%{y:.0%}" if is_share else "%{y:.1f}"
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": rows["study_week"].to_list(),
        "y": rows[column].to_list(),
        "connectgaps": False,
        "line": {"color": colour, "width": 2},
        "marker": {
            "size": 8,
            "symbol": "circle",
            "color": fills,
            "line": {"color": colour, "width": 2},
        },
        "customdata": [_hover(row) for row in rows.iter_rows(named=True)],
        "hovertemplate": f"week %{{x}}<br>{name}: <b>{said}</b>%{{customdata}}<extra></extra>",
    }


def _hover(row: dict[str, Any]) -> str:
    words = [f"{_said(row, 'n_active')} of {_said(row, 'n_participants')} in the study used it"]
    if row.get("n_left"):
        words.append(f"{theme.whole(row['n_left'])} had left before")
    if row.get("n_open"):
        words.append(f"not over for {theme.whole(row['n_open'])} more, who do not count yet")
    return "".join(f"<br>{one}" for one in words)


def _said(row: dict[str, Any], column: str) -> str:
    return withheld.WORD if withheld.is_withheld(row, column) else theme.whole(row[column])


def _bars(rows: pl.DataFrame, column: str, colour: str) -> dict[str, Any]:
    return {
        "type": "data",
        "array": (rows["ci_high"] - rows[column]).to_list(),
        "arrayminus": (rows[column] - rows["ci_low"]).to_list(),
        "color": colour,
        "thickness": 1,
        "width": 0,
    }


def _weeks_axis(rows: pl.DataFrame, counts: str, width_px: int) -> dict[str, Any]:
    ticks = counted_ticks(rows["study_week"].to_list(), rows[counts].to_list(), width_px=width_px)
    return {**ticks, "title": {"text": _COUNTED}}


def _share_axis(title: str) -> dict[str, Any]:
    return {"range": [0, 1.02], "tickformat": ".0%", "title": {"text": title}}


def _standing(rows: pl.DataFrame, name: str) -> dict[str, Any]:
    shares = (rows[f"n_{name}"] / rows["n_participants"]).to_list()
    return {
        "type": "bar",
        "name": WORDS[name],
        "x": rows["study_week"].to_list(),
        "y": shares,
        "marker": {
            "color": _COLOURS[name],
            "line": {"color": theme.SURFACE, "width": 1},
            "pattern": {
                "shape": _SHAPES.get(name, ""),
                "fillmode": "overlay",
                "fgcolor": theme.SURFACE,
                "size": 6,
                "solidity": 0.25,
            },
        },
        "customdata": [
            f"{_said(row, f'n_{name}')} of {_said(row, 'n_participants')}"
            for row in rows.iter_rows(named=True)
        ],
        "hovertemplate": f"week %{{x}}<br>{WORDS[name]}: <b>%{{y:.0%}}</b><br>%{{customdata}}"
        "<extra></extra>",
    }


def _rest(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """An outlined bar for what is withheld, so that a stack never looks whole without it."""
    known = rows.select(pl.sum_horizontal(f"n_{name}" for name in STANDINGS)).to_series()
    left = (1 - known / rows["n_participants"]).to_list()
    if max(left) <= 0:
        return []
    return [
        {
            "type": "bar",
            "name": f"{withheld.SIGN} {withheld.WORD}",
            "x": rows["study_week"].to_list(),
            "y": left,
            "marker": {"color": theme.SURFACE, "line": {"color": theme.AXIS, "width": 1}},
            "hovertemplate": f"week %{{x}}<br>groups {withheld.WORD}<extra></extra>",
        }
    ]


def _calendar(rows: pl.DataFrame, number: int) -> dict[str, Any]:
    colour = theme.category_colour(rows["category_id"][0])
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": rows["category_label"][0],
        "x": rows["week_start"].to_list(),
        "y": rows["mean_exposures"].to_list(),
        "connectgaps": False,
        "line": {"color": colour, "width": 2, "dash": theme.dash(number)},
        "marker": {
            "symbol": theme.symbol(number),
            "size": 6,
            "color": [theme.SURFACE if is_open else colour for is_open in rows["is_open"]],
            "line": {"color": colour, "width": 1.5},
        },
        "customdata": [_said(row, "n_participants") for row in rows.iter_rows(named=True)],
        "hovertemplate": f"<b>{rows['category_label'][0]}</b>, week of %{{x|%-d %b %Y}}"
        "<br><b>%{y:.2f}</b> exposures per participant and week"
        "<br>%{customdata} participants in the study<extra></extra>",
    }


def _mark(day: Any) -> dict[str, Any]:
    return {
        "type": "line",
        "x0": day,
        "x1": day,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "layer": "below",
        "line": {"color": theme.MUTED, "width": 1.5, "dash": "dot"},
    }


def _flag(day: Any, name: str) -> dict[str, Any]:
    return {
        "text": name,
        "x": day,
        "y": 1,
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "xshift": 2,
        "showarrow": False,
        "font": {"size": theme.SIZES["small"], "color": theme.MUTED},
    }
