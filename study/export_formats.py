"""Export formats by name: which kinds of source they can be, and the columns they always have.

A source that names its format need not name these columns; what it names itself goes first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FormatName = Literal[
    "auto",
    "csv",
    "jsonl",
    "parquet",
    "amplitude",
    "mixpanel",
    "posthog",
    "ga4",
    "segment",
    "rudderstack",
    "matomo",
    "mindlamp",
    "radar",
    "redcap",
    "qualtrics",
    "limesurvey",
]
Kind = Literal["events", "roster", "answers"]
GENERIC: tuple[FormatName, ...] = ("auto", "csv", "jsonl", "parquet")
SETTINGS: dict[str, tuple[FormatName, ...]] = {
    "dictionary": ("redcap",),
    "persons": ("posthog",),
    "activities": ("mindlamp",),
    "event_tables": ("segment", "rudderstack"),
    "unfinished": ("qualtrics", "limesurvey"),
    "time_is_local": ("mixpanel",),
}
"""Keys of a source that only some formats know."""


@dataclass(frozen=True)
class ExportFormat:
    """What is always the same in a format's exports.

    `source` holds defaults of the source itself, the others those of its sections by kind.
    """

    label: str
    kinds: tuple[Kind, ...]
    source: Mapping[str, Any] = field(default_factory=dict)
    roster: Mapping[str, Any] = field(default_factory=dict)
    events: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)


# Segment and RudderStack write the same tables.
_WAREHOUSE_SOURCE = {"participant": "user_id", "participant_else": ("anonymous_id",)}
_WAREHOUSE_EVENTS = {
    "name": "event",
    "event_id": "id",
    "time": "timestamp",
    "received": "received_at",
    "app_version": "context_app_version",
    "properties": "*",
}
FORMATS: dict[FormatName, ExportFormat] = {
    "amplitude": ExportFormat(
        "Amplitude export",
        ("events",),
        source={"participant": "user_id"},
        events={
            "name": "event_type",
            "event_id": "uuid",
            "time": "event_time",
            "received": "server_received_time",
            "app_version": "version_name",
            "properties": "event_properties",
        },
    ),
    "mixpanel": ExportFormat(
        "Mixpanel raw export",
        ("events",),
        source={"participant": "properties.distinct_id"},
        events={
            "name": "event",
            "event_id": "event_key",
            "time": "properties.time",
            "time_format": "epoch_s",
            "received": "properties.mp_processing_time_ms",
            "app_version": "properties.$app_version_string",
            "properties": "properties",
        },
    ),
    "posthog": ExportFormat(
        "PostHog batch export",
        ("events",),
        source={"participant": "person_id", "participant_else": ("distinct_id",)},
        events={
            "name": "event",
            "event_id": "uuid",
            "time": "timestamp",
            "received": "created_at",
            "app_version": "properties.$app_version",
            "properties": "properties",
        },
    ),
    "ga4": ExportFormat(
        "GA4 or Firebase export from BigQuery",
        ("events",),
        source={"participant": "user_id", "participant_else": ("user_pseudo_id",)},
        events={
            "name": "event_name",
            "event_id": "event_key",
            "time": "event_timestamp",
            "time_format": "epoch_us",
            "app_version": "app_info.version",
            "properties": "event_params",
        },
    ),
    "segment": ExportFormat(
        "Segment warehouse tables",
        ("events",),
        source=_WAREHOUSE_SOURCE,
        events=_WAREHOUSE_EVENTS,
    ),
    "rudderstack": ExportFormat(
        "RudderStack warehouse tables",
        ("events",),
        source=_WAREHOUSE_SOURCE,
        events=_WAREHOUSE_EVENTS,
    ),
    "matomo": ExportFormat(
        "Matomo visit log",
        ("events",),
        source={"participant": "userId", "participant_else": ("visitorId",)},
        events={
            "name": "name",
            "event_id": "action_id",
            "time": "time",
            "time_format": "epoch_s",
            "properties": "properties",
        },
    ),
    "mindlamp": ExportFormat(
        "mindLAMP events",
        ("events", "answers"),
        source={"participant": "participant"},
        events={
            "name": "name",
            "time": "timestamp",
            "time_format": "epoch_ms",
            "duplicate_of": ("participant", "name", "time"),
            "properties": "properties",
        },
        answers={
            "shape": "long",
            "time": "timestamp",
            "time_format": "epoch_ms",
            "occasion": "occasion",
            "instrument": "instrument",
            "item": "item",
            "value": "value",
        },
    ),
    "radar": ExportFormat(
        "RADAR-base restructured CSV",
        ("events", "answers"),
        source={"participant": "key.userId"},
        events={
            "name": "name",
            "time": "value.time",
            "time_format": "epoch_s",
            "properties": "properties",
        },
        answers={
            "shape": "long",
            "time": "value.time",
            "time_format": "epoch_s",
            "occasion": "occasion",
            "instrument": "value.name",
            "item": "item",
            "value": "value",
        },
    ),
    "redcap": ExportFormat(
        "REDCap flat export",
        ("roster", "events", "answers"),
        source={"participant": "redcap_record"},
        answers={"shape": "wide", "occasion": "redcap_occasion"},
    ),
    "qualtrics": ExportFormat(
        "Qualtrics CSV",
        ("answers", "roster"),
        source={"participant": "ExternalReference"},
        answers={
            "shape": "wide",
            "time": "EndDate",
            "occasion": "ResponseId",
        },
    ),
    "limesurvey": ExportFormat(
        "LimeSurvey CSV",
        ("answers", "roster"),
        source={"participant": "token"},
        answers={
            "shape": "wide",
            "time": "submitdate",
            "occasion": "id",
        },
    ),
}


def with_defaults(raw: Any) -> Any:
    """A source as the study file writes it, with what its format says of every export."""
    if not isinstance(raw, Mapping) or raw.get("format") not in FORMATS:
        return raw
    known = FORMATS[raw["format"]]
    kind = raw.get("kind")
    merged = {**known.source, **raw}
    section = getattr(known, kind) if kind in known.kinds else {}
    given = raw.get(kind, {}) if isinstance(kind, str) else None
    if section and isinstance(given, Mapping):
        merged[kind] = {**_without_rivals(section, given), **given}
    return merged


def _without_rivals(section: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults that do not contradict what is given: `name_is` takes the place of `name`."""
    return {key: value for key, value in section.items() if f"{key}_is" not in given}
