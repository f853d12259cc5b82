"""Signing in and out: what the page says, what the browser is given, where it leads."""

import re
from dataclasses import replace

import pytest

from access import audit
from access.state.store import State
from access.web.limits import LARGEST_REQUEST
from access.web.sign_in import REFUSED
from tests.access.web.conftest import (
    PASSWORD,
    SETTINGS,
    csrf_header,
    form_token,
    sign_in,
    small_site,
)


def cookies_of(reply) -> dict[str, str]:
    return {line.split("=")[0]: line for line in reply.headers.getlist("Set-Cookie")}


def actions(state: State) -> list[tuple[str, str]]:
    return [(entry.account, entry.action) for entry in audit.entries(state)]


def test_password_managers_and_screen_readers_know_the_fields(client):
    page = client.get("/sign-in").text
    for wanted in (
        '<label for="name">Account name</label>',
        '<label for="password">Password</label>',
        'autocomplete="username"',
        'autocomplete="current-password"',
        '<html lang="en">',
        '<button type="submit">Sign in</button>',
    ):
        assert wanted in page
    assert "onpaste" not in page


def test_signing_in_leads_back_to_where_one_wanted_to_go(client):
    reply = sign_in(client, next="/adherence?site=bath")
    assert (reply.status_code, reply.location) == (303, "/adherence?site=bath")


@pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_it_never_leads_elsewhere(client, evil):
    assert sign_in(client, next=evil).location == "/"


def test_the_next_page_on_the_form_is_our_own(client):
    page = client.get('/sign-in?next=//evil.example/"><script>alert(1)</script>').text
    assert "evil" not in page
    assert "<script>alert" not in page
    page = client.get('/sign-in?next=/adherence?site="><script>alert(1)</script>').text
    assert "<script>alert" not in page


def test_the_session_cookie_is_for_this_server_alone(client):
    given = cookies_of(sign_in(client))["rapport-session"]
    assert "HttpOnly" in given
    assert "SameSite=Lax" in given
    assert "Path=/" in given
    assert "Domain" not in given
    assert "Secure" not in given  # on this machine there is no TLS


def test_behind_tls_cookies_are_secure_and_tied_to_the_host(state, proxied):
    client = small_site(state, proxied).test_client()
    base = {"base_url": "https://rapport.example"}
    token = form_token(client, **base)
    reply = client.post(
        "/sign-in",
        data={"csrf_token": token, "name": "ada", "password": PASSWORD},
        headers={"Referer": "https://rapport.example/sign-in"},
        **base,
    )
    assert reply.status_code == 303
    given = cookies_of(reply)
    assert {"__Host-rapport-session", "__Host-rapport-form"} <= given.keys()
    given |= cookies_of(client.get("/", **base))
    assert "__Host-rapport-csrf" in given
    for line in given.values():
        assert "Secure" in line
        assert "Path=/" in line
        assert "Domain" not in line
    assert "HttpOnly" not in given["__Host-rapport-csrf"]


@pytest.mark.parametrize(
    ("name", "password"),
    [("ada", "wrong password"), ("nobody", PASSWORD), ("", ""), ("ada\x00", PASSWORD), ("ada", "")],
)
def test_all_refusals_look_alike(client, name, password):
    reply = sign_in(client, name, password)
    assert reply.status_code == 401
    said = re.search(r'role="alert">(.*?)</p>', reply.text)
    assert said is not None
    assert said[1] == REFUSED
    assert "rapport-session" not in cookies_of(reply)


def test_what_was_typed_comes_back_escaped_and_the_password_not_at_all(client):
    reply = sign_in(client, '"><script>alert(1)</script>', "my secret password")
    assert "<script>alert" not in reply.text
    assert "my secret password" not in reply.text


def test_a_form_from_elsewhere_signs_nobody_in(client):
    fields = {"name": "ada", "password": PASSWORD, "csrf_token": "made up"}
    reply = client.post("/sign-in", data=fields)
    assert (reply.status_code, reply.location) == (303, "/sign-in?notice=again")
    assert client.get("/").status_code == 302
    assert "Try again" in client.get("/sign-in?notice=again").text


def test_an_unknown_notice_is_not_repeated(client):
    assert "gone" not in client.get("/sign-in?notice=gone").text


def test_a_flood_of_attempts_is_stopped_before_any_password_is_looked_at(client):
    token = form_token(client)
    fields = {"csrf_token": token, "name": "ada", "password": "x"}
    codes = [client.post("/sign-in", data=fields).status_code for _ in range(40)]
    assert set(codes[:30]) == {401}
    assert set(codes[31:]) == {429}


def test_right_passwords_are_not_counted_as_a_flood(client):
    """A whole ward may sit behind one address."""
    for _ in range(32):
        assert sign_in(client).status_code == 303
        client.post("/sign-out", headers=csrf_header(client))


def test_signing_out_ends_the_session_here_and_on_the_server(signed_in, state):
    client = signed_in("ada")
    token = client.get_cookie("rapport-session").value
    reply = client.post("/sign-out", headers=csrf_header(client))
    assert (reply.status_code, reply.location) == (303, "/sign-in?notice=left")
    assert client.get("/").status_code == 302
    client.set_cookie("rapport-session", token)
    assert client.get("/").status_code == 302
    assert ("ada", "sign_out") in actions(state)


def test_signing_out_is_no_link_and_needs_the_token(signed_in):
    client = signed_in("ada")
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").status_code == 400
    assert client.get("/").status_code == 200


def test_signing_out_of_what_has_ended_leads_to_the_sign_in(client):
    reply = client.post("/sign-out")
    assert (reply.status_code, reply.location) == (303, "/sign-in")


def test_who_is_signed_in_is_led_on(signed_in):
    reply = signed_in("ada").get("/sign-in?next=/adherence")
    assert (reply.status_code, reply.location) == (303, "/adherence")


def test_the_log_knows_who_came_and_who_was_refused(client, state):
    sign_in(client, "ada", "wrong password")
    sign_in(client, "ada")
    written = actions(state)
    assert ("ada", "sign_in_refused") in written
    assert ("ada", "sign_in") in written


def test_what_is_too_large_is_refused(client):
    token = form_token(client)
    large = {"csrf_token": token, "name": "ada", "password": "x" * (LARGEST_REQUEST + 1)}
    assert client.post("/sign-in", data=large).status_code == 413


@pytest.mark.parametrize("is_behind", [True, False])
def test_an_address_is_believed_only_of_a_proxy(state, proxied, is_behind):
    client = small_site(state, proxied if is_behind else SETTINGS).test_client()
    base = {"base_url": "https://rapport.example" if is_behind else "http://rapport.example"}
    token = form_token(client, **base)
    client.post(
        "/sign-in",
        data={"csrf_token": token, "name": "ada", "password": "wrong"},
        # A visitor's own word stands in front of the proxy's.
        headers={
            "X-Forwarded-For": "198.51.100.1, 203.0.113.9",
            "Referer": "https://rapport.example/sign-in",
        },
        **base,
    )
    [refused] = [one for one in audit.entries(state) if one.action == "sign_in_refused"]
    assert refused.what == ("from 203.0.113.9" if is_behind else "from 127.0.0.1")


def test_requests_under_other_names_are_refused_where_names_are_set(state):
    site = small_site(state, replace(SETTINGS, hosts=("rapport.example",)))
    client = site.test_client()
    assert client.get("/sign-in", base_url="http://rapport.example").status_code == 200
    reply = client.get("/sign-in", base_url="http://evil.example")
    assert reply.status_code == 400
    assert "csrf_token" not in reply.text
