"""Marks where a chart has nothing because the number is withheld: absent is not zero."""

from typing import Any

import polars as pl

from dashboard import theme, withheld


def gaps(frame: pl.DataFrame, column: str, *, x: str) -> list[dict[str, Any]]:
    """A sign on the axis at each place whose number is withheld; no trace where there is none.

    Parameters
    ----------
    frame
        One row per place. Not modified.
    column, x
        Column of the number, and of the place on the horizontal axis.
    """
    places = frame.filter(withheld.gone(frame, column))
    if places.is_empty():
        return []
    return [
        {
            "type": "scatter",
            "mode": "text",
            "name": withheld.WORD,
            "x": places[x].to_list(),
            "y": [0] * places.height,
            "text": [withheld.SIGN] * places.height,
            "textposition": "top center",
            "textfont": {"color": theme.MUTED, "size": theme.SIZES["body"]},
            "cliponaxis": False,
            "showlegend": False,
            "hovertemplate": f"{withheld.WORD} ({withheld.of_fewer(frame)})<extra></extra>",
        }
    ]
