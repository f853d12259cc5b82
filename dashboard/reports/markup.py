"""What pages show as components, as plain HTML: for a file that is read and printed, not worked.

Whatever can only be pressed is left out or said in words; what is folded up is opened, but for
numbers that stand behind a warning on the page. A component that is not known here is an error: a
report must not lose part of an answer in silence.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from dash.development.base_component import Component
from markupsafe import Markup, escape

_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
_HTML = "dash_html_components"
# A button's text is an answer on the map of effects; that of others says what pressing does.
_PRESSED = {"button": "span", "details": "div", "summary": "p"}
_PLAIN = frozenset({("dash_core_components", "Link"), ("dash_mantine_components", "Text")})
_TABS = ("dash_mantine_components", "Tabs")
_KEPT = frozenset({"colspan", "rowspan", "scope", "title", "start"})
"""Properties that are told as they are; all others are about working a page."""
_LEFT_OUT = ("all-the-same", "onward", "tool")
"""Classes of what a report does not have: numbers behind a warning, ways to other pages, tools."""
_UPPER = re.compile("[A-Z]")


class UnknownComponentError(TypeError):
    """A component that has no form on paper yet."""


def html_of(part: Any) -> Markup:
    """A component, a text, a number, or a list of them.

    Raises
    ------
    UnknownComponentError
        If a component, or one within it, is of a kind that is not known here.
    """
    return Markup("").join(_pieces(part))


def _pieces(part: Any) -> Iterator[Markup]:
    if part is None:
        return
    if isinstance(part, list | tuple):
        for one in part:
            yield from _pieces(one)
        return
    if not isinstance(part, Component):
        yield escape(part)
        return
    told: dict[str, Any] = part.to_plotly_json()
    kind, props = (told["namespace"], told["type"]), told["props"]
    if _is_left_out(kind, props):
        return
    if kind == _TABS:
        yield from _tabs(props)
    elif kind in _PLAIN:
        yield _element("span", props)
    elif kind[0] == _HTML:
        if kind[1] == "Details":
            props = {**props, "className": f"unfolded {props.get('className', '')}".strip()}
        yield _element(_PRESSED.get(kind[1].lower(), kind[1].lower()), props)
    else:
        raise UnknownComponentError(
            f"A report cannot hold {kind[0]}.{kind[1]}: give it a form in {__name__}."
        )


def _is_left_out(kind: tuple[str, str], props: dict[str, Any]) -> bool:
    leads_on_page = kind == (_HTML, "A") and str(props.get("href", "")).startswith("#")
    names = str(props.get("className", "")).split()
    return leads_on_page or any(name in _LEFT_OUT for name in names)


def _element(tag: str, props: dict[str, Any]) -> Markup:
    if tag == "a" and not str(props.get("href", "")).startswith("https://"):
        tag = "span"
    kept = Markup("").join(
        Markup(' {}="{}"').format(name, value) for name, value in _kept(tag, props)
    )
    if tag in _VOID:
        return Markup("<{}{}>").format(Markup(tag), kept)
    inside = html_of(props.get("children"))
    return Markup("<{}{}>{}</{}>").format(Markup(tag), kept, inside, Markup(tag))


def _kept(tag: str, props: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in props.items():
        lower = name.lower()
        if value is None or value is False or name == "children":
            continue
        if name == "className":
            yield "class", str(value)
        elif name == "style":
            yield "style", _style(value)
        elif lower in _KEPT or name == "aria-hidden":
            yield lower, str(value)
        elif lower == "href" and tag == "a":
            yield "href", str(value)
    # What scrolls can be reached by key, and then needs a name.
    if props.get("role") in {"region", "group"} and props.get("aria-label"):
        yield "role", str(props["role"])
        yield "aria-label", str(props["aria-label"])
        if props.get("tabIndex") is not None:
            yield "tabindex", "0"


def _style(given: dict[str, Any]) -> str:
    return ";".join(
        f"{name if name.startswith('--') else _dashed(name)}:{value}"
        for name, value in given.items()
    )


def _dashed(name: str) -> str:
    return _UPPER.sub(lambda found: f"-{found.group().lower()}", name)


def _tabs(props: dict[str, Any]) -> Iterator[Markup]:
    """Every tab's content under its own name, one after the other."""
    children = props.get("children") or []
    titles = {
        tab.value: tab.children
        for listed in _of_type(children, "TabsList")
        for tab in _of_type(listed.children, "TabsTab")
    }
    for panel in _of_type(children, "TabsPanel"):
        name = html_of(titles.get(panel.value, panel.value))
        yield Markup('<div class="in-tab"><h4>{}</h4>{}</div>').format(
            name, html_of(panel.children)
        )


def _of_type(parts: Any, kind: str) -> Iterable[Any]:
    listed = parts if isinstance(parts, list | tuple) else [parts]
    return [one for one in listed if isinstance(one, Component) and one._type == kind]
