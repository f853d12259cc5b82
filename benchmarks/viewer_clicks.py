"""What the browser of one viewer sends for a click, with nothing known but what the server says."""

import random
import re
from collections.abc import Callable
from typing import Any

import requests

from benchmarks.clicks import body_of

PATIENCE_S = 120
ROUTE = "/_dash-update-component"
_CAPTION = r'"panel": ?"([^"]+)", ?"part": ?"caption"'
Timed = Callable[[str, Callable[[], requests.Response]], requests.Response | None]


class Clicks:
    """One viewer: a session, and what the dashboard said of its callbacks."""

    def __init__(self, address: str, timed: Timed) -> None:
        """Nobody yet; `timed` notes each request."""
        self._address = address
        self._timed = timed
        self._session = requests.Session()
        self._callbacks: list[dict[str, Any]] = []
        self._panels: list[str] = []
        self._build: str | None = None

    def sign_in(self, name: str, password: str) -> bool:
        """Fill in the form; whether it worked."""
        page = self._get("sign-in page", "/sign-in")
        if page is None:
            return False
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        form = {"name": name, "password": password, "csrf_token": token}
        asked = self._session.post
        reply = self._timed(
            "sign in",
            lambda: asked(
                f"{self._address}/sign-in", data=form, allow_redirects=False, timeout=PATIENCE_S
            ),
        )
        return reply is not None and "rapport-session" in self._session.cookies

    def open(self, path: str, search: str) -> str | None:
        """Open a page: the frame, then what stands on it, panel by panel. The build on show."""
        page = self._get("page", path + search)
        if page is None:
            return None
        if not self._callbacks:
            for script in re.findall(r'<script src="([^"]+)"', page.text):
                self._get("script", script)
        layout = self._get("layout", "/_dash-layout")
        known = self._get("layout", "/_dash-dependencies")
        if layout is None or known is None:
            return None
        self._callbacks = known.json()
        found = re.search(
            r'"id":"build","data":"([^"]+)"|"data":"([^"]+)","id":"build"', layout.text
        )
        self._build = None if found is None else found[1] or found[2]
        values = {"url.pathname": path, "url.search": search, "build.data": self._build}
        shown = self._call("page.children", values)
        if shown is None:
            return None
        self._panels = sorted(
            set(re.findall(r'"panel": ?"([^"]+)", ?"part": ?"caption"', shown.text))
        )
        for panel in self._panels:
            self._call(f'{{"panel":"{panel}","part":"caption"}}', values)
        return self._build

    def download(self, chance: random.Random) -> None:
        """Download one of the panels on show."""
        if self._panels:
            self._get("download", f"/export/{chance.choice(self._panels)}.csv")

    def _get(self, kind: str, path: str) -> requests.Response | None:
        return self._timed(
            kind, lambda: self._session.get(self._address + path, timeout=PATIENCE_S)
        )

    def _call(self, part: str, values: dict[str, Any]) -> requests.Response | None:
        callback = next((one for one in self._callbacks if part in one["output"]), None)
        if callback is None:
            return None
        body = body_of(callback, values)
        header = {"X-CSRFToken": self._session.cookies.get("rapport-csrf", "")}
        asked = self._session.post
        kind = "panel" if "panel" in part else "frame"
        return self._timed(
            kind,
            lambda: asked(self._address + ROUTE, json=body, headers=header, timeout=PATIENCE_S),
        )


def _build_in(part: Any) -> str | None:
    """The build that a layout was made of: what the store of that name holds."""
    if isinstance(part, list):
        found = [_build_in(one) for one in part]
        return next((one for one in found if one), None)
    if not isinstance(part, dict):
        return None
    props = part.get("props", {})
    if props.get("id") == "build":
        return props.get("data")
    return _build_in(props.get("children"))
