"""The Overview's numbers and stamps, as definition lists."""

from typing import Any

import polars as pl
from dash import html
from dash.development.base_component import Component

from dashboard import theme, withheld
from queries.filters import Filters

_MEASURES = {
    "enrolled": ("Enrolled", "participants"),
    "in_study": ("Still in the study", "of {of} enrolled"),
    "active": ("Used in last 7 days", "of {of} in planned weeks"),
    "adherent": ("Adherent so far", "of {of} with use due"),
    "sessions": ("Sessions done", "of {of} due so far"),
    "surveys": ("Surveys filled in", "of {of} due so far"),
}
_ITEMS = {
    "last_event": "Newest event",
    "last_answer": "Newest answer",
    "last_load": "Last load",
    "rejected": "Rows rejected",
}


def numbers(frame: pl.DataFrame, _filters: Filters) -> Component:
    """One number per measure, with its count and denominator beneath.

    `frame`: one row per measure, as `queries.overview.key_numbers` returns it.
    """
    return html.Dl([_number(row) for row in frame.to_dicts()], className="numbers")


def freshness(frame: pl.DataFrame, _filters: Filters) -> Component:
    """Newest event, answer and load with their age, and the share of rows rejected.

    `frame`: one row per item, as `queries.overview.freshness` returns it.
    """
    parts: list[Component] = []
    for row in frame.to_dicts():
        parts += [html.Dt(_ITEMS[row["item"]]), html.Dd(_stamp(row))]
    return html.Dl(parts, className="facts")


def _number(row: dict[str, Any]) -> Component:
    label, of = _MEASURES[row["measure"]]
    if withheld.is_withheld(row, "n"):
        return _gone(label, f"a group of fewer than {row['withheld_below']}")
    is_share = row["measure"] != "enrolled"
    value = theme.percent(row["n"] / row["n_of"]) if is_share else theme.whole(row["n"])
    count = f"{theme.whole(row['n'])} " if is_share else ""
    return html.Div(
        [
            html.Dt(label),
            html.Dd(value, className="value"),
            html.Dd(count + of.format(of=theme.whole(row["n_of"])), className="of"),
        ],
        className="number",
    )


def _gone(label: str, of: str) -> Component:
    """A number whose group, or whose rest, is too small to be disclosed."""
    parts = [html.Dt(label), html.Dd(withheld.WORD, className="value is-gone")]
    return html.Div([*parts, html.Dd(of, className="of")], className="number")


def _stamp(row: dict[str, Any]) -> list[Any]:
    if row["item"] == "rejected":
        of = f"{theme.whole(row['n_rows'])} of {theme.whole(row['n_of'])} read"
        return [theme.percent(row["n_rows"] / row["n_of"]), html.Span(of, className="aside")]
    days = row["age_days"]
    age = "day of the build" if days == 0 else f"{theme.counted(days, 'day')} before the build"
    return [theme.day(row["last_on"]), html.Span(age, className="aside")]
