"""The gate inside the dashboard: which pages and panels are for whom, and what is written down.

A page or panel that is not for a viewer answers as one that does not exist: who asks does not learn
whether there is such a thing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Literal
from urllib.parse import unquote_plus

from dash.development.base_component import Component

from access import audit
from access.gate import may_open, may_read
from access.roles import ROLES, Level
from access.state.store import State
from access.viewer import Edition, Viewer
from dashboard.panel import Panel
from queries.filters import Filters

NO_PAGE = "There is no such page."
ARM_WORDS: Mapping[Edition, str] = {
    "masked": "masked",
    "scrambled": "scrambled: labels mean nothing",
}
"""What a reader must know of the arms in view; nothing where they are the true ones."""
_FRONT = "overview"


class NotThereError(Exception):
    """What was asked for does not exist, or not for this viewer; the answer is the same."""


def page_of(panel: Panel) -> str:
    """Path of the page that a panel stands on: ids start with it."""
    name = panel.id.partition("-")[0]
    return "/" if name == _FRONT else f"/{name}"


def allowed(panel: Panel, viewer: Viewer) -> bool:
    """Whether a panel is for this viewer: its page, its level, and tests where it shows some."""
    return may_open(viewer, page_of(panel)) and may_read(
        viewer, panel.level, shows_tests=panel.shows_tests
    )


def allowed_pages(viewer: Viewer, pages: Iterable[ModuleType]) -> list[ModuleType]:
    """The pages of this viewer, in the order given."""
    return [page for page in pages if may_open(viewer, page.PATH)]


def levels(viewer: Viewer) -> frozenset[Level]:
    """What this viewer reads of: single participants, groups, files."""
    return ROLES[viewer.role].levels


def with_arms(viewer: Viewer) -> Viewer:
    """A viewer on the open edition, for one participant whose arm was opened on record."""
    return replace(viewer, edition="open")


def permitted_search(search: str | None, viewer: Viewer) -> str:
    """A query string as this viewer may ask: a masked one's choice of arms is as if never made."""
    if not viewer.is_masked:
        return search or ""
    parts = (search or "").lstrip("?").split("&")
    kept = [part for part in parts if part and unquote_plus(part.partition("=")[0]) != "arm"]
    return f"?{'&'.join(kept)}" if kept else ""


def permitted(filters: Filters, viewer: Viewer) -> Filters:
    """The filters as a read may have them."""
    return replace(filters, arms=None) if viewer.is_masked else filters


def as_shown(panel: Panel, viewer: Viewer) -> Panel:
    """The panel as this viewer gets it: without columns of the arm where arms are masked."""
    if viewer.edition != "masked":
        return panel
    kept = {name: words for name, words in panel.columns.items() if not name.startswith("arm_")}
    return replace(panel, columns=kept)


def landing(viewer: Viewer, pages: Sequence[ModuleType]) -> str:
    """Where a viewer arrives: the first of their pages in the order of the navigation."""
    return str(allowed_pages(viewer, pages)[0].PATH)


def without(layout: Component, hidden: Iterable[Panel]) -> Component:
    """A page's layout without the panels that are not for its viewer. The layout is changed."""
    kept = _pruned(layout, {panel.id for panel in hidden})
    return layout if kept is None else kept


def _pruned(part: Component, names: set[str]) -> Component | None:
    """A part without what has one of the names; None where nothing is left of it."""
    if isinstance(name := getattr(part, "id", None), str) and name in names:
        return None
    children = getattr(part, "children", None)
    inside = children if isinstance(children, list) else [children]
    kept = [_pruned(one, names) if isinstance(one, Component) else one for one in inside]
    left = [new for new, old in zip(kept, inside, strict=True) if new is not None or old is None]
    if inside and not left:
        return None
    part.children = left if isinstance(children, list) else left[0]
    return part


def layout_for(viewer: Viewer, page: ModuleType) -> Component:
    """A page's layout with the panels that are for this viewer."""
    layout: Component = page.layout()
    hidden = [panel for panel in page.PANELS if not allowed(panel, viewer)]
    return without(layout, hidden) if hidden else layout


def write_down(
    state: State | None,
    viewer: Viewer,
    action: Literal["denied", "export", "view_participant", "audit_read"],
    what: str,
) -> None:
    """One line of the audit log, where there is one."""
    if state is not None:
        audit.record(state, account=viewer.account, action=action, what=what)
