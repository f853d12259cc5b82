"""The state in a SQLite file: for its owner alone, safe for several processes."""

import fcntl
import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, event

from study.errors import UserError

_OTHERS = 0o077


class WriterLine:
    """Writers of a SQLite file stand in line, those of this process and of others.

    SQLite lets waiting writers try again and again, in no order: when fifty people sign in at once,
    some never get their turn. A lock of the system wakes them one after the other.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._path = file.with_name(f"{file.name}.lock")
        self._own = threading.Lock()
        self._holder: int | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, and hold it.

        Raises
        ------
        RuntimeError
            If this thread holds it already: it would wait for itself.
        """
        if self._holder == threading.get_ident():
            raise RuntimeError("a writing transaction of the state within another")
        with self._own:
            self._holder = threading.get_ident()
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                # Closing alone would not do: a process that was forked meanwhile has it open too.
                fcntl.flock(descriptor, fcntl.LOCK_UN)
                os.close(descriptor)
                self._holder = None

    def after_fork(self) -> "WriterLine":
        """A line for a forked process: another thread of its parent may have held the lock."""
        return WriterLine(self._file)


def file_of(url: URL) -> Path | None:
    """The file of a SQLite database; None for one on a server."""
    if url.get_backend_name() != "sqlite":
        return None
    if url.database in (None, "", ":memory:"):
        raise UserError("The state needs a file: several processes use it.")
    return Path(str(url.database))


def refuse_loose(file: Path) -> None:
    """Refuse a file that others on the machine can read.

    Raises
    ------
    UserError
        With the command that puts it right.
    """
    if file.exists() and stat.S_IMODE(file.stat().st_mode) & _OTHERS:
        raise UserError(
            f"{file} (accounts and audit log) can be read by others on this machine. "
            f"Run: chmod 600 '{file}'"
        )


def set_up_sqlite(engine: Engine, file: Path) -> None:
    """Make the file where there is none, and teach the engine how it is used.

    Raises
    ------
    UserError
        If the file cannot be made.
    """
    try:
        # SQLite would make it as the umask says; its helper files then take over the mode.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise UserError(
            f"{file} cannot be written ({error.strerror}). Accounts and the audit log are kept "
            "there: make it writable for whoever runs Rapport."
        ) from error
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    # Transactions are begun by `_on_begin`, not by the driver.
    connection.isolation_level = None
    # Damaged text must reach the audit's check as what it is, not end in an exception.
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    connection.execute("pragma foreign_keys = on")
    if connection.execute("pragma journal_mode").fetchone()[0] != "wal":
        connection.execute("pragma journal_mode = wal")
    # What is deleted, such as an erased participant, leaves no bytes behind in the file.
    connection.execute("pragma secure_delete = on")


def _on_begin(connection: Connection) -> None:
    # A writer that begins as a reader can be refused at its first write, and then has to begin
    # again: whoever means to write takes the lock first.
    options = connection.get_execution_options()
    if options.get("rapport_reads", False):
        connection.exec_driver_sql("begin")
        return
    # What was committed survives a power cut, unless nothing is lost with it.
    is_lasting = options.get("rapport_lasting", True)
    connection.exec_driver_sql(f"pragma synchronous = {'full' if is_lasting else 'normal'}")
    connection.exec_driver_sql("begin immediate")
