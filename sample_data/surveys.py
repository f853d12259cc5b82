"""What participants answer: alliance scores from a mixed model on exposures, then items."""

from dataclasses import dataclass, field

import numpy as np

from sample_data.design import (
    CONTEXT,
    DIMENSIONS,
    MODERATED_DIMENSION,
    MODERATION,
    MODERATOR_FEATURE,
    SCORES,
    WINDOW_DAYS,
    WITHIN,
    Size,
    feature_ids,
)
from sample_data.diary import Diary

DELAYS = (0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5)  # days after the survey fell due
Answers = tuple[int | None, ...]


@dataclass(frozen=True)
class Occasion:
    """One filling-in. `answers` as ticked (before reversal), None where left out."""

    participant: str
    week: int
    day: int
    at: int  # seconds since 1970, UTC
    answers: Answers
    dwai: Answers
    exposures: dict[str, int] = field(default_factory=dict)  # in the window before the day


def answer_survey(diary: Diary, week: int, day: int) -> Occasion:
    """Fill in the alliance scale on a study day, and the DWAI when it is due too."""
    exposures = {f: diary.window(f, day, WINDOW_DAYS) for f in feature_ids(diary.size)}
    scores = true_scores(diary, exposures, day / 7)
    answers = _leave_out(diary.rng, _tick(diary.size, scores, diary.rng))
    is_dwai_due = week in diary.size.dwai_weeks and diary.rng.random() < 0.96
    dwai = _leave_out(diary.rng, _tick_dwai(scores, diary.rng)) if is_dwai_due else ()
    away = diary.person.zone(diary.date_of(day)) != "Europe/London"
    hour = 12 + int(diary.rng.integers(0, 5 if away else 9))  # the same date here and there
    at = diary.at(day, hour * 3600 + int(diary.rng.integers(0, 3600)))
    return Occasion(diary.person.id, week, day, at, answers, dwai, exposures)


def true_scores(diary: Diary, exposures: dict[str, int], weeks: float) -> np.ndarray:
    """The five latent scores (5,) of an occasion, in scale points, with its residual."""
    person, rng = diary.person, diary.rng
    scores = np.array(SCORES.base) + SCORES.arm.get(person.arm, 0.0) + SCORES.weekly * weeks
    scores = scores + person.alliance + person.slope * weeks
    for row, dimension in enumerate(DIMENSIONS):
        for feature, effects in WITHIN.items():
            scores[row] += effects.get(dimension, 0.0) * exposures.get(feature, 0)
        for feature, effects in CONTEXT.items():
            scores[row] += effects.get(dimension, 0.0) * person.liking[feature]
    flexibility = person.alliance[DIMENSIONS.index("flexibility")]
    moderated = MODERATION * flexibility * exposures.get(MODERATOR_FEATURE, 0)
    scores[DIMENSIONS.index(MODERATED_DIMENSION)] += moderated
    shared = SCORES.sd_occasion * rng.standard_normal()
    noise: np.ndarray = scores + shared + SCORES.sd_dimension * rng.standard_normal(len(DIMENSIONS))
    return noise


def _tick(size: Size, scores: np.ndarray, rng: np.random.Generator) -> list[int]:
    """Items 1 to 7: the score, an item's own difficulty (mean 0) and noise, rounded."""
    n = size.items_per_dimension
    difficulty = np.linspace(-0.2, 0.2, n)
    values = scores[:, None] + difficulty + SCORES.sd_item * rng.standard_normal((len(scores), n))
    ticks = np.clip(np.rint(values), 1, 7).astype(int).ravel().tolist()
    return [8 - tick if k in size.reverse else tick for k, tick in enumerate(ticks, 1)]


def _tick_dwai(scores: np.ndarray, rng: np.random.Generator) -> list[int]:
    shared = float(scores.mean()) + 0.3 + 0.25 * rng.standard_normal()
    values = shared + 0.7 * rng.standard_normal(6)
    return [int(tick) for tick in np.clip(np.rint(values), 1, 7)]


def _leave_out(rng: np.random.Generator, ticks: list[int]) -> Answers:
    """One filling-in in fifty leaves one item out."""
    gap = int(rng.integers(len(ticks))) if rng.random() < 0.02 else -1
    return tuple(None if k == gap else tick for k, tick in enumerate(ticks))


def keyed_total(size: Size, answers: Answers) -> float:
    """The total scale of the answered items, after reversal."""
    keyed = [
        8 - tick if k in size.reverse else tick
        for k, tick in enumerate(answers, 1)
        if tick is not None
    ]
    return sum(keyed) / len(keyed)
