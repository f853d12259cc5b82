"""The dashboard: every page, wired to one study."""

from collections.abc import Callable
from types import ModuleType

from dash import Dash, html
from dash.development.base_component import Component
from dash.exceptions import DependencyException, InvalidResourceError
from flask import Response

from access import accounts, unmasking
from access.accounts import Account
from access.state.notebook import Notebook
from access.state.store import State
from access.viewer import Viewer
from access.web import failures
from access.web import install as web
from access.web.settings import WebSettings
from dashboard import callback_bodies, panel_wiring, shell, theme
from dashboard.context import Context, Marts
from dashboard.doors import EVERY_PAGE, Doors
from dashboard.pages import (
    adherence,
    admin,
    alliance,
    caseload,
    data,
    dictionary,
    features,
    help,
    models,
    monitor,
    multiverse,
    outlook,
    overview,
    participant,
    retention,
    roles,
    variants,
    worklist,
)
from dashboard.reports import route as report_route
from dashboard.time_limit import TimedReader
from study.definition import Study
from warehouse.reader import EditionReader
from warehouse.workspace import Workspace

# In the order of the navigation. A new page is one line here.
PAGES: tuple[ModuleType, ...] = (
    overview,
    monitor,
    worklist,
    adherence,
    data,
    outlook,
    features,
    retention,
    dictionary,
    alliance,
    variants,
    multiverse,
    caseload,
    participant,
    models,
    admin,
    roles,
    help,
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


def create_app(
    study: Study,
    workspace: Workspace,
    viewer: Callable[[], Viewer],
    state: State | None = None,
    settings: WebSettings | None = None,
) -> Dash:
    """The dashboard of a study, on whichever build is current at each request.

    Parameters
    ----------
    viewer
        Called at every request: pass `access.viewer.local_viewer` itself, or
        `access.web.current.viewer` where people sign in.
    state
        Accounts and sign-ins. None serves without accounts, to names of this machine only.
    settings
        How the dashboard is reached; where there are accounts, with a secret key.
    """
    reader = TimedReader(workspace)
    app = create_on(study, reader, workspace, viewer, state, settings)
    app.server.teardown_request(reader.end_request)
    return app


def create_on(
    study: Study,
    marts: EditionReader | Marts,
    workspace: Workspace,
    viewer: Callable[[], Viewer],
    state: State | None = None,
    settings: WebSettings | None = None,
) -> Dash:
    """As `create_app`, on given marts: tests pass one that lives in memory."""
    settings = settings or WebSettings()
    context = Context(
        study=study,
        marts=marts,
        viewer=viewer,
        results=workspace.results,
        state=state,
        notebook=Notebook(state, workspace),
        pages=tuple((page.PATH, page.TITLE) for page in PAGES),
    )
    app = Dash(
        "dashboard.factory",
        # A study's title may name an arm; the frame shows the one that its viewer may read.
        title="Rapport",
        update_title=None,
        index_string=_INDEX.replace("[[VARIABLES]]", theme.css_variables()),
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        assets_ignore=r"first\.js",
        serve_locally=True,
        compress=True,
        health_endpoint="health",
        enable_mcp=False,
        use_pages=False,
        # Dash would send every page and every choice to each browser, to check callbacks against.
        suppress_callback_exceptions=True,
        add_log_handler=False,
        csrf_token_name=settings.cookie("csrf"),
    )
    doors = Doors(app, context)
    with doors.of(EVERY_PAGE):
        shell.register(app, context, PAGES)
    for page in PAGES:
        with doors.of(page.PATH):
            page.register(app, context)
    callback_bodies.hang(app)
    doors.hang()
    every = [panel for page in PAGES for panel in page.PANELS]
    panel_wiring.register_exports(app, context, every)
    report_route.register(app.server, context, every)
    _prepare(app)
    # Nothing is laid out before somebody asks: who is looking decides what there is.
    app.layout = lambda: shell.layout(context, PAGES)
    _put_around(app, context, settings)
    return app


def _prepare(app: Dash) -> None:
    """What Dash would do at the first request, unlocked: others would miss scripts meanwhile.

    It asks for a layout, and whoever comes first has often not signed in.
    """
    app.layout = html.Div()
    app._setup_server()


def _put_around(app: Dash, context: Context, settings: WebSettings) -> None:
    """Guard, sign-in, headers: when everything that they have to know of is there."""
    state = context.state

    def viewer_of(account: Account) -> Viewer:
        is_open = state is not None and unmasking.is_study_unmasked(state)
        return accounts.viewer_of(account, context.study.privacy, is_open)

    web.install(
        app.server,
        state=state,
        settings=settings,
        viewer_of=viewer_of,
        colours=theme.css_variables(),
        script_hashes=app.csp_hashes(),
    )
    for error in (DependencyException, InvalidResourceError):
        app.server.register_error_handler(error, _no_such_script)


def _no_such_script(_error: Exception) -> Response:
    """Dash would answer with a list of what there is, or with what was asked for, as a page."""
    return failures.answer(404)


def every_layout(context: Context) -> Component:
    """The frame and every page at once, whatever the viewer may open: for tests of ids."""
    return html.Div([shell.layout(context, PAGES), *(page.layout() for page in PAGES)])
