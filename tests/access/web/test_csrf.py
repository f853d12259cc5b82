"""Other sites' pages cannot act in the name of somebody who is signed in."""

import pytest

from tests.access.web.conftest import csrf_header, sign_in, small_site

CALLBACK = "/_dash-update-component"


def test_a_callback_needs_the_token(signed_in):
    client = signed_in("ada")
    assert client.post(CALLBACK, json={}).status_code == 400
    assert client.post(CALLBACK, json={}, headers={"X-CSRFToken": "x"}).status_code == 400
    assert client.post(CALLBACK, json={}, headers=csrf_header(client)).status_code == 200


def test_the_token_of_another_session_is_none(site):
    ada, mia = site.test_client(), site.test_client()
    sign_in(ada, "ada")
    sign_in(mia, "mia")
    assert ada.post(CALLBACK, json={}, headers=csrf_header(mia)).status_code == 400


def test_the_token_is_new_after_each_sign_in(client):
    sign_in(client)
    before = csrf_header(client)
    client.post("/sign-out", headers=before)
    sign_in(client)
    assert client.post(CALLBACK, json={}, headers=before).status_code == 400


def test_scripts_can_read_the_token_and_nothing_else(signed_in):
    client = signed_in("ada")
    client.get("/")
    readable = {c.key for c in client._cookies.values() if not c.http_only}
    assert readable == {"rapport-csrf"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
@pytest.mark.parametrize("has_accounts", [True, False])
def test_another_site_s_page_is_refused_whatever_it_sends(state, headers, has_accounts):
    client = small_site(state if has_accounts else None).test_client()
    token = {}
    if has_accounts:
        sign_in(client)
        token = csrf_header(client)
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert client.post(CALLBACK, json={}, headers=token | own).status_code == 200
    assert client.post(CALLBACK, json={}, headers=token | headers).status_code == 403


def test_behind_tls_the_referrer_must_be_ours(state, proxied):
    client = small_site(state, proxied).test_client()
    base = {"base_url": "https://rapport.example"}
    for referrer in ({}, {"Referer": "https://evil.example/"}):
        page = client.get("/sign-in", **base).text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        fields = {"csrf_token": token, "name": "ada", "password": "x"}
        reply = client.post("/sign-in", data=fields, headers=referrer, **base)
        assert reply.location == "/sign-in?notice=again"
