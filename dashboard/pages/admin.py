"""Administration: accounts, arms that were opened or shall be, and the audit log."""

from dash import Dash
from dash.development.base_component import Component

from dashboard import account_forms, audit_view, panel, unmasking_forms
from dashboard.context import Context
from dashboard.panel import Panel

PATH, TITLE, AUDIENCE = "/admin", "Administration", "Access"
FILTERS: tuple[str, ...] = ()
PANELS: tuple[Panel, ...] = ()
LEAD = "Who may sign in, who asked for arms to be opened, and what everybody did."


def layout() -> Component:
    """The page without data."""
    parts = (account_forms.view(), unmasking_forms.view("admin"), audit_view.view())
    return panel.page(TITLE, LEAD, *parts)


def register(app: Dash, context: Context) -> None:
    """Wire the parts; each asks by itself what its viewer may do."""
    account_forms.register(app, context)
    unmasking_forms.register(app, context, "admin")
    audit_view.register(app, context)
