"""A table for `rapport fit --data`: CSV with types found in all rows, or Parquet with its own."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from etl.progress import Progress
from etl.sources.delimited import DelimitedReader
from etl.sources.text import DAMAGED, PIECE_BYTES, encoding_of, first_bytes, open_bytes
from models.table.request import MISSING
from models.table.streaming import Source
from study.errors import UserError

_TRUTH = {"TRUE": True, "True": True, "true": True, "FALSE": False, "False": False, "false": False}
_DELIMITERS = (",", ";", "\t", "|")
_PARQUET_MAGIC = b"PAR1"
CHUNK_ROWS = 1 << 17


@dataclass(frozen=True)
class TableFile:
    """A file with a table, its columns known and its rows not yet read.

    `n_rows` is None for CSV, which must be read to be counted.
    """

    path: Path
    format: Literal["CSV", "Parquet"]
    columns: tuple[str, ...]
    n_rows: int | None
    delimiter: str = ","

    def read(self, columns: Sequence[str], labels: frozenset[str] = frozenset()) -> pl.DataFrame:
        """Read some columns of all rows.

        Parameters
        ----------
        labels
            Columns that name groups or levels: their cells stay the text they are, so that `007`
            and `7` are two participants.

        Raises
        ------
        UserError
            Naming the first row that cannot be read, never what stands in it.
        """
        if self.format == "Parquet":
            return pl.read_parquet(self.path, columns=list(columns))
        frame = pl.DataFrame(self._text(columns))
        return frame.select(_typed(frame[name], is_label=name in labels) for name in columns)

    def source(self, progress: Progress) -> Source:
        """A Parquet file as something that is read in stretches."""
        lazy = pl.scan_parquet(self.path)

        def chunks(columns: Sequence[str]) -> Iterator[pl.DataFrame]:
            progress.start(f"{self.path.name}: {', '.join(columns[:3])}, ...")
            for chunk in self._chunks(columns):
                yield chunk
                progress.advance(chunk.height)
            progress.finish()

        return Source(lazy, chunks, lazy.collect_schema(), self.n_rows or 0)

    def _chunks(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        with pq.ParquetFile(self.path) as file, ThreadPoolExecutor(1) as ahead:
            batches = file.iter_batches(batch_size=CHUNK_ROWS, columns=list(columns))
            # The next stretch is decoded while this one is summed up.
            coming = ahead.submit(next, batches, None)
            while (batch := coming.result()) is not None:
                coming = ahead.submit(next, batches, None)
                yield pl.DataFrame(batch)

    def _text(self, columns: Sequence[str]) -> pa.Table:
        if self._has_open_quote():
            raise self._unreadable(columns)
        try:
            with open_bytes(self.path) as file:
                table = pc.read_csv(
                    file,
                    # The header's names come from the reader that checks them; its row is skipped.
                    read_options=pc.ReadOptions(
                        column_names=self.columns,
                        skip_rows=_empty_lines(first_bytes(self.path)),
                        skip_rows_after_names=1,
                    ),
                    parse_options=pc.ParseOptions(
                        delimiter=self.delimiter, newlines_in_values=True
                    ),
                    convert_options=pc.ConvertOptions(
                        include_columns=list(columns),
                        column_types=dict.fromkeys(columns, pa.large_string()),
                    ),
                )
        except pa.ArrowInvalid as error:
            # Arrow's message quotes the row; ours names it.
            raise self._unreadable(columns) from error
        if table.num_rows == 0:
            raise self._rowless()
        return table

    def _has_open_quote(self) -> bool:
        """Whether a quote is left open, which would swallow the rows behind it without a word."""
        with open_bytes(self.path) as file:
            pieces = iter(lambda: file.read(PIECE_BYTES), b"")
            return sum(piece.count(b'"') for piece in pieces) % 2 == 1

    def _rowless(self) -> UserError:
        return UserError(f"{self.path.name}: there is a header and no row below it.")

    def _unreadable(self, columns: Sequence[str]) -> UserError:
        """Read again, slowly, for the row to blame."""
        reader = DelimitedReader(self.path, delimiter=self.delimiter, encoding="utf-8")
        batches = list(reader.batches(columns))
        bad = [row for batch in batches for row in batch.bad]
        if not batches:
            return self._rowless()
        if not bad:
            return UserError(
                f"{self.path.name}: a quotation mark is open or stray in one of the rows. Expected "
                'quotes in pairs, and "" for one within a quoted cell.'
            )
        first = min(bad, key=lambda row: row.source_row)
        expected = first.expected
        if "encoding" in expected:
            expected = "text in UTF-8. Save the file as CSV in UTF-8"
        noun = "such row" if len(bad) == 1 else "such rows"
        return UserError(
            f"{self.path.name}, row {first.source_row} (the header not counted): expected "
            f"{expected}. {len(bad):,} {noun} in all."
        )


def open_table(path: Path) -> TableFile:
    """Find out what a file is, by its first bytes, and which columns it has.

    Raises
    ------
    UserError
        If there is no such file, it is empty, or its header names a column twice.
    """
    if not path.is_file():
        what = "is a folder. Name one file" if path.is_dir() else "does not exist"
        raise UserError(f"{path}: {what}. Expected a CSV or Parquet file.")
    start = first_bytes(path)
    if not start.strip():
        raise UserError(f"{path.name}: the file is empty. Expected a header and rows below it.")
    if start.startswith(_PARQUET_MAGIC):
        return _parquet(path)
    _refuse_other_kinds(path, start)
    delimiter = _delimiter(start)
    columns = DelimitedReader(path, delimiter=delimiter, encoding="utf-8").columns()
    if any(DAMAGED in name for name in columns):
        raise UserError(f"{path.name}: the header is not text in UTF-8. Save the file in UTF-8.")
    return TableFile(path, "CSV", columns, None, delimiter)


def _parquet(path: Path) -> TableFile:
    try:
        with pq.ParquetFile(path) as file:
            columns, n_rows = tuple(file.schema_arrow.names), file.metadata.num_rows
    except pa.ArrowInvalid as error:
        raise UserError(
            f"{path.name}: begins as Parquet and cannot be read as such. Was it written to the end?"
        ) from error
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise UserError(f"{path.name}: two columns are named '{twice[0]}'. Rename one.")
    if n_rows == 0:
        raise UserError(f"{path.name}: the table has columns and no rows.")
    return TableFile(path, "Parquet", columns, n_rows)


def _refuse_other_kinds(path: Path, start: bytes) -> None:
    if start.startswith(b"PK\x03\x04"):
        raise UserError(
            f"{path.name}: this is a spreadsheet or an archive. Save the sheet as CSV in UTF-8."
        )
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        raise UserError(
            f"{path.name}: this looks like JSON, and its first row does not look like column "
            "names. Expected CSV with a header, or Parquet."
        )
    encoding = encoding_of(path, "utf-8")
    if not encoding.startswith("utf-8") or b"\0" in start:
        raise UserError(
            f"{path.name}: this is not text in UTF-8; it looks like {encoding.upper()}."
            if not encoding.startswith("utf-8")
            else f"{path.name}: this is not text. Expected CSV in UTF-8, or Parquet."
        )


def _delimiter(start: bytes) -> str:
    """The mark that is commonest in the header; a comma where there is none."""
    lines = start.decode("utf-8", "replace").lstrip("\ufeff\r\n").splitlines()
    unquoted = "".join((lines or [""])[0].split('"')[::2])
    counts = {mark: unquoted.count(mark) for mark in _DELIMITERS}
    return max(counts, key=counts.__getitem__)


def _empty_lines(start: bytes) -> int:
    """Empty lines before the header."""
    text = start.lstrip(b"\xef\xbb\xbf")
    return text[: len(text) - len(text.lstrip(b"\r\n"))].count(b"\n")


def _typed(texts: pl.Series, *, is_label: bool) -> pl.Series:
    """Text as what all its cells are: whole numbers, numbers, TRUE and FALSE, or text."""
    stripped = texts.str.strip_chars()
    cells = stripped.set(stripped.is_in(MISSING), None)
    if is_label:
        return cells
    if cells.null_count() == len(cells):
        return cells.cast(pl.Float64)
    for kind in (pl.Int64, pl.Float64):
        values = cells.cast(kind, strict=False)
        if values.null_count() == cells.null_count():
            return values
    if cells.drop_nulls().is_in(list(_TRUTH)).all():
        return cells.replace_strict(_TRUTH, return_dtype=pl.Boolean)
    return cells
