"""Weekly adherence on earlier exposure and alliance: the population-averaged binomial model."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from models.blank import blank_result, not_converged, not_estimable
from models.design import Design, arms_unknown, build_design, candidates, transformed
from models.inference import coefficients
from models.marginal import MarginalFit, fit_marginal
from models.panel import Codes, Floats, Panel, widen
from models.results import Check, FitResult, NotEstimable
from models.screen import Column, Predictor
from models.separation import separating_columns
from models.spec import ModelSpec, input_hash
from models.wording import REASONS, explain_emptiness, explain_fit

COLUMNS = (
    "participant_id",
    "arm_id",
    "study_week",
    "due_sessions",
    "done_sessions",
    "feature_id",
    "n_exposures_lag",
    "alliance_lag",
    "is_complete_week",
)
"""What the model reads of `model_weeks`; nothing else can change its result."""

_WEEK = ["participant_id", "study_week"]
_FEATURE_PARTS = ("within", "between")


@dataclass(frozen=True)
class _Trials:
    """Each session due as one row: whether it was done, its participant, its week's row."""

    done: Floats
    codes: Codes
    week: Codes


def fit_weekly_adherence(frame: pl.DataFrame, spec: ModelSpec) -> FitResult:
    """Fit sessions done of sessions due on the exposure and alliance that came before the week.

    Parameters
    ----------
    frame
        `model_weeks`: one row per participant, study week and feature, with `COLUMNS`. Weeks
        without a session due, weeks not over, and weeks before the first exposure or alliance are
        left out and counted.
    spec
        Features, arms and options. A transform 'rate' is read as 'count' here: the frame has no
        sessions to divide by.

    Returns
    -------
    FitResult
        `n_rows` counts participant-weeks. Coefficients are log odds ratios, population-averaged:
        they compare groups of participants, and are nearer to 0 than a participant's own.

    Notes
    -----
    Every session due is a yes/no trial; trials of a participant share one (exchangeable) working
    correlation. Inference uses the robust covariance, corrected below 50 participants, and
    Student's t with participants less terms as degrees of freedom. Alliance is centred like the
    exposures: it is a predictor here, not the outcome's own past.

    References
    ----------
    Liang & Zeger (1986), Biometrika 73:13-22. doi:10.1093/biomet/73.1.13
    """
    fingerprint = input_hash(frame, COLUMNS, spec)
    counted = replace(spec, transform="count") if spec.transform == "rate" else spec
    panel = _analysed(frame, counted)
    result = blank_result(
        counted, kind="gee_binomial", fingerprint=fingerprint, panel=panel, window_days=7
    )
    if panel.rows.is_empty():
        return not_estimable(result, explain_emptiness(result.rows_lost, "week"))
    design = build_design(
        panel,
        counted,
        time="study_week",
        sessions=_column(panel, "done_before"),
        extra=(_alliance(panel),),
    )
    trials = _trials(panel, design.codes)
    design, why = _without_separation(design, trials)
    if why is not None:
        return not_estimable(result, why, design.not_estimable)
    fit = fit_marginal(trials.done, design.matrix[trials.week], trials.codes)
    if fit is None:
        why = "The estimating equations did not settle, so no number is shown."
        return not_converged(replace(result, not_estimable=design.not_estimable), why)
    return _filled(result, design, fit, spec)


def _analysed(frame: pl.DataFrame, spec: ModelSpec) -> Panel:
    panel = widen(
        frame.join(_done_before(frame), on=_WEEK, how="left"),
        occasion="study_week",
        order="study_week",
        exposure="n_exposures_lag",
        feature_ids=candidates(frame, spec),
    )
    due = panel.rows["due_sessions"].fill_null(0)
    panel = panel.without("nothing_due", (due <= 0).to_numpy())
    is_over = panel.rows["is_complete_week"].fill_null(value=False)
    panel = panel.without("week_not_complete", (~is_over).to_numpy())
    missing = np.asarray(np.isnan(panel.exposures).any(axis=1))
    panel = panel.without("no_week_before", missing)
    alliance = panel.rows["alliance_lag"]
    if alliance.is_not_null().any():
        panel = panel.without("no_alliance_before", alliance.is_null().to_numpy())
    panel = panel.without("no_arm", arms_unknown(panel))
    return replace(panel, exposures=transformed(panel.exposures, spec.transform))


def _done_before(frame: pl.DataFrame) -> pl.DataFrame:
    """Sessions done in the week before each week: what a coupled exposure would merely repeat."""
    return frame.select(
        "participant_id",
        pl.col("study_week") + 1,
        pl.col("done_sessions").alias("done_before"),
    ).unique(subset=_WEEK, keep="first")


def _column(panel: Panel, name: str) -> Floats:
    return panel.rows[name].cast(pl.Float64).fill_null(np.nan).to_numpy()


def _alliance(panel: Panel) -> Predictor:
    values = _column(panel, "alliance_lag")
    known = bool(np.isfinite(values).all())
    label = "Alliance at the last survey before the week"
    return Predictor("alliance", None, label, values if known else None)


def _trials(panel: Panel, codes: Codes) -> _Trials:
    """A week with k of n sessions done becomes k rows of 1 and n - k of 0."""
    due = panel.rows["due_sessions"].cast(pl.Int64).to_numpy()
    done = np.minimum(panel.rows["done_sessions"].fill_null(0).cast(pl.Int64).to_numpy(), due)
    week = np.repeat(np.arange(len(due)), due)
    place = np.arange(len(week)) - np.repeat(np.cumsum(due) - due, due)
    return _Trials((place < done[week]).astype(np.float64), codes[week], week)


def _without_separation(design: Design, trials: _Trials) -> tuple[Design, str | None]:
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
    part: Literal["within", "between"] = "within" if column.kind == "within" else "between"
    return NotEstimable(column.term, column.feature_id, part, "separation", why)


def _filled(result: FitResult, design: Design, fit: MarginalFit, spec: ModelSpec) -> FitResult:
    n_columns = len(design.columns)
    df = [float(result.n_participants - n_columns)] * n_columns
    terms = ["1", *(column.term for column in design.columns if column.kind != "intercept")]
    filled = replace(
        result,
        status="fitted",
        formula=f"done of due ~ {' + '.join(terms)}, clustered by participant",
        is_converged=True,
        coefficients=coefficients(design.columns, fit.beta, fit.cov_beta, df),
        not_estimable=design.not_estimable,
        warnings=(*design.warnings, *_remarks(design, spec)),
        method="GEE, logit link, exchangeable working correlation; population-averaged",
        df_method="participants less terms",
        se_method=fit.se_method,
        working_correlation=fit.working_correlation,
        checks=(Check("converged", is_passed=True, explanation="The equations settled."),),
    )
    return replace(filled, explanation=explain_fit(filled))


def _remarks(design: Design, spec: ModelSpec) -> tuple[str, ...]:
    remarks = []
    rows = design.panel.rows
    beyond = int((rows["done_sessions"].fill_null(0) > rows["due_sessions"]).sum())
    if beyond:
        remarks.append(
            f"In {beyond} weeks more was done than due; all that was due counts as done."
        )
    if spec.transform == "rate":
        remarks.append("Exposure enters as a count here: weeks carry no sessions to divide by.")
    return tuple(remarks)
