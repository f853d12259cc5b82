"""From estimates to the rows of a table: intervals, p-values, df, explained share."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import t as student

from models.panel import Codes, Floats
from models.results import Coefficient, VarianceComponent
from models.screen import Column

INNER_OUTER = "inner-outer"
"""A term that varies within participants has the rows left after all participants' own levels (and
trends) are taken out; one that varies only between them has participants less such terms."""


def inner_outer_df(columns: Sequence[Column], Z: Floats, codes: Codes) -> tuple[float, ...]:
    """Degrees of freedom per column by the containment rule, as nlme and SAS state it.

    Exact in balanced designs. The week's own df are participants less one where each participant
    has an own trend (Z has two columns), else those of a within term.

    References
    ----------
    Pinheiro & Bates (2000), Mixed-Effects Models in S and S-PLUS, section 2.4.2.
    """
    n_participants = int(codes.max()) + 1
    has_trend = Z.shape[1] > 1
    outer = {"intercept", "arm", "between"}
    n_outer = sum(column.kind in outer for column in columns)
    n_inner = sum(column.kind == "within" or column.kind == "week" for column in columns)
    products = np.zeros((n_participants, Z.shape[1], Z.shape[1]))
    np.add.at(products, codes, Z[:, :, None] * Z[:, None, :])
    taken_out = int(np.linalg.matrix_rank(products, hermitian=True).sum())
    inner = len(codes) - taken_out - n_inner + (1 if has_trend else 0)
    between, trend = n_participants - n_outer, n_participants - 1

    def df(column: Column) -> float:
        if column.kind in outer:
            return float(between)
        return float(trend if column.kind == "week" and has_trend else inner)

    return tuple(df(column) for column in columns)


def coefficients(
    columns: Sequence[Column],
    beta: Floats,
    cov_beta: Floats,
    df: Sequence[float],
    *,
    level: float = 0.95,
) -> tuple[Coefficient, ...]:
    """Estimates with t intervals and two-sided p-values, one per column."""
    se = np.sqrt(np.diag(cov_beta))
    rows = zip(columns, beta.tolist(), se.tolist(), df, strict=True)
    return tuple(_coefficient(*row, level=level) for row in rows)


def _coefficient(
    column: Column, estimate: float, se: float, df: float, *, level: float
) -> Coefficient:
    half = float(student.ppf(0.5 + level / 2, df)) * se
    statistic = estimate / se
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
        p_value=float(2 * student.sf(abs(statistic), df)),
    )


def variance_components(random: Floats, residual: float) -> tuple[VarianceComponent, ...]:
    """Variances of level (and trend), their covariance, and the residual variance."""
    names = ("intercept", "week")[: len(random)]
    rows = [
        VarianceComponent("participant", name, None, float(random[i, i]), _root(random[i, i]))
        for i, name in enumerate(names)
    ]
    if len(names) == 2:
        spread = float(np.sqrt(random[0, 0] * random[1, 1]))
        correlation = float(random[0, 1]) / spread if spread > 0 else None
        rows.append(VarianceComponent("participant", *names, float(random[0, 1]), correlation))
    rows.append(VarianceComponent("residual", None, None, residual, _root(residual)))
    return tuple(rows)


def explained(
    X: Floats, beta: Floats, Z: Floats, random: Floats, residual: float
) -> tuple[float, float, float]:
    """ICC at the mean week, and the marginal and conditional R2.

    References
    ----------
    Nakagawa & Schielzeth (2013), Methods Ecol Evol 4:133-142; with random slopes Johnson (2014),
    Methods Ecol Evol 5:944-946.
    """
    fixed = float(np.var(X @ beta))
    between = float(np.einsum("ni,ij,nj->n", Z, random, Z).mean())
    total = fixed + between + residual
    icc = float(random[0, 0]) / (float(random[0, 0]) + residual)
    return icc, fixed / total, (fixed + between) / total


def _root(variance: float) -> float:
    return float(np.sqrt(max(variance, 0.0)))
