"""From address to answer: the one callback and the one export that every panel has."""

import csv
import io
import logging
import secrets
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs

import duckdb
import polars as pl
from dash import Dash, Input, Output, html, no_update
from dash.development.base_component import Component
from flask import Response, abort, request

from access.gate import may
from access.viewer import Viewer
from dashboard import cohorts_menu, computing, gate, panel_table, small_groups, theme
from dashboard import panel as panels
from dashboard.context import Context
from dashboard.panel import Panel, part
from dashboard.sources import Sources, TeamSources
from queries.facts import Facts
from queries.filters import Filters
from queries.participant import facts as participant_facts
from study.errors import UserError

log = logging.getLogger(__name__)
MOST_WRITTEN_DOWN = 500
"""Letters of an export's filters in the audit log: an address may hold any amount of text."""


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


def read(panel: Panel, context: Context, question: Question, *, keep: bool = True) -> pl.DataFrame:
    """A panel's frame as the viewer of this request may see it. Not to be modified.

    With `keep` the frame is kept for whoever asks the same of this build.

    Raises
    ------
    NotThereError
        If the panel is not for this viewer.
    """
    viewer = context.viewer()
    if not gate.allowed(panel, viewer):
        gate.write_down(context.state, viewer, "denied", f"panel {panel.id}")
        raise gate.NotThereError
    # What is shown depends on what an account may see, not on whose it is.
    permissions = replace(viewer, account="")
    # What changes no answer does not ask for a new one.
    filters = gate.permitted(question.filters, viewer).only(panel.uses)
    choices = tuple(question.choices.items())
    if panel.reads == "mart" and keep:
        key = (context.build_id(), panel.id, permissions, filters, choices)
        frame = context.cache.get(
            key, lambda: _disclosed(panel, context, permissions, filters, question.choices)
        )
    else:
        frame = _disclosed(panel, context, permissions, filters, question.choices)
    _note_participant(context, viewer, question, is_shown=not panel.is_empty(frame))
    return frame


def _disclosed(
    panel: Panel,
    context: Context,
    viewer: Viewer,
    filters: Filters,
    choices: Mapping[str, str | None],
) -> pl.DataFrame:
    """What the panel reads, with groups too small for this viewer withheld."""
    source = _source(panel, context, viewer)
    return small_groups.disclosed(
        panel,
        viewer,
        filters,
        lambda asked: panel.read(source, viewer, asked, **choices),
        context.cursor,
    )


def _source(
    panel: Panel, context: Context, viewer: Viewer
) -> duckdb.DuckDBPyConnection | Path | Sources | TeamSources:
    """First argument of a panel's read."""
    if panel.reads == "both":
        return Sources(context.cursor(), context.results_of(viewer))
    if panel.reads == "team":
        zone = context.study.study.time_zone
        # Who is looking is left out of `viewer`; who wrote what is told by the account.
        return TeamSources(context.cursor(), context.notes(), zone, context.viewer().account)
    return context.results_of(viewer) if panel.reads == "results" else context.cursor()


def _note_participant(
    context: Context, viewer: Viewer, question: Question, *, is_shown: bool
) -> None:
    """Write down that a participant was looked at, or asked for in vain; once an hour for each.

    One who exists and one who does not are asked for in vain alike: the log does not tell either.
    """
    who = question.choices.get("participant")
    if context.state is None or not who:
        return
    is_theirs = (
        is_shown or not participant_facts(context.cursor(), viewer, Filters(), who).is_empty()
    )
    if is_shown:
        _note_once(context, viewer, "view_participant", who)
    if not is_theirs:
        _note_once(context, viewer, "denied", "a participant who is not theirs")


def _note_once(
    context: Context, viewer: Viewer, action: Literal["view_participant", "denied"], what: str
) -> None:
    context.seen.once(
        viewer.account, what, lambda: gate.write_down(context.state, viewer, action, what)
    )


def render(panel: Panel, context: Context, search: str | None) -> dict[str, Any]:
    """What a chart panel draws for an address: figure(read(...))."""
    if panel.figure is None:
        raise TypeError(f"Panel {panel.id} has no figure.")
    return panel.figure(read(panel, context, asked(panel, context, search)))


def asked(panel: Panel, context: Context, search: str | None) -> Question:
    """What an address asks of a panel, without what this viewer may not ask."""
    return Question.of(panel, gate.permitted_search(search, context.viewer()))


def answer(panel: Panel, context: Context, search: str | None, shown: str | None) -> list[Any]:
    """Values of a panel's outputs: figure (if any), then those of `_outputs`, in their order."""
    panel = gate.as_shown(panel, context.viewer())
    question = asked(panel, context, search)
    frame = read(panel, context, question)
    facts = context.facts()
    view = shown or panel.first_view
    state = "empty" if panel.is_empty(frame) else "ready"
    waits = computing.awaited(panel, context, context.viewer(), is_empty=state == "empty")
    if waits is not None:
        state = "empty"
    is_ready = state == "ready"
    words = f"{panels.caption_of(panel, frame)} · " if is_ready else ""
    is_table = view == "table" and is_ready
    most = panel_table.MOST_ROWS + 1
    listed = _listed(panel, context, question, frame, most) if is_table else frame
    values = [
        panel.content(frame, question.filters) if panel.content and is_ready else None,
        panel_table.table(panel, listed) if is_table else None,
        f"{words}as of {theme.day(facts.as_of_date)}",
        None if is_ready else _waiting(waits) if waits else _empty(panel, question),
        f"panel-body is-{state} shows-{view}",
        f"/export/{panel.id}.csv{question.search}",
        panels.title_of(panel, frame),
    ]
    if panel.figure is None:
        return values
    draws = is_ready and view == "chart"
    return [panel.figure(frame) if draws else no_update, *values]


def _listed(
    panel: Panel, context: Context, question: Question, frame: pl.DataFrame, most: int | None = None
) -> pl.DataFrame:
    """The rows of table and CSV: the frame, or what it counts. Those may be many: not kept."""
    if panel.rows is None:
        return frame
    rows = replace(panel, read=partial(panel.rows, most=most))
    return read(rows, context, question, keep=False)


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


def _waiting(words: str) -> Component:
    return html.Div([html.P(computing.TITLE, className="message-title"), html.P(words)])


def _failure_of(panel: Panel) -> Callable[[Exception], list[Any]]:
    """A handler that shows what a person can repair, and otherwise a reference, never a value.

    The log gets the kind of error and where it arose, but not its text: a database error may quote
    what a participant wrote.
    """

    def failure(error: Exception) -> list[Any]:
        if isinstance(error, gate.NotThereError):
            raise error
        state = "error"
        if isinstance(error, small_groups.TooNarrowError):
            # An answer, not a failure.
            state, title, text = "empty", small_groups.TITLE, str(error)
        elif isinstance(error, UserError):
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
        shown = f"panel-body is-{state} shows-{panel.first_view}"
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


def export_csv(
    panel: Panel,
    facts: Facts,
    question: Question,
    frame: pl.DataFrame,
    *,
    arms: str = "",
    cohorts: Sequence[str] = (),
) -> str:
    """The panel's table as CSV, under lines that say what it is and where it comes from.

    Parameters
    ----------
    arms
        What the reader must know of the arms: that they are masked, for one. Nothing by default.
    cohorts
        Names of the saved cohorts that the filters are.
    """
    lines = (
        ("study", f"{facts.study_id}: {facts.title}"),
        ("shows", panels.title_of(panel, frame)),
        ("definition", panel.definition),
        ("filters", describe(panel, question)),
        *([("saved cohort", "; ".join(cohorts))] if cohorts else []),
        *small_groups.csv_lines(frame),
        *([("arms", arms)] if arms else []),
        ("as of", theme.moment(facts.as_of_at)),
        ("build", facts.build_id),
        ("made by", f"Rapport {facts.rapport_version}"),
    )
    out = io.StringIO()
    out.writelines(f"# {key}: {' '.join(text.split())}\n" for key, text in lines)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(panel_table.shown_columns(panel, frame).columns)
    rows = panel_table.csv_rows(panel, frame)
    writer.writerows([inert(value) for value in row] for row in rows)
    return out.getvalue()


def inert(value: object) -> object:
    """Text that a spreadsheet would run as a formula gets a quote in front."""
    is_formula = isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{value}" if is_formula else value


def register_exports(app: Dash, context: Context, all_panels: Iterable[Panel]) -> None:
    """Serve `/export/<panel id>.csv`, with the address's query string as the question."""
    by_id = {panel.id: panel for panel in all_panels}

    @app.server.get("/export/<panel_id>.csv")
    def _export(panel_id: str) -> Response:
        panel = by_id.get(panel_id)
        if panel is None or not may(context.viewer(), "download"):
            abort(404)
        try:
            text = _export_text(panel, context, request.query_string.decode("utf-8", "replace"))
        except gate.NotThereError:
            abort(404)
        except small_groups.TooNarrowError as error:
            return Response(f"{error}\n", status=403, mimetype="text/plain")
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


def _export_text(panel: Panel, context: Context, search: str) -> str:
    """The export that an address asks for, written down as given away."""
    viewer = context.viewer()
    panel = gate.as_shown(panel, viewer)
    question = asked(panel, context, search)
    frame = read(panel, context, question)
    frame = _listed(panel, context, question, frame)
    arms = gate.ARM_WORDS.get(viewer.edition, "")
    cohorts = cohorts_menu.names_of(context, viewer, question.search)
    text = export_csv(panel, context.facts(), question, frame, arms=arms, cohorts=cohorts)
    gate.write_down(context.state, viewer, "export", _given_away(panel, question, frame))
    return text


def _given_away(panel: Panel, question: Question, frame: pl.DataFrame) -> str:
    """An export as the log has it: the panel, and its filters.

    Who reads the log may be masked: arms, features and models are not named in it. Nor is whom
    somebody asked for in vain.
    """
    filters = replace(
        question.filters,
        arms=question.filters.arms and ("chosen",),
        dimension="chosen" if question.filters.dimension != Filters().dimension else "all",
    )
    choices = {key: value and "chosen" for key, value in question.choices.items()}
    if who := question.choices.get("participant"):
        choices["participant"] = "nobody of theirs" if panel.is_empty(frame) else who
    said = describe(panel, Question("", filters, choices))
    return f"{panel.id}; {said}"[:MOST_WRITTEN_DOWN]
