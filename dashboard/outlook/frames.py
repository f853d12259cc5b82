"""Saved analyses as frames: what the panels of the Outlook page draw, list and export."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from models import analyses
from models.dropout.answer import DropoutLens
from models.forecast.answer import Forecast
from models.sensitivity.tipping import Tipping, TippingTerm

LOSSES: Mapping[str, str] = {"dropout": "Leaving the study", "nonusage": "Ceasing to use the app"}
MEASURES: Mapping[str, str] = {
    "alliance": "Alliance, per point",
    "use": "Use, per session in the week before",
}
ADJUSTMENTS: Mapping[str, str] = {
    "alone": "by itself",
    "together": "with the other held constant",
}
LEVELS: Mapping[str, str] = {"low": "Low third", "middle": "Middle third", "high": "High third"}
INTERVALS: Mapping[str, str] = {
    "groups": "Two groups compared",
    "within": "Main association",
}
RATIOS = {
    "n_participants": pl.Int64,
    "n_events": pl.Int64,
    "loss": pl.String,
    "loss_label": pl.String,
    "measure_label": pl.String,
    "adjustment": pl.String,
    "adjustment_label": pl.String,
    "ratio": pl.Float64,
    "ratio_low": pl.Float64,
    "ratio_high": pl.Float64,
    "p_value": pl.Float64,
    "explanation": pl.String,
}
CURVES = {
    "n_participants": pl.Int64,
    "n_events": pl.Int64,
    "loss": pl.String,
    "level": pl.String,
    "level_label": pl.String,
    "score": pl.Float64,
    "day": pl.Float64,
    "survival": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "n_at_risk": pl.Int64,
}
CHECKS = {
    "n_participants": pl.Int64,
    "n_events": pl.Int64,
    "loss_label": pl.String,
    "measure_label": pl.String,
    "correlation": pl.Float64,
    "statistic": pl.Float64,
    "df": pl.Int64,
    "p_value": pl.Float64,
    "verdict": pl.String,
}
DELTAS = {
    "n_participants": pl.Int64,
    "term": pl.String,
    "label": pl.String,
    "outcome_label": pl.String,
    "delta": pl.Float64,
    "delta_sd": pl.Float64,
    "estimate": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "p_value": pl.Float64,
    "fraction_missing": pl.Float64,
    "n_answered": pl.Int64,
    "n_missed": pl.Int64,
    "is_finding": pl.Boolean,
    "tip_below": pl.Float64,
    "tip_above": pl.Float64,
    "said": pl.String,
}
TIPS = {
    "n_participants": pl.Int64,
    "term": pl.String,
    "label": pl.String,
    "is_main": pl.Boolean,
    "estimate": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "tip_below": pl.Float64,
    "tip_above": pl.Float64,
    "reach": pl.Float64,
    "is_finding": pl.Boolean,
    "said": pl.String,
}
WIDTHS = {
    "n_analysed": pl.Int64,
    "interval": pl.String,
    "interval_label": pl.String,
    "unit": pl.String,
    "n_planned_participants": pl.Int64,
    "n_surveys": pl.Int64,
    "last_week": pl.Float64,
    "half_width": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "is_plan": pl.Boolean,
    "against_plan": pl.Float64,
}
ANSWERS = {
    "n_passed": pl.Int64,
    "n_analysed": pl.Int64,
    "week": pl.Float64,
    "share": pl.Float64,
    "expected": pl.Float64,
}
BASIS = {
    "n_participants": pl.Int64,
    "label": pl.String,
    "value": pl.String,
    "words": pl.String,
}
ALMOST_ONE = 0.05


def lens_of(results: Path) -> analyses.Saved[DropoutLens] | None:
    """The kept dropout lens."""
    return analyses.saved(results, "dropout", DropoutLens)


def tipping_of(results: Path) -> analyses.Saved[Tipping] | None:
    """The kept tipping point."""
    return analyses.saved(results, "tipping", Tipping)


def forecast_of(results: Path) -> analyses.Saved[Forecast] | None:
    """The kept forecast."""
    return analyses.saved(results, "forecast", Forecast)


def _frame(rows: Iterable[Mapping[str, Any]], schema: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict(schema))


def ratios(results: Path) -> pl.DataFrame:
    """Hazard ratios of both losses; a loss without numbers has one row that says why."""
    saved = lens_of(results)
    rows: list[dict[str, Any]] = []
    for one in saved.result.outcomes if saved and saved.result else ():
        about = {
            "n_participants": one.n_participants,
            "n_events": one.n_events,
            "loss": one.outcome,
            "loss_label": LOSSES[one.outcome],
            "explanation": one.explanation,
        }
        rows += [
            {
                **about,
                "measure_label": MEASURES[term.term],
                "adjustment": term.adjustment,
                "adjustment_label": ADJUSTMENTS[term.adjustment],
                "ratio": term.ratio,
                "ratio_low": term.ratio_low,
                "ratio_high": term.ratio_high,
                "p_value": term.p_value,
            }
            for term in sorted(one.terms, key=lambda term: (term.term, term.adjustment))
        ]
        rows += [about] if not one.terms else []
    return _frame(rows, RATIOS)


def curves(results: Path, loss: str | None) -> pl.DataFrame:
    """Curves of one loss, low third first; that of leaving the study where none is chosen."""
    saved = lens_of(results)
    if saved is None or saved.result is None:
        return _frame((), CURVES)
    scores = dict(saved.result.levels)
    wanted = loss if loss is not None and loss in LOSSES else "dropout"
    one = next(one for one in saved.result.outcomes if one.outcome == wanted)
    return _frame(
        (
            {
                **{name: value for name, value in vars(point).items() if name in CURVES},
                "n_participants": one.n_participants,
                "n_events": one.n_events,
                "loss": wanted,
                "level_label": LEVELS[point.level],
                "score": scores[point.level],
            }
            for point in one.points
        ),
        CURVES,
    )


def checks(results: Path) -> pl.DataFrame:
    """Tests of proportional hazards, each measure and both together, of both losses."""
    saved = lens_of(results)
    return _frame(
        (
            {
                **{name: value for name, value in vars(check).items() if name in CHECKS},
                "n_participants": one.n_participants,
                "n_events": one.n_events,
                "loss_label": LOSSES[one.outcome],
                "measure_label": MEASURES.get(check.term, "Both together"),
                "verdict": "no sign of a change over time"
                if check.p_value >= ALMOST_ONE
                else "changes over time: the ratio is an average over the follow-up",
            }
            for one in (saved.result.outcomes if saved and saved.result else ())
            for check in one.checks
        ),
        CHECKS,
    )


def deltas(results: Path, association: str | None) -> pl.DataFrame:
    """One association at every shift of missed surveys; the main one where none is chosen."""
    saved = tipping_of(results)
    if saved is None or saved.result is None:
        return _frame((), DELTAS)
    found = saved.result
    term = chosen_term(found, association)
    if term is None:
        return _frame((), DELTAS)
    return _frame(
        (
            {
                "n_participants": found.n_participants,
                "term": term.term,
                "label": _named(term.label),
                "outcome_label": found.outcome_label,
                "delta": row.delta,
                "delta_sd": row.delta / found.sd,
                "estimate": row.estimate,
                "ci_low": row.ci_low,
                "ci_high": row.ci_high,
                "p_value": row.p_value,
                "fraction_missing": row.fraction_missing,
                "n_answered": found.n_answered,
                "n_missed": found.n_missed,
                "is_finding": term.is_finding,
                "tip_below": term.delta_below,
                "tip_above": term.delta_above,
                "said": tip_words(term),
            }
            for row in term.rows
        ),
        DELTAS,
    )


def chosen_term(found: Tipping, association: str | None) -> TippingTerm | None:
    """The association that an address asks for, else the main one, else the first."""
    by_feature = {term.feature_id: term for term in found.terms}
    for name in (association, found.main_feature):
        if name in by_feature:
            return by_feature[str(name)]
    return found.terms[0] if found.terms else None


def tips(results: Path) -> pl.DataFrame:
    """Where each association tips, in the order of the study file."""
    saved = tipping_of(results)
    found = saved.result if saved else None
    return _frame(
        (
            {
                "n_participants": found.n_participants,
                "term": term.term,
                "label": _named(term.label),
                "is_main": term.feature_id == found.main_feature,
                "estimate": term.observed.estimate,
                "ci_low": term.observed.ci_low,
                "ci_high": term.observed.ci_high,
                "tip_below": term.delta_below,
                "tip_above": term.delta_above,
                "reach": max(row.delta for row in term.rows),
                "is_finding": term.is_finding,
                "said": tip_words(term),
            }
            for term in (found.terms if found else ())
            if found
        ),
        TIPS,
    )


def tip_words(term: TippingTerm) -> str:
    """Where the association would go, in words."""
    if not term.is_finding:
        return "no association to lose: the interval includes 0 without any shift"
    ways = [
        f"{abs(delta):.2f} points {way}"
        for delta, way in ((term.delta_below, "lower"), (term.delta_above, "higher"))
        if delta is not None
    ]
    if not ways:
        return "does not flip within the range"
    return f"flips once missed surveys are {' or '.join(ways)} than expected"


def _named(label: str) -> str:
    return label.removesuffix(", within a participant")


def widths(results: Path, interval: str | None) -> pl.DataFrame:
    """Expected half widths of one interval; that of two groups where none is chosen."""
    saved = forecast_of(results)
    if saved is None or saved.result is None:
        return _frame((), WIDTHS)
    found = saved.result
    wanted = interval if interval is not None and interval in INTERVALS else "groups"
    own = [point for point in found.points if point.quantity == wanted]
    plan = next(point.half_width for point in own if point.is_plan)
    unit = "points" if wanted == "groups" else "points per exposure"
    return _frame(
        (
            {
                "n_analysed": found.n_analysed,
                "interval": wanted,
                "interval_label": interval_label(found, wanted),
                "unit": unit,
                "n_planned_participants": point.n_participants,
                "n_surveys": point.n_surveys,
                "last_week": point.last_week,
                "half_width": point.half_width,
                "low": point.low,
                "high": point.high,
                "is_plan": point.is_plan,
                "against_plan": point.half_width / plan - 1,
            }
            for point in own
        ),
        WIDTHS,
    )


def interval_label(found: Forecast, interval: str) -> str:
    """What the interval is of, in words."""
    if interval == "within":
        return f"{found.feature_label}, within a participant"
    if found.n_groups > len(found.group_shares):
        return f"Two of the {found.n_groups} arms"
    first, second = found.group_shares
    return "Two halves of the participants" if first == second else "The two arms"


def answers(results: Path) -> pl.DataFrame:
    """By scheduled survey, the share that gave a row so far, and the share expected in the end."""
    saved = forecast_of(results)
    return _frame(
        (
            {
                **vars(survey),
                "share": survey.n_analysed / survey.n_passed if survey.n_passed else None,
            }
            for survey in (saved.result.surveys if saved and saved.result else ())
        ),
        ANSWERS,
    )
