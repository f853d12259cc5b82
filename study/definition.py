"""What the words of a study mean: `study.toml` as typed, validated objects."""

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Stage = Literal["offered", "delivered", "seen", "acted"]
STAGES: tuple[Stage, ...] = ("offered", "delivered", "seen", "acted")
SourceKind = Literal["events", "roster", "answers"]
TOTAL_DIMENSION = "alliance"


class Part(BaseModel):
    """Base of every section: frozen, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Calendar(Part):
    """Section `[study]`: identity, clock and how sessions are told apart."""

    id: str
    title: str
    time_zone: str = "UTC"
    day_zero: str = "enrolled"
    week_rule: Literal["from_day_zero", "calendar"] = "from_day_zero"
    planned_weeks: int = Field(12, ge=1, le=520)
    follow_up_weeks: int | None = None
    as_of: str = "last_event"
    session_gap_minutes: float = Field(30, gt=0)
    session_idle_cap_minutes: float = Field(10, gt=0)
    nonusage_after_days: int = Field(14, ge=1)


class Arm(Part):
    """A randomised group."""

    id: str
    label: str
    masked_label: str
    allocation: float = Field(1, gt=0)


class Site(Part):
    """A recruiting centre."""

    id: str
    label: str


class RosterColumns(Part):
    """Which columns of a roster hold what."""

    enrolled: str | None = None
    time_format: str = "iso"
    time_origin: date | None = None
    arm: str | None = None
    site: str | None = None
    withdrawn: str | None = None
    withdrawal_kind: str | None = None
    properties: tuple[str, ...] = ()


class EventColumns(Part):
    """Which fields of an event export hold what; dots reach into nested JSON."""

    name: str | None = None
    name_is: str | None = None
    event_id: str | None = None
    duplicate_of: tuple[str, ...] = ("participant", "name", "time", "properties")
    time: str
    time_format: str = "iso"
    time_origin: date | None = None
    received: str | None = None
    time_zone_column: str | None = None
    app_version: str | None = None
    quantity: str | None = None
    properties: str | tuple[str, ...] = ()
    max_clock_skew_minutes: float = 1440


class AnswerColumns(Part):
    """Which columns of a survey export hold what, long or wide."""

    shape: Literal["long", "wide"]
    time: str
    time_format: str = "iso"
    time_origin: date | None = None
    time_zone_column: str | None = None
    occasion: str | None = None
    instrument: str | None = None
    instrument_is: str | None = None
    item: str | None = None
    item_is: str | None = None
    value: str | None = None
    column_pattern: str | None = None
    columns: dict[str, str] = {}
    not_applicable: tuple[str, ...] = ("N/A",)
    add: dict[str, int] = {}


class Lookup(Part):
    """Another file whose columns are joined to each row of a source."""

    path: str
    on: str
    take: tuple[str, ...]


class Source(Part):
    """One kind of export file and how to read it."""

    id: str
    kind: SourceKind
    path: str
    format: Literal["auto", "csv", "jsonl", "parquet"] = "auto"
    time_zone: str | None = None
    participant: str
    delimiter: str = ","
    encoding: str = "utf-8"
    decimal: Literal[".", ","] = "."
    missing: tuple[str, ...] = ("", "NA")
    lookup: tuple[Lookup, ...] = ()
    roster: RosterColumns | None = None
    events: EventColumns | None = None
    answers: AnswerColumns | None = None


class EventPattern(Part):
    """Events that count as one stage of a feature: a name (`*` is a wildcard) and properties."""

    event: str
    where: dict[str, str] = {}
    versions_from: str | None = None
    versions_to: str | None = None


class Feature(Part):
    """An app feature mapped to a PSD principle."""

    id: str
    label: str
    principle: str
    exposure_stage: Stage = "seen"
    always_on: bool = False
    stages: dict[Stage, EventPattern] = {}


class Scale(Part):
    """A score of an instrument: which items, and how they become a number."""

    id: str
    label: str
    items: tuple[int | str, ...] = ()
    of: tuple[str, ...] = ()
    aggregate: Literal["mean", "sum", "mean_of_scales"] = "mean"
    multiplier: float = 1
    shift: float = 0
    min_items: int | None = None
    reliability: float | None = Field(None, gt=0, lt=1)
    reliability_kind: Literal["retest", "alpha"] = "retest"
    sd: float | None = Field(None, gt=0)


class Schedule(Part):
    """When an instrument is due: study weeks, and days before and after the due day."""

    weeks: tuple[int, ...]
    window_days: tuple[int, int] = (0, 6)


class Instrument(Part):
    """An instrument's scoring key. Item text is never kept: most of it is not free to share."""

    id: str
    label: str
    items: tuple[str, ...]
    low: int
    high: int
    reverse: tuple[str, ...] = ()
    allows_not_applicable: bool = False
    min_items_share: float = Field(1.0, gt=0, le=1)
    scales: tuple[Scale, ...]
    schedule: Schedule | None = None
    source: str = ""


class Dimension(Part):
    """Which scales measure a dimension; the first is the primary one."""

    scales: tuple[str, ...]
    hypothesis: bool = True


class Hypothesis(Part):
    """A link that the study expects between a PSD principle and a dimension."""

    principle: str
    dimension: str


class IntendedUse(Part):
    """What each arm was meant to do in each week, and why."""

    justification: str
    done: str
    delivered: str | None = None
    opened: str | None = None
    sessions: dict[str, tuple[int, ...]]


class AdherenceDefinition(Part):
    """A named rule that says who adhered."""

    id: str
    label: str
    rule: Literal["share_done", "weeks_active", "minutes", "persistent"]
    threshold: float
    minimum: float = 1
    justification: str


class Excused(Part):
    """Days on which nothing could be expected, such as an outage of the app."""

    from_date: date = Field(alias="from")
    to_date: date = Field(alias="to")
    reason: str
    site: str | None = None


class Variant(Part):
    """A version of a feature under comparison."""

    id: str
    label: str
    feature: str
    property: str | None = None
    value: str | None = None
    randomised: bool = False
    probability: float | None = Field(None, gt=0, lt=1)


class ModelPreset(Part):
    """A named model."""

    id: str
    outcome: str = TOTAL_DIMENSION
    window_days: int = Field(7, ge=1)
    transform: Literal["count", "rate", "log1p", "any"] = "count"


class Privacy(Part):
    """Smallest group that is shown, and fields that are dropped on reading."""

    smallest_cell: int = Field(10, ge=1)
    drop: tuple[str, ...] = ()


class Study(Part):
    """A whole study file."""

    study: Calendar
    arms: tuple[Arm, ...] = ()
    sites: tuple[Site, ...] = ()
    sources: tuple[Source, ...]
    features: tuple[Feature, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    dimensions: dict[str, Dimension] = {}
    hypotheses: tuple[Hypothesis, ...] = ()
    intended_use: IntendedUse | None = None
    adherence: tuple[AdherenceDefinition, ...] = ()
    excused: tuple[Excused, ...] = ()
    variants: tuple[Variant, ...] = ()
    models: tuple[ModelPreset, ...] = ()
    privacy: Privacy = Privacy()
    folder: Path = Path()
    digest: str = ""
