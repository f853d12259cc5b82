"""The card as one sheet: its place on the page, its key, and how it gets on paper."""

from dash import ClientsideFunction, Dash, Input, Output, html
from dash.development.base_component import Component

from dashboard import panel
from dashboard.card import panels, view
from dashboard.panel import part


def view_sheet() -> Component:
    """Words and falls beside the chart; one below the other on a phone and on paper."""
    return html.Section(
        [
            html.Div([panel.view(panels.WORDS), panel.view(panels.FALLS)], className="card-left"),
            html.Div([panel.view(panels.COURSE), view.key()], className="card-right"),
        ],
        id="card-sheet",
        className="card-sheet is-full",
        **{"aria-label": "One-page card"},
    )


def print_button() -> Component:
    """Prints the card alone, on one A4 page (see assets/card.css and assets/card.js)."""
    return html.Div(
        html.Button("Print the card", type="button", className="tool print-card"),
        className="print-place",
    )


def register(app: Dash) -> None:
    """Give the chart the height of its figure, and let the browser keep it for paper."""
    chart = panels.COURSE.id
    app.clientside_callback(
        ClientsideFunction("card", "fit"),
        Output(part(chart, "graph"), "style"),
        Input(part(chart, "figure"), "data"),
        Input("theme", "data"),
    )
