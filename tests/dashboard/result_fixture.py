"""Model results on the features of `mart_fixture`, written down by hand."""

import math
from pathlib import Path

from models import store
from models.results import (
    Adjustment,
    Check,
    Coefficient,
    Exposure,
    FitResult,
    NotEstimable,
    RowsLost,
)
from tests.dashboard.mart_fixture import DIMENSIONS, FEATURES

FAMILY_SIZE = 24


def coefficient(feature: str, part: str, estimate: float, se: float, p: float) -> Coefficient:
    return Coefficient(
        term=f"{part}:{feature}",
        label=feature,
        kind=part,
        feature_id=feature,
        estimate=estimate,
        se=se,
        ci_low=estimate - 1.96 * se,
        ci_high=estimate + 1.96 * se,
        statistic=estimate / se,
        df=None,
        p_value=p,
        p_adjusted=min(1.0, p * 2) if part == "within" else None,
    )


def result(outcome: str, **changes: object) -> FitResult:
    """A fitted result: five features with numbers, the companion always on."""
    is_ratio = outcome == "adherence"
    seed = len(outcome)
    rows = []
    for i, (feature, *_rest) in enumerate(FEATURES[:-1]):
        size = round(0.09 * math.sin(seed + 2 * i), 3)
        rows.append(coefficient(feature, "within", size, 0.025, 0.001 if abs(size) > 0.05 else 0.4))
        rows.append(coefficient(feature, "between", size / 2, 0.05, 0.3))
    fields: dict[str, object] = {
        "model_id": f"alliance.{outcome}",
        "kind": "gee_binomial" if is_ratio else "linear_mixed",
        "outcome": outcome,
        "outcome_label": "Weekly adherence" if is_ratio else outcome.capitalize(),
        "formula": "score ~ week + arm + within + between + (1 + week | participant)",
        "engine": "statsmodels",
        "engine_version": "0.15.0",
        "input_hash": "hash",
        "fitted_at": "2025-06-16T07:00:00+00:00",
        "is_converged": True,
        "is_singular": False,
        "log_likelihood": -100.5,
        "n_rows": 166,
        "n_participants": 28,
        "coefficients": tuple(rows),
        "not_estimable": tuple(
            NotEstimable(
                f"{part}:companion",
                "companion",
                part,
                "always_on",
                "Everyone has this feature all the time, so nothing can be compared.",
            )
            for part in ("within", "between")
        ),
        "rows_lost": (RowsLost("no_score", 4, 3), RowsLost("window_not_covered", 20, 20)),
        "variance_components": (),
        "icc": 0.4,
        "r2_marginal": 0.1,
        "r2_conditional": 0.5,
        "exposure": Exposure("count", 7, "seen", "per additional exposure in the window"),
        "adjustment": Adjustment("bh", FAMILY_SIZE, "the whole map"),
        "warnings": ("Praise after a session follows the number of sessions closely.",),
        "is_randomised": False,
        "status": "fitted",
        "explanation": "Each association is in points.",
        "preset_id": "alliance",
        "method": "REML",
        "checks": (Check("Convergence", True, "The gradient is small."),),
    }
    return FitResult(**{**fields, **changes})


def all_results() -> list[FitResult]:
    """One result per dimension, the total and adherence; 'use' did not converge."""
    broken = {
        "status": "not_converged",
        "is_converged": False,
        "coefficients": (),
        "not_estimable": (),
        "explanation": "No optimiser found a maximum.",
    }
    return [
        result(outcome, **(broken if outcome == "use" else {}))
        for outcome in (*DIMENSIONS, "alliance", "adherence")
    ]


def save_all(folder: Path) -> None:
    """Keep the results where the dashboard looks."""
    for saved in all_results():
        store.save(folder, saved)
