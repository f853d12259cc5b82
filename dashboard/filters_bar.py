"""The filters that every page shares. They live in the address, so that a link is a view.

The bar's components and the address are kept in step by `sync` in assets/rapport.js. A page adds
a choice of its own (`choice_id("participant")`) and gets the same for nothing.
"""

import dash_mantine_components as dmc
import polars as pl
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard import cohorts_menu
from dashboard.context import Context
from queries.filters import Filters

FILTERS = ("site", "arm", "cohort", "weeks", "dimension")
_LABELS = {"site": "Site", "arm": "Arm", "cohort": "Enrolled in", "dimension": "Dimension"}


def choice_id(key: str) -> dict[str, str]:
    """Id of a control whose value is kept in the address under a key."""
    return {"filter": key}


def view(choices: pl.DataFrame, last_week: int, *, has_cohorts: bool = False) -> Component:
    """The bar, with choices as `queries.facts.filter_choices` gives them.

    `has_cohorts` adds the saved cohorts, for who may save them.
    """
    return html.Div(
        [
            html.Button(
                "Filters",
                id="filters-toggle",
                type="button",
                className="filters-toggle",
                **{"aria-expanded": "false", "aria-controls": "filters"},
            ),
            html.Div(
                [
                    *(_several(key, choices) for key in ("site", "arm", "cohort")),
                    _weeks(last_week),
                    _dimension(choices),
                    dcc.Link("Clear", id="filters-clear", href="?", className="filters-clear"),
                    *([cohorts_menu.view()] if has_cohorts else []),
                ],
                id="filters",
                className="filters",
                role="group",
                **{"aria-label": "Filters of this page"},
            ),
            dcc.Store(
                id="filter-defaults", data={"weeks": [0, last_week], "dimension": "alliance"}
            ),
        ],
        id="filters-bar",
        className="filters-bar",
    )


def register(app: Dash, context: Context) -> None:
    """Keep controls and address in step, and open the bar on small screens."""
    cohorts_menu.register(app, context)
    app.clientside_callback(
        ClientsideFunction("rapport", "sync"),
        Output("url", "search"),
        Output({"filter": ALL}, "value"),
        Input("url", "search"),
        Input({"filter": ALL}, "value"),
        Input({"filter": ALL}, "id"),
        State("filter-defaults", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("rapport", "openFilters"),
        Output("filters-toggle", "aria-expanded"),
        Input("filters-toggle", "n_clicks"),
        prevent_initial_call=True,
    )


def unknown_choices(filters: Filters, choices: pl.DataFrame) -> Component | None:
    """What to say of an old link's choices that this study does not have, or None.

    Their names are not repeated: they come from the address, not from the study.
    """
    given = {"site": filters.sites, "arm": filters.arms, "cohort": filters.cohorts}
    lost = [
        _LABELS[key].lower()
        for key, names in given.items()
        if names and not set(names) <= {option["value"] for option in _options(key, choices)}
    ]
    if not lost or choices.is_empty():
        return None
    return html.P(
        [
            f"The link asks for a choice under {' and '.join(map(repr, lost))} that is not there "
            "(any more), so nothing of it is shown. ",
            dcc.Link("Show all", href="?"),
            ".",
        ],
        className="filters-unknown",
    )


def _options(key: str, choices: pl.DataFrame) -> list[dict[str, str]]:
    rows = choices.filter(pl.col("kind") == key)
    return [{"value": row["choice"], "label": row["label"]} for row in rows.to_dicts()]


def _several(key: str, choices: pl.DataFrame) -> Component:
    options = _options(key, choices)
    return html.Div(
        dmc.MultiSelect(
            id=choice_id(key),
            label=_LABELS[key],
            data=options,
            placeholder=f"All {len(options)}" if options else "None",
            clearable=True,
            size="xs",
            comboboxProps={"shadow": "md"},
        ),
        className=f"filter for-{key}" if options else "is-hidden",
    )


def _weeks(last_week: int) -> Component:
    return html.Div(
        [
            html.Span("Study weeks", className="filter-label", id="filter-weeks-label"),
            dmc.RangeSlider(
                id=choice_id("weeks"),
                min=0,
                max=max(last_week, 1),
                step=1,
                minRange=0,
                size="sm",
                label=None,
                thumbFromLabel="First study week",
                thumbToLabel="Last study week",
                marks=[
                    {"value": 0, "label": "0"},
                    {"value": max(last_week, 1), "label": str(max(last_week, 1))},
                ],
                updatemode="mouseup",
            ),
        ],
        className="filter for-weeks",
    )


def _dimension(choices: pl.DataFrame) -> Component:
    options = _options("dimension", choices)
    return html.Div(
        dmc.Select(
            id=choice_id("dimension"),
            label=_LABELS["dimension"],
            data=options,
            allowDeselect=False,
            size="xs",
            comboboxProps={"shadow": "md"},
        ),
        className="filter for-dimension" if options else "is-hidden",
    )
