"""Logging a contact: a dialog with the participant's contacts so far and a form for the next.

Every call asks again whether its viewer may log contacts and may see the participant: a dialog on
show proves nothing. `view(page)` and `register(app, context, page)` put it on a page;
`list_view.open_button` opens it for one participant.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import dash_mantine_components as dmc
import polars as pl
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from access import contacts
from access.clock import utc_now
from access.contacts import CHANNELS, LONGEST_NOTE, OUTCOMES, Entry
from access.gate import may
from access.viewer import Viewer
from dashboard import gate
from dashboard.context import Context
from dashboard.sources import TeamSources
from dashboard.worklist import contact_log
from dashboard.worklist.chain import REASONS
from queries.filters import Filters
from queries.participant import facts
from study.errors import UserError

WARNING = (
    "Write no names, telephone numbers or anything about health: the log is read by the whole team."
)
_FIELDS = ("date", "time", "channel", "outcome", "note")
_NOBODY = "There is no such participant among those that you may see."


def part(name: str, page: str) -> dict[str, str]:
    """Id of a part of the dialog on a page."""
    return {"contact": name, "page": page}


def view(page: str) -> Component:
    """The dialog, closed, and where what was done is said."""
    return html.Div(
        [
            dcc.Store(id=part("who", page)),
            html.P(id=part("said", page), className="said", role="status"),
            dmc.Modal(
                _form(page),
                id=part("dialog", page),
                title="Log contact",
                opened=False,
                size="lg",
                closeButtonProps={"aria-label": "Close"},
            ),
        ]
    )


def register(app: Dash, context: Context, page: str) -> None:
    """Wire the dialog of a page: open, log, strike out."""

    @app.callback(
        Output(part("dialog", page), "opened"),
        Output(part("dialog", page), "title"),
        Output(part("who", page), "data"),
        Output(part("past", page), "children"),
        *(Output(part(name, page), "value") for name in _FIELDS),
        Output(part("fault", page), "children"),
        Input({"contact": "open", "page": page, "participant": ALL, "reason": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _open(_clicks: list[int | None]) -> Any:
        pressed = ctx.triggered_id
        if not isinstance(pressed, dict) or not ctx.triggered[0]["value"]:
            return [no_update] * (5 + len(_FIELDS))
        who, reason = str(pressed["participant"]), str(pressed["reason"])
        try:
            return opened(context, page, who, reason)
        except UserError as error:
            return [True, "Log contact", None, None, *[None] * len(_FIELDS), str(error)]

    @app.callback(
        Output(part("dialog", page), "opened", allow_duplicate=True),
        Output(part("fault", page), "children", allow_duplicate=True),
        Output(part("said", page), "children"),
        Output("build", "data", allow_duplicate=True),
        Input(part("log", page), "n_clicks"),
        State(part("who", page), "data"),
        *(State(part(name, page), "value") for name in _FIELDS),
        prevent_initial_call=True,
    )
    def _log(clicks: int | None, who: Any, *given: str | None) -> Any:
        if not clicks:
            return [no_update] * 4
        try:
            said = logged(context, who, *given)
        except UserError as error:
            return no_update, str(error), no_update, no_update
        # The same build again: panels that read the log ask anew.
        return False, "", said, context.build_id()

    @app.callback(
        Output(part("past", page), "children", allow_duplicate=True),
        Output(part("fault", page), "children", allow_duplicate=True),
        Output("build", "data", allow_duplicate=True),
        Input({"contact": "strike", "page": page, "line": ALL}, "n_clicks"),
        State(part("who", page), "data"),
        prevent_initial_call=True,
    )
    def _strike(_clicks: list[int | None], who: Any) -> Any:
        pressed = ctx.triggered_id
        if not isinstance(pressed, dict) or not ctx.triggered[0]["value"]:
            return [no_update] * 3
        try:
            return struck(context, page, who, pressed["line"]), "", context.build_id()
        except UserError as error:
            return no_update, str(error), no_update


def opened(context: Context, page: str, who: str, reason: str) -> list[Any]:
    """What the dialog shows for a participant: the form with the present moment, and the past.

    Raises
    ------
    UserError
        If the viewer may not see the participant.
    """
    viewer = _permitted(context)
    _refuse_unseen(context, viewer, who)
    now = utc_now().astimezone(_zone(context))
    fields = [f"{now:%Y-%m-%d}", f"{now:%H:%M}", None, None, ""]
    title = f"Log contact with {who}"
    kept = {"participant": who, "reason": reason}
    return [True, title, kept, past(context, page, who), *fields, ""]


def logged(
    context: Context,
    who: Any,
    day: str | None,
    time: str | None,
    channel: str | None,
    outcome: str | None,
    note: str | None,
) -> str:
    """Log what the form says; what is said of it.

    Raises
    ------
    UserError
        If something of it has to be put right, or the viewer may not see the participant.
    NotThereError
        If the viewer may not log contacts.
    """
    viewer = _permitted(context)
    asked = who if isinstance(who, dict) else {}
    name = str(asked.get("participant") or "")
    _refuse_unseen(context, viewer, name)
    entry = Entry(
        participant=name,
        at=_moment(day, time, _zone(context)),
        channel=channel or "",
        outcome=outcome or "",
        note=note or "",
        reason=_reason(asked.get("reason")),
    )
    assert context.notebook is not None
    kept = contacts.log(context.notebook.to_write(), viewer, entry)
    how, came = CHANNELS[kept.channel].lower(), OUTCOMES[kept.outcome].lower()
    return f"Logged: {how} with {name}, {came}."


def struck(context: Context, page: str, who: Any, line: Any) -> Component:
    """Strike out a line of one's own; the participant's contacts after that.

    Raises
    ------
    UserError
        If it cannot be struck out.
    NotThereError
        If the viewer may not log contacts.
    """
    viewer = _permitted(context)
    name = str(who.get("participant") or "") if isinstance(who, dict) else ""
    _refuse_unseen(context, viewer, name)
    assert context.notebook is not None
    number = line if isinstance(line, int) else -1
    contacts.strike_out(context.notebook.to_write(), viewer, number)
    return past(context, page, name)


def past(context: Context, page: str, who: str) -> Component:
    """The contacts with a participant so far, the newest first, as a list."""
    viewer = context.viewer()
    source = TeamSources(
        context.cursor(), context.notes(), context.study.study.time_zone, viewer.account
    )
    found = contact_log.log(source, viewer, Filters()).filter(pl.col("participant_id") == who)
    if found.is_empty():
        return html.P("No contact was logged so far.", className="past-none")
    items = [_past_item(row, page) for row in found.to_dicts()]
    return html.Div([html.H3("Contacts so far"), html.Ol(items, className="past")])


def _past_item(row: dict[str, Any], page: str) -> Component:
    """One contact; what was struck out stays readable, and says so."""
    head = f"{row['contacted_local']} · {row['channel']} · {row['outcome_words']}"
    facts_ = [f"by {row['logged_by']}"]
    if row["is_struck"]:
        facts_.append("struck out")
    else:
        days = contact_log.WITHIN_DAYS
        facts_.append(f"returned within {days} days: {row['returned_words']}")
    line: list[Component] = [
        html.Span(html.S(head) if row["is_struck"] else head, className="past-head")
    ]
    line += [html.Span(row["note"], className="past-note")] if row["note"] else []
    line.append(html.Span(" · ".join(facts_), className="past-facts"))
    if row["is_own"] and not row["is_struck"]:
        line.append(_strike_button(row, page))
    return html.Li(line)


def _strike_button(row: dict[str, Any], page: str) -> Component:
    return html.Button(
        "Strike out",
        type="button",
        id={"contact": "strike", "page": page, "line": row["contact"]},
        className="tool",
        **{"aria-label": f"Strike out the contact of {row['contacted_local']}, logged by mistake"},
    )


def _permitted(context: Context) -> Viewer:
    viewer = context.viewer()
    if context.notebook is None or not may(viewer, "log_contact"):
        gate.write_down(context.state, viewer, "denied", "log_contact")
        raise gate.NotThereError
    return viewer


def _refuse_unseen(context: Context, viewer: Viewer, who: str) -> None:
    """Refuse whom the viewer may not see as one who does not exist."""
    if not who or facts(context.cursor(), viewer, Filters(), who).is_empty():
        raise UserError(_NOBODY)


def _zone(context: Context) -> ZoneInfo:
    return ZoneInfo(context.study.study.time_zone)


def _reason(given: Any) -> str | None:
    return given if given in REASONS else None


def _moment(day: str | None, time: str | None, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(f"{(day or '')[:10]}T{(time or '')[:5]}").replace(tzinfo=zone)
    except ValueError as error:
        raise UserError("Give the day and the time of the contact.") from error


def _form(page: str) -> list[Component]:
    return [
        html.Div(
            [
                dmc.DateInput(
                    id=part("date", page), label="Day", valueFormat="D MMM YYYY", size="sm"
                ),
                dmc.TimeInput(id=part("time", page), label="Time (study's time zone)", size="sm"),
                _select("channel", page, "How", CHANNELS),
                _select("outcome", page, "What came of it", OUTCOMES),
            ],
            className="contact-fields",
        ),
        dmc.Textarea(
            id=part("note", page),
            label=f"Note (may stay empty; at most {LONGEST_NOTE} characters)",
            description=WARNING,
            autosize=True,
            minRows=2,
            size="sm",
        ),
        html.P(id=part("fault", page), className="contact-fault", role="alert"),
        html.Div(
            html.Button(
                "Log contact", type="button", id=part("log", page), className="tool is-act"
            ),
            className="button-row",
        ),
        html.Div(id=part("past", page), className="contact-past"),
    ]


def _select(name: str, page: str, label: str, choices: Any) -> Component:
    return dmc.Select(
        id=part(name, page),
        label=label,
        placeholder="Choose",
        data=[{"value": key, "label": said} for key, said in choices.items()],
        size="sm",
        comboboxProps={"withinPortal": True},
    )
