"""Small groups are not disclosed: which numbers of a panel's frame are withheld, and why.

The rule and what it does not prevent: docs/explanation/small-cells.md.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

_COUNT = r"(\d[\d,\u202f]*)"
# Rows go with the participants they are of: "12 rows of 3 participants".
_PEOPLE = re.compile(rf"(?:\d[\d,\u202f]* \w+ of )?{_COUNT} (?:of {_COUNT} )?participants?\b")
Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]
MARKS = ("is_withheld", "withheld_columns", "withheld_below")
"""Columns that `withhold` adds."""


@dataclass(frozen=True)
class Cells:
    """How a frame of groups discloses them.

    Parameters
    ----------
    counts
        Columns that count participants. A row where one of them is below the threshold, but not 0,
        is small.
    hides
        Further columns that say something of the same group and are withheld with its counts
        (means, shares, intervals, sums).
    by
        Rows that agree in these columns are one table, whose total counts as known: no count that
        is withheld in it can be had by subtraction. `()` makes one table of all rows; None says
        that rows overlap (weeks, features) and add up to nothing.
    keys
        Columns that name a row and say nothing of its group. The house tests see to it that every
        column of a frame is in one of these lists.
    against
        Columns of the same row: their difference from a count is a group as well, such as those
        due who did not (due - done). Where it is small, the row is.
    once
        Rows that agree in these columns repeat one group's counts (every day of an arm's curve):
        they are judged, and withheld, together.
    is_across
        The counts of one row add up to the first of `against`: they are the table, not the rows.
    adds_weeks
        Counts are over all weeks chosen, so that two choices of weeks can be subtracted.
    compares, within
        Columns that compare rows which agree in `within` (share of the stage before): withheld in
        all of them where one row is.
    texts
        Columns of sentences, in which small numbers of participants are put as `fewer than 10`.
    parts
        Counts of some of a row's participants that are withheld on their own, without the row.
    """

    counts: tuple[str, ...]
    hides: tuple[str, ...] = ()
    by: tuple[str, ...] | None = None
    keys: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    is_across: bool = False
    adds_weeks: bool = False
    compares: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    parts: tuple["Cells", ...] = ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every column that may be withheld, of the parts too."""
        own = (*self.counts, *self.hides, *self.compares)
        return tuple(dict.fromkeys((*own, *(name for part in self.parts for name in part.numbers))))


def withhold(frame: pl.DataFrame, cells: Cells, smallest: int) -> pl.DataFrame:
    """The frame without numbers that would disclose a group of fewer than `smallest` participants.

    Parameters
    ----------
    frame
        One row per group. Not modified.
    cells
        What its columns count.
    smallest
        Fewest participants that a number may be of; 1 withholds nothing.

    Returns
    -------
    pl.DataFrame
        The same rows in the same order; withheld numbers are null. Added are `is_withheld` (the row
        as a whole), `withheld_columns` (names of what is withheld in it) and `withheld_below`
        (the threshold), so that a number that is missing is told from one that is withheld.

    Notes
    -----
    Zeros are shown: nobody is in the group, so nobody's data are. Primary suppression takes the
    counts from 1 to `smallest - 1`; secondary suppression takes the next smallest rows of a table
    until at least two are withheld and each withheld column adds up to `smallest` or more, so that
    a total leaves every withheld count open from 0 to at least `smallest`.

    References
    ----------
    Hundepool et al. (2012), Statistical Disclosure Control. doi:10.1002/9781118348239
    """
    masks = _masks(frame, cells, smallest)
    rows = masks[cells.counts[0]]
    names = [[name for name, mask in masks.items() if mask[row]] for row in range(frame.height)]
    return frame.with_columns(
        *(
            pl.when(pl.Series(mask)).then(None).otherwise(pl.col(name)).alias(name)
            for name, mask in masks.items()
        ),
        *(
            pl.col(name).map_elements(partial(told, smallest=smallest), return_dtype=pl.String)
            for name in cells.texts
        ),
        pl.Series("is_withheld", rows, dtype=pl.Boolean),
        pl.Series("withheld_columns", names, dtype=pl.List(pl.String)),
        pl.lit(smallest, dtype=pl.Int64).alias("withheld_below"),
    )


def told(words: str, smallest: int) -> str:
    """A sentence without small numbers of participants, nor of all but a few of them."""

    def instead(found: re.Match[str]) -> str:
        count, whole = (
            int(re.sub(r"\D", "", number)) if number else None for number in found.groups()
        )
        if count is not None and 0 < count < smallest:
            return f"fewer than {smallest} participants"
        if count is not None and whole is not None and 0 < whole - count < smallest:
            return f"all but fewer than {smallest} of {whole} participants"
        return found.group()

    return _PEOPLE.sub(instead, words)


def is_too_narrow(n_shown: int, n_whole: int, smallest: int) -> bool:
    """Whether a choice leaves, or leaves out, a group that is not disclosed.

    `n_shown` of the `n_whole` participants that there are without the choice are left. A choice
    that leaves nobody is not too narrow: there is nothing to disclose.
    """
    return any(0 < n < smallest for n in (n_shown, n_whole - n_shown))


def blocks(counts: Sequence[Sequence[int]], smallest: int) -> list[int]:
    """Number of the block that each step of a curve belongs to, so that no block is small.

    Parameters
    ----------
    counts
        For each step, in order, how many left or joined the curve, by kind (events, censored).
    smallest
        Fewest participants of each kind that a block may have, unless it has none.

    Returns
    -------
    list[int]
        As many as there are steps, never decreasing. What is left over at the end goes with the
        block before it, since the curve's total is known. One block may stay small: all of them.
    """
    found: list[tuple[int, list[int]]] = []
    for step in counts:
        if not found or _is_closed(found[-1][1], smallest):
            found.append((0, [0] * len(step)))
        size, so_far = found[-1]
        found[-1] = (size + 1, [n + more for n, more in zip(so_far, step, strict=True)])
    while len(found) > 1 and not _is_closed(found[-1][1], smallest):
        (size, so_far), (left, rest) = found[-2:]
        found[-2:] = [(size + left, [n + more for n, more in zip(so_far, rest, strict=True)])]
    return [number for number, (size, _) in enumerate(found) for _ in range(size)]


def _is_closed(sums: Sequence[int], smallest: int) -> bool:
    return any(sums) and all(n == 0 or n >= smallest for n in sums)


def _masks(frame: pl.DataFrame, cells: Cells, smallest: int) -> dict[str, Mask]:
    """Which rows are withheld, by column; the first count's are those of the rows as a whole."""
    rows = _withheld_rows(frame, cells, smallest, np.zeros(frame.height, dtype=np.bool_))
    masks = dict.fromkeys(cells.numbers, rows)
    if cells.compares:
        compared = rows.copy()
        for table in _groups(frame, cells.within):
            compared[table] = rows[table].any()
        masks |= dict.fromkeys(cells.compares, compared)
    for part in cells.parts:
        own = (
            _across(frame, part, smallest, rows)
            if part.is_across
            else dict.fromkeys(
                (*part.counts, *part.hides), _withheld_rows(frame, part, smallest, rows)
            )
        )
        for name, mask in own.items():
            masks[name] = masks[name] | mask
    return masks


def _withheld_rows(frame: pl.DataFrame, cells: Cells, smallest: int, given: Mask) -> Mask:
    """Rows that are small or must be withheld with one that is; `given` are withheld already."""
    values = _judged(frame, cells)
    units = _groups(frame, cells.once) if cells.once else [np.array([i]) for i in range(len(given))]
    # Repeated counts are counted once; a difference that varies is judged where it is least.
    once = np.array([_least(values[rows]) for rows in units]).reshape(len(units), values.shape[1])
    hidden = np.array([bool(given[rows].any()) for rows in units], dtype=np.bool_)
    hidden |= ((once > 0) & (once < smallest)).any(axis=1)
    if cells.by is not None:
        first = frame[[int(rows[0]) for rows in units]] if units else frame.clear()
        for table in _groups(first, cells.by):
            hidden[table] = _secondary(once[table], hidden[table], smallest)
    out = given.copy()
    for rows, is_hidden in zip(units, hidden, strict=True):
        out[rows] |= is_hidden
    return out


def _judged(frame: pl.DataFrame, cells: Cells) -> Numbers:
    """Counts and their differences from what they are part of: rows × columns; missing is 0."""
    counts = [pl.col(name).cast(pl.Float64).fill_null(0).alias(name) for name in cells.counts]
    rests = [
        (pl.col(whole) - pl.col(name)).abs().cast(pl.Float64).fill_null(0).alias(f"{whole}-{name}")
        for whole in cells.against
        for name in cells.counts
        if whole != name
    ]
    return frame.select(*counts, *rests).to_numpy()


def _least(values: Numbers) -> Numbers:
    """The least positive number of each column, or 0."""
    least: Numbers = np.where(values > 0, values, np.inf).min(axis=0)
    return np.where(np.isinf(least), 0.0, least)


def _groups(frame: pl.DataFrame, names: Sequence[str]) -> list[NDArray[np.int64]]:
    """Row numbers of each table: those that agree in the columns named; all rows for none."""
    if not names:
        return [np.arange(frame.height)]
    numbered = frame.select(names).with_row_index("_row")
    parts = numbered.partition_by(names, maintain_order=True)
    return [part["_row"].cast(pl.Int64).to_numpy() for part in parts]


def _secondary(values: Numbers, hidden: Mask, smallest: int) -> Mask:
    """More of a table's rows withheld, until its totals give none of them away."""
    hidden = hidden.copy()
    while hidden.any():
        sums = values[hidden].sum(axis=0)
        short = np.flatnonzero((sums > 0) & (sums < smallest))
        if hidden.sum() > 1 and not short.size:
            break
        column = int(short[0]) if short.size else 0
        pick = next(_candidates(values, hidden, column), None)
        if pick is None:
            break
        hidden[pick] = True
    return hidden


def _candidates(values: Numbers, hidden: Mask, column: int) -> Iterator[int]:
    """Rows that may be withheld next: the smallest of a column, else of any, else a zero."""
    order = np.argsort(values[:, column], kind="stable")
    every: Mask = np.ones(len(hidden), dtype=np.bool_)
    any_of_row: Mask = np.asarray((values > 0).any(axis=1), dtype=np.bool_)
    for wanted in (values[:, column] > 0, any_of_row, every):
        yield from (int(row) for row in order if wanted[row] and not hidden[row])


def _across(frame: pl.DataFrame, part: Cells, smallest: int, given: Mask) -> dict[str, Mask]:
    """As `_withheld_rows`, where the columns of each row are the table."""
    counts: Numbers = frame.select(part.counts).fill_null(0).cast(pl.Float64).to_numpy()
    hidden: Mask = np.zeros(counts.shape, dtype=np.bool_)
    for row, values in enumerate(counts):
        small: Mask = (values > 0) & (values < smallest)
        hidden[row] = _secondary(values[:, None], small, smallest)
    hidden |= given[:, None]
    any_of_row: Mask = np.asarray(hidden.any(axis=1), dtype=np.bool_)
    masks: dict[str, Mask] = {name: hidden[:, i] for i, name in enumerate(part.counts)}
    return masks | dict.fromkeys(part.hides, any_of_row)
