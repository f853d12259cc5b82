"""The worklist as a list: what is left of the time, whom, where it stopped and why."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import polars as pl
from dash import dcc, html
from dash.development.base_component import Component

from dashboard import theme
from dashboard.worklist import words
from dashboard.worklist.chain import REASONS, STEPS
from queries.filters import Filters

PAGE = "worklist"
SHOWN = 50
"""Rows of the list; the table and the CSV have all."""
SOURCES = {"pipe": "In the pipe", "person": "At the person"}
Row = Mapping[str, Any]


def view(frame: pl.DataFrame, filters: Filters) -> Component:
    """Everybody who needs contact, in the order of `chain.worklist`."""
    rows = frame.head(SHOWN).to_dicts()
    items = [_item(row, filters) for row in rows]
    rest = frame.height - len(rows)
    more = [html.P(f"{theme.counted(rest, 'more participant')} in the table view.")] if rest else []
    return html.Div([html.Ol(items, className="worklist"), *more])


def _item(row: Row, filters: Filters) -> Component:
    name = f"worklist-{row['participant_id']}"
    return html.Li(
        [
            _time_left(row),
            html.Div([_head(row, filters, name), *_body(row)], className="work-what"),
            *([_steps(row)] if row["kind"] is not None else [html.Span()]),
            html.Div(_doing(row, name), className="work-do"),
        ],
        className=f"work is-{row['source']}",
    )


def _time_left(row: Row) -> Component:
    number, said = words.days_left(row)
    tone = "is-soon" if row["days_left"] is not None and row["days_left"] <= 1 else ""
    return html.Div(
        [html.Span(number, className="left-number"), html.Span(said, className="left-words")],
        className=f"work-left {tone}".strip(),
    )


def _head(row: Row, filters: Filters, name: str) -> Component:
    query = filters.to_query()
    joint = "&" if query else "?"
    who = str(row["participant_id"])
    href = f"/participant{query}{joint}participant={quote(who, safe='')}"
    return html.Div(
        [
            html.H3(dcc.Link(who, href=href), id=name, className="work-who"),
            html.Span(row["site_label"], className="work-site"),
            html.Span(
                [
                    html.Span(SOURCES[row["source"]], className="is-unseen"),
                    html.Span(REASONS[row["reason"]][1]),
                ],
                className=f"work-reason is-{row['source']}",
                title=f"{SOURCES[row['source']]}: {REASONS[row['reason']][1]}",
            ),
        ],
        className="work-head",
    )


def _body(row: Row) -> list[Component]:
    parts: list[Component] = []
    if row["kind"] is not None:
        more = row["n_open"] - 1
        also = f" · {theme.counted(more, 'more thing')} open" if more > 0 else ""
        due = [html.Span(words.obligation(row)), f"{_until(row)}{also}"]
        parts.append(html.P(due, className="work-due"))
    parts.append(html.P(words.why(row), className="work-why"))
    said = [
        words.silence(row) if row["reason"] != "silent" else "",
        words.alike(row) if row["reason"] not in ("same_version", "same_device") else "",
        _version(row),
    ]
    notes = [f"{one}." for one in said if one]
    if notes:
        parts.append(html.P(" ".join(notes), className="work-notes"))
    return parts


def _until(row: Row) -> str:
    if row["status"] != "open":
        return f", {row['status']}"
    return f", until {words.short_day(row['window_end'])}"


def _version(row: Row) -> str:
    parts = [f"App version {row['app_version']}"] if row["app_version"] else []
    parts += [f"telephone {row['device']}"] if row["device"] else []
    return ", ".join(parts)


def _steps(row: Row) -> Component:
    """The way from due to done; what a person sees as a mark is said in words as well."""
    told = words.steps(row)
    return html.Ol(
        [_step(name, told[name], row["broke_at"] == name) for name in STEPS],
        className="way",
        **{"aria-label": "How far it came"},
    )


def _step(name: str, said: str, is_break: bool) -> Component:
    state = {words.NOT_SEEN: "waiting", words.NOT_RECORDED: "unknown"}.get(said, "reached")
    mark = {"reached": "✓", "waiting": "○", "unknown": "?"}[state]
    return html.Li(
        [
            html.Span(mark, className="mark-of-step", **{"aria-hidden": "true"}),
            html.Span(words.STEP_NAMES[name], className="step-name"),
            html.Span(said, className="step-when"),
            *([html.Span("stopped here", className="is-unseen")] if is_break else []),
        ],
        className=f"step is-{state}{' is-break' if is_break else ''}",
    )


def _doing(row: Row, name: str) -> list[Component]:
    parts: list[Component] = []
    if row["no_more_since"] is not None:
        since = row["no_more_since"].partition(",")[0]
        parts.append(html.P(f"Asked not to be contacted, {since}", className="work-no-more"))
    elif row["last_contact"] is not None:
        when = row["last_contact"].partition(",")[0]
        said = row["last_outcome"].lower()
        parts.append(html.P(f"Last contact {when}: {said}", className="work-last"))
    if row["can_log"]:
        parts.append(open_button(PAGE, str(row["participant_id"]), row["reason"], name))
    return parts


def open_button(page: str, participant: str, reason: str = "", described_by: str = "") -> Component:
    """The button that opens the contact form for a participant, on a page of that name."""
    described = {"aria-describedby": described_by} if described_by else {}
    return html.Button(
        "Log contact",
        type="button",
        id={"contact": "open", "page": page, "participant": participant, "reason": reason},
        className="tool is-act",
        **{"aria-label": f"Log contact with {participant}", "aria-haspopup": "dialog", **described},
    )
