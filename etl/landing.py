"""Bringing one file into the raw tables: read, map, judge, keep. All of it or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import duckdb
import polars as pl

from etl.clock import NAMED, LocalDays, check_pattern, expected_time, time_params
from etl.fields import check_fields, file_fields, id_columns, item_columns, needs
from etl.files import ExportFile
from etl.identity.identities import Identities
from etl.judging import EventJudge, Part
from etl.lookups import LoadedLookup
from etl.mapping import Mapping
from etl.progress import Progress
from etl.refusals import Refusals, by_rule, expected, registered
from etl.rules import EXPECTED
from etl.sources.ahead import ahead
from etl.sources.delimited import DelimitedReader
from etl.sources.formats import open_reader
from etl.sources.json_lines import JsonLinesReader
from etl.sources.nested import JsonFields
from etl.sources.parquet import ParquetReader
from etl.sources.reader import Batch, Reader
from etl.sources.text import first_bytes
from queries import sqlfile
from study.definition import Study

TABLES = ("events", "answers", "roster", "rejected_rows")
ANY_BATCH = (DelimitedReader, JsonLinesReader, ParquetReader)
"""Readers that give the text of rows of any of their batches."""


@dataclass(frozen=True)
class Circumstances:
    """What is the same for every file of a load."""

    con: duckdb.DuckDBPyConnection
    study: Study
    identities: Identities
    now: datetime
    progress: Progress
    days: LocalDays


@dataclass(frozen=True)
class Landed:
    """What came of a file: how many records were read, and what its reader has to say."""

    rows_read: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gathered:
    """A small file of events that was read: what came of it, and its rows if it has any."""

    landed: Landed
    judge: EventJudge | None
    part: Part | None


@dataclass(frozen=True)
class Landing:
    """One file on its way into the raw tables, inside the caller's transaction.

    Parameters
    ----------
    number
        The file's number in the raw tables.
    is_held
        Whether they hold rows of it already.
    """

    load: Circumstances
    file: ExportFile
    lookups: tuple[LoadedLookup, ...]
    number: int
    is_held: bool

    def land(self) -> Landed:
        """Replace the file's rows by what it holds now.

        Raises
        ------
        UserError
            If the file as a whole cannot be read as the study file says.
        """
        opened = self._opened()
        self.forget()
        if opened is None:
            return Landed(0)
        refusals, params = opened
        land = {
            "events": self._land_events,
            "answers": self._land_answers,
            "roster": self._land_roster,
        }[self.file.source.kind]
        return Landed(land(refusals, params), refusals.reader.notes())

    def gather(self) -> Gathered | None:
        """What a small file of events holds, with nothing written yet; None where it is too much.

        Raises
        ------
        UserError
            If the file as a whole cannot be read as the study file says.
        """
        opened = self._opened()
        if opened is None:
            return Gathered(Landed(0), None, None)
        refusals, params = opened
        judge = EventJudge(self.load.con, self.load.days, self.file.source, params)
        batches = list(islice(self._batches(refusals.reader), 2))
        if len(batches) > 1:
            # Readers give the text of rows of the last batch only.
            return None
        landed = Landed(sum(one.n_records for one in batches), refusals.reader.notes())
        return Gathered(landed, judge, judge.part(refusals, batches[0]) if batches else None)

    def forget(self) -> None:
        """Take out what the raw tables hold of the file."""
        if self.is_held:
            for table in TABLES:
                self._execute(f"delete_file_{table}", file_number=self.number)

    def _opened(self) -> tuple[Refusals, dict[str, object]] | None:
        """The file, ready to be read, and how its times are; None where it is empty.

        An hour without events is often an empty file: no rows, and nothing wrong.
        """
        source, study = self.file.source, self.load.study
        if not first_bytes(self.file.path).strip():
            return None
        reader = open_reader(self.file.path, source, folder=study.folder, drop=study.privacy.drop)
        check_fields(reader, source, self.file.name)
        mapping = Mapping(
            source,
            self.lookups,
            item_columns(reader.columns(), source, study.instruments, self.file.name),
            JsonFields(study.privacy.drop),
            self.load.identities,
            frozenset(one.id for one in study.covariates if one.kind == "number"),
        )
        params = time_params(study, source, self.load.now)
        if source.columns is not None and source.columns.time_format not in NAMED:
            check_pattern(self.load.con, params, source)
        return Refusals(self.load.con, reader, mapping, self.file, self.number), params

    # -- kinds ----------------------------------------------------------------------------------

    def _land_events(self, refusals: Refusals, params: dict[str, object]) -> int:
        judge = EventJudge(self.load.con, self.load.days, self.file.source, params)
        n_read = 0
        for part in self._parts(judge, refusals):
            judge.keep([part])
            n_read += part.batch.n_records
            self.load.progress.advance(part.batch.n_records)
        return n_read

    def _parts(self, judge: EventJudge, refusals: Refusals) -> Iterator[Part]:
        """Batches of the file as they will be judged."""
        batches = self._read(refusals.reader)
        parts = (judge.part(refusals, batch) for batch in batches)
        # The others give the text of rows of the last batch only: the next must wait.
        return ahead(parts) if isinstance(refusals.reader, ANY_BATCH) else parts

    def _land_roster(self, refusals: Refusals, params: dict[str, object]) -> int:
        columns = self.file.source.roster
        places = {
            "missing_participant": id_columns(self.file.source),
            "erased_participant": id_columns(self.file.source),
            "bad_time": columns.withdrawn if columns else None,
            "unknown_arm": columns.arm if columns else None,
            "unknown_site": columns.site if columns else None,
        }
        enrolled = pl.lit(columns.enrolled if columns else None, dtype=pl.String)
        place = pl.when("is_enrolled").then(enrolled).otherwise(by_rule(places))
        study, con = self.load.study, self.load.con
        known_arms = _spellings([(arm.id, arm.label) for arm in study.arms])
        known_sites = _spellings([(site.id, site.label) for site in study.sites])
        n_read = 0
        for batch in self._batches(refusals.reader):
            rows = refusals.mapping.known(batch.rows)
            with (
                registered(con, "known_arms", known_arms),
                registered(con, "known_sites", known_sites),
                registered(con, "incoming", refusals.mapping.apply(rows)),
            ):
                self._execute("judged_roster", **params)
            self._execute("insert_roster", file_number=self.number)
            refused = sqlfile.load("load/refused_roster.sql").fetch(con)
            refused = refused.with_columns(
                place.alias("column_name"), expected(expected_time(params))
            )
            refusals.keep(batch, refused)
            refusals.keep_cells(refusals.mapping.refused_cells(rows), refused)
            n_read += batch.n_records
        return n_read

    def _land_answers(self, refusals: Refusals, params: dict[str, object]) -> int:
        columns = self.file.source.answers
        assert columns is not None
        for empty in ("judged_answers", "row_texts"):
            self._execute(empty)
        judge = params | {"not_applicable": [text.lower() for text in columns.not_applicable]}
        items = self._known_items()
        con, mapping = self.load.con, refusals.mapping
        n_read = 0
        for batch in self._batches(
            refusals.reader, tuple(one.column for one in mapping.item_columns)
        ):
            with registered(con, "incoming_texts", refusals.texts(batch.raw)):
                self._execute("insert_row_texts")
            with (
                registered(con, "known_items", items),
                registered(con, "incoming", mapping.apply(mapping.known(batch.rows))),
            ):
                self._execute("insert_judged_answers", **judge)
            refusals.keep(batch, None)
            n_read += batch.n_records
        # Whoever writes `add`, be it 0, has said how the answers are coded.
        self._execute("refuse_other_base", settled=sorted(columns.add))
        self._execute("answer_rows")
        self._execute("insert_answers", file_number=self.number)
        self._execute(
            "insert_refused_answers",
            is_wide=columns.shape == "wide",
            participant_column=id_columns(self.file.source),
            time_column=columns.time,
            zone_column=columns.time_zone_column,
            instrument_column=columns.instrument,
            item_column=columns.item,
            time_expected=expected_time(params),
            erased_expected=EXPECTED["erased_participant"],
            **refusals.place(),
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
            for one in self.load.study.instruments
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
        for batch in self._read(reader, more):
            yield batch
            self.load.progress.advance(batch.n_records)

    def _read(self, reader: Reader, more: tuple[str, ...] = ()) -> Iterator[Batch]:
        source = self.file.source
        return reader.batches((*file_fields(source), *more), rest=needs(source).rest)

    def _execute(self, name: str, **params: object) -> None:
        sqlfile.load(f"load/{name}.sql").execute(self.load.con, **params)


def _spellings(pairs: list[tuple[str, str]]) -> pl.DataFrame:
    """Ids by every accepted spelling, in lower case; an id goes before another's label."""
    by_spelling = {label.lower(): one for one, label in pairs} | {
        one.lower(): one for one, _ in pairs
    }
    rows = list(by_spelling.items())
    return pl.DataFrame(rows, schema={"spelling": pl.String, "id": pl.String}, orient="row")


def _item_key(item: str) -> str:
    return str(int(item)) if item.isdecimal() else item.lower()
