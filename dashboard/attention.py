"""What needs attention, in words: one concern per kind, why it matters, and where to go."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

import polars as pl
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.theme import counted, number, whole
from queries.filters import Filters

NAMED = {"/participant": 8, "/data": 4}
Row = dict[str, Any]


@dataclass(frozen=True)
class Concern:
    """How a kind of concern is said. `what` gets the number of rows, `chip` one row."""

    kind: str
    weight: Literal["act", "look"]
    what: Callable[[list[Row]], str]
    why: str
    chip: Callable[[Row], str]
    path: str


def _people(words: str) -> Callable[[list[Row]], str]:
    return lambda rows: f"{counted(len(rows), 'participant')} {words}"


def _files(words: str) -> Callable[[list[Row]], str]:
    return lambda rows: f"{counted(len(rows), 'file')} {words}"


def _unmapped(rows: list[Row]) -> str:
    events = counted(sum(row["n"] for row in rows), "event")
    return f"{counted(len(rows), 'event name')} not mapped to a feature ({events})"


def _for_days(row: Row) -> str:
    return f"{row['participant_id']} · {counted(row['days'], 'day')}"


def _file(row: Row) -> str:
    return str(row["subject"]).rsplit("/", 1)[-1]


# In the order of the list: what to act on first.
CONCERNS: tuple[Concern, ...] = (
    Concern(
        "failed_file",
        "act",
        _files("could not be loaded"),
        "Its data are missing from every page. The receipt says why.",
        _file,
        "/data",
    ),
    Concern(
        "no_use",
        "act",
        _people("stopped using the app, still in the study"),
        "No use for longer than the study's limit, within the planned weeks, not withdrawn.",
        _for_days,
        "/participant",
    ),
    Concern(
        "never_used",
        "act",
        _people("never used the app"),
        "Enrolled longer ago than the study's limit, not withdrawn: perhaps not yet installed.",
        _for_days,
        "/participant",
    ),
    Concern(
        "overdue_survey",
        "act",
        _people("with a survey past its due day"),
        "The window is still open, so that an answer would count.",
        _for_days,
        "/participant",
    ),
    Concern(
        "rejected_rows",
        "look",
        _files("with more than 1 % of rows rejected"),
        "Rejected rows are kept, but count nowhere.",
        lambda row: f"{_file(row)} · {number(100 * row['n'] / row['n_of'])} %",
        "/data",
    ),
    Concern(
        "clock_skew",
        "look",
        _files("with events from clocks that run ahead"),
        "These events were refused: the device's time cannot be right.",
        lambda row: f"{_file(row)} · {counted(row['n'], 'event')}",
        "/data",
    ),
    Concern(
        "unmapped_event",
        "look",
        _unmapped,
        "They count as use, but as no exposure. Map them in study.toml if they are features.",
        lambda row: f"{row['subject']} · {whole(row['n'])}",
        "/data",
    ),
)


def view(frame: pl.DataFrame, filters: Filters) -> Component:
    """The list of concerns, most pressing first; links keep the filters.

    `frame`: one row per kind and participant, file or event, as `queries.overview.attention` gives.
    """
    items = []
    for concern in CONCERNS:
        rows = frame.filter(pl.col("kind") == concern.kind).to_dicts()
        if rows:
            items.append(_item(concern, rows, filters))
    return html.Ul(items, className="concerns")


def _item(concern: Concern, rows: list[Row], filters: Filters) -> Component:
    named = NAMED[concern.path]
    sign, words = ("!", "To act on") if concern.weight == "act" else ("i", "To look at")
    chips = [
        dcc.Link(concern.chip(row), href=_href(concern, row, filters), className="chip")
        for row in rows[:named]
    ]
    rest = len(rows) - named
    more = [html.Span(f"and {whole(rest)} more", className="chip is-more")] if rest > 0 else []
    return html.Li(
        [
            html.Span([sign, html.Span(f"{words}: ", className="is-unseen")], className="sign"),
            html.Div(
                [
                    html.Div(concern.what(rows), className="what"),
                    html.Div(concern.why, className="why"),
                    html.Div([*chips, *more], className="who"),
                ]
            ),
        ],
        className=f"concern is-{concern.weight}",
    )


def _href(concern: Concern, row: Row, filters: Filters) -> str:
    query = filters.to_query()
    if row["participant_id"] is None:
        return concern.path + query
    joint = "&" if query else "?"
    return f"{concern.path}{query}{joint}participant={quote(row['participant_id'], safe='')}"
