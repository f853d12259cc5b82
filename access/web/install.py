"""Everything between the network and the dashboard, put around a Flask application."""

from collections.abc import Callable, Sequence

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from access.accounts import Account
from access.state.store import State
from access.viewer import Viewer
from access.web import cookies, csrf, failures, guard, headers, limits, sign_in
from access.web.settings import WebSettings

HEALTH = "/health"
FIRST_SCRIPT = "/assets/first.js"
OPEN_PATHS = frozenset({guard.SIGN_IN, sign_in.STYLE, FIRST_SCRIPT, HEALTH})
"""All that is answered to somebody who has not signed in. None of it says anything of a study: the
page to sign in, its rules and the script that chooses light or dark, and `OK`."""
PROVIDER_PATHS = frozenset({guard.TO_PROVIDER, guard.FROM_PROVIDER})
"""These too, where a provider was set up."""
OWN_HOSTS = ("127.0.0.1", "localhost")


def install(
    app: Flask,
    *,
    state: State | None,
    settings: WebSettings,
    viewer_of: Callable[[Account], Viewer],
    colours: str,
    script_hashes: Sequence[str],
) -> None:
    """Guard an application; to be called when all of its routes and callbacks are there.

    Parameters
    ----------
    state
        Accounts and sign-ins; None where the dashboard serves its own machine without any.
    viewer_of
        What an account may see.
    colours
        CSS variables of the dashboard's theme, for the pages to sign in.
    script_hashes
        Of the scripts that stand in the dashboard's page, for its Content-Security-Policy.
    """
    if settings.is_behind_proxy:
        # One proxy is believed: what a client writes into these headers itself, it replaces. To
        # assign `wsgi_app` is Flask's documented way; types take it for a method all the same.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    limits.limit_sizes(app)
    sign_in.install_pages(app, colours)
    failures.install(app)
    is_open = OPEN_PATHS | (PROVIDER_PATHS if settings.provider else frozenset())
    guard.install(app, state=state, viewer_of=viewer_of, open_paths=is_open, settings=settings)
    app.before_request(limits.refuse_deep)
    csrf.install(app, settings, has_accounts=state is not None)
    if state is None:
        # Another site's page could make its name lead to this machine and then read everything.
        app.config["TRUSTED_HOSTS"] = list(OWN_HOSTS)
    else:
        _let_people_in(app, state, settings)
    headers.install(app, settings, script_hashes)


def _let_people_in(app: Flask, state: State, settings: WebSettings) -> None:
    if settings.secret_key is None:
        raise ValueError("a dashboard with accounts needs a secret key")
    cookies.configure(app, settings)
    app.config["TRUSTED_HOSTS"] = list(settings.hosts) or None
    signing = sign_in.SignIn(state, settings, limits.limiter(app))
    sign_in.install(app, signing)
    if settings.provider is not None:
        from access.web import oidc  # takes half a second, and most studies have no provider

        oidc.install(app, signing)
