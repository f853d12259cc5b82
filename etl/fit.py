"""Fit the study's named models on the current build, and keep the results beside it."""

import warnings
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import duckdb
import polars as pl

from access.viewer import Viewer, local_viewer
from models import adherence, alliance, store
from models.declared import model_specs
from models.multiplicity import adjust_family
from models.results import FitResult
from models.spec import ModelSpec, asked_of, input_hash
from queries import model_frames
from study.definition import TOTAL_DIMENSION, Study
from study.errors import UserError
from study.outcomes import presets
from study.presets import WEEKLY_ADHERENCE
from warehouse.reader import MartReader
from warehouse.workspace import Workspace

Progress = Callable[[int, int, str], None]
AT_ONCE = 2
"""Models fitted at the same time: while one multiplies matrices, the other has Python to itself."""
MAP_FAMILY = "within-person feature terms of all dimensions and of weekly adherence"
TOTAL_FAMILY = "within-person feature terms of the alliance total"


@dataclass(frozen=True)
class _Task:
    """One model to fit: what is asked, where its rows come from, and what answers it."""

    spec: ModelSpec
    read: Callable[[duckdb.DuckDBPyConnection, Viewer], pl.DataFrame]
    columns: tuple[str, ...]
    fit: Callable[[pl.DataFrame, ModelSpec], FitResult]
    rows: Callable[[pl.DataFrame, ModelSpec], pl.DataFrame]


def fit(
    study: Study, workspace: Workspace, *, on_progress: Progress | None = None
) -> list[FitResult]:
    """Every preset of the study on every dimension, and on weekly adherence where use was intended.

    A model whose rows, options and code are unchanged keeps its saved result. Saved results of
    models that the study no longer names are deleted.

    Parameters
    ----------
    on_progress
        Called as (models done, models in all, name of the model at hand) before each fit.

    Raises
    ------
    UserError
        If there is no build yet.
    """
    con = MartReader(workspace).cursor()
    saved = _saved(workspace)
    plan = tuple(_tasks(study))
    fitted: list[FitResult] = []
    with closing(_answers(plan, con, saved)) as answers:
        for done, task in enumerate(plan):
            if on_progress is not None:
                on_progress(done, len(plan), task.spec.outcome_label)
            fitted.append(next(answers))
    results = _adjusted(fitted, {task.spec.model_id: task.spec for task in plan})
    for result in results:
        if saved.get(result.model_id) != result:
            store.save(workspace.results, result)
    store.keep_only(workspace.results, frozenset(result.model_id for result in results))
    return results


def analysed_rows(study: Study, workspace: Workspace, model_id: str) -> pl.DataFrame:
    """The rows that a model was fitted to, in the columns that its reproducing code names.

    Raises
    ------
    UserError
        If the study has no such model, or there is no build yet.
    """
    plan = {task.spec.model_id: task for task in _tasks(study)}
    if model_id not in plan:
        raise UserError(f"The study has no model {model_id!r}. It has: {', '.join(plan)}.")
    task = plan[model_id]
    frame = task.read(MartReader(workspace).cursor(), local_viewer())
    return task.rows(frame, task.spec)


def _tasks(study: Study) -> Iterator[_Task]:
    for preset in presets(study):
        for spec in model_specs(study, preset):
            model = adherence if spec.outcome == WEEKLY_ADHERENCE else alliance
            fit_one = (
                adherence.fit_weekly_adherence
                if spec.outcome == WEEKLY_ADHERENCE
                else alliance.fit_alliance
            )
            yield _Task(spec, _rows_of(spec), model.COLUMNS, fit_one, model.analysed_rows)


def _rows_of(spec: ModelSpec) -> Callable[[duckdb.DuckDBPyConnection, Viewer], pl.DataFrame]:
    return lambda con, viewer: model_frames.rows_of_model(con, viewer, **asked_of(spec))


def _answers(
    plan: Sequence[_Task], con: duckdb.DuckDBPyConnection, saved: Mapping[str, FitResult]
) -> Generator[FitResult]:
    """The result of each task in turn; two at a time are read and fitted."""
    # A model sees all participants, whoever looks at its result later: the viewer is the machine.
    viewer = local_viewer()

    def answer(task: _Task) -> FitResult:
        frame = task.read(con.cursor(), viewer)
        return _answer(task, frame, saved.get(task.spec.model_id))

    # The longest first, so that the last is not waited for alone.
    order = sorted(plan, key=lambda task: task.spec.outcome != WEEKLY_ADHERENCE)
    workers = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="model")
    try:
        asked = {task.spec.model_id: workers.submit(answer, task) for task in order}
        for task in plan:
            yield asked[task.spec.model_id].result()
    finally:
        workers.shutdown(cancel_futures=True)


def _answer(task: _Task, frame: pl.DataFrame, saved: FitResult | None) -> FitResult:
    if saved is not None and saved.input_hash == input_hash(frame, task.columns, task.spec):
        return saved
    return task.fit(frame, task.spec)


def _saved(workspace: Workspace) -> dict[str, FitResult]:
    """Saved results; one that cannot be read is fitted anew, which needs no telling."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", store.UnreadableResultWarning)
        return store.load_all(workspace.results)


def _adjusted(results: list[FitResult], specs: Mapping[str, ModelSpec]) -> list[FitResult]:
    """Adjusted p-values, preset by preset.

    An exploratory map is one family of tests (Benjamini-Hochberg); the total, which repeats it, is
    another. A confirmatory preset's declared terms are a family of their own (Holm).
    """
    adjusted: dict[str, FitResult] = {}
    for preset_id in dict.fromkeys(result.preset_id for result in results):
        own = [result for result in results if result.preset_id == preset_id]
        for result in _of_preset(own, specs[own[0].model_id]):
            adjusted[result.model_id] = result
    return [adjusted[result.model_id] for result in results]


def _of_preset(own: list[FitResult], spec: ModelSpec) -> list[FitResult]:
    if spec.family == "confirmatory":
        declared = f"the {len(spec.declared_terms)} terms that the study file declares"
        return adjust_family(own, family=declared, method="holm", terms=spec.declared_terms)
    total = [result for result in own if result.outcome == TOTAL_DIMENSION]
    others = [result for result in own if result.outcome != TOTAL_DIMENSION]
    return [
        *adjust_family(others, family=MAP_FAMILY),
        *adjust_family(total, family=TOTAL_FAMILY),
    ]
