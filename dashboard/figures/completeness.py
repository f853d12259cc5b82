"""Figures of what was filled in and what was not."""

from typing import Any

import polars as pl

from dashboard import theme, withheld
from dashboard.completeness import STATUSES
from dashboard.figures.facets import nothing

_WORDS = {
    "done": "done in time",
    "late": "done late",
    "open": "still open",
    "missed": "missed",
    "excused": "excused",
}
_USES = {
    "active": ("App used that week", theme.BLUE, "circle"),
    "inactive": ("App not used that week", theme.VERMILION, "square-open"),
}
# A share narrower than this has no room for its number.
_ROOM = 0.07


def survey_shares(frame: pl.DataFrame) -> dict[str, Any]:
    """What became of each scheduled survey, as shares of the participants for whom it was due.

    Parameters
    ----------
    frame
        As `dashboard.completeness.survey_shares` returns. Not modified.

    Returns
    -------
    dict
        One stacked bar per survey and one trace per status that occurs, each with its count.
        An empty frame gives no trace and a note.
    """
    if frame.is_empty():
        return nothing("No survey was due in this part of the study.")
    used = [status for status in STATUSES if frame[status].sum()]
    counts = [
        f", {withheld.WORD}" if count is None else f", n = {theme.whole(count)}"
        for count in frame["n_due"]
    ]
    return {
        "data": [*(_status_bar(frame, status) for status in used), *_gone_bar(frame)],
        "layout": {
            "barmode": "stack",
            "bargap": 0.25,
            "xaxis": _share_axis("Share of those for whom it was due"),
            "yaxis": _survey_axis(frame, counts),
            "annotations": _instruments(frame, room=84),
            "legend": {"traceorder": "normal"},
        },
    }


def filled_by_use(frame: pl.DataFrame) -> dict[str, Any]:
    """Share of surveys filled in by use of the app in the survey's week, with 95 % intervals.

    Parameters
    ----------
    frame
        As `dashboard.completeness.filled_by_use` returns. Not modified.

    Returns
    -------
    dict
        One trace of marks per use ('active', 'inactive'). An empty frame gives a note.
    """
    if frame.is_empty():
        return nothing("No survey's window is over yet in this part of the study.")
    surveys = frame.unique("survey_id", maintain_order=True)
    places = dict(zip(surveys["survey_id"], _places(surveys), strict=True))
    return {
        "data": [
            *(
                _use_marks(frame.filter(use=use), places, use)
                for use in _USES
                if use in set(frame["use"])
            ),
            *_gone_marks(frame, places),
        ],
        "layout": {
            "xaxis": {**_share_axis("Share filled in (done or late)"), "showgrid": True},
            "yaxis": _survey_axis(surveys, [""] * surveys.height),
            "annotations": _instruments(surveys, room=44),
        },
    }


def score_completeness(frame: pl.DataFrame) -> dict[str, Any]:
    """Share of occasions whose score is complete, one bar per dimension.

    Parameters
    ----------
    frame
        As `dashboard.completeness.score_completeness` returns. Not modified.

    Returns
    -------
    dict
        One trace. An empty frame gives a note.
    """
    if frame.is_empty():
        return nothing("No survey was filled in in this part of the study.")
    words = [_complete_words(row) for row in frame.iter_rows(named=True)]
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": frame["share"].to_list(),
        "y": frame["dimension_label"].to_list(),
        "text": words,
        "textposition": "inside",
        "insidetextanchor": "start",
        "textfont": {"color": theme.SURFACE},
        "marker": {"color": [theme.dimension_colour(name) for name in frame["dimension_id"]]},
        "hovertemplate": "<b>%{y}</b><br>%{text} occasions have a complete score<extra></extra>",
    }
    axis = {"autorange": "reversed", "ticks": "", "ticksuffix": "  "}
    return {
        "data": [bar],
        "layout": {
            "xaxis": _share_axis("Occasions with a complete score"),
            "yaxis": axis,
            "annotations": _gone_scores(frame),
        },
    }


def _complete_words(row: dict[str, Any]) -> str:
    if row["share"] is None:
        return f"{withheld.SIGN} {withheld.WORD}"
    counts = f"{theme.whole(row['n_complete'])} of {theme.whole(row['n_occasions'])}"
    return f"{theme.number(100 * row['share'])} %, {counts}"


def _gone_scores(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Words in the place of bars that are withheld."""
    rows = frame.filter(withheld.gone(frame, "share"))
    return [
        {
            "x": 0.02,
            "y": label,
            "xanchor": "left",
            "text": f"{withheld.SIGN} {withheld.WORD}",
            "showarrow": False,
        }
        for label in rows["dimension_label"]
    ]


def _places(surveys: pl.DataFrame) -> list[int]:
    """Where each survey stands, from the top; an instrument's name takes a row of its own."""
    labels = surveys["instrument_label"].to_list()
    heads = 0
    places = []
    for number, label in enumerate(labels):
        heads += int(number == 0 or label != labels[number - 1])
        places.append(number + heads)
    return places


def _instruments(surveys: pl.DataFrame, *, room: int) -> list[dict[str, Any]]:
    """The instruments' names, each above its first survey."""
    firsts: dict[str, int] = {}
    for label, place in zip(surveys["instrument_label"], _places(surveys), strict=True):
        firsts.setdefault(label, place - 1)
    return [
        {
            "text": f"<b>{label}</b>",
            "x": 0,
            "xref": "paper",
            "xanchor": "left",
            # Over the weeks' names (`room` pixels), so that long ones fit on a narrow screen.
            "xshift": -room,
            "y": place,
            "showarrow": False,
        }
        for label, place in firsts.items()
    ]


def _survey_axis(surveys: pl.DataFrame, more: list[str]) -> dict[str, Any]:
    places = _places(surveys)
    return {
        "tickmode": "array",
        "tickvals": places,
        "ticktext": [
            f"week {week}{words}  " for week, words in zip(surveys["study_week"], more, strict=True)
        ],
        "range": [places[-1] + 0.6, -0.5],
        "rangemode": "normal",
        "ticks": "",
        "showgrid": False,
    }


def _status_bar(frame: pl.DataFrame, status: str) -> dict[str, Any]:
    shares = (frame[status] / frame["n_due"]).to_list()
    counts = [withheld.count(count) for count in frame[status]]
    return {
        "type": "bar",
        "orientation": "h",
        "name": _WORDS[status],
        "x": shares,
        "y": _places(frame),
        "text": [
            count if share is not None and share >= _ROOM else ""
            for count, share in zip(counts, shares, strict=True)
        ],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"color": theme.SURFACE},
        "customdata": [
            [label, count] for label, count in zip(frame["survey_label"], counts, strict=True)
        ],
        "marker": {
            "color": theme.status_colour(status),
            "line": {"color": theme.SURFACE, "width": 1},
        },
        "hovertemplate": f"<b>%{{customdata[0]}}</b><br>{_WORDS[status]}: "
        "%{customdata[1]} (%{x:.0%})<extra></extra>",
    }


def _gone_bar(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """What the statuses that are withheld make up together, which the others leave anyway."""
    shown = frame.select(pl.sum_horizontal(*STATUSES))[STATUSES[0]]
    rest = (frame["n_due"] - shown) / frame["n_due"]
    is_gone = [any(name in STATUSES for name in row) for row in _names(frame)]
    if not any(is_gone):
        return []
    return [
        {
            "type": "bar",
            "orientation": "h",
            "name": withheld.WORD,
            "showlegend": True,
            "x": [part if gone else None for part, gone in zip(rest, is_gone, strict=True)],
            "y": _places(frame),
            "marker": {
                "color": theme.TINT,
                "line": {"color": theme.GREY, "width": 1},
                "pattern": {"shape": "/", "fgcolor": theme.GREY, "size": 6},
            },
            "hovertemplate": f"statuses that are {withheld.WORD}, together: %{{x:.0%}}"
            "<extra></extra>",
        }
    ]


def _names(frame: pl.DataFrame) -> list[list[str]]:
    """Names of what is withheld, row by row."""
    if not withheld.any_of(frame):
        return [[]] * frame.height
    return frame["withheld_columns"].to_list()


def _gone_marks(frame: pl.DataFrame, places: dict[str, int]) -> list[dict[str, Any]]:
    """A sign at the left edge for each survey and use whose share is withheld."""
    rows = frame.filter(withheld.gone(frame, "share"))
    if rows.is_empty():
        return []
    return [
        {
            "type": "scatter",
            "mode": "text",
            "name": withheld.WORD,
            "showlegend": False,
            "x": [0.01] * rows.height,
            "y": [places[row["survey_id"]] + _shift(row["use"]) for row in rows.to_dicts()],
            "text": [f"{withheld.SIGN} {_USES[use][0]}: {withheld.WORD}" for use in rows["use"]],
            "textposition": "middle right",
            "textfont": {"color": theme.MUTED, "size": 11},
            "hoverinfo": "skip",
        }
    ]


def _shift(use: str) -> float:
    return -0.14 if use == "active" else 0.14


def _use_marks(rows: pl.DataFrame, places: dict[str, int], use: str) -> dict[str, Any]:
    name, colour, symbol = _USES[use]
    shift = _shift(use)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": rows["share"].to_list(),
        "y": [places[survey] + shift for survey in rows["survey_id"]],
        "error_x": {
            "type": "data",
            "array": (rows["ci_high"] - rows["share"]).to_list(),
            "arrayminus": (rows["share"] - rows["ci_low"]).to_list(),
            "color": colour,
            "thickness": 1.5,
            "width": 0,
        },
        "marker": {
            "color": colour,
            "symbol": symbol,
            "size": 8,
            "line": {"color": colour, "width": 2},
        },
        "cliponaxis": False,
        "customdata": [
            [
                row["survey_label"],
                theme.whole(row["n_filled"]),
                theme.whole(row["n_over"]),
                theme.percent(row["ci_low"]),
                theme.percent(row["ci_high"]),
            ]
            for row in rows.iter_rows(named=True)
        ],
        "hovertemplate": "<b>%{customdata[0]}</b>, " + name[0].lower() + name[1:] + "<br>"
        "%{x:.0%} (95 % interval %{customdata[3]} to %{customdata[4]})<br>"
        "%{customdata[1]} of %{customdata[2]} participants<extra></extra>",
    }


def _share_axis(title: str) -> dict[str, Any]:
    return {"title": {"text": title}, "range": [0, 1.02], "tickformat": ".0%", "showgrid": False}
