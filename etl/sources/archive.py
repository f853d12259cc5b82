"""Archives opened with care: what is inside, one file at a time, nothing written to disk."""

import gzip
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from etl.sources.text import GZIP, open_bytes
from study.errors import UserError

ZIP = b"PK\x03\x04"
MOST_MEMBERS = 100_000
MOST_RATIO = 400
"""A log shrinks to a tenth or a fiftieth; what shrinks to less than this is made to fill a disk."""
SMALL_BYTES = 50_000_000
"""Below this the ratio is not asked: a page of zeros shrinks a lot and does no harm."""


@dataclass(frozen=True)
class Member:
    """One file inside an archive; a plain file is its own only member."""

    name: str
    path: Path
    is_zipped: bool

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Its bytes, through gzip where they say so."""
        if not self.is_zipped:
            with open_bytes(self.path) as file:
                yield file
            return
        with zipfile.ZipFile(self.path) as archive, archive.open(self.name) as inner:
            is_gzip = inner.read(2) == GZIP
            inner.seek(0)
            if is_gzip:
                with gzip.open(inner) as unpacked:
                    yield cast(BinaryIO, unpacked)
            else:
                yield cast(BinaryIO, inner)


def is_zip(path: Path) -> bool:
    """Whether a file's first bytes are those of a ZIP archive."""
    with path.open("rb") as file:
        return file.read(4) == ZIP


def members(path: Path) -> tuple[Member, ...]:
    """What a file holds, in order of name; folders and the system's own notes are left out.

    Raises
    ------
    UserError
        If an archive is damaged, encrypted, made to fill the disk, or names a place outside itself.
    """
    if not is_zip(path):
        return (Member(path.name, path, is_zipped=False),)
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [one for one in archive.infolist() if not one.is_dir()]
    except zipfile.BadZipFile as error:
        raise UserError(
            f"{path.name} is a damaged ZIP archive, often one that was not downloaded to its end. "
            "Download it again."
        ) from error
    _refuse_harm(path, inside)
    kept = sorted(one.filename for one in inside if not _is_noise(one.filename))
    return tuple(Member(name, path, is_zipped=True) for name in kept)


def member_names(path: Path) -> tuple[str, ...]:
    """Names of what a ZIP archive holds; see `members`."""
    return tuple(one.name for one in members(path))


@contextmanager
def open_first(path: Path) -> Iterator[BinaryIO]:
    """The first member of a file, unpacked; nothing where an archive is empty."""
    inside = members(path)
    if not inside:
        yield io.BytesIO(b"")
        return
    with inside[0].open() as file:
        yield file


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
    packed = sum(one.compress_size for one in inside)
    if size > SMALL_BYTES and size > MOST_RATIO * max(packed, 1):
        raise UserError(
            f"{path.name} would unpack to {size / 1e9:,.1f} GB, {size // max(packed, 1):,} times "
            "its size, as no export does. It was not opened: ask where it comes from."
        )


def _leaves(name: str) -> bool:
    place = PurePosixPath(name.replace("\\", "/"))
    return place.is_absolute() or ".." in place.parts or (len(name) > 1 and name[1] == ":")


def _is_noise(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return parts[0] == "__MACOSX" or parts[-1] in (".DS_Store", "Thumbs.db")
