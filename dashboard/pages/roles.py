"""Roles: what each role may see and do, as the gate has it; and who asked for arms to be opened."""

from dash import Dash, html
from dash.development.base_component import Component

from access.roles import ROLES, Action, Circle, Level, Powers, ReportName
from access.viewer import Edition
from dashboard import plain_table, unmasking_forms
from dashboard.context import Context
from dashboard.panel import Panel

PATH, TITLE, AUDIENCE = "/roles", "Roles", "Access"
FILTERS: tuple[str, ...] = ()
PANELS: tuple[Panel, ...] = ()
LEAD = "What each role may see and do. The server asks this very table at every request."
_LEVELS: dict[Level, str] = {
    "participant": "single participants",
    "aggregate": "groups",
    "study": "files and the study itself",
}
_ARMS: dict[Edition, str] = {
    "open": "The true arms",
    "masked": "Masked, until the study is unmasked",
    "scrambled": "Scrambled labels",
}
_CIRCLES: dict[Circle, str] = {
    "own": "Every group",
    "team": "Groups of at least the study's smallest cell for its team (5 by default)",
    "shared": "Groups of at least the study's smallest cell (10 by default)",
}
_ACTIONS: dict[Action, str] = {
    "manage_accounts": "manage accounts",
    "read_audit": "read the audit log",
    "ask_unmasking": "ask for arms to be opened",
    "confirm_unmasking": "confirm what another person asked",
    "download": "download tables",
    "log_contact": "log contacts with participants",
    "save_cohort": "save cohorts",
    "compute": "cancel the computing of analyses",
}
_REPORTS: dict[ReportName, str] = {
    "trial": "trial team",
    "designer": "designers",
    "clinician": "a participant",
    "dmc-open": "data monitoring committee, open part",
    "dmc-closed": "its closed part, with arms",
}
# The factory imports this page, so it cannot be asked; a house test compares.
_PAGE_NAMES = {
    "/": "Overview",
    "/monitor": "Monitor",
    "/worklist": "Worklist",
    "/adherence": "Adherence",
    "/data": "Data",
    "/outlook": "Outlook",
    "/features": "Features",
    "/retention": "Retention",
    "/dictionary": "Dictionary",
    "/alliance": "Alliance",
    "/variants": "Compare variants",
    "/multiverse": "Multiverse",
    "/caseload": "Caseload",
    "/participant": "Participant",
    "/models": "Models",
    "/admin": "Administration",
    "/roles": "Roles",
    "/help": "Help",
}
_HEADINGS = ("Role", "Pages", "Reads", "Arms", "p-values and tests", "Sees counts of", "May")


def table() -> Component:
    """The table of roles as a person reads it, one row a role."""
    return plain_table.table(
        "Roles and what they may see and do", _HEADINGS, [_row(one) for one in ROLES.values()]
    )


def _row(powers: Powers) -> list[plain_table.Cell]:
    levels = [words for level, words in _LEVELS.items() if level in powers.levels]
    actions = [words for action, words in _ACTIONS.items() if action in powers.actions]
    reports = [words for name, words in _REPORTS.items() if name in powers.reports]
    actions += [f"make reports ({'; '.join(reports)})"] if reports else []
    name = html.Span([powers.label, html.Span(powers.words, className="words")])
    return [
        name,
        ", ".join(_page_names(powers)),
        ", ".join(levels) or "nothing of participants",
        _ARMS[powers.edition] if levels else "None",
        "Yes" if powers.sees_tests else "No",
        _CIRCLES[powers.circle] if levels else "No groups",
        ", ".join(actions),
    ]


def _page_names(powers: Powers) -> list[str]:
    """Pages by their names, in the order of the navigation."""
    return [name for path, name in _PAGE_NAMES.items() if path in powers.pages]


def layout() -> Component:
    """The page without data."""
    head = html.Div([html.H1(TITLE), html.P(LEAD, className="lead")], className="page-head")
    shown = plain_table.section("roles", "Who may see what", table())
    return html.Div(
        [head, html.Div([shown, unmasking_forms.view("roles")], className="panels")],
        className="page",
    )


def register(app: Dash, context: Context) -> None:
    """Wire the unmasking of arms, for those who may ask or confirm."""
    unmasking_forms.register(app, context, "roles")
