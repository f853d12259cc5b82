"""Dirt at every opening: no failure inside, no traceback, no value in the log, nothing unescaped."""

import copy
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from dash import Dash
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from access import accounts
from access.state.store import State
from access.web import current
from dashboard.factory import PAGES, create_on
from tests.access.web.callback_requests import ROUTE, answered, body_of
from tests.access.web.conftest import PASSWORD, SETTINGS, csrf_header, sign_in
from tests.dashboard.mart_fixture import FixtureMarts, example_study
from warehouse.workspace import Workspace

MARK = "zq'\"<i>zq"
PATHS = [page.PATH for page in PAGES]
PANELS = [panel.id for page in PAGES for panel in page.PANELS]
KEYS = ["site", "arm", "cohort", "from", "to", "dimension"]
KEYS += sorted({key for page in PAGES for panel in page.PANELS for key in panel.choices})
DIRT = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "",
            MARK,
            "'; drop table fct_weeks; --",
            "' or '1'='1",
            "${7*7}",
            "<script>alert(1)</script>",
            "../../../../etc/passwd",
            "\x00",
            "-1",
            "1e309",
            "nan",
            "9" * 30,
            "1.5",
            "\u202etrap",
            "é" * 300,
        ]
    ),
)
QUERIES = st.lists(st.tuples(st.sampled_from(KEYS) | DIRT, DIRT), max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | DIRT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(DIRT, inner, max_size=3),
    max_leaves=8,
)
FUZZ = settings(
    max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@dataclass
class Opened:
    """Somebody who may see everything, before the whole dashboard."""

    app: Dash
    client: FlaskClient
    header: dict[str, str]

    def call(self, body: Any) -> TestResponse:
        return self.client.post(ROUTE, json=body, headers=self.header)


@pytest.fixture(scope="module")
def opened(
    filled: FixtureMarts, first_state: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    folder = tmp_path_factory.mktemp("fuzz")
    state = State.open(shutil.copy(first_state, folder / "state.sqlite3"))
    accounts.add(state, "stan", "statistician", password=PASSWORD, by="test")
    app = create_on(
        example_study(), filled, Workspace(folder / "w"), current.viewer, state, SETTINGS
    )
    client = app.server.test_client()
    assert sign_in(client, "stan").status_code == 303
    yield Opened(app, client, csrf_header(client))
    state.close()


@pytest.fixture(autouse=True)
def quiet_log(caplog) -> Iterator[None]:
    """Whatever went wrong, nothing of what was sent stands in the log."""
    caplog.set_level(logging.DEBUG, logger="dashboard")
    yield
    assert MARK not in "".join(record.getMessage() for record in caplog.records)


def is_sound(reply: TestResponse) -> None:
    assert reply.status_code < 500 or reply.status_code == 503, reply.text[:300]
    assert "Traceback" not in reply.text
    if reply.mimetype == "text/html":
        assert MARK not in reply.text
        assert "<script>alert" not in reply.text


@FUZZ
@given(JSON)
@example({"output": "no.such"})
@example([])
def test_any_json_at_the_callback_route(opened, body):
    reply = opened.call(body)
    is_sound(reply)
    assert 400 <= reply.status_code < 500


@FUZZ
@given(st.data())
def test_bodies_that_are_nearly_right(opened, data):
    """One place of a right body is replaced, removed or doubled."""
    output = data.draw(st.sampled_from(answered(opened.app)))
    body = body_of(opened.app, output)
    spoil(data, body)
    is_sound(opened.call(body))


def spoil(data: st.DataObject, body: dict[str, Any]) -> None:
    """Change a place of a body, somewhere down."""
    place: Any = body
    while True:
        key = data.draw(
            st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place)))
        )
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        place = inner
    action = data.draw(st.sampled_from(["replace", "remove", "double"]))
    if action == "replace":
        place[key] = data.draw(JSON)
    elif action == "remove":
        del place[key]
    elif isinstance(place, list):
        place.append(copy.deepcopy(inner))
    else:
        place[f"{key}2"] = inner


@FUZZ
@given(st.data(), JSON)
def test_values_of_any_kind(opened, data, value):
    output = data.draw(st.sampled_from(answered(opened.app)))
    is_sound(opened.call(body_of(opened.app, output, value)))


@FUZZ
@given(st.data(), QUERIES)
def test_addresses_with_dirt_reach_panels_that_still_answer(opened, data, query):
    """A panel answers, or says that there is nothing: it does not break."""
    names = [name for name in answered(opened.app) if '"caption"' in name]
    output = data.draw(st.sampled_from(names))
    body = body_of(opened.app, output)
    for given_ in body["inputs"]:
        if given_["property"] == "search":
            given_["value"] = f"?{as_query(query)}"
    reply = opened.call(body)
    is_sound(reply)
    assert reply.status_code == 200
    assert "could not be drawn" not in reply.text


def as_query(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, errors="surrogatepass")


@FUZZ
@given(st.sampled_from([*PATHS, "/nowhere", "/sign-in", "/sign-out", "/health"]), QUERIES)
def test_pages_with_dirt_in_the_address(opened, path, query):
    is_sound(opened.client.get(f"{path}?{as_query(query)}"))


@FUZZ
@given(st.sampled_from(PANELS), QUERIES)
def test_exports_with_dirt_in_the_address(opened, panel, query):
    reply = opened.client.get(f"/export/{panel}.csv?{as_query(query)}")
    is_sound(reply)
    assert reply.status_code in {200, 403, 404, 503}


@FUZZ
@given(DIRT)
def test_paths_of_any_kind(opened, dirt):
    part = quote(dirt, safe="", errors="surrogatepass")
    for path in (f"/{part}", f"/export/{part}.csv", f"/_dash-component-suites/{part}/{part}"):
        is_sound(opened.client.get(path))
    is_sound(opened.app.server.test_client().get(f"/sign-in?next={part}&notice={part}"))


@FUZZ
@given(st.dictionaries(st.sampled_from(["name", "password", "next", "csrf_token"]) | DIRT, DIRT))
def test_forms_of_any_kind(opened, form):
    stranger = opened.app.server.test_client()
    reply = stranger.post("/sign-in", data=form)
    is_sound(reply)
    assert reply.status_code in {303, 400, 401, 429}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"\xff\xfe",
        b'{"output": NaN}',
        b'{"output": "\\ud800"}',
        b"[" * 50_000,
        b'{"a":' * 50_000,
        b"1" * 10_000,
        b'"' + b"x" * 2_000_000 + b'"',
    ],
    ids=range(10),
)
@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "application/x-www-form-urlencoded"]
)
def test_bytes_that_are_no_body(opened, raw, kind):
    reply = opened.client.post(ROUTE, data=raw, content_type=kind, headers=opened.header)
    is_sound(reply)
    assert 400 <= reply.status_code < 500


@pytest.mark.parametrize(
    "query", ["%", "%ff%fe", "a=%zz", "&&&===", "site=%00", "site[]=x", "?" * 50]
)
def test_query_strings_that_are_none(opened, query):
    for path in (*PATHS, "/export/overview-numbers.csv", "/sign-in"):
        is_sound(opened.client.get(f"{path}?{query}"))
