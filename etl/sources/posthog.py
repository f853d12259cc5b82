"""PostHog: batch exports and downloads of events, as Parquet or JSON Lines."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.sources.event_fields import EventFields
from etl.sources.event_times import with_utc
from etl.sources.format import Fit, Format, Opening, required
from etl.sources.nested import JsonFields
from etl.sources.personal import mapped_fields, unmapped
from etl.sources.plain_export import open_records
from etl.sources.posthog_persons import Persons, load_persons
from etl.sources.reader import REST, Reader
from etl.sources.sample import Sample

MARKS = ("uuid", "event", "distinct_id", "properties", "timestamp")
PERSON_MARKS = ("distinct_id", "person_id", "is_deleted")
TIMES = ("timestamp", "created_at", "_inserted_at")
IDS = (
    "distinct_id",
    "$user_id",
    "$device_id",
    "$anon_distinct_id",
    "$identified_id",
    "$person_id",
    "alias",
    "token",
    "$set",
    "$set_once",
    "$unset",
)
"""What says who, by another name, and what was written into the person's profile."""
NOISE = ("$insert_id", "$sent_at", "$time")
GEOIP = (
    "city_name",
    "city_confidence",
    "country_name",
    "country_code",
    "continent_name",
    "continent_code",
    "postal_code",
    "latitude",
    "longitude",
    "accuracy_radius",
    "time_zone",
    *(f"subdivision_{n}_{part}" for n in (1, 2, 3) for part in ("code", "name", "confidence")),
)
PERSONAL = (
    "$ip",
    "ip",
    "email",
    "$email",
    "phone",
    "name",
    "first_name",
    "last_name",
    *(f"$geoip_{part}" for part in GEOIP),
    *(f"$initial_geoip_{part}" for part in GEOIP),
)
PERSON_PROPERTIES = "person_properties"


def fit(sample: Sample) -> Fit:
    """Whether a file is an export of PostHog events."""
    if sample.shape not in ("json_lines", "parquet", "csv"):
        return Fit(False, "it is neither JSON Lines nor a table", 0)
    events = required(sample, MARKS)
    if not events.is_match and required(sample, PERSON_MARKS).is_match:
        because = "it is an export of persons: name it by 'persons' of the source of events"
        return Fit(False, because, events.share)
    return events


def open_export(path: Path, opening: Opening) -> Reader:
    """Open an export.

    Raises
    ------
    UserError
        If it is no such export, or the export of persons is not there or is none.
    """
    source = opening.source
    personal = unmapped((*PERSONAL, PERSON_PROPERTIES), source)
    drop = (*opening.drop, *personal)
    asked = {name.removeprefix("properties.") for name in mapped_fields(source)}
    hidden = tuple(dict.fromkeys((*IDS, *NOISE, *personal, *sorted(asked))))
    persons = load_persons(opening)

    def wrap(inner: Reader, _: Sample) -> Reader:
        rows = _Rows(hidden, persons, has_person=inner.has("person_id"))
        return EventFields(
            inner,
            rows.touch,
            made=() if rows.has_person or persons is None else ("person_id",),
            optional=("created_at", "properties.$app_version"),
            also=("distinct_id",),
            for_rest=("properties",),
            said=rows.said,
            begin=rows.begin,
        )

    return open_records(path, opening, drop, fit, wrap)


@dataclass
class _Rows:
    """Puts rows right and counts what there is to say of it."""

    hidden: tuple[str, ...]
    persons: Persons | None
    has_person: bool

    def __post_init__(self) -> None:
        """Count from nothing."""
        self._json = JsonFields()
        self.begin()

    def begin(self) -> None:
        """Count from nothing, again."""
        self.n_moved = self.n_unlisted = 0

    def touch(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows as the loader takes them."""
        rows = rows.with_columns(
            with_utc(pl.col(name)).alias(name) for name in TIMES if name in rows.columns
        )
        if self.persons is not None:
            rows = self._merged(rows, self.persons)
        if "properties" not in rows.columns:
            return rows
        kept = self._json.without(rows["properties"], self.hidden)
        rows = rows.with_columns(kept.alias("properties"))
        return rows.with_columns(kept.alias(REST)) if REST in rows.columns else rows

    def said(self) -> tuple[str, ...]:
        """What there is to note."""
        if self.persons is None:
            return (
                "No export of persons is named: ids that PostHog merged later are still different "
                "participants. Name it by 'persons' of the source.",
            )
        notes = {
            "events belong to another person by now, as the export of persons says.": self.n_moved,
            "events have an id that the export of persons does not list; they keep the person they "
            "came with.": self.n_unlisted,
        }
        return tuple(f"{count:,} {text}" for text, count in notes.items() if count)

    def _merged(self, rows: pl.DataFrame, persons: Persons) -> pl.DataFrame:
        own = pl.col("person_id") if "person_id" in rows.columns else pl.lit(None, dtype=pl.String)
        joined = rows.join(persons.rows, on="distinct_id", how="left", maintain_order="left")
        self.n_unlisted += joined["person"].null_count()
        joined = joined.with_columns(own.alias("\x00own"))
        self.n_moved += joined.filter(pl.col("person") != pl.col("\x00own")).height
        return joined.with_columns(pl.coalesce("person", "\x00own").alias("person_id"))


FORMAT = Format(
    id="posthog",
    label="PostHog batch export",
    fit=fit,
    open=open_export,
    traps=(
        "A file named .parquet.zst is Parquet with Zstandard inside, not a Zstandard file: told by "
        "its content, and either is read.",
        "A gzipped file of JSON Lines may consist of a gzip member for every record; a Brotli file "
        "has no mark at its beginning: both are read.",
        "Properties are JSON text in Parquet and objects in JSON Lines: read alike.",
        "Persons are merged after their events were exported, and exported events are never "
        "changed: name the export of persons by 'persons', and each id counts for the person it "
        "belongs to now (the highest person_distinct_id_version, then the latest row).",
        "Without an export of persons the person at the time of the event counts, and a note says "
        "so. Ids without a profile are in no export of persons and stay as they are.",
        "An export covers a week at most and the next may overlap: events are told apart by uuid.",
        "New columns may appear at any time: what is not mapped does no harm.",
        "Times are UTC, with or without saying so.",
        "IP address, place, name, e-mail address, phone and person_properties are dropped unless "
        "the source maps them, and so are ids and profile changes ($set) inside properties.",
    ),
    confirmed=(
        "Fields, types, UTC, JSON text or objects, merges, manifest, and that .parquet.zst is read "
        "as Parquet: posthog.com/docs/data-pipelines/batch-exports/s3. A week at most: "
        "posthog.com/docs/data-pipelines/file-download-exports. Codecs (Parquet: zstd, lz4, "
        "snappy, gzip, brotli; JSON Lines: gzip, brotli), one gzip member a record, and that the "
        "highest version of a mapping is the current one: PostHog's source, "
        "products/batch_exports/backend/temporal. Properties of places: "
        "posthog.com/docs/cdp/geoip-enrichment. timestamp is corrected for the device's clock "
        "where the library sends sent_at: posthog.com/docs/data/timestamps."
    ),
    export=(
        "A batch export of the models events and persons to a bucket of yours (Parquet with zstd "
        "is the smallest), or file download exports of both for a week at a time. Let the source's "
        "path match the files of events only, not manifest.json."
    ),
)
