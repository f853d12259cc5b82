"""The caseload as a table that turns into cards on a narrow screen (see assets/caseload.css)."""

from typing import Any
from urllib.parse import quote

import polars as pl
from dash import dcc, html
from dash.development.base_component import Component

from dashboard import theme
from dashboard.card.change import FELL, ROSE, SCALE_CHANGED, WORDS
from dashboard.caseload.rows import worded
from queries.filters import Filters

HEADINGS = ("Participant", "What changed", "Use", "Last alliance", "Survey", "Session", "Last data")
SIGNS = {WORDS[FELL]: "▼", WORDS[ROSE]: "▲", WORDS[SCALE_CHANGED]: "≠"}
MOST_ROWS = 40
"""Rows that the list shows at a time; the table view has all of them."""
START = "start"
"""Key of the address, and column: the row that the list begins with, counted from 1."""
Row = dict[str, Any]


def view(frame: pl.DataFrame, filters: Filters) -> Component:
    """One row per participant, in the frame's order; the name of each opens the card.

    Roles are said in words because a style that turns rows into cards takes them away.
    """
    heads = [html.Th(text, scope="col", role="columnheader") for text in HEADINGS]
    caption = "Your participants, those with the newest change first"
    start = int(frame[START][0])
    rows = worded(frame.slice(start - 1, MOST_ROWS)).to_dicts()
    listed = html.Table(
        [
            html.Caption(caption, className="is-unseen"),
            html.Thead(html.Tr(heads, role="row"), role="rowgroup"),
            html.Tbody([_row(row, filters) for row in rows], role="rowgroup"),
        ],
        className="caseload",
        role="table",
    )
    if frame.height <= MOST_ROWS:
        return listed
    return html.Div([listed, _steps(start, frame.height, filters)])


def first_row(asked: str | None, n_rows: int) -> int:
    """The row to begin with: the first of the step that holds the one asked for."""
    number = int(asked) if asked and asked.isascii() and asked.isdecimal() else 1
    return (min(max(number, 1), max(n_rows, 1)) - 1) // MOST_ROWS * MOST_ROWS + 1


def _steps(start: int, n_rows: int, filters: Filters) -> Component:
    """Which rows are shown, and the way to those before and after."""
    last = min(start + MOST_ROWS - 1, n_rows)
    ways = [("‹ Those before", start - MOST_ROWS)] if start > 1 else []
    ways += [("Those after ›", last + 1)] if last < n_rows else []
    return html.Nav(
        [
            html.Span(f"{theme.whole(start)} to {theme.whole(last)} of {theme.whole(n_rows)}"),
            *(
                dcc.Link(words, href=_step_href(to, filters), className="tool caseload-step")
                for words, to in ways
            ),
        ],
        className="caseload-more",
        **{"aria-label": "More participants"},
    )


def _step_href(start: int, filters: Filters) -> str:
    query = filters.to_query()
    return f"/caseload{query}{'&' if query else '?'}{START}={start}"


def href(participant: str, filters: Filters) -> str:
    """Address of a participant's card, with the filters kept."""
    query = filters.to_query()
    return f"/participant{query}{'&' if query else '?'}participant={quote(participant, safe='')}"


def _row(row: Row, filters: Filters) -> Component:
    who = row["participant_id"]
    link = dcc.Link(who, href=href(who, filters), className="caseload-link")
    cells = (
        [link, _aside(row["site_label"])],
        _change(row),
        [html.Span(row["last_use"]), _aside(row["last_use_note"])],
        _alliance(row),
        [_due(row["survey"], row["is_survey_overdue"])],
        [_due(row["session"], is_overdue=False)],
        _data(row),
    )
    return html.Tr(
        [
            html.Td(parts, role="cell", **{"data-label": heading})
            for heading, parts in zip(HEADINGS, cells, strict=True)
        ],
        role="row",
        className="" if row["change"] is None else "has-change",
    )


def _aside(words: str) -> Component:
    return html.Span(words, className="aside")


def _change(row: Row) -> list[Component]:
    if row["change"] is None:
        return [html.Span("no marked change", className="aside")]
    return [html.Strong(row["change"]), _aside(f"since {theme.day(row['changed_on'])}")]


def _alliance(row: Row) -> list[Component]:
    if row["score"] is None:
        return [html.Span("no full score yet", className="aside")]
    scale = f"of {theme.number(row['score_high'], 0)}"
    marks = [
        _mark(row["previous_mark"], row["from_previous"], "since last"),
        _mark(row["first_mark"], row["from_first"], "since first"),
    ]
    # With one full score, or none to compare, both would say the same.
    is_once = row["from_first"] is None or row["previous_mark"] == WORDS[SCALE_CHANGED]
    score = html.Strong(theme.number(row["score"]))
    return [
        html.Span([score, f" {scale}, {theme.day(row['score_date'])}"]),
        *(marks[:1] if is_once else marks),
    ]


def _mark(words: str, points: float | None, against: str) -> Component:
    """A change with its sign: shape and words say it, colour only underlines."""
    if points is None:
        return _aside(words)
    sign = SIGNS.get(words, "·")
    moved = f"{'+' if points > 0 else ''}{theme.number(points)}"
    kind = {"▼": "is-fall", "▲": "is-rise"}.get(sign, "")
    return html.Span(
        [
            html.Span(sign, className="way", **{"aria-hidden": "true"}),
            f"{moved} {against}: {words}",
        ],
        className=f"aside moved {kind}",
    )


def _due(words: str, is_overdue: bool) -> Component:
    return html.Strong(words) if is_overdue else html.Span(words)


def _data(row: Row) -> list[Component]:
    if row["last_data_date"] is None:
        return [html.Span("none yet", className="aside")]
    age = row["data_age_days"]
    words = "on the last day" if age == 0 else f"{theme.counted(age, 'day')} before the data end"
    return [html.Span(theme.day(row["last_data_date"])), _aside(words)]
