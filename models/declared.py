"""The models that a study file declares, as specifications: one a preset and outcome."""

from models.spec import CovariateTerm, FeatureTerm, ModelSpec, ModeratorTerm
from study.definition import ModelPreset, Study
from study.dimensions import BY_ID
from study.outcomes import has_site_levels, outcomes, presets
from study.presets import WEEKLY_ADHERENCE


def declared(study: Study, model_id: str) -> ModelSpec | None:
    """The specification of a model by its id; None where the study declares no such model."""
    specs = (spec for preset in presets(study) for spec in model_specs(study, preset))
    return next((spec for spec in specs if spec.model_id == model_id), None)


def model_specs(study: Study, preset: ModelPreset) -> tuple[ModelSpec, ...]:
    """What is fitted for a preset, one model an outcome."""
    return tuple(_spec(study, preset, outcome) for outcome in outcomes(study, preset))


def _spec(study: Study, preset: ModelPreset, outcome: str) -> ModelSpec:
    return ModelSpec(
        model_id=f"{preset.id}.{outcome}",
        preset_id=preset.id,
        outcome=outcome,
        outcome_label=_label(outcome),
        features=tuple(
            FeatureTerm(feature.id, feature.label, feature.always_on)
            for feature in study.features
            if not preset.features or feature.id in preset.features
        ),
        arms=tuple((arm.id, arm.label) for arm in study.arms),
        transform=preset.transform,
        window_days=preset.window_days,
        lag_days=preset.lag_days,
        is_standardised=preset.standardise,
        covariates=tuple(
            CovariateTerm(one.id, one.label, one.kind)
            for one in study.covariates
            if one.id in preset.covariates
        ),
        moderator=_moderator(preset, outcome),
        family=preset.family,
        hypotheses=preset.hypotheses,
        df_method=preset.df,
        has_site_levels=has_site_levels(study, preset),
    )


def _moderator(preset: ModelPreset, outcome: str) -> ModeratorTerm | None:
    """The preset's moderator; none for the outcome that it is itself."""
    if preset.moderator is None or preset.moderator == outcome:
        return None
    return ModeratorTerm(preset.moderator, _label(preset.moderator), preset.moderated)


def _label(outcome: str) -> str:
    if outcome == WEEKLY_ADHERENCE:
        return "Weekly adherence"
    known = BY_ID.get(outcome)
    return outcome.replace("_", " ").capitalize() if known is None else known.label
