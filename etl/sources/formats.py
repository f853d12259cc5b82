"""Telling a file's format by its content, and opening the reader for it."""

from pathlib import Path
from typing import Literal

import pyarrow as pa

from etl.sources.delimited import DelimitedReader
from etl.sources.format import Opening
from etl.sources.json_lines import JsonLinesReader
from etl.sources.parquet import ParquetReader
from etl.sources.reader import Reader
from etl.sources.registry import format_of
from etl.sources.text import GZIP, Place, encoding_of_start, first_bytes
from etl.sources.zipped import zipped
from study.definition import Source
from study.errors import UserError
from study.export_formats import FORMATS

Format = Literal["csv", "jsonl", "parquet"]
PARQUET = b"PAR1"
ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
EXCEL = b"\xd0\xcf\x11\xe0"
_BOM = "\ufeff".encode()


def recognise(path: Path | Place, source: Source) -> Format:
    """The format the study file declares, or what the content says; the name is not asked.

    Raises
    ------
    UserError
        If the content is of a kind that no reader takes.
    """
    start = first_bytes(path)
    what = _stranger(start)
    if what:
        raise UserError(f"{path.name} is {what}")
    if source.format in ("csv", "jsonl", "parquet"):
        return source.format
    if start.startswith(PARQUET):
        return "parquet"
    text = start.decode(encoding_of_start(start, source.encoding), "replace").lstrip()
    if text.startswith("["):
        raise UserError(
            f"{path.name} is one JSON list. Expected JSON Lines: one object on a line. Convert it, "
            "for example with: jq -c '.[]' in.json > out.jsonl"
        )
    return "jsonl" if text.startswith("{") else "csv"


def _stranger(start: bytes) -> str | None:
    """What a file is that no reader takes, and what to do about it; None for any other."""
    expected = "Expected CSV, JSON Lines or Parquet, plain or gzipped."
    if start.startswith(ZIPS):
        return f"a ZIP archive inside another one. {expected} Unpack the outer one."
    if start.startswith(EXCEL):
        return f"an Excel workbook. {expected} Save it as CSV."
    if start.startswith(GZIP):
        return f"compressed twice. {expected} Unpack it once (gunzip)."
    text = start.removeprefix(_BOM).lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return (
            f"a web page (HTML), often one that asks to sign in. {expected} Download the export "
            "again."
        )
    return None


def open_reader(
    path: Path, source: Source, *, folder: Path | None = None, drop: tuple[str, ...] = ()
) -> Reader:
    """The reader for a file; `folder` is the study's, beside which a format's other files lie.

    Raises
    ------
    UserError
        If the file is not of the format, or its header cannot be used.
    """
    if source.format in FORMATS:
        opening = Opening(source, folder or path.parent, drop)
        return format_of(source.format).open(path, opening)
    if first_bytes(path, 4) in ZIPS:
        return zipped(path, lambda place: _generic(place, source, drop))
    return _generic(path, source, drop)


def _generic(path: Path | Place, source: Source, drop: tuple[str, ...]) -> Reader:
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
