"""Runs the engines on a prepared model and lays out what they find as lme4's tables do."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from models.errors import NotEstimableError
from models.linear.fit import fit_linear
from models.linear.linear_fit import LinearFit
from models.linear.satterthwaite import satterthwaite_df
from models.panel import Floats
from models.random_terms import RandomCovariance, RandomTerm
from models.table.answer import FixedEffect, RandomEffect
from models.table.prepare import Prepared
from models.table.request import DfMethod, Request
from study.errors import UserError

if TYPE_CHECKING:
    from models.generalised.generalised_fit import GeneralisedFit

MOST_POINTS = 1000
OVERDISPERSED = 1.5
"""Pearson's chi-squared over its df above which a model of counts is called overdispersed."""
_TAIL = 0.025
_ZERO = 1e-4
"""SDs below this share of the residuals', and correlations this near to 1, are at a boundary."""


_UNIDENTIFIED = (
    "Singular fit: the data do not say how the random effects vary together, as where no group has "
    "both of two effects, so their covariance or correlation here is arbitrary. Put such effects "
    "into bars of their own, or leave some out."
)


@dataclass(frozen=True)
class Estimates:
    """What was estimated, laid out; `df_method` where it is not the one that was asked for."""

    fixed: tuple[FixedEffect, ...]
    random: tuple[RandomEffect, ...]
    residual_variance: float | None
    dispersion: float | None
    loglik: float
    n_parameters: int
    is_singular: bool
    warnings: tuple[str, ...]
    df_method: DfMethod | None = None


def estimate(prepared: Prepared, asked: Request) -> Estimates:
    """Fit a prepared model.

    Raises
    ------
    NotEstimableError, NotConvergedError
        If there is no number; the sentence says why.
    """
    if not asked.is_linear:
        return _generalised(prepared, asked)
    y = prepared.outcome.values
    if prepared.offset is not None:
        y = y - prepared.offset
    names = prepared.columns.names
    fit = fit_linear(y, prepared.X, names, prepared.random, reml=asked.method == "reml")
    if asked.df != "kr":
        return linear_estimates(fit, asked.df)
    from models.linear.kenward_roger import kenward_roger

    try:
        small = kenward_roger(y, prepared.X, prepared.random, fit)
        dfs = small.df(np.eye(len(names)))
    except NotEstimableError as error:
        if error.reason != "df":
            raise
        found = linear_estimates(fit, "satterthwaite")
        note = f"Standard errors and degrees of freedom are not Kenward and Roger's. {error}"
        return replace(found, df_method="satterthwaite", warnings=(*found.warnings, note))
    fixed = fixed_effects(names, fit.beta, small.cov_beta_adjusted, dfs)
    return replace(linear_estimates(fit, "none"), fixed=tuple(fixed))


def linear_estimates(fit: LinearFit, df: DfMethod) -> Estimates:
    """A linear fit laid out, with Satterthwaite's df or with z."""
    dfs = satterthwaite_df(fit, np.eye(len(fit.names))) if df == "satterthwaite" else None
    return Estimates(
        fixed=tuple(fixed_effects(fit.names, fit.beta, fit.cov_beta, dfs)),
        random=random_effects(fit.random),
        residual_variance=fit.residual_variance,
        dispersion=None,
        loglik=fit.log_likelihood,
        n_parameters=len(fit.beta) + len(fit.theta) + 1,
        is_singular=fit.is_singular,
        warnings=_boundary(fit.is_singular, fit.random, fit.residual_variance)
        if fit.is_identified
        else (_UNIDENTIFIED,),
    )


def _generalised(prepared: Prepared, asked: Request) -> Estimates:
    # Each engine is imported where it is used: the command starts faster.
    from models.generalised.checks import overdispersion
    from models.generalised.fit import fit_generalised

    y, X, trials, offset = (
        prepared.outcome.values,
        prepared.X,
        prepared.outcome.trials,
        prepared.offset,
    )
    random = one_term(prepared.random, asked.family)
    points = asked.nodes ** len(random.names)
    if points > MOST_POINTS:
        raise UserError(
            f"--method {asked.method}: {len(random.names)} random effects make {points:,} points "
            f"of quadrature a group, more than {MOST_POINTS:,}. Use fewer nodes, or laplace."
        )
    fit = fit_generalised(
        y,
        X,
        prepared.columns.names,
        random,
        family=asked.family,
        trials=trials,
        offset=offset,
        nodes=asked.nodes,
    )
    spread = overdispersion(fit, y, X, random, trials=trials, offset=offset)
    warnings: tuple[str, ...] = ()
    if spread.is_informative and spread.ratio > OVERDISPERSED and spread.p < 0.01:
        warnings = (_overdispersed(asked, spread.ratio),)
    return _generalised_estimates(fit, warnings)


def _overdispersed(asked: Request, ratio: float) -> str:
    remedy = {
        "poisson": "Use --family negbinomial.",
        "binomial": "Give rows an id of their own and add (1 | row) in R (see --code), or read the "
        "intervals as too narrow.",
        "negbinomial": "Look for rows or participants with extreme counts.",
    }[asked.family]
    return (
        f"Overdispersion: rows vary {ratio:.1f} times as much as a {asked.family} model allows, so "
        f"standard errors are too small. {remedy}"
    )


def _generalised_estimates(fit: "GeneralisedFit", warnings: tuple[str, ...]) -> Estimates:
    n_parameters = len(fit.beta) + len(fit.theta) + (fit.dispersion is not None)
    return Estimates(
        fixed=tuple(fixed_effects(fit.names, fit.beta, fit.cov_beta, None)),
        random=random_effects(_split(fit.random)),
        residual_variance=None,
        dispersion=fit.dispersion,
        loglik=fit.log_likelihood,
        n_parameters=n_parameters,
        is_singular=fit.is_singular,
        warnings=(*fit.warnings, *warnings),
    )


def one_term(random: Sequence[RandomTerm], family: str) -> RandomTerm:
    """The bars of one grouping factor as one term.

    Raises
    ------
    NotEstimableError
        If there are several grouping factors, or bars that do not join.
    """
    groups = list(dict.fromkeys(term.group for term in random))
    if len(groups) > 1:
        raise NotEstimableError(
            f"{family} models take one grouping factor; the formula has "
            f"{' and '.join(groups)}. Keep the one that rows of a person share and enter the other "
            "as a fixed factor, or fit it in R with glmmTMB (see --code).",
            reason="several_groups",
        )
    if len(random) == 1:
        return random[0]
    if any(len(term.names) > 1 for term in random):
        raise NotEstimableError(
            f"{family} models take one bar, or bars of one effect each. Write one bar, as in "
            f"(1 + t | {groups[0]}), or (1 + t || {groups[0]}).",
            reason="several_bars",
        )
    return RandomTerm(
        groups[0],
        tuple(name for term in random for name in term.names),
        np.column_stack([term.values for term in random]),
        random[0].codes,
        is_correlated=False,
    )


def _split(random: Sequence[RandomCovariance]) -> tuple[RandomCovariance, ...]:
    """Uncorrelated effects one by one, as lme4 shows them."""
    return tuple(
        part
        for one in random
        for part in (
            [one]
            if one.is_correlated
            else [
                RandomCovariance(one.group, (name,), one.covariance[[place]][:, [place]])
                for place, name in enumerate(one.names)
            ]
        )
    )


def fixed_effects(
    names: Sequence[str], beta: Floats, covariance: Floats, dfs: Floats | None
) -> Iterator[FixedEffect]:
    """Coefficients with Wald tests and 95 % intervals: t with `dfs` (p,), or z without."""
    errors = np.sqrt(np.diag(covariance))
    for place, name in enumerate(names):
        value, se = float(beta[place]), float(errors[place])
        statistic = value / se
        df = None if dfs is None else float(dfs[place])
        p = 2 * (ndtr(-abs(statistic)) if df is None else stdtr(df, -abs(statistic)))
        reach = -se * (ndtri(_TAIL) if df is None else stdtrit(df, _TAIL))
        low, high = value - float(reach), value + float(reach)
        yield FixedEffect(name, value, se, df, statistic, float(p), low, high)


def random_effects(random: Sequence[RandomCovariance]) -> tuple[RandomEffect, ...]:
    """Variances, then covariances, of each bar, as in lme4's data frame of `VarCorr`."""
    rows: list[RandomEffect] = []
    seen: Counter[str] = Counter()
    for one in random:
        group = one.group if not seen[one.group] else f"{one.group}.{seen[one.group]}"
        seen[one.group] += 1
        sds = np.sqrt(np.diag(one.covariance))
        for name, variance, sd in zip(one.names, np.diag(one.covariance), sds, strict=True):
            rows.append(RandomEffect(group, name, None, float(variance), float(sd)))
        for b in range(len(one.names)):
            for a in range(b + 1, len(one.names)):
                covariance = float(one.covariance[a, b])
                both = float(sds[a] * sds[b])
                correlation = covariance / both if both > 0 else None
                rows.append(
                    RandomEffect(group, one.names[b], one.names[a], covariance, correlation)
                )
    return tuple(rows)


def _boundary(
    is_singular: bool, random: Sequence[RandomCovariance], scale: float
) -> tuple[str, ...]:
    if not is_singular:
        return ()
    found = [text for one in random for text in _at_boundary(one, scale)]
    what = "; ".join(found) or "some combination of random effects has no variance"
    return (
        f"Boundary (singular) fit: {what}. The data do not support all of these random effects; "
        "consider leaving some out.",
    )


def _at_boundary(one: RandomCovariance, scale: float) -> Iterator[str]:
    sds = np.sqrt(np.diag(one.covariance))
    is_zero = sds < _ZERO * np.sqrt(scale)
    for name, zero in zip(one.names, is_zero, strict=True):
        if zero:
            yield f"the variance of {name} by {one.group} is 0"
    for b in range(len(one.names)):
        for a in range(b + 1, len(one.names)):
            if is_zero[a] or is_zero[b]:
                continue
            correlation = one.covariance[a, b] / (sds[a] * sds[b])
            if 1 - abs(correlation) < _ZERO:
                yield (
                    f"{one.names[b]} and {one.names[a]} by {one.group} correlate at "
                    f"{correlation:+.0f}"
                )
