"""The study as a masked viewer knows it: one arm, and nothing that could tell the arms apart."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from study.blinding_parts import (
    HiddenEvent,
    blind_adherence,
    blind_features,
    blind_instruments,
    blind_intended_use,
    blind_models,
    events_of,
)
from study.definition import EVERYONE, Arm, Study
from study.hidden_words import HiddenWords, words_of_arms
from study.presets import WEEKLY_ADHERENCE

POOLED = "pooled"
ALL_ARMS = "All arms"
EditionName = Literal["masked", "scrambled"]


@dataclass(frozen=True)
class Telling:
    """What the data show to be of some arms only, beyond what the study file says.

    Names of events, ids of instruments, of covariates and of features with versions (`variants`).
    `has_telling_lengths`: how long sessions take, or how many events they have, tells the arm.
    `names` are the names of all events there are, for which patterns stand.
    """

    events: frozenset[str] = frozenset()
    instruments: frozenset[str] = frozenset()
    covariates: frozenset[str] = frozenset()
    variants: frozenset[str] = frozenset()
    has_telling_lengths: bool = False
    names: frozenset[str] = frozenset()


class MaskedStudy(Study):
    """A study whose build holds nothing that gives an arm away.

    `use_weeks` is the number of study weeks, from week 0 on, of which use is shown, None where all
    is; `hidden_events` are events that are passed over, as (name, property, its value), the last
    two None for all of a name; `hidden_words` is a regular expression for texts that are replaced;
    `hides_length` hides how long sessions took; `dealt` holds (participant, arm) of a scrambled
    edition; `left_out` says, for those who may know, what is not shown.
    """

    edition: EditionName = "masked"
    use_weeks: int | None = None
    hidden_events: tuple[HiddenEvent, ...] = ()
    hidden_words: str = ""
    hides_length: bool = False
    dealt: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()


def needs_masking(study: Study) -> bool:
    """Whether there are arms to be told apart: two or more."""
    return len(study.arms) > 1


def common_weeks(study: Study) -> int:
    """Study weeks, from week 0 on, in which all arms are meant to do the same; 0 for none."""
    planned = study.study.planned_weeks
    declared = study.blinding.common_weeks
    alike = planned if declared is None else min(planned, declared)
    if study.intended_use is None:
        return alike
    sessions = study.intended_use.sessions
    lists = [sessions.get(arm.id, sessions.get(EVERYONE, ())) for arm in study.arms]
    for week in range(alike):
        if len({due[week] if week < len(due) else 0 for due in lists}) > 1:
            return week
    # Beyond the planned weeks nothing is due, but a list may go on: it tells no week of these.
    return alike


def masked_study(
    study: Study,
    kept_features: frozenset[str],
    telling: Telling | None = None,
    *,
    edition: EditionName = "masked",
    dealt: Iterable[tuple[str, str]] = (),
) -> MaskedStudy:
    """The study that the masked edition is built from.

    Arms are pooled to one (`scrambled` keeps their names, which are dealt out at random). What is
    due is what is due in every arm, in the weeks in which the arms do not differ; later use is not
    shown. Features, events, instruments, covariates, versions and model presets that only some arms
    have are left out, and texts that name an arm are replaced.

    Parameters
    ----------
    kept_features
        Features that all arms have in the data; others are left out.
    telling
        What else in the data is of some arms only.
    dealt
        (participant, arm) of the scrambled edition.
    """
    found = telling or Telling()
    words = words_of_arms(study)
    weeks = common_weeks(study)
    features, hidden = blind_features(study, kept_features, words)
    words = words.and_also(_names(study, hidden, found))
    instruments = blind_instruments(study, found.instruments, words)
    intended = blind_intended_use(study, weeks, found.events, words)
    hides_length = found.has_telling_lengths or study.blinding.lengths
    adherence = (
        ()
        if intended is None
        else blind_adherence(study, weeks, words, has_minutes=not hides_length)
    )
    models = blind_models(
        study,
        features=frozenset(one.id for one in features),
        outcomes=frozenset(instruments.dimensions)
        | (set() if intended is None else {WEEKLY_ADHERENCE}),
        covariates=frozenset(
            one.id for one in study.covariates if not _tells(study, one.id, found, words)
        ),
        words=words,
    )
    calendar = study.study.model_copy(
        update={
            "title": words.scrubbed(study.study.title, study.study.id),
            "planned_weeks": weeks,
            "follow_up_weeks": study.study.last_week + 1,
        }
    )
    sections = {
        **dict(study),
        "study": calendar,
        "arms": study.arms if edition == "scrambled" else (_pooled(),),
        "sites": tuple(
            one.model_copy(update={"label": words.scrubbed(one.label, f"Site {place}")})
            for place, one in enumerate(study.sites, start=1)
        ),
        "sources": (),
        "identities": (),
        "features": features,
        "instruments": instruments.instruments,
        "dimensions": instruments.dimensions,
        "intended_use": intended,
        "adherence": adherence,
        "excused": tuple(
            one.model_copy(update={"reason": words.scrubbed(one.reason)}) for one in study.excused
        ),
        "variants": tuple(
            one
            for one in study.variants
            if one.feature in {feature.id for feature in features}
            and one.feature not in found.variants
            and not words.are_in(one.id, one.label, one.property, one.value)
        ),
        "covariates": tuple(
            one for one in study.covariates if not _tells(study, one.id, found, words)
        ),
        "models": models.presets,
        "blinding": type(study.blinding)(),
    }
    hidden_events = events_of(study, hidden, found.events, found.names)
    left_out = (
        *_sentences(study, weeks, hidden, found),
        *(("how long sessions took, and how many events they had",) if hides_length else ()),
        *instruments.left_out,
        *models.left_out,
    )
    return MaskedStudy.model_construct(
        **{
            **sections,
            "digest": _digest(study, edition, sections, hidden_events, words, hides_length),
            "edition": edition,
            "use_weeks": weeks if weeks < study.study.planned_weeks else None,
            "hidden_events": hidden_events,
            "hidden_words": words.pattern,
            "hides_length": hides_length,
            "dealt": tuple(sorted(dealt)),
            "left_out": left_out,
        }
    )


def _pooled() -> Arm:
    return Arm(id=POOLED, label=ALL_ARMS, masked_label=ALL_ARMS, allocation=1)


def _names(study: Study, hidden: Iterable[str], found: Telling) -> list[str]:
    """Words for what only some arms have: ids and labels of features and instruments, events."""
    gone = {*hidden, *found.instruments, *study.blinding.instruments}
    named = [(one.id, one.label) for one in study.features]
    named += [(one.id, one.label) for one in study.instruments]
    return [*(name for pair in named if pair[0] in gone for name in pair), *found.events]


def _tells(study: Study, covariate_id: str, found: Telling, words: HiddenWords) -> bool:
    label = next(one.label for one in study.covariates if one.id == covariate_id)
    return covariate_id in {*study.blinding.covariates, *found.covariates} or words.are_in(
        covariate_id, label
    )


def _sentences(study: Study, weeks: int, hidden: Iterable[str], found: Telling) -> list[str]:
    said = []
    if weeks < study.study.planned_weeks:
        said.append(f"use after the {weeks} study weeks in which all arms are meant to do the same")
    said += [f"feature {one}" for one in sorted(hidden)]
    said += [f"event {one}" for one in sorted(found.events)]
    covariates = {*study.blinding.covariates, *found.covariates}
    said += [f"covariate {one}" for one in sorted(covariates)]
    said += [f"versions of feature {one}" for one in sorted(found.variants)]
    return said


def _digest(
    study: Study,
    edition: str,
    sections: dict[str, object],
    hidden_events: tuple[HiddenEvent, ...],
    words: HiddenWords,
    hides_length: bool,
) -> str:
    """Digest of the masked study: of its own file's digest and of what is left of it."""
    shown = repr(sorted((name, part) for name, part in sections.items() if name != "folder"))
    parts = (study.digest, edition, shown, repr(hidden_events), words.pattern, str(hides_length))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
