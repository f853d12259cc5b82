"""Errors of a full disk, told as what they are."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from study.errors import UserError

_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_WORDS = ("no space left", "disk quota exceeded", "file too large", "could not write all bytes")


@contextmanager
def told_when_full(folder: Path, left: str) -> Iterator[None]:
    """Turn an error of a full disk into a sentence; every other error passes as it is.

    Parameters
    ----------
    folder
        Where the disk is full.
    left
        A sentence that says in which state things were left.

    Raises
    ------
    UserError
        If the disk, or what the account may use of it, is full.
    """
    try:
        yield
    except (duckdb.Error, OSError) as error:
        if not is_full_disk(error):
            raise
        raise UserError(
            f"The disk is full: {folder} takes no more. {left} Make room there, then run it again."
        ) from error


def is_full_disk(error: BaseException) -> bool:
    """Whether an error says that no more can be written."""
    if isinstance(error, OSError) and error.errno in _ERRNOS:
        return True
    # DuckDB's own errors have no number. Their text is read here, and shown to nobody.
    return any(words in str(error).lower() for words in _WORDS)
