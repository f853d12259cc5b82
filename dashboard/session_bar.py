"""Who is signed in, what they may know of the arms, and what everybody must know of them now."""

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from access import unmasking
from access.roles import ROLES
from access.state.store import State
from access.viewer import Viewer

OPEN_TO_ALL = "Open to everyone at this machine. Add accounts with: rapport user add"
SCRAMBLED = "Arms are scrambled: labels mean nothing. Finish the analysis plan with them, no more."
UNMASKED = "Arms are open to everybody who may see participants: the study was unmasked."
_ARMS = {"masked": "arms masked", "scrambled": "arms scrambled", "open": "arms open"}


def who(viewer: Viewer) -> Component | None:
    """Account, role and the state of the arms, with the way out; nothing without accounts."""
    if viewer.role == "local":
        return None
    powers = ROLES[viewer.role]
    arms = _ARMS[viewer.edition] if powers.levels else ""
    return html.Div(
        [
            html.Span(arms, className=f"badge is-{viewer.edition}") if arms else None,
            html.Span(
                [
                    html.Span(viewer.account, className="account"),
                    html.Span(powers.label, className="role"),
                ],
                className="signed-in",
                title=f"{viewer.account}: {powers.words}",
            ),
            # assets/session.js turns the click into a POST with the token of the cookie.
            html.Button("Sign out", id="sign-out", type="button", className="tool sign-out"),
        ],
        className="session",
        role="group",
        **{"aria-label": "Signed in"},
    )


def banner(state: State | None, viewer: Viewer) -> Component | None:
    """What every page says while the arms are scrambled, or open to all."""
    if viewer.edition == "scrambled":
        return _banner(SCRAMBLED, "scrambled")
    is_open = viewer.edition == "open" and state is not None and unmasking.is_study_unmasked(state)
    return _banner(UNMASKED, "open") if is_open else None


def _banner(words: str, kind: str) -> Component:
    return html.P(
        [html.Span("!", className="sign", **{"aria-hidden": "true"}), words],
        className=f"arms-banner is-{kind}",
        role="status",
    )


def open_note(viewer: Viewer) -> Component | None:
    """That nobody signs in here, where the dashboard serves its own machine without accounts."""
    if viewer.role != "local":
        return None
    return dmc.Text(OPEN_TO_ALL, className="open-note", size="xs")
