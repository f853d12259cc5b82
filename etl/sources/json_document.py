"""One JSON document read record by record: the elements of a list in it, in bounded memory."""

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from etl.sources.text import DAMAGED, encoding_of_start
from study.errors import UserError

WINDOW_BYTES = 1 << 20
MOST_RECORD_BYTES = 64 << 20
"""A record of an export is a few kilobytes; a visit of a whole day is one or two megabytes."""
EVERY_LIST = "*"
"""`at` of a document whose lists lie under keys nobody knows beforehand, such as days."""
DEEPEST = 50
Keys = tuple[str, ...]
"""Names of the fields that lead to a list, from the outermost object."""
_SPACE = frozenset(" \t\r\n")
_CLOSED = frozenset('"{[')
_AFTER = frozenset(" \t\r\n,:]}")
_BAD_BYTES = re.compile("[\udc80-\udcff]")
"""What bytes that are not UTF-8 are decoded to."""


def records(
    file: BinaryIO,
    *,
    at: str | None = None,
    encoding: str = "utf-8",
    most_bytes: int = MOST_RECORD_BYTES,
) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """The elements of a list in a document, numbered from 1.

    An object comes as a dict. Anything else comes as its text, and so does an object that holds
    bytes of another encoding (U+FFFD or NUL then stand in the text): neither is a record.

    Parameters
    ----------
    at
        Where the list is: None for the outermost value (an object there is the only record), the
        name of a field of the outermost object, dots reaching deeper, or `EVERY_LIST` for all
        lists that lie under objects.
    most_bytes
        What one record may take, about.

    Raises
    ------
    UserError
        If the document is cut short or damaged, nested too deeply, or has a record that is larger.
    """
    document = _Document(file, encoding, most_bytes)
    yield from enumerate((one for _, one in _elements(document, at, ())), 1)
    document.end()


def placed_records(
    file: BinaryIO, *, encoding: str = "utf-8", most_bytes: int = MOST_RECORD_BYTES
) -> Iterator[tuple[Keys, dict[str, Any] | str]]:
    """What `records` gives of `EVERY_LIST`, each with the names of the fields its list lies under.

    Raises
    ------
    UserError
        As `records`.
    """
    document = _Document(file, encoding, most_bytes)
    yield from _elements(document, EVERY_LIST, ())
    document.end()


class _Document:
    """A window that moves over a document's text."""

    def __init__(self, file: BinaryIO, encoding: str, most_bytes: int) -> None:
        self._file = file
        self._name = Path(str(getattr(file, "name", "the file"))).name
        self._most = most_bytes
        start = file.read(WINDOW_BYTES)
        name = encoding_of_start(start, encoding)
        is_utf8 = codecs.lookup(name).name.startswith("utf-8")
        errors = "surrogateescape" if is_utf8 else "replace"
        self._decode = codecs.getincrementaldecoder(name)(errors=errors).decode
        self._json = json.JSONDecoder(strict=False, parse_constant=_nothing)
        self._text = self._decode(start)
        self._place = 0
        self._is_whole = not start

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._place < len(self._text):
                if self._text[self._place] not in _SPACE:
                    return self._text[self._place]
                self._place += 1
            if not self._more():
                return ""

    def take(self, expected: str) -> str:
        """Move past the next character, which must be one of those expected."""
        found = self.peek()
        if not found or found not in expected:
            raise self._broken()
        self._place += 1
        return found

    def value(self) -> tuple[Any, str]:
        """The next value and its text."""
        self.peek()
        while True:
            try:
                found, end = self._json.raw_decode(self._text, self._place)
            except json.JSONDecodeError as error:
                if not self._more():
                    is_cut = error.msg.startswith("Unterminated") or error.pos >= len(self._text)
                    raise self._broken(is_cut=is_cut) from error
            except RecursionError as error:
                raise self.too_deep() from error
            else:
                if self._is_ended(end) or not self._more():
                    text = self._text[self._place : end]
                    self._place = end
                    return found, text

    def end(self) -> None:
        """Say so if something stands behind the document."""
        if self.peek():
            raise self._broken()

    def too_deep(self) -> UserError:
        """What to say of a document that is nested more deeply than can be read."""
        return UserError(
            f"{self._name} holds JSON nested more deeply than any export has it. It was not read: "
            "ask where it comes from."
        )

    def _is_ended(self, end: int) -> bool:
        # A number may go on behind the window, as 1.5 does in 1.5e3.
        return self._text[self._place] in _CLOSED or self._text[end : end + 1] in _AFTER

    def _more(self) -> bool:
        """Widen the window: to twice its size, so that a large record is not read too often."""
        self._text = self._text[self._place :]
        self._place = 0
        if len(self._text) > self._most:
            raise UserError(
                f"{self._name} has a record of more than {self._most:,} bytes, as no export has, "
                "or it is damaged. Export it again, in smaller parts."
            )
        if self._is_whole:
            return False
        data = self._file.read(max(WINDOW_BYTES, len(self._text)))
        self._is_whole = not data
        self._text += self._decode(data, final=not data)
        return True

    def _broken(self, *, is_cut: bool = False) -> UserError:
        # Nothing of what stands there is shown: it may be a participant's.
        what = "is cut short" if is_cut or not self.peek() else "is damaged"
        return UserError(
            f"{self._name} is one JSON document, and it {what}: it cannot be read to its end. "
            "Nothing of it was loaded. Export it again."
        )


def _elements(
    document: _Document, at: str | None, path: Keys
) -> Iterator[tuple[Keys, dict[str, Any] | str]]:
    """Elements of the lists wanted in the value that comes next; everything else is passed over."""
    if len(path) > DEEPEST:
        raise document.too_deep()
    opening = document.peek()
    is_wanted = at == EVERY_LIST or ".".join(path) == (at or "")
    if opening == "[":
        yield from ((path, one) for one in _of_list(document, is_wanted=is_wanted))
    elif opening == "{" and not (at is None and not path):
        yield from _of_object(document, at, path)
    else:
        found, text = document.value()
        if at is None:
            yield path, _record(found, text)


def _of_list(document: _Document, *, is_wanted: bool) -> Iterator[dict[str, Any] | str]:
    document.take("[")
    if document.peek() == "]":
        document.take("]")
        return
    while True:
        found, text = document.value()
        if is_wanted:
            yield _record(found, text)
        if document.take(",]") == "]":
            return


def _of_object(
    document: _Document, at: str | None, path: Keys
) -> Iterator[tuple[Keys, dict[str, Any] | str]]:
    document.take("{")
    if document.peek() == "}":
        document.take("}")
        return
    while True:
        key, _ = document.value()
        document.take(":")
        yield from _elements(document, at, (*path, str(key)))
        if document.take(",}") == "}":
            return


def _record(found: Any, text: str) -> dict[str, Any] | str:
    is_damaged = "\0" in text or (not text.isascii() and _BAD_BYTES.search(text) is not None)
    if isinstance(found, dict) and not is_damaged:
        return found
    return "".join(DAMAGED if "\ud800" <= one <= "\udfff" else one for one in text)


def _nothing(_: str) -> None:
    # NaN and the infinities are not JSON: no value.
    return None
