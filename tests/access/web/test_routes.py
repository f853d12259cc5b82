"""Every route and every callback of the dashboard, asked by somebody who has not signed in."""

import base64
import hashlib
import re

import pytest
from dash import Dash, Input, Output
from flask.testing import FlaskClient

from access.web.install import OPEN_PATHS
from tests.access.web.callback_requests import ROUTE, answered, body_of
from tests.access.web.conftest import csrf_header, sign_in
from tests.dashboard.mart_fixture import example_study

CLOSED = {302, 303, 401, 403}
FILLED = {"path": "adherence", "filename": "rapport.js", "panel_id": "overview-numbers"}
FILLED |= {"package_name": "dash", "fingerprinted_path": "deps/react.js"}


def every_request(app: Dash) -> list[tuple[str, str]]:
    """A method and a path for each rule and each method that it takes."""
    found = []
    for rule in app.server.url_map.iter_rules():
        values = {name: FILLED.get(name, "x") for name in rule.arguments}
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(path[path.index("<") : path.index(">") + 1], values[name], 1)
        found += [(method, path) for method in sorted(rule.methods or ())]
    return found


def opened_to_strangers(app: Dash) -> list[str]:
    """Requests that are answered without signing in and that are not on the list of open paths."""
    client = app.server.test_client()
    asked = [(f"{m} {p}", m, p, {}) for m, p in every_request(app) if p not in OPEN_PATHS]
    asked += [(output, "POST", ROUTE, body_of(app, output)) for output in answered(app)]
    found = []
    for name, method, path, body in asked:
        with client.open(path, method=method, json=body) as reply:
            if reply.status_code not in CLOSED:
                found.append(name)
    return found


def test_there_is_something_to_ask(dashboard):
    assert len(every_request(dashboard)) > 30
    assert len(answered(dashboard)) > 30


def test_no_route_and_no_callback_is_open_to_strangers(dashboard):
    assert opened_to_strangers(dashboard) == []


def test_the_list_of_open_paths_is_short_and_says_nothing(dashboard):
    assert {"/sign-in", "/sign-in/style.css", "/assets/first.js", "/health"} == OPEN_PATHS
    client = dashboard.server.test_client()
    study = example_study()
    names = {study.study.title, study.study.id, *(site.label for site in study.sites)}
    names |= {site.id for site in study.sites} | {arm.label for arm in study.arms}
    for path in sorted(OPEN_PATHS):
        with client.get(path) as reply:
            assert not [name for name in names if name in reply.text], path


def test_whatever_is_added_is_closed_as_well(dashboard):
    """A route and a callback by somebody who forgot all about access."""

    @dashboard.server.get("/rogue")
    def rogue() -> str:
        return "everything"

    @dashboard.callback(Output("rogue", "children"), Input("url", "pathname"))
    def rogue_callback(_path: str) -> str:
        return "everything"

    assert ("GET", "/rogue") in every_request(dashboard)
    assert "rogue.children" in answered(dashboard)
    assert opened_to_strangers(dashboard) == []
    client = dashboard.server.test_client()
    assert "everything" not in client.get("/rogue").text
    assert "everything" not in client.post(ROUTE, json=body_of(dashboard, "rogue.children")).text


def test_the_sweep_would_notice_an_open_route(dashboard, monkeypatch):
    """Without the guard nearly everything is open: the test above can fail."""
    before = dashboard.server.before_request_funcs[None]
    monkeypatch.setitem(
        dashboard.server.before_request_funcs,
        None,
        [hook for hook in before if hook.__qualname__ != "install.<locals>.guard"],
    )
    assert len(opened_to_strangers(dashboard)) > 10


def statistician(app: Dash) -> tuple[FlaskClient, dict[str, str]]:
    client = app.server.test_client()
    assert sign_in(client, "stan").status_code == 303
    return client, csrf_header(client)


def test_who_is_signed_in_gets_pages_layout_and_callbacks(dashboard):
    client, header = statistician(dashboard)
    assert "_dash-config" in client.get("/adherence").text
    assert client.get("/_dash-layout").json["type"]
    output = next(name for name in answered(dashboard) if "overview-numbers" in name)
    reply = client.post(ROUTE, json=body_of(dashboard, output), headers=header)
    assert reply.status_code == 200
    assert "Where the trial stands" in reply.text


@pytest.mark.parametrize("path", ["/_dash-layout", "/", "/_dash-dependencies"])
def test_no_page_is_sent_before_it_is_asked_for(dashboard, path):
    """Dash would send all layouts with every page, to check callbacks against them."""
    client, _ = statistician(dashboard)
    assert "validation_layout" not in client.get(path).text
    assert "Every required check" not in client.get(path).text


def test_scripts_that_do_not_exist_are_not_listed(dashboard):
    client, _ = statistician(dashboard)
    for path in ("x/y.js", "dash/<script>alert(1)</script>.js", "plotly/package.json"):
        reply = client.get(f"/_dash-component-suites/{path}")
        assert reply.status_code == 404
        assert "<script>" not in reply.text
        assert "Registered libraries" not in reply.text


def test_scripts_of_the_page_are_signed(dashboard):
    """Each script that stands in the page has its hash in the policy, and none has a handler."""
    client, _ = statistician(dashboard)
    reply = client.get("/")
    policy = reply.headers["Content-Security-Policy"]
    inline = re.findall(r"<script(?![^>]*src=)([^>]*)>(.*?)</script>", reply.text, re.DOTALL)
    run = [text for attributes, text in inline if "application/json" not in attributes]
    assert run
    for text in run:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert "unsafe-eval" not in policy
    assert re.search(r"\son\w+=", reply.text) is None


def test_without_accounts_nobody_needs_a_token(open_dashboard):
    client = open_dashboard.server.test_client()
    assert client.get("/_dash-layout").status_code == 200
    output = next(name for name in answered(open_dashboard) if "overview-numbers" in name)
    assert client.post(ROUTE, json=body_of(open_dashboard, output)).status_code == 200
