"""Where the tests of the state keep it: a SQLite file each, and PostgreSQL where one is named."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, make_url
from sqlalchemy.schema import CreateSchema, DropSchema

from access.state.store import State

URL = os.environ.get("RAPPORT_TEST_STATE_URL")
"""A PostgreSQL database that the tests may make schemas in, such as
postgresql://rapport@localhost/rapport. Without it they need no server."""
KINDS = ("sqlite", *(("postgresql",) if URL else ()))
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PASSWORD = "seven grey herons"


@contextmanager
def place(kind: str, folder: Path) -> Iterator[Path | str]:
    """A place of its own for a state: what `State.open` takes."""
    if kind == "sqlite":
        yield folder / "state.sqlite3"
        return
    assert URL is not None
    schema = f"t_{secrets.token_hex(6)}"
    engine = create_engine(URL)
    with engine.begin() as connection:
        connection.execute(CreateSchema(schema))
    try:
        own = make_url(URL).update_query_dict({"options": f"-csearch_path={schema}"})
        yield own.render_as_string(hide_password=False)
    finally:
        with engine.begin() as connection:
            connection.execute(DropSchema(schema, cascade=True))
        engine.dispose()


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[State]:
    """A new, empty state."""
    with place(kind, folder) as where:
        state = State.open(where)
        try:
            yield state
        finally:
            state.close()
