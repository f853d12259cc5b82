"""Mixpanel: the raw export of events, and the flat rows of its JSON pipelines."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.sources.event_fields import EventFields
from etl.sources.event_times import (
    epoch_us,
    is_milliseconds,
    is_shown_twice,
    seconds_text,
    utc_of_wall_clock,
)
from etl.sources.format import Fit, Format, Opening, required
from etl.sources.nested import JsonFields
from etl.sources.personal import mapped_fields, unmapped
from etl.sources.plain_export import open_records
from etl.sources.reader import REST, Reader
from etl.sources.sample import Sample
from study.errors import UserError

RAW = ("event", "properties", "properties.time", "properties.distinct_id")
FLAT = ("event_name", "distinct_id", "insert_id", "time", "properties")
PARTICIPANT, INSERT_ID, STAMP, PROCESSED = (
    "properties.distinct_id",
    "properties.$insert_id",
    "properties.time",
    "properties.mp_processing_time_ms",
)
FLAT_NAMES = {
    "event": "event_name",
    PARTICIPANT: "distinct_id",
    INSERT_ID: "insert_id",
    STAMP: "time",
    "properties.$user_id": "user_id",
    "properties.$device_id": "device_id",
}
EVENT_KEY = "event_key"
IDS = (
    "distinct_id",
    "$distinct_id",
    "$distinct_ids",
    "$distinct_id_before_identity",
    "$user_id",
    "$device_id",
    "$identified_id",
    "$anon_id",
    "$anon_distinct_id",
    "alias",
    "token",
)
"""What says who, by another name: a pseudonym would be worth nothing beside them."""
NOISE = ("time", "$insert_id", "$import", "mp_processing_time_ms", "$mp_api_timestamp_ms")
PERSONAL = (
    "$email",
    "email",
    "$name",
    "$first_name",
    "$last_name",
    "$phone",
    "phone",
    "$avatar",
    "$ip",
    "ip",
    "$city",
    "$region",
    "$latitude",
    "$longitude",
    "$device_id",
    "$ios_ifa",
    "$ios_devices",
    "$android_devices",
    "$advertising_id",
)
ANONYMOUS = "$device:"
FIRST_STAMP_US = 946_684_800_000_000
"""2000: what was processed before was not."""


def fit(sample: Sample) -> Fit:
    """Whether a file is an export of Mixpanel events."""
    flat = required(sample, FLAT)
    raw = required(sample, RAW) if sample.shape == "json_lines" else Fit(False, flat.because, 0)
    beside = {name for one in sample.records for name in one} - {"event", "properties"}
    if raw.is_match and beside:
        return Fit(False, "its records hold more than event and properties", 0.75)
    return max(raw, flat, key=lambda one: one.share)


def open_export(path: Path, opening: Opening) -> Reader:
    """Open an export.

    Raises
    ------
    UserError
        If it is no such export, or its clock is said to be local and no time zone is named.
    """
    source = opening.source
    if source.time_is_local and source.time_zone is None:
        raise UserError(
            f"study.toml, source '{source.id}': time_is_local = true needs time_zone. Set it to "
            'the time zone of the Mixpanel project, for example "US/Pacific".'
        )
    personal = unmapped(PERSONAL, source)
    drop = (*opening.drop, *personal, *(name.removeprefix("$") for name in personal))
    asked = {name.removeprefix("properties.") for name in mapped_fields(source)}
    hidden = tuple(dict.fromkeys((*IDS, *NOISE, *personal, *sorted(asked))))
    is_epoch = source.events is None or source.events.time_format == "epoch_s"

    def wrap(inner: Reader, _: Sample) -> Reader:
        rows = _Rows(hidden, source.time_zone if source.time_is_local else None, is_epoch=is_epoch)
        return EventFields(
            inner,
            rows.touch,
            names=_names(inner),
            made=(EVENT_KEY,),
            optional=(PROCESSED, "properties.$app_version_string"),
            also=("event", PARTICIPANT, INSERT_ID, STAMP, PROCESSED),
            for_rest=("properties",),
            said=rows.said,
            begin=rows.begin,
        )

    return open_records(path, opening, drop, fit, wrap)


def _names(inner: Reader) -> dict[str, str]:
    if inner.has("event") or not inner.has("event_name"):
        return {}
    return {to: of for to, of in FLAT_NAMES.items() if inner.has(of)}


@dataclass
class _Rows:
    """Puts rows right and counts what there is to say of it."""

    hidden: tuple[str, ...]
    zone: str | None
    is_epoch: bool

    def __post_init__(self) -> None:
        """Count from nothing."""
        self._json = JsonFields()
        self.begin()

    def begin(self) -> None:
        """Count from nothing, again."""
        self.n_milliseconds = self.n_anonymous = self.n_twice = 0

    def touch(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows as the loader takes them."""
        if self.is_epoch:
            rows = self._timed(rows)
        whole = pl.col(STAMP).str.split(".").list.first() if self.is_epoch else pl.col(STAMP)
        parts = ["event", PARTICIPANT, _filled(INSERT_ID), whole]
        is_anonymous = pl.col(PARTICIPANT).str.starts_with(ANONYMOUS).fill_null(value=False)
        self.n_anonymous += rows.filter(is_anonymous).height
        rows = rows.with_columns(
            pl.concat_str(parts, separator="\x1f").alias(EVENT_KEY),
            pl.when(~is_anonymous).then(PARTICIPANT).alias(PARTICIPANT),
        )
        if "properties" not in rows.columns:
            return rows
        kept = self._json.without(rows["properties"], self.hidden)
        rows = rows.with_columns(kept.alias("properties"))
        return rows.with_columns(kept.alias(REST)) if REST in rows.columns else rows

    def said(self) -> tuple[str, ...]:
        """What there is to note."""
        notes = {
            "Events with their time in milliseconds, not in seconds, which was read as such": (
                self.n_milliseconds
            ),
            "Events of devices on which nobody had signed in, without a participant unless "
            'participant_else names "properties.$device_id"': self.n_anonymous,
            "Events in an hour that the project's clock showed twice, of which the later was taken "
            "unless the event was processed before it": self.n_twice,
        }
        return tuple(f"{text}: {count:,}." for text, count in notes.items() if count)

    def _timed(self, rows: pl.DataFrame) -> pl.DataFrame:
        self.n_milliseconds += rows.filter(is_milliseconds(pl.col(STAMP))).height
        processed = epoch_us(pl.col(PROCESSED))
        rows = rows.with_columns(
            epoch_us(pl.col(STAMP)).alias("\x00at"),
            pl.when(processed >= FIRST_STAMP_US).then(processed).alias("\x00processed"),
        )
        if self.zone is not None:
            at = pl.col("\x00at")
            self.n_twice += rows.filter(is_shown_twice(at, self.zone)).height
            rows = rows.with_columns(
                utc_of_wall_clock(at, self.zone, pl.col("\x00processed")).alias("\x00at")
            )
        return rows.with_columns(
            pl.coalesce(seconds_text(pl.col("\x00at")), STAMP).alias(STAMP),
            seconds_text(pl.col("\x00processed")).alias(PROCESSED),
        )


def _filled(name: str) -> pl.Expr:
    return pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name))


FORMAT = Format(
    id="mixpanel",
    label="Mixpanel raw export",
    fit=fit,
    open=open_export,
    traps=(
        "Projects made before 2023 store the time of the project's own clock, not UTC, in a stamp "
        "that looks like any other: say time_is_local = true and the project's time_zone; it is "
        "converted exactly, also around changes of the clock.",
        "An export may count milliseconds instead of seconds: told by the size of each stamp, and "
        "noted.",
        "The export is not deduplicated: events agree if event, distinct_id, $insert_id and the "
        "second do; without $insert_id, as the source's duplicate_of says.",
        "Offline devices send up to five days late: such events come in later exports and are "
        "loaded like any others.",
        "Before somebody signs in, distinct_id is a device ($device:…): such events are rejected "
        'as missing_participant unless participant_else = ["properties.$device_id"].',
        "Merged ids are not resolved in the export: the identity mappings of a project go into "
        "[[identities]].",
        "Properties hold ids again ($user_id, $device_id, $identified_id, alias …): they are taken "
        "out, so that a pseudonym stays one.",
        "Name, e-mail address, phone, place and IP address are dropped unless the source maps "
        "them.",
        "JSON pipelines write flat rows (event_name, insert_id, time as a time): read alike.",
    ),
    confirmed=(
        "JSON Lines of event and properties, time in seconds or with time_in_ms in milliseconds: "
        "docs.mixpanel.com/reference/raw-event-export. Stamps in the project's time zone, and up "
        "to five days late: mixpanel.com/help/reference/exporting-raw-data; UTC for projects "
        "made after January 1, 2023: Mixpanel's API reference of the export (from_date). "
        "Duplicates by event, time, distinct_id and $insert_id, and that raw exports hold them: "
        "docs.mixpanel.com/reference/event-deduplication. Flat rows: "
        "docs.mixpanel.com/docs/data-pipelines/json-pipelines; how their time is written in files "
        "was not found: ISO times (UTC unless they say more), seconds and milliseconds are read. "
        "$device: ids: docs.mixpanel.com/docs/tracking-methods/id-management/identifying-users-"
        "simplified. That mp_processing_time_ms is in the export: the example in the reference."
    ),
    export=(
        "GET https://data.mixpanel.com/api/2.0/export?from_date=…&to_date=… with the project's "
        "secret; save the answer as it comes, gzipped or not."
    ),
)
