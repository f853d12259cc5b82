"""Versions of features compared: health, effects, how they go along, and for whom."""

import duckdb

from access.viewer import Viewer
from etl.analyses.analysis import Analysis
from models.analyses import Inputs
from models.randomised.version_report import CATALOGUE, compute
from models.randomised.version_result import VersionReport
from queries import alliance as alliance_reads
from queries import multiverse as multiverse_reads
from queries import variants as reads
from queries.filters import Filters
from study.definition import Study


def read(study: Study, con: duckdb.DuckDBPyConnection, viewer: Viewer) -> Inputs:
    """Deliveries of features with versions, and what came before and after them."""
    measures = alliance_reads.dimension_measures(con, viewer)
    pairs = measures.select("dimension_id", "dimension_label").rows()
    total = measures.filter("is_total")["dimension_id"].to_list()
    labels = {
        "site_id": {one.id: one.label for one in study.sites},
        "arm_id": {one.id: one.label for one in study.arms},
    }
    return Inputs(
        {
            CATALOGUE: reads.variant_catalogue(con, viewer),
            "points": reads.variant_points(con, viewer),
            "sessions": reads.session_starts(con, viewer),
            "due": reads.sessions_due(con, viewer),
            "weeks": reads.weeks_of_use(con, viewer),
            "scores": multiverse_reads.occasion_scores(con, viewer, Filters()),
        },
        {
            "dimensions": pairs,
            "total": total[0] if total else None,
            "labels": labels,
        },
    )


VARIANTS = Analysis(
    id="variants",
    label="Compare variants",
    version=1,
    kind=VersionReport,
    read=read,
    compute=compute,
)
