"""The members of an archive as one stream of lines: thousands of hourly files read as one."""

import io
from collections.abc import Generator
from contextlib import ExitStack
from typing import BinaryIO, Literal, cast

from etl.sources.archive import Archive, Member
from study.errors import UserError

BUFFER_BYTES = 1 << 20
LOOK_BYTES = 65_536
MARK = b"\xef\xbb\xbf"


class Joined:
    """What the members of an archive hold, in order of name, each ending in a line break."""

    def __init__(self, archive: Archive) -> None:
        """Remember the archive; it is opened with `open`."""
        self._archive = archive

    @property
    def name(self) -> str:
        """The archive's file name."""
        return self._archive.path.name

    def open(self, mode: Literal["rb"] = "rb") -> BinaryIO:
        """The bytes; called like a path's `open`.

        Raises
        ------
        UserError
            While it is read, if a member is damaged or holds no JSON Lines.
        """
        assert mode == "rb"
        return cast(BinaryIO, io.BufferedReader(_Lines(self._archive), BUFFER_BYTES))


class _Lines(io.RawIOBase):
    def __init__(self, archive: Archive) -> None:
        super().__init__()
        self._held = ExitStack()
        self._pieces = _pieces(archive.path.name, self._held.enter_context(archive.kept_open()))
        self._held.callback(self._pieces.close)
        self._waiting = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer)).cast("B")
        if not self._waiting:
            self._waiting = memoryview(next(self._pieces, b""))
        count = min(len(view), len(self._waiting))
        view[:count] = self._waiting[:count]
        self._waiting = self._waiting[count:]
        return count

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._held.close()


def _pieces(name: str, inside: tuple[Member, ...]) -> Generator[bytes, None, None]:
    for member in inside:
        with member.open() as file:
            last = b"\n"
            is_first = True
            while data := file.read(BUFFER_BYTES):
                if is_first:
                    _refuse_others(name, member, data, len(inside))
                    data = data.removeprefix(MARK)
                    is_first = False
                if data:
                    last = data[-1:]
                    yield data
            if last != b"\n":
                yield b"\n"


def _refuse_others(name: str, member: Member, data: bytes, n_members: int) -> None:
    start = data[:LOOK_BYTES].removeprefix(MARK)
    if start.strip() and not any(line.lstrip().startswith(b"{") for line in start.splitlines()):
        raise UserError(
            f"{name}: file {member.place + 1:,} of {n_members:,} inside it, in order "
            "of name, holds no JSON Lines, as others do. Expected files of one kind; unpack it and "
            "point a source at each kind."
        )
