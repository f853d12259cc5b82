"""Signing in at an OpenID Connect provider that runs here, honest and lying."""

import time
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from access import accounts, audit
from access.web.settings import Provider
from tests.access.web.conftest import SETTINGS, sign_in, small_site
from tests.access.web.oidc_provider import CLIENT, SECRET, FakeProvider, running

ADA = {"sub": "u-1", "email": "ada@example.org", "groups": ["team"], "sites": ["bath"]}


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with running() as started:
        started.claims = dict(ADA)
        yield started


@pytest.fixture
def client(state, provider: FakeProvider) -> FlaskClient:
    settings = Provider(
        issuer=provider.address,
        client_id=CLIENT,
        label="Harbour Hospital",
        role_claim="groups",
        roles={"team": "trial", "ux": "designer"},
        sites_claim="sites",
    )
    site = small_site(state, replace(SETTINGS, provider=settings, provider_secret=SECRET))
    return site.test_client()


def at_provider(client: FlaskClient, path: str = "/sign-in/provider") -> str:
    """Where the provider leads back to."""
    away = client.get(path)
    assert away.status_code == 302, away.location
    return requests.get(away.location, allow_redirects=False, timeout=10).headers["Location"]


def come_back(client: FlaskClient, location: str):
    parts = urlsplit(location)
    return client.get(f"{parts.path}?{parts.query}")


def test_it_asks_with_state_nonce_and_pkce(client, provider):
    asked = parse_qs(urlsplit(client.get("/sign-in/provider").location).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["client_id"] == [CLIENT]
    assert asked["redirect_uri"] == ["http://localhost/sign-in/provider/return"]
    assert len(asked["state"][0]) >= 20
    assert len(asked["nonce"][0]) >= 20


def test_somebody_comes_back_signed_in_where_they_wanted_to_go(client, state):
    assert "Sign in with Harbour Hospital" in client.get("/sign-in").text
    reply = come_back(client, at_provider(client, "/sign-in/provider?next=/adherence"))
    assert (reply.status_code, reply.location) == (303, "/adherence")
    assert client.get("/").text == "<p>page of ada@example.org</p>"
    account = accounts.find(state, "ada@example.org")
    assert (account.role, account.sites, account.has_password) == ("trial", {"bath"}, False)
    assert ("ada@example.org", "sign_in") in [(e.account, e.action) for e in audit.entries(state)]


def test_role_and_sites_are_those_of_the_last_sign_in(client, provider, state):
    come_back(client, at_provider(client))
    provider.claims["sites"] = ["bath", "london"]
    come_back(client, at_provider(client))
    assert accounts.find(state, "ada@example.org").sites == {"bath", "london"}
    provider.claims["groups"] = ["ux"]
    come_back(client, at_provider(client))
    assert accounts.find(state, "ada@example.org").role == "designer"
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("groups", [[], ["boss"], ["team", "ux"], None, "local"])
def test_who_has_no_clear_role_is_denied_and_written_down(client, provider, state, groups):
    provider.claims["groups"] = groups
    reply = come_back(client, at_provider(client))
    assert reply.location == "/sign-in?notice=no-role"
    assert "no role here" in client.get(reply.location).text
    assert client.get("/").status_code == 302
    assert accounts.find(state, "ada@example.org") is None
    assert "sign_in_refused" in {entry.action for entry in audit.entries(state)}


def test_a_name_that_is_somebody_else_s_is_no_way_into_their_account(client, provider, state):
    """An account with a password stays its owner's, and so does one of another subject."""
    provider.claims["email"] = "ada"
    assert come_back(client, at_provider(client)).location == "/sign-in?notice=no-role"
    provider.claims["email"] = "ada@example.org"
    come_back(client, at_provider(client))
    provider.claims["sub"] = "u-2"
    client.delete_cookie("rapport-session")
    assert come_back(client, at_provider(client)).location == "/sign-in?notice=no-role"
    assert client.get("/").status_code == 302


def test_who_was_disabled_here_stays_out(client, state):
    come_back(client, at_provider(client))
    accounts.disable(state, "ada@example.org", by="test")
    assert come_back(client, at_provider(client)).location == "/sign-in?notice=no-role"


def test_nobody_of_the_provider_can_sign_in_with_a_password(client):
    come_back(client, at_provider(client))
    client.delete_cookie("rapport-session")
    assert sign_in(client, "ada@example.org", "").status_code == 401


LIES = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "for another client": {"aud": "somebody-else"},
    "for others as well, without saying who may use it": {"aud": [CLIENT, "somebody-else"]},
    "expired": {"exp": int(time.time()) - 1000},
    "without an end": {"exp": None},
    "of another sign-in": {"nonce": "x" * 20},
    "of no sign-in": {"nonce": None},
    "not valid yet": {"nbf": int(time.time()) + 10_000},
    "of nobody": {"sub": None},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_token_that_is_not_for_this_sign_in_is_refused(client, provider, lie):
    provider.token_claims = lie
    assert come_back(client, at_provider(client)).location == "/sign-in?notice=provider"
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("signs", ["none", "HS256"])
def test_a_token_signed_with_what_everybody_knows_is_refused(client, provider, signs):
    provider.signs = signs
    assert come_back(client, at_provider(client)).location == "/sign-in?notice=provider"
    assert client.get("/").status_code == 302


def test_a_token_signed_by_somebody_else_is_refused(client, provider):
    provider.signing_key = RSAKey.generate_key(2048, {"kid": "one"})
    assert come_back(client, at_provider(client)).location == "/sign-in?notice=provider"


def test_no_token_is_no_sign_in(client, provider):
    provider.sends_id_token = False
    assert come_back(client, at_provider(client)).location == "/sign-in?notice=provider"


def test_a_way_back_that_was_not_begun_here_is_refused(client, site):
    """Somebody else's code in a link signs nobody in under somebody else's name."""
    begun_elsewhere = at_provider(client)
    victim = client.application.test_client()
    assert come_back(victim, begun_elsewhere).location == "/sign-in?notice=provider"
    for path in ("", "?code=x", "?state=x", "?code=x&state=x", "?error=access_denied&state=x"):
        assert client.get(f"/sign-in/provider/return{path}").location == "/sign-in?notice=provider"


def test_a_code_works_once(client):
    location = at_provider(client)
    come_back(client, location)
    client.delete_cookie("rapport-session")
    assert come_back(client, location).location == "/sign-in?notice=provider"


def test_a_provider_that_calls_itself_otherwise_is_not_asked(client, provider):
    provider.issuer = "https://evil.example"
    assert client.get("/sign-in/provider").location == "/sign-in?notice=provider"


def test_a_provider_that_does_not_answer_is_said(state):
    nobody = Provider(
        issuer="http://127.0.0.1:9", client_id="x", role_claim="r", roles={"a": "designer"}
    )
    site = small_site(state, replace(SETTINGS, provider=nobody, provider_secret="s"))
    client = site.test_client()
    assert client.get("/sign-in/provider").location == "/sign-in?notice=provider"
    assert "did not work" in client.get("/sign-in?notice=provider").text


def test_beginning_often_leaves_the_cookie_small(client):
    for _ in range(8):
        at_provider(client)
    assert len(client.get_cookie("rapport-form").value) < 1_500
