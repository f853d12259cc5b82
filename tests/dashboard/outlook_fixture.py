"""Saved analyses written down by hand, for the panels of the Outlook page."""

from pathlib import Path

from models import analyses
from models.analyses import Saved
from models.dropout.answer import DropoutLens, LensCheck, LensOutcome, LensPoint, LensTerm
from models.forecast.answer import Forecast, ForecastPoint, SurveyShare
from models.sensitivity.delta_adjusted import DeltaRow
from models.sensitivity.tipping import Tipping, TippingTerm

LOSS = LensOutcome(
    outcome="dropout",
    explanation="",
    n_participants=264,
    n_unknown=6,
    n_events=51,
    n_days=31787.0,
    terms=(
        LensTerm("alliance", "alone", 0.56, 0.35, 0.91, 0.02),
        LensTerm("use", "alone", 0.95, 0.85, 1.07, 0.38),
        LensTerm("alliance", "together", 0.58, 0.35, 0.94, 0.03),
        LensTerm("use", "together", 0.97, 0.86, 1.09, 0.65),
    ),
    checks=(
        LensCheck("alliance", -0.05, 0.13, 1, 0.71),
        LensCheck("use", 0.31, 9.2, 1, 0.002),
        LensCheck("all", None, 9.4, 2, 0.009),
    ),
    points=tuple(
        LensPoint(level, day, 1 - share * day / 100, None if day == 0 else 0.8 - share, 0.99, n)
        for level, share, n in (("low", 0.3, 98), ("middle", 0.2, 91), ("high", 0.1, 6))
        for day in (0.0, 46.0, 96.0)
    ),
    concordance=0.59,
)
SILENT = LensOutcome(
    outcome="nonusage",
    explanation="4 of 264 participants stopped using the app after alliance and use were known: "
    "fewer than 10 events say nothing of a hazard ratio.",
    n_participants=264,
    n_unknown=6,
    n_events=4,
    n_days=13000.0,
)
LENS = DropoutLens(
    outcomes=(LOSS, SILENT),
    levels=(("low", 3.9), ("middle", 4.5), ("high", 5.0)),
    bounds=(4.1, 4.7),
    n_arms=3,
)


def row(delta: float, estimate: float, reach: float) -> DeltaRow:
    return DeltaRow(
        *("within:x", delta, estimate, reach / 2, 90.0, estimate - reach, estimate + reach),
        *(0.01, 0.1, 0.001),
    )


def term(feature: str, label: str, slope: float, *, above: float | None) -> TippingTerm:
    rows = tuple(row(delta, 0.05 - slope * delta, 0.03) for delta in (-1.0, -0.5, 0.0, 0.5, 1.0))
    return TippingTerm(
        term=f"within:{feature}",
        feature_id=feature,
        label=f"{label}, within a participant",
        observed=rows[2],
        rows=rows,
        is_finding=feature != "reminder",
        delta_below=None,
        delta_above=above,
    )


TIPPING = Tipping(
    outcome="alliance",
    outcome_label="Alliance (total)",
    main_feature="praise",
    sd=0.5,
    n_participants=270,
    n_answered=2121,
    n_missed=423,
    not_imputed=0,
    n_imputations=20,
    terms=(
        term("reminder", "Session reminder", 0.0, above=None),
        term("praise", "Praise after a session", 0.03, above=0.67),
        term("coach", "Messages of the coach", 0.005, above=None),
    ),
    warnings=(),
)
FORECAST = Forecast(
    outcome="alliance",
    outcome_label="Alliance (total)",
    feature_id="praise",
    feature_label="Praise after a session",
    n_participants=270,
    n_planned=280,
    has_target=True,
    n_analysed=264,
    n_rows=2121,
    n_groups=3,
    group_shares=(1 / 3, 1 / 3),
    width_now=0.0216,
    level_sd=0.47,
    trend_sd=0.007,
    residual_sd=0.34,
    slope_sd=0.01,
    icc=0.66,
    expected_rows=2260.4,
    surveys=(SurveyShare(1.0, 270, 250, 0.92), SurveyShare(24.0, 0, 0, 0.55)),
    points=tuple(
        ForecastPoint(
            quantity,
            n,
            surveys,
            week,
            unit * (280 / n) ** 0.5 * (1 - week / 300),
            unit * (280 / n) ** 0.5 * (1 - week / 300) * 0.95,
            unit * (280 / n) ** 0.5 * (1 - week / 300) * 1.05,
            is_plan=(n, surveys) == (280, 11),
        )
        for surveys, week in ((9, 12.0), (11, 24.0), (12, 30.0))
        for n in (140, 280, 420, 560)
        for quantity, unit in (("within", 0.022), ("groups", 0.144))
    ),
    warnings=("A variance between participants is estimated as 0.",),
)


def save_all(results: Path) -> None:
    for name, answer in (("dropout", LENS), ("tipping", TIPPING), ("forecast", FORECAST)):
        analyses.save(results, Saved(name, "hash", "2025-10-01T00:00:00", 1.0, "computed", answer))


def refuse(results: Path, name: str, why: str) -> None:
    saved = Saved(name, "hash", "2025-10-01T00:00:00", 1.0, "not_estimable", None, "too_few", why)
    analyses.save(results, saved)
