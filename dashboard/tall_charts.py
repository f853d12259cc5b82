"""Charts larger than their box: as high as their rows ask for, scrolled by keyboard too."""

from dash import ClientsideFunction, Dash, Input, Output, State

from dashboard.panel import Panel, part


def fit(app: Dash, panel: Panel) -> None:
    """Give a chart the height in its figure's layout, if any, and its box a tab stop."""
    app.clientside_callback(
        ClientsideFunction("tallCharts", "fit"),
        Output(part(panel.id, "graph"), "style"),
        Input(part(panel.id, "figure"), "data"),
        State(part(panel.id, "graph"), "id"),
    )


def open_participant(app: Dash, panel: Panel) -> None:
    """Lead from a cell to the participant of its row (`layout.meta`), with the filters kept."""
    app.clientside_callback(
        ClientsideFunction("tallCharts", "open"),
        Output("url", "pathname", allow_duplicate=True),
        Output("url", "search", allow_duplicate=True),
        Input(part(panel.id, "graph"), "clickData"),
        State(part(panel.id, "figure"), "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
