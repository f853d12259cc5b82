"""A panel's frame as a table, with columns as wide as what they hold."""

from datetime import date, datetime
from typing import Any

import dash_ag_grid as dag
import polars as pl
from dash.development.base_component import Component

from dashboard import theme
from dashboard.panel import Panel

ROW_PX, SHORT_TABLE_ROWS = 34, 12
PX_PER_LETTER, NARROWEST_PX, WIDEST_PX = 9, 84, 360


def table(panel: Panel, frame: pl.DataFrame) -> Component:
    """The frame as a table that sorts; long ones scroll inside the panel's height."""
    shown = shown_columns(panel, frame)
    is_short = frame.height <= SHORT_TABLE_ROWS
    return dag.AgGrid(
        columnDefs=[_column(shown[name], heading) for name, heading in panel.columns.items()],
        rowData=[{name: _cell(value) for name, value in row.items()} for row in shown.to_dicts()],
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


def shown_columns(panel: Panel, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns that table and CSV have, in their order."""
    return frame.select(list(panel.columns))


def _column(values: pl.Series, heading: str) -> dict[str, Any]:
    width = _width(values, heading)
    # Room to spare goes to texts rather than to numbers.
    weight = width // 2 if values.dtype.is_numeric() else width
    column = {
        "field": values.name,
        "headerName": heading,
        "flex": weight,
        "minWidth": min(width, 170),
    }
    if values.dtype.is_numeric():
        return column | {"type": "rightAligned", "valueFormatter": {"function": _written(values)}}
    # Long texts wrap where there is no room: nothing is cut off.
    return column | {"wrapText": True, "autoHeight": values.dtype == pl.String}


def _width(values: pl.Series, heading: str) -> int:
    """Room for the longest value, and for the longest word of the heading."""
    longest = max((len(str(_cell(value))) for value in values.head(200)), default=0)
    if values.dtype == pl.Float64:
        longest = min(longest, 7)
    letters = max(longest, *(len(word) + 2 for word in heading.split()))
    return max(NARROWEST_PX, min(letters * PX_PER_LETTER + 34, WIDEST_PX))


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
