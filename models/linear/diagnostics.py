"""Do residuals and random effects look as the model says? Aggregates and plain flags, no rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from models.linear.group_sums import conditional_residuals
from models.linear.linear_fit import LinearFit
from models.panel import Floats
from models.random_terms import RandomTerm

MOST_QUANTILES = 99
MOST_BINS = 20
SMALLEST_CELL = 5
"""Values that every bin, and every gap between two quantiles, holds at least."""
HEAVY_TAILS = 1.0
"""Excess kurtosis above which tails are called heavy (the t distribution with 10 df has 1)."""
SKEWED = 1.0
SPREAD_CHANGES = 0.2
"""Spearman correlation of |residual| with the fitted value above which spread is said to change."""
PILED_UP = 0.15
"""Share of outcomes at the lowest or highest possible value that is called a floor or ceiling.
Terwee et al. (2007), J Clin Epidemiol 60:34-42. doi:10.1016/j.jclinepi.2006.03.012"""
_NOISE = 3.0
"""Standard errors that a statistic must also exceed, so that few rows raise no alarm by chance."""


@dataclass(frozen=True)
class QuantilePairs:
    """Quantiles of standardised values beside the normal ones; empty where values are few."""

    name: str
    normal: tuple[float, ...]
    observed: tuple[float, ...]
    n: int


@dataclass(frozen=True)
class FittedBins:
    """Standardised residuals in bins of the fitted values: middle, mean, SD and rows of each."""

    fitted: tuple[float, ...]
    mean: tuple[float, ...]
    sd: tuple[float, ...]
    n: tuple[int, ...]


@dataclass(frozen=True)
class Flag:
    """One condition: its statistic (None where it cannot be had), threshold and a sentence."""

    name: str
    is_raised: bool
    statistic: float | None
    threshold: float
    explanation: str


@dataclass(frozen=True)
class Diagnostics:
    """Aggregates that a page can draw, and flags for the trust card."""

    residuals: QuantilePairs
    spread: FittedBins
    random_effects: tuple[QuantilePairs, ...]
    flags: tuple[Flag, ...]

    @property
    def raised(self) -> tuple[Flag, ...]:
        """The flags that found something."""
        return tuple(flag for flag in self.flags if flag.is_raised)


def diagnostics(
    y: Floats,
    X: Floats,
    random: Sequence[RandomTerm],
    fit: LinearFit,
    *,
    bounds: tuple[float, float] | None = None,
) -> Diagnostics:
    """Check conditional residuals and predicted random effects of a fit.

    Parameters
    ----------
    y, X, random
        Outcome (n,), design (n, p) and random terms, as they were fitted.
    bounds
        Lowest and highest possible outcome; without them floor and ceiling are not looked at.
    """
    left, effects = conditional_residuals(y, X, random, fit)
    fitted = y - left
    standard = left / np.sqrt(fit.residual_variance)
    named = {
        f"{term.group}: {name}": effects[k][:, j]
        for k, term in enumerate(random)
        for j, name in enumerate(term.names)
    }
    flags = [*_shape_flags("residuals", standard), _spread_flag(standard, fitted)]
    flags += _effect_flags(named)
    if bounds is not None:
        flags += _edge_flags(y, bounds)
    return Diagnostics(
        residuals=quantile_pairs("residuals", standard),
        spread=fitted_bins(standard, fitted),
        random_effects=tuple(quantile_pairs(name, values) for name, values in named.items()),
        flags=tuple(flags),
    )


def quantile_pairs(name: str, values: Floats) -> QuantilePairs:
    """At most 99 quantiles of values in their own standard deviations."""
    k = min(MOST_QUANTILES, len(values) // SMALLEST_CELL - 1)
    spread = float(values.std())
    if k < 2 or not _varies(values):
        return QuantilePairs(name, (), (), len(values))
    probability = np.arange(1, k + 1) / (k + 1)
    observed = np.quantile((values - values.mean()) / spread, probability)
    return QuantilePairs(
        name, tuple(ndtri(probability).tolist()), tuple(observed.tolist()), len(values)
    )


def fitted_bins(standard: Floats, fitted: Floats) -> FittedBins:
    """Mean and SD of residuals in up to 20 bins of nearly equal size along the fitted values."""
    k = min(MOST_BINS, len(fitted) // SMALLEST_CELL)
    if k < 1:
        return FittedBins((), (), (), ())
    parts = np.array_split(np.argsort(fitted, kind="stable"), k)
    return FittedBins(
        fitted=tuple(float(fitted[part].mean()) for part in parts),
        mean=tuple(float(standard[part].mean()) for part in parts),
        sd=tuple(float(standard[part].std(ddof=1)) for part in parts),
        n=tuple(len(part) for part in parts),
    )


def _varies(values: Floats) -> bool:
    return float(np.ptp(values)) > 1e-9 * max(float(np.abs(values).max()), 1e-300)


def _shape_flags(what: str, values: Floats) -> list[Flag]:
    n = len(values)
    is_known = n >= 4 * SMALLEST_CELL and _varies(values)
    lean, tails = _lean_and_tails(values) if is_known else (None, None)
    return [
        _flag(
            f"{what}: heavy tails",
            tails,
            max(HEAVY_TAILS, _NOISE * np.sqrt(24 / n)),
            "a few values lie much further out than a normal distribution has them; compare the "
            "estimates with the bootstrap interval",
        ),
        _flag(
            f"{what}: skew",
            None if lean is None else abs(lean),
            max(SKEWED, _NOISE * np.sqrt(6 / n)),
            "values lean to one side; compare the estimates with the bootstrap interval or "
            "transform the outcome",
        ),
    ]


def _lean_and_tails(values: Floats) -> tuple[float, float]:
    """Skewness and excess kurtosis, of moments about the mean without any correction."""
    own = values - values.mean()
    squares = own * own
    variance = float(squares.mean())
    lean = float((squares @ own) / len(own)) / variance**1.5
    return lean, float((squares @ squares) / len(own)) / variance**2 - 3.0


def _spread_flag(standard: Floats, fitted: Floats) -> Flag:
    is_known = len(fitted) >= 4 * SMALLEST_CELL and _varies(fitted) and _varies(np.abs(standard))
    ranks = (rankdata(np.abs(standard)), rankdata(fitted))
    return _flag(
        "residuals: spread",
        abs(float(np.corrcoef(*ranks)[0, 1])) if is_known else None,
        max(SPREAD_CHANGES, _NOISE / np.sqrt(len(fitted))),
        "residuals spread more at one end of the fitted values than at the other; prefer the "
        "robust standard errors",
    )


def _effect_flags(named: Mapping[str, Floats]) -> list[Flag]:
    return [flag for name, values in named.items() for flag in _shape_flags(name, values)]


def _edge_flags(y: Floats, bounds: tuple[float, float]) -> list[Flag]:
    return [
        _flag(
            f"outcome: {name}",
            float((y <= edge).mean()) if name == "floor" else float((y >= edge).mean()),
            PILED_UP,
            f"many outcomes are at the {which} value there can be, where the model expects values "
            "beyond it; effects are then too small",
        )
        for name, which, edge in (("floor", "lowest", bounds[0]), ("ceiling", "highest", bounds[1]))
    ]


def _flag(name: str, statistic: float | None, threshold: float, finding: str) -> Flag:
    limit = float(threshold)
    if statistic is None:
        return Flag(
            name,
            is_raised=False,
            statistic=None,
            threshold=limit,
            explanation="too few values to tell",
        )
    is_raised = statistic > limit
    return Flag(name, is_raised, statistic, limit, finding if is_raised else "nothing unusual")
