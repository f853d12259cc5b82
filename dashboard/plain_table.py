"""Short tables of text, as HTML: on a narrow screen each row becomes a list."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

Cell = str | Component


def table(caption: str, headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Component:
    """Rows under headings; the first cell of each row names it.

    Parameters
    ----------
    caption
        What the table holds, for those who do not see it.
    rows
        As many cells as there are headings.
    """
    head = html.Thead(html.Tr([html.Th(words, scope="col") for words in headings]))
    body = html.Tbody([_row(headings, row) for row in rows])
    return html.Table(
        [html.Caption(caption, className="is-unseen"), head, body], className="plain-table"
    )


def _row(headings: Sequence[str], row: Sequence[Cell]) -> Component:
    first, *others = row
    cells = [
        html.Td(cell, **{"data-label": words})
        for words, cell in zip(headings[1:], others, strict=True)
    ]
    return html.Tr([html.Th(first, scope="row"), *cells])


def section(name: str, title: str, *parts: Cell, lead: str = "") -> Component:
    """A part of a page that is no panel: a heading, a word on it, and what it holds."""
    words = [
        html.H2(title, id=f"{name}-title"),
        *([html.P(lead, className="caption")] if lead else []),
    ]
    return html.Section(
        [
            html.Div(html.Div(words, className="panel-words"), className="panel-head"),
            html.Div(list(parts), className="section-body"),
        ],
        className="panel is-full",
        **{"aria-labelledby": f"{name}-title"},
    )
