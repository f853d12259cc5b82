"""What to say of a file that lacks a field of the mapping: why it may be so, and what to do."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from etl.sources.text import DAMAGED
from study.definition import Source

SHOWN_COLUMNS = 30
DELIMITERS = (";", ",", "\t", "|")
_DATA = re.compile(
    r"\d{4}-\d\d-\d\d|\d\d?[/.]\d\d?[/.]\d{2,4}|\d\d:\d\d|^[+-]?\d{7,}$|^-\d|^\d+[.,]\d+$|@"
    r"|[^\s!-~\u00a0-\uffef]"
)
"""What stands in data and not in names: times, long or signed numbers, addresses, no text."""


def missing_message(
    missing: Sequence[tuple[str, str]],
    columns: tuple[str, ...],
    source: Source,
    file: str,
    file_format: str = "CSV",
) -> str:
    """What to say of (key in study.toml, field) pairs that a file does not have.

    The columns there are get named, unless the first line looks like data: then the file has no
    header, and what would be named are a participant's values.
    """
    fields = ", ".join(repr(field) for _, field in missing)
    if file_format == "CSV":
        cause = _misread(missing, columns, source)
        if cause:
            return f"{file}: no column {fields}: {cause} for source '{source.id}' in study.toml."
        if any(_DATA.search(name) for name in columns):
            return (
                f"{file}: no column {fields}: the first line looks like data, not like a header. "
                "Export it with a header, or correct the delimiter or encoding of source "
                f"'{source.id}' in study.toml."
            )
    parts = []
    for key, field in missing:
        near = get_close_matches(field, columns, n=2, cutoff=0.5)
        hint = f" (nearest: {', '.join(map(repr, near))})" if near else ""
        parts.append(f"{field!r}, named by '{key}'{hint}")
    shown = ", ".join(columns[:SHOWN_COLUMNS]) or "none"
    more = f" and {len(columns) - SHOWN_COLUMNS} more" if len(columns) > SHOWN_COLUMNS else ""
    noun, also = (
        ("column", ", or its delimiter or encoding")
        if file_format == "CSV"
        else ("field", ", or export it with what is missing")
    )
    return (
        f"{file}: no {noun} {f'; no {noun} '.join(parts)}. The file has: {shown}{more}. Correct "
        f"source '{source.id}' in study.toml{also}."
    )


def _misread(
    missing: Sequence[tuple[str, str]], columns: tuple[str, ...], source: Source
) -> str | None:
    """Which setting of the source seems wrong; nothing of the file is quoted."""
    wanted = {field for _, field in missing}
    if any(DAMAGED in name for name in columns):
        return (
            f"the first line is not text in {source.encoding}. Set encoding, for example to "
            '"latin-1", "cp1252" or "utf-16",'
        )
    if wanted & {_as_utf8(name, source.encoding) for name in columns}:
        return (
            f"they are there if the file is read as UTF-8, not as {source.encoding}. Set "
            'encoding = "utf-8"'
        )
    if len(columns) == 1 and source.delimiter not in columns[0]:
        counts = {mark: columns[0].count(mark) for mark in DELIMITERS}
        mark = max(counts, key=counts.__getitem__)
        if wanted & {name.strip().strip('"') for name in columns[0].split(mark)}:
            written = mark.replace("\t", "\\t")
            return (
                f'they are there if columns are separated by "{written}". Set '
                f'delimiter = "{written}"'
            )
    return None


def _as_utf8(name: str, encoding: str) -> str | None:
    try:
        return name.encode(encoding).decode("utf-8")
    except UnicodeError:
        return None
