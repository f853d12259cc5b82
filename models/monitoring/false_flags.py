"""How often groups are flagged that differ by chance alone: by simulation.

Participants of a trial have a chance each of missing what is due (beta distributed, the same for
every site and month), so that one participant's surveys are alike. Every flag is then a false one.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.monitoring.funnel import funnel


@dataclass(frozen=True)
class Trial:
    """A trial without differences between its groups.

    `share` of what is due is missed; `correlation` is that of two surveys of one participant.
    Participants are dealt to groups by `parts`, each with 1 to `most_due` surveys due.
    """

    n_participants: int = 270
    parts: tuple[float, ...] = (0.65, 0.35)
    share: float = 0.2
    correlation: float = 0.2
    most_due: int = 15


@dataclass(frozen=True)
class Rates:
    """Shares of groups outside 95 % and outside 99.8 % limits, of `n_groups` judged.

    `naive_watch` and `naive_flag` are those of a funnel that takes every survey to be independent.
    """

    watch: float
    flag: float
    naive_watch: float
    naive_flag: float
    n_groups: int


def false_flag_rates(trial: Trial, n_trials: int, seed: int) -> Rates:
    """How often groups lie outside the limits in trials without differences."""
    rng = np.random.default_rng(seed)
    levels: list[str] = []
    naive: list[str] = []
    for _ in range(n_trials):
        counts = simulate(trial, rng)
        levels += [one.level for one in funnel(counts).groups]
        naive += [one.level for one in funnel(counts, is_clustered=False).groups]
    return Rates(
        watch=_outside(levels, "watch", "flag"),
        flag=_outside(levels, "flag"),
        naive_watch=_outside(naive, "watch", "flag"),
        naive_flag=_outside(naive, "flag"),
        n_groups=len(levels),
    )


def repeated_looks(trial: Trial, n_looks: int, n_trials: int, seed: int) -> tuple[float, float]:
    """Share of trials with any group outside 95 %, and outside 99.8 %, at any of several looks.

    Surveys come in from look to look, so that looks are alike: twelve looks are not twelve chances.
    """
    rng = np.random.default_rng(seed)
    watched = flagged = 0
    for _ in range(n_trials):
        people = _people(trial, rng)
        order = np.array([rng.permutation(trial.most_due) for _ in range(trial.n_participants)])
        missed = rng.random((trial.n_participants, trial.most_due)) < people["chance"][:, None]
        levels: set[str] = set()
        for look in range(1, n_looks + 1):
            seen = order < trial.most_due * look / n_looks
            counts = _counts(people["group"], (missed & seen).sum(axis=1), seen.sum(axis=1))
            levels |= {one.level for one in funnel(counts).groups}
        watched += bool(levels - {"none"})
        flagged += "flag" in levels
    return watched / n_trials, flagged / n_trials


def simulate(trial: Trial, rng: np.random.Generator) -> pl.DataFrame:
    """Counts by group, as `models.monitoring.funnel.funnel` takes them."""
    people = _people(trial, rng)
    due = rng.integers(1, trial.most_due + 1, trial.n_participants)
    return _counts(people["group"], rng.binomial(due, people["chance"]), due)


def _people(trial: Trial, rng: np.random.Generator) -> dict[str, np.ndarray]:
    size = 1 / trial.correlation - 1
    parts = np.array(trial.parts) / sum(trial.parts)
    return {
        "chance": rng.beta(trial.share * size, (1 - trial.share) * size, trial.n_participants),
        "group": rng.choice(len(parts), trial.n_participants, p=parts),
    }


def _counts(group: np.ndarray, missed: np.ndarray, due: np.ndarray) -> pl.DataFrame:
    people = pl.DataFrame({"group": group, "y": missed, "n": due}).filter(pl.col("n") > 0)
    usual = float(people["y"].sum()) / float(people["n"].sum())
    rest = pl.col("y") - usual * pl.col("n")
    return people.group_by(group_id=pl.format("g{}", "group")).agg(
        n_participants=pl.len(),
        n_trials=pl.col("n").sum(),
        n_events=pl.col("y").sum(),
        n_expected=(usual * pl.col("n")).sum(),
        sum_rest_squared=(rest * rest).sum(),
        sum_rest_trials=(rest * pl.col("n")).sum(),
        sum_trials_squared=(pl.col("n").cast(pl.Float64) ** 2).sum(),
    )


def _outside(levels: list[str], *which: str) -> float:
    return sum(level in which for level in levels) / len(levels) if levels else 0.0
