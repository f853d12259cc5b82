"""Deny by default: no answer, of whatever route, to somebody who has not signed in."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, g, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from access import signed_in
from access.accounts import Account
from access.state.store import State
from access.viewer import Viewer, local_viewer
from access.web.settings import WebSettings

SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
TO_PROVIDER = f"{SIGN_IN}/provider"
FROM_PROVIDER = f"{TO_PROVIDER}/return"
# Asked by machines or scripts, which can make nothing of a page to sign in on.
_FOR_SCRIPTS = ("/_", "/export/", "/assets/")
# The page asks every minute whether there is a new build. That is not somebody at work: a session
# that was left alone must come to its end.
_BY_ITSELF = ["build-check.n_intervals"]


def install(
    app: Flask,
    *,
    state: State | None,
    viewer_of: Callable[[Account], Viewer],
    open_paths: Collection[str],
    settings: WebSettings | None = None,
) -> None:
    """Ask who is there before anything else happens, at every request and for every route.

    Parameters
    ----------
    state
        Where accounts and sign-ins are kept. None for a dashboard without accounts: everybody who
        can reach it is `local_viewer`, and it has to see to it that only this machine can.
    viewer_of
        What an account may see.
    open_paths
        The paths that are answered without signing in; exact ones, not beginnings.
    """
    cookie = (settings or WebSettings()).cookie("session")
    opened = frozenset(open_paths)

    def guard() -> AnyResponse | None:
        g.viewer = g.account = None
        if state is None:
            g.viewer = local_viewer()
            return None
        account = _account(state, request.cookies.get(cookie))
        if account is not None:
            g.account, g.viewer = account, viewer_of(account)
            return None
        return None if request.path in opened else denied()

    # In front of what extensions registered before: of a check of forms, say, that would answer
    # "bad request" to somebody whose session has merely ended.
    app.before_request_funcs.setdefault(None, []).insert(0, guard)


def _account(state: State, token: str | None) -> Account | None:
    if not token:
        return None
    return signed_in.look_up(state, token, datetime.now(UTC), is_use=not _asks_by_itself())


def _asks_by_itself() -> bool:
    if request.method != "POST" or not request.is_json:
        return False
    try:
        body: Any = request.get_json(silent=True)
    except RecursionError:  # brackets in brackets: `limits` refuses it
        return False
    return isinstance(body, dict) and body.get("changedPropIds") == _BY_ITSELF


def denied() -> AnyResponse:
    """What somebody gets who has not signed in: pages lead to the sign-in, the rest is a 401."""
    if request.path == SIGN_OUT:
        return redirect(SIGN_IN, 303)
    if request.method not in {"GET", "HEAD"} or request.path.startswith(_FOR_SCRIPTS):
        return not_signed_in()
    wanted = request.full_path.rstrip("?")
    return redirect(f"{SIGN_IN}?{urlencode({'next': wanted})}" if wanted != "/" else SIGN_IN, 302)


def not_signed_in() -> Response:
    """A 401 for scripts."""
    answer = jsonify(error="not_signed_in")
    answer.status_code = 401
    return answer
