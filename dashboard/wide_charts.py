"""Charts that a narrow screen scrolls sideways instead of squeezing."""

from collections.abc import Iterable

from dash import Dash, Input

from dashboard.panel import Panel, part

# What scrolls must be reachable with the keyboard (WCAG 2.1.1); what does not must not be.
_FOCUS = """function (_figure) {
    const isNarrow = window.matchMedia("(max-width: 768px)").matches;
    document.querySelectorAll("%s").forEach(function (box) {
        if (isNarrow) { box.tabIndex = 0; } else { box.removeAttribute("tabindex"); }
    });
}"""


def register(app: Dash, panels: Iterable[Panel]) -> None:
    """Let the keyboard reach these panels' charts where they scroll (see assets/alliance.css)."""
    for panel in panels:
        app.clientside_callback(
            _FOCUS % f"#{panel.id} .view-chart", Input(part(panel.id, "figure"), "data")
        )
