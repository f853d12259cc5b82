"""Delimited text (CSV): quoted line breaks, ragged rows, any encoding, plain or gzipped."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc

from etl.sources.columns import ColumnPicker
from etl.sources.reader import ROW, BadRow, Batch
from etl.sources.text import DAMAGE_EXPECTED, PIECE_BYTES, pieces
from study.errors import UserError

QUOTE = '"'


class DelimitedReader:
    """Reads a file with a header line; `source_row` counts records after the header, from 1."""

    format = "CSV"
    is_ragged = False

    def __init__(
        self, path: Path, *, delimiter: str, encoding: str, drop: Sequence[str] = ()
    ) -> None:
        """Read the header; rows come later.

        Raises
        ------
        UserError
            If the header is no header of this delimiter and encoding.
        """
        self._path = path
        self._delimiter = delimiter
        self._encoding = encoding
        self._drop = frozenset(drop)
        self._columns = self._read_header()
        self._picker = ColumnPicker(self._columns, drop)

    def columns(self) -> tuple[str, ...]:
        """Names in the header."""
        return self._columns

    def has(self, field: str) -> bool:
        """Whether there is such a column, or one whose JSON the dots reach into."""
        return self._picker.has(field)

    def batches(self, fields: Sequence[str], *, rest: bool = False) -> Iterator[Batch]:
        """Read the records; see `Reader`."""
        n_read = 0
        for text, is_damaged in self._records():
            raw, bad = self._parse(text, n_read)
            n_read += raw.height + len(bad)
            if is_damaged:
                raw, damaged = self._without_damage(raw)
                bad += damaged
            yield Batch(self._picker.pick(raw, fields, rest=rest), raw, bad)

    def notes(self) -> tuple[str, ...]:
        """Nothing to say: every record is a row."""
        return ()

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """Each row as a line of the file's delimiter, without dropped columns."""
        fields = [self._quoted(raw[name]) for name in self._columns if name not in self._drop]
        line = pl.concat_str(fields or [pl.lit("")], separator=self._delimiter).alias("line")
        return raw.select(line)["line"]

    def _quoted(self, values: pl.Series) -> pl.Expr:
        field = pl.lit(values) if values.name not in self._columns else pl.col(values.name)
        # A column may hold JSON with something to drop inside.
        kept = pl.lit(self._picker.json.without(values)) if self._drop else field
        doubled = pl.lit(QUOTE) + kept.str.replace_all(QUOTE, QUOTE * 2, literal=True) + QUOTE
        special = kept.str.contains_any([QUOTE, "\n", "\r", self._delimiter])
        return pl.when(special).then(doubled).otherwise(kept.fill_null(""))

    # -- header ---------------------------------------------------------------------------------

    def _read_header(self) -> tuple[str, ...]:
        names, _ = _split_header(next(self._cuts(), ("", False))[0], self._delimiter)
        if any("\0" in name for name in names):
            raise UserError(
                f"{self._path.name}: the header is not text in {self._encoding!r}; it looks like "
                'UTF-16. Set encoding = "utf-16" for the source in study.toml.'
            )
        twice = [place for place, name in enumerate(names, 1) if names.count(name) > 1]
        if twice:
            # By place: where the header is missing, its names would be a participant's values.
            raise UserError(
                f"{self._path.name}: columns {', '.join(map(str, twice))} share a name in the "
                "first line. Expected a header that gives each column a name of its own."
            )
        return tuple(names)

    def _records(self) -> Iterator[tuple[str, bool]]:
        """Pieces of whole records, the header taken off the first."""
        for number, (text, is_damaged) in enumerate(self._cuts()):
            body = _split_header(text, self._delimiter)[1] if number == 0 else text
            if body.strip("\r\n"):
                yield body, is_damaged

    def _cuts(self) -> Iterator[tuple[str, bool]]:
        """Cut the text where records end: at line breaks with an even number of quotes before."""
        waiting, was_damaged = "", False
        for piece in pieces(self._path, self._encoding):
            waiting += piece.text
            was_damaged = was_damaged or piece.is_damaged
            end = _last_record_end(waiting)
            if end is None and len(waiting) > PIECE_BYTES:
                # A quote that nobody closed: cut at any line; the parser tells the bad record.
                end = waiting.rfind("\n") + 1 or None
            if end is not None:
                yield waiting[:end], was_damaged
                waiting, was_damaged = waiting[end:], piece.is_damaged
        if waiting:
            yield waiting, was_damaged

    # -- records --------------------------------------------------------------------------------

    def _parse(self, text: str, n_before: int) -> tuple[pl.DataFrame, tuple[BadRow, ...]]:
        """Records of a piece, numbered from `n_before` + 1."""
        refused: list[tuple[int, str]] = []

        def refuse(row: pc.InvalidRow) -> str:
            refused.append((row.number, row.text))
            return "skip"

        data = text.encode("utf-8", "replace")
        table = pc.read_csv(
            pa.BufferReader(data),
            read_options=pc.ReadOptions(
                use_threads=False, column_names=self._columns, block_size=len(data) + 64
            ),
            parse_options=pc.ParseOptions(
                delimiter=self._delimiter, newlines_in_values=True, invalid_row_handler=refuse
            ),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(self._columns, pa.large_string()), check_utf8=False
            ),
        )
        good = pl.DataFrame(table)
        if not refused:
            return self._numbered(good, np.arange(good.height) + n_before + 1), ()
        return self._recover(good, refused, n_before)

    def _recover(
        self, good: pl.DataFrame, refused: list[tuple[int, str]], n_before: int
    ) -> tuple[pl.DataFrame, tuple[BadRow, ...]]:
        """Number good and bad records; a record torn open by a lone quote is read line by line."""
        is_good = np.ones(good.height + len(refused), dtype=bool)
        is_good[[number - 1 for number, _ in refused]] = False
        n_lines = np.ones(len(is_good), dtype=np.int64)
        torn = {number: _lines(text) for number, text in refused if _is_torn(text)}
        for number, lines in torn.items():
            n_lines[number - 1] = len(lines)
        numbers = n_before + np.cumsum(n_lines) - n_lines + 1
        bad, rescued = [], []
        for number, text in refused:
            for offset, line in enumerate(torn.get(number, [text])):
                row = int(numbers[number - 1]) + offset
                fields = next(csv.reader([line], delimiter=self._delimiter), [])
                if number in torn and len(fields) == len(self._columns):
                    rescued.append((row, *fields))
                else:
                    bad.append(self._bad(row, line))
        rows = self._numbered(good, numbers[is_good])
        if rescued:
            more = pl.DataFrame(rescued, schema=rows.schema, orient="row")
            rows = pl.concat([rows, more]).sort(ROW)
        return rows, tuple(bad)

    def _bad(self, row: int, text: str) -> BadRow:
        expected = f"{len(self._columns)} fields, as in the header"
        if text.count(QUOTE) % 2:
            expected += "; a quotation mark is open or stray"
        # Which of a ragged row's fields is the one to drop, nobody can say: none is kept.
        is_kept = self._drop.isdisjoint(self._columns)
        return BadRow(row, expected, text if is_kept else None)

    def _numbered(
        self, rows: pl.DataFrame, numbers: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    ) -> pl.DataFrame:
        return rows.insert_column(0, pl.Series(ROW, numbers, dtype=pl.Int64))

    def _without_damage(self, raw: pl.DataFrame) -> tuple[pl.DataFrame, tuple[BadRow, ...]]:
        texts = raw.drop(ROW)
        is_bad = raw.select(
            pl.any_horizontal(pl.col(texts.columns).str.contains("[\\x{FFFD}\\x00]")).alias("bad")
        )["bad"].fill_null(value=False)
        damaged = raw.filter(is_bad)
        bad = zip(damaged[ROW], self.raw_text(damaged), strict=True)
        return raw.filter(~is_bad), tuple(BadRow(n, DAMAGE_EXPECTED, line) for n, line in bad)


def _split_header(text: str, delimiter: str) -> tuple[list[str], str]:
    lines = io.StringIO(text.lstrip("\r\n"), newline="")
    names = next(csv.reader(lines, delimiter=delimiter), [])
    return [name.strip() for name in names], lines.read()


def _last_record_end(text: str) -> int | None:
    end = text.rfind("\n") + 1
    while end:
        if text.count(QUOTE, 0, end) % 2 == 0:
            return end
        # Go back to the quote that was left open, then to the line it stands in.
        end = text.rfind("\n", 0, text.rfind(QUOTE, 0, end)) + 1
    return None


def _is_torn(text: str) -> bool:
    return "\n" in text and text.count(QUOTE) % 2 == 1


def _lines(text: str) -> list[str]:
    return [line for line in text.replace("\r\n", "\n").split("\n") if line]
