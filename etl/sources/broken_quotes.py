"""Quotation marks put wrong in delimited text: which lines they spoil, and which they do not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MARK = b'"'
_BREAK = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True)
class Sifted:
    """The records that are whole, and the lines at which none begins, by their numbers from 1."""

    whole: bytes
    numbers: tuple[int, ...]
    """Of the whole records, in their order."""
    spoiled: tuple[tuple[int, bytes], ...]


def may_swallow(data: bytes, n_records: int) -> bool:
    """Whether a value may hold the lines behind it: they outnumber records, or a mark is alone."""
    n_returns = data.count(b"\r")
    n_breaks = data.count(b"\n") + n_returns - (data.count(b"\r\n") if n_returns else 0)
    n_lines = n_breaks + (not data.endswith((b"\n", b"\r")))
    # A blank line is no record.
    if n_lines > n_records and n_lines - data.count(b"\n\n") > n_records and MARK in data:
        return True
    last = data[max(data.rfind(b"\n", 0, -1), data.rfind(b"\r", 0, -2)) + 1 :]
    return last.count(MARK) % 2 == 1


def sift(data: bytes, delimiter: str) -> Sifted | None:
    """Tell whole records from spoiled lines; None where every quotation mark stands as it should.

    A quoted value ends at a mark that a delimiter or a line break follows. A parser that is content
    with less reads on to some other mark, or to the end, and makes one value of many records.
    """
    whole, numbers, spoiled = [], [], []
    for number, (is_whole, text) in enumerate(_parts(data, delimiter), 1):
        if is_whole:
            whole.append(text)
            numbers.append(number)
        else:
            spoiled.append((number, text))
    if not spoiled:
        return None
    return Sifted(b"".join(whole), tuple(numbers), tuple(spoiled))


def _parts(data: bytes, delimiter: str) -> Iterator[tuple[bool, bytes]]:
    record = _record(delimiter)
    place, until = 0, len(data)
    while place < until:
        found = record.match(data, place)
        end = found.end() if found else _line_end(data, place)
        text = data[place:end]
        # A blank line is no record.
        if text.strip(b"\r\n"):
            yield found is not None, text
        place = end


def _line_end(data: bytes, place: int) -> int:
    found = _BREAK.search(data, place)
    return found.end() if found else len(data)


def _record(delimiter: str) -> re.Pattern[bytes]:
    mark = re.escape(delimiter.encode())
    # Possessive: a value that does not end as it should is given up at once.
    field = rb'(?:"[^"]*+(?:""[^"]*+)*+"|(?!")[^%s\r\n]*+)' % mark
    return re.compile(rb"%s(?:%s%s)*+(?:\r\n|\n|\r|\Z)" % (field, mark, field))
