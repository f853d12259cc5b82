"""How a number that is withheld is said: in tables, captions, charts and exports, never as 0.

Works on frames as `access.cells.withhold` returns them; one that went past it has nothing withheld.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from dashboard import theme

WORD, SIGN = "withheld", "\u2298"


def of_fewer(frame: pl.DataFrame) -> str:
    """Whom a number that is withheld is of, such as `fewer than 10 participants`."""
    return f"fewer than {frame['withheld_below'][0]} participants"


def any_of(frame: pl.DataFrame) -> bool:
    """Whether something of the frame is withheld."""
    return is_marked(frame) and bool((frame["withheld_columns"].list.len() > 0).any())


def is_withheld(row: Mapping[str, Any], column: str) -> bool:
    """Whether a number of a row is withheld, rather than missing."""
    return column in (row.get("withheld_columns") or ())


def gone(frame: pl.DataFrame, column: str) -> pl.Series:
    """Whether a column is withheld, row by row."""
    if not is_marked(frame):
        return pl.Series([False] * frame.height, dtype=pl.Boolean)
    return frame["withheld_columns"].list.contains(column)


def drawn(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Rows that a line has: those with a number, and those whose number leaves a gap in it."""
    return frame.filter(pl.col(column).is_not_null() | gone(frame, column))


def count(value: float | None) -> str:
    """A count that is never missing by itself: where it is null it is withheld."""
    return SIGN if value is None else theme.whole(value)


def note(frame: pl.DataFrame, columns: Iterable[str]) -> str:
    """What of the columns of a table is withheld, for a caption; empty where nothing is."""
    if not any_of(frame):
        return ""
    rows = frame.filter("is_withheld").height
    left = frame.filter(~pl.col("is_withheld"))["withheld_columns"]
    others = int(left.list.set_intersection(list(columns)).list.len().sum())
    if not rows and not others:
        return ""
    parts = [theme.counted(rows, "group")] if rows else []
    if others:
        parts.append(theme.counted(others, "further number" if rows else "number"))
    return f"{' and '.join(parts)} withheld ({of_fewer(frame)}, or next to such a group)"


def for_export(frame: pl.DataFrame) -> list[tuple[str, str]]:
    """Line above an export: up to how many participants numbers are withheld."""
    if not is_marked(frame) or frame.is_empty():
        return []
    words = f"numbers of {of_fewer(frame)}, and what would give them away, say {WORD}"
    return [(WORD, words)]


def is_marked(frame: pl.DataFrame) -> bool:
    """Whether small groups were looked for in the frame, whatever was found."""
    return "withheld_columns" in frame.columns
