"""How far features reach: breadth by frequency, and the dose of each stage, as panels."""

import duckdb
import polars as pl

from access.viewer import Viewer
from dashboard import theme
from dashboard.figures import reach as figures
from dashboard.intervals import span_words
from dashboard.panel import Panel
from dashboard.usage import cells
from queries import features as reads
from queries import usage as usage_reads
from queries.filters import Filters


def read_reach(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters, *, version: str | None
) -> pl.DataFrame:
    """Each feature's share of participants who met it, and how often they did."""
    n = pl.col("n_participants")
    frame = reads.feature_reach(con, viewer, filters, app_version=version or None)
    return frame.with_columns(share=pl.when(n > 0).then(pl.col("n_reached") / n))


def read_dose(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters, *, category: str | None
) -> pl.DataFrame:
    """Dose by principle and stage, of all categories or of a chosen one."""
    frame = reads.dose_by_stage(con, viewer, filters)
    return frame if category is None else frame.filter(category_id=category)


def versions(con: duckdb.DuckDBPyConnection, viewer: Viewer) -> list[str]:
    """Versions of the app that enough participants have had to be shown, oldest first."""
    known = usage_reads.app_releases(con, viewer, Filters()).drop_nulls("first_date")
    return known.sort("first_date", "app_version")["app_version"].to_list()


def _reach_caption(frame: pl.DataFrame) -> str:
    n = frame["n_participants"].drop_nulls()
    return f"n = {span_words(n)} participants · hollow: always on" if n.len() else "withheld"


def _dose_caption(frame: pl.DataFrame) -> str:
    n = span_words(frame["n_participants"].drop_nulls())
    principles = theme.counted(frame["principle_id"].n_unique(), "principle")
    return f"n = {n} participants at risk · {principles} · thick: counts as exposure"


REACH = Panel(
    id="features-reach",
    title="Breadth and frequency of each feature",
    definition="Right: many participants met the feature at least once, of those with a week in "
    "the study. Up: who met it, met it often, in times per week in which they used the app (each "
    "participant's mean, averaged). Exposures count at the stage that the study file names. With a "
    "version of the app chosen, only participants and days under it count: from its first day on "
    "somebody's telephone to the next version's. Dashed: the median feature.",
    read=read_reach,
    figure=figures.breadth_by_frequency,
    columns={
        "feature_label": "Feature",
        "principle_label": "Principle",
        "category_label": "Category",
        "n_participants": "Participants",
        "n_reached": "Met it",
        "share": "Share who met it",
        "n_users": "Met it, with a week of use",
        "mean_per_week": "Times a week of use",
        "is_always_on": "Always on",
    },
    caption=_reach_caption,
    empty="Nobody has had this version in this part of the study, or no feature is mapped. Choose "
    "another version, or add [[features]] to study.toml.",
    choices=("version",),
    height="tall",
    width="full",
    cells=cells.REACH,
    is_empty=lambda frame: frame.is_empty() or frame["n_participants"].sum() == 0,
)
DOSE = Panel(
    id="features-dose",
    title="Dose by principle and stage, per participant at risk",
    definition="How often each stage of a principle of persuasive design was reached in a study "
    "week, divided by the participants at risk: offered, delivered, seen, acted. Only stages that "
    "the study file maps to events; the thick line is the stage that counts as exposure. A gap "
    "between delivered and seen is where a message is lost. Choose a category above to see its "
    "principles alone. Hollow: the week is not over for somebody.",
    read=read_dose,
    figure=figures.dose_by_stage,
    columns={
        "principle_label": "Principle",
        "stage": "Stage",
        "is_exposure": "Counts as exposure",
        "study_week": "Study week",
        "n_participants": "At risk",
        "n_reached": "Reached it",
        "mean_reached": "Times per participant",
        "n_open": "Week not over",
    },
    caption=_dose_caption,
    empty="Nobody was at risk in this part of the study, or no feature is mapped. Widen the "
    "filters, or add [[features]] to study.toml.",
    choices=("category",),
    height="tall",
    width="full",
    cells=cells.DOSE,
)
