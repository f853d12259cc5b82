"""Amplitude: the archive of the Export API, one of the files inside it, or a warehouse's table."""

from pathlib import Path

import polars as pl

from etl.sources.event_fields import EventFields
from etl.sources.event_times import with_utc
from etl.sources.format import Fit, Format, Opening, required
from etl.sources.personal import unmapped
from etl.sources.plain_export import open_records
from etl.sources.reader import Reader
from etl.sources.sample import Sample

MARKS = ("event_type", "event_time", "event_properties", "device_id", "amplitude_id")
TIMES = (
    "event_time",
    "client_event_time",
    "client_upload_time",
    "server_received_time",
    "server_upload_time",
    "processed_time",
    "user_creation_time",
)
PERSONAL = (
    "ip_address",
    "city",
    "region",
    "dma",
    "location_lat",
    "location_lng",
    "idfa",
    "idfv",
    "adid",
    "ad_id",
    "gaid",
    "android_id",
    "amplitude_attribution_ids",
    "device_id",
    "user_properties",
)
"""`user_properties` may hold a name or an address, and says nothing of an event."""
OPTIONAL = ("uuid", "server_received_time", "version_name", "session_id")
OTHER_NAMES = (
    ("$insert_id", "_insert_id", "insert_id"),
    ("adid", "ad_id"),
    ("$schema", "schema"),
    ("server_received_time", "server_upload_time"),
)
OUT_OF_SESSION = "-1"


def fit(sample: Sample) -> Fit:
    """Whether a file is an export of Amplitude events."""
    if sample.shape not in ("json_lines", "csv", "parquet"):
        return Fit(False, "it is neither JSON Lines nor a table", 0)
    return required(sample, MARKS, other="; all of Amplitude's events have them")


def open_export(path: Path, opening: Opening) -> Reader:
    """Open an export.

    Raises
    ------
    UserError
        If the archive must not be opened, or the file is no Amplitude export.
    """
    drop = (*opening.drop, *unmapped(PERSONAL, opening.source))

    def wrap(inner: Reader, _: Sample) -> Reader:
        return EventFields(
            inner,
            _touched,
            names=_names(inner),
            optional=OPTIONAL,
            also=("uuid", "$insert_id", "device_id"),
        )

    return open_records(path, opening, drop, fit, wrap)


def _names(inner: Reader) -> dict[str, str]:
    """What warehouses call fields whose names they cannot keep, and what stands in for one."""
    found = {}
    for first, *others in OTHER_NAMES:
        there = next((name for name in others if inner.has(name)), None)
        if there and not inner.has(first):
            found[first] = there
    return found


def _touched(rows: pl.DataFrame) -> pl.DataFrame:
    stand_in = pl.concat_str(["$insert_id", "device_id"], separator="\x1f")
    changed = [pl.coalesce(_filled("uuid"), stand_in).alias("uuid")]
    changed += [with_utc(pl.col(name)).alias(name) for name in TIMES if name in rows.columns]
    if "session_id" in rows.columns:
        inside = pl.col("session_id").str.strip_chars() != OUT_OF_SESSION
        changed.append(pl.when(inside).then("session_id").alias("session_id"))
    return rows.with_columns(changed)


def _filled(name: str) -> pl.Expr:
    return pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name))


FORMAT = Format(
    id="amplitude",
    label="Amplitude export",
    fit=fit,
    open=open_export,
    traps=(
        "The download is a ZIP archive even where its name ends in .json.gz: told by its content.",
        "The archive holds a gzipped file for every hour and part: all are read as one, in order "
        "of name, without unpacking them to the disk.",
        "The range of an export is by time of upload, so that late events come in later files and "
        "exports overlap: events are told apart by their uuid and counted once.",
        "Where uuid is empty, $insert_id and device_id together take its place.",
        "user_id is empty until somebody signs in: such events are rejected as missing_participant "
        'unless the source says participant_else = ["device_id"].',
        "Times name no zone and are UTC.",
        "event_time is corrected by Amplitude for a wrong clock of the device; client_event_time "
        "and client_upload_time are not, and are there for the check of clocks.",
        "session_id -1 means outside of any session and is read as none.",
        "IP address, city, region, market area, coordinates, device and advertising ids and "
        "user_properties are dropped unless the source maps them.",
        "A table from a warehouse calls $insert_id _insert_id and holds event_properties as text: "
        "read alike.",
    ),
    confirmed=(
        "Container, one event a line, field names, range by server_upload_time, UTC: "
        "amplitude.com/docs/apis/analytics/export. Times written as 2025-07-17 10:36:28.583000, "
        "without a zone: seen in published exports. event_time = client_event_time + "
        "(server_received_time - client_upload_time) unless the two differ by less than 60 "
        "seconds: Amplitude's schema of its Redshift and BigQuery exports. Duplicates by "
        "$insert_id and device_id within 7 days: amplitude.com/docs/data/data-assistant-user-"
        "solutions/event-identifiers-engineering. Columns of a warehouse's table: "
        "fivetran.com/docs/connectors/applications/amplitude/connector-schema. That session_id is "
        "-1 outside of sessions was seen in a published table, not in the documentation."
    ),
    export=(
        "Export API: GET /api/2/export?start=YYYYMMDDTHH&end=YYYYMMDDTHH with the project's keys, "
        "or Settings > Projects > Export Data. Keep the archive as it is."
    ),
)
