"""The guided tour: a stop above the page it speaks of, as long as the address asks for it."""

from collections.abc import Sequence
from urllib.parse import parse_qs

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from access.gate import may_open
from access.viewer import Viewer
from dashboard.context import Context
from dashboard.messages import Stop, messages

START = "tour=1"


def stops(viewer: Viewer, paths: Sequence[str]) -> list[Stop]:
    """The stops on pages that are there and open to this viewer."""
    return [one for one in messages().tour if one.path in paths and may_open(viewer, one.path)]


def address(stop: Stop, number: int) -> str:
    """Where a stop is shown; numbers begin with 1."""
    return f"{stop.path}?tour={number}"


def view(path: str | None, search: str | None, open_stops: Sequence[Stop]) -> Component | None:
    """The stop that an address asks for, on its own page; nothing elsewhere."""
    [asked, *_] = parse_qs((search or "").lstrip("?")).get("tour", [""])
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 0
    if not 1 <= number <= len(open_stops) or open_stops[number - 1].path != (path or "/"):
        return None
    words = messages().help
    links = [
        _link(words.tour_back, open_stops, number - 1),
        _link(words.tour_next, open_stops, number + 1),
        dcc.Link(words.tour_end, href=path or "/", className="tool"),
    ]
    return html.Aside(
        [
            html.P(
                words.tour_step.format(step=number, steps=len(open_stops)), className="tour-step"
            ),
            html.P(open_stops[number - 1].words, className="tour-words"),
            html.Div([link for link in links if link is not None], className="tour-links"),
        ],
        className="tour",
        **{"aria-label": words.tour_title},
    )


def _link(words: str, open_stops: Sequence[Stop], number: int) -> Component | None:
    if not 1 <= number <= len(open_stops):
        return None
    return dcc.Link(words, href=address(open_stops[number - 1], number), className="tool")


def register(app: Dash, context: Context) -> None:
    """Show the stop of an address."""

    @app.callback(Output("tour", "children"), Input("url", "pathname"), Input("url", "search"))
    def _stop(path: str | None, search: str | None) -> Component | None:
        return view(path, search, stops(context.viewer(), [path for path, _ in context.pages]))
