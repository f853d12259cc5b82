"""How much a client may ask for: attempts to sign in, and the size of what it sends.

Failed attempts are also counted in the state, by name and by address, for all processes together
and through restarts (`access.accounts`). The limit here stands before it, so that a flood of them
costs no password hashing; each process counts its own.
"""

from flask import Flask, Response, abort, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

LARGEST_REQUEST = 1_000_000
"""Bytes. The largest that a page sends is a callback with the state of its filters, a few kB."""
LARGEST_FORM_FIELD = 100_000
FAILED_SIGN_INS = "30 per minute; 300 per hour"
"""By address: a whole clinic may sit behind one."""


def limit_sizes(app: Flask) -> None:
    """Refuse what is larger, or nested deeper, than any page would send."""
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM_FIELD,
        MAX_FORM_PARTS=20,
    )


def refuse_deep() -> None:
    """End a request with 400 if its JSON is nested so deep that it cannot be read."""
    if request.method == "POST" and request.is_json:
        try:
            request.get_json(silent=True)
        except RecursionError:
            abort(400)


def limiter(app: Flask) -> Limiter:
    """What counts requests by address, in the memory of this process."""
    return Limiter(get_remote_address, app=app, storage_uri="memory://", headers_enabled=False)


def was_refused(response: Response) -> bool:
    """Whether an attempt to sign in counts: only those that failed do."""
    return response.status_code in {401, 403}
