"""The alliance model's result: estimates with their inference, second opinions, the trust card."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models import trust
from models.arm_means import arm_means
from models.design import Design
from models.design_formula import formula_text
from models.errors import NoNumberError
from models.inference import coefficients, variance_components
from models.linear.diagnostics import Diagnostics as Residuals
from models.linear.diagnostics import diagnostics
from models.linear.explained import explained, standardised_effects
from models.linear.group_sums import GroupSums, group_sums
from models.linear.influence import influence, influence_by_term
from models.linear.kenward_roger import kenward_roger
from models.linear.satterthwaite import satterthwaite_df
from models.opinions import Opinions, second_opinions
from models.panel import Floats
from models.random_part import LinearModel
from models.reproduce import reproducing
from models.results import Check, Coefficient, Diagnostics, FitResult, Influence
from models.spec import ModelSpec
from models.wording import DF_METHODS, explain_fit


def judged(
    result: FitResult, design: Design, model: LinearModel, score: Floats, spec: ModelSpec
) -> FitResult:
    """The blank result filled with everything that a fitted model says, and how far to trust it."""
    fit, X = model.fit, design.matrix
    table, df_method, notes = _table(design, model, score, spec)
    sums, unsaid = _sums(score, X, model)
    opinions = second_opinions(score, X, design.codes, model.random, fit, sums)
    shares = explained(X, model.random, fit)
    looked = diagnostics(score, X, model.random, fit)
    means, grid = arm_means(design, fit, spec.arms)
    filled = replace(
        result,
        status="fitted",
        formula=formula_text(design, model.random),
        is_converged=True,
        is_singular=fit.is_singular,
        log_likelihood=fit.log_likelihood,
        coefficients=table,
        variance_components=variance_components(fit.random, fit.residual_variance),
        icc=dict(shares.icc).get("participant"),
        r2_marginal=shares.r2_marginal,
        r2_conditional=shares.r2_conditional,
        warnings=(
            *model.remarks,
            *design.warnings,
            *notes,
            *unsaid,
            *_remarks(design, model, opinions),
        ),
        method=f"REML, {_effects(model)}",
        df_method=df_method,
        se_method="Kenward-Roger adjusted" if df_method == DF_METHODS["kr"] else "model-based",
        n_groups=fit.n_groups,
        opinions=opinions.rows,
        influence=_influence(sums, model, table),
        diagnostics=_drawable(looked),
        means=means,
        reference_grid=grid,
    )
    filled = replace(
        filled,
        checks=_checks(filled, model, looked),
        code=reproducing(filled, family="gaussian", method="reml", df=_df_code(df_method)),
    )
    return replace(filled, explanation=explain_fit(filled))


def _table(
    design: Design, model: LinearModel, score: Floats, spec: ModelSpec
) -> tuple[tuple[Coefficient, ...], str, tuple[str, ...]]:
    """The coefficients, how their degrees of freedom came about, and what to note of that."""
    fit, identity = model.fit, np.eye(len(model.fit.names))
    notes: tuple[str, ...] = ()
    cov, method = fit.cov_beta, "satterthwaite"
    df: list[float | None] = [None] * len(identity)
    try:
        df = [*satterthwaite_df(fit, identity).tolist()]
    except NoNumberError as error:
        method, notes = "none", (f"Tests rest on the normal distribution. {error}",)
    is_small = int(design.codes.max()) + 1 < trust.FEW_PARTICIPANTS
    if spec.df_method == "kr" or is_small:
        try:
            found = kenward_roger(score, design.matrix, model.random, fit)
            df = [*found.df(identity).tolist()]
            cov, method, notes = found.cov_beta_adjusted, "kr", ()
        except NoNumberError as error:
            notes = (*notes, f"Degrees of freedom are not Kenward and Roger's. {error}")
    by_part = {
        part: [c.term for c in design.columns if c.kind == part] for part in ("within", "between")
    }
    scale = standardised_effects(score, design.matrix, design.codes, fit, **by_part)
    known = {one.term: one.value for one in scale}
    rows = coefficients(design.columns, fit.beta, cov, df, known)
    return rows, DF_METHODS[method], notes


def _sums(score: Floats, X: Floats, model: LinearModel) -> tuple[GroupSums | None, tuple[str, ...]]:
    if model.sums is not None:
        return model.sums, ()
    try:
        return group_sums(score, X, model.random, model.fit), ()
    except NoNumberError as error:
        return None, (f"No participant could be left out in turn. {error}",)


def _influence(
    sums: GroupSums | None, model: LinearModel, table: Sequence[Coefficient]
) -> tuple[Influence, ...]:
    if sums is None:
        return ()
    df = [row.df for row in table]
    rows: list[Influence] = []
    levels = [(False, sums.group)]
    if sums.block != sums.group:
        levels.append((True, sums.block))
    for of_blocks, group in levels:
        try:
            found = influence(sums, of_blocks=of_blocks)
        except NoNumberError:
            # Every site is needed: none can be left out, which the count of sites says already.
            continue
        for one, row in zip(influence_by_term(found, model.fit, df=df), table, strict=True):
            is_finding = row.p_value < trust.ALPHA
            rows.append(
                Influence(
                    term=row.term,
                    group=group,
                    largest_shift=one.dfbetas,
                    n_reversing=len(one.flips_sign) if is_finding else 0,
                    n_losing=len(one.flips_significance) if is_finding else 0,
                )
            )
    return tuple(rows)


def _drawable(looked: Residuals) -> Diagnostics:
    levels = next((one for one in looked.random_effects if one.name.endswith("(Intercept)")), None)
    bins = looked.spread
    return Diagnostics(
        residuals=tuple(zip(looked.residuals.normal, looked.residuals.observed, strict=True)),
        levels=() if levels is None else tuple(zip(levels.normal, levels.observed, strict=True)),
        by_fitted=tuple(
            (x, mean, mean - sd, mean + sd)
            for x, mean, sd in zip(bins.fitted, bins.mean, bins.sd, strict=True)
        ),
    )


def _checks(result: FitResult, model: LinearModel, looked: Residuals) -> tuple[Check, ...]:
    fit = model.fit
    labels = {row.term: row.label for row in result.coefficients}
    groups = dict.fromkeys(one.group for one in result.influence)
    return (
        trust.converged(fit.optimisers, fit.gradient_norm),
        trust.not_singular(is_singular=fit.is_singular),
        *trust.enough_groups(result.coefficients, result.n_participants),
        trust.methods_agree(result.coefficients, result.opinions),
        trust.robust_errors(result.coefficients, result.opinions),
        *(trust.no_one_decides(result.influence, group, labels) for group in groups),
        *trust.shapes(looked),
        trust.rows_kept(result),
    )


def _df_code(words: str) -> str:
    return next(code for code, shown in DF_METHODS.items() if shown == words)


def _effects(model: LinearModel) -> str:
    words = []
    for term in model.random:
        names = [_EFFECT_WORDS.get(name, "slope of exposure") for name in term.names]
        words.append(f"random {' and '.join(names)} of {term.group}")
    return ", ".join(words)


_EFFECT_WORDS = {"(Intercept)": "intercept", "week": "slope of week"}


def _remarks(design: Design, model: LinearModel, opinions: Opinions) -> tuple[str, ...]:
    remarks = []
    if model.fit.is_singular:
        remarks.append(
            "The fit is singular: participants' levels, trends, or a combination of them, vary no "
            "more than chance would give. Fixed effects hold; do not read the variances and their "
            "correlation."
        )
    single = int(np.sum(np.bincount(design.codes) == 1))
    if single:
        remarks.append(
            f"{single} participants have one analysed occasion: they inform comparisons between "
            "participants only."
        )
    remarks += [f"No second opinion ({method}). {why}" for method, why in opinions.silent]
    return tuple(remarks)
