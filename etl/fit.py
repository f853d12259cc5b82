"""Fit the study's named models on the current build, and keep the results beside it."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import duckdb
import polars as pl

from access.viewer import Viewer, local_viewer
from models import adherence, alliance, store
from models.multiplicity import adjust_within_features
from models.results import FitResult
from models.spec import FeatureTerm, ModelSpec, input_hash
from queries import model_frames
from queries.filters import Filters
from study.definition import TOTAL_DIMENSION, ModelPreset, Study
from study.dimensions import BY_ID
from warehouse.reader import MartReader
from warehouse.workspace import Workspace

Progress = Callable[[int, int, str], None]
ADHERENCE = "adherence"
MAP_FAMILY = "within-person feature terms of all dimensions and of weekly adherence"
TOTAL_FAMILY = "within-person feature terms of the alliance total"


@dataclass(frozen=True)
class _Task:
    """One model to fit: what is asked, where its rows come from, and what answers it."""

    spec: ModelSpec
    read: Callable[[duckdb.DuckDBPyConnection, Viewer], pl.DataFrame]
    columns: tuple[str, ...]
    fit: Callable[[pl.DataFrame, ModelSpec], FitResult]


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
    for done, task in enumerate(plan):
        if on_progress is not None:
            on_progress(done, len(plan), task.spec.outcome_label)
        fitted.append(_answer(task, con, saved.get(task.spec.model_id)))
    results = _adjusted(fitted)
    for result in results:
        if saved.get(result.model_id) != result:
            store.save(workspace.results, result)
    store.keep_only(workspace.results, frozenset(result.model_id for result in results))
    return results


def presets(study: Study) -> tuple[ModelPreset, ...]:
    """The study's model presets, or the default one where it names none."""
    return study.models or (ModelPreset(id=TOTAL_DIMENSION),)


def _tasks(study: Study) -> Iterator[_Task]:
    for preset in presets(study):
        for dimension_id in study.dimensions:
            spec = _spec(study, preset, dimension_id, _label(dimension_id))
            yield _Task(
                spec, _rows_of(dimension_id, preset), alliance.COLUMNS, alliance.fit_alliance
            )
        if study.intended_use is not None:
            spec = _spec(study, preset, ADHERENCE, "Weekly adherence")
            yield _Task(spec, _weeks, adherence.COLUMNS, adherence.fit_weekly_adherence)


def _spec(study: Study, preset: ModelPreset, outcome: str, label: str) -> ModelSpec:
    return ModelSpec(
        model_id=f"{preset.id}.{outcome}",
        preset_id=preset.id,
        outcome=outcome,
        outcome_label=label,
        features=tuple(
            FeatureTerm(feature.id, feature.label, feature.always_on) for feature in study.features
        ),
        arms=tuple((arm.id, arm.label) for arm in study.arms),
        transform=preset.transform,
        window_days=preset.window_days,
    )


def _label(dimension_id: str) -> str:
    known = BY_ID.get(dimension_id)
    return dimension_id.replace("_", " ").capitalize() if known is None else known.label


def _rows_of(
    dimension_id: str, preset: ModelPreset
) -> Callable[[duckdb.DuckDBPyConnection, Viewer], pl.DataFrame]:
    filters = replace(Filters(), dimension=dimension_id)

    def read(con: duckdb.DuckDBPyConnection, viewer: Viewer) -> pl.DataFrame:
        return model_frames.model_rows(con, viewer, filters, window_days=preset.window_days)

    return read


def _weeks(con: duckdb.DuckDBPyConnection, viewer: Viewer) -> pl.DataFrame:
    return model_frames.model_weeks(con, viewer, Filters())


def _answer(task: _Task, con: duckdb.DuckDBPyConnection, saved: FitResult | None) -> FitResult:
    # A model sees all participants, whoever looks at its result later: the viewer is the machine.
    frame = task.read(con, local_viewer())
    if saved is not None and saved.input_hash == input_hash(frame, task.columns, task.spec):
        return saved
    return task.fit(frame, task.spec)


def _saved(workspace: Workspace) -> dict[str, FitResult]:
    """Saved results; one that cannot be read is fitted anew, which needs no telling."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", store.UnreadableResultWarning)
        return store.load_all(workspace.results)


def _adjusted(results: list[FitResult]) -> list[FitResult]:
    """Each preset's map is one family of tests; the total, which repeats it, is another."""
    adjusted: dict[str, FitResult] = {}
    for preset_id in dict.fromkeys(result.preset_id for result in results):
        own = [result for result in results if result.preset_id == preset_id]
        total = [result for result in own if result.outcome == TOTAL_DIMENSION]
        others = [result for result in own if result.outcome != TOTAL_DIMENSION]
        done = [
            *adjust_within_features(others, family=MAP_FAMILY),
            *adjust_within_features(total, family=TOTAL_FAMILY),
        ]
        adjusted |= {result.model_id: result for result in done}
    return [adjusted[result.model_id] for result in results]
