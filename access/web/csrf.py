"""No request that changes something, and no callback, is taken from another site's page."""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from flask_wtf.csrf import CSRFProtect, generate_csrf

from access.web import cookies, current
from access.web.settings import WebSettings

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def install(app: Flask, settings: WebSettings, *, has_accounts: bool) -> None:
    """Check where requests come from and, where there are accounts, that they hold a token.

    Without accounts there is no cookie that another site could make use of, only the place that a
    request comes from; a token would add nothing to that check.
    """
    app.before_request(refuse_other_sites)
    if not has_accounts:
        return
    # The token lives as long as the form cookie: it is made anew at each sign-in and sign-out.
    app.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=True)
    CSRFProtect(app)

    @app.after_request
    def _give(response: Response) -> Response:
        if response.mimetype == "text/html" and request.method == "GET" and current.account():
            cookies.give_csrf(response, settings, generate_csrf())
        return response


def refuse_other_sites() -> None:
    """End a changing request with 403 if the browser says that another site's page sent it."""
    if request.method not in _CHANGING:
        return
    origin = request.headers.get("Origin")
    is_other = origin is not None and urlsplit(origin).netloc != request.host
    fetched_from = request.headers.get("Sec-Fetch-Site", "same-origin")
    if is_other or fetched_from not in {"same-origin", "none"}:
        abort(403)
