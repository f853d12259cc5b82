"""Sections `[[sources]]`: which export files there are and which of their columns hold what."""

import codecs
import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from study.export_formats import FormatName, with_defaults
from study.part import Flag, Part, Text, TimeZone, Whole
from study.problems import listed, near, show

SourceKind = Literal["events", "roster", "answers"]
TIME_FORMATS = ("iso", "epoch_s", "epoch_ms", "epoch_us", "day_offset")
DuplicateKey = Literal[
    "participant", "name", "time", "received", "quantity", "app_version", "properties"
]
_DIRECTIVES = frozenset("aAwudbBmyYHIpMSfgnzZjUWcxX%")
_DATE_DIRECTIVES = frozenset("yYcx")


def _time_format(text: str) -> str:
    if text in TIME_FORMATS:
        return text
    allowed = f'Give {listed(TIME_FORMATS)}, or a pattern such as "%d/%m/%Y %H:%M".'
    if "%" not in text:
        raise ValueError(f"{show(text)} is not a time format.{near(text, TIME_FORMATS)} {allowed}")
    used = re.findall(r"%-?(.|$)", text)
    wrong = [f"%{letter}" for letter in used if letter not in _DIRECTIVES]
    if wrong:
        raise ValueError(f"{show(text)} holds {listed(wrong)}, which no time has. {allowed}")
    if not _DATE_DIRECTIVES & set(used):
        raise ValueError(f"{show(text)} holds no year, so it gives no date. {allowed}")
    return text


def _encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        common = ("utf-8", "utf-16", "latin-1", "cp1252")
        raise ValueError(
            f"{show(name)} is not an encoding.{near(name, common)} Common ones: {listed(common)}."
        ) from None
    return name


def _one_character(text: str) -> str:
    if len(text) != 1:
        raise ValueError(f'{show(text)} is not one character. Common ones: ",", ";" and "\\t".')
    return text


TimeFormat = Annotated[str, AfterValidator(_time_format)]
Encoding = Annotated[str, AfterValidator(_encoding)]
Delimiter = Annotated[str, AfterValidator(_one_character)]


class Timed(Part):
    """How times are written in a source."""

    time_format: TimeFormat = "iso"
    """`iso`, `epoch_s`, `epoch_ms`, `epoch_us`, `day_offset` (whole days from `time_origin`), or
    a pattern such as `%d/%m/%Y %H:%M`."""
    time_origin: date | None = None
    """The date that day 0 of `day_offset` stands for."""


class RosterColumns(Timed):
    """`[sources.roster]`: which columns of a participant list hold what."""

    enrolled: Text | None = None
    """Column with the day of enrolment or randomisation."""
    arm: Text | None = None
    """Column with the arm's id, as in `[[arms]]`."""
    site: Text | None = None
    """Column with the site's id, as in `[[sites]]`."""
    withdrawn: Text | None = None
    """Column with the day of withdrawal; empty where the participant did not withdraw."""
    withdrawal_kind: Text | None = None
    """Column with the kind of withdrawal, such as `dropout`, `stopped_app` or `lost`."""
    properties: tuple[Text, ...] = ()
    """Further columns to keep."""
    covariates: dict[str, Text] = Field(default_factory=dict)
    """By covariate of `[[covariates]]`, the column that holds it."""
    ids: dict[str, Text] = Field(default_factory=dict)
    """By source, the column with the id that the participant has there."""


class EventColumns(Timed):
    """`[sources.events]`: which fields of an event export hold what; dots reach into JSON."""

    name: Text | None = None
    """Field with the event's name."""
    name_is: Text | None = None
    """The name of every event, where the export has no field for it."""
    event_id: Text | tuple[Text, ...] | None = None
    """Field with the event's own id, or fields that are one together: two rows with one id are
    one event. An event of which one of them is empty has no id."""
    duplicate_of: tuple[DuplicateKey, ...] = Field(
        ("participant", "name", "time", "properties"), min_length=1
    )
    """Without `event_id`: two rows that agree in all of these are one event."""
    time: Text
    """Field with the time of the event."""
    received: Text | None = None
    """Field with the time at which the server received the event."""
    time_zone_column: Text | None = None
    """Field with the IANA zone of the participant at that time."""
    app_version: Text | None = None
    """Field with the version of the app."""
    quantity: Text | None = None
    """Field with a count, where one row stands for several events."""
    properties: Text | tuple[Text, ...] = ()
    """Field that holds a JSON object, or a list of fields to keep as properties; `*` keeps all
    that have no other use."""
    max_clock_skew_minutes: float = Field(1440, ge=0)
    """An event that claims to be later than received by more than this is rejected."""


class AnswerColumns(Timed):
    """`[sources.answers]`: which columns of a survey export hold what.

    *Long* files have one row an answer, *wide* files one row an occasion with a column an item.
    """

    shape: Literal["long", "wide"]
    """Long or wide."""
    time: Text
    """Column with the time of the answer or occasion."""
    time_zone_column: Text | None = None
    """Column with the IANA zone of the participant at that time."""
    occasion: Text | None = None
    """Column with the export's own label of the occasion."""
    instrument: Text | None = None
    """Long: column with the instrument's id."""
    instrument_is: Text | None = None
    """The instrument's id, where every answer of the file belongs to one."""
    item: Text | None = None
    """Long: column with the item's id."""
    item_is: Text | None = None
    """Long: the item's id, where every answer of the file belongs to one."""
    value: Text | None = None
    """Long: column with the answer."""
    column_pattern: Text | None = None
    """Wide: how the answers' columns are named, such as `{instrument}_{item}`; with
    `instrument_is`, such as `Question {item}`."""
    columns: dict[str, Text] = Field(default_factory=dict)
    """Wide, instead of a pattern: each column with the `instrument.item` that it holds (with
    `instrument_is`, the item alone)."""
    not_applicable: tuple[str, ...] = ("N/A",)
    """Answers that say that an item does not apply, which is not the same as no answer."""
    add: dict[str, Whole] = Field(default_factory=dict)
    """By instrument, a number to add to every answer, for exports coded from another base."""


class Lookup(Part):
    """`[[sources.lookup]]`: another file whose columns are joined to each row of the source."""

    path: Text
    """The file, relative to the study file."""
    on: Text
    """The column that both files have; it must be unique in the other file."""
    take: tuple[Text, ...] = Field(min_length=1)
    """The columns to take from the other file."""


class Source(Part):
    """One kind of export file and how to read it."""

    id: Text
    """Short name, shown in receipts."""
    kind: SourceKind
    """What it holds; a section of the same name says in which columns."""
    path: Text
    """The file or files, relative to the study file; `*` stands for anything."""
    format: FormatName = "auto"
    """The kind of file; `auto` tells CSV, JSON Lines and Parquet apart by looking into it. A
    system's own export format knows its columns, so that the sections below are only needed where
    they differ. Files may be gzipped."""
    time_zone: TimeZone | None = None
    """The zone of times that name none; without it, the study's."""
    participant: Text
    """Column with the participant's id; formats that always have one know it."""
    participant_else: tuple[Text, ...] = ()
    """Columns to take the id from, in this order, where that one is empty."""
    delimiter: Delimiter = ","
    """CSV: what separates columns."""
    encoding: Encoding = "utf-8"
    """CSV: how letters are encoded."""
    decimal: Literal[".", ","] = "."
    """CSV: the decimal mark."""
    missing: tuple[str, ...] = ("", "NA")
    """Values that mean that there is none."""
    dictionary: Text | None = None
    """REDCap: the data dictionary, relative to the study file."""
    persons: Text | None = None
    """PostHog: the export of persons, which says whose ids were merged."""
    activities: Text | None = None
    """mindLAMP: the list of activities, which names what events give by id."""
    event_tables: Text | None = None
    """Segment, RudderStack: the tables with the events' own properties; `*` stands for anything."""
    unfinished: Literal["refuse", "keep"] = "refuse"
    """Qualtrics, LimeSurvey: what becomes of responses that were begun and not sent."""
    time_is_local: Flag = False
    """Mixpanel: stamps count seconds of the clock of `time_zone`, not of UTC."""
    lookup: tuple[Lookup, ...] = ()
    roster: RosterColumns | None = None
    events: EventColumns | None = None
    answers: AnswerColumns | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_its_format(cls, raw: Any) -> Any:
        return with_defaults(raw)

    @property
    def columns(self) -> RosterColumns | EventColumns | AnswerColumns | None:
        """The section that matches the source's kind."""
        return {"roster": self.roster, "events": self.events, "answers": self.answers}[self.kind]
