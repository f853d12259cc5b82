"""A panel's table on paper: the same columns and words as on the page, as far as there is room."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl

from dashboard import panel_table, theme, withheld
from dashboard.panel import Panel

_DIGITS = 3
"""Significant digits of a measured number, as the tables of the pages write it."""


@dataclass(frozen=True)
class PaperTable:
    """Headings and cells as text; `is_number` says which columns stand to the right.

    `n_left` rows are not printed.
    """

    headings: tuple[str, ...]
    is_number: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    n_left: int


def paper_table(
    panel: Panel, frame: pl.DataFrame, columns: Sequence[str] = (), most: int | None = None
) -> PaperTable:
    """The first `most` rows of what table and CSV of the panel hold, in the columns named.

    Without columns or `most` all of them.
    """
    if columns:
        kept = {name: words for name, words in panel.columns.items() if name in columns}
        panel = replace(panel, columns=kept)
    shown = panel_table.shown_columns(panel, frame)
    most = frame.height if most is None else most
    writers = [_writer(shown[name]) for name in shown.columns]
    rows = tuple(
        tuple(
            withheld.WORD if value == withheld.WORD else write(value)
            for write, value in zip(writers, row, strict=True)
        )
        for row in panel_table.csv_rows(panel, frame.head(most))
    )
    return PaperTable(
        headings=tuple(panel.columns.values()),
        is_number=tuple(shown[name].dtype.is_numeric() for name in shown.columns),
        rows=rows,
        n_left=max(0, frame.height - most),
    )


def _writer(values: pl.Series) -> Callable[[object], str]:
    """How the cells of a column are written: as assets/rapport.js writes them on the page."""
    if values.dtype.is_integer():
        return lambda value: theme.whole(value if isinstance(value, int) else None)
    if values.dtype.is_numeric():
        is_share = values.name == "share" or values.name.endswith("_share")
        write = theme.percent if is_share else measure
        return lambda value: write(float(value) if isinstance(value, int | float) else None)
    return _text


def measure(value: float | None) -> str:
    """A measured number with three significant digits and a real minus sign."""
    if value is None:
        return "–"
    written = f"{float(f'{value:.{_DIGITS}g}'):.10f}".rstrip("0").rstrip(".")
    # Beyond ten decimals only the exponent says anything.
    shown = f"{value:.{_DIGITS}g}" if value != 0 and float(written) == 0 else written
    return shown.replace("-", "\u2212")


def _text(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, date) else str(value)
