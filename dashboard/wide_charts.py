"""Charts that a narrow screen scrolls sideways instead of squeezing."""

from collections.abc import Iterable

from dash import Dash, Input

from dashboard.panel import Panel, part

# What scrolls must be reachable with the keyboard (WCAG 2.1.1); what does not must not be.
# A window can get narrow after the chart was drawn: one listener a panel, whatever is redrawn.
_FOCUS = """function (_figure) {
    const boxes = "%s", narrow = window.matchMedia("(max-width: 768px)");
    const fit = function () {
        document.querySelectorAll(boxes).forEach(function (box) {
            if (narrow.matches) { box.tabIndex = 0; } else { box.removeAttribute("tabindex"); }
        });
    };
    window.rapportWide = window.rapportWide || {};
    if (!window.rapportWide[boxes]) {
        window.rapportWide[boxes] = narrow;
        narrow.addEventListener("change", fit);
    }
    fit();
}"""


def register(app: Dash, panels: Iterable[Panel]) -> None:
    """Let the keyboard reach these panels' charts where they scroll (see assets/alliance.css)."""
    for panel in panels:
        app.clientside_callback(
            _FOCUS % f"#{panel.id} .view-chart", Input(part(panel.id, "figure"), "data")
        )
