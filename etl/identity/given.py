"""The ids that the exports on disk give, as the sources write them."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from etl.fields import check_fields, file_fields
from etl.files import ExportFile, export_files
from etl.load import CANNOT_READ
from etl.lookups import LoadedLookup, load_lookups
from etl.sources.formats import open_reader
from etl.sources.text import first_bytes
from study.definition import Source, Study
from study.errors import UserError


@dataclass(frozen=True)
class Given:
    """The distinct ids of one file."""

    source_id: str
    ids: tuple[str, ...]


def ids_on_disk(study: Study) -> Iterator[Given]:
    """Every export's ids, those of the rosters first: most who are looked for stand there.

    Raises
    ------
    UserError
        If an export cannot be read.
    """
    for source in sorted(study.sources, key=lambda one: one.kind != "roster"):
        lookups = load_lookups(study.folder, source)
        for file in export_files(study, source):
            try:
                yield Given(source.id, _ids_of(study, file, lookups))
            except CANNOT_READ as error:
                # The error's own words may quote what stands in the file.
                raise UserError(
                    f"{file.name} of source '{source.id}' cannot be read ({type(error).__name__}). "
                    "Export it again, then try once more."
                ) from error


def _ids_of(study: Study, file: ExportFile, lookups: tuple[LoadedLookup, ...]) -> tuple[str, ...]:
    if not first_bytes(file.path).strip():
        return ()
    source = file.source
    reader = open_reader(file.path, source, folder=study.folder)
    check_fields(reader, source, file.name)
    readable = set(file_fields(source))
    wanted = (*_participant_columns(source), *(lookup.on for lookup in source.lookup))
    fields = tuple(dict.fromkeys(name for name in wanted if name in readable))
    found: set[str] = set()
    for batch in reader.batches(fields):
        rows = batch.rows
        for lookup in lookups:
            rows = lookup.join(rows)
        ids = rows.select(pl.coalesce(_clean(source))).to_series()
        found.update(ids.drop_nulls().unique())
    return tuple(sorted(found))


def _participant_columns(source: Source) -> tuple[str, ...]:
    return (source.participant, *source.participant_else)


def _clean(source: Source) -> list[pl.Expr]:
    """The columns as `etl.mapping` reads them: without blanks, missing values as NULL."""
    texts = [pl.col(name).str.strip_chars() for name in _participant_columns(source)]
    return [pl.when(~text.is_in(["", *source.missing])).then(text) for text in texts]
