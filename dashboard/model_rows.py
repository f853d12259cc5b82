"""The rows that a model analysed, as a download for those who may read single participants.

It is served beside the panels' exports and is written down as they are. The rows hold the arms, so
that whoever reads a masked or scrambled edition gets none: as everywhere, what is not for a viewer
answers as what does not exist.
"""

import csv
import io
from collections.abc import Iterator

import polars as pl
from dash import Dash, Input, Output, html
from dash.development.base_component import Component
from flask import Response, abort

from access.gate import may, may_open, may_read
from access.viewer import Viewer
from dashboard import filters_bar, gate, model_frames, theme
from dashboard.context import Context
from dashboard.panel_wiring import inert
from models import adherence, alliance, store
from models.declared import declared
from models.results import FitResult
from models.spec import ModelSpec, asked_of, input_hash
from queries.model_frames import rows_of_model
from study.errors import UserError
from study.presets import WEEKLY_ADHERENCE

PLACE = "models-rows-link"
_PAGE = "/models"
_COLUMNS = {
    "score": "Score of the outcome, in scale points",
    "done": "Sessions done in the week, at most those due",
    "due": "Sessions due in the week under the intended use",
    "week": "Study week, less its mean over these rows",
    "participant": "Participant, as everywhere in this study's files",
    "site": "Site",
}
_PREFIXES = {
    "within_": "Within a participant: exposure to {} before the occasion, less their own mean",
    "between_": "Between participants: mean exposure to {}, less the mean of all participants",
    "arm_": "1 in the arm {}, 0 in others",
}
_OTHER = "Term {} of the formula, as it entered the fit"


def is_for(viewer: Viewer) -> bool:
    """Whether a viewer may carry rows of single participants away, arms included."""
    return (
        viewer.edition == "open"
        and may_open(viewer, _PAGE)
        and may_read(viewer, "participant", shows_tests=True)
        and may(viewer, "download")
    )


def link(context: Context, model: str | None) -> Component | None:
    """The download of the chosen model's rows, for whom it is."""
    viewer = context.viewer()
    if not is_for(viewer):
        return None
    result = model_frames.chosen(store.load_all(context.results_of(viewer)), model)
    if result is None or not result.n_rows:
        return None
    return html.A(
        f"Download its {theme.counted(result.n_rows, 'row')} (CSV)",
        href=f"/export/model/{result.model_id}.csv",
        className="tool",
    )


def register(app: Dash, context: Context) -> None:
    """Serve `/export/model/<model id>.csv`, and keep the page's link to it current."""

    @app.callback(
        Output(PLACE, "children"),
        Input(filters_bar.choice_id("model"), "value"),
        Input("build", "data"),
    )
    def _link(model: str | None, _build: str | None) -> Component | None:
        return link(context, model)

    @app.server.get("/export/model/<model_id>.csv")
    def _export_rows(model_id: str) -> Response:
        viewer = context.viewer()
        if not is_for(viewer):
            gate.write_down(context.state, viewer, "denied", "rows of a model")
            abort(404)
        try:
            text = export(context, viewer, model_id)
        except UserError as error:
            return Response(f"{error}\n", status=503, mimetype="text/plain")
        if text is None:
            abort(404)
        # Who reads the log may be masked: models are not named in it.
        gate.write_down(context.state, viewer, "export", "models-rows; model: chosen")
        return Response(
            text,
            mimetype="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{model_id}.csv"'},
        )


def export(context: Context, viewer: Viewer, model_id: str) -> str | None:
    """A model's rows under lines that say what they are; None where there is no such model.

    Raises
    ------
    UserError
        If nothing was loaded yet, or the build is of an older version.
    """
    spec = declared(context.study, model_id)
    result = store.load_all(context.results_of(viewer)).get(model_id)
    if spec is None or result is None:
        return None
    frame = rows_of_model(context.cursor(), viewer, **asked_of(spec))
    model = adherence if spec.outcome == WEEKLY_ADHERENCE else alliance
    rows = model.analysed_rows(frame, spec)
    is_same = result.input_hash == input_hash(frame, model.COLUMNS, spec)
    out = io.StringIO()
    for key, words in _head(context, spec, result, rows, is_same=is_same):
        out.write(f"# {key}: {' '.join(words.split())}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows.columns)
    writer.writerows([inert(value) for value in row] for row in rows.iter_rows())
    return out.getvalue()


def _head(
    context: Context, spec: ModelSpec, result: FitResult, rows: pl.DataFrame, *, is_same: bool
) -> Iterator[tuple[str, str]]:
    facts = context.facts()
    yield "study", f"{facts.study_id}: {facts.title}"
    yield "shows", f"The rows that the model {spec.model_id} ({spec.outcome_label}) analysed"
    yield "definition", f"{result.formula}. {result.method}. {_window(spec)}"
    yield "filters", "none apply: a model sees every participant with data for it"
    yield "rows", f"{rows.height:,} here; {result.n_rows:,} in the fit that the page shows"
    yield (
        "fit",
        ("of these rows" if is_same else "of other rows or another version. Run: rapport fit"),
    )
    labels = {one.feature_id: one.label for one in spec.features} | dict(spec.arms)
    for name in rows.columns:
        yield f"column {name}", meaning(name, labels)
    yield "as of", theme.moment(facts.as_of_at)
    yield "build", facts.build_id
    yield "made by", f"Rapport {facts.rapport_version}"
    yield "reading", "lines with # are no rows: comment.char = '#' in R, comment='#' in pandas"


def _window(spec: ModelSpec) -> str:
    if spec.outcome == WEEKLY_ADHERENCE:
        return "Exposure: of the week before."
    lag = f", ending {spec.lag_days} days before it" if spec.lag_days else ""
    return f"Exposure: of the {spec.window_days} days before the survey{lag} ({spec.transform})."


def meaning(name: str, labels: dict[str, str]) -> str:
    """What a column holds; `labels` are those of features and arms by id."""
    if name in _COLUMNS:
        return _COLUMNS[name]
    for prefix, words in _PREFIXES.items():
        if name.startswith(prefix):
            own = name.removeprefix(prefix)
            return words.format(labels.get(own, own))
    return _OTHER.format(name)
