"""A report as one HTML file: everything it needs is in it, and nothing in it asks a network."""

from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from dashboard import theme
from dashboard.context import Context
from dashboard.reports.drawing import Drawer, Drawn
from dashboard.reports.gather import Gathered, Panels, gather
from dashboard.reports.head import Head, head_of
from dashboard.reports.outline import Report
from queries.filters import Filters

_HERE = Path(__file__).parent
_ASSETS = _HERE.parent / "assets"
_PLAIN = frozenset(" .,:;·-–()/")
"""Beside letters and digits, what stands for itself in a CSS string."""


def html_report(
    report: Report,
    context: Context,
    every: Panels,
    search: str,
    drawer: Drawer,
    made: datetime,
) -> tuple[str, Gathered]:
    """A report for the viewer of the context, and what it shows.

    The same build, viewer and address give the same text, but for `made` (UTC).

    Raises
    ------
    NotThereError
        If nothing of it is for the viewer.
    UserError
        If there is no build to make it of, or charts cannot be drawn.
    """
    gathered = gather(report, context, every, search)
    head = head_of(report, context, Filters.parse(search), gathered, made)
    return written(head, gathered, drawer), gathered


def written(head: Head, gathered: Gathered, drawer: Drawer) -> str:
    """The file's text."""
    drawings = [one.drawing for view in gathered.views for one in view.panels if one.drawing]
    drawn = drawer.draw(drawings)
    places = iter(drawn.places)
    return _template().render(
        head=head,
        views=gathered.views,
        chart=lambda: next(places),
        style=_style(head),
        policy=_policy(drawn),
        # Our own program text: inside a script element nothing is unescaped by a browser.
        scripts=[Markup(text) for text in drawn.scripts],
        data=Markup(drawn.data),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")


def _style(head: Head) -> Markup:
    """The pages' own style sheets, so that content looks as it does there, then that of paper."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(_ASSETS.glob("*.css"))]
    own = (_HERE / "report.css").read_text(encoding="utf-8")
    sheets = (theme.css_variables(), *map(_of_screens, texts), own, _margins(head))
    return Markup("\n".join(sheets))


def _of_screens(sheet: str) -> str:
    """A style sheet whose rules for narrow screens do not count for paper, which is narrow too."""
    return sheet.replace("@media (max-width", "@media screen and (max-width")


def _margins(head: Head) -> str:
    """Head and foot of each printed page."""
    top = (head.study, f"{head.title} · filters: {head.filters} · {head.scope}")
    foot = (
        f"Build {head.build} · data up to {head.as_of}",
        f"Data hash {head.fingerprint_short} · made {head.made} · {head.version}",
    )
    return (
        f"@page {{ @top-left {{ content: {_lines(*top)}; }} "
        f"@top-right {{ content: {_lines(head.masking_short)}; }} "
        f"@bottom-left {{ content: {_lines(*foot)}; }} }}"
    )


def _lines(*texts: str) -> str:
    """Lines as a CSS string: nothing in them ends it, or the style element around it."""
    return '"' + "\\A ".join(_css(text) for text in texts) + '"'


def _css(text: str) -> str:
    return "".join(one if one.isalnum() or one in _PLAIN else f"\\{ord(one):x} " for one in text)


def _policy(drawn: Drawn) -> str:
    """What the file may do when it is opened: show itself, and run exactly its own scripts."""
    scripts = f"; script-src {' '.join(drawn.hashes)}" if drawn.scripts else ""
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:{scripts}"
