"""The card's words as a reader sees them: facts, sentences by topic, and marked falls."""

from typing import Any

import polars as pl
from dash import html
from dash.development.base_component import Component

from dashboard import theme
from dashboard.card import words
from queries.filters import Filters

Row = dict[str, Any]
MOST_ON_PAPER = 3
"""Surveys with marked falls that are printed; the screen and the table have all."""


def words_view(frame: pl.DataFrame, _filters: Filters) -> Component:
    """The facts as a list of terms, then the sentences under their topics."""
    facts = frame.filter(pl.col("kind") == "fact").select("label", "text").rows()
    sentences = frame.filter(pl.col("kind") == "sentence")
    topics = sentences.group_by("label", maintain_order=True).agg("text").rows()
    return html.Div(
        [
            html.Dl(
                [html.Div([html.Dt(label), html.Dd(text)]) for label, text in facts],
                className="card-facts",
            ),
            *(
                html.Div([html.H3(topic), html.P(" ".join(texts))], className="card-topic")
                for topic, texts in topics
            ),
        ],
        className="card-words",
    )


def falls_view(frame: pl.DataFrame, _filters: Filters) -> Component:
    """The marked falls of each survey, the newest first, with the facts of the days before it."""
    if frame["fall"].null_count():
        return html.P(frame["text"][0], className="card-no-fall")
    surveys = frame.partition_by("from_date", "to_date", maintain_order=True)
    items = [_fall(rows.to_dicts()) for rows in surveys]
    if len(surveys) > MOST_ON_PAPER:
        words_left = "Earlier marked falls are on the screen."
        items.insert(MOST_ON_PAPER, html.Li(words_left, className="only-on-paper"))
    return html.Ol(items, className="card-falls")


def _fall(rows: list[Row]) -> Component:
    """What fell at one survey; the days before it are the same for all of it, so told once."""
    first, *others = sorted(rows, key=lambda row: not row["is_total"])
    sign = html.Span("▼", className="way", **{"aria-hidden": "true"})
    heading = [sign, " ", words.fall(first), f" (\u2212{theme.number(first['fall'])})"]
    named = (f"{row['dimension_label']} \u2212{theme.number(row['fall'])}" for row in others)
    also = f"Fell as well: {', '.join(named)}. " if others else ""
    return html.Li([html.Strong(heading), html.P(f"{also}{first['text']}")])


def key() -> Component:
    """What the marks of the chart stand for; beside the chart, so that it prints with it."""
    items = (
        ("is-own", "first full score ± reliable change"),
        ("is-cohort", "8 in 10 people of that study week"),
        ("is-fall", "marked fall"),
        ("is-hollow", "items missing: not compared"),
    )
    return html.Ul(
        [
            html.Li([html.Span(className=f"swatch {name}", **{"aria-hidden": "true"}), text])
            for name, text in items
        ],
        className="card-key",
        **{"aria-label": "What the marks of the chart mean"},
    )
