"""Help: what each page answers, what the words mean, and a tour."""

from collections.abc import Sequence

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from access.gate import may_open
from dashboard import tour
from dashboard.context import Context
from dashboard.messages import Stop, Term, messages
from dashboard.panel import Panel

PATH, TITLE, AUDIENCE = "/help", "Help", "Everyone"
FILTERS: tuple[str, ...] = ()
PANELS: tuple[Panel, ...] = ()


def layout() -> Component:
    """The page; what depends on the viewer is filled in by the server."""
    words = messages().help
    return html.Div(
        [
            html.Div([html.H1(TITLE)], className="page-head"),
            html.Div(
                [
                    _section("help-tour", words.tour_title, html.Div(id="help-tour-start")),
                    _section("help-pages", words.pages_title, html.Div(id="help-pages-list")),
                    _section(
                        "help-glossary",
                        words.glossary_title,
                        html.P(words.glossary_lead, className="caption"),
                        glossary(messages().glossary),
                    ),
                ],
                className="panels",
            ),
        ],
        className="page",
    )


def _section(name: str, title: str, *parts: Component) -> Component:
    heading = html.Div(html.H2(title, id=f"{name}-title"), className="panel-head")
    return html.Section(
        [heading, html.Div(list(parts), className="help-body")],
        id=name,
        className="panel is-full",
        **{"aria-labelledby": f"{name}-title"},
    )


def glossary(terms: Sequence[Term]) -> Component:
    """Words and meanings."""
    return html.Dl(
        [html.Div([html.Dt(one.term), html.Dd(one.words)]) for one in terms],
        className="help-terms",
    )


def start(stops: Sequence[Stop]) -> Component:
    """The way into the tour, or why there is none."""
    words = messages().help
    if not stops:
        return html.P(words.tour_empty)
    link = dcc.Link(words.tour_start, href=tour.address(stops[0], 1), className="tool")
    return html.Div([html.P(words.tour_lead), link])


def about_pages(titles: Sequence[tuple[str, str]]) -> Component:
    """Each page's name as a link, and what it says of itself; `titles` are (path, name)."""
    told = messages().pages
    return html.Dl(
        [
            html.Div([html.Dt(dcc.Link(name, href=path)), html.Dd(" ".join(told[path].about))])
            for path, name in titles
        ],
        className="help-terms",
    )


def register(app: Dash, context: Context) -> None:
    """Fill in the pages and stops that are open to the viewer."""

    @app.callback(
        Output("help-tour-start", "children"),
        Output("help-pages-list", "children"),
        Input("page-titles", "data"),
    )
    def _fill(_titles: dict[str, str] | None) -> tuple[Component, Component]:
        viewer = context.viewer()
        shown = [page for page in context.pages if may_open(viewer, page[0])]
        stops = tour.stops(viewer, [path for path, _ in shown])
        return start(stops), about_pages(shown)
