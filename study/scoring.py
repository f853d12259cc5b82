"""How answers become scores: the reference that the SQL marts are compared with.

Rules
-----
An unanswered item is never 0: it is left out and counted. An item answered *not applicable* is
left out too, and is not needed either: the least number of items is asked of the applicable ones,
`n_answered * n_items >= min_items * n_applicable` with at least one answer. A *sum* with items left
out is the mean of the answered ones x the number of items. A *mean of scales* exists only where
every one of its scales has a score; its counts are those of all their items.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from study.scoring_key import Instrument, Scale

LEAST_VALUES_FOR_BASE = 20
Z_95 = 1.96


class NotApplicable(Enum):
    """The answer that an item does not apply, which is not the same as no answer."""

    ANSWER = "not applicable"


NOT_APPLICABLE = NotApplicable.ANSWER
Answer = float | NotApplicable | None


@dataclass(frozen=True)
class Score:
    """A score with what it rests on; `score` is None where too few items were answered.

    `n_items` counts all items of the scale. `is_complete`: every applicable item was answered.
    """

    score: float | None
    n_items_answered: int
    n_items: int
    is_complete: bool


@dataclass(frozen=True)
class Refusal:
    """Why an answer cannot be taken: the rule's name, and what was expected."""

    rule: str
    expected: str


def score_scale(instrument: Instrument, scale: Scale, answers: Mapping[str, Answer]) -> Score:
    """Score one filling-in of an instrument on one scale.

    Parameters
    ----------
    answers
        Answers by item id as the participant gave them, not yet reversed. Items that are missing
        or None are unanswered.

    Raises
    ------
    ValueError
        If an answer would be refused by `check_answer`: nothing is coerced. The message names the
        item and the rule, never the answer.
    """
    for item, value in answers.items():
        refusal = None if value is None else check_answer(instrument, item, value)
        if refusal:
            raise ValueError(f"{instrument.id}, item {item}: {refusal.rule}: {refusal.expected}")
    if scale.aggregate == "mean_of_scales":
        return _score_of_scales(instrument, scale, answers)
    return _score_of_items(instrument, scale, answers)


def _score_of_items(instrument: Instrument, scale: Scale, answers: Mapping[str, Answer]) -> Score:
    given = [answers.get(item) for item in scale.items]
    n_applicable = sum(value is not NOT_APPLICABLE for value in given)
    keyed = [
        instrument.low + instrument.high - value if item in instrument.reverse else value
        for item, value in zip(scale.items, given, strict=True)
        if value is not None and not isinstance(value, NotApplicable)
    ]
    n_items = len(scale.items)
    needed = least_items(instrument, scale) * n_applicable
    is_enough = len(keyed) > 0 and len(keyed) * n_items >= needed
    score = None
    if is_enough:
        mean = math.fsum(keyed) / len(keyed)
        score = _transform(scale, mean * n_items if scale.aggregate == "sum" else mean)
    return Score(score, len(keyed), n_items, len(keyed) == n_applicable and len(keyed) > 0)


def _score_of_scales(instrument: Instrument, scale: Scale, answers: Mapping[str, Answer]) -> Score:
    parts = [_score_of_items(instrument, instrument.scale(part), answers) for part in scale.of]
    scores = [part.score for part in parts if part.score is not None]
    has_all = len(scores) == len(parts)
    return Score(
        score=_transform(scale, math.fsum(scores) / len(scores)) if has_all else None,
        n_items_answered=sum(part.n_items_answered for part in parts),
        n_items=sum(part.n_items for part in parts),
        is_complete=all(part.is_complete for part in parts),
    )


def _transform(scale: Scale, aggregate: float) -> float:
    return scale.multiplier * (aggregate + scale.shift)


def items_of(instrument: Instrument, scale: Scale) -> tuple[str, ...]:
    """The items that a scale rests on; for a mean of scales, those of all its scales."""
    if scale.aggregate != "mean_of_scales":
        return scale.items
    return tuple(item for part in scale.of for item in instrument.scale(part).items)


def least_items(instrument: Instrument, scale: Scale) -> int:
    """Least number of answered items for a score, where all items apply.

    `min_items` of the scale if given, else the instrument's `min_items_share` of its items,
    rounded up. For a mean of scales it is the sum over its scales.
    """
    if scale.aggregate == "mean_of_scales":
        return sum(least_items(instrument, instrument.scale(part)) for part in scale.of)
    if scale.min_items is not None:
        return scale.min_items
    # 0.55 * 20 is 11.000000000000002 in floating point; that is still 11 items.
    return max(1, math.ceil(instrument.min_items_share * len(scale.items) - 1e-9))


def score_range(instrument: Instrument, scale: Scale) -> tuple[float, float]:
    """Lowest and highest possible score of a scale, in scale points."""
    if scale.aggregate == "mean_of_scales":
        ranges = [score_range(instrument, instrument.scale(part)) for part in scale.of]
        ends = [math.fsum(end) / len(ranges) for end in zip(*ranges, strict=True)]
    else:
        factor = len(scale.items) if scale.aggregate == "sum" else 1
        ends = [instrument.low * factor, instrument.high * factor]
    low, high = sorted(_transform(scale, end) for end in ends)
    return low, high


def check_answer(instrument: Instrument, item: str, value: object) -> Refusal | None:
    """Why an answer to an item cannot be taken, or None if it can.

    Text is not a number here: whoever reads a file turns `"4"` into 4 first. Unanswered items are
    not answers: do not ask about them. The result never holds the answer.
    """
    expected = f"a whole number from {instrument.low} to {instrument.high}"
    if item not in instrument.items:
        return Refusal("unknown_item", f"one of the {len(instrument.items)} items of the key")
    if isinstance(value, NotApplicable):
        refusal = Refusal("not_a_number", f"{expected}; this instrument has no 'not applicable'")
        return None if instrument.allows_not_applicable else refusal
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return Refusal("not_a_number", expected)
    if value != math.floor(value):
        return Refusal("not_an_integer", expected)
    if not instrument.low <= value <= instrument.high:
        return Refusal("out_of_range", expected)
    return None


def base_shift(low: int, high: int, values: Iterable[float]) -> int:
    """What to add to answers that look coded from another base: 1, -1, or 0 if they do not.

    Answers one below the range, and none at its top, look 0-based on a 1-based form (add 1); the
    mirror image looks 1-based on a 0-based form (add -1). Fewer than 20 values say nothing.
    """
    seen = list(values)
    if len(seen) < LEAST_VALUES_FOR_BASE:
        return 0
    if min(seen) == low - 1 and high not in seen:
        return 1
    if max(seen) == high + 1 and low not in seen:
        return -1
    return 0


def suspected_base(low: int, high: int, values: Iterable[float]) -> bool:
    """Whether the answers of one instrument look coded from another base; see `base_shift`."""
    return base_shift(low, high, values) != 0


def reliable_change(sd: float, reliability: float) -> float:
    """Smallest change of one participant that measurement error alone rarely makes (5 %).

    1.96 x the standard error of a difference, sd x sqrt(2) x sqrt(1 - reliability), in scale
    points. This is Jacobson and Truax's variant: the error of both measurements is taken from one
    standard deviation, that of the reference sample before treatment. Maassen (2004) compares it
    with two others. Cronbach's alpha in place of a test-retest correlation makes it too small.

    References
    ----------
    Jacobson & Truax (1991), J Consult Clin Psychol 59:12-19. doi:10.1037/0022-006X.59.1.12
    Maassen (2004), J Int Neuropsychol Soc 10:888-893. doi:10.1017/S1355617704106097
    """
    if sd <= 0 or not 0 < reliability < 1:
        raise ValueError("sd must be above 0 and reliability between 0 and 1.")
    return Z_95 * sd * math.sqrt(2) * math.sqrt(1 - reliability)
