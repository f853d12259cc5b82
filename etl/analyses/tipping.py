"""Tipping point: how much worse must missed surveys be before the main association goes?"""

from dataclasses import replace

import duckdb

from access.viewer import Viewer
from etl.analyses.analysis import Analysis
from etl.analyses.main_model import main_model
from models.analyses import Inputs, Tell
from models.sensitivity.tipping import Tipping, tipping
from queries import model_frames, outlook
from queries.filters import Filters
from study.definition import Study


def read(study: Study, con: duckdb.DuckDBPyConnection, viewer: Viewer) -> Inputs:
    """The main model's rows, and those that missed surveys would have given.

    Raises
    ------
    NotEstimableError
        If the study declares no main model.
    """
    main = main_model(study)
    asked = replace(Filters(), dimension=main.spec.outcome)
    days, lag = main.spec.window_days, main.spec.lag_days
    kinds = {one.covariate_id: one.kind for one in main.spec.covariates}
    frames = {
        "answered": model_frames.model_rows(con, viewer, asked, window_days=days, lag_days=lag),
        "missed": outlook.missed(con, viewer, asked, window_days=days, lag_days=lag),
    }
    return Inputs(
        {
            name: model_frames.with_covariates(con, viewer, frame, kinds)
            for name, frame in frames.items()
        },
        {"spec": main.spec, "feature_id": main.feature_id},
    )


def compute(inputs: Inputs, tell: Tell) -> Tipping:
    """The main model at every delta."""
    return tipping(
        inputs.frames["answered"],
        inputs.frames["missed"],
        inputs.options["spec"],
        main_feature=inputs.options["feature_id"],
        tell=tell,
    )


TIPPING = Analysis(
    id="tipping", label="Tipping point", version=1, kind=Tipping, read=read, compute=compute
)
