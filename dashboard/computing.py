"""How far the analyses are that are computed beside the pages, and the button that ends that."""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from access import audit
from access.gate import may, may_open
from access.viewer import Viewer
from dashboard import gate
from dashboard.context import Context
from dashboard.panel import Panel
from models import analyses as kept
from warehouse.background import Work, cancel, look
from warehouse.workspace import Workspace

LOOKS_EVERY_MS = 1500
TITLE = "This is being computed"
APPEARS = "It appears here as soon as it is done; the foot of the page says how far that is."
_ENDED = {
    "cancelled": "Computing was cancelled",
    "failed": "Computing ended with an error",
    "broken_off": "Computing broke off",
}
_REMEDY = "What is missing is computed by: rapport fit"


def view(context: Context, pages: Sequence[ModuleType]) -> Component:
    """The line as it stands when the frame is laid out, and the clock that keeps it current."""
    viewer = context.viewer()
    work = _work_for(context, viewer, pages)
    is_running = work is not None and work.is_running
    return html.Div(
        [
            dcc.Interval(id="computing-tick", interval=LOOKS_EVERY_MS, disabled=not is_running),
            dcc.Store(id="answers", data=_answers(context, viewer)),
            html.Span(_words(work) if work and is_running else "", id="computing-words"),
            html.Button(
                "Cancel",
                id="computing-cancel",
                type="button",
                className=_cancel_class(work, viewer),
                **{"aria-label": "Cancel computing the analyses"},
            ),
        ],
        id="computing",
        role="status",
        className="computing" if is_running else "computing is-hidden",
    )


def register(app: Dash, context: Context, pages: Sequence[ModuleType]) -> None:
    """Follow the work while there is any, have panels read anew what it finished, and end it."""
    with_answers = {page.PATH for page in pages if _is_of_analyses(page)}

    @app.callback(
        Output("computing-words", "children"),
        Output("computing-cancel", "className"),
        Output("computing", "className"),
        Output("computing-tick", "disabled"),
        Output("answers", "data"),
        Output("build", "data", allow_duplicate=True),
        Input("computing-tick", "n_intervals"),
        Input("build-check", "n_intervals"),
        State("computing-tick", "disabled"),
        State("answers", "data"),
        State("url", "pathname"),
        State("build", "data"),
        prevent_initial_call=True,
    )
    def _follow(
        _ticks: int | None,
        _checks: int | None,
        was_idle: bool | None,
        before: str | None,
        path: str | None,
        build: str | None,
    ) -> tuple[Any, ...]:
        viewer = context.viewer()
        work = _work_for(context, viewer, pages)
        is_running = work is not None and work.is_running
        answers = _answers(context, viewer)
        # The same build again: panels that stand on the page read, and find, what is new.
        is_new = answers != before and path in with_answers and may_open(viewer, path)
        ended = work is not None and work.state in _ENDED and not was_idle
        return (
            _words(work) if work else "",
            _cancel_class(work, viewer),
            "computing" if is_running or ended else "computing is-hidden",
            not is_running,
            answers,
            build if is_new and build is not None else no_update,
        )

    @app.callback(
        Output("computing-words", "children", allow_duplicate=True),
        Input("computing-cancel", "n_clicks"),
        prevent_initial_call=True,
    )
    def _cancel(_clicks: int | None) -> str:
        viewer = context.viewer()
        if not may(viewer, "compute"):
            gate.write_down(context.state, viewer, "denied", "compute")
            raise gate.NotThereError
        if not cancel(_workspace(context)):
            return "Nothing is computed any more"
        if context.state is not None:
            what = "analyses"
            audit.record(context.state, account=viewer.account, action="cancelled", what=what)
        return "Cancelled"


def awaited(panel: Panel, context: Context, viewer: Viewer, *, is_empty: bool) -> str | None:
    """What a panel waits for, in words; None where nothing that is computed now would fill it."""
    missing = [
        name for name in panel.analyses if not kept.is_kept(context.results_of(viewer), name)
    ]
    if not missing or not (is_empty or len(missing) == len(panel.analyses)):
        return None
    work = look(_workspace(context))
    if work is None or not work.is_running or not set(missing) & set(work.names):
        return None
    return APPEARS


def _work_for(context: Context, viewer: Viewer, pages: Sequence[ModuleType]) -> Work | None:
    """The work, for whoever has a page that shows what comes of it."""
    is_for_them = any(_is_of_analyses(page) for page in gate.allowed_pages(viewer, pages))
    return look(_workspace(context)) if is_for_them else None


def _is_of_analyses(page: ModuleType) -> bool:
    return any(panel.analyses for panel in page.PANELS)


def _workspace(context: Context) -> Workspace:
    return Workspace(context.results.parent)


def _answers(context: Context, viewer: Viewer) -> str:
    """Changes whenever an answer is computed that this viewer may see."""
    return kept.fingerprint(context.results_of(viewer))


def _words(work: Work) -> str:
    if work.is_running:
        at_hand = f": {work.label.partition(' (')[0].lower()}" if work.label else ""
        return f"Computing{at_hand}, {min(work.done + 1, work.of)} of {work.of}"
    if work.state in _ENDED:
        return f"{_ENDED[work.state]} after {work.done} of {work.of}. {_REMEDY}"
    return ""


def _cancel_class(work: Work | None, viewer: Viewer) -> str:
    can = work is not None and work.is_running and work.may_end and may(viewer, "compute")
    return "tool" if can else "tool is-hidden"
