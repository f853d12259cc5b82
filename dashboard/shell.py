"""What stays while pages change: study, as-of stamp, navigation, filters, light and dark."""

from collections.abc import Sequence
from functools import wraps
from types import ModuleType
from typing import Any

import dash_mantine_components as dmc
import polars as pl
from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from flask import redirect, request

from access.gate import may, may_open
from access.viewer import Viewer
from dashboard import about, computing, filters_bar, gate, session_bar, theme, tour
from dashboard.context import Context
from dashboard.reports import menu as report_menu
from queries.facts import Facts, filter_choices
from queries.filters import Filters
from study.errors import UserError

AUDIENCES = (
    "Trial team",
    "Designers",
    "Clinicians",
    "Statisticians and reviewers",
    "Access",
    "Everyone",
)
CHECK_FOR_BUILD_MS = 60_000
_NO_CHOICES = pl.DataFrame(
    schema={"kind": pl.String, "choice": pl.String, "label": pl.String, "position": pl.Int32}
)


def layout(context: Context, pages: Sequence[ModuleType]) -> Component:
    """The whole frame, made anew at each visit so that study, choices and stamp are current."""
    viewer = context.viewer()
    facts, choices = _facts_and_choices(context)
    pages = gate.allowed_pages(viewer, pages)
    return dmc.MantineProvider(
        [
            html.A("Skip to content", href="#main", className="skip-link"),
            dcc.Location(id="url", refresh="callback-nav"),
            dcc.Store(id="build", data=None if facts is None else facts.build_id),
            dcc.Interval(id="build-check", interval=CHECK_FOR_BUILD_MS),
            dcc.Store(
                id="theme",
                data={
                    "templates": {scheme: theme.template(scheme) for scheme in ("light", "dark")},
                    "dark": dict(theme.DARK),
                },
            ),
            dcc.Store(id="shown-scheme"),
            dcc.Store(id="page-titles", data={page.PATH: page.TITLE for page in pages}),
            html.Div(id="announce", className="is-unseen", role="status"),
            dmc.AppShell(
                [
                    dmc.AppShellHeader(_header(context, viewer, facts), className="shell-header"),
                    dmc.AppShellNavbar(
                        [_navigation(pages), session_bar.open_note(viewer)],
                        className="shell-nav",
                        id="navbar",
                    ),
                    dmc.AppShellMain(
                        [
                            session_bar.banner(context.state, viewer),
                            filters_bar.view(
                                choices,
                                12 if facts is None else facts.last_week,
                                has_cohorts=may(viewer, "save_cohort"),
                            ),
                            html.Div(id="filters-unknown", role="status"),
                            html.Div(id="tour"),
                            computing.view(context, pages),
                            html.Div(id="page"),
                        ],
                        id="main",
                        tabIndex=-1,
                    ),
                ],
                id="shell",
                header={"height": 56},
                navbar={"width": 208, "breakpoint": "sm", "collapsed": {"mobile": True}},
                padding=0,
            ),
        ],
        theme=theme.mantine(),
        defaultColorScheme="auto",
    )


def _facts_and_choices(context: Context) -> tuple[Facts | None, pl.DataFrame]:
    """Nothing before the first build: the panels then say what to do."""
    try:
        return context.facts(), filter_choices(context.cursor(), context.viewer())
    except UserError:
        return None, _NO_CHOICES


def _stamp(facts: Facts | None) -> str:
    return "nothing loaded yet" if facts is None else f"as of {theme.moment(facts.as_of_at)}"


def _header(context: Context, viewer: Viewer, facts: Facts | None) -> Component:
    # The study file's own title may name an arm; that of the viewer's edition does not.
    own = context.study.study.title if viewer.edition == "open" else ""
    title = own if facts is None else facts.title
    return html.Div(
        [
            dmc.Burger(
                id="burger", opened=False, hiddenFrom="sm", size="sm", **{"aria-label": "Pages"}
            ),
            html.Span(
                [html.Span(className="mark", **{"aria-hidden": "true"}), "Rapport"],
                className="wordmark",
            ),
            html.Span(title, className="study-title", title=title),
            html.Span(_stamp(facts), id="stamp", className="stamp"),
            report_menu.view(viewer),
            session_bar.who(viewer),
            dmc.ColorSchemeToggle(
                id="scheme",
                lightIcon=html.Span("☾", **{"aria-hidden": "true"}),
                darkIcon=html.Span("☀", **{"aria-hidden": "true"}),
                variant="subtle",
                color="gray",
                size="lg",
                **{"aria-label": "Switch between light and dark"},
            ),
        ],
        className="shell-header-row",
    )


def _navigation(pages: Sequence[ModuleType]) -> Component:
    groups = []
    for number, audience in enumerate(AUDIENCES):
        links = [
            dmc.NavLink(
                label=page.TITLE, href=page.PATH, id={"nav": page.PATH}, active="exact", h=36
            )
            for page in pages
            if audience == page.AUDIENCE
        ]
        heading = html.Div(audience, className="nav-group", id=f"nav-group-{number}")
        group = html.Div(links, role="group", **{"aria-labelledby": f"nav-group-{number}"})
        groups += [heading, group] if links else []
    return html.Nav(groups, **{"aria-label": "Pages"})


def register(app: Dash, context: Context, pages: Sequence[ModuleType]) -> None:
    """Wire pages to paths, and what the browser does on its own (assets/rapport.js)."""
    by_path = {page.PATH: page for page in pages}

    @app.callback(
        Output("page", "children"),
        Output("filters-bar", "className"),
        Input("url", "pathname"),
    )
    def _show(path: str | None) -> tuple[Component, str]:
        viewer = context.viewer()
        if path in by_path and not may_open(viewer, path):
            gate.write_down(context.state, viewer, "denied", f"page {path}")
        return show(by_path, path, viewer)

    @app.callback(
        Output("build", "data"),
        Output("stamp", "children"),
        Input("build-check", "n_intervals"),
        State("build", "data"),
        prevent_initial_call=True,
    )
    def _check(_times: int, shown: str | None) -> tuple[Any, Any]:
        try:
            if context.build_id() in (None, shown):
                return no_update, no_update
            facts = context.facts()
        except UserError:
            # Nothing to show yet: the panels say what to do.
            return no_update, no_update
        return facts.build_id, _stamp(facts)

    @app.callback(Output("filters-unknown", "children"), Input("url", "search"))
    def _unknown(search: str | None) -> Component | None:
        asked = gate.permitted_search(search, context.viewer())
        _, choices = _facts_and_choices(context)
        return filters_bar.unknown_choices(Filters.parse(asked), choices)

    filters_bar.register(app, context)
    tour.register(app, context)
    computing.register(app, context, pages)
    report_menu.register(app)
    _register_browser(app)
    _lead_in(app, context, pages)


def _lead_in(app: Dash, context: Context, pages: Sequence[ModuleType]) -> None:
    """Lead from `/` to the first page of somebody to whom the overview is not open."""
    views = app.server.view_functions
    [front] = [rule.endpoint for rule in app.server.url_map.iter_rules() if rule.rule == "/"]
    index = views[front]

    @wraps(index)
    def enter(*args: Any, **named: Any) -> Any:
        viewer = context.viewer()
        first = gate.landing(viewer, pages)
        if first == "/":
            return index(*args, **named)
        asked = request.query_string.decode("utf-8", "replace")
        return redirect(f"{first}{gate.permitted_search(asked and f'?{asked}', viewer)}")

    views[front] = enter


def show(by_path: dict[str, ModuleType], path: str | None, viewer: Viewer) -> tuple[Component, str]:
    """A path's page without data, and the class that says which filters it uses.

    A page that is not for the viewer is shown as one that does not exist.
    """
    page = by_path.get(path or "/")
    if page is None or not may_open(viewer, page.PATH):
        first = by_path[gate.landing(viewer, list(by_path.values()))]
        link = dcc.Link(f"Go to: {first.TITLE}", href=first.PATH)
        lead = html.P([f"{gate.NO_PAGE} ", link, "."])
        return html.Div([html.H1("Not found"), lead], className="page page-head"), "is-hidden"
    used = getattr(page, "FILTERS", filters_bar.FILTERS)
    shown = " ".join(["filters-bar", *(f"uses-{name}" for name in used)])
    return about.added(gate.layout_for(viewer, page), page.PATH), shown if used else "is-hidden"


def _register_browser(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("rapport", "dress"),
        Output({"panel": MATCH, "part": "graph"}, "figure"),
        Input({"panel": MATCH, "part": "figure"}, "data"),
        Input("shown-scheme", "data"),
        State("theme", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("rapport", "links"),
        Output({"nav": ALL}, "href"),
        Input("url", "search"),
        State({"nav": ALL}, "id"),
    )
    app.clientside_callback(
        ClientsideFunction("rapport", "arrive"),
        Output("announce", "children"),
        Output("burger", "opened"),
        Input("url", "pathname"),
        State("page-titles", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("rapport", "collapse"),
        Output("shell", "navbar"),
        Input("burger", "opened"),
        State("shell", "navbar"),
    )
