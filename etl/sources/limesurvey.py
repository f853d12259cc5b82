"""LimeSurvey exports: CSV with a byte order mark, headed by question codes."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from etl.sources.columns import as_json
from etl.sources.format import Fit, Format, Opening
from etl.sources.reader import REST, ROW, BadRow, Batch
from etl.sources.sample import Sample
from etl.sources.survey_table import (
    SurveyTable,
    count_texts,
    header_of,
    is_blank,
    item_fields,
    mapped_fields,
    open_table,
)
from study.errors import UserError

OWN = ("id", "submitdate", "lastpage", "startlanguage")
"""Columns of every export, by code."""
OWN_TEXTS = ("Response ID", "Date submitted", "Last page", "Start language")
"""What these are called where headings are texts, in English."""
PERSONAL = ("ipaddr", "refurl", "seed", "firstname", "lastname", "email", "emailstatus")
"""Columns that say who or where somebody is: left out unless the study file maps them."""
NO_DATE = "1980-01-01"
"""What stands for a date in surveys that are anonymous or take none."""
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_#]*(?:\[[^\]]*\])*")
_CHOICE = r"^(AO?)0*(\d+)$"
UNFINISHED_EXPECTED = (
    'a response that was sent (submitdate); unfinished = "keep" of the source in study.toml takes '
    "the others too"
)


class LimeSurveyReader:
    """Reads the responses of a survey."""

    format = "LimeSurvey"
    is_ragged = False

    def __init__(self, path: Path, opening: Opening) -> None:
        """Read the header; responses come later.

        Raises
        ------
        UserError
            If the headings are question texts.
        """
        source = opening.source
        self._source = source
        header, delimiter = header_of(path, source)
        names = _codes(path, header)
        mapped = mapped_fields(source)
        personal = {names[name] for name in PERSONAL if name in names.keys() - mapped}
        self._hidden = personal | {names.get(name, name) for name in opening.drop}
        table = open_table(path, source, delimiter, self._hidden)
        self._table = SurveyTable(table, names)
        self._counts: Counter[str] = Counter()

    def columns(self) -> tuple[str, ...]:
        """Codes in the first line, less what is left out."""
        names = self._table.names
        return tuple(name for name, column in names.items() if column not in self._hidden)

    def has(self, field: str) -> bool:
        """Whether there is such a column."""
        return field in self.columns()

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """The responses' text, without what is left out."""
        return self._table.raw_text(raw)

    def batches(self, fields: Sequence[str], *, rest: bool = False) -> Iterator[Batch]:
        """Read the responses; see `Reader`."""
        self._counts.clear()
        wanted = tuple(dict.fromkeys(fields))
        others = tuple(name for name in self.columns() if name not in wanted) if rest else ()
        items = item_fields(self._source, wanted)
        coded = self._coded(items)
        self._counts["coded"] = len(coded)
        for batch in self._table.batches((*wanted, *OWN, "datestamp", *others)):
            rows = _whole(batch.rows, (*wanted, "datestamp"))
            is_one, is_unfinished = ~is_blank("id"), self._is_unfinished()
            bad = self._refused(batch, rows.filter(is_one & is_unfinished))
            kept = self._timed(rows.filter(is_one & ~is_unfinished)).with_columns(
                pl.col(name).str.strip_chars().str.replace(_CHOICE, "$2").alias(name)
                for name in coded
            )
            self._count(kept, items)
            asked = kept.select(ROW, *wanted)
            if rest:
                asked = asked.with_columns(as_json(kept.select(others)).alias(REST))
            raw = batch.raw.join(kept.select(ROW), on=ROW, how="semi", maintain_order="left")
            yield Batch(asked, raw, (*batch.bad, *bad))

    def notes(self) -> tuple[str, ...]:
        """What was made of answer codes, and what is missing of dates and numbers."""
        n = self._counts
        said = {
            "Questions whose answer codes A1, A2, ... were read as 1, 2, ...": n["coded"],
            "Answers that are texts and so refused (export with 'Answer codes')": n["text"],
            f"Responses dated {NO_DATE}, because the survey is anonymous or takes no dates; they "
            "are refused (bad_time), for nobody can say when they were given": n["undated"],
        }
        return tuple(f"{what}: {count:,}." for what, count in said.items() if count)

    # -- responses ------------------------------------------------------------------------------

    def _is_unfinished(self) -> pl.Expr:
        keeps = self._source.unfinished == "keep"
        return pl.lit(value=False) if keeps else is_blank("submitdate")

    def _timed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Unsent responses with the time of their last page in place of the one of sending."""
        sent = pl.when(is_blank("submitdate")).then("datestamp").otherwise("submitdate")
        return rows.with_columns(sent.alias("submitdate"))

    def _coded(self, items: Sequence[str]) -> tuple[str, ...]:
        """Questions all of whose answers are A1, A2, ... (or AO01, AO02, ...)."""
        known = ["", *self._source.missing]
        kinds: dict[str, set[str | None]] = {name: set() for name in items}
        for batch in self._table.batches(items):
            for name in items:
                text = batch.rows[name].str.strip_chars()
                kinds[name] |= set(text.filter(~text.is_in(known)).str.extract(_CHOICE, 1))
        return tuple(name for name, kind in kinds.items() if kind in ({"A"}, {"AO"}))

    def _refused(self, batch: Batch, rows: pl.DataFrame) -> tuple[BadRow, ...]:
        raw = batch.raw.join(rows.select(ROW), on=ROW, how="semi", maintain_order="left")
        texts = zip(raw[ROW], self.raw_text(raw), strict=True)
        return tuple(
            BadRow(number, UNFINISHED_EXPECTED, text, "unfinished_response")
            for number, text in texts
        )

    def _count(self, rows: pl.DataFrame, items: Sequence[str]) -> None:
        self._counts["text"] += count_texts(rows, items, self._source)
        is_undated = pl.col("submitdate").str.starts_with(NO_DATE)
        self._counts["undated"] += rows.filter(is_undated).height


def _whole(rows: pl.DataFrame, fields: Sequence[str]) -> pl.DataFrame:
    absent = [name for name in dict.fromkeys(fields) if name not in rows.columns]
    return rows.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)


# -- headings -----------------------------------------------------------------------------------


def _codes(path: Path, columns: Sequence[str]) -> Mapping[str, str]:
    """By code, the heading in the first line.

    Raises
    ------
    UserError
        If headings hold no codes.
    """
    if set(OWN[:2]) <= set(columns):
        return {name: name for name in columns}
    mark = _mark(columns)
    if mark is None:
        raise UserError(
            f"{path.name}: the headings are not question codes: no column 'id' and 'submitdate'. "
            "Export the responses again with headings 'Question code' (or 'Question code & "
            "question text')."
        )
    return {_code(name, mark): name for name in columns}


def _mark(columns: Sequence[str]) -> str | None:
    """What stands between code and text in headings that hold both."""
    for heading in columns:
        if heading.startswith("id") and len(heading) > len("id"):
            rest = heading.removeprefix("id")
            mark = re.match(r"[^A-Za-z0-9_\[]+", rest)
            codes = {_code(name, mark[0]) for name in columns} if mark else set()
            if mark and set(OWN) <= codes:
                return mark[0]
    return None


def _code(heading: str, mark: str) -> str:
    code = _CODE.match(heading)
    is_code = code is not None and heading[code.end() :].startswith(mark)
    return code[0] if code is not None and is_code else heading


def fit(sample: Sample) -> Fit:
    """Codes of the columns that every export has; texts in their place are refused with words."""
    if sample.shape != "csv":
        return Fit(False, "it is no table", 0)
    mark = _mark(sample.columns)
    codes = {_code(name, mark) for name in sample.columns} if mark else set(sample.columns)
    lacking = [name for name in OWN if name not in codes]
    if not lacking:
        return Fit(True, f"it has {', '.join(OWN)}", 1)
    if sum(name in sample.columns for name in OWN_TEXTS) > 1:
        return Fit(
            False, "its headings are question texts: export it again with 'Question code'", 0.9
        )
    return Fit(False, f"it has no {', '.join(lacking)}", 1 - len(lacking) / len(OWN))


TRAPS = (
    "The file begins with a byte order mark and ends with an empty line; columns are separated by "
    "commas, semicolons or tabs, which is seen by itself.",
    "Headings must be question codes (`Q1`, `Q1[SQ001]`, `Q1[other]`); of 'code & text' the code "
    "is taken; question texts are refused, with what to export instead.",
    "Answers must be codes. Where all answers of a question are A1, A2, ... (or AO01, AO02, ...) "
    "the number counts; texts and Y or N are refused one by one, and it is said.",
    "A response without submitdate was not sent: it is refused as unfinished_response, or, with "
    '`unfinished = "keep"`, dated by its datestamp.',
    "A token that stands twice filled in the survey twice: the response's id keeps the two apart.",
    "Anonymous surveys, and those that take no dates, say 1980-01-01: refused as bad_time, and "
    "said in the notes.",
    "An export of a survey without responses holds one empty line: no record.",
    "IP address, referrer, seed, names and e-mail addresses are left out, unless the study file "
    "maps them.",
    "Timing columns (interviewtime, groupTime123, Q1Time) are ignored unless mapped.",
)
CONFIRMED = (
    "Byte order mark, quotes, separators, the empty line at the end and the one empty record of "
    "a survey without responses: application/helpers/admin/export/CsvWriter.php and Writer.php of "
    "github.com/LimeSurvey/LimeSurvey; `Q1[SQ001]` and 'code & text': viewHelper.php and "
    "Writer.php there; short and long answers: SurveyObj.php. The date 1980-01-01 of anonymous "
    "surveys: utwente.nl/en/bms/datalab/datacollection/surveysoftware/manuals/anonymity-. That an "
    "empty submitdate is a response that was not sent: filters of LimeSurvey's own response "
    "browser (submitdate IS NULL, 'incomplete'). Not confirmed: the default answer codes of each "
    "version, so the codes themselves tell."
)
EXPORT = (
    "Responses, Export, Export responses, CSV: headings 'Question code', responses 'Answer codes', "
    "completion state 'All responses'."
)

FORMAT = Format(
    id="limesurvey",
    label="LimeSurvey CSV",
    fit=fit,
    open=LimeSurveyReader,
    traps=TRAPS,
    confirmed=CONFIRMED,
    export=EXPORT,
)
