"""Nothing for anybody who has not signed in; for who has, their own view and no longer than due."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from access import accounts
from access import signed_in as sessions
from access.web import guard
from tests.access.web.conftest import csrf_header, sign_in, small_site, viewer_of

SCRIPTS = ["/_dash-layout", "/_dash-dependencies", "/export/numbers.csv", "/assets/rapport.js"]


@pytest.mark.parametrize("path", ["/", "/adherence", "/nowhere", "/fails", "/static/x"])
def test_pages_lead_to_the_sign_in(client, path):
    reply = client.get(path)
    assert reply.status_code == 302
    assert reply.location.startswith("/sign-in")
    assert "page of" not in reply.text


def test_the_way_back_is_kept(client):
    assert client.get("/adherence?site=bath").location == (
        "/sign-in?next=%2Fadherence%3Fsite%3Dbath"
    )


@pytest.mark.parametrize("path", SCRIPTS)
def test_scripts_get_a_401(client, path):
    reply = client.get(path)
    assert (reply.status_code, reply.json) == (401, {"error": "not_signed_in"})


def test_a_callback_without_a_session_is_a_401_not_a_bad_form(client):
    assert client.post("/_dash-update-component", json={}).status_code == 401


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options", "head", "post"])
def test_no_method_gets_past(client, method):
    reply = getattr(client, method)("/adherence")
    assert reply.status_code in {302, 401}


def test_what_is_open_says_nothing_of_the_study(client):
    assert client.get("/health").text == "OK"
    assert client.get("/sign-in").status_code == 200
    assert client.get("/sign-in/style.css").mimetype == "text/css"


def test_only_exact_paths_are_open(client):
    for path in ("/health/", "/health/x", "/sign-in/", "/sign-in/style.css/x", "//health"):
        reply = client.get(path)
        assert reply.status_code in {302, 308, 401}, path
        assert "OK" not in reply.text


def test_a_route_added_later_is_closed_as_well(site):
    """Also one of a blueprint, and one that asks nobody who is looking."""

    @site.get("/forgotten")
    def forgotten() -> str:
        return "everything"

    reply = site.test_client().get("/forgotten")
    assert reply.status_code == 302
    assert "everything" not in reply.text


def test_the_guard_comes_before_what_was_there_before_it(state):
    app = Flask("site")
    seen = []
    app.before_request(lambda: seen.append("first"))
    app.add_url_rule("/", "home", lambda: "home")
    guard.install(app, state=state, viewer_of=viewer_of, open_paths=())
    assert app.test_client().get("/").status_code == 302
    assert seen == []


def test_somebody_signed_in_is_who_they_are(signed_in):
    client = signed_in("ada")
    assert client.get("/").text == "<p>page of ada</p>"
    assert client.get("/export/numbers.csv").text == "export of ada"
    reply = client.post("/_dash-update-component", json={}, headers=csrf_header(client))
    assert reply.json == {"who": "ada"}


@pytest.mark.parametrize("token", ["", "x", "é", "a" * 4000, "' or 1=1 --"])
def test_a_made_up_token_is_nobody_s(client, token):
    client.set_cookie("rapport-session", token)
    assert client.get("/").status_code == 302


def test_a_disabled_account_is_out_at_once(signed_in, state):
    client = signed_in("ada")
    accounts.disable(state, "ada", by="test")
    assert client.get("/").status_code == 302


def at(monkeypatch, moment: datetime) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return moment

    monkeypatch.setattr(guard, "datetime", Clock)


def test_a_session_left_alone_ends(signed_in, monkeypatch):
    client = signed_in("ada")
    at(monkeypatch, datetime.now(UTC) + sessions.IDLE + timedelta(seconds=1))
    assert client.get("/").status_code == 302


def test_a_page_that_asks_by_itself_keeps_no_session_alive(signed_in, monkeypatch):
    client = signed_in("ada")
    header = csrf_header(client)
    start = datetime.now(UTC)
    body = {"output": "x", "changedPropIds": ["build-check.n_intervals"]}
    statuses = []
    for minutes in range(1, 33):
        at(monkeypatch, start + timedelta(minutes=minutes))
        reply = client.post("/_dash-update-component", json=body, headers=header)
        statuses.append(reply.status_code)
    assert statuses[0] == 200
    assert statuses[-1] == 401


def test_somebody_at_work_stays_signed_in(signed_in, monkeypatch):
    client = signed_in("ada")
    header = csrf_header(client)
    start = datetime.now(UTC)
    for minutes in range(10, 80, 10):
        at(monkeypatch, start + timedelta(minutes=minutes))
        body = {"output": "x", "changedPropIds": ["url.search"]}
        assert client.post("/_dash-update-component", json=body, headers=header).status_code == 200


def test_without_accounts_whoever_is_here_is_the_local_viewer():
    client = small_site(None).test_client()
    assert client.get("/").text == "<p>page of local</p>"
    assert client.get("/sign-in").status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "rapport.local:8050"])
def test_without_accounts_other_names_for_this_machine_are_refused(host):
    """A page of another site may let its own name lead here (DNS rebinding)."""
    reply = small_site(None).test_client().get("/", headers={"Host": host})
    assert reply.status_code == 400
    assert "page of" not in reply.text


@pytest.mark.parametrize("host", ["127.0.0.1:8050", "localhost:1", "localhost"])
def test_this_machine_s_own_names_are_fine(host):
    assert small_site(None).test_client().get("/", headers={"Host": host}).status_code == 200


def test_a_failure_shows_no_value_and_no_traceback(signed_in, caplog):
    reply = signed_in("ada").get("/fails")
    assert reply.status_code == 500
    assert "Reference in the log" in reply.text
    for words in ("own words", "Traceback", "KeyError"):
        assert words not in reply.text
    message = caplog.records[-1].getMessage()
    assert "fails failed, reference" in message
    assert "KeyError" in message
    assert "KeyError: " not in message  # the place is there, and the text is not


def test_signing_in_again_ends_the_session_before(client):
    sign_in(client)
    before = client.get_cookie("rapport-session").value
    client.get("/sign-in")
    client.post("/sign-out", headers=csrf_header(client))
    sign_in(client)
    assert client.get_cookie("rapport-session").value != before
