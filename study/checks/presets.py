"""What `[[models]]` and `[[covariates]]` ask of the rest of the study."""

from collections.abc import Iterable, Iterator

from study.definition import ModelPreset, RosterColumns, Study
from study.presets import LEAST_SITES, WEEKLY_ADHERENCE
from study.problems import Problem, repeated, repeated_ids, show, unknown

_DIMENSION = "a dimension that this study measures"
_MEASURE_IT = "Say in [dimensions] which scale measures it."


def problems(study: Study) -> Iterator[Problem]:
    """Everything about models and covariates that their types alone cannot say."""
    yield from repeated_ids("covariates", (one.id for one in study.covariates))
    yield from _covariates(study)
    yield from repeated_ids("models", (one.id for one in study.models))
    for index, model in enumerate(study.models):
        path = f"models[{index}]"
        yield from _outcome(study, model, path)
        yield from _features(study, model, path)
        yield from _moderator(study, model, path)
        yield from _family(study, model, path)
        yield from _site(study, model, path)
        known = [one.id for one in study.covariates]
        remedy = "Add it to [[covariates]]."
        yield from _names(f"{path}.covariates", model.covariates, "a covariate", known, remedy)


def _covariates(study: Study) -> Iterator[Problem]:
    known = [one.id for one in study.covariates]
    mapped: set[str] = set()
    for index, source in enumerate(study.sources):
        section = source.roster or RosterColumns()
        path = f"sources[{index}].roster.covariates"
        for name, column in section.covariates.items():
            mapped.add(name)
            where = f"{path}.{name}"
            if name not in known:
                remedy = "Add it to [[covariates]], with a label and a kind."
                yield unknown(where, name, "a covariate of this study", known, remedy)
            if column in study.privacy.drop:
                yield Problem(
                    where,
                    f"{show(column)} is also listed in privacy.drop, so it is never read. Choose "
                    "one.",
                )
            if column in (section.arm, source.participant):
                yield Problem(
                    where,
                    f"{show(column)} is the column of the "
                    f"{'arm' if column == section.arm else 'participant'}, which is no covariate.",
                )
    for index, covariate in enumerate(study.covariates):
        if covariate.id not in mapped:
            yield Problem(
                f"covariates[{index}].id",
                f"{show(covariate.id)} has no column. Name it in a source of kind "
                f'"roster": [sources.roster] covariates = {{ {covariate.id} = "column" }}.',
                refers_to="sources",
            )


def _outcome(study: Study, model: ModelPreset, path: str) -> Iterator[Problem]:
    if model.outcome != WEEKLY_ADHERENCE:
        if model.outcome not in study.dimensions:
            yield unknown(
                f"{path}.outcome", model.outcome, _DIMENSION, study.dimensions, _MEASURE_IT
            )
        return
    if study.intended_use is None:
        yield Problem(
            f"{path}.outcome",
            f"{show(WEEKLY_ADHERENCE)} needs [intended_use]: without saying what was intended, and "
            "why, there is no adherence.",
            refers_to="intended_use",
        )
    for key in ("lag_days", "window_days", "df"):
        if key in model.model_fields_set:
            yield Problem(
                f"{path}.{key}",
                "has no effect: weekly adherence is related to the week before, by another kind of "
                "model. Remove it.",
            )


def _features(study: Study, model: ModelPreset, path: str) -> Iterator[Problem]:
    known = [feature.id for feature in study.features]
    yield from _names(f"{path}.features", model.features, "a feature of this study", known)
    what = "a feature of this model"
    for key, names in (("moderated", model.moderated), ("hypotheses", model.hypotheses)):
        yield from _names(f"{path}.{key}", names, what, model.features or known)


def _moderator(study: Study, model: ModelPreset, path: str) -> Iterator[Problem]:
    if model.moderator is None:
        if model.moderated:
            yield Problem(
                f"{path}.moderated",
                'has no effect without moderator, the dimension that changes them: moderator = "'
                'flexibility".',
            )
        return
    if model.moderator not in study.dimensions:
        yield unknown(
            f"{path}.moderator", model.moderator, _DIMENSION, study.dimensions, _MEASURE_IT
        )
    elif model.moderator == model.outcome:
        yield Problem(
            f"{path}.moderator",
            f"{show(model.moderator)} is the outcome itself. Choose another of the two.",
        )


def _family(study: Study, model: ModelPreset, path: str) -> Iterator[Problem]:
    if model.family == "confirmatory" and not model.hypotheses:
        yield Problem(
            f"{path}.hypotheses",
            "is missing. A confirmatory family lists its features, such as hypotheses = "
            '["praise"].',
        )
    if model.family == "exploratory" and model.hypotheses:
        yield Problem(f"{path}.hypotheses", 'is only for family = "confirmatory".')
    always_on = {feature.id for feature in study.features if feature.always_on}
    for index, name in enumerate(model.hypotheses):
        if name in always_on:
            yield Problem(
                f"{path}.hypotheses[{index}]",
                f"{show(name)} is always on, so that nothing about it can be tested.",
            )


def _site(study: Study, model: ModelPreset, path: str) -> Iterator[Problem]:
    asked = "site" in model.model_fields_set and model.site
    if asked and len(study.sites) < LEAST_SITES:
        yield Problem(
            f"{path}.site",
            f"needs {LEAST_SITES} sites or more in [[sites]], and there are {len(study.sites)}: "
            "fewer tell too little of how sites differ. Remove it.",
            refers_to="sites",
        )


def _names(
    path: str, names: tuple[str, ...], what: str, known: Iterable[str], remedy: str = ""
) -> Iterator[Problem]:
    known = list(known)
    yield from repeated(path, names)
    for index, name in enumerate(names):
        if name not in known and name not in names[:index]:
            yield unknown(f"{path}[{index}]", name, what, known, remedy)
