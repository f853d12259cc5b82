"""RADAR-base: CSV as radar-output-restructure writes it, a file for each topic, hour and shape."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import polars as pl

from etl.sources.archive import is_zip
from etl.sources.delimited import DelimitedReader
from etl.sources.format import Fit, Format, Opening
from etl.sources.radar_records import (
    COMPLETION,
    EVENT,
    RESPONSE,
    answer_columns,
    answers,
    app_events,
    completions,
    is_dropped,
    numbered,
    topic_of,
)
from etl.sources.reader import ROW, Batch, Reader
from etl.sources.record_table import RecordTable
from etl.sources.sample import Sample
from etl.sources.text import first_bytes
from etl.sources.zipped import zipped
from study.errors import UserError

ALWAYS = ("key.userId", "value.time")
"""Columns of every topic of the questionnaire app."""
_HOLDS = {
    RESPONSE: "a questionnaire's answers",
    EVENT: "events of the questionnaire app",
    COMPLETION: "how much of each questionnaire was filled in",
}
_READ = (
    "Topics that are read: questionnaire_response and its like (columns value.name, "
    "value.timeCompleted and value.answers.…) as answers; questionnaire_app_event "
    "(value.eventType) and questionnaire_completion_log (value.completionPercentage) as events"
)


def fit(sample: Sample) -> Fit:
    """Whether a file is a topic of RADAR-base that is read, by its columns."""
    lacking = [name for name in ALWAYS if name not in sample.columns]
    topic = topic_of(sample.columns)
    share = 1 - (len(lacking) + (topic is None)) / (len(ALWAYS) + 1)
    if sample.shape != "csv":
        return Fit(False, "it is not CSV", share)
    if lacking:
        return Fit(False, f"it has no {', '.join(lacking)}", share)
    if topic is None:
        return Fit(False, "it is a topic that holds neither answers nor events of the app", share)
    return Fit(True, f"it has {', '.join(ALWAYS)} and holds {_HOLDS[topic]}", 1.0)


def open_radar(path: Path, opening: Opening) -> Reader:
    """Open a file of a topic, or an archive of such files.

    Raises
    ------
    UserError
        If it is no such CSV, or a topic that does not hold what the source's kind asks for.
    """
    if is_zip(path):
        # A member is no path, but it is named and opened like one, which is all that is asked.
        return zipped(path, lambda member: _open(cast(Path, member), opening))
    return _open(path, opening)


def _open(path: Path, opening: Opening) -> Reader:
    source = opening.source
    if first_bytes(path, 64).lstrip().startswith((b"{", b"[")):
        raise UserError(
            f"{path.name} is JSON. Expected CSV of radar-output-restructure. If it is the schema "
            "that lies in a topic's folder, let 'path' of the source end in *.csv*; if the output "
            "was written as JSON, write it again as CSV."
        )
    table = DelimitedReader(path, delimiter=source.delimiter, encoding=source.encoding)
    columns = table.columns()
    lacking = [name for name in ALWAYS if name not in columns]
    if lacking:
        raise UserError(
            f"{path.name} has no column {' and no column '.join(lacking)}, as every file of "
            "radar-output-restructure has. Correct 'path' or 'format' of the source in study.toml."
        )
    topic = topic_of(columns)
    if topic is None:
        raise UserError(
            f"{path.name} is of a topic of RADAR-base that is not read. {_READ}. Let 'path' of the "
            "source name their folders."
        )
    if (topic == RESPONSE) != (source.kind == "answers"):
        raise UserError(
            f"{path.name} holds {_HOLDS[topic]}, and source '{source.id}' is of kind "
            f"'{source.kind}'. {_READ}. Give each kind a source of its own, whose 'path' names "
            "the topics' folders."
        )
    dropped = tuple(name for name in columns if is_dropped(name, opening.drop))
    if dropped:
        table = DelimitedReader(
            path, delimiter=source.delimiter, encoding=source.encoding, drop=dropped
        )
    kept = tuple(name for name in columns if name not in dropped)
    reader = _Answers if topic == RESPONSE else _Events
    return reader(table, kept, opening.drop)


class _Answers:
    """A questionnaire topic: one record for each answer in a row's `value.answers`."""

    format = "RADAR-base CSV"
    is_ragged = False

    def __init__(
        self, table: DelimitedReader, columns: tuple[str, ...], drop: tuple[str, ...]
    ) -> None:
        self._source = table
        self._kept = columns
        self._table = RecordTable(answer_columns(columns), drop)
        self._n_blank = 0

    def columns(self) -> tuple[str, ...]:
        """Columns of an answer."""
        return self._table.columns

    def has(self, field: str) -> bool:
        """Whether an answer has a column of that name."""
        return self._table.has(field)

    def batches(self, fields: Sequence[str], *, rest: bool = False) -> Iterator[Batch]:
        """Read the answers, numbered through the whole file; see `Reader`."""
        n_read = self._n_blank = 0
        for batch in self._source.batches(self._kept):
            found = answers(batch.rows, self._kept)
            self._n_blank += batch.rows.height - found[ROW].n_unique()
            records, bad = numbered(found, batch.bad, n_read)
            n_read += records.height + len(bad)
            yield self._table.batch(records, fields, bad, rest=rest)

    def notes(self) -> tuple[str, ...]:
        """How many questionnaires were sent without any answer."""
        if not self._n_blank:
            return ()
        return (f"Questionnaires without any answer, which give no record: {self._n_blank:,}.",)

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """Each answer as a JSON object, without what is dropped."""
        return self._table.raw_text(raw)


class _Events:
    """The app's own events, or the log of how much of a questionnaire was filled in."""

    format = "RADAR-base CSV"
    is_ragged = False

    def __init__(
        self, table: DelimitedReader, columns: tuple[str, ...], drop: tuple[str, ...]
    ) -> None:
        self._source = table
        self._kept = columns
        self._made = app_events if topic_of(columns) == EVENT else completions
        self._table = RecordTable((*columns, "name", "properties"), drop)

    def columns(self) -> tuple[str, ...]:
        """Columns of the file, and what is made of them."""
        return self._table.columns

    def has(self, field: str) -> bool:
        """Whether an event has a column of that name."""
        return self._table.has(field)

    def batches(self, fields: Sequence[str], *, rest: bool = False) -> Iterator[Batch]:
        """Read the events; `source_row` counts records after the header."""
        for batch in self._source.batches(self._kept):
            records = self._made(batch.rows, self._kept)
            yield self._table.batch(records, fields, batch.bad, rest=rest)

    def notes(self) -> tuple[str, ...]:
        """Nothing to say: every row is an event."""
        return ()

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """Each event as a JSON object, without what is dropped."""
        return self._table.raw_text(raw)


FORMAT = Format(
    id="radar",
    label="RADAR-base restructured CSV",
    fit=fit,
    open=open_radar,
    traps=(
        "A questionnaire's answers lie side by side in columns value.answers.0.value, "
        "value.answers.1.value, …: each answer becomes a record of its own.",
        "Forms of other lengths lie in files of their own (20250303_0800_1.csv), or, where files "
        "were joined, side by side with empty fields: the columns of each file are its own, and an "
        "answer of which nothing is filled in is none.",
        "The order of the answers is not the order of the questions, because the app leaves out "
        "what was not asked: an item is known by its questionId as it stands (`item`), or by the "
        'number at the end of it (`item = "item_number"`). Only where there are no ids, in exports '
        "of older apps, the place counts, from 1.",
        "A question that was passed over has an id and no value: it stays missing. A form without "
        "any answer gives no record, and the file's notes count such forms.",
        'An answer is an int, a double or text, such as 3, 3.0 or "3": numbers count alike, and '
        "text that is no number is refused with its place.",
        "Phones send a record again until they hear that it arrived, and the output is not "
        "deduplicated unless asked: an occasion is participant, questionnaire and time of its "
        "beginning, so that the same answer again is a duplicate. Events are one where "
        "participant, name, time and properties agree.",
        "Times are seconds since 1970 in UTC with fractions, written like 1.740990600123E9: read "
        "to the microsecond, and to the millisecond where they tell occasions apart.",
        "The folder of a participant is named by the id with signs left out: the id is taken from "
        "key.userId, never from the path.",
        "The schema of a topic lies in its folder as JSON: it is refused by name; let the path end "
        "in *.csv*.",
        "Only questionnaires, the app's events and the completion log are read; other topics, such "
        "as those of sensors, are refused with the names of those that are.",
        "The completion log has a record of questionnaires that nobody opened: they are events "
        "called questionnaire_missed, which no feature should count as use.",
        "Metadata of events have other keys in each event: they become properties, in one order.",
    ),
    confirmed=(
        "Fields and types of the topics, and that times are seconds in UTC, that value is int, "
        "string or double and questionId may be null: RADAR-base/RADAR-Schemas, "
        "commons/active/questionnaire/questionnaire.avsc, commons/monitor/questionnaire/"
        "questionnaire_completion_log.avsc (percentage 0 to 100 or null), "
        "questionnaire_application_interaction_event.avsc (event types; that metadata was added "
        "later was seen in another public repository only). That a record "
        "of another shape goes into another file, never into a longer row, that maps become "
        "columns and doubles are written in Java's notation: RADAR-base/radar-output-restructure, "
        "README.md, CsvAvroDataConverter.kt, RecordPathFactory.kt (which also leaves signs out of "
        "folder names) and its tests. That the app sends answers as text, by question id, and only "
        "those given: RADAR-base/RADAR-Questionnaire, assessment-converter.service.ts. That "
        "questionnaires may have topics of their own (questionnaire_phq8): RADAR-Schemas, "
        "specifications/active. Not confirmed: what exactly other apps than the questionnaire app "
        "write into these topics; files are therefore told by their columns."
    ),
    export=(
        "Run radar-output-restructure with CSV output (its default) and copy the project's folder "
        "as it is; name the topic's folder in the source's path, for example "
        "exports/radar/*/*/questionnaire_response/*.csv*."
    ),
)
