"""Adjusted p-values, and which tests share a family."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.results import Adjustment, Coefficient, FitResult

Method = Literal["bh", "holm"]
Floats = NDArray[np.float64]


def benjamini_hochberg(p_values: Sequence[float]) -> Floats:
    """Adjusted p-values that bound the false discovery rate (exploration), in the given order.

    References
    ----------
    Benjamini & Hochberg (1995), J R Stat Soc B 57:289-300.
    """
    p, order = _sorted(p_values)
    n = len(p)
    raised = p * n / np.arange(1, n + 1)
    return _restored(np.minimum.accumulate(raised[::-1])[::-1], order)


def holm(p_values: Sequence[float]) -> Floats:
    """Adjusted p-values that bound the chance of any false claim (declared families), in order.

    References
    ----------
    Holm (1979), Scand J Stat 6:65-70.
    """
    p, order = _sorted(p_values)
    n = len(p)
    return _restored(np.maximum.accumulate(p * (n - np.arange(n))), order)


def adjust_family(
    results: Iterable[FitResult],
    *,
    family: str,
    method: Method = "bh",
    terms: Collection[str] | None = None,
) -> list[FitResult]:
    """The results with `p_adjusted` on the terms of one family of tests, and on no other term.

    Parameters
    ----------
    family
        What the family is, in words.
    method
        'bh' for exploration, 'holm' for a declared family.
    terms
        The family's terms; None for every within-person term of a feature.

    Notes
    -----
    A term that is not estimable is no test and does not count. Earlier adjustments are replaced.
    """
    given = list(results)
    places = [
        (i, j)
        for i, result in enumerate(given)
        for j, row in enumerate(result.coefficients)
        if (row.term in terms if terms is not None else _is_within_feature(row))
    ]
    adjust = benjamini_hochberg if method == "bh" else holm
    adjusted = adjust([given[i].coefficients[j].p_value for i, j in places])
    new = {place: float(value) for place, value in zip(places, adjusted, strict=True)}
    note = Adjustment(method=method, family_size=len(places), family=family)
    return [
        replace(
            result,
            adjustment=note if places else None,
            coefficients=tuple(
                replace(row, p_adjusted=new.get((i, j)))
                for j, row in enumerate(result.coefficients)
            ),
        )
        for i, result in enumerate(given)
    ]


def _is_within_feature(row: Coefficient) -> bool:
    return row.kind == "within" and row.feature_id is not None


def _sorted(p_values: Sequence[float]) -> tuple[Floats, NDArray[np.intp]]:
    p = np.asarray(p_values, dtype=np.float64)
    if not np.all((p >= 0) & (p <= 1)):
        raise ValueError("p-values lie between 0 and 1")
    order = np.argsort(p, kind="stable")
    return p[order], order


def _restored(adjusted: Floats, order: NDArray[np.intp]) -> Floats:
    out = np.empty_like(adjusted)
    out[order] = np.minimum(adjusted, 1)
    return out
