"""Model results on the features of `mart_fixture`, written down by hand.

Every field of a saved result is filled. One preset holds what a page must tell apart: trusted
(most outcomes), singular (meaningfulness), a required check that failed (flexibility), not
converged (use); a second preset, 'rates', is not estimable.
"""

import math
from pathlib import Path

from models import store
from models.results import (
    Adjustment,
    Check,
    Code,
    Coefficient,
    Diagnostics,
    Exposure,
    FitResult,
    Influence,
    MarginalMean,
    NotEstimable,
    Opinion,
    RowsLost,
    VarianceComponent,
)
from tests.dashboard.mart_fixture import DIMENSIONS, FEATURES

FAMILY_SIZE = 24
LABELS = {feature[0]: feature[1] for feature in FEATURES}
SUFFIXES = {"within": "within a participant", "between": "between participants"}
# What a second opinion makes of the headline: factor of the estimate, factor of the SE.
OPINIONS = {
    "cluster_robust": (1.0, 1.1),
    "gee": (0.95, 1.15),
    "cluster_bootstrap": (1.02, 1.2),
}
CHECKS = (
    Check("Not singular", True, "All variances exceed 0."),
    Check("Converged", True, "The gradient is 2e-06, below 1e-04.", is_required=True),
    Check("Enough groups", True, "28 participants for 11 terms.", is_required=True),
    Check("Residuals are normal", False, "Their kurtosis is 5.1, above 4."),
)


def coefficient(feature: str, part: str, estimate: float, se: float, p: float) -> Coefficient:
    return Coefficient(
        term=f"{part}:{feature}",
        label=f"{LABELS[feature]}, {SUFFIXES[part]}",
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
        standardised=round(estimate * 1.5, 4),
        unit="per additional exposure in the window",
    )


def design_terms(df: float | None) -> list[Coefficient]:
    """Intercept, time and an arm."""
    rows = (
        ("intercept", "Intercept", "intercept", 3.2, 0.1),
        ("week", "Time, per week in the study", "week", 0.02, 0.01),
        ("arm:control", "Text reading, against STOP", "arm", -0.31, 0.12),
    )
    return [
        Coefficient(
            term=term,
            label=label,
            kind=kind,
            feature_id=None,
            estimate=estimate,
            se=se,
            ci_low=estimate - 2 * se,
            ci_high=estimate + 2 * se,
            statistic=estimate / se,
            df=df,
            p_value=0.01,
            unit="per week" if kind == "week" else "",
        )
        for term, label, kind, estimate, se in rows
    ]


def opinion(row: Coefficient, method: str, by: float, wider: float) -> Opinion:
    estimate, se = row.estimate * by, row.se * wider
    return Opinion(row.term, method, estimate, se, estimate - 1.96 * se, estimate + 1.96 * se)


def opinions(rows: list[Coefficient], *, is_ratio: bool) -> tuple[Opinion, ...]:
    asked = OPINIONS | ({"marginal": (0.8, 0.8)} if is_ratio else {})
    return tuple(opinion(row, method, *change) for row in rows for method, change in asked.items())


def influence(rows: list[Coefficient]) -> tuple[Influence, ...]:
    found = []
    for i, row in enumerate(rows):
        shift = round(0.5 * math.sin(1 + i), 2)
        found.append(Influence(row.term, "participant", shift, 0, 3 if i == 0 else 0))
        found.append(Influence(row.term, "site", 2 * shift, 1 if i == 1 else 0, 0))
    return tuple(found)


def diagnostics() -> Diagnostics:
    grid = [-2.0 + 0.25 * i for i in range(17)]
    return Diagnostics(
        residuals=tuple((x, round(x + 0.04 * x**3, 4)) for x in grid),
        levels=tuple((x, round(0.9 * x, 4)) for x in grid),
        by_fitted=tuple(
            (2.5 + 0.1 * i, 0.05 * math.sin(i), -0.9 - 0.02 * i, 1.0) for i in range(12)
        ),
    )


MEANS = (
    MarginalMean("STOP", False, 3.31, 0.08, 24.6, 3.14, 3.48),
    MarginalMean("Text reading", False, 3.0, 0.09, 24.1, 2.81, 3.19),
    MarginalMean("Text reading − STOP", True, -0.31, 0.12, 24.3, -0.56, -0.06, 0.016),
)
GRID = "At week 4.5 and the average exposure of the analysed rows."
CODE = Code(
    python='from models.linear.fit import fit_linear\n\nfit = fit_linear(y, X, names, "1 + week")',
    statsmodels='import statsmodels.formula.api as smf\n\nfit = smf.mixedlm("score ~ week", rows)',
    r="library(lmerTest)\n\nfit <- lmer(score ~ week + (1 + week | participant), data = rows)",
)
VARIANCES = (
    VarianceComponent("participant", "intercept", None, 0.345, 0.587),
    VarianceComponent("participant", "week", None, 0.0003, 0.0173),
    VarianceComponent("participant", "intercept", "week", 0.0018, 0.18),
    VarianceComponent("residual", None, None, 0.34, 0.583),
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
        "kind": "logistic_mixed" if is_ratio else "linear_mixed",
        "outcome": outcome,
        "outcome_label": "Weekly adherence" if is_ratio else outcome.capitalize(),
        "formula": "score ~ week + arm + within + between + (1 + week | participant)",
        "engine": "rapport",
        "engine_version": "0.2.0",
        "input_hash": "hash",
        "fitted_at": "2025-06-16T07:00:00+00:00",
        "is_converged": True,
        "is_singular": False,
        "log_likelihood": -100.5,
        "n_rows": 166,
        "n_participants": 28,
        "coefficients": (*design_terms(None if is_ratio else 24.3), *rows),
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
        "variance_components": VARIANCES,
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
        "method": "Laplace" if is_ratio else "REML",
        "df_method": "normal theory" if is_ratio else "Satterthwaite",
        "se_method": "model-based",
        "checks": CHECKS,
        "n_groups": (("participant", 28), ("site", 2)),
        "opinions": opinions(rows, is_ratio=is_ratio),
        "influence": influence(rows),
        "diagnostics": diagnostics(),
        "means": MEANS,
        "reference_grid": GRID,
        "code": CODE,
        "seconds": 0.42,
    }
    return FitResult(**{**fields, **changes})


NO_NUMBERS = {
    "coefficients": (),
    "variance_components": (),
    "icc": None,
    "r2_marginal": None,
    "r2_conditional": None,
    "log_likelihood": None,
    "adjustment": None,
    "opinions": (),
    "influence": (),
    "diagnostics": None,
    "means": (),
    "reference_grid": "",
}
FAILED = {
    "checks": (
        *CHECKS[:1],
        Check("Converged", False, "The gradient is 0.3, above 1e-04.", is_required=True),
        *CHECKS[2:],
    ),
}
NOT_CONVERGED = {
    **NO_NUMBERS,
    "status": "not_converged",
    "is_converged": False,
    "not_estimable": (),
    "explanation": "No optimiser found a maximum.",
    "checks": (Check("Converged", False, "No optimiser found a maximum.", is_required=True),),
}
SINGULAR = {
    "is_singular": True,
    "checks": (
        Check("Not singular", False, "The variance of own trends is at its bound of 0."),
        *CHECKS[1:3],
    ),
    "variance_components": (
        VARIANCES[0],
        VarianceComponent("participant", "week", None, 0.0, 0.0),
        VarianceComponent("participant", "intercept", "week", 0.0, None),
        VARIANCES[3],
    ),
}
NOT_ESTIMABLE = {
    **NO_NUMBERS,
    "status": "not_estimable",
    "is_converged": False,
    "model_id": "rates.humanness",
    "preset_id": "rates",
    "explanation": "4 rows of 3 participants are too few for 11 terms.",
    "checks": (),
    "code": None,
    "seconds": None,
}
CHANGES: dict[str, dict[str, object]] = {
    "use": NOT_CONVERGED,
    "flexibility": FAILED,
    "meaningfulness": SINGULAR,
}


def all_results() -> list[FitResult]:
    """One result per dimension, the total and adherence, and one of another preset."""
    outcomes = (*DIMENSIONS, "alliance", "adherence")
    return [
        *(result(outcome, **CHANGES.get(outcome, {})) for outcome in outcomes),
        result("humanness", **NOT_ESTIMABLE),
    ]


def save_all(folder: Path) -> None:
    """Keep the results where the dashboard looks."""
    for saved in all_results():
        store.save(folder, saved)
