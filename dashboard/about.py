"""The three sentences that a page says of itself, folded away under its heading."""

from dash import html
from dash.development.base_component import Component

from dashboard.messages import messages


def added(layout: Component, path: str) -> Component:
    """A page's layout with its sentences at the end of its head. The layout is changed."""
    head = _head(layout)
    told = messages().pages.get(path)
    if head is not None and told is not None:
        inside = head.children if isinstance(head.children, list) else [head.children]
        head.children = [*inside, view(told.about)]
    return layout


def view(sentences: tuple[str, str, str]) -> Component:
    """The sentences, opened and closed by the reader."""
    return html.Details(
        [html.Summary(messages().help.summary), html.P(" ".join(sentences))], className="about"
    )


def _head(part: Component) -> Component | None:
    """The part of a page that holds its heading."""
    if "page-head" in (getattr(part, "className", None) or "").split():
        return part
    children = getattr(part, "children", None)
    inside = children if isinstance(children, list) else [children]
    found = (_head(one) for one in inside if isinstance(one, Component))
    return next((one for one in found if one is not None), None)
