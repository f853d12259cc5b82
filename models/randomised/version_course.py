"""The effect of a version along time and in parts of the data: looks, weeks, moderators."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from models.errors import NoNumberError
from models.randomised.always_valid import EXPECTED, always_valid
from models.randomised.shrinkage import shrink
from models.randomised.version_effects import Contrast, estimate, spread_of
from models.randomised.version_result import Look, Part
from models.randomised.version_rows import Outcome

MOST_LOOKS = 24
LEAST_NEW = 20
"""Participants of whom something new must have come before the next look is drawn."""
_WEEK_BINS = ((0, 0), (1, 1), (2, 2), (3, 3), (4, 5), (6, 8), (9, 12), (13, 10_000))


@dataclass(frozen=True)
class Moderator:
    """Something known before, in a few levels: `column` holds their labels, null where unknown."""

    kind: str
    column: str
    levels: tuple[str, ...]


def looks(rows: pl.DataFrame, outcome: Outcome, contrast: Contrast, day: str) -> tuple[Look, ...]:
    """The effect as it stood on one day after another, from the first on which it could be told.

    Parameters
    ----------
    rows
        Of any version; `day` names the column with the day on which the outcome was known.

    Notes
    -----
    The spread that the always valid intervals are scaled by is that of each look's own data.
    """
    known = contrast.pair(rows).filter(
        pl.col(outcome.column).is_not_null(), pl.col(day).is_not_null()
    )
    found = []
    for when, n_new in _days(known, day):
        so_far = known.filter(pl.col(day) <= when)
        try:
            number = estimate(so_far, outcome, contrast)
            spread = spread_of(so_far, outcome, contrast)
        except NoNumberError:
            continue
        valid = always_valid(number.estimate, number.se, expected=EXPECTED * spread)
        found.append(
            Look(
                outcome.id,
                contrast.variant_id,
                when.isoformat(),
                number,
                valid.low,
                valid.high,
                n_new,
            )
        )
    return tuple(found)


def _days(known: pl.DataFrame, day: str) -> Iterator[tuple[date, int]]:
    """Days of looks, each with the participants of whom something new had come since the last.

    The last day is always one; whoever is left over belongs to it.
    """
    daily = (
        known.sort(day)
        .group_by(day, maintain_order=True)
        .agg(people=pl.col("participant_id").unique(), n=pl.len())
    )
    least_rows = known.height / MOST_LOOKS
    waiting: set[str] = set()
    n_rows = 0
    closed: list[tuple[date, int]] = []
    for when, people, n in daily.iter_rows():
        waiting |= set(people)
        n_rows += n
        if len(waiting) >= LEAST_NEW and n_rows >= least_rows:
            closed.append((when, len(waiting)))
            waiting, n_rows = set(), 0
    if waiting:
        # Too few for a look of their own: they come with those before them.
        before = closed.pop()[1] if closed else 0
        closed.append((daily[day][-1], before + len(waiting)))
    yield from closed


def by_week(rows: pl.DataFrame, outcome: Outcome, contrast: Contrast) -> tuple[Part, ...]:
    """The effect by whole weeks since the participant was first given any version.

    A novelty wears off; a habit grows. Weeks that nobody reached are left out.
    """
    known = contrast.pair(rows).filter(pl.col(outcome.column).is_not_null())
    found = []
    for place, (first, last) in enumerate(_WEEK_BINS):
        own = known.filter(pl.col("weeks_since_first").is_between(first, last))
        if own.is_empty():
            continue
        found.append(
            _part(own, outcome, contrast, "weeks_since_first", _week_words(first, last), place)
        )
    return tuple(found)


def _week_words(first: int, last: int) -> str:
    if last >= 1_000:
        return f"{first} or later"
    return f"{first}" if first == last else f"{first} to {last}"


def _part(
    own: pl.DataFrame,
    outcome: Outcome,
    contrast: Contrast,
    kind: str,
    label: str,
    position: int,
) -> Part:
    blank = Part(outcome.id, contrast.variant_id, kind, label, position, None, "")
    try:
        return replace(blank, number=estimate(own, outcome, contrast))
    except NoNumberError as error:
        return replace(blank, explanation=str(error))


def moderated(
    rows: pl.DataFrame, outcome: Outcome, contrast: Contrast, moderators: Sequence[Moderator]
) -> tuple[Part, ...]:
    """The effect at each level of each moderator, drawn towards the mean of all of them.

    Levels of different moderators are parts of the same data; the shrinkage takes them as if they
    were not, which draws them together a little too little.
    """
    known = contrast.pair(rows).filter(pl.col(outcome.column).is_not_null())
    parts = [
        _part(
            known.filter(pl.col(one.column) == level),
            outcome,
            contrast,
            one.kind,
            level,
            place,
        )
        for one in moderators
        for place, level in enumerate(one.levels)
        if known[one.column].eq(level).any()
    ]
    numbered = [one for one in parts if one.number is not None]
    if len(numbered) < 2:
        return tuple(parts)
    drawn = shrink(
        np.array([one.number.estimate for one in numbered if one.number]),
        np.array([one.number.se for one in numbered if one.number]),
    )
    found = iter(zip(drawn.estimate.tolist(), drawn.low.tolist(), drawn.high.tolist(), strict=True))
    return tuple(part if part.number is None else _shrunken(part, *next(found)) for part in parts)


def _shrunken(part: Part, value: float, low: float, high: float) -> Part:
    return replace(part, shrunken=value, shrunken_low=low, shrunken_high=high)


def halves(rows: pl.DataFrame, column: str, kind: str, low: str, high: str) -> pl.Expr:
    """A column of two labels: at most the median, and above it; null where unknown."""
    median = rows[column].cast(pl.Float64).median()
    return (
        pl.when(pl.col(column).is_null())
        .then(None)
        .when(pl.col(column).cast(pl.Float64) <= median)
        .then(pl.lit(low))
        .otherwise(pl.lit(high))
        .alias(kind)
    )


def with_moderators(
    rows: pl.DataFrame, total: str | None, labels: dict[str, dict[str, str]]
) -> tuple[pl.DataFrame, tuple[Moderator, ...]]:
    """The rows with moderators in levels, and what they are.

    Parameters
    ----------
    rows
        With `study_week`, `sessions_before`, `site_id` and `arm_id`.
    total
        Column of the alliance total before, if there is one.
    labels
        Names of `site_id` and `arm_id`.
    """
    asked = [
        ("study_week", "Time in the study", "first half", "second half"),
        ("sessions_before", "Use in the 7 days before", "up to the median", "above the median"),
    ]
    if total is not None and total in rows.columns:
        asked.append((total, "Alliance before", "up to the median", "above the median"))
    found: list[Moderator] = []
    for column, kind, low, high in asked:
        if column not in rows.columns or rows[column].drop_nulls().n_unique() < 2:
            continue
        name = f"moderator:{column}"
        rows = rows.with_columns(halves(rows, column, name, low, high))
        found.append(Moderator(kind, name, (low, high)))
    for column, kind in (("site_id", "Site"), ("arm_id", "Arm")):
        known = rows[column].drop_nulls().unique().sort().to_list()
        if len(known) < 2:
            continue
        words = labels.get(column, {})
        name = f"moderator:{column}"
        rows = rows.with_columns(
            pl.col(column).replace_strict(words, default=pl.col(column)).alias(name)
        )
        levels = [words.get(one, one) for one in [*words, *known] if one in known]
        found.append(Moderator(kind, name, tuple(dict.fromkeys(levels))))
    return rows, tuple(found)
