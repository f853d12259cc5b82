"""Every page, panel and callback has its place in the gate, and one without is for nobody."""

from collections.abc import Iterable
from dataclasses import replace
from types import ModuleType

import pytest
from dash import Dash, Input, Output, html

from access.roles import ROLES
from access.viewer import Viewer, local_viewer
from dashboard import factory, gate, panel_wiring
from dashboard.doors import Doors
from dashboard.factory import create_on
from dashboard.pages import overview, roles
from tests.dashboard.mart_fixture import example_study, marts
from warehouse.workspace import Workspace

EVERY_PATH = {path for powers in ROLES.values() for path in powers.pages}


def undeclared(pages: Iterable[ModuleType]) -> list[str]:
    """Pages that no role may open, and panels that do not stand on the page that they say."""
    lost = [page.PATH for page in pages if page.PATH not in EVERY_PATH]
    astray = [
        panel.id for page in pages for panel in page.PANELS if gate.page_of(panel) != page.PATH
    ]
    return lost + astray


def added_page(path: str = "/rogue", panel_id: str = "rogue-everybody") -> ModuleType:
    """A page as somebody might add it: with a panel, its callbacks, and no word to the gate."""
    page = ModuleType("dashboard.pages.rogue")
    panel = replace(overview.RECRUITMENT, id=panel_id)
    page.PATH, page.TITLE, page.AUDIENCE = path, "Rogue", "Trial team"
    page.PANELS = (panel,)
    page.layout = lambda: html.Div(id="rogue")

    def register(app: Dash, context) -> None:
        panel_wiring.register(app, context, page.PANELS)

        @app.callback(Output("rogue", "children"), Input("build", "data"))
        def _tell(_build):
            return context.cursor().table("fct_participants").pl().to_dicts()

    page.register = register
    return page


@pytest.fixture(scope="module")
def filled():
    made = marts()
    yield made
    made.con.close()


def call(app: Dash, output: str) -> int:
    body = {
        "output": output,
        "outputs": {"id": output.split(".")[0], "property": "children"},
        "inputs": [{"id": "build", "property": "data", "value": None}],
        "changedPropIds": ["build.data"],
        "state": [],
    }
    return app.server.test_client().post("/_dash-update-component", json=body).status_code


def test_every_page_has_its_place_in_the_table_of_roles():
    assert undeclared(factory.PAGES) == []
    assert {page.PATH for page in factory.PAGES} == EVERY_PATH


def test_the_page_of_roles_names_every_page():
    assert {page.PATH: page.TITLE for page in factory.PAGES} == roles._PAGE_NAMES
    shown = str(roles.layout())
    for powers in ROLES.values():
        assert powers.label in shown
        assert powers.words in shown


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (added_page(), "/rogue"),
        (added_page(path="/data"), "rogue-everybody"),
        (added_page(path="/data", panel_id="models-everybody"), "models-everybody"),
    ],
)
def test_a_page_or_panel_without_a_place_is_found(page, found):
    assert found in undeclared([*factory.PAGES, page])


def test_a_page_that_was_added_without_the_gate_is_for_nobody(filled, tmp_path, monkeypatch):
    monkeypatch.setattr(factory, "PAGES", (*factory.PAGES, added_page()))
    app = create_on(example_study(), filled, Workspace(tmp_path), local_viewer)
    assert call(app, "rogue.children") == 404
    assert app.server.test_client().get("/export/rogue-everybody.csv").status_code == 404
    assert '"/rogue"' not in app.server.test_client().get("/_dash-layout").text


def test_a_callback_that_was_registered_outside_a_door_is_for_nobody(filled, tmp_path, monkeypatch):
    def slipped_in(app, context, pages):
        registered(app, context, pages)
        app.callback(Output("rogue", "children"), Input("build", "data"))(lambda _build: "arms")

    registered = factory.shell.register
    app = create_on(example_study(), filled, Workspace(tmp_path), local_viewer)
    app.callback(Output("rogue", "children"), Input("build", "data"))(lambda _build: "arms")
    assert call(app, "rogue.children") == 404
    # The same one inside a door answers: it is the door that makes the difference.
    monkeypatch.setattr(factory.shell, "register", slipped_in)
    inside = create_on(example_study(), filled, Workspace(tmp_path), local_viewer)
    assert call(inside, "rogue.children") == 200


def test_every_callback_has_an_owner(filled, tmp_path, monkeypatch):
    hung: list[Doors] = []
    hang = Doors.hang
    monkeypatch.setattr(Doors, "hang", lambda doors: (hung.append(doors), hang(doors))[1])
    app = create_on(example_study(), filled, Workspace(tmp_path), local_viewer)
    served = [key for key, wired in app.callback_map.items() if "callback" in wired]
    assert len(served) > 30
    assert [key for key in served if hung[0].owner(key) is None] == []


@pytest.mark.parametrize("role", [role for role in ROLES if role != "local"])
def test_a_role_gets_no_panel_beyond_its_levels(role):
    viewer = Viewer(account="x", role=role)
    powers = ROLES[role]
    for page in factory.PAGES:
        for panel in page.PANELS:
            is_theirs = (
                page.PATH in powers.pages
                and panel.level in powers.levels
                and (powers.sees_tests or not panel.shows_tests)
            )
            assert gate.allowed(panel, viewer) == is_theirs


@pytest.mark.parametrize("page", factory.PAGES, ids=lambda page: page.TITLE)
def test_a_layout_holds_only_panels_of_its_viewer(page):
    for role in ROLES:
        viewer = Viewer(account="x", role=role)
        shown = {
            getattr(part, "id", None)
            for part in gate.layout_for(viewer, page)._traverse()
            if isinstance(getattr(part, "id", None), str)
        }
        for panel in page.PANELS:
            assert (panel.id in shown) == gate.allowed(panel, viewer)
