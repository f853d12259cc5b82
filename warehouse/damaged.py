"""Errors of a damaged database file, told as what they are."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from study.errors import UserError
from warehouse.workspace import Workspace

_WORDS = (
    "corrupt database file",
    "not a valid duckdb database",
    "could not read enough bytes",
    "failed to load metadata pointer",
)


@contextmanager
def told_when_damaged(workspace: Workspace) -> Iterator[None]:
    """Turn an error of a damaged raw file into a sentence; every other error passes as it is.

    Raises
    ------
    UserError
        If the file is damaged.
    """
    try:
        yield
    except duckdb.Error as error:
        if not is_damaged(error):
            raise
        name = workspace.raw_path.name
        raise UserError(
            f"{name} in {workspace.root} is damaged or not a database: the disk, or another "
            f"program, changed it. The dashboard shows what it showed before. Remove {name} (not "
            "the key beside it) and run: rapport load. Everything in it comes from the exports."
        ) from error


@contextmanager
def told_when_build_damaged(workspace: Workspace) -> Iterator[None]:
    """Turn an error of a damaged build into a sentence; every other error passes as it is.

    Raises
    ------
    UserError
        If the build that is served is damaged.
    """
    try:
        yield
    except duckdb.Error as error:
        if not is_damaged(error):
            raise
        raise UserError(
            f"The build that is shown, {workspace.current.resolve().name} in {workspace.builds}, "
            "is damaged or not a database: the disk, or another program, changed it. Run: rapport "
            "load --full. It makes a new one of what was loaded."
        ) from error


def is_damaged(error: BaseException) -> bool:
    """Whether an error says that a database file is not what its writer left."""
    # DuckDB's own errors have no number. Their text is read here, and shown to nobody.
    return isinstance(error, duckdb.Error) and any(one in str(error).lower() for one in _WORDS)
