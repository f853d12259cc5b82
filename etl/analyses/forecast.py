"""Forecast: how wide will the main intervals be in the end, from blinded estimates so far?"""

from dataclasses import replace

import duckdb

from access.viewer import Viewer
from etl.analyses.analysis import Analysis
from etl.analyses.main_model import main_model
from models.analyses import Inputs, Tell
from models.forecast.answer import Forecast
from models.forecast.forecast import Plan, forecast
from queries import model_frames, outlook
from queries.filters import Filters
from study.definition import Study

_PAIR = 2


def read(study: Study, con: duckdb.DuckDBPyConnection, viewer: Viewer) -> Inputs:
    """The main model's rows without arms, and the schedule with what became of it.

    Raises
    ------
    NotEstimableError
        If the study declares no main model.
    """
    main = main_model(study)
    # Covariates and sites hardly change a width, and arms must not.
    spec = replace(main.spec, arms=(), covariates=(), has_site_levels=False)
    asked = replace(Filters(), dimension=spec.outcome)
    rows = model_frames.model_rows(
        con, viewer, asked, window_days=spec.window_days, lag_days=spec.lag_days
    )
    surveys = outlook.surveys(con, viewer, asked)
    return Inputs(
        {"rows": rows.drop("arm_id"), "surveys": surveys},
        {"spec": spec, "feature_id": main.feature_id, "plan": plan_of(study)},
    )


def plan_of(study: Study) -> Plan:
    """Participants and groups as the study file plans them.

    The first two arms are compared, with their shares of all; a study that knows no two arms (as
    the masked edition) compares two halves.
    """
    target = None if study.recruitment is None else study.recruitment.target
    if len(study.arms) < _PAIR:
        return Plan(target)
    whole = sum(arm.allocation for arm in study.arms)
    first, second = (arm.allocation / whole for arm in study.arms[:_PAIR])
    return Plan(target, len(study.arms), (first, second))


def compute(inputs: Inputs, tell: Tell) -> Forecast:
    """Expected widths by participants and surveys."""
    return forecast(
        inputs.frames["rows"],
        inputs.frames["surveys"],
        inputs.options["spec"],
        inputs.options["plan"],
        feature_id=inputs.options["feature_id"],
        tell=tell,
    )


FORECAST = Analysis(
    id="forecast", label="Forecast", version=1, kind=Forecast, read=read, compute=compute
)
