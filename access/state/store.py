"""Where the state is kept, SQLite or PostgreSQL, and how it is opened and written."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError
from sqlalchemy.orm import Session

from access.state.migrate import upgrade
from access.state.sqlite import WriterLine, file_of, refuse_loose, set_up_sqlite
from study.errors import UserError
from warehouse.workspace import Workspace

URL_VARIABLE = "RAPPORT_STATE_URL"
"""Names another database than the workspace's own file, such as one on a PostgreSQL server. It is
read from the environment because it may hold a password."""


class State:
    """Accounts, sign-ins, audit log: one database, used by several processes at a time."""

    def __init__(self, engine: Engine, line: WriterLine | None = None) -> None:
        self._engine = engine
        self._reading = engine.execution_options(rapport_reads=True)
        self._passing = engine.execution_options(rapport_lasting=False)
        self._line = line
        self._process = os.getpid()

    @classmethod
    def open(cls, where: Path | str) -> "State":
        """The state at a path (SQLite, made where there is none) or URL; tables are brought up.

        Raises
        ------
        UserError
            If the database cannot be reached or opened, is readable by others on this machine, or
            was written by a newer Rapport.
        """
        url = _url(where)
        engine = _engine(url)
        try:
            file = file_of(url)
            if file is not None:
                set_up_sqlite(engine, file)
            upgrade(engine)
        except DatabaseError as error:
            engine.dispose()
            raise UserError(
                f"The state {url.render_as_string()} cannot be opened: {_first_line(error)}. "
                "Check that the place is right and that you may write there."
            ) from error
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, None if file is None else WriterLine(file))

    @staticmethod
    def exists(where: Path | str) -> bool:
        """Whether a state was made there. A URL of a server is taken to be one."""
        file = file_of(_url(where))
        return file is None or file.exists()

    @property
    def dialect(self) -> str:
        """Which kind of database it is: `sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextmanager
    def begin(self, *, lasting: bool = True) -> Iterator[Session]:
        """A transaction that writes: committed at the end, undone by any exception.

        On SQLite writers stand in line from the beginning on, so that each gets its turn and none
        finds at its end that another was faster. `lasting` False is for what may be lost in a power
        cut, such as who is signed in: it does not wait for the disk.

        Raises
        ------
        RuntimeError
            If it is begun within another of the same thread, on SQLite.
        """
        self._after_fork()
        engine = self._engine if lasting else self._passing
        with (
            nullcontext() if self._line is None else self._line.turn(),
            Session(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def read(self, *, of_one_moment: bool = False) -> Iterator[Session]:
        """A transaction that only reads; on SQLite it waits for no writer.

        `of_one_moment` makes all its statements see the same state; on SQLite they always do.
        """
        self._after_fork()
        with Session(self._reading, expire_on_commit=False) as session:
            if of_one_moment and self.dialect != "sqlite":
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def _after_fork(self) -> None:
        """Let go of connections and locks that a parent process had before it forked."""
        if self._process == os.getpid():
            return
        self._engine.dispose(close=False)
        self._line = None if self._line is None else self._line.after_fork()
        self._process = os.getpid()


def place_of(workspace: Workspace, environment: Mapping[str, str] = os.environ) -> Path | str:
    """Where the state of a workspace is: its own file, or what `RAPPORT_STATE_URL` names."""
    return environment.get(URL_VARIABLE) or workspace.state_path


def open_state(workspace: Workspace, environment: Mapping[str, str] = os.environ) -> State:
    """The state of a workspace, made where there is none.

    Raises
    ------
    UserError
        As `State.open`.
    """
    place = place_of(workspace, environment)
    if isinstance(place, Path):
        workspace.require_writable()
    return State.open(place)


def open_if_kept(workspace: Workspace, environment: Mapping[str, str] = os.environ) -> State | None:
    """The state of a workspace, or None where nobody ever made an account."""
    place = place_of(workspace, environment)
    return State.open(place) if State.exists(place) else None


def _url(where: Path | str) -> URL:
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(Path(where).absolute()))
    try:
        return make_url(where)
    except (ArgumentError, ValueError) as error:
        # The text itself is not shown: it may hold a password.
        raise UserError(
            f"{URL_VARIABLE} is no database URL. Expected is one such as "
            "postgresql://user:password@host/database"
        ) from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise UserError(
            f"Rapport keeps its state in SQLite or PostgreSQL, not in {url.get_backend_name()}."
        )
    if (file := file_of(url)) is not None:
        refuse_loose(file)
        return create_engine(url, connect_args={"timeout": 30})
    try:
        return create_engine(url, pool_pre_ping=True)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise UserError(
            f"The library for {url.drivername} is not installed. Run: pip install 'psycopg[binary]'"
        ) from error


def _first_line(error: DatabaseError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[0].rstrip(".") if lines else "no reason was given"
