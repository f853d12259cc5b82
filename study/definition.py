"""What the words of a study mean: `study.toml` as typed, validated objects.

The least that a study file needs is `[study]` and one of `[[sources]]`. Whatever is left out is
left out of the pages too: without `[[arms]]` no participant has an arm (`arm_id` is NULL and
`dim_arms` is empty), without `[intended_use]` there is usage but no adherence.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from study.masking import Blinding
from study.part import (
    Flag,
    Id,
    Number,
    Part,
    Text,
    TimeZone,
    Whole,
    date_as_text,
    one_of_words_or_date,
    texts_by_key,
)
from study.presets import TOTAL_DIMENSION, Covariate, ModelPreset
from study.scoring_key import Instrument, Scale, Schedule
from study.sources import (
    AnswerColumns,
    EventColumns,
    Lookup,
    RosterColumns,
    Source,
    SourceKind,
)

__all__ = [
    "EVERYONE",
    "STAGES",
    "TOTAL_DIMENSION",
    "AdherenceDefinition",
    "AnswerColumns",
    "Arm",
    "Blinding",
    "Calendar",
    "Covariate",
    "Dimension",
    "EventColumns",
    "EventPattern",
    "Excused",
    "Feature",
    "Hypothesis",
    "IdentityMap",
    "Instrument",
    "IntendedUse",
    "Lookup",
    "ModelPreset",
    "Part",
    "Privacy",
    "Recruitment",
    "RosterColumns",
    "Scale",
    "Schedule",
    "Site",
    "Source",
    "SourceKind",
    "Stage",
    "Study",
    "Variant",
]

Stage = Literal["offered", "delivered", "seen", "acted"]
STAGES: tuple[Stage, ...] = ("offered", "delivered", "seen", "acted")
_EXPOSURE_ORDER: tuple[Stage, ...] = ("seen", "delivered", "acted", "offered")
EVERYONE = "everyone"


class Calendar(Part):
    """Identity, clock, and how sessions are told apart."""

    id: Id
    """Short name of the study."""
    title: Text
    """Title shown on pages."""
    time_zone: TimeZone = "UTC"
    """Zone of participants whose data name none."""
    day_zero: Annotated[str, BeforeValidator(date_as_text)] = "enrolled"
    """`enrolled` (needs a roster; the default where there is one), `first_event`, or a date for
    everyone."""
    week_rule: Literal["from_day_zero", "calendar"] = "from_day_zero"
    """Week 0 begins on day 0, or (`calendar`) on the Monday on or before it."""
    planned_weeks: Whole = Field(12, ge=1, le=520)
    """Length of the intervention: study weeks 0 to planned_weeks - 1."""
    follow_up_weeks: Whole | None = Field(None, ge=1, le=520)
    """Study weeks that may hold data, counted from week 0; without it, planned_weeks."""
    as_of: Annotated[str, BeforeValidator(date_as_text)] = "last_event"
    """Up to when the data are taken to be known: `last_event`, or a date."""
    session_gap_minutes: Number = Field(30, gt=0, le=1440)
    """A longer silence between two events ends a session."""
    session_idle_cap_minutes: Number = Field(10, gt=0, le=1440)
    """A pause within a session counts as active time up to this."""
    nonusage_after_days: Whole = Field(14, ge=1, le=3650)
    """Days without use after which a participant counts as having stopped."""

    @field_validator("day_zero")
    @classmethod
    def _day_zero(cls, text: str) -> str:
        return one_of_words_or_date(text, ("enrolled", "first_event"))

    @field_validator("as_of")
    @classmethod
    def _as_of(cls, text: str) -> str:
        return one_of_words_or_date(text, ("last_event",))

    @property
    def last_week(self) -> int:
        """The last study week that may hold data."""
        return (self.follow_up_weeks or self.planned_weeks) - 1


class Arm(Part):
    """A randomised group."""

    id: Text
    """As the roster writes it."""
    label: Text
    """Name shown to those who may know the arm."""
    masked_label: Text
    """Name shown to those who may not, such as "Group A"."""
    allocation: Number = Field(1, gt=0)
    """Share in the allocation ratio."""


class Site(Part):
    """A recruiting centre."""

    id: Text
    """As the roster writes it."""
    label: Text
    """Name shown on pages."""


class EventPattern(Part):
    """The events that count as one stage of a feature."""

    event: Text
    """The event's name; `*` stands for anything."""
    where: Annotated[dict[str, str], BeforeValidator(texts_by_key)] = Field(default_factory=dict)
    """Properties that the event must have, all of them, and their values, such as
    `{ kind = "reminder" }`; a dot reaches into a nested one: `{ "meta.channel" = "push" }`."""
    versions_from: Text | None = None
    """First app version in which the event means this."""
    versions_to: Text | None = None
    """Last app version in which the event means this."""


class Feature(Part):
    """An app feature mapped to a PSD principle."""

    id: Id
    """Short name."""
    label: Text
    """Name shown on pages."""
    principle: Id
    """Id of one of the 28 principles."""
    exposure_stage: Stage = "seen"
    """The stage that counts as exposure; without it the first of seen, delivered, acted, offered
    that `stages` has."""
    always_on: Flag = False
    """Whether everyone meets it all the time, so that no effect of it can be estimated."""
    stages: dict[Stage, EventPattern] = Field(default_factory=dict)
    """By stage (offered, delivered, seen, acted), the events that show it was reached."""

    @model_validator(mode="before")
    @classmethod
    def _default_stage(cls, data: Any) -> Any:
        stages = data.get("stages") if isinstance(data, dict) else None
        if not isinstance(stages, dict) or "exposure_stage" in data:
            return data
        declared = [stage for stage in _EXPOSURE_ORDER if stage in stages]
        return {**data, "exposure_stage": declared[0]} if declared else data


class Dimension(Part):
    """Which scales measure a dimension; the first is the primary one.

    The dimensions are `humanness`, `meaningfulness`, `progression`, `use`, `flexibility` and the
    total, `alliance`.
    """

    scales: tuple[Text, ...] = Field(min_length=1)
    """Each as `instrument.scale`."""
    hypothesis: Flag = True
    """Whether it is only a hypothesis that the scale measures this dimension."""


class Hypothesis(Part):
    """A link that the study expects between a PSD principle and a dimension."""

    principle: Id
    """Id of the principle."""
    dimension: Id
    """Id of the dimension."""


class IntendedUse(Part):
    """What each arm was meant to do in each week, and why.

    Without this section pages speak of usage, never of adherence.
    """

    justification: Text
    """Why this much use is intended: the protocol's words, or a reference."""
    done: Text
    """Name of the event that says that a session was done (`*` stands for anything)."""
    delivered: Text | None = None
    """Name of the event that says that a session became available."""
    opened: Text | None = None
    """Name of the event that says that a session was begun."""
    sessions: dict[str, tuple[Annotated[Whole, Field(ge=0, le=100)], ...]]
    """Sessions due in study weeks 0, 1, 2, ... by arm (at most 100 a week); nothing is due after
    the end of the list.
    `everyone` stands for all arms that are not listed, and for all where there are no arms."""


class AdherenceDefinition(Part):
    """A named rule that says who adhered: those whose value reaches the threshold.

    The value of `share_done` is sessions done of sessions due in weeks that are over. The others
    look at whole weeks at risk: `weeks_active`, weeks with at least `minimum` sessions of all
    weeks; `persistent`, weeks with any session of the last `minimum` weeks. These are shares from
    0 to 1. The value of `minutes` is active minutes in all.
    """

    id: Id
    """Short name."""
    label: Text
    """Name shown on pages."""
    rule: Literal["share_done", "weeks_active", "minutes", "persistent"]
    """What is looked at."""
    threshold: Number = Field(gt=0)
    """Value from which a participant adhered."""
    minimum: Number = Field(1, ge=0)
    """`weeks_active`: sessions that make a week count. `persistent`: how many weeks at the end."""
    justification: Text
    """Why this threshold."""


class Recruitment(Part):
    """How many participants the study needs, and by when.

    The page Monitor compares what was enrolled with this, and says how likely the target is.
    """

    target: Whole = Field(ge=1, le=10_000_000)
    """Participants to enrol in all."""
    by: date | None = None
    """Day by which they are to be enrolled."""
    begun: date | None = None
    """First day of recruitment; without it, the day of the first enrolment."""
    closed: date | None = None
    """Last day of recruitment, once it is over: nothing is forecast from then on."""
    sites: dict[str, Annotated[Whole, Field(ge=0, le=10_000_000)]] = Field(default_factory=dict)
    """By site, how many of them it is to enrol."""
    opened: dict[str, date] = Field(default_factory=dict)
    """By site, the day from which on it recruits, where that is later than `begun`."""


class Excused(Part):
    """Days on which nothing could be expected, such as an outage of the app."""

    from_date: date = Field(alias="from")
    """First day."""
    to_date: date = Field(alias="to")
    """Last day."""
    reason: Text
    """Shown beside what was excused."""
    site: Text | None = None
    """Only at this site; without it, everywhere."""


class Variant(Part):
    """A version of a feature under comparison."""

    id: Id
    """Short name."""
    label: Text
    """Name shown on pages."""
    feature: Id
    """The feature that it is a version of."""
    property: Text | None = None
    """The event property that says which version was shown."""
    value: Text | None = None
    """The property's value for this version."""
    randomised: Flag = False
    """Whether chance decided who got it; only then do pages speak of effects."""
    probability: Number | None = Field(None, gt=0, lt=1)
    """Where randomised: how likely this version was."""


class IdentityMap(Part):
    """A file that says which ids of other systems belong to which participant.

    One participant may stand in several rows: somebody with two telephones, or two accounts that
    were merged.
    """

    path: Text
    """The file, relative to the study file; CSV with a header."""
    participant: Text
    """Column with the participant's id, as in the roster."""
    ids: dict[str, Text] = Field(min_length=1)
    """By source, the column with the id that the participant has there."""


class Privacy(Part):
    """Smallest group that is shown, and fields that are dropped on reading."""

    smallest_cell: Whole = Field(10, ge=1, le=10_000)
    """Groups smaller than this are not shown in shared views. The dashboard that `rapport serve`
    gives to your own machine is none: it shows all."""
    smallest_cell_team: Whole = Field(5, ge=1, le=10_000)
    """Groups smaller than this are not shown to the trial's own team, once people sign in."""
    drop: tuple[Text, ...] = ()
    """Columns and properties that are never kept, such as device ids."""
    participant_ids: Literal["keyed", "as_given"] = "keyed"
    """`keyed` replaces participants' ids by pseudonyms that only the workspace's own key gives;
    `as_given` keeps them, for data whose ids say nothing of anybody."""


class Study(Part):
    """A whole study file."""

    study: Calendar
    arms: tuple[Arm, ...] = ()
    sites: tuple[Site, ...] = ()
    sources: tuple[Source, ...] = Field(min_length=1)
    identities: tuple[IdentityMap, ...] = ()
    features: tuple[Feature, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    dimensions: dict[str, Dimension] = Field(default_factory=dict)
    hypotheses: tuple[Hypothesis, ...] = ()
    intended_use: IntendedUse | None = None
    adherence: tuple[AdherenceDefinition, ...] = ()
    recruitment: Recruitment | None = None
    excused: tuple[Excused, ...] = ()
    variants: tuple[Variant, ...] = ()
    covariates: tuple[Covariate, ...] = ()
    models: tuple[ModelPreset, ...] = ()
    blinding: Blinding = Blinding()
    privacy: Privacy = Privacy()
    folder: Path = Path()
    digest: str = ""

    @model_validator(mode="after")
    def _day_zero_without_roster(self) -> "Study":
        """Without enrolment dates, day 0 is the first event unless the file says otherwise."""
        if "day_zero" not in self.study.model_fields_set and not self.has_enrolment:
            calendar = self.study.model_copy(update={"day_zero": "first_event"})
            object.__setattr__(self, "study", calendar)
        return self

    @property
    def has_enrolment(self) -> bool:
        """Whether a roster says when participants were enrolled."""
        return any(source.roster and source.roster.enrolled for source in self.sources)
