"""Making a report for somebody: who may have which, of which edition, and as HTML or PDF."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from urllib.parse import parse_qs

from access.roles import ROLES
from access.viewer import Viewer
from dashboard import gate, panel_wiring
from dashboard.context import Context
from dashboard.reports import browser
from dashboard.reports.document import html_report
from dashboard.reports.drawing import Drawer
from dashboard.reports.gather import Panels, filter_parts
from dashboard.reports.outline import Report
from queries.filters import Filters
from study.definition import Privacy
from study.errors import UserError

Format = Literal["html", "pdf"]
FORMATS: tuple[Format, ...] = ("html", "pdf")


class IncompleteError(UserError):
    """The address lacks a choice that the report cannot do without."""


@dataclass(frozen=True)
class Made:
    """A finished report: its text as HTML, and its bytes where it was printed.

    `asked` is the address's query string as far as its viewer may ask.
    """

    name: str
    asked: str
    html: str
    pdf: bytes | None


def reader_of(report: Report, viewer: Viewer, privacy: Privacy) -> Viewer:
    """The viewer as whom a report is made: their own sites and role, on the report's edition.

    A report to the committee withholds small groups even at a machine that shows every group.

    Raises
    ------
    NotThereError
        If the report is not for this viewer.
    """
    if report.name not in ROLES[viewer.role].reports:
        raise gate.NotThereError
    if report.edition is None:
        return viewer
    if report.edition == "open" and viewer.edition != "open":
        raise gate.NotThereError
    smallest = max(viewer.smallest_cell, privacy.smallest_cell_team)
    return replace(viewer, edition=report.edition, smallest_cell=smallest)


def make(
    report: Report,
    context: Context,
    every: Panels,
    search: str,
    kind: Format,
    drawer: Drawer,
    made: datetime,
) -> Made:
    """A report for the viewer of a context.

    Raises
    ------
    NotThereError
        If it is not for the viewer, or about a participant who is not.
    IncompleteError
        If the address lacks a choice that the report needs.
    UserError
        If nothing was built yet, or there is nothing to print or draw with.
    """
    reader = reader_of(report, context.viewer(), context.study.privacy)
    own = replace(context, viewer=lambda: reader)
    asked = gate.permitted_search(search, reader)
    _refuse_incomplete(report, asked)
    program = browser.required() if kind == "pdf" else None
    text, gathered = html_report(report, own, every, asked, drawer, made)
    if report.needs and gathered.is_empty:
        raise gate.NotThereError
    name = f"{own.facts().study_id}-{report.name}-{own.facts().as_of_date}"
    return Made(name, asked, text, browser.printed(program, text) if program else None)


def _refuse_incomplete(report: Report, search: str) -> None:
    """Ask for a choice that the report cannot do without."""
    for key in report.needs:
        if not _chosen(search, key):
            raise IncompleteError(f"This report is about one {key}: choose one first.")


def _chosen(search: str, key: str) -> str:
    return parse_qs(search.lstrip("?")).get(key, [""])[0]


_UNTOLD = frozenset({"arm", "dimension"})


def as_written_down(report: Report, kind: str, search: str) -> str:
    """A report as the audit log has it: which, with which filters; never which arm.

    Who reads the log may be masked.
    """
    parts = filter_parts(Filters.parse(search))
    said = [f"{name}: {'chosen' if name in _UNTOLD else words}" for name, words in parts.items()]
    said += [f"{key}: {_chosen(search, key)}" for key in report.needs]
    return "; ".join([f"{report.name}.{kind}", *said])[: panel_wiring.MOST_WRITTEN_DOWN]
