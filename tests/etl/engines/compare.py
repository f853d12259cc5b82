"""Two builds of the same data, cell by cell, to the last bit.

But for the fractions in tables of counts (`fct_..._counts`): sums over many participants of rates and
scores that are no binary fractions depend in their last bits on the order of the rows, which no engine
promises, nor DuckDB from one run to the next.
"""

from pathlib import Path

import polars as pl
from polars import selectors as cs

from warehouse.connect import open_mart

MADE_NOT_MEASURED = ("dim_build", "dim_basis")
"""They say which build it is, and when it was made."""
ROUNDING = 1e-12
"""Of the greatest number of a column: what a sum may differ by in a table of counts."""


def marts_of(build: Path) -> dict[str, pl.DataFrame]:
    """Every table of a build, by name."""
    con = open_mart(build)
    try:
        names = [row[0] for row in con.sql("show tables").fetchall()]
        return {name: con.table(name).pl() for name in names if name not in MADE_NOT_MEASURED}
    finally:
        con.close()


def differences(left: Path, right: Path) -> list[str]:
    """What is not the same in two builds: a line for each table and column; none where all is."""
    one, other = marts_of(left), marts_of(right)
    if one.keys() != other.keys():
        return [f"tables: {sorted(one.keys() ^ other.keys())}"]
    return [
        said for name in sorted(one) for said in table_differences(name, one[name], other[name])
    ]


def table_differences(name: str, left: pl.DataFrame, right: pl.DataFrame) -> list[str]:
    """What is not the same in two tables, whatever the order of their rows.

    NULL is only ever the same as NULL, and NaN as NaN.
    """
    if left.schema != right.schema:
        return [f"{name}: columns {left.schema} and {right.schema}"]
    if left.height != right.height:
        return [f"{name}: {left.height} and {right.height} rows"]
    keys = [*left.select(~cs.float()).columns, *left.select(cs.float()).columns]
    left, right = left.sort(keys, nulls_last=True), right.sort(keys, nulls_last=True)
    others = {
        column: _n_others(left[column], right[column], is_sum=name.endswith("_counts"))
        for column in left.columns
    }
    return [f"{name}.{column}: {n} of {left.height} cells" for column, n in others.items() if n]


def _n_others(left: pl.Series, right: pl.Series, *, is_sum: bool) -> int:
    """How many cells are not the same."""
    is_other = left.ne_missing(right)
    if is_sum and left.dtype.is_float() and is_other.any():
        greatest = left.abs().max() or 0.0
        is_near = (left - right).abs() <= ROUNDING * greatest
        is_other = is_other & ~is_near.fill_null(value=False)
    return int(is_other.sum())
