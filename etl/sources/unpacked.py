"""A compressed stream read with care: how much came out is counted, and damage is said in words."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import BinaryIO, Protocol, cast

from study.errors import UserError

BUFFER_BYTES = 1 << 20
DAMAGE = (
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
"""What damaged archives and streams raise, and those packed in a way that Python cannot read."""


class Budget:
    """How many bytes may still come out of a file that might be made to fill a disk."""

    def __init__(self, most: int, refusal: str) -> None:
        """Remember the most bytes, and what to say beyond them."""
        self._left = most
        self._refusal = refusal

    def spend(self, count: int) -> None:
        """Count bytes that came out.

        Raises
        ------
        UserError
            If they are more than the file may hold.
        """
        self._left -= count
        if self._left < 0:
            raise UserError(self._refusal)


class Spending(Protocol):
    """What counts bytes: a `Budget`, or a part of one."""

    def spend(self, count: int) -> None:
        """Count bytes that came out."""
        ...


class Unpacked(io.RawIOBase):
    """Bytes of a stream that unpacks as it is read."""

    def __init__(
        self,
        stream: BinaryIO,
        *,
        damaged: str,
        budget: Spending | None = None,
        close: Sequence[Callable[[], None]] = (),
    ) -> None:
        """Read `stream`; say `damaged` if it is; call `close` in this order in the end."""
        super().__init__()
        self._stream = stream
        self._damaged = damaged
        self._budget = budget
        self._close = tuple(close)

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill the buffer; see `io.RawIOBase`.

        Raises
        ------
        UserError
            If the stream is damaged or unpacks to more than it may.
        """
        view = memoryview(cast(bytearray, buffer)).cast("B")
        try:
            data = self._stream.read(len(view))
        except DAMAGE as error:
            raise UserError(self._damaged) from error
        if self._budget is not None:
            self._budget.spend(len(data))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close it and everything under it."""
        if not self.closed:
            super().close()
            for one in self._close:
                one()

    def buffered(self) -> BinaryIO:
        """The same, reading in large pieces."""
        return cast(BinaryIO, io.BufferedReader(self, BUFFER_BYTES))
