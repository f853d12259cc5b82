"""The comparison of versions as frames: health, effects, looks, parts; one row a number."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from models.randomised.version_result import (
    ComparedFeature,
    Effect,
    Estimate,
    Look,
    Part,
    VersionReport,
)

MAIN_OUTCOMES = ("within_24h", "adherence", "sessions")
"""Outcomes that are shown where nobody chose one, in order of preference."""

HEALTH = {
    "section": pl.String,
    "name": pl.String,
    "label": pl.String,
    "state": pl.String,
    "words": pl.String,
    "probability": pl.Float64,
    "n_deliveries": pl.Int64,
    "n_participants": pl.Int64,
    "feature_label": pl.String,
    "is_randomised": pl.Boolean,
}
BALANCE = {
    "covariate": pl.String,
    "variant_label": pl.String,
    "reference_label": pl.String,
    "difference": pl.Float64,
    "limit": pl.Float64,
    "mean": pl.Float64,
    "mean_reference": pl.Float64,
    "is_notable": pl.Boolean,
    "n_participants": pl.Int64,
}
_NUMBER = {
    "estimate": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "se": pl.Float64,
    "df": pl.Float64,
    "p_value": pl.Float64,
    "n_rows": pl.Int64,
    "n_participants": pl.Int64,
}
EFFECTS = {
    "outcome": pl.String,
    "outcome_label": pl.String,
    "group": pl.String,
    "unit": pl.String,
    "variant_label": pl.String,
    "reference_label": pl.String,
    "is_randomised": pl.Boolean,
    "estimator": pl.String,
    "scale": pl.String,
    "state": pl.String,
    **_NUMBER,
    "p_adjusted": pl.Float64,
    "valid_low": pl.Float64,
    "valid_high": pl.Float64,
    "standardised": pl.Float64,
    "std_low": pl.Float64,
    "std_high": pl.Float64,
    "std_valid_low": pl.Float64,
    "std_valid_high": pl.Float64,
    "mean": pl.Float64,
    "mean_reference": pl.Float64,
    "ratio": pl.Float64,
    "ratio_low": pl.Float64,
    "ratio_high": pl.Float64,
    "plain_se": pl.Float64,
    "variance_removed": pl.Float64,
    "detectable": pl.Float64,
    "n_lost": pl.Int64,
    "explanation": pl.String,
}
_ABOUT = {
    "outcome_label": pl.String,
    "unit": pl.String,
    "scale": pl.String,
    "variant_label": pl.String,
    "reference_label": pl.String,
    "is_randomised": pl.Boolean,
}
LOOKS = {
    **_ABOUT,
    "day": pl.String,
    **_NUMBER,
    "valid_low": pl.Float64,
    "valid_high": pl.Float64,
    "n_new": pl.Int64,
}
PARTS = {
    **_ABOUT,
    "kind": pl.String,
    "label": pl.String,
    "position": pl.Int64,
    "state": pl.String,
    **_NUMBER,
    "shrunken": pl.Float64,
    "shrunken_low": pl.Float64,
    "shrunken_high": pl.Float64,
    "explanation": pl.String,
}


def chosen_feature(report: VersionReport | None, feature: str | None) -> ComparedFeature | None:
    """The feature asked for, or the first that can be compared."""
    if report is None or not report.features:
        return None
    named = {one.feature_id: one for one in report.features}
    if feature in named:
        return named[feature]
    return next((one for one in report.features if not one.explanation), report.features[0])


def chosen_version(feature: ComparedFeature, version: str | None) -> str:
    """The version asked for, or the first that is not the reference."""
    others = [one.variant_id for one in feature.versions if one.variant_id != feature.reference]
    return version if version in others else others[0]


def chosen_outcome(feature: ComparedFeature, outcome: str | None) -> Effect | None:
    """The outcome asked for, or the main one that has a number."""
    named = {one.outcome: one for one in feature.effects}
    if outcome in named:
        return named[outcome]
    with_number = [name for name, one in named.items() if one.number is not None]
    preferred = [name for name in MAIN_OUTCOMES if name in with_number]
    name = next(iter((*preferred, *with_number, *named)), None)
    return None if name is None else named[name]


def _labels(feature: ComparedFeature, variant: str) -> tuple[str, str]:
    names = {one.variant_id: one.label for one in feature.versions}
    return names[variant], names[feature.reference]


def _number(number: Estimate | None) -> dict[str, Any]:
    if number is None:
        return dict.fromkeys(_NUMBER)
    return {
        "estimate": number.estimate,
        "ci_low": number.ci_low,
        "ci_high": number.ci_high,
        "se": number.se,
        "df": number.df,
        "p_value": number.p_value,
        "n_rows": number.n_rows,
        "n_participants": number.n_participants,
    }


def _frame(rows: Iterable[dict[str, Any]], schema: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([[row[name] for name in schema] for row in rows], schema, orient="row")


def health(feature: ComparedFeature | None) -> pl.DataFrame:
    """The badge, the versions with how often each was given, and every check."""
    if feature is None:
        return pl.DataFrame(schema=HEALTH)
    about = {"feature_label": feature.label, "is_randomised": feature.is_randomised}
    blank = {**dict.fromkeys(HEALTH), **about, "state": "", "words": ""}
    badge = "Randomised" if feature.is_randomised else "Not randomised"
    verb = (
        "Chance decided who got which version, so differences may be called effects."
        if feature.is_randomised
        else "Chance did not decide who got which version, so differences are associations."
    )
    rows = [{**blank, "section": "badge", "name": "badge", "label": badge, "words": verb}]
    rows.append(
        {**blank, "section": "unit", "name": feature.unit, "label": "Unit",
         "words": f"{_UNITS[feature.unit]} {feature.unit_words}"}
    )  # fmt: skip
    for one in feature.versions:
        is_reference = one.variant_id == feature.reference
        rows.append(
            {**blank, "section": "version", "name": one.variant_id, "label": one.label,
             "words": "reference" if is_reference else "", "probability": one.probability,
             "n_deliveries": one.n_deliveries, "n_participants": one.n_participants}
        )  # fmt: skip
    if feature.explanation:
        rows.append(
            {**blank, "section": "check", "name": "nothing", "label": "Nothing to compare",
             "state": "failed", "words": feature.explanation}
        )  # fmt: skip
    for check in feature.checks:
        rows.append(
            {**blank, "section": "check", "name": check.name, "label": check.label,
             "state": check.state, "words": check.words, "n_participants": check.n_participants}
        )  # fmt: skip
    return _frame(rows, HEALTH)


_UNITS = {
    "point": "Each delivery is a decision point of its own.",
    "participant": "Each participant keeps the version that they were given first.",
}


def balance(feature: ComparedFeature | None, version: str | None) -> pl.DataFrame:
    """What was known before, the chosen version less the reference."""
    if feature is None or not feature.balance:
        return pl.DataFrame(schema=BALANCE)
    variant = chosen_version(feature, version)
    own, other = _labels(feature, variant)
    rows = [
        {**vars(one), "variant_label": own, "reference_label": other}
        for one in feature.balance
        if one.variant_id == variant
    ]
    return _frame(rows, BALANCE)


def effects(feature: ComparedFeature | None, version: str | None) -> pl.DataFrame:
    """Every outcome of the chosen version against the reference."""
    if feature is None or not feature.effects:
        return pl.DataFrame(schema=EFFECTS)
    variant = chosen_version(feature, version)
    rows = [_effect(feature, one) for one in feature.effects if one.variant_id == variant]
    return _frame(rows, EFFECTS)


def _effect(feature: ComparedFeature, one: Effect) -> dict[str, Any]:
    own, other = _labels(feature, one.variant_id)
    number = _number(one.number)
    ends = {
        "standardised": number["estimate"],
        "std_low": number["ci_low"],
        "std_high": number["ci_high"],
        "std_valid_low": one.valid_low,
        "std_valid_high": one.valid_high,
    }
    spread = one.spread
    scaled = {
        name: None if value is None or not spread else value / spread
        for name, value in ends.items()
    }
    return {
        **vars(one),
        **number,
        **scaled,
        "variant_label": own,
        "reference_label": other,
        "is_randomised": feature.is_randomised,
        "state": "estimated" if one.number is not None else "not_estimable",
    }


def _about(feature: ComparedFeature, found: Effect, variant: str) -> dict[str, Any]:
    own, other = _labels(feature, variant)
    return {
        "outcome_label": found.outcome_label,
        "unit": found.unit,
        "scale": found.scale,
        "variant_label": own,
        "reference_label": other,
        "is_randomised": feature.is_randomised,
    }


def looks(
    feature: ComparedFeature | None, version: str | None, outcome: str | None
) -> pl.DataFrame:
    """The chosen outcome as it stood from one look to the next."""
    found = None if feature is None else chosen_outcome(feature, outcome)
    if feature is None or found is None:
        return pl.DataFrame(schema=LOOKS)
    variant = chosen_version(feature, version)
    about = _about(feature, found, variant)
    rows = [
        {**about, **vars(one), **_number(one.number)}
        for one in _own(feature.looks, found.outcome, variant)
    ]
    return _frame(rows, LOOKS)


def parts(
    feature: ComparedFeature | None,
    version: str | None,
    outcome: str | None,
    *,
    of_weeks: bool,
) -> pl.DataFrame:
    """The chosen outcome by week since the first delivery, or by moderator."""
    found = None if feature is None else chosen_outcome(feature, outcome)
    if feature is None or found is None:
        return pl.DataFrame(schema=PARTS)
    variant = chosen_version(feature, version)
    about = _about(feature, found, variant)
    source = feature.weeks if of_weeks else feature.moderators
    rows = [
        {
            **about,
            **vars(one),
            **_number(one.number),
            "state": "estimated" if one.number is not None else "not_estimable",
        }
        for one in _own(source, found.outcome, variant)
    ]
    return _frame(rows, PARTS)


def _own(
    some: tuple[Look, ...] | tuple[Part, ...], outcome: str, variant: str
) -> list[Look | Part]:
    return [one for one in some if one.outcome == outcome and one.variant_id == variant]
