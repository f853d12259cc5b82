"""The dictionary as frames: entries, events of no feature, and what changed from build to build."""

import re

import duckdb
import polars as pl

from access.viewer import Viewer
from dashboard.dictionary import suggest
from dashboard.sources import Sources
from queries import data as data_reads
from queries import dictionary as reads
from queries import usage as usage_reads
from queries.filters import Filters
from study import feature_history

CHANGES = {
    "as_of": pl.Date,
    "build_id": pl.String,
    "feature_label": pl.String,
    "kind": pl.String,
    "what": pl.String,
    "before": pl.String,
    "after": pl.String,
}
_ENTRY = (
    *("feature_id", "feature_label", "principle_label", "category_id", "category_label"),
    *("position", "stage", "stage_rank", "is_exposure", "event_like", "valid_from", "valid_to"),
)


def read_entries(con: duckdb.DuckDBPyConnection, viewer: Viewer, _filters: Filters) -> pl.DataFrame:
    """One row per pattern: its event, its properties in words, its versions, and those beyond them.

    `versions_outside` names versions of the app that were seen and in which the definition does not
    hold; such events are counted nowhere. Versions that too few had to be shown are not named.
    """
    seen = usage_reads.app_releases(con, viewer, Filters()).drop_nulls("first_date")
    versions = seen.sort("first_date", "app_version")["app_version"].to_list()
    asked = (
        pl.when(pl.col("property").is_not_null())
        .then(pl.concat_str("property", pl.lit(" = "), "property_value"))
        .drop_nulls()
        .str.join(", ")
    )
    entries = (
        reads.feature_dictionary(con, viewer)
        .group_by(_ENTRY, maintain_order=True)
        .agg(asked.alias("properties"), pl.col("n_exposures", "n_participants").first())
    )
    return entries.with_columns(
        event=pl.col("event_like")
        .str.replace_all("\\_", "_", literal=True)
        .str.replace_all("%", "*", literal=True),
        versions=pl.struct("valid_from", "valid_to").map_elements(
            lambda one: _span(one["valid_from"], one["valid_to"]), return_dtype=pl.String
        ),
        versions_outside=pl.struct("valid_from", "valid_to").map_elements(
            lambda one: ", ".join(_outside(versions, one["valid_from"], one["valid_to"])),
            return_dtype=pl.String,
        ),
    ).drop("event_like", "valid_from", "valid_to")


def read_unmapped(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, _filters: Filters
) -> pl.DataFrame:
    """Events of no feature, by volume, each with names near it and a section to begin with."""
    known = read_entries(con, viewer, Filters())["event"].to_list()
    frame = data_reads.unmapped_events(con, viewer, Filters())
    names = frame["event_name"].to_list()
    return frame.with_columns(
        near=pl.Series(
            [", ".join(suggest.near_names(one, known)) for one in names], dtype=pl.String
        ),
        stage=pl.Series([suggest.stage_of(one) for one in names], dtype=pl.String),
        principle=pl.Series([suggest.principle_of(one) for one in names], dtype=pl.String),
        is_technical=pl.Series([suggest.is_technical(one) for one in names], dtype=pl.Boolean),
        section=pl.Series([suggest.section(one) for one in names], dtype=pl.String),
    )


def read_changes(sources: Sources, _viewer: Viewer, _filters: Filters) -> pl.DataFrame:
    """What came, went or changed in the definitions, the newest first."""
    found = feature_history.changes(feature_history.read(sources.results))
    rows = [
        {name: getattr(one, name) for name in CHANGES}
        for one in sorted(found, key=lambda one: (one.as_of, one.build_id), reverse=True)
    ]
    return pl.DataFrame(rows, schema=CHANGES)


def _span(first: str | None, last: str | None) -> str:
    if first is None and last is None:
        return "all"
    if last is None:
        return f"from {first}"
    return f"to {last}" if first is None else f"{first} to {last}"


def _outside(versions: list[str], first: str | None, last: str | None) -> list[str]:
    """Versions before the first or after the last, compared as the build compares them."""
    return [
        one
        for one in versions
        if (first is not None and _number(one) < _number(first))
        or (last is not None and _number(one) > _number(last))
    ]


def _number(version: str) -> tuple[int, ...]:
    parts = [*version.split("."), "", "", ""][:3]
    return tuple(
        int(found.group() or 0) if (found := re.match(r"\d*", one)) else 0 for one in parts
    )
