"""The panel: one question, its answer as chart and table, and what a reader needs to trust it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import dash_mantine_components as dmc
import polars as pl
from dash import dcc, html
from dash.development.base_component import Component

from access.cells import Cells
from access.roles import Level
from dashboard import theme, withheld
from queries.filters import Filters

GRAPH_CONFIG = {"displayModeBar": False, "responsive": True, "scrollZoom": False}

VIEW_NAMES = {"chart": "Chart", "content": "Summary", "table": "Table"}


@dataclass(frozen=True)
class Panel:
    """A panel as its page declares it.

    Parameters
    ----------
    id
        Unique in the product and part of its export's address: `<page>-<topic>`.
    title
        Says what is shown, with its unit or denominator.
    definition
        How it is measured: who counts, over which time, what is left out. Plain text.
    read
        `read(con, viewer, filters, **choices) -> frame`, from `queries`. With `reads="results"`
        the first argument is the folder of saved model results instead of a connection; with
        "both" or "team" it is one of `dashboard.sources`.
    columns
        Columns of table and CSV in order, each with its heading. Others stay internal.
    caption
        `caption(frame) -> str`: n and its unit, such as `n = 30 participants`.
    empty
        Why nothing may be there, and what to do; `empty_title` stands above it.
    figure
        Pure `figure(frame) -> dict`. None where the panel is a table or has `content`.
    content
        `content(frame, filters) -> component`, for panels that are neither chart nor table.
    choices
        Keys of the address that `read` takes besides the filters, as text or None.
    height
        A name in `theme.HEIGHTS`; fixed, so that nothing jumps when the answer arrives.
    uses
        Which of `filters_bar.FILTERS` change the answer; exports and empty states name only these.
    titled
        `titled(frame) -> str`, where what is shown depends on the study (usage or adherence).
    view_name
        What the switch calls the first view, where "Chart" or "Summary" would not say it.
    level
        What a row is about: a role that may not read the level does not get the panel.
    shows_tests
        It shows p-values, intervals of effects or the like, which not every role sees.
    cells
        How its groups are disclosed, where a row is about a group of participants.
    is_empty
        Says when a frame has nothing to show; by default when it has no rows.
    worded
        Adds to rows what table and CSV say in words; asked for the rows that are shown only.
    rows
        As `read`: one line for each of what the first view counts, for table and CSV, in which
        `columns` are. With `most`, the first so many of them.
    analyses
        Analyses that it shows (`etl.analyses`): while they are computed for the first time, the
        panel says so.
    """

    id: str
    title: str
    definition: str
    read: Callable[..., pl.DataFrame]
    columns: Mapping[str, str]
    caption: Callable[[pl.DataFrame], str]
    empty: str
    figure: Callable[[pl.DataFrame], dict[str, Any]] | None = None
    content: Callable[[pl.DataFrame, Filters], Component] | None = None
    empty_title: str = "Nothing to show here"
    choices: tuple[str, ...] = ()
    height: Literal["small", "medium", "large", "tall"] = "medium"
    width: Literal["third", "half", "two-thirds", "full"] = "half"
    reads: Literal["mart", "results", "both", "team"] = "mart"
    uses: tuple[str, ...] = ("site", "arm", "cohort", "weeks")
    level: Level = "aggregate"
    shows_tests: bool = False
    cells: Cells | None = None
    is_empty: Callable[[pl.DataFrame], bool] = pl.DataFrame.is_empty
    titled: Callable[[pl.DataFrame], str] | None = None
    view_name: str = ""
    worded: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    rows: Callable[..., pl.DataFrame] | None = None
    analyses: tuple[str, ...] = ()

    @property
    def first_view(self) -> str:
        """What is shown before anybody chooses: 'chart', 'content' or 'table'."""
        if self.figure is not None:
            return "chart"
        return "table" if self.content is None else "content"


def title_of(panel: Panel, frame: pl.DataFrame) -> str:
    """What the panel shows, in the words that fit its frame."""
    return panel.titled(frame) if panel.titled and not panel.is_empty(frame) else panel.title


def caption_of(panel: Panel, frame: pl.DataFrame) -> str:
    """The panel's caption, and what of the frame is withheld."""
    return " · ".join(filter(None, (panel.caption(frame), withheld.note(frame, panel.columns))))


def part(panel_id: str, name: str) -> dict[str, str]:
    """Id of a component inside a panel."""
    return {"panel": panel_id, "part": name}


def view(panel: Panel) -> Component:
    """The panel without data; `panel_wiring.register` fills it."""
    return html.Section(
        [_header(panel), _body(panel)],
        id=panel.id,
        className=f"panel is-{panel.width}",
        **{"aria-labelledby": f"{panel.id}-title"},
    )


def page(title: str, lead: str, *parts: Component) -> Component:
    """A page: its one h1, one sentence on what it answers, then panels in a grid."""
    return html.Div(
        [
            html.Div([html.H1(title), html.P(lead, className="lead")], className="page-head"),
            html.Div(list(parts), className="panels"),
        ],
        className="page",
    )


def contents(*entries: tuple[str, str]) -> Component:
    """Where to find what on a long page: links to ids of it, each with the words for it."""
    links = [html.A(words, href=f"#{name}", className="chip") for name, words in entries]
    return html.Nav(links, className="contents is-full", **{"aria-label": "On this page"})


def stack(*parts: Component, width: str = "third") -> Component:
    """Panels one above the other, in one place of the grid."""
    return html.Div(list(parts), className=f"stack is-{width}")


def _header(panel: Panel) -> Component:
    return html.Div(
        [
            html.Div(
                [
                    html.H2(
                        html.Span(panel.title, id=part(panel.id, "title")),
                        id=f"{panel.id}-title",
                    ),
                    html.P("…", id=part(panel.id, "caption"), className="caption"),
                ],
                className="panel-words",
            ),
            html.Div([*_switch(panel), _csv(panel), *_definition(panel)], className="panel-tools"),
        ],
        className="panel-head" if panel.first_view == "table" else "panel-head has-switch",
    )


def _switch(panel: Panel) -> list[Component]:
    """Chart or table; a panel with one view keeps the control out of sight."""
    first = panel.first_view
    return [
        dmc.SegmentedControl(
            id=part(panel.id, "view"),
            data=[
                {"value": first, "label": panel.view_name or VIEW_NAMES[first]},
                *([] if first == "table" else [{"value": "table", "label": "Table"}]),
            ],
            value=first,
            size="xs",
            className="is-hidden" if first == "table" else "panel-switch",
            **{"aria-label": f"View of: {panel.title}"},
        )
    ]


def _csv(panel: Panel) -> Component:
    return html.A(
        "CSV",
        id=part(panel.id, "csv"),
        href=f"/export/{panel.id}.csv",
        className="tool",
        **{"aria-label": f"Download as CSV: {panel.title}"},
    )


def _definition(panel: Panel) -> list[Component]:
    """How it is measured, shown on hover and focus; Escape hides it (see assets/rapport.js)."""
    return [
        html.Span(
            [
                html.Button(
                    "?",
                    type="button",
                    className="tool is-round",
                    **{
                        "aria-label": f"How this is measured: {panel.title}",
                        "aria-describedby": f"{panel.id}-definition",
                    },
                ),
                html.Span(
                    panel.definition,
                    id=f"{panel.id}-definition",
                    role="tooltip",
                    className="definition-text",
                ),
            ],
            className="definition",
        )
    ]


def _body(panel: Panel) -> Component:
    height = theme.HEIGHTS[panel.height]
    views: list[Component] = []
    if panel.figure is not None:
        graph = dcc.Graph(
            id=part(panel.id, "graph"),
            config=GRAPH_CONFIG,
            style={"height": height},
            responsive=True,
        )
        views.append(
            html.Div(
                [graph, dcc.Store(id=part(panel.id, "figure"))],
                className="view-chart",
                role="img",
                **{"aria-label": f"Chart: {panel.title}. Its numbers are in the table view."},
            )
        )
    views += [
        html.Div(id=part(panel.id, "content"), className="view-content"),
        html.Div(id=part(panel.id, "table"), className="view-table"),
        html.Div(id=part(panel.id, "message"), className="view-message", role="status"),
        html.Div(dmc.Skeleton(height="100%"), className="view-skeleton"),
    ]
    return html.Div(
        views,
        id=part(panel.id, "state"),
        className=f"panel-body is-loading shows-{panel.first_view}",
        style={"minHeight": height if panel.figure else theme.SPACE["xl"] * 4},
    )
