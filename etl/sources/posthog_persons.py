"""PostHog's export of persons: which ids were found to be one person's."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.sources.event_times import epoch_us
from etl.sources.format import Fit, Opening, required
from etl.sources.plain_export import open_records
from etl.sources.reader import Reader
from etl.sources.sample import Sample, sample
from study.definition import Source
from study.errors import UserError

MARKS = ("distinct_id", "person_id")
ORDER = ("person_distinct_id_version", "_inserted_at", "created_at", "is_deleted")
EVENT_FIELDS = ("uuid", "event")


@dataclass(frozen=True)
class Persons:
    """By `distinct_id`, the `person` it belongs to now."""

    rows: pl.DataFrame


def fit_persons(sample: Sample) -> Fit:
    """Whether a file is an export of persons."""
    if any(name in sample.columns for name in EVENT_FIELDS):
        return Fit(False, "it is an export of events", 0)
    return required(sample, MARKS)


def person_files(folder: Path, source: Source) -> tuple[Path, ...]:
    """The files that `persons` of the source names, in order of name; none where it names none.

    Raises
    ------
    UserError
        If it names a file that is not there.
    """
    if source.persons is None:
        return ()
    pattern = Path(source.persons)
    root = Path(pattern.anchor) if pattern.is_absolute() else folder
    found = sorted(
        path for path in root.glob(str(pattern.relative_to(pattern.anchor))) if path.is_file()
    )
    if not found:
        raise UserError(
            f"No file matches {source.persons!r}, which 'persons' of source '{source.id}' names. "
            "Put the export of persons there, or correct 'persons' in study.toml."
        )
    return tuple(found)


def load_persons(opening: Opening) -> Persons | None:
    """Read the persons of a source; None where it names no file of them.

    Raises
    ------
    UserError
        If a file is not there, or is no export of persons.
    """
    files = person_files(opening.folder, opening.source)
    if not files:
        return None
    parts = [part for path in files for part in _read(path, opening)]
    rows = pl.concat(parts).with_columns(
        pl.col("person_distinct_id_version").cast(pl.Int64, strict=False),
        epoch_us(pl.col("_inserted_at")),
        epoch_us(pl.col("created_at")),
        # Of two that are else alike, the one that was not deleted.
        ~pl.col("is_deleted").str.to_lowercase().is_in(["true", "1"]).fill_null(value=False),
    )
    latest = (
        rows.filter(pl.col("distinct_id").is_not_null(), pl.col("person_id").is_not_null())
        .sort(*ORDER, nulls_last=False, maintain_order=True)
        .unique("distinct_id", keep="last")
    )
    return Persons(latest.select("distinct_id", pl.col("person_id").alias("person")))


def _read(path: Path, opening: Opening) -> Iterator[pl.DataFrame]:
    seen = sample(path)
    verdict = fit_persons(seen)
    if seen.shape != "empty" and not verdict.is_match:
        raise UserError(
            f"{path.name}, which 'persons' of source '{opening.source.id}' names, is no export of "
            f"persons: {verdict.because}. Expected distinct_id and person_id in each row. Correct "
            "'persons' in study.toml."
        )
    reader = open_records(path, opening, (), fit_persons, _as_it_is)
    fields = (*MARKS, *ORDER)
    for batch in reader.batches(fields):
        yield batch.rows.select(fields)


def _as_it_is(inner: Reader, _: Sample) -> Reader:
    return inner
