"""Charts of a report: drawn once as SVG where there is a browser, else by a script in the file.

Drawn ones need no script, print sharply and make a file of some hundred kilobytes; with the script
in it a file has five megabytes. See docs/how-to/make-reports.md for what was measured.
"""

import base64
import hashlib
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from markupsafe import Markup
from plotly.offline import get_plotlyjs
from plotly.utils import PlotlyJSONEncoder

from dashboard import theme
from dashboard.reports import browser

WIDTH_PX = 760
"""Width at which charts are drawn; on paper it takes 180 mm, and letters of 12 px are 8 points."""
TALLEST_PX = 1040
"""No chart is higher than a page."""
_HERE = Path(__file__).parent
_DRAWN = re.compile(r'<script id="drawn" type="application/json">(.*?)</script>', re.DOTALL)
_KEPT_DRAWINGS = 256
_DIGITS = 10


@dataclass(frozen=True)
class Drawing:
    """A figure as a page's panel has it, and how high it is to be drawn in pixels."""

    name: str
    figure: Mapping[str, Any]
    height: int
    width: int = WIDTH_PX
    key: str = field(init=False)

    def __post_init__(self) -> None:
        found = hashlib.sha256(as_script_data(self.told()).encode()).hexdigest()
        object.__setattr__(self, "key", found)

    def told(self) -> dict[str, Any]:
        """The figure in the light scheme with its size, ready for plotly.js."""
        figure = theme.for_scheme(_plain(self.figure), "light")
        size = {"width": self.width, "height": self.height, "autosize": False}
        figure["layout"] = {**figure["layout"], **size}
        return {"figure": _steady(figure), "width": self.width, "height": self.height}


@dataclass(frozen=True)
class Drawn:
    """What stands in the places of the figures, in their order, and what the file needs for it.

    `scripts` are texts that run in the file, in their order; `data` is what they draw.
    """

    places: tuple[Markup, ...]
    scripts: tuple[str, ...] = ()
    data: str = ""

    @property
    def hashes(self) -> list[str]:
        """Hashes by which a policy lets exactly these scripts run."""
        digests = [hashlib.sha256(text.encode()).digest() for text in self.scripts]
        return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


class Drawer(Protocol):
    """Draws the figures of a report."""

    def draw(self, drawings: Sequence[Drawing]) -> Drawn:
        """What stands in their places."""
        ...


class DrawnInFile:
    """The figures as data, with the library that draws them when the file is opened."""

    def draw(self, drawings: Sequence[Drawing]) -> Drawn:
        """Boxes of the right size, and the script once; nothing without figures."""
        if not drawings:
            return Drawn(())
        ids = [f"drawing-{number}" for number in range(1, len(drawings) + 1)]
        places = tuple(
            Markup('<div id="{}" style="width:{}px;height:{}px">{}</div>').format(
                name, one.width, one.height, "This chart is drawn by a script."
            )
            for name, one in zip(ids, drawings, strict=True)
        )
        figures = [{"id": name, **one.told()} for name, one in zip(ids, drawings, strict=True)]
        shown = (_HERE / "show.js").read_text(encoding="utf-8")
        return Drawn(places, (get_plotlyjs(), shown), as_script_data(figures))


class DrawnByBrowser:
    """The figures as SVG; each is drawn once, however many reports hold it."""

    def __init__(self, program: Path) -> None:
        """Remember the program; nothing is started yet."""
        self._program = program
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Markup] = OrderedDict()

    def draw(self, drawings: Sequence[Drawing]) -> Drawn:
        """The SVG of each figure.

        Raises
        ------
        BrowserFailedError
            If the browser cannot draw them.
        """
        with self._lock:
            known = {one.key: self._kept[one.key] for one in drawings if one.key in self._kept}
        new = {one.key: one for one in drawings if one.key not in known}
        made = _svgs(self._program, list(new.values())) if new else []
        known |= dict(zip(new, made, strict=True))
        self._keep(known)
        return Drawn(tuple(known[one.key] for one in drawings))

    def _keep(self, drawn: Mapping[str, Markup]) -> None:
        with self._lock:
            for key, svg in drawn.items():
                self._kept[key] = svg
                self._kept.move_to_end(key)
            while len(self._kept) > _KEPT_DRAWINGS:
                self._kept.popitem(last=False)


def _steady(figure: Mapping[str, Any]) -> Any:
    """The figure as JSON has it, its numbers to ten digits.

    A sum that the database's threads share differs beyond that from one time to the next, and the
    same question must give the same file.
    """
    told = json.dumps(figure, cls=PlotlyJSONEncoder)
    return json.loads(told, parse_float=lambda text: float(f"{float(text):.{_DIGITS}g}"))


def _plain(figure: Mapping[str, Any]) -> dict[str, Any]:
    """A figure with pale bars in the place of hatched ones: each would be printed as a picture."""
    return {**figure, "data": [_unhatched(trace) for trace in figure.get("data", ())]}


def _unhatched(trace: Mapping[str, Any]) -> Mapping[str, Any]:
    marker = trace.get("marker") or {}
    if not (marker.get("pattern") or {}).get("shape"):
        return trace
    kept = {name: value for name, value in marker.items() if name != "pattern"}
    return {**trace, "marker": kept}


def drawer() -> Drawer:
    """The better way of the two that this machine has.

    Raises
    ------
    UserError
        If RAPPORT_CHROMIUM names nothing that is there.
    """
    program = browser.find()
    return DrawnInFile() if program is None else DrawnByBrowser(program)


def as_script_data(value: object) -> str:
    """JSON that can stand inside a script element: nothing in it ends the element."""
    told = json.dumps(value, cls=PlotlyJSONEncoder, separators=(",", ":"))
    return told.replace("<", "\\u003c")


def _svgs(program: Path, drawings: Sequence[Drawing]) -> list[Markup]:
    figures = [{**one.told(), "seed": int(one.key[:8], 16)} for one in drawings]
    page = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Figures</title></head>'
        f"<body><script>{get_plotlyjs()}</script>"
        f'<script id="figures" type="application/json">{as_script_data(figures)}</script>'
        '<script id="drawn" type="application/json"></script>'
        f"<script>{(_HERE / 'draw.js').read_text(encoding='utf-8')}</script></body></html>"
    )
    found = _DRAWN.search(browser.page_after_scripts(program, page))
    if found is None or not found.group(1):
        raise browser.BrowserFailedError(f"{program.name} did not draw the charts of the report.")
    told = json.loads(found.group(1))
    if told["failed"] is not None:
        name = drawings[told["failed"]].name
        raise browser.BrowserFailedError(f"{program.name} could not draw the chart of {name}.")
    return [_inline(svg) for svg in told["drawn"]]


def _inline(svg: str) -> Markup:
    """The SVG as part of a page: it grows and shrinks with its place, and is one picture."""
    head, rest = svg.split(">", 1)
    kept = re.sub(r'\s(?:class|style|width|height|aria-hidden)="[^"]*"', "", head)
    # Only what plotly.js itself wrote stands here: texts in it are escaped.
    return Markup(f'{kept} aria-hidden="true" focusable="false">{rest}')
