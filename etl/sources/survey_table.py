"""Survey exports as tables: packed or not, any delimiter, head rows and columns left out."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import polars as pl

from etl.fields import needs
from etl.sources.archive import is_zip, members
from etl.sources.delimited import DelimitedReader
from etl.sources.reader import ROW, Batch
from etl.sources.text import encoding_of_start, first_bytes
from study.definition import Source
from study.errors import UserError

DELIMITERS = ",;\t|"
LOOK_BYTES = 1_048_576
NUMBER = r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)$"
_TABLE = re.compile(r"\.(csv|tsv|txt)(\.gz)?$", re.IGNORECASE)


@dataclass(frozen=True)
class SurveyTable:
    """A delimited file whose columns have other names than its header gives, or more head rows.

    Parameters
    ----------
    names
        By the name that fields are asked for by, the column of the file.
    n_head
        Records after the header that are still head: `source_row` counts from the one after them.
    """

    file: DelimitedReader
    names: Mapping[str, str]
    n_head: int = 0

    def batches(self, fields: Sequence[str]) -> Iterator[Batch]:
        """The records, with one column a field; fields that are no column are left out."""
        asked = {field: self.names[field] for field in fields if field in self.names}
        for batch in self.file.batches(tuple(dict.fromkeys(asked.values()))):
            rows = batch.rows.select(ROW, *(pl.col(of).alias(to) for to, of in asked.items()))
            bad = tuple(
                replace(one, source_row=one.source_row - self.n_head)
                for one in batch.bad
                if one.source_row > self.n_head
            )
            yield Batch(self._numbered(rows), self._numbered(batch.raw), bad)

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """The rows' text; see `Reader`."""
        return self.file.raw_text(raw)

    def _numbered(self, frame: pl.DataFrame) -> pl.DataFrame:
        if not self.n_head:
            return frame
        kept = frame.filter(pl.col(ROW) > self.n_head)
        return kept.with_columns((pl.col(ROW) - self.n_head).alias(ROW))


def open_table(
    path: Path, source: Source, delimiter: str, drop: Collection[str]
) -> DelimitedReader:
    """The file, or the one file that a ZIP archive holds.

    Raises
    ------
    UserError
        If an archive holds no table or several, or the header cannot be used.
    """
    return DelimitedReader(
        inner_path(path), delimiter=delimiter, encoding=source.encoding, drop=tuple(drop)
    )


def inner_path(path: Path) -> Path:
    """A place to read a file from: the file itself, or the one table inside an archive.

    Raises
    ------
    UserError
        If an archive holds no table or several.
    """
    if not is_zip(path):
        return path
    tables = [one for one in members(path) if _TABLE.search(one.name)]
    if len(tables) != 1:
        raise UserError(
            f"{path.name} holds {len(tables)} tables. Expected one CSV or TSV file in it: unpack "
            "it and point the source's 'path' at the one that is meant."
        )
    # Not a pathlib.Path, but it opens and is named like one, which is all that reading asks.
    return cast(Path, tables[0])


def header_of(path: Path, source: Source) -> tuple[tuple[str, ...], str]:
    """Names in the first line, and what separates them: what is seen, else what the file says.

    Raises
    ------
    UserError
        If an archive holds no table or several.
    """
    start = first_bytes(inner_path(path), LOOK_BYTES)
    text = start.decode(encoding_of_start(start, source.encoding), "replace").lstrip("\r\n")
    # Not how often a mark occurs: a heading may be a sentence with many commas.
    headers = {mark: _first(text, mark) for mark in (source.delimiter, *DELIMITERS)}
    mark = max(headers, key=lambda one: len(headers[one]))
    return headers[mark], mark


def _first(text: str, delimiter: str) -> tuple[str, ...]:
    """The first record; nothing where quotes do not end at what would separate columns."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return tuple(name.strip() for name in next(rows, []))
    except csv.Error:
        return ()


def mapped_fields(source: Source) -> frozenset[str]:
    """Columns that the study file names itself: these are read whatever they hold."""
    answers = source.answers
    return frozenset(
        (
            *needs(source).fields,
            *(answers.columns if answers is not None else ()),
            *(lookup.on for lookup in source.lookup),
        )
    )


def item_fields(source: Source, fields: Sequence[str]) -> tuple[str, ...]:
    """Of the fields asked for, those that hold the answers of a wide survey file."""
    if source.answers is None or source.answers.shape != "wide":
        return ()
    known = {*needs(source).fields, *(lookup.on for lookup in source.lookup)}
    return tuple(field for field in fields if field not in known)


def is_blank(field: str) -> pl.Expr:
    """Whether a cell holds nothing, or the NA that statistics programs write for it."""
    text = pl.col(field).str.strip_chars()
    return text.is_null() | text.is_in(["", "NA"])


def count_texts(rows: pl.DataFrame, fields: Sequence[str], source: Source) -> int:
    """Answers that are neither numbers nor what stands for a missing or inapplicable one."""
    known = {"", *source.missing, *(source.answers.not_applicable if source.answers else ())}
    total = 0
    for field in fields:
        text = rows[field].str.strip_chars()
        is_text = ~text.is_in(sorted(known)) & ~text.str.contains(NUMBER)
        total += int(is_text.fill_null(value=False).sum())
    return total
