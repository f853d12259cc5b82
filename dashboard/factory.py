"""The dashboard: every page, wired to one study."""

from collections.abc import Callable
from types import ModuleType

from dash import Dash, html
from flask import Response

from access.viewer import Viewer
from dashboard import panel_wiring, shell, theme
from dashboard.context import Context, Marts
from dashboard.pages import adherence, alliance, data, features, models, overview, participant
from study.definition import Study
from warehouse.reader import MartReader
from warehouse.workspace import Workspace

# In the order of the navigation. A new page is one line here.
PAGES: tuple[ModuleType, ...] = (
    overview,
    adherence,
    data,
    features,
    alliance,
    participant,
    models,
)

# `html lang` for screen readers; the colours' values from the one place that knows them.
_INDEX = """<!DOCTYPE html>
<html lang="en">
    <head>
        {%metas%}
        <title>{%title%}</title>
        <link rel="icon" href="data:,">
        <script src="/assets/first.js"></script>
        <style>[[VARIABLES]]</style>
        {%css%}
    </head>
    <body>
        {%app_entry%}
        <footer>{%config%}{%scripts%}{%renderer%}</footer>
    </body>
</html>
"""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def create_app(study: Study, workspace: Workspace, viewer: Callable[[], Viewer]) -> Dash:
    """The dashboard of a study, on whichever build is current at each request.

    `viewer` is called at every request: pass `access.viewer.local_viewer` itself.
    """
    return create_on(study, MartReader(workspace), workspace, viewer)


def create_on(
    study: Study, marts: Marts, workspace: Workspace, viewer: Callable[[], Viewer]
) -> Dash:
    """As `create_app`, on given marts: tests pass one that lives in memory."""
    context = Context(study=study, marts=marts, viewer=viewer, results=workspace.results)
    app = Dash(
        "dashboard.factory",
        title=f"Rapport · {study.study.title}",
        update_title=None,
        index_string=_INDEX.replace("[[VARIABLES]]", theme.css_variables()),
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        assets_ignore=r"first\.js",
        serve_locally=True,
        compress=True,
        health_endpoint="health",
        enable_mcp=False,
        use_pages=False,
        add_log_handler=False,
    )
    app.layout = lambda: shell.layout(context, PAGES)
    # Pages come and go: Dash checks the callbacks against all of them at once.
    app.validation_layout = html.Div(
        [shell.layout(context, PAGES), *(page.layout() for page in PAGES)]
    )
    shell.register(app, context, PAGES)
    for page in PAGES:
        page.register(app, context)
    every = [panel for page in PAGES for panel in page.PANELS]
    panel_wiring.register_exports(app, context, every)
    app.server.after_request(_add_headers)
    return app


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
