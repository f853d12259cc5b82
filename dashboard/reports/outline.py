"""What a report is made of: parts, and panels in them, each named by its id."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from access.roles import ReportName
from access.viewer import Edition, Role

Repeated = Literal["", "model", "arm"]
MOST_ROWS = 40
"""Rows of a table that are printed: about a page. More is read in a spreadsheet."""


@dataclass(frozen=True)
class Item:
    """A panel in a report.

    Parameters
    ----------
    panel
        Its id.
    has_table
        Print the table beneath chart or content; content that says the same numbers has none.
    is_table
        Print the table instead of the content, which is longer than it says more.
    columns
        The table's columns that are printed; all where none is named.
    most
        Rows of the table that are printed.
    height
        How high the chart is drawn, in pixels at a width of 760, instead of what its figure says.
    choices
        What the panel is asked besides the address, and instead of it.
    is_optional
        Leave it out where it has nothing to show: it is for another kind of study.
    """

    panel: str
    has_table: bool = False
    is_table: bool = False
    columns: tuple[str, ...] = ()
    most: int = MOST_ROWS
    height: int | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    is_optional: bool = False


@dataclass(frozen=True)
class View:
    """One part of a report, on pages of its own. `each` repeats it, with the choice of each."""

    title: str
    lead: str
    items: tuple[Item, ...]
    each: Repeated = ""


@dataclass(frozen=True)
class LeftOut:
    """Panels of the audience's pages that the report does not have, and why."""

    why: str
    panels: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """A report by the name of its address and command.

    `edition` is what it is made of, whoever asks: None is what its reader's role reads. `role` is
    whose pages it is made of. `needs` are choices of the address that it cannot do without. One
    that `is_short` has no first page of its own: facts and definitions stand at its end.
    """

    name: ReportName
    title: str
    role: Role
    lead: str
    views: tuple[View, ...]
    left_out: tuple[LeftOut, ...] = ()
    edition: Edition | None = None
    needs: tuple[str, ...] = ()
    is_short: bool = False
