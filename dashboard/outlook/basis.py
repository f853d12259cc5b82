"""What the forecast rests on: blinded estimates so far, in numbers and words."""

from pathlib import Path
from typing import Any

import polars as pl
from dash import html
from dash.development.base_component import Component

from dashboard import theme
from dashboard.outlook import frames
from models.forecast.answer import Forecast
from queries.filters import Filters


def basis(results: Path) -> pl.DataFrame:
    """Label, value and meaning of each estimate, then what is assumed."""
    saved = frames.forecast_of(results)
    if saved is None or saved.result is None:
        return pl.DataFrame(schema=frames.BASIS)
    found = saved.result
    rows = [(found.n_analysed, *line) for line in (*_estimates(found), *_assumed(found))]
    return pl.DataFrame(rows, schema=frames.BASIS, orient="row")


def _estimates(found: Forecast) -> list[tuple[str, str, str]]:
    plan = "target of the study file" if found.has_target else "all who are enrolled"
    lines = [
        ("Plan", theme.counted(found.n_planned, "participant"), plan),
        ("Blinded ICC", theme.number(found.icc, 2), "share of a survey's variance between people"),
        ("Levels", _sd(found.level_sd), "standard deviation of participants' own levels"),
        ("Trends", _sd(found.trend_sd, 3, " per week"), "of participants' own weekly trends"),
        ("Surveys", _sd(found.residual_sd), "from survey to survey of one participant"),
        (
            "Rows in the end",
            theme.whole(found.expected_rows),
            f"surveys to analyse; {theme.whole(found.n_rows)} so far",
        ),
        (
            "Interval today",
            f"± {theme.number(found.width_now, 3)}",
            f"{found.feature_label}, within a participant",
        ),
    ]
    if found.slope_sd > 0:
        lines.insert(
            5, ("Own slopes", _sd(found.slope_sd, 3), "of the main association, between people")
        )
    return lines


def _sd(value: float, digits: int = 2, per: str = "") -> str:
    return f"{theme.number(value, digits)} points{per}"


def _assumed(found: Forecast) -> list[tuple[str, str, str]]:
    return [
        (
            "Assumed",
            "",
            "Whoever joins and whatever is still to come is like what was seen so far: in spread, "
            "in exposure, and in how surveys get lost.",
        ),
        *(("Note", "", words) for words in found.warnings),
    ]


def view(frame: pl.DataFrame, _filters: Filters) -> Component:
    """Estimates as a list, assumptions beneath."""
    rows = frame.to_dicts()
    numbers: list[Component] = []
    for row in rows:
        if row["value"]:
            numbers += [html.Dt(row["label"]), html.Dd(_valued(row))]
    notes = [html.P(row["words"], className="counts-note") for row in rows if not row["value"]]
    return html.Div([html.Dl(numbers, className="facts outlook-basis"), *notes])


def _valued(row: dict[str, Any]) -> list[Any]:
    return [row["value"], html.Span(row["words"], className="aside")]
