"""Bringing one file into the raw tables: read, map, judge, keep. All of it or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from etl.clock import check_pattern, expected_time, time_params
from etl.fields import check_fields, file_fields, item_columns, needs
from etl.files import ExportFile
from etl.lookups import LoadedLookup
from etl.mapping import Mapping
from etl.progress import Progress
from etl.rules import EXPECTED
from etl.sources.formats import open_reader
from etl.sources.nested import JsonFields
from etl.sources.reader import ROW, BadRow, Batch, Reader
from etl.sources.text import first_bytes
from queries import sqlfile
from study.definition import Study

REJECTED = {
    "source_row": pl.Int64,
    "column_name": pl.String,
    "rule": pl.String,
    "expected": pl.String,
    "raw_text": pl.String,
    "is_cell": pl.Boolean,
}


@dataclass(frozen=True)
class Landing:
    """One file on its way into the raw tables, inside the caller's transaction."""

    con: duckdb.DuckDBPyConnection
    study: Study
    file: ExportFile
    lookups: tuple[LoadedLookup, ...]
    now: datetime
    progress: Progress

    def land(self) -> int:
        """Replace the file's rows by what it holds now; return how many records were read.

        Raises
        ------
        UserError
            If the file as a whole cannot be read as the study file says.
        """
        source = self.file.source
        if not first_bytes(self.file.path).strip():
            # An hour without events is often an empty file: no rows, and nothing wrong.
            self._forget()
            return 0
        reader = open_reader(
            self.file.path, source, folder=self.study.folder, drop=self.study.privacy.drop
        )
        check_fields(reader, source, self.file.name)
        columns = item_columns(reader.columns(), source, self.study.instruments, self.file.name)
        mapping = Mapping(
            source,
            self.lookups,
            columns,
            JsonFields(self.study.privacy.drop),
            frozenset(one.id for one in self.study.covariates if one.kind == "number"),
        )
        params = time_params(self.study, source, self.now)
        check_pattern(self.con, params, source)
        self._forget()
        if source.events is not None:
            return self._land_events(reader, mapping, params)
        if source.answers is not None:
            return self._land_answers(reader, mapping, params)
        return self._land_roster(reader, mapping, params)

    # -- kinds ----------------------------------------------------------------------------------

    def _land_events(self, reader: Reader, mapping: Mapping, params: dict[str, object]) -> int:
        columns = self.file.source.events
        assert columns is not None
        params = params | {
            "max_skew_s": columns.max_clock_skew_minutes * 60,
            "duplicate_of": list(columns.duplicate_of),
        }
        places = {
            "missing_participant": self.file.source.participant,
            "missing_event_name": columns.name,
            "bad_time": columns.time,
            "time_out_of_range": columns.time,
            "clock_skew": columns.time,
            "bad_quantity": columns.quantity,
        }
        n_read = 0
        for batch in self._batches(reader):
            with self._registered("incoming", mapping.apply(batch.rows)):
                self._execute("judged_events", **params)
            self._execute("insert_events", **self._identity())
            refused = sqlfile.load("load/refused_events.sql").fetch(self.con)
            own_zone = pl.when("is_own_zone").then(pl.lit(columns.time_zone_column))
            refused = refused.with_columns(
                own_zone.otherwise(_by_rule(places)).alias("column_name"), _expected(params)
            )
            self._reject(reader, batch, refused)
            n_read += batch.n_records
        return n_read

    def _land_roster(self, reader: Reader, mapping: Mapping, params: dict[str, object]) -> int:
        columns = self.file.source.roster
        places = {
            "missing_participant": self.file.source.participant,
            "bad_time": columns.withdrawn if columns else None,
            "unknown_arm": columns.arm if columns else None,
            "unknown_site": columns.site if columns else None,
        }
        enrolled = pl.lit(columns.enrolled if columns else None, dtype=pl.String)
        known_arms = _spellings([(arm.id, arm.label) for arm in self.study.arms])
        known_sites = _spellings([(site.id, site.label) for site in self.study.sites])
        n_read = 0
        for batch in self._batches(reader):
            with (
                self._registered("known_arms", known_arms),
                self._registered("known_sites", known_sites),
                self._registered("incoming", mapping.apply(batch.rows)),
            ):
                self._execute("judged_roster", **params)
            self._execute("insert_roster", **self._identity())
            refused = sqlfile.load("load/refused_roster.sql").fetch(self.con)
            place = pl.when("is_enrolled").then(enrolled).otherwise(_by_rule(places))
            refused = refused.with_columns(place.alias("column_name"), _expected(params))
            self._reject(reader, batch, refused)
            self._reject_cells(mapping.refused_cells(batch.rows), refused)
            n_read += batch.n_records
        return n_read

    def _land_answers(self, reader: Reader, mapping: Mapping, params: dict[str, object]) -> int:
        columns = self.file.source.answers
        assert columns is not None
        for empty in ("judged_answers", "row_texts"):
            self._execute(empty)
        not_applicable = [text.lower() for text in columns.not_applicable]
        items = self._known_items()
        n_read = 0
        for batch in self._batches(reader, tuple(one.column for one in mapping.item_columns)):
            texts = batch.raw.select(pl.col(ROW).alias("source_row")).with_columns(
                reader.raw_text(batch.raw).alias("raw_text")
            )
            with self._registered("incoming_texts", texts):
                self._execute("insert_row_texts")
            with (
                self._registered("known_items", items),
                self._registered("incoming", mapping.apply(batch.rows)),
            ):
                self._execute("insert_judged_answers", not_applicable=not_applicable, **params)
            self._reject(reader, batch, None)
            n_read += batch.n_records
        # Whoever writes `add`, be it 0, has said how the answers are coded.
        self._execute("refuse_other_base", settled=sorted(columns.add))
        self._execute("answer_rows")
        self._execute("insert_answers", **self._identity())
        self._execute(
            "insert_refused_answers",
            is_wide=columns.shape == "wide",
            participant_column=self.file.source.participant,
            time_column=columns.time,
            zone_column=columns.time_zone_column,
            instrument_column=columns.instrument,
            item_column=columns.item,
            time_expected=expected_time(params),
            **self._identity(),
        )
        return n_read

    def _known_items(self) -> pl.DataFrame:
        answers = self.file.source.answers
        added = answers.add if answers else {}
        rows = [
            (
                one.id.lower(),
                _item_key(item),
                one.id,
                item,
                float(one.low),
                float(one.high),
                one.allows_not_applicable,
                float(added.get(one.id, 0)),
            )
            for one in self.study.instruments
            for item in one.items
        ]
        schema = {
            "instrument_key": pl.String,
            "item_key": pl.String,
            "instrument_id": pl.String,
            "item_id": pl.String,
            "low": pl.Float64,
            "high": pl.Float64,
            "allows_not_applicable": pl.Boolean,
            "added": pl.Float64,
        }
        return pl.DataFrame(rows, schema=schema, orient="row")

    # -- steps ----------------------------------------------------------------------------------

    def _batches(self, reader: Reader, more: tuple[str, ...] = ()) -> Iterator[Batch]:
        source = self.file.source
        fields = (*file_fields(source), *more)
        for batch in reader.batches(fields, rest=needs(source).rest):
            yield batch
            self.progress.advance(batch.n_records)

    def _reject(self, reader: Reader, batch: Batch, refused: pl.DataFrame | None) -> None:
        """Keep bad records and refused rows of a batch with their text."""
        parts = [_bad_rows(batch.bad)]
        if refused is not None and refused.height:
            raw = batch.raw.filter(pl.col(ROW).is_in(refused["source_row"].implode()))
            texts = raw.select(pl.col(ROW).alias("source_row")).with_columns(
                reader.raw_text(raw).alias("raw_text")
            )
            joined = refused.join(texts, on="source_row", how="left", maintain_order="left")
            parts.append(joined.with_columns(is_cell=pl.lit(value=False)).select(REJECTED.keys()))
        rejected = pl.concat(parts)
        if rejected.height:
            with self._registered("incoming_rejected", rejected):
                self._execute("insert_rejected_rows", **self._identity())

    def _reject_cells(self, cells: pl.DataFrame, refused: pl.DataFrame) -> None:
        """Keep covariates that are no numbers, of rows that count."""
        cells = cells.join(refused, on="source_row", how="anti")
        if cells.height:
            rejected = cells.with_columns(
                rule=pl.lit("not_a_number"), expected=pl.lit("a number"), is_cell=pl.lit(value=True)
            ).select(REJECTED.keys())
            with self._registered("incoming_rejected", rejected):
                self._execute("insert_rejected_rows", **self._identity())

    def _forget(self) -> None:
        for table in ("events", "answers", "roster", "rejected_rows"):
            self._execute(f"delete_file_{table}", file_id=self.file.file_id)

    def _identity(self) -> dict[str, object]:
        return {
            "file_id": self.file.file_id,
            "source_id": self.file.source.id,
            "source_file": self.file.name,
        }

    def _execute(self, name: str, **params: object) -> None:
        sqlfile.load(f"load/{name}.sql").execute(self.con, **params)

    @contextmanager
    def _registered(self, name: str, frame: pl.DataFrame) -> Iterator[None]:
        self.con.register(name, frame.to_arrow())
        try:
            yield
        finally:
            self.con.unregister(name)


def _bad_rows(bad: tuple[BadRow, ...]) -> pl.DataFrame:
    rows = [(one.source_row, None, one.rule, one.expected, one.raw_text, False) for one in bad]
    return pl.DataFrame(rows, schema=REJECTED, orient="row")


def _by_rule(places: dict[str, str | None]) -> pl.Expr:
    return pl.col("rule").replace_strict(places, default=None, return_dtype=pl.String)


def _expected(params: dict[str, object]) -> pl.Expr:
    words = EXPECTED | {"bad_time": expected_time(params)}
    return pl.col("rule").replace_strict(words, return_dtype=pl.String).alias("expected")


def _spellings(pairs: list[tuple[str, str]]) -> pl.DataFrame:
    """Ids by every accepted spelling, in lower case; an id goes before another's label."""
    by_spelling = {label.lower(): one for one, label in pairs} | {
        one.lower(): one for one, _ in pairs
    }
    rows = list(by_spelling.items())
    return pl.DataFrame(rows, schema={"spelling": pl.String, "id": pl.String}, orient="row")


def _item_key(item: str) -> str:
    return str(int(item)) if item.isdecimal() else item.lower()
