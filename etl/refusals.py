"""Keeping the records of a file that are refused, with their text."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import polars as pl

from etl.files import ExportFile
from etl.mapping import Mapping
from etl.rules import EXPECTED
from etl.sources.chunks import Shell, chunked
from etl.sources.reader import ROW, BadRow, Batch, Reader
from queries import sqlfile

REJECTED = {
    "source_row": pl.Int64,
    "column_name": pl.String,
    "rule": pl.String,
    "expected": pl.String,
    "raw_text": pl.String,
    "is_cell": pl.Boolean,
    "participant_id": pl.String,
}


@dataclass(frozen=True)
class Refusals:
    """Where the refused records of one file go."""

    con: duckdb.DuckDBPyConnection
    reader: Reader
    mapping: Mapping
    file: ExportFile
    number: int

    def place(self) -> dict[str, object]:
        """What names the file in `rejected_rows`.

        Asked each time: its path may hold participants' ids, which are known once they were read.
        """
        source_id = self.file.source.id
        return {
            "file_number": self.number,
            "file_id": self.file.file_id,
            "source_id": source_id,
            "source_file": self.mapping.identities.shown_path(self.file.name, source_id),
        }

    def keep(self, batch: Batch, refused: pl.DataFrame | None) -> None:
        """Keep bad records and refused rows of a batch with their text."""
        parts = [self._bad_rows(batch.bad)]
        if refused is not None and refused.height:
            raw = batch.raw.filter(pl.col(ROW).is_in(refused["source_row"].implode()))
            joined = refused.join(
                self.texts(raw), on="source_row", how="left", maintain_order="left"
            ).with_columns(
                # Of who was erased, nothing is kept.
                raw_text=pl.when(pl.col("rule") != "erased_participant").then("raw_text"),
                is_cell=pl.lit(value=False),
            )
            parts.append(joined.select(REJECTED.keys()))
        rejected = pl.concat(parts)
        if rejected.height:
            self._insert(rejected)

    def keep_cells(self, cells: pl.DataFrame, refused: pl.DataFrame) -> None:
        """Keep covariates that are no numbers, of rows that count."""
        cells = cells.join(refused, on="source_row", how="anti")
        if cells.height:
            self._insert(
                cells.with_columns(
                    rule=pl.lit("not_a_number"),
                    expected=pl.lit("a number"),
                    is_cell=pl.lit(value=True),
                ).select(REJECTED.keys())
            )

    def texts(self, raw: pl.DataFrame) -> pl.DataFrame:
        """`source_row` and `raw_text` of rows; without ids of the source where they are keyed."""
        rows = raw.select(pl.col(ROW).alias("source_row"))
        masked = self.mapping.masked(raw)
        if masked is None:
            return rows.with_columns(raw_text=pl.lit(None, dtype=pl.String))
        return rows.with_columns(self.reader.raw_text(masked).alias("raw_text"))

    def _bad_rows(self, bad: tuple[BadRow, ...]) -> pl.DataFrame:
        # Nobody can say where in a broken record the participant's id stands.
        is_kept = not self.mapping.identities.is_keyed
        rows = [
            (
                one.source_row,
                None,
                one.rule,
                one.expected,
                one.raw_text if is_kept else None,
                False,
                None,
            )
            for one in bad
        ]
        return pl.DataFrame(rows, schema=REJECTED, orient="row")

    def _insert(self, rejected: pl.DataFrame) -> None:
        with registered(self.con, "incoming_rejected", rejected):
            sqlfile.load("load/insert_rejected_rows.sql").execute(self.con, **self.place())


@contextmanager
def registered(con: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> Iterator[None]:
    """Let SQL read a frame under a name, and let go of it afterwards.

    A name that was taken away lives on in its transaction, with whatever it stood for: a file of a
    hundred million rows would be held in memory as a whole. So it stands for a shell.
    """
    shell = Shell(chunked(frame))
    con.register(name, shell)
    try:
        yield
    finally:
        shell.empty()
        con.unregister(name)


def by_rule(places: dict[str, str | None]) -> pl.Expr:
    """The column that each rule looks at."""
    return pl.col("rule").replace_strict(places, default=None, return_dtype=pl.String)


def expected(bad_time: str) -> pl.Expr:
    """What each rule expects, in words."""
    words = EXPECTED | {"bad_time": bad_time}
    return pl.col("rule").replace_strict(words, return_dtype=pl.String).alias("expected")
