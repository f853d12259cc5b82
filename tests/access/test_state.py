import os
import stat
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, create_engine, inspect, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from access.audit import record
from access.state import migrate
from access.state.store import URL_VARIABLE, State, open_if_kept, open_state, place_of
from access.state.tables import AccountRow, Base, ContactRow, WebSessionRow
from study.errors import UserError
from tests.access.state_places import KINDS, NOON, place
from warehouse.workspace import Workspace

ROOT = Path(__file__).parents[2]


def test_migrations_make_what_the_tables_say(state):
    with state.begin() as session:
        context = MigrationContext.configure(
            session.connection(), opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []
        made = inspect(session.connection())
        held = {
            table: {found["name"]: found["sqltext"] for found in made.get_check_constraints(table)}
            for table in Base.metadata.tables
        }
        for name, table in Base.metadata.tables.items():
            checks = {c.name for c in table.constraints if isinstance(c, CheckConstraint)}
            assert set(held[name]) == checks


def test_autogenerate_would_see_a_difference(state):
    with state.begin() as session:
        session.execute(text("alter table cohorts add column extra integer"))
        context = MigrationContext.configure(session.connection())
        assert len(compare_metadata(context, Base.metadata)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_opening_finds_what_the_first_kept(kind, tmp_path):
    with place(kind, tmp_path) as where:
        first = State.open(where)
        record(first, account="cli:a", action="audit_read", what="x", now=NOON)
        first.close()
        second = State.open(where)
        with second.read() as session:
            assert session.scalar(text("select count(*) from audit_entries")) == 1
        second.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_newer_state_is_refused_untouched(kind, tmp_path):
    with place(kind, tmp_path) as where:
        state = State.open(where)
        with state.begin() as session:
            session.execute(text("update alembic_version set version_num = '9999'"))
        state.close()
        with pytest.raises(UserError, match="newer Rapport"):
            State.open(where)


@pytest.mark.parametrize("kind", KINDS)
def test_many_may_open_a_new_place_at_once(kind, tmp_path):
    code = (
        "import sys; from access.state.store import State; from access.audit import record\n"
        "sys.stdin.readline()\n"
        "state = State.open(sys.argv[1]); record(state, account='cli:a', action='export', what='x')"
    )
    with place(kind, tmp_path) as where:
        runs = [
            subprocess.Popen(
                [sys.executable, "-c", code, str(where)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(4)
        ]
        for run in runs:
            assert run.stdin is not None
            run.stdin.write("go\n")
            run.stdin.flush()
        for run in runs:
            _, said = run.communicate(timeout=120)
            assert run.returncode == 0, said
        state = State.open(where)
        with state.read() as session:
            assert session.scalar(text("select number from audit_head")) == 4
        state.close()


def test_a_migration_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def broken(connection, scripts):
        real(connection, scripts)
        raise RuntimeError("power cut")

    real = migrate._run
    monkeypatch.setattr(migrate, "_run", broken)
    with pytest.raises(RuntimeError):
        State.open(tmp_path / "state.sqlite3")
    monkeypatch.undo()
    engine = create_engine(f"sqlite:///{tmp_path / 'state.sqlite3'}")
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    State.open(tmp_path / "state.sqlite3").close()


def test_the_file_is_for_its_owner_alone(tmp_path):
    before = os.umask(0)
    try:
        state = State.open(tmp_path / "state.sqlite3")
        record(state, account="cli:a", action="export", what="x")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        state.close()
    finally:
        os.umask(before)
    assert set(modes) >= {"state.sqlite3", "state.sqlite3-wal", "state.sqlite3.lock"}
    assert set(modes.values()) == {0o600}


def test_a_file_that_others_can_read_is_refused(tmp_path):
    State.open(tmp_path / "state.sqlite3").close()
    (tmp_path / "state.sqlite3").chmod(0o640)
    with pytest.raises(UserError, match="chmod 600"):
        State.open(tmp_path / "state.sqlite3")


def test_a_file_that_is_no_database_is_said(tmp_path):
    path = tmp_path / "state.sqlite3"
    path.write_bytes(b"participant,answer\n" * 300)
    path.chmod(0o600)
    with pytest.raises(UserError, match="cannot be opened"):
        State.open(path)


def test_sqlite_is_set_up_for_several_processes(tmp_path):
    state = State.open(tmp_path / "state.sqlite3")
    with state.read() as session:
        asked = {
            name: session.scalar(text(f"pragma {name}"))
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "secure_delete")
        }
    assert asked == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": 30_000,
        "secure_delete": 1,
    }
    full, normal = 2, 1
    for lasting, waits in ((True, full), (False, normal), (True, full)):
        with state.begin(lasting=lasting) as session:
            assert session.scalar(text("pragma synchronous")) == waits
    state.close()


def test_every_writer_gets_its_turn(tmp_path):
    """Many at once, of several processes, each holding its turn for a while: nobody starves."""
    code = """
import sys, threading, time
from access.state.store import State
from sqlalchemy import event, text
state = State.open(sys.argv[1])
# Whoever tries out of turn fails at once.
event.listen(state._engine, "connect", lambda con, _: con.execute("pragma busy_timeout = 0"))
state._engine.dispose()
def write():
    for _ in range(3):
        with state.begin() as session:
            session.execute(text("update alembic_version set version_num = version_num"))
            time.sleep(0.01)
print("ready", flush=True); sys.stdin.readline()
threads = [threading.Thread(target=write) for _ in range(12)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""
    path = tmp_path / "state.sqlite3"
    state = State.open(path)
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for run in runs:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
    for run in runs:
        _, said = run.communicate("go\n", timeout=120)
        assert (run.returncode, said) == (0, "")
    state.close()


def test_a_transaction_within_another_is_said_and_not_waited_for(tmp_path):
    state = State.open(tmp_path / "state.sqlite3")

    def twice() -> None:
        with state.begin(), state.begin():
            pass

    with pytest.raises(RuntimeError, match="within another"):
        twice()
    record(state, account="cli:a", action="export", what="x")
    state.close()


def test_a_worker_forked_in_the_midst_of_a_transaction_can_write(tmp_path):
    code = """
import os, sys, threading, warnings
warnings.simplefilter("ignore")
from access.state.store import State
from access.audit import record
state = State.open(sys.argv[1])
inside, go_on = threading.Event(), threading.Event()
def hold():
    with state.begin():
        inside.set(); go_on.wait()
thread = threading.Thread(target=hold); thread.start(); inside.wait()
pid = os.fork()
if pid == 0:
    record(state, account="cli:child", action="export", what="x")
    os._exit(0)
go_on.set(); thread.join()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
    where = str(tmp_path / "state.sqlite3")
    done = subprocess.run(
        [sys.executable, "-c", code, where], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_a_reader_does_not_wait_for_a_writer(state):
    done = threading.Event()

    def read() -> None:
        with state.read() as session:
            session.scalar(text("select count(*) from accounts"))
        done.set()

    with state.begin() as session:
        session.execute(text("update audit_head set id = 1 where id = 2"))
        thread = threading.Thread(target=read)
        thread.start()
        assert done.wait(10)
    thread.join()


def test_what_fails_is_undone(state):
    def fails() -> None:
        with state.begin() as session:
            session.add(_account("anna"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    with state.read() as session:
        assert session.scalars(select(AccountRow)).all() == []


def test_a_session_needs_an_account(state):
    row = WebSessionRow(token_hash="0" * 64, account="nobody", started_at=NOON, seen_at=NOON)
    with pytest.raises(IntegrityError), state.begin() as session:
        session.add(row)


def test_times_come_back_in_utc_and_need_a_zone(state):
    moment = datetime.fromisoformat("2026-03-02T14:30:00.123456+02:30")
    with state.begin() as session:
        session.add(_account("anna"))
        session.flush()
        contact = {"account": "anna", "channel": "phone", "outcome": "reached", "logged_at": NOON}
        session.add(ContactRow(participant_id="p-1", contacted_at=moment, **contact))
    with state.read() as session:
        found = session.scalars(select(ContactRow)).one().contacted_at
    assert found.isoformat() == "2026-03-02T12:00:00.123456+00:00"
    without = ContactRow(participant_id="p-1", contacted_at=moment.replace(tzinfo=None), **contact)
    with pytest.raises(StatementError, match="needs a zone"), state.begin() as session:
        session.add(without)


@pytest.mark.parametrize("kind", KINDS)
def test_a_forked_worker_has_connections_of_its_own(kind, tmp_path):
    code = """
import os, sys, warnings
warnings.simplefilter("ignore")
from access.state.store import State
from access.audit import record, verify
state = State.open(sys.argv[1])
record(state, account="cli:parent", action="export", what="x")
children = []
for child in range(2):
    pid = os.fork()
    if pid == 0:
        for _ in range(20):
            record(state, account="cli:child", action="export", what="x")
        os._exit(0)
    children.append(pid)
for _ in range(20):
    record(state, account="cli:parent", action="export", what="x")
codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
assert codes == [0, 0], codes
assert verify(state) == []
"""
    with place(kind, tmp_path) as where:
        done = subprocess.run(
            [sys.executable, "-c", code, str(where)], cwd=ROOT, capture_output=True, text=True
        )
    assert done.returncode == 0, done.stderr


def test_where_the_state_is(tmp_path):
    workspace = Workspace(tmp_path / "w")
    assert place_of(workspace, {}) == tmp_path / "w" / "state.sqlite3"
    url = "postgresql://someone@nowhere.invalid/db"
    assert place_of(workspace, {URL_VARIABLE: url}) == url
    assert open_if_kept(workspace, {}) is None
    assert not workspace.root.exists()
    open_state(workspace, {}).close()
    found = open_if_kept(workspace, {})
    assert found is not None
    found.close()


def test_a_url_without_a_server_is_said_without_its_password():
    with pytest.raises(UserError, match="cannot be opened") as raised:
        State.open("postgresql://someone:geheim@127.0.0.1:1/db?connect_timeout=2")
    assert "geheim" not in str(raised.value)
    with pytest.raises(UserError, match="is no database URL") as raised:
        State.open("postgresql://someone:geheim@host:port/db")
    assert "geheim" not in str(raised.value)
    with pytest.raises(UserError, match="SQLite or PostgreSQL, not in mysql"):
        State.open("mysql://someone:geheim@host/db")
    with pytest.raises(UserError, match="needs a file"):
        State.open("sqlite://")


def _account(name: str) -> AccountRow:
    return AccountRow(
        name=name,
        role="trial",
        has_all_sites=True,
        is_disabled=False,
        added_at=NOON,
        changed_at=NOON,
    )
