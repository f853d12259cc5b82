"""Use by time of enrolment and study week: a heat table that a screen reader can walk."""

from typing import Any

import polars as pl
from dash import html
from dash.development.base_component import Component

from dashboard import theme, withheld

_LEGEND = (
    ("heat key is-whole", "share of the row's participants who used the app that week"),
    ("heat key is-part", "grey: not over for all of them; of those for whom it is"),
    ("heat key is-none", "not over for anybody"),
)


def view(frame: pl.DataFrame) -> Component:
    """Cohorts down, study weeks across; what is not over for everybody is greyed.

    Parameters
    ----------
    frame
        As `dashboard.usage.frames.read_cohorts` returns. Not modified.
    """
    weeks = frame["study_week"].unique().sort().to_list()
    head = html.Tr(
        [
            html.Th("Enrolled", scope="col"),
            html.Th("n", scope="col", className="n"),
            *(html.Th(str(week), scope="col") for week in weeks),
        ]
    )
    rows = [_row(cohort, weeks) for cohort in frame.partition_by("cohort", maintain_order=True)]
    table = html.Table(
        [
            html.Caption("Columns: study weeks. Cells: share who used the app.", className="under"),
            html.Thead(head),
            html.Tbody(rows),
        ],
        className="heat-table",
    )
    legend = html.Div(
        [html.Span([html.Span(className=name), words]) for name, words in _LEGEND],
        className="map-legend",
    )
    return html.Div(
        [
            html.Div(
                table,
                className="heat-scroller",
                tabIndex=0,
                role="region",
                **{"aria-label": "Use by time of enrolment; scrolls sideways on narrow screens"},
            ),
            legend,
        ]
    )


def _row(cohort: pl.DataFrame, weeks: list[int]) -> Component:
    by_week = {row["study_week"]: row for row in cohort.iter_rows(named=True)}
    first = cohort.row(0, named=True)
    n = withheld.count(first["n_participants"])
    return html.Tr(
        [
            html.Th(_month(first["cohort"]), scope="row"),
            html.Td(n, className="n"),
            *(_cell(by_week.get(week)) for week in weeks),
        ]
    )


def _cell(row: dict[str, Any] | None) -> Component:
    """A week of a cohort; one that nobody has begun is blank."""
    if row is None:
        return html.Td("", className="heat is-none")
    if withheld.is_withheld(row, "share"):
        return html.Td(withheld.SIGN, className="heat is-gone", title=withheld.WORD)
    if row["share"] is None:
        return html.Td("", className="heat is-none", title="not over for anybody")
    # How many it is not over for may be withheld; that it is not over for some need not be.
    is_part = row["n_open"] is None or row["n_open"] > 0
    words = f"{theme.whole(row['n_active'])} of {theme.whole(row['n_participants'])}"
    if is_part:
        words += "; the week is not over for all"
    return html.Td(
        f"{100 * row['share']:.0f}",
        className="heat is-part" if is_part else "heat is-whole",
        # Squared: shares of a study are high, and must still be told apart.
        style={"--share": f"{100 * row['share'] ** 2:.0f}%"},
        title=words,
    )


def _month(cohort: str | None) -> str:
    return "not known" if cohort is None else cohort
