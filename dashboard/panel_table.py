"""A panel's frame as a table, with columns as wide as what they hold."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import dash_ag_grid as dag
import polars as pl
from dash import html
from dash.development.base_component import Component

from dashboard import theme, withheld
from dashboard.panel import Panel

ROW_PX, SHORT_TABLE_ROWS = 34, 12
MOST_ROWS = 1000
"""Rows of a table on a page: more than anybody reads, and no more than a browser takes at once."""
PX_PER_LETTER, NARROWEST_PX, WITHHELD_PX, WIDEST_PX = 9, 84, 96, 360
_PARTED = re.compile(r"(?<=[\s-])")
"""Where a browser parts a text: not at `/`, `_` or `.`, so that a path is one piece."""


def table(panel: Panel, frame: pl.DataFrame) -> Component:
    """The frame as a table that sorts; long ones scroll inside the panel's height.

    What is withheld says so: the grid gets the names of such cells with each row (`gone`).
    """
    is_cut, frame = frame.height > MOST_ROWS, frame.head(MOST_ROWS)
    shown = shown_columns(panel, frame)
    has_gone = withheld.any_of(frame)
    rows = [{name: _cell(value) for name, value in row.items()} for row in shown.to_dicts()]
    for row, gone in zip(rows, _gone(frame), strict=True):
        row |= {"gone": gone} if gone else {}
    is_short = frame.height <= SHORT_TABLE_ROWS
    grid = dag.AgGrid(
        columnDefs=[
            _column(shown[name], heading, has_gone) for name, heading in panel.columns.items()
        ],
        rowData=rows,
        defaultColDef={
            "sortable": True,
            "resizable": True,
            "wrapHeaderText": True,
            "autoHeaderHeight": True,
        },
        dashGridOptions={
            "domLayout": "autoHeight" if is_short else "normal",
            "rowHeight": ROW_PX,
            "enableCellTextSelection": True,
            "ensureDomOrder": True,
            "suppressMovableColumns": True,
        },
        style={
            "height": None
            if is_short
            else theme.HEIGHTS["large" if panel.figure is None else panel.height]
        },
    )
    if not is_cut:
        return grid
    note = f"The first {theme.whole(MOST_ROWS)} rows. The CSV has all of them."
    return html.Div([grid, html.P(note, className="table-more")])


def shown_columns(panel: Panel, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns that table and CSV have, in their order."""
    said = panel.worded(frame) if panel.worded else frame
    return said.select(list(panel.columns))


def csv_rows(panel: Panel, frame: pl.DataFrame) -> Iterator[list[object]]:
    """The rows of `shown_columns`, with a word in the place of what is withheld."""
    shown = shown_columns(panel, frame)
    for row, gone in zip(shown.iter_rows(), _gone(frame), strict=True):
        yield [
            withheld.WORD if name in gone else value
            for name, value in zip(shown.columns, row, strict=True)
        ]


def _gone(frame: pl.DataFrame) -> list[list[str]]:
    """Names of the columns that are withheld in each row."""
    if not withheld.any_of(frame):
        return [[]] * frame.height
    return frame["withheld_columns"].to_list()


def _column(values: pl.Series, heading: str, has_gone: bool) -> dict[str, Any]:
    width = max(_width(values, heading), WITHHELD_PX if has_gone else 0)
    # Room to spare goes to texts rather than to numbers.
    weight = width // 2 if values.dtype.is_numeric() else width
    column = {
        "field": values.name,
        "headerName": heading,
        "flex": weight,
        "minWidth": min(width, max(170, _widest_word(values))),
    }
    if values.dtype.is_numeric():
        return column | {"type": "rightAligned", **_formatter(_written(values), has_gone)}
    # Long texts wrap where there is no room: nothing is cut off.
    said = _formatter("params.value", has_gone) if has_gone else {}
    return column | {"wrapText": True, "autoHeight": values.dtype == pl.String, **said}


def _formatter(written: str, has_gone: bool) -> dict[str, Any]:
    """The expression by which the grid writes a cell (see assets/withheld.js)."""
    return {"valueFormatter": {"function": f"said(params, {written})" if has_gone else written}}


def _width(values: pl.Series, heading: str) -> int:
    """Room for the longest value, and for the longest word of the heading."""
    longest = max((len(str(_cell(value))) for value in values.head(200)), default=0)
    if values.dtype == pl.Float64:
        longest = min(longest, 7)
    letters = max(longest, *(len(word) + 2 for word in heading.split()))
    return max(NARROWEST_PX, min(letters * PX_PER_LETTER + 34, WIDEST_PX))


def _widest_word(values: pl.Series) -> int:
    """Room for the longest piece of text that has no place to be parted, such as a file's name."""
    if values.dtype != pl.String:
        return 0
    texts = values.head(200).drop_nulls()
    longest = max((len(word) for text in texts for word in _PARTED.split(text)), default=0)
    return min(longest * (PX_PER_LETTER - 1) + 34, WIDEST_PX)


def _written(values: pl.Series) -> str:
    """How a number is written: the function of assets/rapport.js that the grid calls."""
    if values.dtype.is_integer():
        return "whole(params.value)"
    is_share = values.name == "share" or values.name.endswith("_share")
    return "percent(params.value)" if is_share else "measure(params.value)"


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
