"""Estimates that no arm enters: variances, and the rows that enrolled participants gave so far."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.linalg import block_diag

from models.alliance import alliance_design, analysed
from models.design import Design
from models.errors import NotEstimableError
from models.forecast.projection import Enrolled, Spread, Terms
from models.linear.fit import fit_linear
from models.linear.linear_fit import LinearFit
from models.panel import Panel
from models.random_part import fit_with_chosen_effects
from models.sensitivity.imputation import draw_parameters
from models.spec import ModelSpec

LEAST_PARTICIPANTS = 20
LEAST_SURVEYS = 2
_NOT_YET = ("open", "coming")


@dataclass(frozen=True, eq=False)
class Blinded:
    """The model of today's rows without arms, with exposures and without.

    `fit` has every exposure; `plain` has only the week, for what is compared between groups.
    """

    panel: Panel
    design: Design
    fit: LinearFit
    plain: LinearFit
    terms: Terms
    centre: float

    def spread(self) -> Spread:
        """Of the model with exposures."""
        return _spread(self.fit, self.centre)

    def plain_spread(self) -> Spread:
        """Of the model without."""
        return _spread(self.plain, self.centre)

    def drawn(self, rng: np.random.Generator) -> tuple[Spread, Spread]:
        """Both, drawn from what their estimates leave open."""
        return _drawn(self.fit, self.centre, rng), _drawn(self.plain, self.centre, rng)


def blinded_fit(rows: pl.DataFrame, spec: ModelSpec) -> Blinded:
    """Fit the study's model without arms, sites, covariates and moderators.

    Raises
    ------
    NoNumberError
        If there is too little to estimate variances from.
    """
    own = replace(
        spec,
        arms=(),
        covariates=(),
        moderator=None,
        has_site_levels=False,
        family="exploratory",
        hypotheses=(),
    )
    # No arm is even in the frame that is fitted.
    panel = analysed(rows.with_columns(pl.lit(None, pl.String).alias("arm_id")), own)
    _require_enough(panel)
    design = alliance_design(panel, own)
    score = panel.rows["score"].to_numpy()
    chosen = fit_with_chosen_effects(score, design)
    week = design.column("week")
    if week is None:
        raise NotEstimableError("All surveys are of one week: trends are not known.", "one_week")
    X = np.column_stack([np.ones(len(score)), week.values])
    plain = fit_linear(score, X, ("(Intercept)", "week"), chosen.random[:1])
    place = {feature_id: j for j, feature_id in enumerate(panel.feature_ids)}
    kinds = {
        kind: tuple(place[c.feature_id] for c in design.columns if c.kind == kind and c.feature_id)
        for kind in ("within", "between")
    }
    slope = None if chosen.slope is None else design.columns[chosen.slope].feature_id
    terms = Terms(kinds["within"], kinds["between"], None if slope is None else place[slope])
    centre = float(panel.rows["weeks"].cast(pl.Float64).to_numpy().mean())
    return Blinded(panel, design, chosen.fit, plain, terms, centre)


def _require_enough(panel: Panel) -> None:
    repeated = int((np.bincount(panel.codes) >= LEAST_SURVEYS).sum()) if len(panel.rows) else 0
    if repeated < LEAST_PARTICIPANTS:
        raise NotEstimableError(
            f"{repeated} participants have two surveys or more that can be analysed; variances "
            f"within and between participants need {LEAST_PARTICIPANTS}.",
            "too_little_data",
        )


def _spread(fit: LinearFit, centre: float) -> Spread:
    own = block_diag(*(term.covariance for term in fit.random))
    return Spread(np.asarray(own, dtype=np.float64), fit.residual_variance, centre)


def _drawn(fit: LinearFit, centre: float, rng: np.random.Generator) -> Spread:
    drawn = draw_parameters(fit, rng)
    own = block_diag(*(factor @ factor.T for factor in drawn.factors))
    return Spread(drawn.sigma**2 * np.asarray(own, dtype=np.float64), drawn.sigma**2, centre)


def enrolled_on_schedule(surveys: pl.DataFrame, panel: Panel) -> Enrolled:
    """Rows of the panel on the schedule of surveys, for everybody enrolled.

    Parameters
    ----------
    surveys
        One row per participant and scheduled survey: `participant_id`, `survey_id`, `due_day`,
        `status`, the `occasion_id` that satisfied it, and `is_past`. 'open' and 'coming' ones are
        not decided yet.
    panel
        Its rows of other occasions are left out: they are in no plan.

    Raises
    ------
    NotEstimableError
        If the schedule has fewer than two surveys.
    """
    schedule = surveys.select("survey_id", "due_day").unique().sort("due_day", "survey_id")
    weeks = schedule["due_day"].to_numpy() / 7
    if len(weeks) < LEAST_SURVEYS:
        raise NotEstimableError(
            "The study file schedules fewer than two surveys of this outcome, so there is nothing "
            "to project.",
            "no_schedule",
        )
    keys = ["participant_id", "occasion_id"]
    rows = panel.rows.select(keys).with_row_index("row")
    people = surveys.select("participant_id").unique().sort("participant_id").with_row_index("i")
    placed = (
        surveys.join(schedule.select("survey_id").with_row_index("j"), on="survey_id")
        .join(people, on="participant_id")
        .join(rows.unique(keys), on=keys, how="left")
    )
    i, j = placed["i"].to_numpy(), placed["j"].to_numpy()
    row = placed["row"].fill_null(0).to_numpy()
    has_row = placed["row"].is_not_null().to_numpy()
    shape = (len(people), len(weeks))
    is_seen, is_known = np.zeros(shape, dtype=np.bool_), np.ones(shape, dtype=np.bool_)
    is_seen[i, j] = has_row
    is_known[i, j] = has_row | ~placed["status"].is_in(_NOT_YET).to_numpy()
    is_past = np.zeros(shape, dtype=np.bool_)
    is_past[i, j] = has_row | placed["is_past"].to_numpy()
    exposures = np.full((*shape, panel.exposures.shape[1]), np.nan)
    exposures[i[has_row], j[has_row]] = panel.exposures[row[has_row]]
    return Enrolled(np.asarray(weeks, dtype=np.float64), is_seen, is_known, is_past, exposures)
