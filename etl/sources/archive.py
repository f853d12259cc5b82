"""Archives opened with care: what is inside, one file at a time, nothing unpacked to a place."""

import gzip
import io
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal, cast

from etl.sources.text import GZIP, MOST_RATIO, SMALL_BYTES, open_bytes
from etl.sources.unpacked import DAMAGE, Budget, Unpacked
from study.errors import UserError

ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
PARQUET = b"PAR1"
MOST_MEMBERS = 100_000
NOISE = (".ds_store", "thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Held:
    """An archive that is kept open, and how much may still come out of it."""

    file: zipfile.ZipFile
    budget: Budget
    reached: dict[int, int] = field(default_factory=dict)
    """By member, how far it was read: what is read again is not counted again."""


class _Share:
    """What one reading of a member spends of the archive's budget."""

    def __init__(self, held: Held, place: int) -> None:
        self._held = held
        self._place = place
        self._read = 0

    def spend(self, count: int) -> None:
        self._read += count
        before = self._held.reached.get(self._place, 0)
        if self._read > before:
            self._held.reached[self._place] = self._read
            self._held.budget.spend(self._read - before)


class Archive:
    """A ZIP archive; its table of contents is read once, however many files are inside."""

    def __init__(self, path: Path) -> None:
        """Read the table of contents.

        Raises
        ------
        UserError
            If the archive is damaged, encrypted, made to fill the disk, or names a place outside
            itself.
        """
        self.path = path
        try:
            with zipfile.ZipFile(path) as archive:
                inside = [one for one in archive.infolist() if not one.is_dir()]
        except (*DAMAGE, ValueError, UnicodeError) as error:
            raise UserError(
                f"{path.name} is a damaged ZIP archive, often one that was not downloaded to its "
                "end. Download it again."
            ) from error
        _refuse_harm(path, inside)
        kept = [one for one in inside if not _is_noise(one.filename)]
        self._infos = tuple(sorted(kept, key=lambda one: one.filename))

    def members(self) -> "tuple[Member, ...]":
        """What it holds, in order of name; folders and the system's own notes are left out."""
        return self._members(None)

    @contextmanager
    def kept_open(self) -> "Iterator[tuple[Member, ...]]":
        """The members while the file is kept open, so that each of many does not open it anew.

        What comes out of them counts together: many small bombs are one.
        """
        with zipfile.ZipFile(self.path) as file:
            yield self._members(Held(file, self._budget()))

    def open_member(self, place: int, held: "Held | None" = None) -> BinaryIO:
        """The bytes of the file at a place, through gzip where they say so.

        Raises
        ------
        UserError
            If it is damaged; also while it is read.
        """
        damaged = (
            f"{self.path.name}: file {place + 1:,} of {len(self._infos):,} inside it, in order of "
            "name, is damaged or packed in a way that cannot be read. Export it again."
        )
        close: list[Callable[[], None]] = []
        if held is None:
            held = Held(zipfile.ZipFile(self.path), self._budget())
            close.append(held.file.close)
        try:
            stream = cast(BinaryIO, held.file.open(self._infos[place]))
            close.insert(0, stream.close)
            if _starts_with_gzip(stream):
                stream = cast(BinaryIO, gzip.GzipFile(fileobj=stream))
                close.insert(0, stream.close)
        except (OSError, *DAMAGE) as error:
            for one in close:
                one()
            if isinstance(error, DAMAGE):
                raise UserError(damaged) from error
            raise
        unpacked = Unpacked(stream, damaged=damaged, budget=_Share(held, place), close=close)
        return _seekable(unpacked.buffered())

    def _members(self, held: "Held | None") -> "tuple[Member, ...]":
        return tuple(
            Member(one.filename, self.path, is_zipped=True, archive=self, place=place, held=held)
            for place, one in enumerate(self._infos)
        )

    def _budget(self) -> Budget:
        return Budget(
            max(SMALL_BYTES, MOST_RATIO * self.path.stat().st_size),
            f"{self.path.name} unpacks to more than {MOST_RATIO} times its size, as no export "
            "does. It was not read to its end: ask where it comes from.",
        )


@dataclass(frozen=True)
class Member:
    """One file inside an archive; a plain file is its own only member."""

    name: str
    path: Path
    is_zipped: bool
    archive: Archive | None = field(default=None, compare=False, repr=False)
    place: int = 0
    held: Held | None = field(default=None, compare=False, repr=False)

    def open(self, mode: Literal["rb"] = "rb") -> BinaryIO:
        """Its bytes, through gzip where they say so; called like a path's `open`.

        Raises
        ------
        UserError
            If it is damaged or unpacks to more than it may; also while it is read.
        """
        assert mode == "rb"
        if self.archive is None:
            return open_bytes(self.path)
        return self.archive.open_member(self.place, self.held)


def is_zip(path: Path) -> bool:
    """Whether a file's first bytes are those of a ZIP archive."""
    with path.open("rb") as file:
        return file.read(4) in (ZIP, EMPTY_ZIP)


def members(path: Path) -> tuple[Member, ...]:
    """What a file holds, in order of name; folders and the system's own notes are left out.

    Raises
    ------
    UserError
        If an archive is damaged, encrypted, made to fill the disk, or names a place outside itself.
    """
    if not is_zip(path):
        return (Member(path.name, path, is_zipped=False),)
    if not isinstance(path, Path):
        raise UserError(
            "It holds a ZIP archive inside the archive, which is not opened. Unpack the outer one, "
            "and load what was inside."
        )
    return Archive(path).members()


@contextmanager
def open_first(path: Path) -> Iterator[BinaryIO]:
    """The first member of a file that is not empty, unpacked; nothing where there is none."""
    for one in members(path):
        with one.open() as file:
            if not one.is_zipped or cast(io.BufferedReader, file).peek(1):
                yield file
                return
    yield io.BytesIO(b"")


def _starts_with_gzip(stream: BinaryIO) -> bool:
    is_gzip = stream.read(2) == GZIP
    stream.seek(0)
    return is_gzip


def _seekable(unpacked: BinaryIO) -> BinaryIO:
    """Parquet is read from its end: it goes through a file that has no name and no trace."""
    if cast(io.BufferedReader, unpacked).peek(4)[:4] != PARQUET:
        return unpacked
    with unpacked:
        copy = tempfile.TemporaryFile()  # noqa: SIM115 (whoever asked for the member closes it)
        try:
            shutil.copyfileobj(unpacked, copy)
        except BaseException:
            copy.close()
            raise
    copy.seek(0)
    return cast(BinaryIO, copy)


def _refuse_harm(path: Path, inside: list[zipfile.ZipInfo]) -> None:
    if len(inside) > MOST_MEMBERS:
        raise UserError(
            f"{path.name} holds {len(inside):,} files. Expected {MOST_MEMBERS:,} or fewer."
        )
    if any(one.flag_bits & 1 for one in inside):
        raise UserError(
            f"{path.name} is encrypted. Unpack it with its password, and load what was inside."
        )
    if any(_leaves(one.filename) for one in inside):
        raise UserError(
            f"{path.name} names a place outside itself, as no export does. It was not opened: ask "
            "where it comes from."
        )
    size = sum(one.file_size for one in inside)
    # Of the file itself, not of the sizes it claims: files inside may lie over each other.
    packed = max(path.stat().st_size, 1)
    if size > SMALL_BYTES and size > MOST_RATIO * packed:
        raise UserError(
            f"{path.name} would unpack to {size / 1e9:,.1f} GB, {size // packed:,} times its size, "
            "as no export does. It was not opened: ask where it comes from."
        )


def _leaves(name: str) -> bool:
    place = PurePosixPath(name.replace("\\", "/"))
    return place.is_absolute() or ".." in place.parts or (len(name) > 1 and name[1] == ":")


def _is_noise(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts:
        return True
    return parts[0] == "__MACOSX" or parts[-1].startswith("._") or parts[-1].lower() in NOISE
