"""Events of no feature as a list: how many, what they look like, and what to write."""

import polars as pl
from dash import html
from dash.development.base_component import Component

from dashboard import theme, withheld


def unmapped(frame: pl.DataFrame) -> Component:
    """One entry an event, as `dashboard.dictionary.frames.read_unmapped` returns them."""
    return html.Ol([_event(row) for row in frame.iter_rows(named=True)], className="unmapped")


def _event(row: dict[str, object]) -> Component:
    volume = f"{withheld.SIGN} {withheld.WORD}"
    if isinstance(row["n_events"], int):
        share = row["share"]
        part = f" ({theme.percent(share)} of all)" if isinstance(share, float) else ""
        volume = f"{theme.counted(row['n_events'], 'event')}{part}"
    head = html.P(
        [html.Code(str(row["event_name"])), html.Span(volume, className="volume")],
        className="event",
    )
    return html.Li(
        [
            head,
            html.P(_words(row)),
            html.Details(
                [
                    html.Summary("What to write in study.toml if it is a feature"),
                    html.Pre(str(row["section"])),
                ]
            ),
        ]
    )


def _words(row: dict[str, object]) -> str:
    words = []
    if row["near"]:
        words.append(f"Looks like {row['near']}: perhaps one more pattern of that feature.")
    if row["is_technical"]:
        words.append("Its name speaks of the app itself; such events mostly belong to no feature.")
    guesses = [f"stage {row['stage']}"] if row["stage"] else []
    guesses += [f"principle {row['principle']}"] if row["principle"] else []
    if guesses:
        words.append(f"By its name: {', '.join(guesses)}.")
    return " ".join(words) or "Its name says nothing: ask those who built the app."
