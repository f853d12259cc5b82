"""The study's main alliance model and its main association, as the study file declares them."""

from dataclasses import dataclass, replace

from models.declared import model_specs
from models.errors import NotEstimableError
from models.spec import ModelSpec
from study.definition import Study
from study.outcomes import presets
from study.presets import TOTAL_DIMENSION


@dataclass(frozen=True)
class MainModel:
    """The model, without a moderator, and the feature whose within-person association is main."""

    spec: ModelSpec
    feature_id: str


def main_model(study: Study) -> MainModel:
    """The first preset that maps exposure to the total, and the first hypothesised feature.

    No estimate takes part in the choice: the preset and the hypotheses stand in the study file, in
    its order. Without a total, the first dimension is taken; without a hypothesis, the first
    feature that participants can do without.

    Raises
    ------
    NotEstimableError
        If the study has no dimension, no feature, or no such preset.
    """
    maps = [
        preset
        for preset in presets(study)
        if preset.outcome == TOTAL_DIMENSION and preset.family == "exploratory"
    ]
    plain = [preset for preset in maps if preset.moderator is None]
    if not maps:
        raise NotEstimableError(
            "The study file has no exploratory model of the alliance total, which would be the "
            "main one.",
            "no_declared_model",
        )
    specs = {one.outcome: one for one in model_specs(study, (plain or maps)[0])}
    dimensions = [outcome for outcome in specs if outcome in study.dimensions]
    if not dimensions:
        raise NotEstimableError("The study measures no dimension of alliance.", "no_dimension")
    outcome = TOTAL_DIMENSION if TOTAL_DIMENSION in dimensions else dimensions[0]
    spec = replace(specs[outcome], moderator=None)
    return MainModel(spec, _main_feature(study, spec))


def _main_feature(study: Study, spec: ModelSpec) -> str:
    varying = {term.feature_id for term in spec.features if not term.is_always_on}
    principles = {one.id: one.principle for one in study.features if one.id in varying}
    hypothesised = sorted(study.hypotheses, key=lambda one: one.dimension != spec.outcome)
    for hypothesis in hypothesised:
        for feature_id, principle in principles.items():
            if principle == hypothesis.principle:
                return feature_id
    if not principles:
        raise NotEstimableError(
            "The study file names no feature that participants can do without.", "no_feature"
        )
    return next(iter(principles))
