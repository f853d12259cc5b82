"""The logarithmic axis of odds ratios, with ticks that a reader would write."""

import math
from typing import Any

from dashboard.figures.facets import padded

LEAST, MOST = 1e-3, 1e3
"""Ratios beyond these are cut off: one without an end would leave the others no room."""
MOST_TICKS = 7
_BARE = 0.5
"""Decades at an end of the axis that may go without a tick."""
# From fine to coarse; each is symmetric about 1 in its own way.
_LADDERS = (
    tuple(round(0.9 + 0.01 * i, 2) for i in range(21)),
    tuple(round(0.5 + 0.05 * i, 2) for i in range(31)),
    (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5),
    (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0),
    (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0),
    (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0),
)


def ratio_axis(low: float, high: float) -> dict[str, Any]:
    """An axis over intervals from the lowest to the highest end, and over 1, for plotly.

    The finest ladder of ticks is taken that puts no more than `MOST_TICKS` in sight.
    """
    ends = (max(min(low, 1.0), LEAST), min(max(high, 1.0), MOST))
    shown = padded(math.log10(ends[0]), math.log10(ends[1]), 0.06)
    ticks = next(
        (seen for ladder in _LADDERS if 2 <= len(seen := _in_sight(ladder, shown)) <= MOST_TICKS),
        [1.0],
    )
    return {
        "type": "log",
        "range": shown,
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [f"{tick:g}" for tick in ticks],
        "showgrid": True,
    }


def _in_sight(ladder: tuple[float, ...], shown: list[float]) -> list[float]:
    """The ticks of a ladder that are in sight; none where much of the axis would have none."""
    first, last = math.log10(ladder[0]), math.log10(ladder[-1])
    if first > shown[0] + _BARE or last < shown[1] - _BARE:
        return []
    return [tick for tick in ladder if shown[0] <= math.log10(tick) <= shown[1]]
