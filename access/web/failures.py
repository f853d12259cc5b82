"""What is said when a request fails: a line, a reference, never a value or a traceback."""

import logging
import secrets
import traceback

from flask import Flask, Response, g, jsonify, redirect, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response as AnyResponse

from access.web.guard import SIGN_IN, denied

log = logging.getLogger(__name__)

_TEXTS = {
    400: ("This request cannot be understood", "Go back and try again."),
    403: ("Not allowed", "This is not for your account."),
    404: ("Not found", "There is no such page."),
    405: ("Not allowed", "This address does not take such requests."),
    413: ("Too large", "What was sent is larger than any page here would send."),
    429: ("Too many attempts", "Wait a few minutes, then try again."),
    503: ("Not available just now", "Try again in a minute."),
}


def install(app: Flask) -> None:
    """Answer every failure ourselves, those of libraries included."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)


def _refused(error: HTTPException) -> AnyResponse:
    code = error.code or 500
    if isinstance(error, InternalServerError):
        return _failed(error)
    if code < 400:
        return error.get_response()
    if code == 401 and request.path != SIGN_IN:
        return denied()
    if code in {400, 403} and (request.method, request.path) == ("POST", SIGN_IN):
        # The page was open for so long that its form is not good any more.
        return redirect(f"{SIGN_IN}?notice=again", 303)
    return answer(code)


def _failed(error: Exception) -> AnyResponse:
    """The log gets the kind of error and where it arose, but not its text.

    A database error may quote what a participant wrote.
    """
    reference = secrets.token_hex(3)
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error(
        "%s failed, reference %s: %s\n%s",
        request.endpoint,
        reference,
        type(error).__name__,
        places,
    )
    return answer(500, reference)


def answer(code: int, reference: str | None = None) -> Response:
    """A failure as a page for people, or as JSON for scripts."""
    title, words = _TEXTS.get(code, ("That did not work", "Try again; if it stays so, say when."))
    if reference is not None:
        words = f"Nothing was changed. Reference in the log: {reference}."
    if request.path.startswith(("/_", "/export/")):
        response = jsonify(error=title, detail=words)
    else:
        shown = render_template(
            "message.html", title=title, words=words, is_known=g.get("viewer") is not None
        )
        response = Response(shown, mimetype="text/html")
    response.status_code = code
    return response
