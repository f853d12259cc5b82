"""What a report says: the answers of its panels, read as its viewer may see them.

Every answer comes by the way that pages and exports take (`panel_wiring.read`): gate, edition and
small groups are theirs. Nothing is drawn or written here.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, parse_qsl, urlencode

import polars as pl
from markupsafe import Markup

from dashboard import gate, panel_wiring, small_groups
from dashboard import panel as panels
from dashboard.context import Context
from dashboard.panel import Panel
from dashboard.panel_wiring import Question
from dashboard.reports.drawing import TALLEST_PX, Drawing
from dashboard.reports.markup import html_of
from dashboard.reports.outline import Item, Report, View
from dashboard.reports.paper_table import PaperTable, paper_table
from models import store
from queries.facts import filter_choices
from queries.filters import Filters

HEIGHTS_PX = {"small": 200, "medium": 250, "large": 330, "tall": 480}
"""Of charts that do not say how high they are: lower than on a screen, so that two fit a page."""
Panels = Mapping[str, Panel]
"""Every panel of the product by its id."""


@dataclass(frozen=True)
class ShownPanel:
    """One panel's answer, ready for paper. `message` is a title and a text where nothing shows."""

    panel_id: str
    title: str
    caption: str
    definition: str
    asked: str
    drawing: Drawing | None = None
    content: Markup | None = None
    table: PaperTable | None = None
    message: tuple[str, str] | None = None


@dataclass(frozen=True)
class ShownView:
    """One part of a report with what there is to show in it; `name` is unique in the report."""

    name: str
    title: str
    lead: str
    panels: tuple[ShownPanel, ...]


@dataclass(frozen=True)
class Gathered:
    """All that a report shows, and the SHA-256 of the numbers in it."""

    views: tuple[ShownView, ...]
    fingerprint: str

    @property
    def is_empty(self) -> bool:
        """Whether no panel has anything to show."""
        return all(one.message for view in self.views for one in view.panels)


def gather(report: Report, context: Context, every: Panels, search: str) -> Gathered:
    """The answers of a report's panels for an address, in their order.

    Panels that are not for the viewer are left out as if they did not exist.

    Raises
    ------
    NotThereError
        If none of them is for the viewer.
    """
    digest = hashlib.sha256()
    views = []
    for number, (view, asked) in enumerate(_repeated(report, context, every, search), start=1):
        shown = [
            _shown(every[item.panel], item, context, asked, digest)
            for item in view.items
            if gate.allowed(every[item.panel], context.viewer())
        ]
        kept = tuple(one for one in shown if one is not None)
        if kept:
            views.append(ShownView(f"part-{number}", view.title, view.lead, kept))
    if not views:
        raise gate.NotThereError
    return Gathered(tuple(views), digest.hexdigest())


def _repeated(
    report: Report, context: Context, every: Panels, search: str
) -> Iterator[tuple[View, str]]:
    """The views with the address that each is asked with; those of each model or arm one by one."""
    for view in report.views:
        if not view.each:
            yield view, search
        elif gate.allowed(every[view.items[0].panel], context.viewer()):
            for name, label in _each(view.each, context, search).items():
                titled = replace(view, title=view.title.format(label=label))
                yield titled, _with(search, view.each, name)


def _each(key: str, context: Context, search: str) -> dict[str, str]:
    """Models or arms to repeat a view for, with their names: those chosen, or all there are."""
    chosen = parse_qs(search.lstrip("?")).get(key)
    if key == "model":
        results = store.load_all(context.results_of(context.viewer()))
        found = {name: f"{one.outcome_label} ({name})" for name, one in results.items()}
    else:
        offered = filter_choices(context.cursor(), context.viewer())
        found = dict(offered.filter(kind=key).select("choice", "label").iter_rows())
    return {name: label for name, label in found.items() if chosen is None or name in chosen}


def _with(search: str, key: str, value: str) -> str:
    """An address with another choice for a key."""
    kept = [pair for pair in parse_qsl(search.lstrip("?")) if pair[0] != key]
    return f"?{urlencode([*kept, (key, value)])}"


def _shown(
    panel: Panel, item: Item, context: Context, search: str, digest: "hashlib._Hash"
) -> ShownPanel | None:
    """A panel's answer; None where it has none and is optional."""
    panel = gate.as_shown(panel, context.viewer())
    asked = panel_wiring.asked(panel, context, search)
    own = {key: value for key, value in item.choices.items() if key in panel.choices}
    question = replace(asked, choices={**asked.choices, **own})
    words = _asked(panel, question)
    try:
        frame = panel_wiring.read(panel, context, question)
    except small_groups.TooNarrowError as error:
        _note(digest, panel, [[small_groups.TITLE]])
        message = (small_groups.TITLE, str(error))
        return ShownPanel(panel.id, panel.title, "", panel.definition, words, message=message)
    if panel.is_empty(frame):
        if item.is_optional:
            return None
        _note(digest, panel, [])
        message = (panel.empty_title, panel.empty)
        return ShownPanel(panel.id, panel.title, "", panel.definition, words, message=message)
    return _with_answer(panel, item, question, frame, words, digest)


def _asked(panel: Panel, question: Question) -> str:
    """What was chosen that changes the panel's answer, such as `site: london`; else empty."""
    filters = filter_parts(question.filters)
    parts = [f"{name}: {filters[name]}" for name in panel.uses if name in filters]
    parts += [f"{key}: {value}" for key, value in question.choices.items() if value]
    return "; ".join(parts)


def _with_answer(
    panel: Panel,
    item: Item,
    question: Question,
    frame: pl.DataFrame,
    words: str,
    digest: "hashlib._Hash",
) -> ShownPanel:
    # A panel of counts has its rows in the CSV only.
    told = frame.rows() if panel.rows else paper_table(panel, frame).rows
    _note(digest, panel, [list(row) for row in told])
    drawing = None if panel.figure is None or item.is_table else _drawing(panel, frame, item.height)
    content = None
    if panel.content is not None and not item.is_table:
        content = html_of(panel.content(frame, question.filters))
    has_table = item.has_table or (drawing is None and content is None)
    return ShownPanel(
        panel_id=panel.id,
        title=panels.title_of(panel, frame),
        caption=panels.caption_of(panel, frame),
        definition=panel.definition,
        asked=words,
        drawing=drawing,
        content=content,
        table=paper_table(panel, frame, item.columns, item.most) if has_table else None,
    )


def _drawing(panel: Panel, frame: pl.DataFrame, height: int | None) -> Drawing:
    assert panel.figure is not None
    figure = panel.figure(frame)
    own = height or figure.get("layout", {}).get("height")
    height = int(own) if isinstance(own, int | float) else HEIGHTS_PX[panel.height]
    return Drawing(panel.id, figure, min(height, TALLEST_PX))


def _note(digest: "hashlib._Hash", panel: Panel, rows: list[list[str]]) -> None:
    """Take a panel's rows, as they are written, into the report's fingerprint."""
    line = json.dumps([panel.id, list(panel.columns), rows], ensure_ascii=False)
    digest.update(f"{line}\n".encode())


def filter_parts(filters: Filters) -> dict[str, str]:
    """The filters that are in force, by the name by which panels say that they use them."""
    whole = Filters()
    chosen = {"site": filters.sites, "arm": filters.arms, "cohort": filters.cohorts}
    parts = {name: ", ".join(names) for name, names in chosen.items() if names is not None}
    if (filters.first_week, filters.last_week) != (whole.first_week, whole.last_week):
        parts["weeks"] = f"{filters.first_week} to {filters.last_week}"
    if filters.dimension != whole.dimension:
        parts["dimension"] = filters.dimension
    return parts


def filter_words(filters: Filters) -> str:
    """The filters in force, as the head of a report says them."""
    parts = filter_parts(filters)
    return "; ".join(f"{name}: {words}" for name, words in parts.items()) or "none"
