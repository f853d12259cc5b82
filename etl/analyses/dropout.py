"""Dropout lens: do alliance and use go along with being lost sooner?"""

import duckdb

from access.viewer import Viewer
from etl.analyses.analysis import Analysis
from models.analyses import Inputs, Tell
from models.dropout.answer import DropoutLens
from models.dropout.lens import dropout_lens
from models.errors import NotEstimableError
from queries import adherence, outlook
from queries.filters import Filters
from study.definition import Study
from study.presets import TOTAL_DIMENSION


def read(study: Study, con: duckdb.DuckDBPyConnection, viewer: Viewer) -> Inputs:
    """Ends of use and of taking part, and what was known before.

    Raises
    ------
    NotEstimableError
        If the study has no alliance total.
    """
    if TOTAL_DIMENSION not in study.dimensions:
        raise NotEstimableError(
            "The study file has no dimension 'alliance', the total that the lens looks through.",
            "no_total",
        )
    people = adherence.attrition(con, viewer, Filters()).drop("arm_label", "arm_position")
    measures = outlook.measures(con, viewer, Filters())
    return Inputs(
        {"people": people, "measures": measures}, {"smallest": study.privacy.smallest_cell}
    )


def compute(inputs: Inputs, _tell: Tell) -> DropoutLens:
    """Hazard ratios, checks and curves."""
    return dropout_lens(
        inputs.frames["people"],
        inputs.frames["measures"],
        smallest=max(int(inputs.options["smallest"]), 1),
    )


DROPOUT = Analysis(
    id="dropout", label="Dropout lens", version=1, kind=DropoutLens, read=read, compute=compute
)
