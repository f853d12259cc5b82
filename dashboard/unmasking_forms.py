"""Opening arms: one person asks and says why, a second confirms; what is open stays listed.

Shown on the pages Roles and Administration to whoever may ask or confirm. Every call asks again
what its viewer may do, here and in `access.unmasking`.
"""

from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from access import accounts, unmasking
from access.clock import utc_now
from access.gate import may
from access.state.store import State as AccessState
from access.unmasking import Request
from access.viewer import Viewer
from dashboard import gate, plain_table, theme
from dashboard.context import Context
from queries.filters import Filters
from queries.participant import facts
from study.errors import UserError

LEAD = (
    "An arm opens when one person has asked and said why, and a second has confirmed. Both are in "
    "the audit log, and it cannot be undone."
)
_HEADINGS = ("What", "Why", "Asked by", "Asked (UTC)", "Confirmed by", "Arm")


def view(page: str) -> Component:
    """Where the forms come in, on a page of that name."""
    return html.Div(
        [
            dcc.Store(id=f"{page}-unmasking-changed"),
            html.Div(id=f"{page}-unmasking"),
            html.P(id=f"{page}-unmasking-said", className="said", role="status"),
        ],
        className="is-full",
    )


def register(app: Dash, context: Context, page: str) -> None:
    """Wire asking and confirming on a page."""

    @app.callback(
        Output(f"{page}-unmasking", "children"),
        Input("build", "data"),
        Input(f"{page}-unmasking-changed", "data"),
    )
    def _show(_build: str | None, _changed: int | None) -> Component | None:
        return shown(context, page)

    @app.callback(
        Output(f"{page}-unmasking-said", "children"),
        Output(f"{page}-unmasking-changed", "data"),
        Input({"unmasking": "ask", "page": page}, "n_clicks"),
        Input({"unmasking": "confirm", "page": page, "request": ALL}, "n_clicks"),
        State({"unmasking": "participant", "page": page}, "value"),
        State({"unmasking": "reason", "page": page}, "value"),
        prevent_initial_call=True,
    )
    def _act(
        _asked: int | None,
        _confirmed: list[int | None],
        participant: str | None,
        reason: str | None,
    ) -> tuple[Any, Any]:
        pressed = ctx.triggered_id
        if not isinstance(pressed, dict) or not ctx.triggered[0]["value"]:
            return no_update, no_update
        try:
            if pressed["unmasking"] == "confirm":
                said = confirm(context, int(pressed["request"]))
            else:
                said = ask(context, participant, reason)
        except UserError as error:
            return str(error), no_update
        return said, utc_now(None).isoformat()


def ask(context: Context, participant: str | None, reason: str | None) -> str:
    """Ask for an arm to be opened, that of a participant whom the viewer may see or of all."""
    state, viewer, account = _permitted(context, "ask_unmasking")
    who = (participant or "").strip() or None
    if who is not None and not _is_seen(context, viewer, who):
        raise UserError("There is no such participant among those that you may see.")
    scope = "study" if who is None else "participant"
    request = unmasking.ask(state, account, scope, reason or "", who)
    return f"Request {request.id} waits for a second person."


def confirm(context: Context, request_id: int) -> str:
    """Agree to what another person asked."""
    state, _viewer, account = _permitted(context, "confirm_unmasking")
    request = unmasking.confirm(state, account, request_id)
    return f"Confirmed: {request.what} open from now on."


def shown(context: Context, page: str) -> Component | None:
    """Forms and requests for whoever may ask or confirm; nothing for others."""
    viewer = context.viewer()
    may_ask, may_confirm = may(viewer, "ask_unmasking"), may(viewer, "confirm_unmasking")
    if context.state is None or not (may_ask or may_confirm):
        return None
    found = unmasking.requests(context.state)
    rows = [
        _row(context, viewer, request, page) for request in found if _concerns(context, request)
    ]
    table = plain_table.table("Requests to open arms", _HEADINGS, rows)
    parts = [_form(page)] if may_ask else []
    parts.append(table if rows else html.P("Nobody has asked for an arm to be opened."))
    return plain_table.section(f"{page}-unmasking", "Unmasking", *parts, lead=LEAD)


def _permitted(context: Context, action: Any) -> tuple[AccessState, Viewer, accounts.Account]:
    viewer = context.viewer()
    account = None
    if context.state is not None and may(viewer, action):
        account = accounts.find(context.state, viewer.account)
    if context.state is None or account is None:
        gate.write_down(context.state, viewer, "denied", str(action))
        raise gate.NotThereError
    return context.state, viewer, account


def _concerns(context: Context, request: Request) -> bool:
    """Whether a request is about the study, or a participant whom the viewer may know of.

    Those who confirm see all of them, the name of the participant included.
    """
    viewer = context.viewer()
    if request.participant is None or may(viewer, "confirm_unmasking"):
        return True
    return _is_seen(context, viewer, request.participant)


def _is_seen(context: Context, viewer: Viewer, participant: str) -> bool:
    """Whether a viewer may see a participant; who sees none at all may name anybody."""
    if "participant" not in gate.levels(viewer):
        return True
    return not facts(context.cursor(), viewer, Filters(), participant).is_empty()


def _row(context: Context, viewer: Viewer, request: Request, page: str) -> list[plain_table.Cell]:
    what = request.what.removeprefix("the ")
    return [
        f"{what[:1].upper()}{what[1:]}",
        request.reason,
        request.asked_by,
        theme.moment(request.asked_at),
        _confirmation(viewer, request, page),
        _arm(context, viewer, request),
    ]


def _confirmation(viewer: Viewer, request: Request, page: str) -> plain_table.Cell:
    """Who confirmed, or the button for those who may; nobody confirms what they asked."""
    if request.confirmed_by is not None:
        return request.confirmed_by
    if not request.is_pending(utc_now(None)):
        return "lapsed"
    if not may(viewer, "confirm_unmasking") or viewer.account == request.asked_by:
        return "waits for a second person"
    return html.Button(
        "Confirm",
        type="button",
        id={"unmasking": "confirm", "page": page, "request": request.id},
        className="tool",
        **{"aria-label": f"Confirm request {request.id}: {request.what}"},
    )


def _arm(context: Context, viewer: Viewer, request: Request) -> str:
    """The arm that was opened, for those who may see the participant."""
    if request.participant is None or request.confirmed_by is None:
        return ""
    if "participant" not in gate.levels(viewer):
        return "not for this role"
    found = facts(context.opened(), gate.with_arms(viewer), Filters(), request.participant)
    return "not in this build" if found.is_empty() else str(found["arm_label"][0])


def _form(page: str) -> Component:
    return html.Div(
        [
            dmc.TextInput(
                id={"unmasking": "participant", "page": page},
                label="Participant",
                description="Leave empty to ask for the arms of the whole study.",
                size="xs",
            ),
            dmc.Textarea(
                id={"unmasking": "reason", "page": page},
                label="Reason",
                description="What remains of why the blind was broken. Name nobody in it.",
                autosize=True,
                minRows=1,
                size="xs",
            ),
            html.Button(
                "Ask for unmasking",
                type="button",
                id={"unmasking": "ask", "page": page},
                className="tool is-act",
            ),
        ],
        className="form-row",
    )
