"""Text files as pieces of UTF-8: gzip, byte order marks, encodings and damaged characters."""

import codecs
import gzip
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, Protocol, cast

from etl.sources.unpacked import Budget
from study.errors import UserError

GZIP = b"\x1f\x8b"
PIECE_BYTES = 48 * 1024 * 1024
"""Enough rows that the database works on them with every core."""
MOST_RECORD_BYTES = 16 * 1024 * 1024
"""A record longer than this is refused without being held as a whole."""
MOST_RATIO = 400
"""A log shrinks to a tenth or a fiftieth; what shrinks to less than this is made to fill a disk."""
SMALL_BYTES = 50_000_000
"""Below this the ratio is not asked: a page of zeros shrinks a lot and does no harm."""
DAMAGED = "\ufffd"
TOO_LONG = f"a record of at most {MOST_RECORD_BYTES // 1024**2} MB"
_MARKS = (
    # The longer mark first: that of UTF-32-LE begins with that of UTF-16-LE.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Place(Protocol):
    """What a reader reads: a path, or anything that is named and opened like one."""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        ...

    def open(self, mode: Literal["rb"]) -> BinaryIO:
        """Its bytes."""
        ...


@dataclass(frozen=True)
class Piece:
    """UTF-8 of whole characters; `is_damaged` if NUL or bytes not of the encoding stood in it."""

    data: bytes
    is_damaged: bool

    @property
    def text(self) -> str:
        """The same as a string."""
        return self.data.decode()


class _Gunzipped(gzip.GzipFile):
    """Unpacks, and stops where more comes out than any export holds."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        self._budget = Budget(
            max(SMALL_BYTES, MOST_RATIO * path.stat().st_size),
            f"{path.name} unpacks to more than {MOST_RATIO} times its size, as no export does. It "
            "was not read to its end: ask where it comes from.",
        )

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self._budget.spend(len(data))
        return data


def open_bytes(place: Path | Place) -> BinaryIO:
    """Open a file for reading, through gzip where its first bytes say so (never its name).

    Raises
    ------
    UserError
        While it is read, if it unpacks to more than an export does.
    """
    if not isinstance(place, Path):
        # What lies in an archive is unpacked, and counted, by whoever opens that.
        return place.open("rb")
    with place.open("rb") as file:
        is_gzip = file.read(2) == GZIP
    return cast(BinaryIO, _Gunzipped(place)) if is_gzip else place.open("rb")


def first_bytes(place: Path | Place, count: int = 4096) -> bytes:
    """The beginning of a file, unpacked."""
    with open_bytes(place) as file:
        return file.read(count)


def encoding_of(place: Path | Place, declared: str) -> str:
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
    return encoding_of_start(first_bytes(place, 4), declared)


def encoding_of_start(start: bytes, declared: str) -> str:
    """The encoding that a byte order mark at the beginning tells, else the declared one."""
    return next((name for mark, name in _MARKS if start.startswith(mark)), declared)


def pieces(
    place: Path | Place, declared: str, *, size: int | None = None
) -> Generator[Piece, None, None]:
    """A file's text, `PIECE_BYTES` at a time unless `size` says otherwise.

    Bytes that do not belong to the encoding become U+FFFD and the piece is marked: the rows they
    stand in are refused, not the file.
    """
    encoding = encoding_of(place, declared)
    size = PIECE_BYTES if size is None else size
    is_utf8 = codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")
    with open_bytes(place) as file:
        yield from _utf8_pieces(file, size) if is_utf8 else _other_pieces(file, encoding, size)


def _utf8_pieces(file: BinaryIO, size: int) -> Generator[Piece, None, None]:
    waiting = file.read(len(codecs.BOM_UTF8)).removeprefix(codecs.BOM_UTF8)
    while data := file.read(size):
        data = waiting + data
        end = len(data) - _n_begun(data[-4:])
        yield _utf8_piece(data if end == len(data) else data[:end])
        waiting = data[end:]
    if waiting:
        yield _utf8_piece(waiting)


def _utf8_piece(data: bytes) -> Piece:
    has_nul = b"\0" in data
    if data.isascii():
        return Piece(data, is_damaged=has_nul)
    try:
        data.decode()
    except UnicodeDecodeError:
        return Piece(data.decode("utf-8", "replace").encode(), is_damaged=True)
    return Piece(data, is_damaged=has_nul)


def _n_begun(tail: bytes) -> int:
    """Bytes at the end that begin a character of UTF-8 and do not end it."""
    for count, byte in enumerate(reversed(tail), 1):
        if byte & 0xC0 != 0x80:
            length = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
            return count if length > count else 0
    return 0


def _other_pieces(file: BinaryIO, encoding: str, size: int) -> Generator[Piece, None, None]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    is_last = False
    while not is_last:
        data = file.read(size)
        is_last = not data
        text = decoder.decode(data, final=is_last)
        if text:
            damaged = DAMAGED in text or "\0" in text
            yield Piece(text.encode("utf-8", "replace"), is_damaged=damaged)


def is_damaged_line(line: str) -> bool:
    """Whether a record of a damaged piece holds the damage."""
    return DAMAGED in line or "\0" in line


DAMAGE_EXPECTED = (
    "characters of the declared encoding; correct 'encoding' of the source in study.toml "
    "(for example utf-8, utf-16, latin-1, cp1252)"
)
