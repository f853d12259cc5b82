"""The grouping factors of a table as codes, and whether groups of rows are groups at all."""

import numpy as np
import polars as pl

from models.errors import NotEstimableError
from models.panel import Codes
from models.table.request import Request

FEW_GROUPS = 5
NEARLY_ALL = 0.9
"""Groups per row above which a grouping column looks like a measure."""


def codes_of(frame: pl.DataFrame, columns: tuple[str, ...]) -> Codes:
    """Number the groups 0, 1, 2, ...; several columns mean each combination that occurs."""
    codes = _dense(frame[columns[0]])
    for column in columns[1:]:
        more = _dense(frame[column])
        joined = codes * (int(more.max()) + 1) + more
        codes = np.unique(joined, return_inverse=True)[1].astype(np.int64)
    return codes


def _dense(values: pl.Series) -> Codes:
    texts = values.cast(pl.String) if isinstance(values.dtype, pl.Categorical | pl.Enum) else values
    return texts.rank("dense").cast(pl.Int64).to_numpy() - 1


def check_groups(group: str, n_groups: int, n_rows: int, asked: Request) -> list[str]:
    """Refuse groups that cannot carry a random effect; warn of few.

    Raises
    ------
    NotEstimableError
        If all rows are of one group, or each is of its own.
    """
    if n_groups < 2:
        raise NotEstimableError(
            f"Grouping factor '{group}' has a single group in the analysed rows: how groups differ "
            "cannot be estimated. Leave its random effects out.",
            reason="one_group",
        )
    if n_groups == n_rows and (asked.is_linear or not _may_have_own_effect(asked)):
        level = "a random intercept cannot be told from the residual"
        if not asked.is_linear:
            level = "how groups differ cannot be told from chance within them"
        raise NotEstimableError(
            f"Each row is a group of its own: '{group}' has {n_groups:,} groups in as many rows. "
            f"With one row a group (one row per person), {level}. Name the column that rows of one "
            "participant share.",
            reason="one_row_per_group",
        )
    if NEARLY_ALL * n_rows < n_groups < n_rows:
        return [
            f"'{group}' has {n_groups:,} groups in {n_rows:,} rows: nearly each row is a group of "
            f"its own, so little tells groups from residuals. If '{group}' is a measure, enter it "
            "as a term; else name the column that rows of one participant share."
        ]
    if n_groups < FEW_GROUPS:
        return [
            f"Only {n_groups} groups of '{group}': their variance is hardly estimable. Consider "
            f"{group} as a fixed factor."
        ]
    return []


def _may_have_own_effect(asked: Request) -> bool:
    """Whether an effect of each row is a model: overdispersion of counts."""
    return asked.family == "poisson" or asked.is_counted
