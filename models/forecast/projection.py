"""Participants as the study will have them, and what one of them adds to the information.

A reference population is drawn from those enrolled: a participant's known surveys stay, those to
come are drawn by the chain, and each gets exposures that the same participant had in another week.
The information of a mixed model adds up over participants, so the mean over the population times n
is what n participants give.
"""

from dataclasses import dataclass

import numpy as np

from models.forecast.attrition import AnswerChain
from models.panel import Codes, Flags, Floats

POPULATION = 2000
LEAST_ROWS = 2


@dataclass(frozen=True, eq=False)
class Enrolled:
    """What is known of those enrolled, on the schedule of surveys.

    Attributes
    ----------
    weeks
        (surveys,) when each is due.
    is_seen, is_known
        (n, surveys): gave a row; it is decided whether it will.
    is_past
        (n, surveys): the window is over. Of who withdrew, more is decided than is past; the chain
        is learnt from what is past alone, or those who left would weigh too much.
    exposures
        (n, surveys, k) of surveys that gave a row, NaN elsewhere.
    """

    weeks: Floats
    is_seen: Flags
    is_known: Flags
    is_past: Flags
    exposures: Floats


@dataclass(frozen=True, eq=False)
class Population:
    """Drawn participants: whether a survey gives a row (r, surveys), and exposures (r, surveys, k);
    what stands where there is no row is never looked at."""

    weeks: Floats
    is_seen: Flags
    exposures: Floats

    def until(self, n_surveys: int) -> "Population":
        """The same participants with the first surveys only."""
        cut = slice(None, n_surveys)
        return Population(self.weeks[cut], self.is_seen[:, cut], self.exposures[:, cut])


@dataclass(frozen=True, eq=False)
class Spread:
    """Covariance (q, q) of participants' level, weekly trend (q of 2 or more) and own slope of one
    exposure (q of 3), and the residual variance. Levels are those at week `centre`."""

    own: Floats
    residual: float
    centre: float


@dataclass(frozen=True)
class Terms:
    """Which exposures (places in the last axis) have a term within and between participants, and
    which one an own slope, if any."""

    within: tuple[int, ...]
    between: tuple[int, ...]
    slope: int | None = None


def draw_population(
    enrolled: Enrolled,
    chain: AnswerChain,
    weeks: Floats,
    rng: np.random.Generator,
    *,
    size: int = POPULATION,
) -> Population:
    """Draw `size` participants on a schedule that begins with that of those enrolled."""
    n, n_now = enrolled.is_seen.shape
    who = rng.integers(n, size=size)
    more = len(weeks) - n_now
    empty = np.zeros((size, more), dtype=np.bool_)
    is_known = np.hstack([enrolled.is_known[who], empty])
    is_seen = chain.fill(np.hstack([enrolled.is_seen[who], empty]), is_known, rng)
    given = np.full((size, more, enrolled.exposures.shape[2]), np.nan)
    exposures = np.concatenate([enrolled.exposures[who], given], axis=1)
    return Population(weeks, is_seen, _with_own(exposures, enrolled, who, rng))


def _with_own(
    exposures: Floats, enrolled: Enrolled, who: Codes, rng: np.random.Generator
) -> Floats:
    """Exposures (r, surveys, k) with gaps filled from the same participant's rows.

    What is drawn varies as a participant's exposure does: rows drawn from the m there are vary by
    (m - 1) / m too little, and around a mean that is itself off; both are put right. A participant
    with fewer than two rows says nothing of how exposure varies, and gets somebody else's.
    """
    counts = enrolled.is_seen.sum(axis=1)
    donors = np.flatnonzero(counts >= LEAST_ROWS)
    is_own = np.asarray(counts[who] >= LEAST_ROWS)
    source = np.where(is_own, who, rng.choice(donors, size=len(who)))
    filled = np.where(is_own[:, None, None], exposures, np.nan)
    m = counts[source][:, None, None]
    mean = np.nansum(enrolled.exposures[source], axis=1, keepdims=True) / m
    # A draw more than there are surveys: the first moves the mean.
    drawn = _own_rows(enrolled, source, filled.shape[1] + 1, rng)
    off = (drawn - mean) * np.sqrt(m / (m - 1))
    return np.where(np.isnan(filled), mean + off[:, :1] / np.sqrt(m) + off[:, 1:], filled)


def _own_rows(enrolled: Enrolled, source: Codes, n: int, rng: np.random.Generator) -> Floats:
    """Rows (r, n, k) drawn with replacement from those of each source."""
    # Places of each participant's rows come first, so that a draw below their number is a row.
    order = np.argsort(~enrolled.is_seen, axis=1, kind="stable")
    counts = enrolled.is_seen.sum(axis=1)
    pick = (rng.random((len(source), n)) * counts[source][:, None]).astype(np.int64)
    place = order[source[:, None], pick]
    return np.asarray(enrolled.exposures[source[:, None], place], dtype=np.float64)


def within_information(population: Population, spread: Spread, terms: Terms) -> Floats:
    """Mean information (p, p) that a participant adds about intercept, week, and the exposures
    within and then between participants, in the order of `terms`."""
    seen = population.is_seen
    within, between = _split(population)
    base = _base(population, spread.centre)
    parts = [base, within[:, :, list(terms.within)], between[:, :, list(terms.between)]]
    random = base[:, :, : len(spread.own)]
    if terms.slope is not None:
        random = np.concatenate([base, within[:, :, [terms.slope]]], axis=2)
    return _information(np.concatenate(parts, axis=2), random, len(seen), spread)


def level_information(population: Population, spread: Spread) -> float:
    """Mean information that a participant adds about a difference of two groups' levels.

    Membership is drawn by lot, so it goes along with no other column, and only 1'V⁻¹1 counts.
    """
    base = _base(population, spread.centre)
    random = base[:, :, : len(spread.own)]
    return float(_information(base[:, :, :1], random, len(base), spread)[0, 0])


def _base(population: Population, centre: float) -> Floats:
    """1 and the week (r, s, 2), 0 where there is no row."""
    week = population.weeks - centre
    base = np.stack([np.ones_like(week), week], axis=1)
    return np.asarray(base[None] * population.is_seen[:, :, None], dtype=np.float64)


def _split(population: Population) -> tuple[Floats, Floats]:
    """Exposures within and between participants (r, s, k) on their rows, 0 where there is none."""
    weight = population.is_seen[:, :, None]
    n_rows = np.maximum(population.is_seen.sum(axis=1), 1)[:, None, None]
    exposures = np.where(weight, population.exposures, 0.0)
    own_mean = exposures.sum(axis=1, keepdims=True) / n_rows
    grand = exposures.sum(axis=(0, 1)) / max(int(population.is_seen.sum()), 1)
    return np.where(weight, exposures - own_mean, 0.0), np.where(weight, own_mean - grand, 0.0)


def _information(X: Floats, Z: Floats, n: int, spread: Spread) -> Floats:
    """Mean over participants of X'V⁻¹X, with V = Z own Z' + residual I, by Woodbury's identity."""
    q = len(spread.own)
    inner = np.einsum("rsa,rsb->rab", Z, Z) / spread.residual
    middle = np.linalg.solve(
        np.eye(q) + spread.own @ inner, np.broadcast_to(spread.own, inner.shape)
    )
    cross = np.einsum("rsa,rsp->rap", Z, X) / spread.residual
    flat = X.reshape(-1, X.shape[2])
    taken = np.einsum("rap,rab,rbt->pt", cross, middle, cross, optimize=True)
    return np.asarray((flat.T @ flat / spread.residual - taken) / n, dtype=np.float64)
