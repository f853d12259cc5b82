"""From estimates to the rows of a table: intervals, p-values, variance components."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from models.panel import Codes, Floats, first_rows
from models.random_terms import RandomCovariance
from models.results import Coefficient, VarianceComponent
from models.screen import Column

LEVEL = 0.95


def rows_left(columns: Sequence[Column], Z: Floats, codes: Codes) -> tuple[float, float]:
    """Rows and participants left once everything that varies on their level is taken out.

    Rows less the participants' own levels (and trends: columns of Z) and the terms that vary
    within; participants less the terms that vary only between. Below 1, a model has no room.

    References
    ----------
    Pinheiro & Bates (2000), Mixed-Effects Models in S and S-PLUS, section 2.4.2.
    """
    n_participants = int(codes.max()) + 1
    outer = _n_constant(np.column_stack([column.values for column in columns]), codes)
    products = np.zeros((n_participants, Z.shape[1], Z.shape[1]))
    np.add.at(products, codes, Z[:, :, None] * Z[:, None, :])
    taken_out = int(np.linalg.matrix_rank(products, hermitian=True).sum())
    shared = 1 if Z.shape[1] > 1 else 0
    inner = len(codes) - taken_out - (len(columns) - outer) + shared
    return float(inner), float(n_participants - outer)


def _n_constant(values: Floats, codes: Codes) -> int:
    """How many columns (n, p) never change for any participant."""
    first = values[first_rows(codes)]
    slack = 1e-12 * (1 + np.abs(first).max(axis=0))
    return int((np.abs(values - first[codes]) <= slack).all(axis=0).sum())


def coefficients(
    columns: Sequence[Column],
    beta: Floats,
    cov_beta: Floats,
    df: Sequence[float | None],
    standardised: Mapping[str, float | None] | None = None,
) -> tuple[Coefficient, ...]:
    """Estimates with 95 % intervals and two-sided p-values, one per column.

    Without degrees of freedom (None) a row rests on the normal distribution.
    """
    scale = standardised or {}
    se = np.sqrt(np.diag(cov_beta))
    return tuple(
        _coefficient(column, estimate, error, own, scale.get(column.term))
        for column, estimate, error, own in zip(
            columns, beta.tolist(), se.tolist(), df, strict=True
        )
    )


def _coefficient(
    column: Column, estimate: float, se: float, df: float | None, standardised: float | None
) -> Coefficient:
    half = critical(df) * se
    statistic = estimate / se
    tail = ndtr(-abs(statistic)) if df is None else stdtr(df, -abs(statistic))
    return Coefficient(
        term=column.term,
        label=column.label,
        kind=column.kind,
        feature_id=column.feature_id,
        estimate=estimate,
        se=se,
        ci_low=estimate - half,
        ci_high=estimate + half,
        statistic=statistic,
        df=df,
        p_value=float(2 * tail),
        standardised=standardised,
        unit=column.unit,
    )


def critical(df: float | None, level: float = LEVEL) -> float:
    """Half the width of an interval in standard errors."""
    upper = 0.5 + level / 2
    return float(ndtri(upper) if df is None else stdtrit(df, upper))


def variance_components(
    random: Sequence[RandomCovariance], residual: float | None
) -> tuple[VarianceComponent, ...]:
    """Per term its variances, then its covariances; the residual variance last.

    A variance of 0 leaves the correlation undefined: None. Uncorrelated effects have no covariance.
    """
    rows = []
    for part in random:
        size = range(len(part.names))
        rows += [_variance(part, i) for i in size]
        if part.is_correlated:
            rows += [_covariance(part, i, j) for i in size for j in size if i < j]
    if residual is not None:
        rows.append(VarianceComponent("residual", None, None, residual, _root(residual)))
    return tuple(rows)


def _variance(part: RandomCovariance, i: int) -> VarianceComponent:
    value = float(part.covariance[i, i])
    return VarianceComponent(part.group, _plain(part.names[i]), None, value, _root(value))


def _covariance(part: RandomCovariance, i: int, j: int) -> VarianceComponent:
    value = float(part.covariance[i, j])
    spread = float(np.sqrt(part.covariance[i, i] * part.covariance[j, j]))
    correlation = value / spread if spread > 0 else None
    names = _plain(part.names[i]), _plain(part.names[j])
    return VarianceComponent(part.group, *names, value, correlation)


def _plain(name: str) -> str:
    return "intercept" if name == "(Intercept)" else name


def _root(variance: float) -> float:
    return float(np.sqrt(max(variance, 0.0)))
