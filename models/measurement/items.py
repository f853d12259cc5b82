"""Answers to the items of one scale as a table, and their covariances with what they rest on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from models.errors import NotEstimableError
from models.panel import Codes, Flags, Floats
from study.scoring import check_answer
from study.scoring_key import Instrument

Missing = Literal["complete", "pairwise"]
FEW_CATEGORIES = 5
"""With fewer answer categories than this, product-moment correlations of items are too small."""


@dataclass(frozen=True, eq=False)
class ItemTable:
    """One row per filling-in: keyed answers (n, k), NaN where an item was not answered.

    Reversed items are turned round already. `participants` and `occasions` are codes 0, 1, 2, ...;
    an occasion means the same to all participants (the first survey, that of week 4).
    """

    names: tuple[str, ...]
    values: Floats
    participants: Codes
    occasions: Codes

    @property
    def n_participants(self) -> int:
        """Participants with at least one row."""
        return len(np.unique(self.participants))

    def where(self, is_kept: Flags) -> "ItemTable":
        """The table with some of its rows, participants and occasions numbered anew."""
        return ItemTable(
            self.names,
            self.values[is_kept],
            np.unique(self.participants[is_kept], return_inverse=True)[1].astype(np.int64),
            np.unique(self.occasions[is_kept], return_inverse=True)[1].astype(np.int64),
        )

    def complete(self) -> "ItemTable":
        """Only filling-ins in which every item was answered."""
        return self.where(np.asarray(~np.isnan(self.values).any(axis=1), dtype=np.bool_))

    def on(self, occasion: int) -> "ItemTable":
        """Only the filling-ins of one occasion: one row per participant."""
        return self.where(np.asarray(self.occasions == occasion, dtype=np.bool_))


@dataclass(frozen=True, eq=False)
class Moments:
    """Covariance of items (k, k) with divisor n - 1, and how many filling-ins it rests on.

    For pairwise deletion `n` is the least number that any pair of items has in common, and only
    filling-ins with fewer than two answers are dropped.
    """

    names: tuple[str, ...]
    covariance: Floats
    n: int
    n_dropped: int
    missing: Missing


def key_answers(answers: pl.DataFrame, instrument: Instrument) -> pl.DataFrame:
    """Turn reversed items round: a column `keyed_value` from `answer`, as `study.scoring` does.

    Parameters
    ----------
    answers
        Columns `item_id` and `answer`, null where unanswered or not applicable.

    Raises
    ------
    ValueError
        If an answer is outside the instrument's range or an item is not in its key. The message
        names the item and the rule, never the answer.
    """
    for item, low, high in (
        answers.group_by("item_id")
        .agg(low=pl.col("answer").min(), high=pl.col("answer").max())
        .sort("item_id")
        .iter_rows()
    ):
        refusals = [check_answer(instrument, item, end) for end in (low, high) if end is not None]
        for refusal in filter(None, refusals):
            raise ValueError(f"{instrument.id}, item {item}: {refusal.rule}: {refusal.expected}")
    is_reversed = pl.col("item_id").is_in(list(instrument.reverse))
    turned = instrument.low + instrument.high - pl.col("answer")
    keyed = pl.when(is_reversed).then(turned).otherwise(pl.col("answer"))
    return answers.with_columns(keyed.cast(pl.Float64).alias("keyed_value"))


def item_table(answers: pl.DataFrame, items: Sequence[str]) -> ItemTable:
    """Spread keyed answers into one row per participant and occasion.

    Parameters
    ----------
    answers
        Columns `participant_id`, `occasion`, `item_id` and `keyed_value` (null where unanswered or
        not applicable), as the marts key them: low + high - answer for a reversed item.
    items
        The items of the scale, in the order of the table's columns. Others are left out.

    Raises
    ------
    NotEstimableError
        If no item of the scale was answered at all.
    ValueError
        If an item was answered twice on one occasion of a participant.
    """
    keys = ["participant_id", "occasion", "item_id"]
    given = answers.filter(pl.col("item_id").is_in(list(items))).drop_nulls("keyed_value")
    if given.is_empty():
        raise NotEstimableError("No item of this scale was answered.", "no_answers")
    if given.select(keys).is_duplicated().any():
        raise ValueError("an item was answered twice on one occasion of a participant")
    rows = given.select(keys[:2]).unique().sort(keys[:2]).with_row_index("row")
    places = {item: j for j, item in enumerate(items)}
    long = given.join(rows, on=keys[:2])
    values = np.full((len(rows), len(places)), np.nan)
    columns = np.array([places[item] for item in long["item_id"]], dtype=np.int64)
    values[long["row"].to_numpy(), columns] = long["keyed_value"].cast(pl.Float64).to_numpy()
    return ItemTable(
        tuple(items),
        values,
        np.unique(rows["participant_id"].to_numpy(), return_inverse=True)[1].astype(np.int64),
        np.unique(rows["occasion"].to_numpy(), return_inverse=True)[1].astype(np.int64),
    )


def moments(names: Sequence[str], values: Floats, missing: Missing = "complete") -> Moments:
    """Covariance of the items over filling-ins.

    Parameters
    ----------
    values
        (n, k), NaN where an item was not answered.
    missing
        'complete': only rows with all items answered; 'pairwise': each covariance, and each
        variance, over the rows that have both items.

    Raises
    ------
    NotEstimableError
        With fewer than 2 items, fewer complete rows than items + 1, or an item without variation.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.shape[1] < 2:
        raise NotEstimableError(
            "Internal consistency compares items: this scale has fewer than two.", "few_items"
        )
    is_given = ~np.isnan(values)
    if missing == "complete":
        kept = values[is_given.all(axis=1)]
        n = len(kept)
        _demand_rows(n, values.shape[1])
        covariance = np.cov(kept, rowvar=False)
        n_dropped = len(values) - n
    else:
        counts = is_given.astype(float).T @ is_given.astype(float)
        n = int(counts.min())
        _demand_rows(n, values.shape[1])
        covariance = _pairwise(values, is_given, counts)
        n_dropped = int((is_given.sum(axis=1) < 2).sum())
    _demand_variation(names, covariance)
    return Moments(tuple(names), covariance, n, n_dropped, missing)


def _pairwise(values: Floats, is_given: Flags, counts: Floats) -> Floats:
    centred = np.where(is_given, values - np.nanmean(values, axis=0), 0.0)
    given = is_given.astype(float)
    sums = centred.T @ given
    # sums[i, j] is the sum of item i over the rows that have item j as well.
    return np.asarray((centred.T @ centred - sums * sums.T / counts) / (counts - 1))


def _demand_rows(n: int, n_items: int) -> None:
    if n < n_items + 1:
        raise NotEstimableError(
            f"{n} complete filling-ins are too few for {n_items} items; at least "
            f"{n_items + 1} are needed.",
            "few_participants",
        )


def _demand_variation(names: Sequence[str], covariance: Floats) -> None:
    flat = [name for name, var in zip(names, np.diag(covariance), strict=True) if var < 1e-12]
    if flat:
        raise NotEstimableError(
            f"Everyone gave the same answer to item {', '.join(flat)}: without variation there is "
            "no reliability. Leave the item out, or wait for more participants.",
            "no_variation",
        )


def remarks(table_values: Floats) -> tuple[str, ...]:
    """Sentences about the answers that bear on every coefficient made of them."""
    answers = table_values[~np.isnan(table_values)]
    n_categories = len(np.unique(answers))
    if n_categories >= FEW_CATEGORIES:
        return ()
    return (
        f"Answers take only {n_categories} values. Coefficients treat them as numbers; for so few "
        "ordered categories they come out too small.",
    )
