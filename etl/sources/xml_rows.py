"""Rows of an XML document, one by one: lists of `row` elements, without any declaration of types.

A document that declares its own entities could unfold to fill the memory or name other files;
exports declare none, so that any such declaration is refused.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers import expat

from etl.sources.json_document import DEEPEST, MOST_RECORD_BYTES
from study.errors import UserError

PIECE_BYTES = 65_536
ROW_TAG = "row"


def rows(file: BinaryIO, *, most_bytes: int = MOST_RECORD_BYTES) -> Iterator[dict[str, Any]]:
    """The outermost `row` elements, as objects of text.

    An element that holds rows is a list of them; one that holds other elements is an object; one
    that holds neither is its text, or None where it is empty.

    Raises
    ------
    UserError
        If the document declares types or entities, is damaged, cut short or nested too deeply, or
        has a row of more than `most_bytes`.
    """
    name = Path(str(getattr(file, "name", "the file"))).name
    reading = _Reading(name)
    n_waiting = 0
    try:
        while piece := file.read(PIECE_BYTES):
            reading.parser.Parse(piece, False)
            n_waiting = 0 if reading.done else n_waiting + len(piece)
            if n_waiting > most_bytes:
                raise UserError(
                    f"{name} has a record of more than {most_bytes:,} bytes, as no export has, or "
                    "it is damaged. Export it again, in smaller parts."
                )
            yield from reading.taken()
        reading.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise UserError(
            f"{name} is an XML document that is cut short or damaged: it cannot be read to its "
            "end. Nothing of it was loaded. Export it again."
        ) from error
    yield from reading.taken()


class _Reading:
    """What was read of a document and not handed on yet."""

    def __init__(self, name: str) -> None:
        self.done: list[dict[str, Any]] = []
        self._name = name
        self._open: list[_Element] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse

    def taken(self) -> list[dict[str, Any]]:
        """The rows that are whole; they are forgotten here."""
        found, self.done = self.done, []
        return found

    def _start(self, tag: str, _: dict[str, str]) -> None:
        if len(self._open) > DEEPEST:
            raise UserError(
                f"{self._name} holds XML nested more deeply than any export has it. It was not "
                "read: ask where it comes from."
            )
        if self._open or tag == ROW_TAG:
            self._open.append(_Element(tag))

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1].texts.append(text)

    def _end(self, _: str) -> None:
        if not self._open:
            return
        element = self._open.pop()
        if self._open:
            self._open[-1].take(element)
        else:
            self.done.append(element.fields)

    def _refuse(self, *_: object) -> None:
        raise UserError(
            f"{self._name} declares XML types or entities, as no export does. It was not read: "
            "ask where it comes from."
        )


class _Element:
    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.texts: list[str] = []
        self.fields: dict[str, Any] = {}
        self.rows: list[Any] = []

    def take(self, inner: "_Element") -> None:
        if inner.tag == ROW_TAG:
            self.rows.append(inner.value())
        else:
            self.fields[inner.tag] = inner.value()

    def value(self) -> Any:
        if self.rows:
            return self.rows
        return self.fields or "".join(self.texts).strip() or None
