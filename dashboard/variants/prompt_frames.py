"""Excursion effects as frames: decision points in words, by horizon, over time, by moderator."""

from typing import Any

import numpy as np
import polars as pl

from dashboard import theme
from models.randomised.prompt_result import PromptFeature, PromptReport
from models.randomised.version_result import Estimate

POINTS = {"label": pl.String, "words": pl.String, "n_participants": pl.Int64}
_NUMBER = {
    "estimate": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "p_value": pl.Float64,
    "n_rows": pl.Int64,
    "n_participants": pl.Int64,
}
_ABOUT = {"variant_label": pl.String, "reference_label": pl.String, "estimator": pl.String,
          "is_ratio": pl.Boolean}  # fmt: skip
HORIZONS = {
    **_ABOUT,
    "outcome": pl.String,
    "outcome_label": pl.String,
    "hours": pl.Int64,
    "state": pl.String,
    **_NUMBER,
    "baseline": pl.Float64,
    "n_unknown": pl.Int64,
    "explanation": pl.String,
}
COURSE = {
    **_ABOUT,
    "week": pl.Int64,
    "estimate": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "n_points": pl.Int64,
    "n_participants": pl.Int64,
}
MODERATION = {
    **_ABOUT,
    "moderator": pl.String,
    "at": pl.String,
    "position": pl.Int64,
    "state": pl.String,
    **_NUMBER,
    "p_change": pl.Float64,
    "explanation": pl.String,
}
MAIN = "within_24h"


def chosen(
    report: PromptReport | None, feature: str | None, version: str | None
) -> tuple[PromptFeature, str] | None:
    """The feature and version asked for, or the first; None where nothing was computed."""
    if report is None or not report.features:
        return None
    named = {one.feature_id: one for one in report.features}
    found = named.get(feature or "", report.features[0])
    if feature is not None and feature not in named:
        return None
    others = [one.variant_id for one in found.chances if one.variant_id != found.reference]
    if not others:
        return found, ""
    return found, version if version in others else others[0]


def points(found: tuple[PromptFeature, str] | None) -> pl.DataFrame:
    """How many decision points there are, at how many something could be given, and how likely."""
    if found is None:
        return pl.DataFrame(schema=POINTS)
    one = found[0]
    n = one.n_participants
    if one.explanation:
        return pl.DataFrame([("No decision points", one.explanation, n)], POINTS, orient="row")
    share = one.n_available / one.n_points if one.n_points else 0.0
    unknown = max((each.n_unknown for each in one.excursions), default=0)
    declared = ", ".join(f"{c.label} {theme.number(c.probability, 2)}" for c in one.chances)
    seen = ", ".join(f"{c.label} {theme.number(c.share, 3)}" for c in one.chances)
    rows = [
        (
            "Decision points",
            f"{one.n_points:,} deliveries to {n:,} participants. Chance draws the version, not "
            "whether anything is delivered: nothing here says what a delivery does.",
            n,
        ),
        ("Available", f"{one.n_available:,} ({share:.1%}): the delivery says its version.", n),
        ("Probability, declared", declared, n),
        ("Share, observed", seen, n),
        ("Outcome not known yet", f"at most {unknown:,} points; left out, never counted as no", n),
        ("Estimators", "WCLS for differences, EMEE for relative risks; clustered by participant, "
         "Mancl–DeRouen corrected, t on n − p − q", n),
    ]  # fmt: skip
    return pl.DataFrame(rows, POINTS, orient="row")


def _labels(one: PromptFeature, variant: str) -> dict[str, str]:
    names = {each.variant_id: each.label for each in one.chances}
    return {
        "variant_label": names.get(variant, variant),
        "reference_label": names.get(one.reference, one.reference),
    }


def _number(number: Estimate | None, *, is_ratio: bool) -> dict[str, Any]:
    if number is None:
        return dict.fromkeys(_NUMBER)
    ends = (number.estimate, number.ci_low, number.ci_high)
    estimate, low, high = (float(np.exp(one)) for one in ends) if is_ratio else ends
    return {
        "estimate": estimate,
        "ci_low": low,
        "ci_high": high,
        "p_value": number.p_value,
        "n_rows": number.n_rows,
        "n_participants": number.n_participants,
    }


def _frame(rows: list[dict[str, Any]], schema: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([[row[name] for name in schema] for row in rows], schema, orient="row")


def horizons(found: tuple[PromptFeature, str] | None) -> pl.DataFrame:
    """The effect by how soon the outcome is looked at; relative risks are ratios, not logs."""
    if found is None:
        return pl.DataFrame(schema=HORIZONS)
    one, variant = found
    rows = []
    for each in one.excursions:
        if each.variant_id != variant:
            continue
        is_ratio = each.estimator == "EMEE"
        rows.append(
            {
                **vars(each),
                **_labels(one, variant),
                **_number(each.number, is_ratio=is_ratio),
                "is_ratio": is_ratio,
                "state": "estimated" if each.number is not None else "not_estimable",
            }
        )
    return _frame(rows, HORIZONS)


def course(found: tuple[PromptFeature, str] | None) -> pl.DataFrame:
    """The effect on a session within 24 hours, by study week."""
    if found is None:
        return pl.DataFrame(schema=COURSE)
    one, variant = found
    rows = []
    for each in one.course:
        if each.variant_id != variant or each.outcome != MAIN:
            continue
        is_ratio = each.estimator == "EMEE"
        ends = {name: getattr(each, name) for name in ("estimate", "ci_low", "ci_high")}
        if is_ratio:
            ends = {name: float(np.exp(value)) for name, value in ends.items()}
        rows.append({**vars(each), **_labels(one, variant), **ends, "is_ratio": is_ratio})
    return _frame(rows, COURSE)


def moderation(found: tuple[PromptFeature, str] | None) -> pl.DataFrame:
    """The effect on a session within 24 hours where a moderator is low, and where it is high."""
    if found is None:
        return pl.DataFrame(schema=MODERATION)
    one, variant = found
    rows = []
    for each in one.moderations:
        if each.variant_id != variant or each.outcome != MAIN:
            continue
        is_ratio = each.estimator == "EMEE"
        ends = ((each.low_words, each.low, 0), (each.high_words, each.high, 1))
        for words, number, position in ends:
            rows.append(
                {
                    **vars(each),
                    **_labels(one, variant),
                    **_number(number, is_ratio=is_ratio),
                    "is_ratio": is_ratio,
                    "at": words,
                    "position": position,
                    "p_change": None if each.change is None else each.change.p_value,
                    "state": "estimated" if number is not None else "not_estimable",
                }
            )
    return _frame(rows, MODERATION)
