"""Who is looking, in the request under way: what the guard found out."""

from typing import TYPE_CHECKING

from flask import abort, g

from access.viewer import Viewer

if TYPE_CHECKING:
    from access.accounts import Account


def viewer() -> Viewer:
    """Whoever makes this request.

    On a page that is open to everyone there is nobody: asking ends the request with 401. Outside of
    a request it is a RuntimeError of Flask's.
    """
    found: Viewer | None = g.get("viewer")
    if found is None:
        abort(401)
    return found


def account() -> "Account | None":
    """The account signed in, or None where the dashboard serves its own machine without any."""
    found: Account | None = g.get("account")
    return found
