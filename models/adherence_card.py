"""The adherence model's result: odds ratios with their inference, second opinions, trust card."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from models import trust
from models.design import Design
from models.design_formula import formula_text
from models.generalised.checks import effect_quantiles, overdispersion
from models.generalised.explained import explained
from models.generalised.generalised_fit import GeneralisedFit
from models.generalised.influence import influence
from models.generalised.population_averaged import population_averaged
from models.generalised.residuals import binomial_residuals
from models.inference import coefficients, critical, variance_components
from models.linear.diagnostics import fitted_bins, quantile_pairs
from models.marginal import fit_marginal
from models.panel import Codes, Floats
from models.random_terms import RandomTerm
from models.reproduce import reproducing
from models.results import Check, Coefficient, Diagnostics, FitResult, Influence, Opinion
from models.wording import DF_METHODS, explain_fit

OUTCOME = "cbind(done, due - done)"
"""Left of the tilde in the formula, on the columns of the exported rows."""


@dataclass(frozen=True)
class Trials:
    """Each session due as one row: whether it was done, its participant, its week's row."""

    done: Floats
    codes: Codes
    week: Codes


@dataclass(frozen=True, eq=False)
class LogisticModel:
    """A fit, the random effects it carries, and what a reader should know of the choice.

    `done` and `due` are the sessions (n,) of each analysed week.
    """

    fit: GeneralisedFit
    random: RandomTerm
    done: Floats
    due: Floats
    remarks: tuple[str, ...]


def judged(result: FitResult, design: Design, model: LogisticModel, trials: Trials) -> FitResult:
    """The blank result filled with everything that a fitted model says, and how far to trust it."""
    fit, X = model.fit, design.matrix
    table = coefficients(
        design.columns, fit.beta, fit.cov_beta, [None] * len(fit.names), _standardised(design, fit)
    )
    marginal = _marginal(X, model)
    equations, correlation, silent = _estimating_equations(design, trials)
    shares = explained(fit, X, model.random)
    filled = replace(
        result,
        status="fitted",
        formula=formula_text(design, (model.random,), outcome=OUTCOME),
        is_converged=True,
        is_singular=fit.is_singular,
        log_likelihood=fit.log_likelihood,
        coefficients=table,
        variance_components=variance_components(fit.random, None),
        icc=shares.icc,
        r2_marginal=shares.r2_marginal,
        r2_conditional=shares.r2_conditional,
        warnings=(*model.remarks, *design.warnings, *fit.warnings, *silent),
        method=f"maximum likelihood ({fit.method}), logit link, {_effects(model)}; conditional",
        df_method=DF_METHODS["none"],
        se_method="model-based (joint Hessian)",
        working_correlation=correlation,
        n_groups=fit.n_groups,
        opinions=(*marginal, *equations),
        influence=_influence(X, model, table),
        diagnostics=_drawable(X, model),
    )
    filled = replace(
        filled,
        checks=_checks(filled, X, model),
        code=reproducing(filled, family="binomial", method=fit.method, df="none"),
    )
    return replace(filled, explanation=explain_fit(filled))


def _standardised(design: Design, fit: GeneralisedFit) -> dict[str, float | None]:
    """Log odds per standard deviation of a column; none for 0/1 columns."""
    found: dict[str, float | None] = {}
    for column, estimate in zip(design.columns, fit.beta.tolist(), strict=True):
        spread = float(column.values.std())
        is_flag = bool(np.isin(column.values, (0.0, 1.0)).all())
        found[column.term] = None if is_flag or spread == 0 else estimate * spread
    return found


def _marginal(X: Floats, model: LogisticModel) -> list[Opinion]:
    found = population_averaged(model.fit, X, model.random, trials=model.due)
    se = np.sqrt(np.diag(found.cov_beta))
    half = critical(None) * se
    numbers = np.column_stack((found.beta, se, found.beta - half, found.beta + half)).tolist()
    pairs = zip(model.fit.names, numbers, strict=True)
    return [Opinion(name, "marginal", *row) for name, row in pairs]


def _estimating_equations(
    design: Design, trials: Trials
) -> tuple[list[Opinion], float | None, tuple[str, ...]]:
    """The population-averaged fit, its working correlation, and why there is none."""
    fit = fit_marginal(trials.done, design.matrix[trials.week], trials.codes)
    if fit is None:
        return [], None, ("No second opinion (gee). The estimating equations did not settle.",)
    df = float(int(design.codes.max()) + 1 - len(design.columns))
    se = np.sqrt(np.diag(fit.cov_beta))
    half = critical(df) * se
    names = [column.term for column in design.columns]
    numbers = np.column_stack((fit.beta, se, fit.beta - half, fit.beta + half)).tolist()
    rows = [Opinion(name, "gee", *row) for name, row in zip(names, numbers, strict=True)]
    return rows, fit.working_correlation, ()


def _influence(
    X: Floats, model: LogisticModel, table: tuple[Coefficient, ...]
) -> tuple[Influence, ...]:
    moved = influence(model.fit, model.done, X, model.random, trials=model.due)
    rows = []
    for j, row in enumerate(table):
        without = row.estimate + moved[:, j]
        is_finding = row.p_value < trust.ALPHA
        lost = 2 * norm.sf(np.abs(without) / row.se) >= trust.ALPHA
        shifts = -moved[:, j] / row.se
        rows.append(
            Influence(
                term=row.term,
                group="participant",
                largest_shift=float(shifts[np.abs(shifts).argmax()]),
                n_reversing=int((without * row.estimate < 0).sum()) if is_finding else 0,
                n_losing=int(lost.sum()) if is_finding else 0,
            )
        )
    return tuple(rows)


def _drawable(X: Floats, model: LogisticModel) -> Diagnostics:
    """Quantiles of randomised residuals and of own levels, and residuals along the log odds."""
    left, chance = binomial_residuals(model.fit, model.done, X, model.random, trials=model.due)
    pairs = quantile_pairs("residuals", left)
    bins = fitted_bins(left, np.log(chance / (1 - chance)))
    level = effect_quantiles(model.fit)[0]
    return Diagnostics(
        residuals=tuple(zip(pairs.normal, pairs.observed, strict=True)),
        levels=()
        if level.standardised is None
        else tuple(zip(level.normal.tolist(), level.standardised.tolist(), strict=True)),
        by_fitted=tuple(
            (x, mean, mean - sd, mean + sd)
            for x, mean, sd in zip(bins.fitted, bins.mean, bins.sd, strict=True)
        ),
    )


def _checks(result: FitResult, X: Floats, model: LogisticModel) -> tuple[Check, ...]:
    fit = model.fit
    labels = {row.term: row.label for row in result.coefficients}
    spread = overdispersion(fit, model.done, X, model.random, trials=model.due)
    return (
        trust.converged(fit.optimisers, fit.gradient_norm),
        trust.not_singular(is_singular=fit.is_singular),
        *trust.enough_groups(result.coefficients, result.n_participants),
        trust.marginal_agrees(result.opinions, labels),
        trust.no_one_decides(result.influence, "participant", labels),
        *((trust.dispersion(spread.ratio),) if spread.is_informative else ()),
        trust.rows_kept(result),
    )


def _effects(model: LogisticModel) -> str:
    if len(model.random.names) > 1:
        return "random intercept and slope of week of participant"
    return "random intercept of participant"
