"""Signing in at an OpenID Connect provider: code flow with state, nonce and PKCE (RFC 7636)."""

import logging
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, request, url_for
from flask import session as form_session
from joserfc.errors import JoseError
from werkzeug.wrappers import Response as AnyResponse

from access import accounts, audit
from access.accounts import Account
from access.state.store import State
from access.web.claims import ClaimsError, Person, person
from access.web.guard import FROM_PROVIDER, SIGN_IN, TO_PROVIDER
from access.web.next_page import own_page
from access.web.settings import Provider
from access.web.sign_in import SignIn
from study.errors import UserError

log = logging.getLogger(__name__)

PATIENCE_S = 10
# What a public key can check. A provider's own list may hold HS256 or none, which could not.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
_BY = "provider"
_WANTED = "wanted"


class ProviderError(Exception):
    """The provider, or what came back from it, cannot be trusted. Holds no claim and no token."""


def install(app: Flask, signing: SignIn) -> None:
    """Add the way to the provider and the way back; needs `settings.provider`."""
    provider = signing.settings.provider
    if provider is None:
        raise ValueError("no provider in the settings")
    client = _client(app, provider, signing.settings.provider_secret)

    @app.get(TO_PROVIDER)
    @signing.limiter.limit("60 per minute")
    def sign_in_at_provider() -> AnyResponse:
        try:
            _trusted(client, provider)
            _forget_earlier_ones()
            back = url_for("back_from_provider", _external=True)
            answer: AnyResponse = client.authorize_redirect(back)
        except (requests.RequestException, AuthlibBaseError, ProviderError, ValueError) as error:
            return _failed(error)
        form_session[_WANTED] = own_page(request.args.get("next"))
        return answer

    @app.get(FROM_PROVIDER)
    @signing.limiter.limit("60 per minute")
    def back_from_provider() -> AnyResponse:
        wanted = form_session.get(_WANTED)
        try:
            claims = _claims(client, provider)
        except _NOT_GENUINE as error:
            return _failed(error)
        try:
            account = account_of_person(signing.state, person(provider, claims))
        except (ClaimsError, UserError) as error:
            return _refused(signing.state, error)
        audit.record(signing.state, account=account.name, action="sign_in", what="at the provider")
        return signing.start(account, wanted)


_NOT_GENUINE = (
    requests.RequestException,
    AuthlibBaseError,
    JoseError,
    ProviderError,
    KeyError,
    TypeError,
    ValueError,
)


def _client(app: Flask, provider: Provider, secret: str | None) -> Any:
    oauth = OAuth(app)
    return oauth.register(
        "provider",
        client_id=provider.client_id,
        client_secret=secret,
        server_metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": provider.scope,
            "code_challenge_method": "S256",
            "default_timeout": PATIENCE_S,
        },
    )


def _trusted(client: Any, provider: Provider) -> None:
    """Hold the provider's description of itself against the settings.

    Raises
    ------
    ProviderError
        If it names another issuer, or signs with nothing that a public key could check.
    """
    metadata = client.load_server_metadata()
    if str(metadata.get("issuer", "")).rstrip("/") != provider.issuer:
        raise ProviderError("the provider names another issuer than the settings")
    offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    metadata["id_token_signing_alg_values_supported"] = sorted(ALGORITHMS & set(offered))
    if not metadata["id_token_signing_alg_values_supported"]:
        raise ProviderError("the provider signs with nothing that a public key could check")


def _claims(client: Any, provider: Provider) -> dict[str, Any]:
    """The claims of an ID token that is genuine, ours, of now, and of this very sign-in.

    Raises
    ------
    ProviderError
        If the provider sent no ID token; and what Authlib raises where it does not hold.
    """
    _trusted(client, provider)
    issuer = client.server_metadata["issuer"]
    token = client.authorize_access_token(
        claims_options={
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": provider.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
            "nonce": {"essential": True},
        },
    )
    claims = token.get("userinfo")
    if not claims:
        raise ProviderError("the provider sent no ID token")
    return dict(claims)


def account_of_person(state: State, found: Person) -> Account:
    """The account of somebody whom the provider vouches for, as the provider describes it now.

    Raises
    ------
    ClaimsError
        If the account is disabled here.
    UserError
        If the name cannot be one, or belongs to another account.
    """
    account = accounts.find_by_claims(state, found.issuer, found.subject)
    if account is None:
        return accounts.add(
            state,
            found.name,
            found.role,
            password=None,
            sites=found.sites,
            participants=found.participants,
            by=_BY,
            issuer=found.issuer,
            subject=found.subject,
        )
    if account.is_disabled:
        raise ClaimsError("the account is disabled here")
    known = (account.role, account.sites, account.participants or frozenset())
    if known == (found.role, found.sites, found.participants):
        return account
    return accounts.set_role(
        state,
        account.name,
        found.role,
        sites=found.sites,
        participants=found.participants,
        by=_BY,
    )


def _forget_earlier_ones() -> None:
    """Only the last sign-in under way counts: a cookie has no room for many."""
    for key in [key for key in form_session if key.startswith("_state_")]:
        form_session.pop(key)


def _failed(error: Exception) -> AnyResponse:
    # The kind only: the text may hold what the provider, or somebody in its place, sent.
    said = str(error) if isinstance(error, ProviderError) else type(error).__name__
    log.warning("Signing in at the provider failed: %s", said)
    form_session.pop(_WANTED, None)
    return redirect(f"{SIGN_IN}?notice=provider", 303)


def _refused(state: State, error: ClaimsError | UserError) -> AnyResponse:
    why = str(error) if isinstance(error, ClaimsError) else "the name cannot be an account's"
    log.warning("Signed in at the provider, but not here: %s", why)
    audit.record(state, account=_BY, action="sign_in_refused", what="at the provider", why=why)
    form_session.clear()
    return redirect(f"{SIGN_IN}?notice=no-role", 303)
