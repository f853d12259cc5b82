"""The multiverse: the declared model's associations under every other reasonable choice."""

from dataclasses import replace

import duckdb

from access.viewer import Viewer
from etl.analyses.analysis import Analysis
from models.analyses import Inputs
from models.declared import model_specs
from models.errors import NotEstimableError
from models.multiverse.compute import SCORES, compute, window_name
from models.multiverse.result import Multiverse
from models.multiverse.specification import windows_of
from models.spec import ModelSpec
from queries import model_frames
from queries import multiverse as reads
from queries.filters import Filters
from study.definition import ModelPreset, Study
from study.outcomes import presets
from study.presets import TOTAL_DIMENSION


def read(study: Study, con: duckdb.DuckDBPyConnection, viewer: Viewer) -> Inputs:
    """Every score, exposure in each window, and the declared model of each dimension.

    The declared model is that of the first preset that is a map of exposures by dimensions.

    Raises
    ------
    NotEstimableError
        If the study has no such preset, or no dimension.
    """
    preset = _declared(study)
    specs = [one for one in model_specs(study, preset) if one.outcome in study.dimensions]
    if not specs:
        raise NotEstimableError("The study measures no dimension of alliance.", "no_dimension")
    scores = reads.occasion_scores(con, viewer, Filters())
    kinds = {one.covariate_id: one.kind for one in specs[0].covariates}
    frames = {SCORES: model_frames.with_covariates(con, viewer, scores, kinds)}
    for days, lag in windows_of(specs[0]):
        frames[window_name(days, lag)] = reads.window_exposures(
            con, viewer, window_days=days, lag_days=lag
        )
    declared = tuple(_without_moderator(one) for one in specs)
    return Inputs(frames, {"models": declared, "preset_id": preset.id})


def _declared(study: Study) -> ModelPreset:
    maps = [
        preset
        for preset in presets(study)
        if preset.outcome == TOTAL_DIMENSION and preset.family == "exploratory"
    ]
    # A moderator would make the main estimate that of a participant with its average level.
    plain = [preset for preset in maps if preset.moderator is None]
    if maps:
        return (plain or maps)[0]
    raise NotEstimableError(
        "The study file has no exploratory model of the alliance total, which would declare the "
        "main specification.",
        "no_declared_model",
    )


def _without_moderator(spec: ModelSpec) -> ModelSpec:
    """A curve is of one association, not of how it changes with something else."""
    return replace(spec, moderator=None)


MULTIVERSE = Analysis(
    id="multiverse",
    label="Multiverse",
    version=1,
    kind=Multiverse,
    read=read,
    compute=compute,
)
