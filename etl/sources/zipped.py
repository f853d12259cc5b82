"""A ZIP archive of export files of one kind, read as if they were one file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from etl.sources.archive import Archive, Member
from etl.sources.joined import Joined
from etl.sources.json_lines import JsonLinesReader
from etl.sources.reader import ROW, Batch, Reader
from etl.sources.text import Place
from study.errors import UserError

EXCEL = ("[Content_Types].xml", "xl/workbook.xml")
BATCH_ROWS = 50_000
OpenInner = Callable[[Place], Reader]


class ZippedReader:
    """The members of an archive one after the other, in order of name; rows are numbered on."""

    def __init__(self, archive: Archive, open_inner: OpenInner) -> None:
        """Open the first member that is not empty; the others come when they are read.

        Raises
        ------
        UserError
            If there is none.
        """
        self._archive = archive
        self._open_inner = open_inner
        self._members = archive.members()
        self._first = self._opened_first()
        self._last: Reader = self._first
        self._notes: dict[str, None] = {}
        self.format = self._first.format
        self.is_ragged = self._first.is_ragged

    def columns(self) -> tuple[str, ...]:
        """Names of the first member."""
        return self._first.columns()

    def has(self, field: str) -> bool:
        """Whether the first member has the field."""
        return self._first.has(field)

    def batches(self, fields: Sequence[str], *, rest: bool = False) -> Iterator[Batch]:
        """Read every member; see `Reader`.

        Raises
        ------
        UserError
            If a member is damaged, of another kind than the first, or a table without a column
            that the first one has.
        """
        waiting: list[Batch] = []
        n_waiting = 0
        for inner, batch in self._each(fields, rest=rest):
            n_waiting += batch.n_records
            # Small members share a batch, as long as one reader knows the text of all its rows.
            if waiting and (n_waiting > BATCH_ROWS or waiting[0].raw.schema != batch.raw.schema):
                yield _together(waiting)
                waiting, n_waiting = [], batch.n_records
            waiting.append(batch)
            self._last = inner
        if waiting:
            yield _together(waiting)

    def _each(self, fields: Sequence[str], *, rest: bool) -> Iterator[tuple[Reader, Batch]]:
        n_before = 0
        with self._archive.kept_open() as members:
            for member in members:
                if _is_empty(member):
                    continue
                inner = self._opened(member, fields)
                n_here = 0
                for batch in inner.batches(fields, rest=rest):
                    n_here = max(n_here, _last_row(batch))
                    yield inner, _numbered_on(batch, n_before)
                self._notes.update(dict.fromkeys(inner.notes()))
                n_before += n_here

    def notes(self) -> tuple[str, ...]:
        """What the members have to say, and how rows are numbered."""
        n_files = len(self._members)
        if n_files == 1:
            return tuple(self._notes)
        return (
            *self._notes,
            f"Holds {n_files:,} files; rows are numbered on from one to the next, in order of "
            "name.",
        )

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """The text of rows of the batch that came last."""
        return self._last.raw_text(raw)

    def _opened_first(self) -> Reader:
        # Not kept open: a reader may hold on to its member.
        for member in self._members:
            if not _is_empty(member):
                return self._open_inner(member)
        raise UserError(
            f"{self._archive.path.name} is a ZIP archive with nothing in it. Export it again."
        )

    def _opened(self, member: Member, fields: Sequence[str]) -> Reader:
        inner = self._open_inner(member)
        if inner.format != self._first.format:
            raise UserError(
                f"{self._archive.path.name}: {self._place(member)} is {inner.format}, others are "
                f"{self._first.format}. Expected files of one kind; unpack it and point a source "
                "at each kind."
            )
        if not inner.is_ragged:
            lacking = [name for name in fields if self._first.has(name) and not inner.has(name)]
            if lacking:
                raise UserError(
                    f"{self._archive.path.name}: {self._place(member)} has no column "
                    f"{', '.join(map(repr, lacking))}, which others have. Expected the same "
                    "columns in all; unpack it and point a source at each kind."
                )
        return inner

    def _place(self, member: Member) -> str:
        return f"file {member.place + 1:,} of {len(self._members):,} inside it, in order of name,"


def zipped(path: Path, open_inner: OpenInner) -> Reader:
    """The reader of an archive whose members `open_inner` reads, each like a file of its own.

    Raises
    ------
    UserError
        If the archive must not be opened, holds nothing, or is an Excel workbook.
    """
    archive = Archive(path)
    names = {one.name for one in archive.members()}
    if names.issuperset(EXCEL):
        raise UserError(
            f"{path.name} is an Excel workbook. Expected CSV, JSON Lines or Parquet. Save it as "
            "CSV."
        )
    reader = ZippedReader(archive, open_inner)
    if reader.format == JsonLinesReader.format:
        # One stream of lines: an hourly export has thousands of files, each too small for a batch.
        return open_inner(Joined(archive))
    return reader


def _is_empty(member: Member) -> bool:
    with member.open() as file:
        return not file.read(1)


def _together(batches: list[Batch]) -> Batch:
    if len(batches) == 1:
        return batches[0]
    return Batch(
        pl.concat([one.rows for one in batches]),
        pl.concat([one.raw for one in batches]),
        tuple(bad for one in batches for bad in one.bad),
    )


def _last_row(batch: Batch) -> int:
    rows = (batch.rows[ROW].max(), *(one.source_row for one in batch.bad))
    return max((row for row in rows if isinstance(row, int)), default=0)


def _numbered_on(batch: Batch, n_before: int) -> Batch:
    if n_before == 0:
        return batch
    shift = pl.col(ROW) + n_before
    return Batch(
        batch.rows.with_columns(shift),
        batch.raw.with_columns(shift),
        tuple(replace(one, source_row=one.source_row + n_before) for one in batch.bad),
    )
