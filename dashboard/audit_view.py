"""The audit log for those who may read it: a view with filters, the whole as CSV, and the check.

Reading it is in the log as well.
"""

import csv
import io
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import dash_mantine_components as dmc
from dash import Dash, Input, Output, html, no_update
from dash.development.base_component import Component
from flask import Response, abort, request

from access import audit
from access.audit import AUDIT_ACTIONS, Entry
from access.gate import may
from access.state.store import State as AccessState
from dashboard import gate, plain_table, theme
from dashboard.context import Context
from dashboard.panel_wiring import inert

SHOWN = 200
CSV_PATH = "/export/audit-log.csv"
LEAD = "Times are UTC. Each line holds the hash of the one before it, so that a change shows."
_COLUMNS = ("number", "at", "account", "action", "what", "why", "hash_before", "hash")
_HEADINGS = ("Line", "Time (UTC)", "Account", "Action", "What", "Why")
_KEYS = ("account", "action", "from", "to")


def view() -> Component:
    """The filters, and where the lines come in; they hold no data."""
    return html.Div(
        [
            plain_table.section("audit", "Audit log", _form(), lead=LEAD),
            html.Div(id="audit-lines"),
            html.P(id="audit-said", className="said", role="status"),
        ],
        className="is-full",
    )


def register(app: Dash, context: Context) -> None:
    """Wire the filters, the check of the chain and the download."""

    @app.callback(
        Output("audit-lines", "children"),
        *(Input({"audit": key}, "value") for key in _KEYS),
        # What is done above on the page is a line of the log at once.
        Input("accounts-changed", "data"),
        Input("admin-unmasking-changed", "data"),
    )
    def _lines(*given: str | None) -> Component:
        return lines(context, dict(zip(_KEYS, given, strict=False)))

    @app.callback(
        Output("audit-said", "children"),
        Input({"audit": "verify"}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _verify(clicks: int | None) -> Any:
        return verified(context) if clicks else no_update

    @app.server.get(CSV_PATH)
    def _csv() -> Response:
        try:
            text = as_csv(context, {key: request.args.get(key) for key in _KEYS})
        except gate.NotThereError:
            abort(404)
        named = {"Content-Disposition": 'attachment; filename="audit-log.csv"'}
        return Response(text, mimetype="text/csv", headers=named)


def lines(context: Context, asked: dict[str, str | None]) -> Component:
    """The newest lines that the filters leave, and the way to all of them."""
    state = _permitted(context)
    found = _found(state, asked, limit=SHOWN + 1)
    viewer, what = context.viewer(), "the audit log, on the page"
    context.seen.once(
        viewer.account, what, lambda: gate.write_down(state, viewer, "audit_read", what)
    )
    rows = [_row(entry) for entry in found[:SHOWN]]
    cut = (
        f"the newest {SHOWN} lines; all of them are in the CSV"
        if len(found) > SHOWN
        else (theme.counted(len(found), "line"))
    )
    kept = {key: value for key, value in asked.items() if value}
    # Not dcc.Link: the browser is to fetch it, not the page.
    link = html.A("CSV", href=f"{CSV_PATH}?{urlencode(kept)}", className="tool", download="")
    head = html.Div([html.P(f"n = {cut}", className="caption"), link], className="lines-head")
    table = plain_table.table("Lines of the audit log", _HEADINGS, rows)
    return html.Div(
        [head, html.Div(table, className="table-scroller", tabIndex=0)],
        className="panel is-full audit-lines",
    )


def verified(context: Context) -> str:
    """What the check of the chain says."""
    state = _permitted(context)
    faults = audit.verify(state)
    if not faults:
        number = audit.head_of(state).number
        return f"The log is whole: {theme.counted(number, 'line')}, each with the hash before it."
    return f"{theme.counted(len(faults), 'fault')}: {'; '.join(map(_told, faults[:5]))}"


def _told(fault: audit.Fault) -> str:
    return fault.words if fault.number is None else f"line {fault.number}: {fault.words}"


def as_csv(context: Context, asked: dict[str, str | None]) -> str:
    """Every line that the filters leave, the newest first; the download is in the log itself."""
    state = _permitted(context)
    kept = "; ".join(f"{key}: {value}" for key, value in asked.items() if value)
    gate.write_down(state, context.viewer(), "audit_read", f"the audit log as CSV; {kept or 'all'}")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for entry in _found(state, asked):
        writer.writerow([inert(getattr(entry, name)) for name in _COLUMNS])
    return out.getvalue()


def _permitted(context: Context) -> AccessState:
    viewer = context.viewer()
    if context.state is None or not may(viewer, "read_audit"):
        gate.write_down(context.state, viewer, "denied", "read_audit")
        raise gate.NotThereError
    return context.state


def _found(
    state: AccessState, asked: dict[str, str | None], limit: int | None = None
) -> list[Entry]:
    until = _day(asked.get("to"))
    return audit.entries(
        state,
        account=(asked.get("account") or "").strip() or None,
        action=asked.get("action") or None,
        since=_day(asked.get("from")),
        until=None if until is None else until + timedelta(days=1),
        limit=limit,
    )


def _day(text: str | None) -> datetime | None:
    """Midnight UTC of a date as YYYY-MM-DD; None for what is no date."""
    try:
        return datetime.combine(date.fromisoformat((text or "")[:10]), time(), tzinfo=UTC)
    except ValueError:
        return None


def _row(entry: Entry) -> list[plain_table.Cell]:
    at = entry.at[:19].replace("T", " ")
    return [
        str(entry.number),
        at,
        entry.account,
        entry.action.replace("_", " "),
        entry.what,
        entry.why or "",
    ]


def _form() -> Component:
    actions = [{"value": one, "label": one.replace("_", " ")} for one in AUDIT_ACTIONS]
    return html.Div(
        [
            dmc.TextInput(id={"audit": "account"}, label="Account", size="xs", debounce=400),
            dmc.Select(
                id={"audit": "action"},
                label="Action",
                data=actions,
                size="xs",
                clearable=True,
                placeholder="All",
            ),
            dmc.TextInput(id={"audit": "from"}, label="From (YYYY-MM-DD)", size="xs", debounce=400),
            dmc.TextInput(id={"audit": "to"}, label="To, included", size="xs", debounce=400),
            html.Button(
                "Verify the chain", type="button", id={"audit": "verify"}, className="tool"
            ),
        ],
        className="form-row",
    )
