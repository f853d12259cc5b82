"""Small tables for sums: participants in sites, weeks missing, and a fit as numbers to compare."""

import numpy as np
import polars as pl

from models.table.answer import TableFit

SLOPE = "mood ~ week * arm + visits + (1 + week | person)"
SITE = "mood ~ week + arm + visits + (1 + week | person) + (1 | site)"


def table(
    n_people: int = 60, *, seed: int = 1, offset: float = 0.0, share_missing: float = 0.2
) -> pl.DataFrame:
    """About six weeks a person; `offset` is added to the outcome and to a continuous column."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(n_people), 6)
    week = np.tile(np.arange(6), n_people)
    site = person // 8
    arm = np.array(["app", "coach", "usual"])[rng.integers(0, 3, n_people)][person]
    visits = rng.gamma(2, 1, len(person))
    level, trend = rng.normal(0, 1, n_people), rng.normal(0, 0.2, n_people)
    mood = (
        level[person]
        + (0.1 + trend[person]) * week
        + 0.3 * (arm == "app")
        + 0.2 * visits
        + rng.normal(0, 0.4, site.max() + 1)[site]
        + rng.normal(0, 0.7, len(person))
    )
    kept = rng.random(len(person)) >= share_missing
    return pl.DataFrame(
        {
            "person": [f"p{one:03d}" for one in person],
            "site": [f"s{one}" for one in site],
            "arm": arm,
            "week": week,
            "visits": visits + offset,
            "mood": np.where(rng.random(len(person)) < 0.03, np.nan, mood + offset),
            "same": np.ones(len(person)),
        }
    ).filter(pl.Series(kept))


def numbers(fit: TableFit) -> dict[str, np.ndarray]:
    """Everything estimated, by kind; variances on the scale of standard deviations."""
    assert fit.error is None, fit.error
    return {
        "log-likelihood": np.array([fit.loglik]),
        "fixed": np.array([one.estimate for one in fit.fixed]),
        "se": np.array([one.se for one in fit.fixed]),
        "df": np.array([one.df for one in fit.fixed if one.df is not None]),
        "random": np.array([one.variance_or_covariance for one in fit.random]),
        "residual": np.array([fit.residual_variance]),
    }


def assert_same(one: TableFit, other: TableFit, *, within: float = 1e-9) -> None:
    """The same estimates, relative to the largest of their kind."""
    for name in ("n_rows", "n_rows_read", "n_groups", "rows_dropped", "singular"):
        assert getattr(one, name) == getattr(other, name), name
    left_out = [[(term.term, term.reason) for term in fit.not_estimable] for fit in (one, other)]
    assert left_out[0] == left_out[1]
    assert [row.term for row in one.fixed] == [row.term for row in other.fixed]
    first, second = numbers(one), numbers(other)
    for kind, values in first.items():
        tolerance = within * (1000 if kind == "df" else 1)
        scale = np.abs(values).max(initial=1e-300)
        difference = np.abs(values - second[kind]).max(initial=0.0)
        assert difference <= tolerance * scale, (kind, difference / scale)
