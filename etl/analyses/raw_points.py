"""The raw data beneath each fitted model, in bins that hold groups large enough to be shown."""

import duckdb

from access.viewer import Viewer
from etl.analyses.analysis import Analysis
from models.analyses import Inputs
from models.declared import model_specs
from models.errors import NotEstimableError
from models.raw_points import RawPoints, compute
from models.spec import asked_of
from queries import model_frames
from study.definition import Study
from study.outcomes import presets


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
    frames = {
        spec.model_id: model_frames.rows_of_model(con, viewer, **asked_of(spec)) for spec in specs
    }
    return Inputs(frames, {"models": specs, "smallest": study.privacy.smallest_cell})


RAW_POINTS = Analysis(
    id="raw_points",
    label="Raw data beneath the models",
    version=1,
    kind=RawPoints,
    read=read,
    compute=compute,
)
