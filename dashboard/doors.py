"""Every callback of the dashboard behind the door of its page: closed unless it says whose it is.

Dash answers a callback to whoever names its output, whatever page is on show. So the one route
that all of them go through asks here first. A callback that was registered outside a door is for
nobody; one of a page is for the viewers of that page.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from dash import Dash
from flask import abort, request

from access.gate import may_open
from dashboard import gate
from dashboard.context import Context

EVERY_PAGE = "*"
"""Owner of the callbacks of the frame around the pages: for everybody who is let in."""
_ROUTE = "_dash-update-component"


class Doors:
    """Which page each callback belongs to."""

    def __init__(self, app: Dash, context: Context) -> None:
        """Close every door: nothing is for anybody yet."""
        self._app = app
        self._context = context
        self._owners: dict[str, str] = {}

    @contextmanager
    def of(self, path: str) -> Iterator[None]:
        """Callbacks that are registered inside belong to the page at a path."""
        before = set(self._app.callback_map)
        yield
        for name in self._app.callback_map.keys() - before:
            self._owners[name] = path

    def hang(self) -> None:
        """Ask at the route from now on, after the web's own guard has let the request in."""
        views = self._app.server.view_functions
        for rule in self._app.server.url_map.iter_rules():
            if rule.rule.endswith(_ROUTE):
                views[rule.endpoint] = self._asked(views[rule.endpoint])

    def owner(self, name: object) -> str | None:
        """Path of the page that an output's callback belongs to; None where there is none.

        What the browser does on its own has no function here, so there is nothing to answer.
        """
        if not isinstance(name, str) or "callback" not in self._app.callback_map.get(name, {}):
            return None
        return self._owners.get(name)

    def is_open(self, name: object) -> bool:
        """Whether an output is for the viewer of this request."""
        owner = self.owner(name)
        if owner is None:
            return False
        viewer = self._context.viewer()
        if owner == EVERY_PAGE or may_open(viewer, owner):
            return True
        gate.write_down(self._context.state, viewer, "denied", f"page {owner}")
        return False

    def _asked(self, view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def asked(*args: Any, **named: Any) -> Any:
            body = request.get_json(silent=True)
            if not isinstance(body, dict) or not self.is_open(body.get("output")):
                abort(404)
            try:
                return view(*args, **named)
            except gate.NotThereError:
                abort(404)

        return asked
