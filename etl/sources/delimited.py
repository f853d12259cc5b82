"""Delimited text (CSV): quoted line breaks, ragged rows, any encoding, plain or gzipped."""

import csv
import io
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc

from etl.sources import text as source_text
from etl.sources.ahead import ahead
from etl.sources.broken_quotes import Sifted, may_swallow, sift
from etl.sources.columns import NAMELESS, ColumnPicker
from etl.sources.reader import ROW, BadRow, Batch
from etl.sources.text import DAMAGE_EXPECTED, TOO_LONG, Place, pieces
from study.errors import UserError

QUOTE = '"'
BLOCK_BYTES = 4 * 1024 * 1024
"""What the parser takes at a time: what fits the cache goes twice as fast."""
HEADER_BYTES = 65_536


@dataclass(frozen=True)
class _Cut:
    """Whole records; `is_too_long` stands for one record that was skipped."""

    data: bytes
    is_damaged: bool = False
    is_too_long: bool = False


class DelimitedReader:
    """Reads a file with a header line; `source_row` counts records after the header, from 1."""

    format = "CSV"
    is_ragged = False

    def __init__(
        self, path: Path | Place, *, delimiter: str, encoding: str, drop: Sequence[str] = ()
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
        self._all = self._read_header()
        self._columns = tuple(name for name in self._all if not name.startswith(NAMELESS))
        self._picker = ColumnPicker(self._columns, drop)

    def columns(self) -> tuple[str, ...]:
        """Names in the header."""
        return self._columns

    def has(self, field: str) -> bool:
        """Whether there is such a column, or one whose JSON the dots reach into."""
        return self._picker.has(field)

    def batches(self, fields: Sequence[str], *, rest: bool = False) -> Iterator[Batch]:
        """Read the records; see `Reader`."""
        for raw, bad in ahead(self._parsed()):
            if raw.height or bad:
                yield Batch(self._picker.pick(raw, fields, rest=rest), raw, bad)

    def notes(self) -> tuple[str, ...]:
        """Nothing to say: every record is a row."""
        return ()

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """Each row as a line of the file's delimiter, without dropped columns."""
        fields = [self._quoted(raw[name]) for name in self._all if name not in self._drop]
        line = pl.concat_str(fields or [pl.lit("")], separator=self._delimiter).alias("line")
        return raw.select(line)["line"]

    def _quoted(self, values: pl.Series) -> pl.Expr:
        field = pl.col(values.name)
        # A column may hold JSON with something to drop inside.
        kept = pl.lit(self._picker.json.without(values)) if self._drop else field
        doubled = pl.lit(QUOTE) + kept.str.replace_all(QUOTE, QUOTE * 2, literal=True) + QUOTE
        special = kept.str.contains_any([QUOTE, "\n", "\r", self._delimiter])
        return pl.when(special).then(doubled).otherwise(kept.fill_null(""))

    # -- header ---------------------------------------------------------------------------------

    def _read_header(self) -> tuple[str, ...]:
        first = next(self._cuts(HEADER_BYTES), _Cut(b""))
        names, _ = _split_header(first.data.decode(), self._delimiter)
        if any("\0" in name for name in names):
            raise UserError(
                f"{self._path.name}: the header is not text in {self._encoding!r}; it looks like "
                'UTF-16. Set encoding = "utf-16" for the source in study.toml.'
            )
        names = [name or f"{NAMELESS}{place}" for place, name in enumerate(names)]
        twice = [place for place, name in enumerate(names, 1) if names.count(name) > 1]
        if twice:
            # By place: where the header is missing, its names would be a participant's values.
            raise UserError(
                f"{self._path.name}: columns {', '.join(map(str, twice))} share a name in the "
                "first line. Expected a header that gives each column a name of its own."
            )
        return tuple(names)

    def _parsed(self) -> Generator[tuple[pl.DataFrame, tuple[BadRow, ...]], None, None]:
        """Records of a piece with their numbers, and those that are none."""
        n_read = 0
        for cut in self._records():
            if cut.is_too_long:
                n_read += 1
                yield self._empty(), (BadRow(n_read, TOO_LONG, None),)
                continue
            raw, bad = self._parse(cut.data, n_read)
            n_read += raw.height + len(bad)
            if cut.is_damaged:
                raw, damaged = self._without_damage(raw)
                bad += damaged
            if len(cut.data) > source_text.MOST_RECORD_BYTES:
                raw, long = self._without_giants(raw)
                bad += long
            yield raw, bad

    def _records(self) -> Iterator[_Cut]:
        """Pieces of whole records, the header taken off the first."""
        for number, cut in enumerate(self._cuts(source_text.PIECE_BYTES)):
            if number or cut.is_too_long:
                yield cut
                continue
            body = _after_header(cut.data, self._delimiter)
            if body.strip(b"\r\n"):
                yield _Cut(body, cut.is_damaged)

    def _cuts(self, size: int) -> Generator[_Cut, None, None]:
        """Cut the text where records end: at line breaks with an even number of quotes before."""
        waiting, was_damaged, is_skipping = b"", False, False
        for piece in pieces(self._path, self._encoding, size=size):
            data = piece.data
            if is_skipping:
                end = data.find(b"\n") + 1
                if not end:
                    continue
                data, is_skipping = data[end:], False
            waiting = waiting + data if waiting else data
            was_damaged = was_damaged or piece.is_damaged
            ends = _last_record_end(waiting)
            if ends is None and len(waiting) > source_text.MOST_RECORD_BYTES:
                # A quote that nobody closed: cut at any line; the parser tells the bad record.
                ends = waiting.rfind(b"\n") + 1 or None
                if ends is None:
                    yield _Cut(b"", is_too_long=True)
                    waiting, was_damaged, is_skipping = b"", False, True
                    continue
            if ends is not None:
                yield _Cut(waiting[:ends], was_damaged)
                waiting, was_damaged = waiting[ends:], piece.is_damaged
        if waiting:
            yield _Cut(waiting, was_damaged)

    # -- records --------------------------------------------------------------------------------

    def _parse(self, data: bytes, n_before: int) -> tuple[pl.DataFrame, tuple[BadRow, ...]]:
        """Records of a piece, numbered from `n_before` + 1."""
        try:
            good, refused = self._table(data, BLOCK_BYTES)
        except pa.ArrowInvalid:
            # A record that is longer than a block.
            good, refused = self._table(data, len(data) + 64)
        if may_swallow(data, good.height + len(refused)):
            sifted = sift(data, self._delimiter)
            if sifted is not None:
                return self._sifted(sifted, n_before)
        numbers = np.arange(good.height + len(refused), dtype=np.int64) + n_before + 1
        return self._placed(good, refused, numbers)

    def _sifted(self, sifted: Sifted, n_before: int) -> tuple[pl.DataFrame, tuple[BadRow, ...]]:
        """Whole records between lines that a stray quotation mark spoils."""
        spoiled = tuple(
            self._bad(number + n_before, text.decode().rstrip("\r\n"), is_stray=True)
            for number, text in sifted.spoiled
        )
        if not sifted.whole:
            return self._empty(), spoiled
        good, refused = self._table(sifted.whole, len(sifted.whole) + 64)
        numbers = np.array(sifted.numbers, dtype=np.int64) + n_before
        rows, bad = self._placed(good, refused, numbers)
        return rows, spoiled + bad

    def _placed(
        self,
        good: pl.DataFrame,
        refused: list[tuple[int, str]],
        numbers: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    ) -> tuple[pl.DataFrame, tuple[BadRow, ...]]:
        """Good and bad records under the numbers of all of them."""
        if not refused:
            return self._numbered(good, numbers), ()
        is_good = np.ones(len(numbers), dtype=bool)
        is_good[[number - 1 for number, _ in refused]] = False
        bad = tuple(self._bad(int(numbers[number - 1]), text) for number, text in refused)
        return self._numbered(good, numbers[is_good]), bad

    def _table(self, data: bytes, block_size: int) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
        refused: list[tuple[int, str]] = []

        def refuse(row: pc.InvalidRow) -> str:
            refused.append((row.number, row.text))
            return "skip"

        table = pc.read_csv(
            pa.BufferReader(data),
            read_options=pc.ReadOptions(
                use_threads=False, column_names=self._all, block_size=block_size
            ),
            parse_options=pc.ParseOptions(
                delimiter=self._delimiter, newlines_in_values=True, invalid_row_handler=refuse
            ),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(self._all, pa.string()), check_utf8=False
            ),
        )
        return pl.DataFrame(table), refused

    def _empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema={ROW: pl.Int64, **dict.fromkeys(self._all, pl.String)})

    def _bad(self, row: int, text: str, *, is_stray: bool = False) -> BadRow:
        if len(text) > source_text.MOST_RECORD_BYTES:
            return BadRow(row, TOO_LONG, None)
        expected = f"{len(self._all)} fields, as in the header"
        if is_stray or text.count(QUOTE) % 2:
            expected += "; a quotation mark is open or stray"
        # Which of a ragged row's fields is the one to drop, nobody can say: none is kept.
        is_kept = self._drop.isdisjoint(self._all)
        return BadRow(row, expected, text if is_kept else None)

    def _numbered(
        self, rows: pl.DataFrame, numbers: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    ) -> pl.DataFrame:
        return rows.insert_column(0, pl.Series(ROW, numbers, dtype=pl.Int64))

    def _without_damage(self, raw: pl.DataFrame) -> tuple[pl.DataFrame, tuple[BadRow, ...]]:
        is_bad = raw.select(
            pl.any_horizontal(pl.col(self._all).str.contains("[\\x{FFFD}\\x00]")).alias("bad")
        )["bad"].fill_null(value=False)
        damaged = raw.filter(is_bad)
        bad = zip(damaged[ROW], self.raw_text(damaged), strict=True)
        return raw.filter(~is_bad), tuple(BadRow(n, DAMAGE_EXPECTED, line) for n, line in bad)

    def _without_giants(self, raw: pl.DataFrame) -> tuple[pl.DataFrame, tuple[BadRow, ...]]:
        size = pl.sum_horizontal(pl.col(self._all).str.len_bytes())
        is_long = raw.select(size > source_text.MOST_RECORD_BYTES).to_series()
        if not is_long.any():
            return raw, ()
        long = tuple(BadRow(row, TOO_LONG, None) for row in raw.filter(is_long)[ROW])
        return raw.filter(~is_long), long


def _split_header(text: str, delimiter: str) -> tuple[list[str], str]:
    lines = io.StringIO(text.lstrip("\r\n"), newline="")
    names = next(csv.reader(lines, delimiter=delimiter), [])
    return [name.strip() for name in names], lines.read()


def _after_header(data: bytes, delimiter: str) -> bytes:
    # The header is short, and the rest of the piece is not decoded for it.
    start = data[: data.rfind(b"\n", 0, HEADER_BYTES) + 1]
    if start.count(b'"') % 2 or not start:
        return _split_header(data.decode(), delimiter)[1].encode()
    return _split_header(start.decode(), delimiter)[1].encode() + data[len(start) :]


def _last_record_end(data: bytes) -> int | None:
    until = data.rfind(b"\n") + 1
    if data.count(b'"', 0, until) % 2 == 0:
        return until or None
    while (quote := data.rfind(b'"', 0, until)) >= 0:
        # Before the quote that was left open, an even number: does a line end there?
        until = data.rfind(b'"', 0, quote)
        end = data.rfind(b"\n", until + 1, quote) + 1
        if end:
            return end
        if until < 0:
            break
    return None
