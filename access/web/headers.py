"""The headers of every reply: what a page may load, who may frame it, what is kept where."""

from collections.abc import Sequence

from flask import Flask, Response, request
from flask_talisman import Talisman

from access.web.settings import WebSettings

# Style attributes cannot be signed: the component library positions by them, plotly draws with
# them and puts rules of its own into the page. Styles run nothing; scripts are held strictly.
_STYLES = ["'self'", "'unsafe-inline'"]
_ALWAYS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Program text, the same for everybody; all else is somebody's data and stays in no cache.
_PROGRAM = ("/assets/", "/_dash-component-suites/", "/sign-in/style.css")


def policy(script_hashes: Sequence[str]) -> dict[str, str | list[str]]:
    """The Content-Security-Policy; scripts in the page run only if their hash is listed."""
    return {
        "default-src": "'none'",
        "script-src": ["'self'", *script_hashes],
        "style-src": _STYLES,
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


def install(app: Flask, settings: WebSettings, script_hashes: Sequence[str]) -> None:
    """Set the headers; to be called when all callbacks that run in the browser are defined."""
    Talisman(
        app,
        # The proxy redirects; without one there is no https to go to.
        force_https=False,
        frame_options="DENY",
        content_security_policy=policy(script_hashes),
        strict_transport_security=settings.is_behind_proxy,
        strict_transport_security_include_subdomains=False,
        referrer_policy="same-origin",
        permissions_policy={"camera": "()", "geolocation": "()", "microphone": "()"},
        session_cookie_secure=settings.is_behind_proxy,
    )
    app.after_request(_add)


def _add(response: Response) -> Response:
    for name, value in _ALWAYS.items():
        response.headers[name] = value
    if not request.path.startswith(_PROGRAM) or response.status_code >= 400:
        response.headers["Cache-Control"] = "no-store"
    return response
