"""Saved cohorts in the filter bar: apply one, save the present choice, rename or delete one's own.

It opens below its button (`assets/cohorts.js` closes it) and asks the server only then. Applying is
a link: it changes the shared filters in the address and leaves a page's own choices as they are.
"""

from typing import Any
from urllib.parse import parse_qsl, urlencode

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from access import saved_cohorts
from access.clock import utc_now
from access.gate import may
from access.saved_cohorts import KEYS, LONGEST_NAME, Cohort, cohort_filters
from access.state.store import State as AccessState
from access.viewer import Viewer
from dashboard import gate
from dashboard.context import Context
from study.errors import UserError

_NAMES = {
    "site": "site",
    "arm": "arm",
    "cohort": "enrolled in",
    "from": "from week",
    "to": "to week",
}
SHARED = "Share it with the team"
SHARED_WORDS = (
    "Everybody who may see all that it names can apply it. Nobody sees more by it than without."
)


def view() -> Component:
    """The button and what it opens, without cohorts."""
    return html.Details(
        [
            html.Summary("Cohorts", id="cohorts-toggle", n_clicks=0, className="cohorts-toggle"),
            html.Div(
                [
                    html.H2("Saved cohorts"),
                    html.Div(id="cohorts-list"),
                    html.H3("Save the present choice"),
                    html.P(id="cohorts-present", className="cohorts-present"),
                    dmc.TextInput(id="cohort-name", label="Name", size="xs"),
                    dmc.Checkbox(
                        id="cohort-shared",
                        label=SHARED,
                        description=SHARED_WORDS,
                        checked=False,
                        size="xs",
                    ),
                    html.Button(
                        "Save as cohort", type="button", id="cohort-save", className="tool is-act"
                    ),
                    html.P(id="cohorts-said", className="cohorts-said", role="status"),
                ],
                className="cohorts-sheet",
            ),
            dcc.Store(id="cohorts-changed"),
        ],
        className="cohorts",
        id="cohorts",
    )


def register(app: Dash, context: Context) -> None:
    """Wire the list, and what is done with cohorts."""

    @app.callback(
        Output("cohorts-list", "children"),
        Output("cohorts-present", "children"),
        Input("cohorts-toggle", "n_clicks"),
        Input("cohorts-changed", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def _list(_clicks: int | None, _changed: str | None, search: str | None) -> Any:
        return shown(context, search)

    @app.callback(
        Output("cohorts-said", "children"),
        Output("cohorts-changed", "data"),
        Input("cohort-save", "n_clicks"),
        Input({"cohort": "rename", "of": ALL}, "n_clicks"),
        Input({"cohort": "delete", "of": ALL}, "n_clicks"),
        State("cohort-name", "value"),
        State("cohort-shared", "checked"),
        State({"cohort": "name", "of": ALL}, "value"),
        State({"cohort": "name", "of": ALL}, "id"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def _act(
        _saved: int | None,
        _renamed: list[int | None],
        _deleted: list[int | None],
        name: str | None,
        is_shared: bool | None,
        names: list[str | None],
        ids: list[dict[str, Any]],
        search: str | None,
    ) -> Any:
        pressed = ctx.triggered_id
        if pressed is None or not ctx.triggered[0]["value"]:
            return no_update, no_update
        try:
            if isinstance(pressed, dict):
                typed = dict(zip([one["of"] for one in ids], names, strict=True))
                said = changed(context, pressed["cohort"], pressed["of"], typed)
            else:
                said = saved(context, name, search, is_shared=bool(is_shared))
        except UserError as error:
            return str(error), no_update
        return said, utc_now().isoformat()


def saved(context: Context, name: str | None, search: str | None, *, is_shared: bool) -> str:
    """Keep the present choice under a name; what is said of it.

    Raises
    ------
    UserError
        If it cannot be kept.
    NotThereError
        If the viewer may not save cohorts.
    """
    state, viewer = _permitted(context)
    asked = gate.permitted_search(search, viewer)
    kept = saved_cohorts.save(state, viewer, name or "", asked, is_shared=is_shared)
    return f"Saved: {kept.name}, {'shared with the team' if kept.is_shared else 'for you alone'}."


def changed(context: Context, action: str, cohort_id: Any, typed: dict[Any, str | None]) -> str:
    """Rename or delete one's own cohort; what is said of it.

    Raises
    ------
    UserError
        If it is not the viewer's, or the name cannot be one.
    NotThereError
        If the viewer may not save cohorts.
    """
    state, viewer = _permitted(context)
    number = cohort_id if isinstance(cohort_id, int) else -1
    if action == "delete":
        saved_cohorts.delete(state, viewer, number)
        return "Deleted."
    kept = saved_cohorts.rename(state, viewer, number, typed.get(cohort_id) or "")
    return f"Renamed: {kept.name}."


def shown(context: Context, search: str | None) -> tuple[Component, str]:
    """The list of cohorts that the viewer may apply, and what the present choice is."""
    viewer = context.viewer()
    asked = gate.permitted_search(search, viewer)
    present = cohort_filters(asked)
    found = saved_cohorts.offered(context.notes(), viewer)
    words = f"Now chosen: {described(present)}." if present else "Nothing is chosen in the filters."
    if not found:
        return html.P("None yet.", className="cohorts-none"), words
    items = [_item(one, asked, present) for one in found]
    return html.Ul(items, className="cohorts-items"), words


def names_of(context: Context, viewer: Viewer, search: str) -> list[str]:
    """Names of the saved cohorts that an address stands for, as far as the viewer may know them."""
    asked = cohort_filters(search)
    if not asked:
        return []
    found = saved_cohorts.offered(context.notes(), viewer)
    return [one.name for one in found if one.filters == asked]


def described(filters: str) -> str:
    """What a cohort chooses, such as `site bath; enrolled in 2025-03, 2025-04`."""
    pairs = parse_qsl(filters)
    chosen = {key: [value for name, value in pairs if name == key] for key in KEYS}
    return "; ".join(f"{_NAMES[key]} {', '.join(some)}" for key, some in chosen.items() if some)


def href(filters: str, search: str) -> str:
    """The address with a cohort's filters in place of those in force; all else stays."""
    kept = [pair for pair in parse_qsl(search.lstrip("?")) if pair[0] not in KEYS]
    return f"?{urlencode([*parse_qsl(filters), *kept])}"


def _permitted(context: Context) -> tuple[AccessState, Viewer]:
    viewer = context.viewer()
    if context.notebook is None or not may(viewer, "save_cohort"):
        gate.write_down(context.state, viewer, "denied", "save_cohort")
        raise gate.NotThereError
    return context.notebook.to_write(), viewer


def _item(one: Cohort, search: str, present: str) -> Component:
    in_force = one.filters == present
    whose = "shared" if one.is_shared else "yours"
    facts = [
        described(one.filters),
        whose if one.is_own else f"shared by {one.account or 'a user'}",
    ]
    parts = [
        dcc.Link(one.name, href=href(one.filters, search), className="cohort-name"),
        html.Span(" · ".join([*facts, *(["in force"] if in_force else [])]), className="words"),
    ]
    if one.is_own:
        parts.append(_edit(one))
    return html.Li(parts, className="cohort is-in-force" if in_force else "cohort")


def _edit(one: Cohort) -> Component:
    return html.Details(
        [
            html.Summary("Change", **{"aria-label": f"Change the cohort {one.name}"}),
            dmc.TextInput(
                id={"cohort": "name", "of": one.id},
                value=one.name,
                size="xs",
                label=f"New name, at most {LONGEST_NAME} characters",
            ),
            html.Div([_button("rename", "Rename", one), _button("delete", "Delete", one)]),
        ],
        className="cohort-edit",
    )


def _button(action: str, words: str, one: Cohort) -> Component:
    return html.Button(
        words,
        type="button",
        id={"cohort": action, "of": one.id},
        className="tool",
        **{"aria-label": f"{words} the cohort {one.name}"},
    )
