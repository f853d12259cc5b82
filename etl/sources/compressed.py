"""Files compressed as a whole by Brotli or Zstandard, which pyarrow unpacks."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

import pyarrow as pa

from etl.sources.unpacked import Budget, Unpacked
from study.errors import UserError

ZSTD = b"\x28\xb5\x2f\xfd"
SKIPPABLE = tuple(bytes([0x50 + low, 0x2A, 0x4D, 0x18]) for low in range(16))
LOOK_BYTES = 4096
MOST_RATIO = 2000
"""Both pack repeated text tighter than gzip can."""
SMALL_BYTES = 500_000_000
CONTROL = bytes(sign for sign in range(32) if sign not in b"\t\n\v\f\r\x1b")
"""Signs that stand in no text."""

Codec = Literal["zstd", "brotli"]


@dataclass(frozen=True)
class Compressed:
    """A file that is a compressed stream: opened like the member of an archive."""

    path: Path
    codec: Codec

    @property
    def name(self) -> str:
        """Its file name."""
        return self.path.name

    def open(self, mode: Literal["rb"] = "rb") -> BinaryIO:
        """What it unpacks to; called like a path's `open`.

        Raises
        ------
        UserError
            While it is read, if it is cut short, damaged or unpacks to more than an export does.
        """
        assert mode == "rb"
        packed = pa.OSFile(str(self.path), "rb")
        stream = pa.CompressedInputStream(packed, self.codec)
        most = max(SMALL_BYTES, MOST_RATIO * self.path.stat().st_size)
        return _Stream(
            cast(BinaryIO, stream),
            damaged=f"{self.name}: its {self.codec} data are damaged or cut. Export it again.",
            budget=Budget(
                most,
                f"{self.name} unpacks to more than {MOST_RATIO:,} times its size, as no export "
                "does. It was not read to its end: ask where it comes from.",
            ),
            close=(stream.close, packed.close),
        ).buffered()


class _Stream(Unpacked):
    """pyarrow says of damaged streams that the system could not read them."""

    def readinto(self, buffer: object) -> int:
        try:
            return super().readinto(buffer)
        except (OSError, pa.ArrowException) as error:
            raise UserError(self._damaged) from error


def compressed(path: Path) -> Compressed | None:
    """The file as such a stream, if its content is one.

    Brotli has no mark of its own: what is no text and nothing known is tried.
    """
    with path.open("rb") as file:
        start = file.read(LOOK_BYTES)
    if start.startswith((ZSTD, *SKIPPABLE)):
        return Compressed(path, "zstd")
    if not start or not _is_binary(start):
        return None
    try:
        with pa.OSFile(str(path), "rb") as file, pa.CompressedInputStream(file, "brotli") as stream:
            is_json = stream.read(1) in (b"{", b"[")
    except OSError:
        # pyarrow's word for what is not Brotli.
        return None
    return Compressed(path, "brotli") if is_json else None


def _is_binary(start: bytes) -> bool:
    """Whether it is neither text nor known: a Brotli file may well begin with `[`."""
    known = (b"PAR1", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b")
    return not start.startswith(known) and len(start.translate(None, CONTROL)) < len(start)
