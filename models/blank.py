"""The part of a result that is the same whether or not a number came out."""

from dataclasses import replace
from datetime import UTC, datetime

from models.panel import Panel
from models.results import Exposure, FitResult, Kind, NotEstimable
from models.spec import ModelSpec, code_version
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
        engine="Rapport",
        engine_version=code_version(),
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
        exposure=Exposure(spec.transform, window_days, "exposure_stage", _unit(spec, kind)),
        adjustment=None,
        warnings=(),
        is_randomised=spec.is_randomised,
        status="not_estimable",
        explanation="",
        preset_id=spec.preset_id,
    )


def _unit(spec: ModelSpec, kind: Kind) -> str:
    """What one more of exposure is, for the result as a whole."""
    if spec.is_standardised:
        return "per standard deviation of exposure"
    words = UNITS[spec.transform]
    # The weekly model takes exposure from the week before, not from a window before a survey.
    return words if kind == "linear_mixed" else words.replace("in the window", "in the week before")


def not_estimable(result: FitResult, why: str, terms: tuple[NotEstimable, ...] = ()) -> FitResult:
    """The result saying that the data hold no answer to the question, and why."""
    return replace(result, status="not_estimable", explanation=why, not_estimable=terms)


def not_converged(result: FitResult, why: str) -> FitResult:
    """The result saying that no trustworthy maximum was found; it carries no numbers."""
    return replace(result, status="not_converged", explanation=why)
