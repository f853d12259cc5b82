"""Which groups stand out: shares against funnel limits, for clustered counts and small groups.

Each group is judged against all others. The limits are those of the share that a group of its size
would show by chance, where

- each survey or week is compared with itself elsewhere (indirect standardisation): months enrolled
  lately have not come to the late surveys, which are missed most;
- what one participant does counts as one cluster (design effect), so that many surveys of few
  people are no more than they are;
- the others' share is itself estimated: with two groups of half the trial each, chance makes them
  differ more from each other than one group of a hundred differs from the rest;
- with ten groups or more, the groups' own spread widens the limits: groups differ a little always,
  and who is looked for are those that differ more than the others do among themselves.

Beside the raw share stands the shrunken one (beta-binomial empirical Bayes): small groups are drawn
to the whole.

References
----------
Spiegelhalter (2005), Funnel plots for comparing institutional performance. Stat Med 24:1185-1202.
doi:10.1002/sim.1970
Spiegelhalter (2005), Handling over-dispersion of performance indicators. Qual Saf Health Care
14:347-351. doi:10.1136/qshc.2005.013755
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize.elementwise import find_root
from scipy.special import betainc, betaincc, betaln, ndtri

Floats = NDArray[np.float64]
Level = Literal["none", "watch", "flag"]
WATCH, FLAG = 0.05, 0.002
"""Two-sided chances of the two pairs of limits: 95 % and 99.8 %."""
LEAST_GROUPS_FOR_SPREAD = 10
_SIZES = np.exp(np.linspace(np.log(0.5), np.log(1e6), 120))
_TINY = 1e-300
COLUMNS = (
    *("group_id", "n_participants", "n_trials", "n_events", "n_expected"),
    *("sum_rest_squared", "sum_rest_trials", "sum_trials_squared"),
)
LEAST_COLUMNS = COLUMNS[:5]


@dataclass(frozen=True)
class Judged:
    """One group. Shares lie between 0 and 1; `z` is the normal score of the mid-p value.

    `share` is the standardised one: overall share + (events - expected) / trials. `shrunken` is the
    empirical-Bayes share. `low`, `high` are the 95 % limits at the group's size, `far_low`,
    `far_high` those of 99.8 %.
    """

    group_id: str
    share: float
    shrunken: float
    z: float
    low: float
    high: float
    far_low: float
    far_high: float
    level: Level


@dataclass(frozen=True)
class Funnel:
    """All groups of one indicator.

    `overall` is the pooled share, `design_effect` how many trials one independent trial is worth,
    `spread` the intraclass correlation between groups (0: they differ by chance alone),
    `n_trials` all of them. Without groups, `reason` says why nothing can be judged.
    """

    groups: tuple[Judged, ...]
    overall: float | None
    design_effect: float | None
    spread: float | None
    n_trials: int
    widens: bool = False
    reason: str = ""


def funnel(
    counts: pl.DataFrame,
    *,
    is_clustered: bool = True,
    least_groups_for_spread: int = LEAST_GROUPS_FOR_SPREAD,
    needs_spread: bool = False,
) -> Funnel:
    """Judge each group against all others.

    Parameters
    ----------
    counts
        One row per group with `COLUMNS`: participants, trials, events, events expected if each
        trial went as it does over all groups, and sums over participants of (events less expected)
        squared, the same times trials, and trials squared. Groups without trials are left out. Not
        modified.
    is_clustered
        Whether the sums say how alike one participant's trials are; otherwise each trial is taken
        to be independent (the sums are not read).
    least_groups_for_spread
        From how many groups on their own spread widens the limits.
    needs_spread
        Nothing is judged with fewer groups than that: where trials are so alike (rows of one file)
        that only the groups themselves tell what chance is.
    """
    rows = counts.filter(pl.col("n_trials") > 0).sort("group_id")
    trials, events = (rows[name].cast(pl.Float64).to_numpy() for name in ("n_trials", "n_events"))
    n_all = int(trials.sum())
    least = least_groups_for_spread if needs_spread else 2
    if rows.height < least:
        return _nothing(n_all, f"Fewer than {least} groups have data: there is nothing to compare.")
    overall = float(events.sum() / trials.sum())
    if overall in (0.0, 1.0):
        words = "no case" if overall == 0 else "nothing but cases"
        return _nothing(n_all, f"There is {words} in any group, so that none can differ.")
    effect = design_effect(rows) if is_clustered else 1.0
    worth = trials / effect
    expected = rows["n_expected"].to_numpy()
    shares = np.clip(overall + (events - expected) / trials, 0.0, 1.0)
    cases = shares * worth
    size = heterogeneity(worth, cases, overall)
    widens = rows.height >= least_groups_for_spread
    effective = np.array(
        [
            _worth(trials[i] / n_all, worth[i], _spread_without(worth, cases, i) if widens else 0.0)
            for i in range(rows.height)
        ]
    )
    z = mid_p_score(shares * effective, effective, overall)
    (low, high), (far_low, far_high) = limits_of(effective, overall, (WATCH, FLAG))
    shrunken = shrink(worth, cases, overall, size)
    columns = (shares, shrunken, z, low, high, far_low, far_high)
    names = ("share", "shrunken", "z", "low", "high", "far_low", "far_high")
    groups = tuple(
        Judged(
            group_id=str(group_id),
            level=_level(float(z[i])),
            **{name: float(column[i]) for name, column in zip(names, columns, strict=True)},
        )
        for i, group_id in enumerate(rows["group_id"])
    )
    spread = 0.0 if size is None else 1 / (size + 1)
    return Funnel(groups, overall, effect, spread, n_all, widens)


def design_effect(rows: pl.DataFrame) -> float:
    """How many trials count as one, from how alike those of one participant are; at least 1.

    The variance of a ratio of sums over participants, within groups, over that of as many
    independent trials. `rows`: as `funnel` takes them, groups with trials.
    """
    sums = rows.select(COLUMNS[1:]).cast(pl.Float64)
    people, trials, events, expected, rr, rn, nn = (sums[n].to_numpy() for n in sums.columns)
    own = (events - expected) / trials
    overall = events.sum() / trials.sum()
    left = people.sum() - len(people)
    by_chance = trials.sum() * overall * (1 - overall)
    if left <= 0 or by_chance == 0:
        return 1.0
    between = (rr - 2 * own * rn + own**2 * nn).sum() * people.sum() / left
    return max(1.0, float(between / by_chance))


def heterogeneity(worth: Floats, cases: Floats, overall: float) -> float | None:
    """The size M of a beta-binomial with mean `overall`, by maximum likelihood.

    Its intraclass correlation is 1 / (M + 1). None where no M describes the groups better than
    chance alone does (M without bound). Counts need not be whole.
    """

    def told(size: Floats | float) -> Floats:
        sizes = np.atleast_1d(size)[:, None]
        a, b = sizes * overall, sizes * (1 - overall)
        found = betaln(a + cases, b + worth - cases) - betaln(a, b)
        return np.asarray(found.sum(axis=1), dtype=np.float64)

    alone = float((cases * np.log(overall) + (worth - cases) * np.log1p(-overall)).sum())
    values = told(_SIZES)
    best = int(values.argmax())
    if values[best] <= alone + 1e-9 or best == len(_SIZES) - 1:
        return None
    low, high = np.log(_SIZES[max(best - 1, 0)]), np.log(_SIZES[best + 1])
    for _ in range(40):
        # Golden section: the likelihood has one hill between the neighbours of the best.
        step = (np.sqrt(5) - 1) / 2 * (high - low)
        left, right = high - step, low + step
        at_left, at_right = told(np.exp(np.array([left, right])))
        low, high = (low, right) if at_left > at_right else (left, high)
    return float(np.exp((low + high) / 2))


def shrink(worth: Floats, cases: Floats, overall: float, size: float | None) -> Floats:
    """Posterior means of the groups' shares; all are `overall` where they differ by chance."""
    if size is None:
        return np.full(len(worth), overall)
    return np.asarray((size * overall + cases) / (size + worth), dtype=np.float64)


def mid_p_score(cases: Floats, worth: Floats, share: float) -> Floats:
    """Normal scores of counts among `worth` trials of chance `share`, by the mid-p value.

    Counts and trials need not be whole: the binomial's tail is the incomplete beta function.
    """
    rest = worth - cases
    above = np.where(rest > 0, betainc(cases + 1, np.maximum(rest, _TINY), share), 0.0)
    from_here = np.where(cases > 0, betainc(np.maximum(cases, _TINY), rest + 1, share), 1.0)
    up_to = np.where(rest > 0, betaincc(cases + 1, np.maximum(rest, _TINY), share), 1.0)
    below = np.where(cases > 0, betaincc(np.maximum(cases, _TINY), rest + 1, share), 0.0)
    upper, lower = (above + from_here) / 2, (below + up_to) / 2
    upper, lower = np.maximum(upper, _TINY), np.maximum(lower, _TINY)
    return np.asarray(np.where(upper < lower, -ndtri(upper), ndtri(lower)), dtype=np.float64)


def limits(worth: Floats, share: float, chance: float) -> tuple[Floats, Floats]:
    """Shares between which a group stays with probability 1 - `chance`, where all are alike.

    0 and 1 where the group is too small to fall outside on that side.
    """
    [found] = limits_of(worth, share, (chance,))
    return found


def limits_of(
    worth: Floats, share: float, chances: Sequence[float]
) -> tuple[tuple[Floats, Floats], ...]:
    """As `limits`, for several chances at once: a root finder's steps cost more than its roots."""
    bounds = [-float(ndtri(chance / 2)) for chance in chances]
    scores = np.array([side * bound for bound in bounds for side in (-1, 1)])
    lines = _at_scores(worth, share, scores)
    return tuple((lines[2 * i], lines[2 * i + 1]) for i in range(len(bounds)))


def drawn_limits(
    found: Funnel, sizes: Floats, *chances: float
) -> tuple[tuple[Floats, Floats], ...]:
    """The limits of each chance as curves over numbers of trials, for a figure."""
    if found.overall is None or found.design_effect is None or found.spread is None:
        raise ValueError("Nothing was judged, so that there are no limits.")
    part = np.minimum(sizes / found.n_trials, 1 - 1e-9)
    spread = found.spread if found.widens else 0.0
    effective = 1 / ((1 - part) * found.design_effect / sizes + spread)
    return limits_of(effective, found.overall, chances)


def _worth(part: float, worth: float, spread: float) -> float:
    """Independent trials that a group's difference from the others is worth."""
    return float(1 / (max(1 - part, 1e-9) / worth + spread))


def _spread_without(worth: Floats, cases: Floats, left_out: int) -> float:
    """The others' own intraclass correlation."""
    kept = np.arange(len(worth)) != left_out
    overall = float(cases[kept].sum() / worth[kept].sum())
    if overall in (0.0, 1.0):
        return 0.0
    size = heterogeneity(worth[kept], cases[kept], overall)
    return 0.0 if size is None else 1 / (size + 1)


def _at_scores(worth: Floats, share: float, scores: Floats) -> Floats:
    """Shares at which groups of each size have each score, scores × sizes; 0 or 1 where none."""

    def above(cases: Floats, worth: Floats, score: Floats) -> Floats:
        return mid_p_score(cases, worth, share) - score

    sizes, wanted = np.broadcast_arrays(worth[None, :], scores[:, None])
    none, every = np.zeros(sizes.shape), sizes.copy()
    starts, ends = above(none, sizes, wanted) >= 0, above(every, sizes, wanted) <= 0
    found = np.where(starts, none, every)
    lies = ~starts & ~ends
    if lies.any():
        given = (sizes[lies], wanted[lies])
        inside = find_root(above, (none[lies], every[lies]), args=given)
        found[lies] = inside.x
    return np.asarray(found / sizes, dtype=np.float64)


def _level(score: float) -> Level:
    distance = abs(score)
    if distance > -float(ndtri(FLAG / 2)):
        return "flag"
    return "watch" if distance > -float(ndtri(WATCH / 2)) else "none"


def _nothing(n_trials: int, reason: str) -> Funnel:
    return Funnel((), None, None, None, n_trials, reason=reason)
