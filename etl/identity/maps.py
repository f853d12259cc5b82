"""Id maps: which ids of the sources belong to which participant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from etl.files import export_files
from etl.sources.delimited import DelimitedReader
from etl.sources.formats import open_reader
from etl.sources.reader import ROW, Reader
from etl.sources.text import first_bytes
from study.definition import IdentityMap, Source, Study
from study.errors import UserError

DELIMITERS = (",", ";", "\t")


@dataclass
class IdMaps:
    """By source, the participant of each id that a map knows, as the roster writes ids."""

    by_source: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    _places: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict, repr=False)

    def of(self, source_id: str) -> Mapping[str, str]:
        """Participants by id of a source; empty where no map names the source."""
        return self.by_source.get(source_id, {})

    def add(self, source_id: str, given: str, participant: str, file: str, row: int) -> None:
        """Take in one line of a map.

        Raises
        ------
        UserError
            If the id belongs to somebody else already: both places are named, never the id.
        """
        known = self.by_source.setdefault(source_id, {})
        place = self._places.setdefault((source_id, given), (file, row))
        if known.setdefault(given, participant) != participant:
            first = f"row {place[1]}" if place[0] == file else f"{place[0]}, row {place[1]}"
            raise UserError(
                f"{file}, row {row}: its id of source '{source_id}' belongs to another participant "
                f"according to {first}. Expected one participant for each id: correct one of the "
                "two rows. If both are the same person, give both rows the same participant."
            )


def read_maps(study: Study) -> IdMaps:
    """Read every map of the study: `[[identities]]` first, then the rosters' own columns.

    Blanks around an id are no part of it; letter case is. Rows without a participant, or without
    any id, say nothing.

    Raises
    ------
    UserError
        If a file or column is missing, or an id would belong to two participants.
    """
    maps = IdMaps()
    for index, one in enumerate(study.identities):
        _read_file(study.folder, one, f"identities[{index}]", maps)
    for source in study.sources:
        if source.roster is not None and source.roster.ids:
            _read_roster(study, source, source.roster.ids, maps)
    return maps


def _read_file(folder: Path, one: IdentityMap, key: str, maps: IdMaps) -> None:
    path = folder / one.path
    if not path.is_file():
        raise UserError(
            f"The id map {one.path} does not exist in {folder}. Correct '{key}.path' in "
            "study.toml, or put the file there."
        )
    reader = DelimitedReader(path, delimiter=_delimiter(path), encoding="utf-8")
    _require(reader, (one.participant, *one.ids.values()), one.path, key)
    for row, participant, ids in _rows(reader, one.participant, one.ids, one.path):
        for source_id, given in ids.items():
            maps.add(source_id, given, participant, one.path, row)


def _read_roster(study: Study, source: Source, columns: Mapping[str, str], maps: IdMaps) -> None:
    own = dict(maps.of(source.id))
    for file in export_files(study, source):
        if not first_bytes(file.path).strip():
            continue
        reader = open_reader(file.path, source, folder=study.folder)
        _require(
            reader,
            (source.participant, *columns.values()),
            file.name,
            f"participant' and 'ids' of source '{source.id}",
        )
        for row, given, ids in _rows(reader, source.participant, columns, file.name, source):
            for source_id, other in ids.items():
                maps.add(source_id, other, own.get(given, given), file.name, row)


def _rows(
    reader: Reader,
    participant: str,
    columns: Mapping[str, str],
    file: str,
    source: Source | None = None,
) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Rows that say something: number, participant, and ids by source."""
    fields = tuple(dict.fromkeys((participant, *columns.values())))
    missing = ["", *(source.missing if source else ())]
    for batch in reader.batches(fields):
        if batch.bad and source is None:
            # Refused rows of a roster are in its receipt; nobody counts those of a map.
            rows = ", ".join(str(one.source_row) for one in batch.bad[:5])
            raise UserError(
                f"{file}: row {rows} cannot be read as a row. Expected "
                f"{batch.bad[0].expected}. Correct the file."
            )
        text = [pl.col(name).str.strip_chars() for name in fields]
        clean = [pl.when(~one.is_in(missing)).then(one) for one in text]
        for values in batch.rows.select(ROW, *clean).iter_rows(named=True):
            if values[participant] is not None:
                given = {source_id: values[name] for source_id, name in columns.items()}
                ids = {source_id: one for source_id, one in given.items() if one is not None}
                yield values[ROW], values[participant], ids


def _require(reader: Reader, fields: tuple[str, ...], file: str, key: str) -> None:
    missing = [repr(name) for name in fields if not reader.has(name)]
    if missing:
        # What the file has instead is not shown: without a header it would be participants' ids.
        raise UserError(
            f"{file}: no column {', '.join(missing)} in its first line. Expected a header with the "
            f"columns that '{key}' names in study.toml: correct one of the two."
        )


def _delimiter(path: Path) -> str:
    """What separates the columns: whatever stands most often in the first line."""
    lines = first_bytes(path).decode("utf-8", "replace").splitlines() or [""]
    return max(DELIMITERS, key=lines[0].count)
