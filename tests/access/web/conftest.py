"""A small site behind the same walls as the dashboard, and people who may sign in."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from dash import Dash
from flask import Flask, jsonify
from flask.testing import FlaskClient

from access import accounts, passwords
from access.accounts import Account
from access.state.store import State
from access.viewer import Viewer
from access.web import current, install
from access.web.settings import WebSettings
from dashboard.factory import create_on
from study.definition import Privacy
from tests.dashboard.mart_fixture import FixtureMarts, example_study, marts
from warehouse.workspace import Workspace

PASSWORD = "seven kind walruses"
SETTINGS = WebSettings(secret_key="0" * 64)


@pytest.fixture(scope="module", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashing that costs nothing: how slow it is on purpose is tested with the accounts."""
    with pytest.MonkeyPatch.context() as patch:
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(passwords, "_HASHER", cheap)
        passwords._nobodys.cache_clear()
        yield
    passwords._nobodys.cache_clear()


@pytest.fixture(scope="session")
def first_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two accounts: `ada`, of the trial team at one site, and `mia`, a designer."""
    file = tmp_path_factory.mktemp("state") / "state.sqlite3"
    opened = State.open(file)
    accounts.add(opened, "ada", "trial", password=PASSWORD, sites=["bath"], by="test")
    accounts.add(opened, "mia", "designer", password=PASSWORD, by="test")
    opened.close()
    return file


@pytest.fixture
def state(first_state: Path, tmp_path: Path) -> Iterator[State]:
    """A copy of the first state, for one test."""
    opened = State.open(shutil.copy(first_state, tmp_path / "state.sqlite3"))
    yield opened
    opened.close()


def viewer_of(account: Account) -> Viewer:
    return accounts.viewer_of(account, Privacy(), unmasked=False)


def small_site(state: State | None, settings: WebSettings = SETTINGS) -> Flask:
    """Pages, an export and a callback that say who is looking, behind everything there is."""
    app = Flask("site")

    @app.get("/")
    @app.get("/adherence")
    def page() -> str:
        return f"<p>page of {current.viewer().account}</p>"

    @app.get("/export/numbers.csv")
    def export() -> str:
        return f"export of {current.viewer().account}"

    @app.post("/_dash-update-component")
    def callback():
        return jsonify(who=current.viewer().account)

    @app.get("/fails")
    def fails() -> str:
        raise KeyError("a participant's own words")

    @app.get("/health")
    def health() -> str:
        return "OK"

    install.install(
        app,
        state=state,
        settings=settings,
        viewer_of=viewer_of,
        colours=":root{--ink:#000}",
        script_hashes=["'sha256-abc'"],
    )
    return app


@pytest.fixture
def site(state: State) -> Flask:
    return small_site(state)


@pytest.fixture
def client(site: Flask) -> FlaskClient:
    return site.test_client()


@pytest.fixture
def proxied() -> WebSettings:
    """As behind a proxy that speaks TLS."""
    return replace(SETTINGS, is_behind_proxy=True)


def form_token(client: FlaskClient, **asked: str) -> str:
    """The token of the form on the page to sign in."""
    shown = client.get("/sign-in", **asked).text
    return shown.split('name="csrf_token" value="')[1].split('"')[0]


def sign_in(client: FlaskClient, name: str = "ada", password: str = PASSWORD, **fields: str):
    """Fill in and send the form."""
    filled = {"csrf_token": form_token(client), "name": name, "password": password, **fields}
    return client.post("/sign-in", data=filled)


def csrf_header(client: FlaskClient) -> dict[str, str]:
    """What a page's script sends along."""
    client.get("/")
    kept = client.get_cookie("rapport-csrf")
    assert kept is not None
    return {"X-CSRFToken": kept.decoded_value}


@pytest.fixture
def signed_in(client: FlaskClient) -> Callable[..., FlaskClient]:
    """`signed_in(name="ada")`: a browser in which somebody has signed in."""

    def opened(name: str = "ada") -> FlaskClient:
        assert sign_in(client, name).status_code == 303
        return client

    return opened


@pytest.fixture(scope="session")
def filled() -> Iterator[FixtureMarts]:
    """The thirty participants of the fixture mart, for every edition."""
    made = marts()
    yield made
    made.con.close()


@pytest.fixture
def dashboard(filled: FixtureMarts, state: State, tmp_path: Path) -> Dash:
    """The whole dashboard, with accounts: `ada`, `mia`, and `stan`, a statistician."""
    accounts.add(state, "stan", "statistician", password=PASSWORD, by="test")
    workspace = Workspace(tmp_path / "workspace")
    return create_on(example_study(), filled, workspace, current.viewer, state, SETTINGS)


@pytest.fixture
def open_dashboard(filled: FixtureMarts, tmp_path: Path) -> Dash:
    """The whole dashboard, for this machine, without accounts."""
    workspace = Workspace(tmp_path / "workspace")
    return create_on(example_study(), filled, workspace, current.viewer)
