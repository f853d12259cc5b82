"""Intervals that hold however often somebody looks: confidence sequences of estimates."""

from dataclasses import dataclass

import numpy as np

from models.panel import Floats

EXPECTED = 0.2
"""Size of the effect that the sequences are tightest for, in standard deviations of the outcome:
fixed for all studies, so that no data choose it."""


@dataclass(frozen=True)
class AlwaysValid:
    """Ends of an interval that covers the truth at every look together, with its coverage."""

    low: float
    high: float


def always_valid(
    estimate: float, se: float, *, expected: float, level: float = 0.95
) -> AlwaysValid:
    """The interval of one look, which holds for all looks at once.

    Parameters
    ----------
    estimate, se
        Estimate and standard error at this look, from all data so far.
    expected
        Standard deviation of the effects that are thought likely, in the estimate's units; it
        decides when the sequence is tightest, not whether it holds. Chosen before the data.
    level
        Chance that no look ever leaves the truth out.

    Notes
    -----
    The normal mixture of Robbins: with V the squared standard error and T the squared `expected`,
    half the width is the root of V (V + T) / T (2 log(1 / alpha) + log((V + T) / V)). For means it
    is the asymptotic confidence sequence of Waudby-Smith and others, for differences of two groups
    the always valid interval of Johari and others. It rests on estimates being nearly normal from
    the first look on, and on what comes later being independent of what was seen, given the past.

    References
    ----------
    Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), Ann Stat 52:2613-2640.
    doi:10.1214/24-AOS2408
    Johari, Koomen, Pekelis & Walsh (2022), Oper Res 70:1806-1821. doi:10.1287/opre.2021.2135
    """
    half = float(half_widths(np.array([se]), expected=expected, level=level)[0])
    return AlwaysValid(estimate - half, estimate + half)


def half_widths(se: Floats, *, expected: float, level: float = 0.95) -> Floats:
    """Half the width of the interval at each look (k,), from its standard errors (k,)."""
    if not (se > 0).all() or not expected > 0:
        raise ValueError("standard errors and the expected effect must be above 0")
    variance, mixed = se**2, expected**2
    total = variance + mixed
    reach = 2 * np.log(1 / (1 - level)) + np.log(total / variance)
    return np.asarray(np.sqrt(variance * total / mixed * reach))
