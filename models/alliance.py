"""Alliance on exposure within and between participants: the linear mixed model."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from models.blank import blank_result, not_converged, not_estimable
from models.design import (
    Design,
    arms_unknown,
    build_design,
    candidates,
    exposure_column,
    transformed,
)
from models.inference import (
    INNER_OUTER,
    coefficients,
    explained,
    inner_outer_df,
    variance_components,
)
from models.mixed import MixedFit, fit_mixed
from models.panel import Floats, Panel, widen
from models.results import Check, FitResult
from models.spec import ModelSpec, input_hash
from models.wording import explain_emptiness, explain_fit

COLUMNS = (
    "participant_id",
    "arm_id",
    "occasion_id",
    "weeks",
    "feature_id",
    "score",
    "n_exposures",
    "n_window_sessions",
    "exposure_rate",
    "is_covered",
)
"""What the model reads of `model_rows`; nothing else can change its result."""


@dataclass(frozen=True)
class _Engine:
    """A fit and the random part it was reached with."""

    fit: MixedFit
    Z: Floats
    warnings: tuple[str, ...]


def fit_alliance(frame: pl.DataFrame, spec: ModelSpec) -> FitResult:
    """Fit one outcome on week, arm and every feature's exposure, within and between participants.

    Parameters
    ----------
    frame
        `model_rows` of one dimension: one row per participant, occasion and feature, with
        `COLUMNS`. Scores may be null, windows uncovered: such rows are left out and counted.
        Exposure windows must end before the survey; the read that makes the frame sees to that.
    spec
        Outcome, features, arms and options.

    Returns
    -------
    FitResult
        Status 'fitted' with REML estimates; 'not_estimable' where the data cannot speak;
        'not_converged' where no two optimisers agreed, then without numbers.

    Notes
    -----
    Every participant has an own level and an own trend over weeks (correlated), or only an own
    level where the data do not bear a trend; a warning says so. All features stand in one model:
    each association is adjusted for the others. Degrees of freedom follow the inner-outer rule;
    standard errors are those of the fixed effects given the variances, as lme4's are.

    References
    ----------
    Bell, Fairbrother & Jones (2019), Qual Quant 53:1051-1074 (within and between).
    Laird & Ware (1982), Biometrics 38:963-974 (the model). doi:10.2307/2529876
    """
    panel = _analysed(frame, spec)
    result = blank_result(
        spec,
        kind="linear_mixed",
        fingerprint=input_hash(frame, COLUMNS, spec),
        panel=panel,
        window_days=spec.window_days,
    )
    if panel.rows.is_empty():
        return not_estimable(result, explain_emptiness(result.rows_lost))
    sessions = panel.rows["n_window_sessions"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    design = build_design(panel, spec, time="weeks", sessions=sessions)
    why = _too_little(panel, design)
    if why is not None:
        return not_estimable(result, why, design.not_estimable)
    engine = _fit(design)
    if engine is None:
        why = (
            f"No two optimisers agreed on a maximum ({len(panel.rows)} rows, "
            f"{panel.n_participants} participants), so no number is shown. Fewer features, or "
            "more occasions per participant, may help."
        )
        return not_converged(replace(result, not_estimable=design.not_estimable), why)
    return _filled(result, design, engine)


def _analysed(frame: pl.DataFrame, spec: ModelSpec) -> Panel:
    """One row per occasion, less what cannot be analysed; exposures on the model's scale."""
    panel = widen(
        frame,
        occasion="occasion_id",
        order="weeks",
        exposure=exposure_column(spec.transform, "n_exposures", "exposure_rate"),
        feature_ids=candidates(frame, spec),
    )
    score = panel.rows["score"].cast(pl.Float64)
    panel = panel.without("no_score", (~score.is_finite().fill_null(value=False)).to_numpy())
    covered = panel.rows["is_covered"].fill_null(value=False)
    panel = panel.without("window_not_covered", (~covered).to_numpy())
    panel = panel.without("no_time", panel.rows["weeks"].is_null().to_numpy())
    reason = "no_session_in_window" if spec.transform == "rate" else "no_exposure_record"
    panel = panel.without(reason, np.asarray(np.isnan(panel.exposures).any(axis=1)))
    panel = panel.without("no_arm", arms_unknown(panel))
    return replace(panel, exposures=transformed(panel.exposures, spec.transform))


def _too_little(panel: Panel, design: Design) -> str | None:
    score = panel.rows["score"].to_numpy()
    if score.std() == 0:
        return "Every analysed score is the same, so there is nothing to relate to exposure."
    level = np.ones((len(score), 1))
    if min(inner_outer_df(design.columns, level, design.codes)) < 1:
        return (
            f"{len(score)} rows of {panel.n_participants} participants are too few for "
            f"{len(design.columns)} terms."
        )
    return None


def _fit(design: Design) -> _Engine | None:
    """The model with own trends, else the one with own levels only, else None."""
    score = design.panel.rows["score"].to_numpy()
    level = np.ones((len(score), 1))
    week = design.column("week")
    why = "time does not vary"
    if week is not None:
        trend = np.column_stack((level, week.values))
        why = "there are too few occasions per participant for it"
        if min(inner_outer_df(design.columns, trend, design.codes)) >= 1:
            fit = fit_mixed(score, design.matrix, trend, design.codes)
            if fit is not None:
                return _Engine(fit, trend, ())
            why = "no two optimisers agreed on it"
    fit = fit_mixed(score, design.matrix, level, design.codes)
    note = (
        f"The model is simplified: participants have own levels but no own trends, because {why}. "
        "Intervals of terms that change over time may be too narrow."
    )
    return None if fit is None else _Engine(fit, level, (note,))


def _filled(result: FitResult, design: Design, engine: _Engine) -> FitResult:
    fit, Z = engine.fit, engine.Z
    df = inner_outer_df(design.columns, Z, design.codes)
    icc, marginal, conditional = explained(
        design.matrix, fit.beta, Z, fit.random_covariance, fit.residual_variance
    )
    trends = "random intercept and slope of week" if Z.shape[1] > 1 else "random intercept"
    filled = replace(
        result,
        status="fitted",
        formula=_formula(design, Z),
        is_converged=True,
        is_singular=fit.is_singular,
        log_likelihood=fit.log_likelihood,
        coefficients=coefficients(design.columns, fit.beta, fit.cov_beta, df),
        not_estimable=design.not_estimable,
        variance_components=variance_components(fit.random_covariance, fit.residual_variance),
        icc=icc,
        r2_marginal=marginal,
        r2_conditional=conditional,
        warnings=(*engine.warnings, *design.warnings, *_remarks(design, fit)),
        method=f"REML, {trends}",
        df_method=INNER_OUTER,
        se_method="model-based",
        checks=_checks(fit),
    )
    return replace(filled, explanation=explain_fit(filled))


def _formula(design: Design, Z: Floats) -> str:
    terms = ["1", *(column.term for column in design.columns if column.kind != "intercept")]
    random = "(1 + week | participant)" if Z.shape[1] > 1 else "(1 | participant)"
    return f"score ~ {' + '.join(terms)} + {random}"


def _remarks(design: Design, fit: MixedFit) -> tuple[str, ...]:
    remarks = []
    if fit.is_singular:
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
    return tuple(remarks)


def _checks(fit: MixedFit) -> tuple[Check, ...]:
    agreed = f"The same maximum was reached by {' and '.join(fit.optimisers)}."
    none = "Some combination of the random effects has no variance."
    singular = none if fit.is_singular else "All variances exceed 0."
    return (
        Check("converged", is_passed=True, explanation=agreed),
        Check("not singular", is_passed=not fit.is_singular, explanation=singular),
    )
