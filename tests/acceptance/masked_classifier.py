"""Guessing arms from everything that a build's file holds of each participant.

Every table with a participant_id becomes columns of one row a participant: how many rows there are,
and sums, least and greatest values and gaps of all that can be counted, over all rows and for each
value of what tells rows apart (feature, week, status, ...). Nothing is chosen by hand, so a table or
column that is added later is looked at too.

Classifiers are such that their guesses are sums over the labels of others: guesses for hundreds of
permuted labels then cost little more than for the true ones.
"""

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from warehouse.connect import open_mart

KEYS = (
    "feature_id",
    "stage",
    "kind",
    "status",
    "step",
    "study_week",
    "dimension_id",
    "instrument_id",
    "scale_id",
    "survey_id",
    "definition_id",
    "variant_id",
    "item_id",
    "withdrawal_kind",
    "site_id",
    "cohort",
    "is_late",
    "window_days",
)
MOST_VALUES = 60
N_FOLDS = 10
Matrix = np.ndarray


def tables_of_participants(path: Path) -> dict[str, pl.DataFrame]:
    """Every table of a build that has a participant_id."""
    con = open_mart(path)
    try:
        names = [row[0] for row in con.sql("show tables").fetchall()]
        frames = {name: con.table(name).pl() for name in names}
    finally:
        con.close()
    return {name: frame for name, frame in frames.items() if "participant_id" in frame.columns}


def columns_of(frames: dict[str, pl.DataFrame]) -> tuple[list[str], list[str], Matrix]:
    """Participants, names of columns, and what is known of each: (participants x columns)."""
    people = frames["fct_participants"].select("participant_id", "day_zero").sort("participant_id")
    wide = people.select("participant_id")
    for name, frame in sorted(frames.items()):
        told = _relative(frame, people)
        groups: list[tuple[str, ...]] = [(), *((key,) for key in KEYS if key in frame.columns)]
        if "feature_id" in frame.columns and "study_week" in frame.columns:
            groups.append(("feature_id", "study_week"))
        if "kind" in frame.columns and "status" in frame.columns:
            groups.append(("kind", "status"))
        for keys in groups:
            wide = wide.join(_summed(told, name, keys), on="participant_id", how="left")
    names = [column for column in wide.columns if column != "participant_id"]
    values = wide.select(names).to_numpy().astype(np.float64)
    return wide["participant_id"].to_list(), names, values


def _relative(frame: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Times as days since day 0, truth values as numbers, texts only where they tell rows apart."""
    joined = frame.join(people.rename({"day_zero": "_zero"}), on="participant_id", how="left")
    columns = []
    for column, kind in frame.schema.items():
        if column == "participant_id":
            continue
        if kind in (pl.Date, pl.Datetime("us")):
            days = pl.col(column).cast(pl.Datetime("us")) - pl.col("_zero").cast(pl.Datetime("us"))
            columns.append((days.dt.total_seconds() / 86400).alias(column))
            if frame.height == people.height:
                since = pl.col(column).cast(pl.Datetime("us")).dt.epoch("s") / 86400
                columns.append(since.alias(f"{column}@"))
        elif kind == pl.Boolean or kind.is_numeric():
            columns.append(pl.col(column).cast(pl.Float64))
    times = [name for name, kind in frame.schema.items() if kind == pl.Datetime("us")]
    for first, second in itertools.combinations(times, 2):
        seconds = (pl.col(second) - pl.col(first)).dt.total_seconds().cast(pl.Float64)
        columns.append(seconds.alias(f"{second}-{first}"))
    kept = [pl.col(key).cast(pl.String).alias(f"key:{key}") for key in KEYS if key in frame.columns]
    return joined.select("participant_id", *kept, *columns)


def _summed(told: pl.DataFrame, table: str, keys: tuple[str, ...]) -> pl.DataFrame:
    numbers = [
        name for name in told.columns if name != "participant_id" and not name.startswith("key:")
    ]
    by = [f"key:{key}" for key in keys]
    if keys and told.select(by).n_unique() > MOST_VALUES * len(keys) ** 2:
        return told.select("participant_id").unique()
    # One time-consuming pass a grouping; few kinds of sum for the finer ones.
    kinds = [pl.len().cast(pl.Float64).alias("n")]
    for name in numbers:
        kinds.append(pl.col(name).sum().alias(f"{name}.sum"))
        if len(keys) < 2:
            kinds.append(pl.col(name).mean().alias(f"{name}.mean"))
        if not keys:
            kinds += [
                pl.col(name).min().alias(f"{name}.min"),
                pl.col(name).max().alias(f"{name}.max"),
                pl.col(name).std().alias(f"{name}.sd"),
                pl.col(name).is_null().mean().alias(f"{name}.gaps"),
                pl.col(name).n_unique().cast(pl.Float64).alias(f"{name}.distinct"),
            ]
    grouped = told.group_by(["participant_id", *by]).agg(kinds)
    values = [name for name in grouped.columns if name not in {"participant_id", *by}]
    if not by:
        return grouped.rename({name: f"{table}.{name}" for name in values})
    label = pl.concat_str([pl.col(one).fill_null("none") for one in by], separator="+").alias(
        "_key"
    )
    pivoted = grouped.with_columns(label).pivot(
        on="_key", index="participant_id", values=values, aggregate_function="first"
    )
    prefix = f"{table}[{'+'.join(keys)}]"
    return pivoted.rename(
        {name: f"{prefix}{name}" for name in pivoted.columns if name != "participant_id"}
    )


@dataclass(frozen=True)
class Guess:
    """How often guesses were right, and how often for labels dealt out anew at random."""

    accuracy: float
    null: Matrix

    @property
    def limit(self) -> float:
        """The 99th percentile of the permuted labels."""
        return float(np.quantile(self.null, 0.99))


def prepared(values: Matrix) -> Matrix:
    """Gaps become a column of their own and the column's mean; constant and equal columns go."""
    gaps = np.isnan(values)
    some = ~gaps.all(axis=0)
    values, gaps = values[:, some], gaps[:, some]
    filled = np.where(gaps, np.nanmean(values, axis=0), values)
    both = np.hstack([filled, gaps.astype(np.float64)])
    spread = both.std(axis=0)
    both = both[:, spread > 1e-9]
    scaled = (both - both.mean(axis=0)) / both.std(axis=0)
    first: dict[bytes, int] = {}
    for place, column in enumerate((np.round(scaled, 6) + 0.0).T):  # No -0.
        first.setdefault(column.tobytes(), place)
    return scaled[:, list(first.values())]


def guesses(values: Matrix, labels: Matrix, *, n_permutations: int, seed: int) -> dict[str, Guess]:
    """What each classifier makes of the columns, cross-validated, and of permuted labels.

    Parameters
    ----------
    values
        (participants x columns), scaled.
    labels
        The arm of each participant, as whole numbers from 0.
    """
    rng = np.random.default_rng(seed)
    truth = np.vstack([labels, *(rng.permutation(labels) for _ in range(n_permutations))])
    n_arms = int(labels.max()) + 1
    folds = rng.permutation(np.arange(len(labels)) % N_FOLDS)
    scored = {}
    for name, votes in (("ridge", _ridge), ("neighbours", _neighbours), ("stumps", _stumps)):
        right = np.zeros(truth.shape)
        for fold in range(N_FOLDS):
            train, test = folds != fold, folds == fold
            votes_for = votes(values[train], values[test], truth[:, train], n_arms)
            right[:, test] = votes_for.argmax(axis=2) == truth[:, test]
        accuracies = right.mean(axis=1)
        scored[name] = Guess(float(accuracies[0]), accuracies[1:])
    return scored


def _one_hot(labels: Matrix, n_arms: int) -> Matrix:
    """(permutations x participants x arms), less each arm's share."""
    hot = (labels[:, :, None] == np.arange(n_arms)).astype(np.float64)
    centred: Matrix = hot - hot.mean(axis=1, keepdims=True)
    return centred


def _ridge(train: Matrix, test: Matrix, labels: Matrix, n_arms: int) -> Matrix:
    """Least squares of the arms' indicators, with a penalty of a tenth of what a participant weighs."""
    kernel = train @ train.T
    penalty = 0.1 * np.trace(kernel) / len(train)
    weights = np.linalg.solve(kernel + penalty * np.eye(len(train)), train @ test.T)
    voted: Matrix = np.einsum("ij,pia->pja", weights, _one_hot(labels, n_arms))
    return voted


def _neighbours(train: Matrix, test: Matrix, labels: Matrix, n_arms: int, k: int = 15) -> Matrix:
    """The arms of the k nearest participants."""
    squared = (test**2).sum(1)[:, None] - 2 * test @ train.T + (train**2).sum(1)[None, :]
    nearest = np.argsort(squared, axis=1)[:, :k]
    voted: Matrix = _one_hot(labels, n_arms)[:, nearest, :].sum(axis=2)
    return voted


def _stumps(train: Matrix, test: Matrix, labels: Matrix, n_arms: int, kept: int = 20) -> Matrix:
    """The columns that, cut once, tell the most in training; each votes by shares on its side."""
    cuts = np.quantile(train, (0.1, 0.25, 0.5, 0.75, 0.9), axis=0)
    sides = np.hstack([train > cut for cut in cuts]).astype(np.float32)
    other = np.hstack([test > cut for cut in cuts]).astype(np.float32)
    n_above = sides.sum(axis=0)
    usable = (n_above >= 8) & (n_above <= len(train) - 8)
    sides, other, n_above = sides[:, usable], other[:, usable], n_above[usable]
    voted = np.zeros((len(labels), len(test), n_arms))
    hot = _one_hot(labels, n_arms).astype(np.float32)
    # (columns x permutations x arms), of all permutations at once.
    told = (sides.T @ hot.transpose(1, 0, 2).reshape(len(train), -1)).reshape(-1, *voted.shape[::2])
    weight = 1 / n_above + 1 / (len(train) - n_above)
    for place in range(len(labels)):
        above = told[:, place]  # centred: below is its negative
        best = np.argpartition((above**2).sum(1) * -weight, kept)[:kept]
        up, down = (
            above[best] / n_above[best, None],
            -above[best] / (len(train) - n_above[best, None]),
        )
        voted[place] = other[:, best] @ up + (1 - other[:, best]) @ down
    return voted


def telling_columns(
    values: Matrix, labels: Matrix, *, n_permutations: int, seed: int
) -> tuple[Matrix, float]:
    """For each column its chi-square-like statistic of ranks by arm, and the 99th percentile of the
    greatest such statistic of all columns under permuted labels."""
    rng = np.random.default_rng(seed)
    ranks = np.argsort(np.argsort(values, axis=0, kind="stable"), axis=0).astype(np.float64)
    for column in range(values.shape[1]):
        _, inverse = np.unique(values[:, column], return_inverse=True)
        ranks[:, column] = (np.bincount(inverse, ranks[:, column]) / np.bincount(inverse))[inverse]
    ranks = (ranks - ranks.mean(0)) / ranks.std(0)
    n_arms = int(labels.max()) + 1

    def statistic(given: Matrix) -> Matrix:
        hot = (given[:, None] == np.arange(n_arms)).astype(np.float64)
        means = ranks.T @ hot / hot.sum(0)
        summed: Matrix = (means**2 * hot.sum(0)).sum(1)
        return summed

    greatest = [statistic(rng.permutation(labels)).max() for _ in range(n_permutations)]
    return statistic(labels), float(np.quantile(greatest, 0.99))
