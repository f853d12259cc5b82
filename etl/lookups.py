"""Other files whose columns are joined to the rows of a source."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.headers import missing_message
from etl.sources.formats import open_reader
from etl.sources.reader import ROW
from study.definition import Lookup, Source
from study.errors import UserError


@dataclass(frozen=True)
class LoadedLookup:
    """A lookup file in memory: one row a key."""

    on: str
    rows: pl.DataFrame

    def join(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add the taken columns to rows; a key that is not there gives NULL."""
        stripped = rows.with_columns(pl.col(self.on).str.strip_chars().alias(KEY))
        return stripped.join(self.rows, on=KEY, how="left", maintain_order="left").drop(KEY)


KEY = "\x00key"


def load_lookups(folder: Path, source: Source) -> tuple[LoadedLookup, ...]:
    """Read the lookups of a source, in the order of the study file.

    Raises
    ------
    UserError
        If a file, a column or the uniqueness of a key is missing.
    """
    return tuple(_load(folder, source, lookup) for lookup in source.lookup)


def _load(folder: Path, source: Source, lookup: Lookup) -> LoadedLookup:
    path = folder / lookup.path
    if not path.is_file():
        raise UserError(
            f"Lookup file {lookup.path} does not exist in {folder}. Correct 'lookup.path' of "
            f"source '{source.id}' in study.toml, or put the file there."
        )
    # A look-up is a plain table, also beside a system's own export.
    reader = open_reader(path, source.model_copy(update={"format": "auto"}))
    fields = (lookup.on, *lookup.take)
    missing = [("lookup", field) for field in fields if not reader.has(field)]
    if missing:
        raise UserError(
            missing_message(missing, reader.columns(), source, lookup.path, reader.format)
        )
    parts = [batch.rows for batch in reader.batches(fields)]
    empty = pl.DataFrame(schema={ROW: pl.Int64, **dict.fromkeys(fields, pl.String)})
    rows = (
        pl.concat([empty, *parts])
        .with_columns(pl.col(lookup.on).str.strip_chars().alias(KEY))
        .select(KEY, *lookup.take)
        .unique()
    )
    if rows[KEY].is_duplicated().any():
        raise UserError(
            f"{lookup.path}: {lookup.on!r} is not unique, so a row could be joined to several. "
            f"Expected one row a key. Correct 'lookup.on' of source '{source.id}' in study.toml."
        )
    return LoadedLookup(lookup.on, rows)
