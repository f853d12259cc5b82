"""Brings the state's tables to what this version of Rapport needs."""

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, select

from access.state.tables import Base
from study.errors import UserError

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number will do, as long as nothing else on the server takes it: "rapport" on a phone's keys.
_ADVISORY_LOCK = 7277678


def upgrade(engine: Engine) -> None:
    """Run the migrations that the database has not seen, all or none of them.

    Raises
    ------
    UserError
        If the database was written by a newer Rapport.
    """
    scripts = ScriptDirectory(str(MIGRATIONS))
    with engine.execution_options(rapport_reads=True).connect() as connection:
        if _is_current(connection, scripts):
            return
    with engine.begin() as connection:
        # Of several workers that start at once, one migrates and the others wait.
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        if not _is_current(connection, scripts):
            _run(connection, scripts)


def _is_current(connection: Connection, scripts: ScriptDirectory) -> bool:
    heads = MigrationContext.configure(connection).get_current_heads()
    known = {script.revision for script in scripts.walk_revisions()}
    if not set(heads) <= known:
        raise UserError(
            "The accounts and the audit log were written by a newer Rapport. Install that version, "
            "or put back the copy that you made before."
        )
    return set(heads) == set(scripts.get_heads())


def _run(connection: Connection, scripts: ScriptDirectory) -> None:
    def to_head(revision: Any, _context: Any) -> Any:
        return scripts._upgrade_revs("head", revision)

    with EnvironmentContext(Config(), scripts, fn=to_head) as environment:
        environment.configure(
            connection=connection, target_metadata=Base.metadata, transactional_ddl=True
        )
        with environment.begin_transaction():
            environment.run_migrations()
