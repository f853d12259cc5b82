"""The curve in words: two shares as bars, and sentences beside them."""

import re

import polars as pl
from dash import html
from dash.development.base_component import Component

_SHARE = re.compile(r"^(\d+) of (\d+) \(")
_LEADS = {"sign": "Same sign", "beyond": "Interval without 0"}


def view(frame: pl.DataFrame) -> Component:
    """What `dashboard.multiverse.frames.words` says, the shares drawn as well."""
    said = dict(frame.select("section", "words").iter_rows())
    bars = [_bar(_LEADS[name], said[name]) for name in _LEADS if name in said]
    rest = [
        html.Li(words, className=f"is-{name}") for name, words in said.items() if name not in _LEADS
    ]
    return html.Div(
        [html.Div(bars, className="shares"), html.Ul(rest)], className="multiverse-words"
    )


def _bar(lead: str, words: str) -> Component:
    found = _SHARE.match(words)
    share = 100 * int(found.group(1)) / int(found.group(2)) if found else 0.0
    return html.Div(
        [
            html.Div([html.Strong(lead), html.Span(words)], className="share-words"),
            html.Div(
                html.Div(className="fill", style={"width": f"{share:.1f}%"}),
                className="track",
                **{"aria-hidden": "true"},
            ),
        ],
        className="share",
    )
