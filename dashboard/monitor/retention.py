"""Who stays and who keeps using, week by week; and initiation, implementation and persistence."""

import duckdb
import polars as pl

from access.viewer import Viewer
from dashboard import panel_cells, theme, withheld
from dashboard.figures import monitor as figures
from dashboard.monitor.flow import NOBODY, PEOPLE
from dashboard.panel import Panel
from dashboard.shares import with_clustered_interval
from models.survival import kaplan_meier
from queries import monitor as reads
from queries.filters import Filters

_ARM = ("arm_id", "arm_label", "arm_position")
FACETS = {
    "initiation": ("Initiation", "started, of those whose first week is over"),
    "implementation": ("Implementation", "of the sessions due while they used the app, done"),
    "persistence": ("Persistence", "still using on the last day seen"),
}
SCHEMA = {
    "arm_id": pl.String,
    "arm_label": pl.String,
    "arm_position": pl.Int32,
    "facet_id": pl.String,
    "facet_label": pl.String,
    "n_participants": pl.Int64,
    "n_due": pl.Int64,
    "share": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "day": pl.Float64,
    "half_life": pl.Float64,
}


def read_retention(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Shares still in the study, and with use, of those whose week is over."""
    frame = reads.retention(con, viewer, filters)
    return frame.with_columns(
        in_study_share=pl.col("n_in_study") / pl.col("n_reached"),
        active_share=pl.col("n_active") / pl.col("n_reached"),
    )


def read_facets(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Initiation, implementation and persistence, one row per arm and facet."""
    return facets(reads.people(con, viewer, filters))


def facets(people: pl.DataFrame) -> pl.DataFrame:
    """The three facets of adherence to an intervention over time.

    Parameters
    ----------
    people
        As `queries.monitor.people` returns. Not modified.

    Returns
    -------
    pl.DataFrame
        Columns of `SCHEMA`. Intervals are Wilson's, for implementation with a participant as one
        cluster; those of persistence are the survival curve's at its last day. A facet of which
        nothing can be said has no row.
    """
    rows = [
        {**dict(zip(_ARM, arm, strict=True)), **row}
        for arm, group in people.partition_by(*_ARM, as_dict=True, maintain_order=True).items()
        for row in (*_shares(group), *_persistence(group))
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def _shares(group: pl.DataFrame) -> list[dict[str, object]]:
    begun = group.filter("is_first_week_over").select(
        due=pl.lit(1), done=pl.col("is_starter").fill_null(value=False).cast(pl.Int64)
    )
    in_use = group.filter(pl.col("n_over_in_use") > 0).select(
        due="n_over_in_use", done="n_done_in_use"
    )
    counted = [
        {"facet_id": name, **_sums(rows)}
        for name, rows in (("initiation", begun), ("implementation", in_use))
        if rows.height
    ]
    if not counted:
        return []
    made = with_clustered_interval(pl.DataFrame(counted))
    return [
        {
            "facet_id": row["facet_id"],
            "facet_label": FACETS[row["facet_id"]][0],
            "n_participants": row["n_participants_due"],
            "n_due": row["n_due"],
            **{name: row[name] for name in ("share", "ci_low", "ci_high")},
        }
        for row in made.to_dicts()
    ]


def _sums(rows: pl.DataFrame) -> dict[str, object]:
    """The sums over participants that a clustered interval needs."""
    due, done = rows["due"].cast(pl.Float64), rows["done"].cast(pl.Float64)
    return {
        "n_participants_due": rows.height,
        "n_due": int(due.sum()),
        "n_done": int(done.sum()),
        "sum_done_squared": float((done * done).sum()),
        "sum_done_due": float((done * due).sum()),
        "sum_due_squared": float((due * due).sum()),
    }


def _persistence(group: pl.DataFrame) -> list[dict[str, object]]:
    starters = group.filter(pl.col("is_starter"), pl.col("nonusage_day").is_not_null())
    if starters.is_empty():
        return []
    days = starters["nonusage_day"].cast(pl.Float64).to_list()
    curve = kaplan_meier(days, starters["is_nonusage_event"].to_list())
    return [
        {
            "facet_id": "persistence",
            "facet_label": FACETS["persistence"][0],
            "n_participants": starters.height,
            "n_due": starters.height,
            "share": curve.survival[-1],
            "ci_low": curve.ci_low[-1],
            "ci_high": curve.ci_high[-1],
            "day": curve.days[-1],
            "half_life": curve.half_life,
        }
    ]


def _n_reached(frame: pl.DataFrame) -> str:
    most = frame.group_by("arm_id").agg(n=pl.col("n_reached").max())["n"]
    if most.null_count():
        return f"n {withheld.WORD}"
    return f"n = {theme.counted(most.sum(), 'participant')} whose first week is over"


def _n_facets(frame: pl.DataFrame) -> str:
    return f"n = up to {theme.counted(_most(frame), 'participant')} · 95 % intervals"


def _most(frame: pl.DataFrame) -> int:
    return int(frame.group_by("arm_id").agg(n=pl.col("n_participants").max())["n"].sum())


RETENTION = Panel(
    id="monitor-retention",
    title="Retention by study week",
    definition="Of the participants whose study week is over: how many were not withdrawn from the "
    "study by its end, and how many used the app in it. Who withdrew stays in the denominator, and "
    "fewer participants have come to later weeks, so a line may rise. Weeks are counted from day "
    "0. Use is shown within the planned weeks. The curves of the Adherence page add numbers at "
    "risk, intervals and half-lives.",
    read=read_retention,
    figure=figures.retention,
    columns={
        "arm_label": "Arm",
        "study_week": "Study week",
        "n_reached": "Week is over for",
        "n_in_study": "Still in the study",
        "in_study_share": "Share in the study",
        "n_active": "Used the app that week",
        "active_share": "Share that used it",
    },
    caption=_n_reached,
    empty=f"{NOBODY} In the first week no week is over yet.",
    height="large",
    uses=PEOPLE,
    cells=panel_cells.RETENTION,
)
FACET_PANEL = Panel(
    id="monitor-facets",
    title="Initiation, implementation, persistence",
    definition="Three facets of adherence over time (Vrijens and others 2012; Grayek and others "
    "2023). Initiation: any use from day 0 on, among those whose first week is over. "
    "Implementation: sessions done of those due in weeks that are over, from the first day of use "
    "to the last where use has stopped; needs [intended_use]. Persistence: share of starters not "
    "silent by the last day on which that can be told (Kaplan-Meier, see the Adherence page). "
    "Intervals: 95 %; Wilson, with a participant's sessions as one cluster, and log-log for "
    "persistence.",
    read=read_facets,
    figure=figures.facet_shares,
    columns={
        "arm_label": "Arm",
        "facet_label": "Facet",
        "n_participants": "Participants",
        "n_due": "of sessions or participants",
        "share": "Share",
        "ci_low": "95 % from",
        "ci_high": "95 % to",
        "day": "By study day",
        "half_life": "Half-life, days",
    },
    caption=_n_facets,
    empty=NOBODY,
    height="large",
    uses=PEOPLE,
    cells=panel_cells.FACETS,
)
