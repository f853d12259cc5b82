"""The raw data beneath each fitted model, in bins that hold groups large enough to be shown."""

from dataclasses import replace

import duckdb
import polars as pl

from access.viewer import Viewer
from etl.analyses.analysis import Analysis
from etl.fit import model_specs
from models.analyses import Inputs
from models.errors import NotEstimableError
from models.raw_points import RawPoints, compute
from models.spec import ModelSpec
from queries import model_frames
from queries.filters import Filters
from study.definition import Study
from study.outcomes import presets
from study.presets import WEEKLY_ADHERENCE


def read(study: Study, con: duckdb.DuckDBPyConnection, viewer: Viewer) -> Inputs:
    """What every model of the study is fitted to.

    Raises
    ------
    NotEstimableError
        If the study has no model.
    """
    specs = tuple(spec for preset in presets(study) for spec in model_specs(study, preset))
    if not specs:
        raise NotEstimableError("The study file names no model.", "no_model")
    frames = {spec.model_id: _rows(con, viewer, spec) for spec in specs}
    return Inputs(frames, {"models": specs, "smallest": study.privacy.smallest_cell})


def _rows(con: duckdb.DuckDBPyConnection, viewer: Viewer, spec: ModelSpec) -> pl.DataFrame:
    moderator = spec.moderator.dimension_id if spec.moderator else None
    if spec.outcome == WEEKLY_ADHERENCE:
        frame = model_frames.model_weeks(con, viewer, Filters(), moderator=moderator)
    else:
        frame = model_frames.model_rows(
            con,
            viewer,
            replace(Filters(), dimension=spec.outcome),
            window_days=spec.window_days,
            lag_days=spec.lag_days,
            moderator=moderator,
        )
    kinds = {one.covariate_id: one.kind for one in spec.covariates}
    return model_frames.with_covariates(con, viewer, frame, kinds)


RAW_POINTS = Analysis(
    id="raw_points",
    label="Raw data beneath the models",
    version=1,
    kind=RawPoints,
    read=read,
    compute=compute,
)
