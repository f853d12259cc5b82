"""Small multiples: several little plots in one figure, on axes that compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard import theme, withheld

Domain = tuple[float, float]
TICK_PX = 26
"""Room that a tick with a count of three digits needs."""


@dataclass(frozen=True)
class Facet:
    """One little plot: its number from 0 and where it lies, as shares of the figure."""

    number: int
    x: Domain
    y: Domain
    is_bottom: bool

    @property
    def axes(self) -> dict[str, str]:
        """What a trace says to be drawn here."""
        suffix = "" if self.number == 0 else str(self.number + 1)
        return {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}

    def layout(self, x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
        """The facet's two axes, as entries of a figure's layout."""
        suffix = "" if self.number == 0 else str(self.number + 1)
        return {
            f"xaxis{suffix}": {**x, "domain": list(self.x), "anchor": f"y{suffix}"},
            f"yaxis{suffix}": {**y, "domain": list(self.y), "anchor": f"x{suffix}"},
        }

    def title(self, text: str, colour: str = theme.INK) -> dict[str, Any]:
        """The facet's heading, as an annotation above its left end."""
        return {
            "text": text,
            "x": self.x[0],
            "y": self.y[1],
            "xref": "paper",
            "yref": "paper",
            "xanchor": "left",
            "yanchor": "bottom",
            "showarrow": False,
            "font": {"size": 13, "color": colour},
        }


def facets(n: int, columns: int, *, gap_x: float = 0.05, gap_y: float = 0.2) -> list[Facet]:
    """`n` facets of equal size, row by row from the top left; the gaps are shares of the figure."""
    columns = max(1, min(columns, n))
    rows = -(-n // columns) or 1
    # A gap is taken from what each row has, so that many rows never leave none to draw in.
    gap_y = min(gap_y, 0.5 / rows)
    width = (1 - gap_x * (columns - 1)) / columns
    height = (0.93 - gap_y * (rows - 1)) / rows
    placed = []
    for number in range(n):
        row, column = divmod(number, columns)
        left, top = column * (width + gap_x), 0.93 - row * (height + gap_y)
        placed.append(
            Facet(
                number,
                (left, min(left + width, 1)),
                (max(top - height, 0), top),
                is_bottom=number + columns >= n,
            )
        )
    return placed


def counted_ticks(
    weeks: Sequence[int], counts: Sequence[int | None], *, width_px: float
) -> dict[str, Any]:
    """Ticks at the weeks that have data, each with its n below; none that would touch another.

    A count that is withheld (None) has a sign in its place.
    `width_px` is about how wide the axis will be drawn. The first and the last week always stay.
    """
    if not weeks:
        return {}
    apart = max(1.0, TICK_PX * max(weeks[-1] - weeks[0], 1) / width_px)
    kept = [0]
    for i in range(1, len(weeks)):
        if weeks[i] - weeks[kept[-1]] >= apart:
            kept.append(i)
    last = len(weeks) - 1
    if kept[-1] != last:
        # The last week matters more than the one that stands in its way.
        kept = [i for i in kept if i == 0 or weeks[last] - weeks[i] >= apart] + [last]
    return {
        "tickmode": "array",
        "tickvals": [weeks[i] for i in kept],
        "ticktext": [
            f"{weeks[i]}<br>{withheld.SIGN if counts[i] is None else counts[i]}" for i in kept
        ],
    }


def padded(low: float, high: float, share: float = 0.04) -> list[float]:
    """A range with a little room at both ends, so that marks at the ends stay whole."""
    room = (high - low or 1) * share
    return [low - room, high + room]


def nothing(note: str) -> dict[str, Any]:
    """A figure without traces that says why."""
    hidden = {"visible": False}
    words = {"text": note, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5, "showarrow": False}
    return {"data": [], "layout": {"xaxis": hidden, "yaxis": hidden, "annotations": [words]}}
