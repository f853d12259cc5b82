"""The part of a result that is the same whether or not a number came out."""

from dataclasses import replace
from datetime import UTC, datetime

import statsmodels

from models.panel import Panel
from models.results import Exposure, FitResult, Kind, NotEstimable
from models.spec import ModelSpec
from models.wording import UNITS


def blank_result(
    spec: ModelSpec, *, kind: Kind, fingerprint: str, panel: Panel, window_days: int | None
) -> FitResult:
    """A result without numbers, to be filled in or explained."""
    return FitResult(
        model_id=spec.model_id,
        kind=kind,
        outcome=spec.outcome,
        outcome_label=spec.outcome_label,
        formula="",
        engine="statsmodels",
        engine_version=statsmodels.__version__,
        input_hash=fingerprint,
        fitted_at=datetime.now(UTC).isoformat(timespec="seconds"),
        is_converged=False,
        is_singular=False,
        log_likelihood=None,
        n_rows=len(panel.rows),
        n_participants=panel.n_participants,
        coefficients=(),
        not_estimable=(),
        rows_lost=panel.lost,
        variance_components=(),
        icc=None,
        r2_marginal=None,
        r2_conditional=None,
        exposure=Exposure(spec.transform, window_days, "exposure_stage", UNITS[spec.transform]),
        adjustment=None,
        warnings=(),
        is_randomised=spec.is_randomised,
        status="not_estimable",
        explanation="",
        preset_id=spec.preset_id,
    )


def not_estimable(result: FitResult, why: str, terms: tuple[NotEstimable, ...] = ()) -> FitResult:
    """The result saying that the data hold no answer to the question, and why."""
    return replace(result, status="not_estimable", explanation=why, not_estimable=terms)


def not_converged(result: FitResult, why: str) -> FitResult:
    """The result saying that no trustworthy maximum was found; it carries no numbers."""
    return replace(result, status="not_converged", explanation=why)
