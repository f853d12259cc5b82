"""The button Report: what this viewer may carry away, with the filters of the page on show."""

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, html
from dash.development.base_component import Component

from access.roles import ROLES
from access.viewer import Viewer
from dashboard.reports import browser
from dashboard.reports.contents import REPORTS
from dashboard.reports.making import Format
from dashboard.reports.outline import Report
from study.errors import UserError

_LABELS: dict[str, str] = {
    "trial": "Trial team",
    "designer": "Designers",
    "clinician": "This participant",
    "dmc-open": "Committee, open part (masked)",
    "dmc-closed": "Committee, closed part (with arms)",
}


def view(viewer: Viewer) -> Component | None:
    """The button with its list; nothing for those who may have no report.

    It opens by itself, without a script; assets/reports.js closes it again.
    """
    mine = [report for report in REPORTS.values() if report.name in ROLES[viewer.role].reports]
    if not mine:
        return None
    formats: tuple[Format, ...] = ("html", "pdf") if can_print() else ("html",)
    rows = [
        html.Li(
            [html.Span(_LABELS[report.name]), *(_link(report, kind) for kind in formats)],
            id={"report-of": report.name, "needs": " ".join(report.needs)},
            className="is-hidden" if report.needs else "",
        )
        for report in mine
    ]
    words = html.P("Of the choices on show", className="caption")
    return html.Details(
        [html.Summary("Report", className="tool"), html.Div([words, html.Ul(rows)])],
        className="report-menu",
    )


def can_print() -> bool:
    """Whether this machine has a browser that makes PDF."""
    try:
        return browser.find() is not None
    except UserError:
        # What is wrong with RAPPORT_CHROMIUM is said where a report is asked for.
        return False


def _link(report: Report, kind: Format) -> Component:
    path = f"/report/{report.name}.{kind}"
    return html.A(
        kind.upper(),
        id={"report": path},
        href=path,
        target="_blank",
        rel="noopener",
        className="tool",
        **{"aria-label": f"{_LABELS[report.name]}, as {kind.upper()}, in a new tab"},
    )


def register(app: Dash) -> None:
    """Let the links carry the address's filters and choices (assets/reports.js)."""
    rows = {"report-of": ALL, "needs": ALL}
    app.clientside_callback(
        ClientsideFunction("reports", "links"),
        Output({"report": ALL}, "href"),
        Output(rows, "className"),
        Input("url", "search"),
        State({"report": ALL}, "id"),
        State(rows, "id"),
    )
