"""Telling a file's format by its content, and opening the reader for it."""

from pathlib import Path
from typing import Literal

import pyarrow as pa

from etl.sources.delimited import DelimitedReader
from etl.sources.json_lines import JsonLinesReader
from etl.sources.parquet import ParquetReader
from etl.sources.reader import Reader
from etl.sources.text import encoding_of, first_bytes
from study.definition import Source
from study.errors import UserError

Format = Literal["csv", "jsonl", "parquet"]
PARQUET = b"PAR1"
ZIP = b"PK\x03\x04"


def recognise(path: Path, source: Source) -> Format:
    """The format the study file declares, or what the content says; the name is not asked.

    Raises
    ------
    UserError
        If the content is of a kind that no reader takes.
    """
    start = first_bytes(path)
    if start.startswith(ZIP):
        raise UserError(
            f"{path.name} is a ZIP archive. Expected CSV, JSON Lines or Parquet, plain or "
            "gzipped. Unpack it and point the source's 'path' at what was inside."
        )
    if source.format != "auto":
        return source.format
    if start.startswith(PARQUET):
        return "parquet"
    text = start.decode(encoding_of(path, source.encoding), "replace").lstrip()
    if text.startswith("["):
        raise UserError(
            f"{path.name} is one JSON list. Expected JSON Lines: one object on a line. Convert it, "
            "for example with: jq -c '.[]' in.json > out.jsonl"
        )
    return "jsonl" if text.startswith("{") else "csv"


def open_reader(path: Path, source: Source, *, drop: tuple[str, ...] = ()) -> Reader:
    """The reader for a file.

    Raises
    ------
    UserError
        If the file is not of the format, or its header cannot be used.
    """
    kind = recognise(path, source)
    if kind == "jsonl":
        return JsonLinesReader(path, encoding=source.encoding, drop=drop)
    if kind == "csv":
        return DelimitedReader(
            path, delimiter=source.delimiter, encoding=source.encoding, drop=drop
        )
    try:
        return ParquetReader(path, drop=drop)
    except pa.ArrowException as error:
        raise UserError(
            f"{path.name} is not a readable Parquet file: it is cut short or of another format. "
            "Export it again, or correct 'format' of the source in study.toml."
        ) from error
