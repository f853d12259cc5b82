"""Accounts: who may sign in, and what an administrator changes about it.

Every call asks again whether its viewer may manage accounts: a page on show proves nothing.
"""

import secrets
from collections.abc import Callable
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from access import accounts
from access.accounts import ACCOUNT_ROLES, Account
from access.clock import utc_now
from access.gate import may
from access.roles import ROLES
from access.state.store import State as AccessState
from access.viewer import Viewer
from dashboard import gate, plain_table
from dashboard.context import Context
from queries.facts import filter_choices
from study.errors import UserError

LEAD = (
    "To change an account, type its name. A new or reset account gets a password that is shown "
    "once: hand it over in person or by phone."
)
_HEADINGS = ("Account", "Role", "Sites", "In their care", "Signs in", "State")
_ONCE = "Temporary password of {}, shown this once:"
_PARTS = ("name", "role", "sites", "care")
_BUTTONS = {
    "add": "Add account",
    "change": "Change role, sites and care",
    "reset": "Reset password",
    "disable": "Disable",
    "enable": "Enable",
}
_RANDOM_BYTES = 15


def view() -> Component:
    """Where list and forms come in; only an administrator gets them."""
    return html.Div(
        [
            dcc.Store(id="accounts-changed"),
            html.Div(id="accounts"),
            html.Div(id="accounts-said", className="said", role="status"),
        ],
        className="is-full",
    )


def register(app: Dash, context: Context) -> None:
    """Wire the list, and what is done to an account."""

    @app.callback(
        Output("accounts", "children"), Input("build", "data"), Input("accounts-changed", "data")
    )
    def _show(_build: str | None, _changed: str | None) -> Component:
        return shown(context)

    @app.callback(
        Output("accounts-said", "children"),
        Output("accounts-changed", "data"),
        *(Input({"account": action}, "n_clicks") for action in _BUTTONS),
        *(State({"account": part}, "value") for part in _PARTS),
        prevent_initial_call=True,
    )
    def _act(*given: Any) -> tuple[Any, Any]:
        pressed = ctx.triggered_id
        if not isinstance(pressed, dict) or not ctx.triggered[0]["value"]:
            return no_update, no_update
        try:
            said = act(context, pressed["account"], *given[len(_BUTTONS) :])
        except UserError as error:
            return str(error), no_update
        return said, utc_now().isoformat()


def act(
    context: Context,
    action: str,
    name: str | None,
    role: str | None,
    sites: list[str] | None,
    care: list[str] | None,
) -> Component:
    """Do one thing to one account; what is said of it, with a password where one was made.

    Raises
    ------
    UserError
        If it cannot be done, such as for a name that is taken.
    NotThereError
        If the viewer may not manage accounts.
    """
    state, viewer = _permitted(context)
    who, by = name or "", viewer.account
    limits: dict[str, Any] = {"sites": sites or None, "participants": care or (), "by": by}
    password = _password(who)
    steps: dict[str, Callable[[], Account]] = {
        "add": lambda: accounts.add(state, who, _role(role), password=password, **limits),
        "change": lambda: accounts.set_role(state, who, _role(role), **limits),
        "reset": lambda: accounts.set_password(state, who, password, by=by),
        "disable": lambda: accounts.disable(state, who, by=by),
        "enable": lambda: accounts.enable(state, who, by=by),
    }
    account = steps[action]()
    if action in ("add", "reset"):
        return html.P([_ONCE.format(account.name), " ", html.Code(password)])
    return html.P(f"{account.name}: {_state_of(account)}, {ROLES[account.role].label.lower()}.")


def _role(given: str | None) -> Any:
    if not given:
        raise UserError("Choose a role.")
    return accounts.known_role(given)


def _password(name: str) -> str:
    """One that nobody chose, and that does not hold the account's name."""
    while True:
        password = secrets.token_urlsafe(_RANDOM_BYTES)
        if not name.strip() or name.strip().casefold() not in password.casefold():
            return password


def _permitted(context: Context) -> tuple[AccessState, Viewer]:
    viewer = context.viewer()
    if context.state is None or not may(viewer, "manage_accounts"):
        gate.write_down(context.state, viewer, "denied", "manage_accounts")
        raise gate.NotThereError
    return context.state, viewer


def shown(context: Context) -> Component:
    """List and forms."""
    state, viewer = _permitted(context)
    rows = [_row(account) for account in accounts.accounts(state)]
    return plain_table.section(
        "accounts",
        "Accounts",
        _form(_site_ids(context, viewer)),
        plain_table.table("Accounts", _HEADINGS, rows),
        lead=LEAD,
    )


def _site_ids(context: Context, viewer: Viewer) -> list[str]:
    """Sites to choose among; none before the first build, when they can be typed."""
    try:
        choices = filter_choices(context.cursor(), viewer)
    except UserError:
        return []
    return list(choices.filter(kind="site")["choice"])


def _state_of(account: Account) -> str:
    return "disabled" if account.is_disabled else "enabled"


def _row(account: Account) -> list[plain_table.Cell]:
    care = account.participants
    return [
        account.name,
        ROLES[account.role].label,
        "all" if account.sites is None else ", ".join(sorted(account.sites)),
        "" if care is None else ", ".join(sorted(care)) or "nobody yet",
        "with a password" if account.has_password else "elsewhere",
        _state_of(account),
    ]


def _form(site_ids: list[str]) -> Component:
    fields = [
        dmc.TextInput(id={"account": "name"}, label="Account", size="xs"),
        dmc.Select(
            id={"account": "role"},
            label="Role",
            data=[{"value": role, "label": ROLES[role].label} for role in ACCOUNT_ROLES],
            size="xs",
        ),
        dmc.TagsInput(
            id={"account": "sites"},
            label="Sites",
            placeholder="All",
            data=site_ids,
            size="xs",
            clearable=True,
        ),
        dmc.TagsInput(
            id={"account": "care"},
            label="In their care (clinicians)",
            placeholder="Ids of participants",
            splitChars=[",", " "],
            size="xs",
            clearable=True,
        ),
    ]
    buttons = [
        html.Button(
            words,
            type="button",
            id={"account": action},
            className="tool is-act" if action == "add" else "tool",
        )
        for action, words in _BUTTONS.items()
    ]
    return html.Div(
        [html.Div(fields, className="form-row"), html.Div(buttons, className="button-row")]
    )
