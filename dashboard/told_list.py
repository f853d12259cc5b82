"""What was found or refused, one after the other: what, where, and what to do about it.

Sentences need room: beside each other where there is some, below each other on a telephone.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component


@dataclass(frozen=True)
class Told:
    """One entry: a word of how grave it is or how much, a sentence, and facts by their heading."""

    mark: str
    what: str
    facts: tuple[tuple[str, str], ...]
    tone: str = ""
    """`error`, `warning`, or nothing."""


def told_list(label: str, entries: Iterable[Told]) -> Component:
    """The entries as a list that scrolls where it is long; `label` says what they are."""
    return html.Div(
        html.Ul([_entry(one) for one in entries], className="told"),
        className="told-frame",
        tabIndex="0",
        role="region",
        **{"aria-label": label},
    )


def _entry(one: Told) -> Component:
    facts = [
        html.Div([html.Dt(heading), html.Dd(text)]) for heading, text in one.facts if text.strip()
    ]
    return html.Li(
        [
            html.Span(one.mark, className=f"told-mark is-{one.tone}" if one.tone else "told-mark"),
            html.P(one.what, className="told-what"),
            html.Dl(facts, className="told-facts") if facts else None,
        ]
    )
