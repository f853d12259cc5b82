"""The flow of participants from enrolment to follow-up, after CONSORT 2025."""

from typing import Any

import duckdb
import polars as pl
from dash import html
from dash.development.base_component import Component

from access.viewer import Viewer
from dashboard import panel_cells, theme, withheld
from dashboard.panel import Panel
from queries import monitor as reads
from queries.filters import Filters

PEOPLE = ("site", "arm", "cohort")
NOBODY = "Nobody is at the chosen sites, arms and months of enrolment. Widen the filters."
STEPS = ("Enrolment", "Start", "Use", "Follow-up", "Analysis")
_KINDS = {"dropout": "Withdrew from the study", "lost": "Lost to follow-up"}
SCHEMA = {
    "arm_id": pl.String,
    "arm_label": pl.String,
    "arm_position": pl.Int32,
    "step": pl.String,
    "kind": pl.String,
    "label": pl.String,
    "n_participants": pl.Int64,
    "n_of": pl.Int64,
    "n_surveys": pl.Int64,
}
Line = tuple[str, str, str, int, int, int | None]
"""Step, kind ('stage', 'aside' or 'also'), label, participants, of how many, surveys."""


def read_flow(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """The flow's boxes, one row per arm and box."""
    return flow(reads.people(con, viewer, filters))


def flow(people: pl.DataFrame) -> pl.DataFrame:
    """Counts of the flow's boxes.

    Parameters
    ----------
    people
        As `queries.monitor.people` returns. Not modified.

    Returns
    -------
    pl.DataFrame
        One row per arm and box. `kind`: 'stage' (who goes on), 'aside' (who does not; stage and
        asides add up to `n_of`) or 'also' (a part of them, which may overlap with others).
    """
    withdrawals = sorted(set(people["withdrawal_kind"].drop_nulls()) - {"stopped_app"})
    is_randomised = people["arm_id"].n_unique() > 1
    rows = [
        {**dict(zip(("arm_id", "arm_label", "arm_position"), arm, strict=True)), **_named(line)}
        for arm, group in people.partition_by(
            "arm_id", "arm_label", "arm_position", as_dict=True, maintain_order=True
        ).items()
        for line in _lines(group, withdrawals, is_randomised)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def _named(line: Line) -> dict[str, Any]:
    return dict(zip(list(SCHEMA)[3:], line, strict=True))


def _lines(group: pl.DataFrame, withdrawals: list[str], is_randomised: bool) -> list[Line]:
    def n(*conditions: pl.Expr) -> int:
        return group.filter(*conditions).height

    col, everybody = pl.col, group.height
    starter, silent, stays = col("is_starter"), col("is_nonusage_event"), col("has_follow_up")
    started = n(starter)
    has_plan, judged = col("n_planned") > 0, col("is_adherent").is_not_null()
    lines: list[Line] = [
        (
            "Enrolment",
            "stage",
            "Enrolled and randomised" if is_randomised else "Enrolled",
            everybody,
            everybody,
            None,
        ),
        ("Start", "stage", "Started the app", started, everybody, None),
        ("Start", "aside", "No use since day 0", n(~starter), everybody, None),
        ("Use", "stage", "Still using when last seen", n(starter, ~silent), started, None),
        ("Use", "aside", "Stopped using", n(starter, silent), started, None),
    ]
    if unknown := n(starter.is_null()):
        waiting = "Day 0 to come, or not known"
        lines.insert(3, ("Start", "aside", waiting, unknown, everybody, None))
    if n(has_plan):
        whole = col("n_done") + col("n_excused_sessions") >= col("n_planned")
        words = "Did every session of the programme"
        lines.append(("Use", "also", words, n(starter, has_plan, whole), started, None))
    if n(judged):
        words = "Adherent, by the first definition"
        lines.append(("Use", "also", words, n(col("is_adherent")), n(judged), None))
    lines.append(("Follow-up", "stage", "Not withdrawn from the study", n(stays), everybody, None))
    lines += [
        (
            "Follow-up",
            "aside",
            _KINDS.get(kind, f"Withdrawn: {kind.replace('_', ' ')}"),
            n(col("withdrawal_kind") == kind),
            everybody,
            None,
        )
        for kind in withdrawals
    ]
    over, filled = col("is_follow_up_over"), col("is_last_filled")
    lines += [
        ("Follow-up", "also", "Followed up to the end", n(stays, over), n(stays), None),
        ("Follow-up", "also", "Still in study", n(stays, ~over), n(stays), None),
    ]
    if stopped := n(col("withdrawal_kind") == "stopped_app"):
        words = "Stopped the app, kept in follow-up"
        lines.append(("Follow-up", "also", words, stopped, n(stays), None))
    scored, surveys = n(col("n_scores") > 0), int(group["n_scores"].sum())
    lines.append(("Analysis", "stage", "A survey analysed", scored, everybody, surveys))
    lines.append(("Analysis", "aside", "No survey analysed", everybody - scored, everybody, None))
    if known := n(filled.is_not_null()):
        lines.append(("Analysis", "also", "Filled in the last survey", n(filled), known, None))
    return lines


def flow_chart(frame: pl.DataFrame, _filters: Filters) -> Component:
    """The boxes from top to bottom, one column per arm."""
    arms = frame.select("arm_id", "arm_label").unique(maintain_order=True).rows()
    columns = {"--arms": str(len(arms))}
    parts: list[Component] = []
    if len(arms) > 1:
        heads = [html.Div(label, className="flow-arm") for _, label in arms]
        parts.append(html.Div([html.Div(), *heads], className="flow-row", style=columns))
    for step in STEPS:
        rows = frame.filter(step=step)
        cells = [_cell(rows.filter(arm_id=arm).to_dicts()) for arm, _ in arms]
        head = html.H3(step, className="flow-step")
        parts.append(html.Div([head, *cells], className="flow-row", style=columns))
    kind = "flow" if len(arms) > 1 else "flow is-single"
    box = {"role": "region", "aria-label": "Flow of participants", "tabIndex": 0}
    return html.Div(html.Div(parts, className=kind), className="flow-box", **box)


def _cell(rows: list[dict[str, Any]]) -> Component:
    stages = [row for row in rows if row["kind"] == "stage"]
    boxes = [
        html.Div(
            [
                html.Strong(withheld.count(row["n_participants"])),
                html.Span(row["label"]),
                html.Span(_of(row), className="flow-of"),
            ],
            className="flow-stage",
        )
        for row in stages
    ]
    groups = [
        _list([row for row in rows if row["kind"] == kind], kind) for kind in ("aside", "also")
    ]
    notes = html.Div(list(filter(None, groups)), className="flow-notes")
    return html.Div([*boxes, notes], className="flow-cell")


def _list(rows: list[dict[str, Any]], kind: str) -> Component | None:
    items = [
        html.Li([html.B(withheld.count(row["n_participants"])), f" {_words(row)}"]) for row in rows
    ]
    return html.Ul(items, className=f"flow-{kind}") if items else None


def _words(row: dict[str, Any]) -> str:
    """A label in the middle of a line, with its denominator where that is another one."""
    label = str(row["label"])
    label = label[0].lower() + label[1:]
    return f"{label} (of {withheld.count(row['n_of'])})" if row["kind"] == "also" else label


def _of(row: dict[str, Any]) -> str:
    surveys = row["n_surveys"]
    more = "" if surveys is None else f", {theme.counted(surveys, 'survey')}"
    if row["n_participants"] is None or row["step"] == STEPS[0] or not row["n_of"]:
        return more.removeprefix(", ")
    return (
        f"{theme.percent(row['n_participants'] / row['n_of'])} of {theme.whole(row['n_of'])}{more}"
    )


def _n(frame: pl.DataFrame) -> str:
    first = frame.filter(step=STEPS[0])
    if first["n_participants"].null_count():
        return f"n {withheld.WORD}"
    return f"n = {theme.counted(first['n_participants'].sum(), 'participant')}"


FLOW = Panel(
    id="monitor-flow",
    title="Flow of participants, from enrolment to analysis",
    definition="After CONSORT 2025: who was enrolled, who got the intervention and to what extent "
    "(item 24a), who was followed up and analysed. Started: any use from day 0 on. Stopped using: "
    "silent, at the end of what is observed, for at least the study's limit of days. Withdrawals "
    "and their kinds are those of the roster; who stopped the app alone stays in follow-up. "
    "Followed up to the end: the last study week is over, counted from day 0. A survey is analysed "
    "if it has a score of an alliance dimension. Lines beneath a box that begin with a dash add up "
    "with it; dotted ones are parts and may overlap.",
    read=read_flow,
    content=flow_chart,
    columns={
        "arm_label": "Arm",
        "step": "Step",
        "label": "Participants who",
        "n_participants": "n",
        "n_of": "of",
        "n_surveys": "Surveys",
    },
    caption=_n,
    empty=NOBODY,
    width="full",
    view_name="Flow",
    uses=PEOPLE,
    cells=panel_cells.FLOW,
)
