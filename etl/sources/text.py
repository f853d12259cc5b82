"""Text files as decoded pieces: gzip, byte order marks, encodings and damaged characters."""

import codecs
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from study.errors import UserError

GZIP = b"\x1f\x8b"
PIECE_BYTES = 4 * 1024 * 1024
DAMAGED = "\ufffd"
_MARKS = (
    # The longer mark first: that of UTF-32-LE begins with that of UTF-16-LE.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Piece:
    """Decoded text; `is_damaged` if it holds NUL or bytes that are not of the encoding."""

    text: str
    is_damaged: bool


def open_bytes(path: Path) -> BinaryIO:
    """Open a file for reading, through gzip where its first bytes say so (never its name)."""
    with path.open("rb") as file:
        is_gzip = file.read(2) == GZIP
    return cast(BinaryIO, gzip.open(path, "rb")) if is_gzip else path.open("rb")


def first_bytes(path: Path, count: int = 4096) -> bytes:
    """The beginning of a file, unpacked."""
    with open_bytes(path) as file:
        return file.read(count)


def encoding_of(path: Path, declared: str) -> str:
    """The encoding to use: what a byte order mark says, else what the study file declares.

    Raises
    ------
    UserError
        If no encoding has the declared name.
    """
    try:
        codecs.lookup(declared)
    except LookupError as error:
        raise UserError(
            f"Unknown encoding {declared!r}. Expected a name such as utf-8, utf-16, latin-1 or "
            "cp1252. Correct 'encoding' of the source in study.toml."
        ) from error
    return encoding_of_start(first_bytes(path, 4), declared)


def encoding_of_start(start: bytes, declared: str) -> str:
    """The encoding that a byte order mark at the beginning tells, else the declared one."""
    return next((name for mark, name in _MARKS if start.startswith(mark)), declared)


def pieces(path: Path, declared: str) -> Iterator[Piece]:
    """Decode a file piece by piece.

    Bytes that do not belong to the encoding become U+FFFD and the piece is marked: the rows they
    stand in are refused, not the file.
    """
    encoding = encoding_of(path, declared)
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    with open_bytes(path) as file:
        while data := file.read(PIECE_BYTES):
            yield _piece(decoder.decode(data), data, encoding)
    yield _piece(decoder.decode(b"", final=True), b"", encoding)


def _piece(text: str, data: bytes, encoding: str) -> Piece:
    damaged = text.count(DAMAGED)
    if encoding.startswith("utf-8"):
        # The character itself may be in a file; only what was put in its place is damage.
        damaged -= data.count(DAMAGED.encode())
    return Piece(text, is_damaged=damaged != 0 or "\0" in text)


def is_damaged_line(line: str) -> bool:
    """Whether a record of a damaged piece holds the damage."""
    return DAMAGED in line or "\0" in line


DAMAGE_EXPECTED = (
    "characters of the declared encoding; correct 'encoding' of the source in study.toml "
    "(for example utf-8, utf-16, latin-1, cp1252)"
)
