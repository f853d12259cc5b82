"""Panel of the reporting metrics, each with its definition a hover away."""

from typing import Any

import duckdb
import polars as pl
from dash import html
from dash.development.base_component import Component

from access.viewer import Viewer
from dashboard import panel_cells, theme, withheld
from dashboard.monitor.flow import NOBODY, PEOPLE
from dashboard.monitor.metric_list import METRICS, Metric
from dashboard.panel import Panel
from queries import monitor as reads
from queries.filters import Filters

SCHEMA = {
    "arm_id": pl.String,
    "arm_label": pl.String,
    "arm_position": pl.Int32,
    "metric_id": pl.String,
    "metric_label": pl.String,
    "unit": pl.String,
    "value": pl.Float64,
    "spread": pl.Float64,
    "n_participants": pl.Int64,
    "value_started": pl.Float64,
    "n_started": pl.Int64,
    "published": pl.String,
    "definition": pl.String,
}
BY_ID = {one.id: one for one in METRICS}
_UNITS = {"share": "", "minutes": " min", "days": "", "number": ""}


def read_metrics(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """The metrics, one row per metric and arm."""
    return metrics(reads.people(con, viewer, filters))


def metrics(people: pl.DataFrame) -> pl.DataFrame:
    """Every metric that can be told, for each arm.

    Parameters
    ----------
    people
        As `queries.monitor.people` returns. Not modified.

    Returns
    -------
    pl.DataFrame
        Columns of `SCHEMA`, in the order of the catalogue. Shares are 0 to 1. A metric that the
        study does not have (no intended use) or that is hidden has no row.
    """
    arms = people.partition_by(
        "arm_id", "arm_label", "arm_position", as_dict=True, maintain_order=True
    )
    rows = [
        {
            **dict(zip(("arm_id", "arm_label", "arm_position"), arm, strict=True)),
            "metric_id": metric.id,
            "metric_label": metric.label,
            "unit": metric.unit,
            "published": metric.published,
            "definition": metric.definition,
            **vars(found),
        }
        for metric in METRICS
        for arm, group in arms.items()
        if (found := metric.of(group)) is not None
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def metric_table(frame: pl.DataFrame, _filters: Filters) -> Component:
    """One line per metric, one column per arm."""
    arms = frame.select("arm_id", "arm_label", "arm_position").unique().sort("arm_position")
    head = html.Tr(
        [
            html.Td(),
            *(html.Th(label, scope="col") for label in arms["arm_label"]),
            html.Th("Published range", scope="col"),
        ]
    )
    rows = [
        _line(BY_ID[str(name)], frame.filter(metric_id=name), arms["arm_id"].to_list())
        for name in frame["metric_id"].unique(maintain_order=True)
    ]
    note = html.P(
        "Published range: lowest to highest value in 92 trials of mental-health apps (Valentine "
        "and others 2025), which differ in programme and length.",
        className="counts-note",
    )
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="counts metrics")
    box = {"role": "region", "aria-label": "Reporting metrics", "tabIndex": 0}
    return html.Div([html.Div(table, className="counts-box", **box), note])


def _line(metric: Metric, rows: pl.DataFrame, arms: list[str]) -> Component:
    by_arm = {row["arm_id"]: row for row in rows.to_dicts()}
    cells = [html.Td(_cell(metric, by_arm[arm])) if arm in by_arm else html.Td("–") for arm in arms]
    return html.Tr(
        [
            html.Th([metric.label, _explained(metric)], scope="row"),
            *cells,
            html.Td(metric.published or "–", className="is-aside"),
        ]
    )


def _explained(metric: Metric) -> Component:
    """The metric's definition, on hover and focus."""
    name = f"monitor-metric-{metric.id}"
    button = html.Button(
        "?",
        type="button",
        className="tool is-round is-small",
        **{"aria-label": f"What is meant: {metric.label}", "aria-describedby": name},
    )
    text = html.Span(metric.definition, id=name, role="tooltip", className="definition-text")
    return html.Span([button, text], className="definition is-inline")


def _cell(metric: Metric, row: dict[str, Any]) -> list[Any]:
    if withheld.is_withheld(row, "value"):
        return [withheld.SIGN]
    if row["value"] is None:
        return ["not reached" if metric.id == "half_life" else "–", _under(row, [])]
    spread = row["spread"]
    parts = [] if spread is None else [f"SD {_written(metric, spread)}"]
    started = row["value_started"]
    if started is not None:
        words = f"starters {_written(metric, started)}"
        parts.append(f"{words} (n = {theme.whole(row['n_started'])})")
    return [_written(metric, row["value"]), _under(row, parts)]


def _under(row: dict[str, Any], parts: list[str]) -> Component:
    words = [f"n = {theme.whole(row['n_participants'])}", *parts]
    return html.Span(" · ".join(words), className="under")


def _written(metric: Metric, value: float) -> str:
    if metric.unit == "share":
        return theme.percent(value)
    digits = 0 if metric.unit == "minutes" or metric.id == "half_life" else 1
    return f"{theme.number(value, digits)}{_UNITS[metric.unit]}"


def _n(frame: pl.DataFrame) -> str:
    most = frame.group_by("arm_id").agg(n=pl.col("n_participants").max())["n"].sum()
    return f"n = up to {theme.counted(most, 'participant')}"


METRIC_PANEL = Panel(
    id="monitor-metrics",
    title="Reporting metrics, by the names that trials give them",
    definition="Each metric has its definition and its own denominator, beneath the value: all who "
    "began, those whose programme is over, or those of whom a survey was due. Means: standard "
    "deviation (SD) between participants; who never started counts as 0, and the value of starters "
    "alone stands beside it, since conclusions change with the denominator.",
    read=read_metrics,
    content=metric_table,
    columns={
        "metric_label": "Metric",
        "arm_label": "Arm",
        "value": "Value (shares: 0 to 1)",
        "unit": "Unit",
        "spread": "SD",
        "n_participants": "n",
        "value_started": "Value of starters",
        "n_started": "n starters",
        "published": "Published range",
        "definition": "Definition",
    },
    caption=_n,
    empty=NOBODY,
    width="full",
    uses=PEOPLE,
    cells=panel_cells.METRICS,
)
