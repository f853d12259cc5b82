"""From address to answer: the one callback and the one export that every panel has."""

import csv
import io
import logging
import secrets
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import duckdb
import polars as pl
from dash import Dash, Input, Output, html, no_update
from dash.development.base_component import Component
from flask import Response, abort, request

from dashboard import panel as panels
from dashboard import panel_table, theme
from dashboard.context import Context
from dashboard.panel import Panel, part
from dashboard.sources import Sources
from queries.facts import Facts
from queries.filters import Filters
from study.errors import UserError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """What an address asks of a panel: the shared filters and the page's own choices."""

    search: str
    filters: Filters
    choices: dict[str, str | None]

    @classmethod
    def of(cls, panel: Panel, search: str | None) -> "Question":
        """The question that a query string asks of a panel."""
        given = parse_qs((search or "").lstrip("?"))
        choices = {key: given.get(key, [None])[0] for key in panel.choices}
        return cls(search or "", Filters.parse(search or ""), choices)


def read(panel: Panel, context: Context, question: Question) -> pl.DataFrame:
    """A panel's frame as the viewer of this request may see it. Not to be modified."""
    viewer = context.viewer()
    if panel.reads == "both":
        sources = Sources(context.marts.cursor(), context.results)
        return panel.read(sources, viewer, question.filters, **question.choices)
    if panel.reads == "results":
        return panel.read(context.results, viewer, question.filters, **question.choices)
    key = (
        context.marts.build_id,
        panel.id,
        viewer,
        question.filters,
        tuple(question.choices.items()),
    )
    return context.cache.get(
        key,
        lambda: panel.read(context.marts.cursor(), viewer, question.filters, **question.choices),
    )


def render(panel: Panel, context: Context, search: str | None) -> dict[str, Any]:
    """What a chart panel draws for an address: figure(read(...))."""
    if panel.figure is None:
        raise TypeError(f"Panel {panel.id} has no figure.")
    return panel.figure(read(panel, context, Question.of(panel, search)))


def answer(panel: Panel, context: Context, search: str | None, shown: str | None) -> list[Any]:
    """Values of a panel's outputs: figure (if any), then those of `_outputs`, in their order."""
    question = Question.of(panel, search)
    frame = read(panel, context, question)
    facts = context.facts()
    view = shown or panel.first_view
    state = "empty" if panel.is_empty(frame) else "ready"
    is_ready = state == "ready"
    words = f"{panel.caption(frame)} · " if is_ready else ""
    values = [
        panel.content(frame, question.filters) if panel.content and is_ready else None,
        panel_table.table(panel, frame) if view == "table" and is_ready else None,
        f"{words}as of {theme.day(facts.as_of_date)}",
        None if is_ready else _empty(panel, question),
        f"panel-body is-{state} shows-{view}",
        f"/export/{panel.id}.csv{question.search}",
        panels.title_of(panel, frame),
    ]
    if panel.figure is None:
        return values
    draws = is_ready and view == "chart"
    return [panel.figure(frame) if draws else no_update, *values]


def register(app: Dash, context: Context, page_panels: Iterable[Panel]) -> None:
    """Wire panels to the address, their view switch and the arrival of new builds."""
    for panel in page_panels:
        _wire(app, context, panel)


def _wire(app: Dash, context: Context, panel: Panel) -> None:
    @app.callback(
        _outputs(panel),
        Input("url", "search"),
        Input(part(panel.id, "view"), "value"),
        Input("build", "data"),
        on_error=_failure_of(panel),
    )
    def _update(search: str | None, shown: str | None, _build: str | None) -> list[Any]:
        return answer(panel, context, search, shown)


def _outputs(panel: Panel) -> list[Output]:
    outputs = [
        Output(part(panel.id, "content"), "children"),
        Output(part(panel.id, "table"), "children"),
        Output(part(panel.id, "caption"), "children"),
        Output(part(panel.id, "message"), "children"),
        Output(part(panel.id, "state"), "className"),
        Output(part(panel.id, "csv"), "href"),
        Output(part(panel.id, "title"), "children"),
    ]
    figure = [] if panel.figure is None else [Output(part(panel.id, "figure"), "data")]
    return [*figure, *outputs]


def _empty(panel: Panel, question: Question) -> Component:
    parts: list[Component] = [html.P(panel.empty_title, className="message-title")]
    parts.append(html.P(panel.empty))
    if question.filters != Filters():
        parts.append(html.P(["Filters in force: ", describe(panel, question), "."]))
    return html.Div(parts)


def _failure_of(panel: Panel) -> Callable[[Exception], list[Any]]:
    """A handler that shows what a person can repair, and otherwise a reference, never a value.

    The log gets the kind of error and where it arose, but not its text: a database error may quote
    what a participant wrote.
    """

    def failure(error: Exception) -> list[Any]:
        if isinstance(error, UserError):
            title, text = "This cannot be shown yet", str(error)
        else:
            reference = secrets.token_hex(3)
            places = "".join(traceback.format_tb(error.__traceback__))
            log.error(
                "Panel %s failed, reference %s: %s\n%s",
                panel.id,
                reference,
                type(error).__name__,
                places,
            )
            title = "This panel could not be drawn"
            text = f"The rest of the page is not affected. Reference in the log: {reference}."
        message = html.Div([html.P(title, className="message-title"), html.P(text)])
        shown = f"panel-body is-error shows-{panel.first_view}"
        values: list[Any] = [None, None, "", message, shown, no_update, no_update]
        return values if panel.figure is None else [no_update, *values]

    return failure


def describe(panel: Panel, question: Question) -> str:
    """The filters that a panel uses, and its choices, as exports and empty states print them."""
    filters = question.filters
    is_cut = (filters.first_week, filters.last_week) != (Filters().first_week, Filters().last_week)
    words = {
        "site": _chosen(filters.sites),
        "arm": _chosen(filters.arms),
        "cohort": _chosen(filters.cohorts),
        "weeks": f"{filters.first_week} to {filters.last_week}" if is_cut else "all",
        "dimension": filters.dimension,
    }
    parts = [f"{name}: {words[name]}" for name in panel.uses]
    parts += [f"{key}: {value}" for key, value in question.choices.items() if value]
    return "; ".join(parts) or "none apply"


def _chosen(names: tuple[str, ...] | None) -> str:
    return "all" if names is None else ", ".join(names)


def export_csv(panel: Panel, facts: Facts, question: Question, frame: pl.DataFrame) -> str:
    """The panel's table as CSV, under lines that say what it is and where it comes from."""
    lines = (
        ("study", f"{facts.study_id}: {facts.title}"),
        ("shows", panels.title_of(panel, frame)),
        ("definition", panel.definition),
        ("filters", describe(panel, question)),
        ("as of", theme.moment(facts.as_of_at)),
        ("build", facts.build_id),
        ("made by", f"Rapport {facts.rapport_version}"),
    )
    out = io.StringIO()
    out.writelines(f"# {key}: {' '.join(text.split())}\n" for key, text in lines)
    writer = csv.writer(out, lineterminator="\n")
    shown = panel_table.shown_columns(panel, frame)
    writer.writerow(shown.columns)
    writer.writerows([_inert(value) for value in row] for row in shown.iter_rows())
    return out.getvalue()


def _inert(value: object) -> object:
    """Text that a spreadsheet would run as a formula gets a quote in front."""
    is_formula = isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{value}" if is_formula else value


def register_exports(app: Dash, context: Context, all_panels: Iterable[Panel]) -> None:
    """Serve `/export/<panel id>.csv`, with the address's query string as the question."""
    by_id = {panel.id: panel for panel in all_panels}

    @app.server.get("/export/<panel_id>.csv")
    def _export(panel_id: str) -> Response:
        panel = by_id.get(panel_id)
        if panel is None:
            abort(404)
        question = Question.of(panel, request.query_string.decode("utf-8", "replace"))
        try:
            frame = read(panel, context, question)
            text = export_csv(panel, context.facts(), question, frame)
        except UserError as error:
            return Response(f"{error}\n", status=503, mimetype="text/plain")
        except duckdb.Error as error:
            # Not log.exception: a database error's text may quote what a participant wrote.
            log.error("Export of %s failed: %s", panel.id, type(error).__name__)  # noqa: TRY400
            abort(503)
        name = f"{panel.id}.csv"
        return Response(
            text,
            mimetype="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
