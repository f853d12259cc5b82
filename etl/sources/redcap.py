"""REDCap flat exports, read with their data dictionary."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from etl.sources.columns import as_json
from etl.sources.format import Fit, Format, Opening
from etl.sources.reader import REST, ROW, Batch
from etl.sources.redcap_cells import OCCASION, Cells, holds_labels
from etl.sources.redcap_dictionary import HEADINGS, Dictionary, load_dictionary
from etl.sources.redcap_layout import (
    COMPLETE,
    EVENT,
    INSTANCE,
    INSTRUMENT,
    STATUS,
    Layout,
    plain,
)
from etl.sources.redcap_rows import RECORD, Elsewhere, elsewhere, joined_roster
from etl.sources.redcap_traps import CONFIRMED, EXPORT, TRAPS
from etl.sources.sample import Sample
from etl.sources.survey_table import (
    SurveyTable,
    header_of,
    item_fields,
    mapped_fields,
    open_table,
)
from study.errors import UserError

RECORD_FIELD = "redcap_record"
OCCASION_FIELD = "redcap_occasion"
MADE = {RECORD_FIELD: RECORD, OCCASION_FIELD: OCCASION}
"""Columns that this reader makes: the record's id, and what tells its filling-ins apart."""
MOST_NAMED = 8
_FIELD = re.compile(r"[a-z][a-z0-9_]*")
_STATUSES = frozenset(("", *STATUS, *STATUS.values()))


@dataclass(frozen=True)
class _Plan:
    """One reading of a file.

    Parameters
    ----------
    fields
        What is asked for, in order.
    data
        Those of them that are columns of the file.
    forms
        A row without anything of these is no record; every row is one where there are none.
    of_event
        Fields of other forms, which rows of a repeating instrument have in their event's own row.
    of_record
        Fields with the participant's id, which may stand in any row of the record.
    rest
        Further columns of the same forms, where these are asked for.
    """

    fields: tuple[str, ...]
    data: tuple[str, ...]
    forms: tuple[str, ...]
    of_event: tuple[str, ...]
    of_record: tuple[str, ...]
    rest: tuple[str, ...] | None


class RedcapReader:
    """Reads the rows of an export that hold something of the forms a source maps."""

    format = "REDCap"
    is_ragged = False

    def __init__(self, path: Path, opening: Opening) -> None:
        """Read the dictionary and the header; rows come later.

        Raises
        ------
        UserError
            If there is no dictionary, or the header is not of its project.
        """
        source = opening.source
        self._source = source
        dictionary = _dictionary(path, opening)
        _, delimiter = header_of(path, source)
        header = open_table(path, source, delimiter, ()).columns()
        self._layout = layout = Layout(dictionary, header)
        _check_header(path, layout)
        dropped = {column for name in opening.drop for column in layout.columns_of(name)}
        self._personal = layout.personal(mapped_fields(source))
        self._hidden = frozenset((*self._personal, *dropped, *opening.drop))
        self._table = SurveyTable(
            open_table(path, source, delimiter, self._hidden), {name: name for name in header}
        )
        self._counts: Counter[str] = Counter()

    def columns(self) -> tuple[str, ...]:
        """Columns of the export, less what is left out, and those that this reader makes."""
        return (*(name for name in self._layout.header if name not in self._hidden), *MADE)

    def has(self, field: str) -> bool:
        """Whether there is such a column."""
        return field in self.columns()

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """The rows' text, without what is left out."""
        return self._table.raw_text(raw)

    def batches(self, fields: Sequence[str], *, rest: bool = False) -> Iterator[Batch]:
        """Read the records; see `Reader`."""
        self._counts.clear()
        plan = self._plan(tuple(dict.fromkeys(fields)), rest=rest)
        read = self._roster if self._source.kind == "roster" else self._filled_in
        yield from read(plan)

    def notes(self) -> tuple[str, ...]:
        """What was left out, joined, or could not be told apart."""
        layout, n = self._layout, self._counts
        said = {
            "Rows that hold nothing of the mapped forms, so no records of this source": n["other"],
            "Rows joined to another row of their record": n["joined"],
            "Rows that took a date or an id from another row of their record": n["taken"],
            "Answers refused because their label stands for several codes (export raw data)": n[
                "shared"
            ],
        }
        counted = [f"{what}: {count:,}." for what, count in said.items() if count]
        if self._cells.is_labelled:
            counted.append(
                "The export holds labels, which the dictionary translates to codes. Raw data are "
                "safer: a label that was changed since is not found."
            )
        named = {
            "Left out, being identifiers or free text by the dictionary: {}.": self._personal,
            "Columns that the dictionary does not explain: {}.": layout.strangers,
            "Fields of the dictionary that the export does not have: {}.": layout.absent,
        }
        return (
            *counted,
            *(sentence.format(_named(names)) for sentence, names in named.items() if names),
        )

    # -- what to read ---------------------------------------------------------------------------

    @cached_property
    def _cells(self) -> Cells:
        return Cells(self._layout, holds_labels(self._table, self._layout))

    def _plan(self, fields: tuple[str, ...], *, rest: bool) -> _Plan:
        layout = self._layout
        data = tuple(name for name in fields if name in layout.header)
        forms = self._forms(fields, data)
        people = (self._source.participant, *self._source.participant_else)
        of_record = tuple(name for name in data if name in people and name in layout.form_of)
        of_event = tuple(
            name
            for name in data
            if name not in of_record and layout.form_of.get(name) not in (None, *forms)
        )
        kept = {name for name, form in layout.form_of.items() if form in forms}
        more = kept.difference(fields, self._hidden)
        ordered = tuple(name for name in layout.header if name in more) if rest else None
        return _Plan(fields, data, forms, of_event, of_record, ordered)

    def _forms(self, fields: tuple[str, ...], data: tuple[str, ...]) -> tuple[str, ...]:
        """Forms that make a row a record: those of the items, else of the time, else of all."""
        of = self._layout.form_of
        columns = self._source.events or self._source.answers
        wanted = item_fields(self._source, fields)
        if not wanted and columns is not None and columns.time in of:
            wanted = (columns.time,)
        return tuple(dict.fromkeys(of[name] for name in wanted or data if name in of))

    def _rows(self, plan: _Plan) -> Iterator[Batch]:
        """All rows, with what is asked for and what tells of it."""
        evidence = self._layout.evidence(plan.forms)
        needed = self._cells.needed_for(plan.data)
        return self._table.batches((*plan.data, *needed, *evidence, *(plan.rest or ())))

    # -- forms: answers and events --------------------------------------------------------------

    def _filled_in(self, plan: _Plan) -> Iterator[Batch]:
        others = self._elsewhere(plan)
        is_record = [self._layout.is_opened(form) for form in plan.forms] or [pl.lit(value=True)]
        for batch in self._rows(plan):
            found = batch.rows.filter(pl.any_horizontal(is_record))
            self._counts["other"] += batch.rows.height - found.height
            self._counts["shared"] += self._cells.count_shared(found, plan.data)
            rows = self._cells.values(found, plan.data)
            if others is not None:
                rows, n_taken = others.fill(rows)
                self._counts["taken"] += n_taken
            rows = _asked(rows, plan)
            if plan.rest is not None:
                rows = rows.with_columns(as_json(found.select(plan.rest)).alias(REST))
            yield Batch(rows, _of(batch.raw, rows), batch.bad)

    def _elsewhere(self, plan: _Plan) -> Elsewhere | None:
        of_event = plan.of_event if INSTRUMENT in self._layout.header else ()
        fields = (*of_event, *plan.of_record)
        if not fields:
            return None
        parts = [self._cells.values(batch.rows, fields) for batch in self._rows(plan)]
        return elsewhere(pl.concat(parts), of_event, plan.of_record) if parts else None

    # -- rosters --------------------------------------------------------------------------------

    def _roster(self, plan: _Plan) -> Iterator[Batch]:
        parts = [self._cells.values(batch.rows, plan.data) for batch in self._rows(plan)]
        if not parts:
            return
        everything = pl.concat(parts)
        fields = [name for name in plan.data if name != self._layout.dictionary.record_id]
        rows, self._counts["joined"] = joined_roster(everything, fields)
        self._counts["other"] = everything.height - rows.height - self._counts["joined"]
        rows = _asked(rows, plan)
        for batch in self._table.batches(()):
            own = rows.join(batch.rows.select(ROW), on=ROW, how="semi", maintain_order="left")
            yield Batch(own, _of(batch.raw, own), batch.bad)


def _asked(rows: pl.DataFrame, plan: _Plan) -> pl.DataFrame:
    """The fields by name; NULL where the file does not have one."""
    columns = []
    for field in plan.fields:
        place = MADE.get(field, field)
        found = pl.col(place) if place in rows.columns else pl.lit(None, dtype=pl.String)
        columns.append(found.alias(field))
    return rows.select(ROW, *columns)


def _of(raw: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    return raw.join(rows.select(ROW), on=ROW, how="semi", maintain_order="left")


def _dictionary(path: Path, opening: Opening) -> Dictionary:
    source = opening.source
    if source.dictionary is None:
        raise UserError(
            f"{path.name}: an export of REDCap is read with its data dictionary. Download that "
            f"from the project and name it under 'dictionary' of source '{source.id}' in "
            "study.toml."
        )
    place = opening.folder / source.dictionary
    if not place.is_file():
        raise UserError(
            f"Data dictionary {source.dictionary} does not exist in {opening.folder}. Correct "
            f"'dictionary' of source '{source.id}' in study.toml, or put the file there."
        )
    return load_dictionary(place, source.encoding)


def _check_header(path: Path, layout: Layout) -> None:
    dictionary = layout.dictionary
    if dictionary.record_id in layout.header:
        return
    labels = {plain(field.label) for field in dictionary.fields.values()}
    if sum(name in labels for name in layout.header) > 1:
        raise UserError(
            f"{path.name}: the header holds the fields' labels, not their names. Export it as "
            "'CSV / Microsoft Excel (raw data)'."
        )
    raise UserError(
        f"{path.name}: no column {dictionary.record_id!r}, which is the record id by the data "
        "dictionary. Expected the export and the dictionary of one project, the export with the "
        "fields' names in its first line. Correct 'dictionary' of the source in study.toml, or "
        "export it again as 'CSV / Microsoft Excel (raw data)'."
    )


def fit(sample: Sample) -> Fit:
    """Columns of REDCap's own, or a form's status among fields named as REDCap names them."""
    if sample.shape != "csv":
        return Fit(False, "it is no table", 0)
    if HEADINGS["name"][0] in sample.columns:
        return Fit(
            False,
            "it is a data dictionary: name it under 'dictionary' of the source, and the export "
            "under 'path'",
            0.9,
        )
    own = [name for name in (EVENT, INSTRUMENT, INSTANCE) if name in sample.columns]
    status = [name for name in sample.columns[1:] if _is_status(sample, name)]
    are_fields = all(_FIELD.fullmatch(name) for name in sample.columns)
    share = (bool(own) + bool(status) + are_fields) / 3
    if own and (status or are_fields):
        return Fit(True, f"it has {', '.join(own)}", max(share, 0.9))
    if status and are_fields:
        return Fit(True, f"it has a form's status ({status[0]})", max(share, 0.7))
    return Fit(False, "it has no form's status such as demographics_complete", share / 2)


def _is_status(sample: Sample, name: str) -> bool:
    if not name.endswith(COMPLETE):
        return False
    seen = {str(record[name]).strip() for record in sample.records}
    return seen <= _STATUSES and seen != {""}


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


FORMAT = Format(
    id="redcap",
    label="REDCap flat export",
    fit=fit,
    open=RedcapReader,
    traps=TRAPS,
    confirmed=CONFIRMED,
    export=EXPORT,
)
