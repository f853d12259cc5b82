"""Weekly adherence on earlier exposure and alliance: the logistic mixed model."""

import time
from dataclasses import replace

import numpy as np
import polars as pl

from models.adherence_card import LogisticModel, Trials, judged
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
from models.errors import NoNumberError, NotEstimableError
from models.generalised.fit import fit_generalised
from models.panel import Codes, Floats, Panel, widen
from models.random_terms import RandomTerm
from models.results import FitResult, NotEstimable
from models.screen import Column, Predictor
from models.separation import separating_columns
from models.spec import ModelSpec, input_hash
from models.wording import REASONS, explain_emptiness

COLUMNS = (
    "participant_id",
    "arm_id",
    "study_week",
    "due_sessions",
    "done_sessions",
    "feature_id",
    "n_exposures_lag",
    "n_sessions_lag",
    "exposure_rate_lag",
    "n_sessions_before",
    "alliance_lag",
    "is_complete_week",
)
"""What the model reads of `model_weeks`, besides what `spec` asks; nothing else can change it."""

NODES = 9
"""Quadrature nodes where participants have one random effect; with two, Laplace's approximation."""
_FEATURE_PARTS = ("within", "between", "moderation")


def fit_weekly_adherence(frame: pl.DataFrame, spec: ModelSpec) -> FitResult:
    """Fit sessions done of sessions due on the exposure and alliance that came before the week.

    Parameters
    ----------
    frame
        `model_weeks`: one row per participant, study week and feature, with `COLUMNS` and what
        `spec` asks. Weeks without a session due, weeks not over, and weeks before the first
        exposure or alliance are left out and counted.
    spec
        Features, arms and options.

    Returns
    -------
    FitResult
        `n_rows` counts participant-weeks. Coefficients are conditional log odds ratios: those of
        one participant. The marginal ones, and those of estimating equations, are opinions.

    Notes
    -----
    Done of due is binomial; every participant has an own level and an own trend of the log odds, or
    an own level where no two optimisers agree on the trend, or it has no variance. Maximum
    likelihood, by adaptive Gauss-Hermite quadrature for one random effect and Laplace's
    approximation for two; tests refer to the normal distribution. Alliance is centred like the
    exposures: it is a predictor here, not the outcome's own past.

    References
    ----------
    Pinheiro & Chao (2006), J Comput Graph Stat 15:58-81. doi:10.1198/106186006X96962
    Zeger, Liang & Albert (1988), Biometrics 44:1049-1060. doi:10.2307/2531734
    """
    began = time.perf_counter()
    panel = analysed(frame, spec)
    result = blank_result(
        spec,
        kind="logistic_mixed",
        fingerprint=input_hash(frame, COLUMNS, spec),
        panel=panel,
        window_days=7,
    )
    if panel.rows.is_empty():
        return not_estimable(result, explain_emptiness(result.rows_lost, "week"))
    design = adherence_design(panel, spec)
    trials = as_trials(panel, design.codes)
    design, why = _without_separation(design, trials)
    if why is not None:
        return not_estimable(result, why, design.not_estimable)
    result = replace(result, not_estimable=design.not_estimable)
    try:
        model = fit_with_chosen_effects(design)
    except NotEstimableError as error:
        return not_estimable(result, str(error), design.not_estimable)
    except NoNumberError as error:
        return not_converged(result, f"{error} No number is shown.")
    filled = judged(result, design, model, trials)
    return replace(filled, seconds=round(time.perf_counter() - began, 3))


def analysed_rows(frame: pl.DataFrame, spec: ModelSpec) -> pl.DataFrame:
    """The rows behind a result, in columns that its formula and other programs take.

    Empty where no row can be analysed.
    """
    panel = analysed(frame, spec)
    if panel.rows.is_empty():
        return pl.DataFrame()
    design = adherence_design(panel, spec)
    design, _ = _without_separation(design, as_trials(panel, design.codes))
    capped = pl.min_horizontal("done", "due")
    return analysed_frame(design).with_columns(done=capped.fill_null(0))


def analysed(frame: pl.DataFrame, spec: ModelSpec) -> Panel:
    """One row per participant-week, less what cannot be analysed; exposures on their scale."""
    panel = widen(
        frame,
        occasion="study_week",
        order="study_week",
        exposure=exposure_column(spec.transform, "n_exposures_lag", "exposure_rate_lag"),
        feature_ids=candidates(frame, spec),
    )
    due = panel.rows["due_sessions"].fill_null(0)
    panel = panel.without("nothing_due", (due <= 0).to_numpy())
    is_over = panel.rows["is_complete_week"].fill_null(value=False)
    panel = panel.without("week_not_complete", (~is_over).to_numpy())
    panel = panel.without("no_week_before", panel.rows["n_exposures_lag"].is_null().to_numpy())
    reason = "no_session_week_before" if spec.transform == "rate" else "no_week_before"
    panel = panel.without(reason, np.asarray(np.isnan(panel.exposures).any(axis=1)))
    alliance = panel.rows["alliance_lag"]
    if alliance.is_not_null().any():
        panel = panel.without("no_alliance_before", alliance.is_null().to_numpy())
    panel = panel.without("no_arm", arms_unknown(panel))
    panel = panel.without("no_covariate", covariates_unknown(panel, spec))
    panel = panel.without("no_moderator", moderator_unknown(panel, spec))
    panel = panel.without("no_site", sites_unknown(panel, spec))
    return replace(panel, exposures=transformed(panel.exposures, spec.transform))


def adherence_design(panel: Panel, spec: ModelSpec) -> Design:
    """The design of an analysed panel, its units in weeks."""
    design = build_design(
        panel,
        spec,
        time="study_week",
        sessions=_column(panel, "n_sessions_lag"),
        previous=_column(panel, "n_sessions_before"),
        previous_words="little use",
        extra=(_alliance(panel),),
    )
    # Exposure here is that of the week before, not of a window before a survey.
    columns = tuple(
        replace(column, unit=column.unit.replace("in the window", "in the week before"))
        for column in design.columns
    )
    return replace(design, columns=columns)


def fit_with_chosen_effects(design: Design) -> LogisticModel:
    """The model with own levels and trends, or with own levels where the data bear no more.

    Raises
    ------
    NoNumberError
        Where not even the model with own levels could be fitted.
    """
    rows = design.panel.rows
    due = rows["due_sessions"].cast(pl.Float64).to_numpy()
    done = np.minimum(rows["done_sessions"].fill_null(0).cast(pl.Float64).to_numpy(), due)
    beyond = _more_than_due(rows)
    names = tuple(column.term for column in design.columns)
    ones = np.ones(len(due))
    week = design.column("week")
    why = "time does not vary"
    if week is not None:
        values = np.column_stack((ones, week.values))
        trend = RandomTerm("participant", ("(Intercept)", "week"), values, design.codes)
        try:
            fit = fit_generalised(
                done, design.matrix, names, trend, trials=due, refuse_singular=True
            )
        except NoNumberError as error:
            is_flat = error.reason == "singular"
        else:
            if not fit.is_singular:
                return LogisticModel(fit, trend, done, due, beyond)
            is_flat = True
        no_more = "trends vary no more than chance would give"
        why = no_more if is_flat else "no two optimisers agreed on it"
    level = RandomTerm("participant", ("(Intercept)",), ones[:, None], design.codes)
    fit = fit_generalised(done, design.matrix, names, level, trials=due, nodes=NODES)
    note = f"Participants have own levels but no own trends, because {why}."
    return LogisticModel(fit, level, done, due, (*beyond, note))


def _more_than_due(rows: pl.DataFrame) -> tuple[str, ...]:
    beyond = int((rows["done_sessions"].fill_null(0) > rows["due_sessions"]).sum())
    if not beyond:
        return ()
    return (f"In {beyond} weeks more was done than due; all that was due counts as done.",)


def _column(panel: Panel, name: str) -> Floats:
    return panel.rows[name].cast(pl.Float64).fill_null(np.nan).to_numpy()


def _alliance(panel: Panel) -> Predictor:
    values = _column(panel, "alliance_lag")
    known = bool(np.isfinite(values).all())
    label = "Alliance at the last survey before the week"
    return Predictor(
        "alliance", None, label, values if known else None, unit="per point of alliance"
    )


def as_trials(panel: Panel, codes: Codes) -> Trials:
    """A week with k of n sessions done becomes k rows of 1 and n - k of 0."""
    due = panel.rows["due_sessions"].cast(pl.Int64).to_numpy()
    done = np.minimum(panel.rows["done_sessions"].fill_null(0).cast(pl.Int64).to_numpy(), due)
    week = np.repeat(np.arange(len(due)), due)
    place = np.arange(len(week)) - np.repeat(np.cumsum(due) - due, due)
    return Trials((place < done[week]).astype(np.float64), codes[week], week)


def _without_separation(design: Design, trials: Trials) -> tuple[Design, str | None]:
    """The design without terms that predict the outcome exactly, or why nothing can be fitted."""
    if trials.done.std() == 0:
        return design, "Every session due was done, or none was: there is nothing to explain."
    spread = design.matrix.std(axis=0)
    scaled = (design.matrix / np.where(spread > 0, spread, 1.0))[trials.week]
    droppable = [j for j, c in enumerate(design.columns) if c.kind in _FEATURE_PARTS]
    dropped = separating_columns(scaled, trials.done, droppable)
    if dropped is None:
        return design, "Week or arm alone predicts without exception whether sessions were done."
    refused = tuple(_separated(design.columns[j]) for j in dropped)
    columns = tuple(column for j, column in enumerate(design.columns) if j not in dropped)
    design = replace(design, columns=columns, not_estimable=(*design.not_estimable, *refused))
    if int(design.codes.max()) + 1 - len(columns) < 1:
        n = design.panel.n_participants
        return design, f"{n} participants are too few for {len(columns)} terms."
    return design, None


def _separated(column: Column) -> NotEstimable:
    why = REASONS["separation"]
    return NotEstimable(column.term, column.feature_id, column.kind, "separation", why)
