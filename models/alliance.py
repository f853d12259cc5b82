"""Alliance on exposure within and between participants: the linear mixed model."""

import time
from dataclasses import replace

import numpy as np
import polars as pl

from models.alliance_card import judged
from models.blank import blank_result, not_converged, not_estimable
from models.design import (
    Design,
    arms_unknown,
    build_design,
    candidates,
    covariates_unknown,
    exposure_column,
    moderator_unknown,
    sites_unknown,
    transformed,
)
from models.design_formula import analysed_frame
from models.errors import NotConvergedError, NotEstimableError
from models.inference import rows_left
from models.panel import Floats, Panel, widen
from models.random_part import fit_with_chosen_effects
from models.results import FitResult
from models.spec import ModelSpec, input_hash
from models.wording import explain_emptiness

COLUMNS = (
    "participant_id",
    "arm_id",
    "occasion_id",
    "weeks",
    "feature_id",
    "score",
    "previous_score",
    "n_exposures",
    "n_window_sessions",
    "exposure_rate",
    "is_covered",
)
"""What the model reads of `model_rows`, besides what `spec` asks; nothing else can change it."""


def fit_alliance(frame: pl.DataFrame, spec: ModelSpec) -> FitResult:
    """Fit one outcome on week, arm and every feature's exposure, within and between participants.

    Parameters
    ----------
    frame
        `model_rows` of one dimension: one row per participant, occasion and feature, with
        `COLUMNS` and what `spec` asks. Scores may be null, windows uncovered: such rows are left
        out and counted. Exposure windows must end before the survey; the read sees to that.
    spec
        Outcome, features, arms and options.

    Returns
    -------
    FitResult
        Status 'fitted' with REML estimates and its trust card; 'not_estimable' where the data
        cannot speak; 'not_converged' where no two optimisers agreed, then without numbers.

    Notes
    -----
    Every participant has an own level and an own trend over weeks (correlated), sites an own level
    where there are enough, and an exposure an own slope where the data ask for it; see
    `models.random_part`. All features stand in one model: each association is adjusted for the
    others. Standard errors are those of the fixed effects given the variances, as lme4's are, with
    Satterthwaite's degrees of freedom, or Kenward and Roger's where the preset asks for them.

    References
    ----------
    Bell, Fairbrother & Jones (2019), Qual Quant 53:1051-1074. doi:10.1007/s11135-018-0802-x
    Laird & Ware (1982), Biometrics 38:963-974. doi:10.2307/2529876
    """
    began = time.perf_counter()
    panel = analysed(frame, spec)
    result = blank_result(
        spec,
        kind="linear_mixed",
        fingerprint=input_hash(frame, COLUMNS, spec),
        panel=panel,
        window_days=spec.window_days,
    )
    if panel.rows.is_empty():
        return not_estimable(result, explain_emptiness(result.rows_lost))
    design = alliance_design(panel, spec)
    result = replace(result, not_estimable=design.not_estimable)
    why = too_little(panel, design)
    if why is not None:
        return not_estimable(result, why, design.not_estimable)
    score = panel.rows["score"].cast(pl.Float64).to_numpy()
    try:
        model = fit_with_chosen_effects(score, design)
    except NotEstimableError as error:
        return not_estimable(result, str(error), design.not_estimable)
    except NotConvergedError:
        return not_converged(result, _no_agreement(panel))
    filled = judged(result, design, model, score, spec)
    return replace(filled, seconds=round(time.perf_counter() - began, 3))


def analysed(frame: pl.DataFrame, spec: ModelSpec) -> Panel:
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
    panel = panel.without("no_covariate", covariates_unknown(panel, spec))
    panel = panel.without("no_moderator", moderator_unknown(panel, spec))
    panel = panel.without("no_site", sites_unknown(panel, spec))
    return replace(panel, exposures=transformed(panel.exposures, spec.transform))


def alliance_design(panel: Panel, spec: ModelSpec) -> Design:
    """The design of an analysed panel."""
    return build_design(
        panel,
        spec,
        time="weeks",
        sessions=_numbers(panel, "n_window_sessions"),
        previous=_numbers(panel, "previous_score"),
    )


def analysed_rows(frame: pl.DataFrame, spec: ModelSpec) -> pl.DataFrame:
    """The rows behind a result, in columns that its formula and other programs take.

    Empty where no row can be analysed.
    """
    panel = analysed(frame, spec)
    return pl.DataFrame() if panel.rows.is_empty() else analysed_frame(alliance_design(panel, spec))


def _numbers(panel: Panel, name: str) -> Floats:
    return panel.rows[name].cast(pl.Float64).fill_null(np.nan).to_numpy()


def too_little(panel: Panel, design: Design) -> str | None:
    """Why the rows are too few, or too alike, for the design; None where they are not."""
    score = panel.rows["score"].to_numpy()
    if score.std() == 0:
        return "Every analysed score is the same, so there is nothing to relate to exposure."
    level = np.ones((len(score), 1))
    if min(rows_left(design.columns, level, design.codes)) < 1:
        return (
            f"{len(score)} rows of {panel.n_participants} participants are too few for "
            f"{len(design.columns)} terms."
        )
    return None


def _no_agreement(panel: Panel) -> str:
    return (
        f"No two optimisers agreed on a maximum ({len(panel.rows)} rows, "
        f"{panel.n_participants} participants), so no number is shown. Fewer features, or "
        "more occasions per participant, may help."
    )
