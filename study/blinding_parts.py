"""Sections of a study without what only some arms have."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from study.definition import (
    EVERYONE,
    AdherenceDefinition,
    Dimension,
    Feature,
    Instrument,
    IntendedUse,
    ModelPreset,
    Study,
)
from study.hidden_words import HiddenWords
from study.presets import TOTAL_DIMENSION

JUSTIFICATION = (
    "What is due in every arm, in the weeks in which the arms do not differ. The protocol's own "
    "words are not shown here: they could tell the arms apart."
)


HiddenEvent = tuple[str, str | None, str | None]


def blind_features(
    study: Study, kept: frozenset[str], words: HiddenWords
) -> tuple[tuple[Feature, ...], frozenset[str]]:
    """Features that every arm has, and the ids of the others."""
    declared = frozenset(study.blinding.features)
    hidden = frozenset(
        one.id
        for one in study.features
        if one.id in declared or one.id not in kept or _tells(study, one, words)
    )
    return tuple(one for one in study.features if one.id not in hidden), hidden


def _tells(study: Study, feature: Feature, words: HiddenWords) -> bool:
    patterns = feature.stages.values()
    wanted = [text for one in patterns for pair in one.where.items() for text in pair]
    events = [one.event for one in patterns]
    return words.are_in(feature.id, feature.label, *wanted, *events) or any(
        is_hidden_event(study, event) for event in events
    )


def events_of(
    study: Study, hidden: frozenset[str], telling: frozenset[str], names: frozenset[str]
) -> tuple[HiddenEvent, ...]:
    """Events of hidden features, and those that only some arms have in the data or by declaration.

    A pattern stands for all of `names` that fit it, and for itself.
    """
    found: set[HiddenEvent] = {(name, None, None) for name in telling}
    for event in study.blinding.events:
        found |= {(name, None, None) for name in _fitting(event, names)}
    for feature in study.features:
        for pattern in feature.stages.values() if feature.id in hidden else ():
            asked: tuple[tuple[str | None, str | None], ...] = tuple(pattern.where.items()) or (
                (None, None),
            )
            found |= {
                (name, key, value)
                for name in _fitting(pattern.event, names)
                for key, value in asked
            }
    return tuple(sorted(found, key=repr))


def _fitting(pattern: str, names: frozenset[str]) -> set[str]:
    return {pattern, *(name for name in names if _fits(name, pattern))}


def _fits(name: str, pattern: str) -> bool:
    """Whether a name fits a pattern in which `*` stands for anything, and nothing else does."""
    parts = [re.escape(part) for part in pattern.split("*")]
    return re.fullmatch(".*".join(parts), name, flags=re.DOTALL) is not None


def is_hidden_event(study: Study, event: str) -> bool:
    """Whether the study file says that only some arms have an event."""
    return any(_fits(event, pattern) for pattern in study.blinding.events)


@dataclass(frozen=True)
class BlindInstruments:
    """Instruments that every arm is given, the dimensions that they measure, and what is gone."""

    instruments: tuple[Instrument, ...]
    dimensions: dict[str, Dimension]
    left_out: tuple[str, ...]


def blind_instruments(
    study: Study, telling: frozenset[str], words: HiddenWords
) -> BlindInstruments:
    """Instruments without those that only some arms are given; steps that tell an arm are gone."""
    gone = {*telling, *study.blinding.instruments}
    gone |= {one.id for one in study.instruments if words.are_in(one.id)}
    kept = tuple(_scheduled(one, words) for one in study.instruments if one.id not in gone)
    dimensions = {}
    for name, dimension in study.dimensions.items():
        scales = tuple(one for one in dimension.scales if one.partition(".")[0] not in gone)
        if scales:
            dimensions[name] = dimension.model_copy(update={"scales": scales})
    return BlindInstruments(
        instruments=kept,
        dimensions=dimensions,
        left_out=tuple(f"instrument {one}" for one in sorted(gone)),
    )


def _scheduled(instrument: Instrument, words: HiddenWords) -> Instrument:
    schedule = instrument.schedule
    if schedule is not None:
        steps = {"delivered": schedule.delivered, "opened": schedule.opened}
        told = {step: None for step, event in steps.items() if words.are_in(event)}
        schedule = schedule.model_copy(update=told)
    scales = tuple(
        one.model_copy(update={"label": words.scrubbed(one.label, one.id)})
        for one in instrument.scales
    )
    label = words.scrubbed(instrument.label, instrument.id)
    return instrument.model_copy(
        update={"label": label, "schedule": schedule, "scales": scales, "source": "", "licence": ""}
    )


def blind_intended_use(
    study: Study, weeks: int, hidden_events: frozenset[str], words: HiddenWords
) -> IntendedUse | None:
    """What is due in every arm; None where the event that says it was done tells the arm."""
    intended = study.intended_use
    if intended is None:
        return None
    steps = {step: getattr(intended, step) for step in ("done", "delivered", "opened")}
    told = {
        step
        for step, event in steps.items()
        if event is not None
        and (
            words.are_in(event)
            or is_hidden_event(study, event)
            or any(_fits(name, event) for name in hidden_events)
        )
    }
    if "done" in told:
        return None
    sessions = intended.sessions
    arms = [sessions.get(arm.id, sessions.get(EVERYONE, ())) for arm in study.arms]
    due = tuple(min(one[week] if week < len(one) else 0 for one in arms) for week in range(weeks))
    return intended.model_copy(
        update={
            **dict.fromkeys(told),
            "sessions": {EVERYONE: due},
            "justification": JUSTIFICATION,
        }
    )


def blind_adherence(
    study: Study, weeks: int, words: HiddenWords, *, has_minutes: bool
) -> tuple[AdherenceDefinition, ...]:
    """Definitions that mean the same in every arm and in the weeks that are shown.

    Minutes in all cannot be judged by a part of the weeks, or where they are hidden, nor can more
    weeks at the end than are shown.
    """
    is_cut = weeks < study.study.planned_weeks
    kept = [
        one
        for one in study.adherence
        if not words.are_in(one.id)
        and not (one.rule == "minutes" and (is_cut or not has_minutes))
        and not (one.rule == "persistent" and one.minimum > weeks)
    ]
    return tuple(
        one.model_copy(
            update={
                "label": words.scrubbed(one.label, one.id),
                "justification": words.scrubbed(one.justification),
            }
        )
        for one in kept
    )


@dataclass(frozen=True)
class BlindModels:
    """Presets that a masked edition can fit, and what is said of the others."""

    presets: tuple[ModelPreset, ...]
    left_out: tuple[str, ...]


def blind_models(
    study: Study,
    *,
    features: frozenset[str],
    outcomes: frozenset[str],
    covariates: frozenset[str],
    words: HiddenWords,
) -> BlindModels:
    """Presets without hidden features and covariates; those that nothing is left of are left out.

    A confirmatory preset is left out whole where a declared feature is: its family of tests would
    be another one.
    """
    kept: list[ModelPreset] = []
    left_out: list[str] = []
    for preset in study.models:
        if _is_possible(preset, features, outcomes, words):
            narrowed = {
                "features": _among(preset.features, features),
                "moderated": _among(preset.moderated, features),
                "covariates": _among(preset.covariates, covariates),
            }
            kept.append(preset.model_copy(update=narrowed))
        else:
            left_out.append(f"model {preset.id}")
    return BlindModels(tuple(kept), tuple(left_out))


def _is_possible(
    preset: ModelPreset,
    features: frozenset[str],
    outcomes: frozenset[str],
    words: HiddenWords,
) -> bool:
    # An exploratory preset of the total stands for the whole map, whatever is on it.
    is_map = preset.outcome == TOTAL_DIMENSION and preset.family == "exploratory"
    named = [] if is_map else [preset.outcome]
    named += [] if preset.moderator is None else [preset.moderator]
    return (
        not words.are_in(preset.id)
        and outcomes.issuperset(named)
        and features.issuperset(preset.hypotheses)
        # A list that became empty would stand for all features.
        and (not preset.features or bool(_among(preset.features, features)))
        and (not preset.moderated or bool(_among(preset.moderated, features)))
    )


def _among(names: Iterable[str], kept: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in kept)
