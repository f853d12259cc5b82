"""What stands out: groups outside their funnel limits, and since when they do."""

from typing import Any

import duckdb
import polars as pl
from dash import html
from dash.development.base_component import Component

from access.viewer import Viewer
from dashboard import panel_cells, theme, withheld
from dashboard.figures import monitor_funnel as figures
from dashboard.panel import Panel
from dashboard.sources import Sources
from models.monitoring import flag_store
from models.monitoring.flag_history import Key, Past, pasts
from models.monitoring.funnel import FLAG, WATCH
from models.monitoring.indicators import BY_ID, EARLY_DAYS
from models.monitoring.judge import FILE, judge, look_of
from queries import monitor as reads
from queries.facts import study_facts
from queries.filters import Filters

KINDS = {"site": "Site", "cohort": "Enrolled in", "file": "File"}
COLUMNS = {
    "indicator_id": pl.String,
    "indicator_label": pl.String,
    "group_kind": pl.String,
    "group_id": pl.String,
    "group_label": pl.String,
    "group_position": pl.Int32,
    "n_participants": pl.Int64,
    "n_trials": pl.Int64,
    "n_events": pl.Int64,
    "n_rows": pl.Int64,
    "n_rejected": pl.Int64,
    "share": pl.Float64,
    "adjusted_share": pl.Float64,
    "shrunken_share": pl.Float64,
    "overall_share": pl.Float64,
    "z": pl.Float64,
    "level": pl.String,
    "side": pl.String,
}
FLAGGED = COLUMNS | {"past": pl.String, "since": pl.Date, "n_compared": pl.Int64}
DRAWN = COLUMNS | {
    "design_effect": pl.Float64,
    "spread": pl.Float64,
    "n_trials_all": pl.Int64,
    "widens": pl.Boolean,
}


def read_funnel(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, _filters: Filters, *, compare: str | None
) -> pl.DataFrame:
    """Every group of one kind ('site', 'cohort' or 'file') beside the others, by indicator."""
    judged = _judged(con, viewer)
    kind = compare if compare in KINDS else "site"
    rows = judged.filter(group_kind=kind)
    return _named(rows).select(pl.col(name).cast(kind) for name, kind in DRAWN.items())


def read_flags(sources: Sources, viewer: Viewer, _filters: Filters) -> pl.DataFrame:
    """Groups outside the 95 % limits, the furthest first, with what earlier builds say of them."""
    judged = _judged(sources.con, viewer)
    # Flags of all sites are kept; who sees some of them is told of none before.
    is_whole = viewer.sites is None and viewer.participants is None
    return flagged(judged, _pasts(sources, judged) if is_whole else {})


def flagged(judged: pl.DataFrame, before: dict[Key, Past]) -> pl.DataFrame:
    """The groups that stand out, and those that do no longer.

    Parameters
    ----------
    judged
        As `models.monitoring.judge.judge` returns. Not modified.
    before
        What earlier looks say, by flag; a flag without an entry has no history.

    Returns
    -------
    pl.DataFrame
        Columns of `FLAGGED`, the furthest from its limits first, those that are gone last. `past`
        is 'new', '3rd time' and the like.
    """
    keys = [tuple(row) for row in judged.select(_KEY).iter_rows()]
    past = [before.get(key) for key in keys]
    rows = _named(judged).with_columns(
        pl.Series("past", [None if one is None else one.words for one in past], dtype=pl.String),
        pl.Series("since", [None if one is None else one.since for one in past], dtype=pl.Date),
        n_compared=pl.len().cast(pl.Int64),
    )
    is_gone = pl.col("past") == "gone"
    kept = rows.filter((pl.col("level") != "none") | is_gone.fill_null(value=False))
    return (
        kept.with_columns(_gone=is_gone.fill_null(value=False), _far=pl.col("z").abs())
        .sort("_gone", "_far", descending=[False, True], maintain_order=True)
        .select(list(FLAGGED))
    )


_KEY = ("indicator_id", "group_kind", "group_id")


def _judged(con: duckdb.DuckDBPyConnection, viewer: Viewer) -> pl.DataFrame:
    counts = reads.indicator_counts(con, viewer, EARLY_DAYS)
    return judge(counts, reads.rejected_rows(con, viewer))


def _pasts(sources: Sources, judged: pl.DataFrame) -> dict[Key, Past]:
    facts = study_facts(sources.con)
    now = look_of(judged, facts.build_id, facts.as_of_date)
    return pasts(flag_store.read(sources.results), now)


def _named(judged: pl.DataFrame) -> pl.DataFrame:
    """With labels; what is counted of files is not of participants: it has its own columns."""
    is_file = pl.col("group_kind") == FILE
    labels = {one: BY_ID[one].label for one in BY_ID}
    return judged.with_columns(
        indicator_label=pl.col("indicator_id").replace_strict(labels, return_dtype=pl.String),
        n_rows=pl.when(is_file).then("n_trials"),
        n_rejected=pl.when(is_file).then("n_events"),
        n_trials=pl.when(~is_file).then("n_trials"),
        n_events=pl.when(~is_file).then("n_events"),
        adjusted_share="adjusted",
        shrunken_share="shrunken",
        overall_share="overall",
    )


def flag_list(frame: pl.DataFrame, _filters: Filters) -> Component:
    """One line per group that stands out."""
    return html.Ul([_item(row) for row in frame.to_dicts()], className="concerns")


def _item(row: dict[str, Any]) -> Component:
    is_gone = row["past"] == "gone"
    far = row["level"] == "flag"
    sign = "\u2713" if is_gone else "!" if far else "?"
    kind = "is-gone-flag" if is_gone else "is-act" if far else "is-look"
    history = row["past"]
    chip = [html.Span(history, className="chip is-past")] if history else []
    return html.Li(
        [
            html.Span(sign, className="sign", **{"aria-hidden": "true"}),
            html.Div(
                [
                    html.Div([html.Span(_headline(row, is_gone=is_gone), className="what"), *chip]),
                    html.Div(_why(row), className="why"),
                ]
            ),
        ],
        className=f"concern {kind}",
    )


def _headline(row: dict[str, Any], *, is_gone: bool) -> str:
    place = f"{KINDS[row['group_kind']]} {row['group_label']}: {row['indicator_label'].lower()}"
    if is_gone:
        return f"{place}, within the limits again"
    limits = "outside the 99.8 % limits" if row["level"] == "flag" else "outside the 95 % limits"
    more = "more than elsewhere" if row["side"] == "more" else "fewer than elsewhere"
    return f"{place}, {more} ({limits})"


def _why(row: dict[str, Any]) -> str:
    if row["share"] is None:
        return withheld.WORD
    indicator = BY_ID[row["indicator_id"]]
    n, of = (
        (row["n_rejected"], row["n_rows"])
        if row["group_kind"] == FILE
        else (row["n_events"], row["n_trials"])
    )
    counts = f"{theme.whole(n)} {indicator.events} of {theme.whole(of)} {indicator.trials}"
    shares = (
        f"{_percent(row['adjusted_share'])}, {_percent(row['overall_share'])} over all, "
        f"{_percent(row['shrunken_share'])} when drawn to the whole"
    )
    since = row["since"]
    more = "" if since is None or row["past"] in {"new", "first look"} else f" · {_since(row)}"
    return f"{counts} · {shares}{more}"


def _since(row: dict[str, Any]) -> str:
    day = theme.day(row["since"])
    return f"last flagged with the data of {day}" if row["past"] == "gone" else f"since {day}"


def _percent(share: float) -> str:
    """With a decimal: rows are rejected in shares of a per cent."""
    return f"{theme.number(100 * share, 1)} %"


def _n_flags(frame: pl.DataFrame) -> str:
    n = int(frame["n_compared"][0])
    by_chance = theme.number(n * WATCH, 1)
    return (
        f"n = {theme.counted(n, 'comparison')}: by chance alone about {by_chance} lie outside "
        f"95 %, {theme.number(n * FLAG, 1)} outside 99.8 %"
    )


def _n_funnel(frame: pl.DataFrame) -> str:
    groups = frame["group_id"].n_unique()
    kind = {"site": "site", "cohort": "month", "file": "file"}[frame["group_kind"][0]]
    return f"n = {theme.counted(groups, kind)}, {theme.counted(frame.height, 'comparison')}"


_METHOD = (
    "Missed and late surveys, sessions not completed, withdrawals in the first 28 days, rows "
    "rejected. Each site or month is judged against all others: each survey or week against itself "
    "elsewhere, one participant's as one cluster (funnel limits after Spiegelhalter 2005). With "
    "ten groups or more, and for files, the groups' own spread widens the limits. Shares drawn to "
    "the whole are shrunken by empirical Bayes (beta-binomial)."
)
FLAGS = Panel(
    id="monitor-flags",
    title="What stands out: sites, months of enrolment, files",
    definition=f"{_METHOD} A flag is a question, not an answer: two sites flag each other, as each "
    "is the other's comparison. 'New', '3rd time', 'gone': against the builds before, one look "
    "per day of data, kept for the whole trial. Filters do not apply.",
    read=read_flags,
    reads="both",
    content=flag_list,
    columns={
        "indicator_label": "Indicator",
        "group_kind": "Of",
        "group_label": "Group",
        "level": "Level",
        "side": "Side",
        "past": "History",
        "since": "Since data of",
        "n_participants": "Participants",
        "n_events": "Cases",
        "n_trials": "of",
        "n_rejected": "Rows rejected",
        "n_rows": "of rows",
        "share": "Share",
        "adjusted_share": "Share, like for like",
        "shrunken_share": "Share drawn to the whole",
        "overall_share": "Share over all",
        "z": "Normal score",
    },
    caption=_n_flags,
    empty_title="\u2713 Nothing stands out",
    empty="Every site, month and file lies within the 95 % limits, or there are fewer than two to "
    "compare.",
    uses=(),
    width="full",
    view_name="List",
    cells=panel_cells.FLAGGED,
)
FUNNEL = Panel(
    id="monitor-funnel",
    title="Funnels: each group's share, and the limits of chance for its size",
    definition=f"{_METHOD} Filled: the share like for like; hollow: drawn to the whole. Limits: "
    "95 % (dashed) and 99.8 % (line). They close where one group is the whole trial. Filters do "
    "not "
    "apply; choose above what is compared.",
    read=read_funnel,
    figure=figures.funnels,
    columns={
        "indicator_label": "Indicator",
        "group_label": "Group",
        "n_participants": "Participants",
        "n_events": "Cases",
        "n_trials": "of",
        "n_rejected": "Rows rejected",
        "n_rows": "of rows",
        "share": "Share",
        "adjusted_share": "Share, like for like",
        "shrunken_share": "Share drawn to the whole",
        "overall_share": "Share over all",
        "z": "Normal score",
        "level": "Level",
    },
    caption=_n_funnel,
    empty="There are fewer than two groups with data, or nothing happened in any: there is nothing "
    "to compare.",
    choices=("compare",),
    height="tall",
    width="full",
    uses=(),
    cells=panel_cells.FUNNEL_GROUPS,
)
