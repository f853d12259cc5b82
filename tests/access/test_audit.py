import os
import random
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from access.audit import (
    Fault,
    Head,
    at_command_line,
    entries,
    head_of,
    record,
    record_definition_if_kept,
    record_if_kept,
    verify,
)
from access.audit_chain import FIRST_HASH, append, hash_of
from access.state.store import State, open_state
from tests.access.state_places import KINDS, NOON, place
from warehouse.workspace import Workspace

ROOT = Path(__file__).parents[2]
PROTECTION = {
    "sqlite": "select name from sqlite_master where type = 'trigger'",
    "postgresql": "select tgname from pg_trigger where not tgisinternal"
    " and tgrelid in ('audit_entries'::regclass, 'audit_head'::regclass)",
}


def fill(state: State, lines: int) -> None:
    for line in range(1, lines + 1):
        record(
            state,
            account=f"anna{line}",
            action="view_participant",
            what=f"participant p-{line}",
            why="weekly check" if line % 2 else None,
            now=NOON + timedelta(minutes=line),
        )


def unprotect(state: State) -> None:
    """What somebody does first who owns the database."""
    with state.begin() as session:
        for (name,) in session.execute(text(PROTECTION[state.dialect])).all():
            on = (
                ""
                if state.dialect == "sqlite"
                else f" on {name.split('_no_')[0].split('_next')[0]}"
            )
            session.execute(text(f"drop trigger {name}{on}"))


def tamper(state: State, *statements: str, **values: object) -> None:
    unprotect(state)
    with state.begin() as session:
        for statement in statements:
            session.execute(text(statement), values)


def of_lines(faults: list[Fault]) -> list[tuple[int, str]]:
    """Faults of lines: without those that say that the triggers are gone."""
    return [(fault.number, fault.words) for fault in faults if fault.number is not None]


def test_an_empty_log_is_whole(state):
    assert verify(state) == []
    assert head_of(state) == Head(0, FIRST_HASH)


def test_a_line_says_who_what_when_and_why(state):
    made = record(state, account="anna", action="export", what="adherence", why="report", now=NOON)
    assert entries(state) == [made]
    assert (made.number, made.at) == (1, "2026-03-02T12:00:00.000000+00:00")
    assert (made.account, made.action, made.what, made.why) == (
        *("anna", "export", "adherence"),
        "report",
    )
    assert (made.hash_before, made.hash) == (FIRST_HASH, head_of(state).hash)


def test_the_hash_is_of_canonical_json():
    fields = {"number": 1, "at": "t", "account": "ä", "action": "export", "what": "w", "why": None}
    fields["hash_before"] = FIRST_HASH
    # Made with: printf '...' | sha256sum
    assert hash_of(fields) == "bafb3db42ac43343eee133a9df18b9952aef547e1847079de973158bdd96ea73"
    assert hash_of(dict(reversed(fields.items()))) == hash_of(fields)


def test_an_untouched_log_is_whole(state):
    fill(state, 25)
    assert verify(state) == []
    assert [line.number for line in entries(state)] == list(range(25, 0, -1))


def test_an_unknown_action_is_refused(state):
    with pytest.raises(ValueError, match="knows no action"):
        record(state, account="anna", action="looked", what="x")
    assert entries(state) == []


def test_text_that_breaks_lines_or_databases_is_made_harmless(state):
    made = record(state, account="a\n", action="denied", what="x\0y\ud800z\u2028" + "w" * 5000)
    assert made.account == "a\ufffd"
    assert made.what.startswith("x\ufffdy\ufffdz\ufffdww")
    assert len(made.what) == 2000
    assert verify(state) == []


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entries set what = 'nothing' where number = 2",
        "delete from audit_entries where number = 3",
        "delete from audit_entries",
        "update audit_head set number = 1",
        "update audit_head set number = 4, hash = 'x'",
        "delete from audit_head",
        "insert into audit_head (id, number, hash) values (2, 0, 'x')",
        "insert into audit_entries (number, at, account, action, what, hash_before, hash)"
        " values (9, 't', 'a', 'export', 'w', 'x', 'y')",
        "insert into audit_entries (number, at, account, action, what, hash_before, hash)"
        " values (4, 't', 'a', 'export', 'w', 'x', 'y')",
    ],
)
def test_the_database_itself_refuses_changes(state, statement):
    fill(state, 3)
    with pytest.raises(DBAPIError, match="append-only"), state.begin() as session:
        session.execute(text(statement))
    assert verify(state) == []


def test_replacing_a_line_or_all_of_them_is_refused_too(state):
    fill(state, 3)
    statement = (
        "insert or replace into audit_entries (number, at, account, action, what, hash_before, hash)"
        " select number, at, account, action, 'x', hash_before, hash from audit_entries"
        if state.dialect == "sqlite"
        else "truncate audit_entries"
    )
    with pytest.raises(DBAPIError, match="append-only"), state.begin() as session:
        session.execute(text(statement))
    assert verify(state) == []


def test_that_the_protection_is_gone_is_found(state):
    fill(state, 2)
    unprotect(state)
    faults = verify(state)
    assert len(faults) == 6
    assert all("no longer protects the log" in fault.words for fault in faults)


WEAKENED = {
    "sqlite": (
        "drop trigger audit_entries_no_update",
        "create trigger audit_entries_no_update before update on audit_entries"
        " begin select 'anything goes'; end",
    ),
    "postgresql": (
        "create or replace function audit_refuse() returns trigger language plpgsql as"
        " $$ begin return new; end $$",
        "alter table audit_head disable trigger audit_head_no_change",
    ),
}


def test_that_the_protection_was_changed_is_found(state):
    fill(state, 2)
    with state.begin() as session:
        for statement in WEAKENED[state.dialect]:
            session.execute(text(statement))
    found = " ".join(fault.words for fault in verify(state))
    named = ("audit_entries_no_update",)
    if state.dialect == "postgresql":
        named = ("audit_refuse", "audit_head_no_change")
    assert all(name in found for name in named)
    assert found.count("no longer protects") == len(named)


FIELDS = ("at", "account", "action", "what", "why", "hash_before", "hash")


@pytest.mark.parametrize("field", FIELDS)
def test_a_changed_field_is_found(state, field):
    fill(state, 5)
    tamper(state, f"update audit_entries set {field} = 'x' || substr({field}, 2) where number = 3")
    assert [number for number, _ in of_lines(verify(state))] == [3]


def test_a_reason_that_was_taken_out_is_found(state):
    fill(state, 5)
    tamper(state, "update audit_entries set why = null where number = 3")
    assert of_lines(verify(state)) == [(3, "its hash does not fit what it says: it was changed")]


def test_a_changed_line_whose_hash_was_made_anew_is_found_at_the_next(state):
    fill(state, 5)
    line = entries(state)[2]
    fields = {**asdict(line), "what": "participant p-99"}
    del fields["hash"]
    tamper(
        state,
        "update audit_entries set what = :what, hash = :hash where number = 3",
        what="participant p-99",
        hash=hash_of(fields),
    )
    [(number, words)] = of_lines(verify(state))
    assert number == 4
    assert "does not follow the line before it" in words


@pytest.mark.parametrize("removed", [1, 3])
def test_a_removed_line_is_found(state, removed):
    fill(state, 5)
    tamper(state, f"delete from audit_entries where number = {removed}")
    [(number, words)] = of_lines(verify(state))
    assert (number, f"line {removed} is missing" in words) == (removed, True)


def test_a_removed_line_whose_gap_was_closed_is_found(state):
    fill(state, 5)
    tamper(
        state,
        "delete from audit_entries where number = 3",
        "update audit_entries set number = 3 where number = 4",
        "update audit_entries set number = 4 where number = 5",
    )
    assert [number for number, _ in of_lines(verify(state))] == [3]


def test_two_lines_that_changed_places_are_found(state):
    fill(state, 5)
    tamper(
        state,
        "update audit_entries set number = -1 where number = 2",
        "update audit_entries set number = 2 where number = 4",
        "update audit_entries set number = 4 where number = -1",
    )
    assert [number for number, _ in of_lines(verify(state))] == [2]


def test_a_cut_off_tail_is_found(state):
    fill(state, 5)
    tamper(state, "delete from audit_entries where number >= 4")
    assert of_lines(verify(state)) == [
        (4, "lines are cut off: the log ends at 3, its head says 5"),
    ]


def test_a_log_that_was_emptied_is_found(state):
    fill(state, 5)
    tamper(state, "delete from audit_entries")
    assert [number for number, _ in of_lines(verify(state))] == [1]


def test_a_line_that_was_put_at_the_end_is_found(state):
    fill(state, 2)
    fields = {**asdict(entries(state)[0]), "number": 3, "hash_before": head_of(state).hash}
    del fields["hash"]
    columns = ", ".join([*fields, "hash"])
    marks = ", ".join(f":{name}" for name in [*fields, "hash"])
    tamper(
        state,
        f"insert into audit_entries ({columns}) values ({marks})",
        **fields,
        hash=hash_of(fields),
    )
    assert [number for number, _ in of_lines(verify(state))] == [3]


@pytest.mark.parametrize(
    "statement", ["delete from audit_head", "update audit_head set hash = 'x'"]
)
def test_a_head_that_is_gone_or_changed_is_found(state, statement):
    fill(state, 2)
    tamper(state, statement)
    assert any("head of the log" in fault.words for fault in verify(state))


def rewrite(state: State, keep: int) -> None:
    """What somebody can do who may write everything: a new, fitting end."""
    fields = [asdict(line) for line in reversed(entries(state))][:keep]
    statements, values, last = ["delete from audit_entries"], {}, FIRST_HASH
    for field in fields:
        field.update(what="nothing", hash_before=last)
        del field["hash"]
        last = hash_of(field)
        number = field["number"]
        values |= {f"{name}_{number}": value for name, value in field.items()}
        values[f"hash_{number}"] = last
        names = [*field, "hash"]
        marks = ", ".join(f":{name}_{number}" for name in names)
        statements.append(f"insert into audit_entries ({', '.join(names)}) values ({marks})")
    statements.append(f"update audit_head set number = {keep}, hash = '{last}'")
    tamper(state, *statements, **values)


def test_a_log_that_was_written_anew_is_found_with_a_copy_of_its_head_only(state):
    fill(state, 5)
    copy = head_of(state)
    assert verify(state, copy) == []
    rewrite(state, keep=5)
    assert of_lines(verify(state)) == []
    [(number, words)] = of_lines(verify(state, copy))
    assert (number, "written anew" in words) == (5, True)


def test_a_tail_cut_off_with_its_head_is_found_with_a_copy_only(state):
    fill(state, 5)
    copy = head_of(state)
    rewrite(state, keep=3)
    assert of_lines(verify(state)) == []
    [(number, words)] = of_lines(verify(state, copy))
    assert (number, "cut off" in words) == (4, True)


def test_an_older_copy_fits_a_log_that_grew(state):
    fill(state, 3)
    copy = head_of(state)
    fill(state, 3)
    assert verify(state, copy) == []


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A log without its protection, as bytes; hypothesis changes a copy of it."""
    folder = tmp_path_factory.mktemp("whole")
    state = State.open(folder / "state.sqlite3")
    fill(state, 6)
    unprotect(state)
    state.close()
    return (folder / "state.sqlite3").read_bytes()


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_changed_byte_of_any_stored_field_is_found(data, whole, tmp_path_factory):
    path = tmp_path_factory.mktemp("changed") / "state.sqlite3"
    path.write_bytes(whole)
    path.chmod(0o600)
    number = data.draw(st.integers(1, 6), label="line")
    field = data.draw(st.sampled_from(FIELDS), label="field")
    with closing(sqlite3.connect(path)) as con:
        asked = f"select cast({field} as blob) from audit_entries where number = ?"
        (before,) = con.execute(asked, (number,)).fetchone()
        if before is None:
            after = data.draw(st.binary(max_size=3), label="instead of nothing")
        else:
            place = data.draw(st.integers(0, len(before) - 1), label="place")
            byte = data.draw(st.integers(0, 255).filter(lambda b: b != before[place]), label="byte")
            after = before[:place] + bytes([byte]) + before[place + 1 :]
        con.execute(
            f"update audit_entries set {field} = cast(? as text) where number = ?", (after, number)
        )
        con.commit()
    state = State.open(path)
    assert [found for found, _ in of_lines(verify(state))] == [number]
    state.close()


def test_a_changed_byte_of_the_file_is_found_or_changes_no_line(whole, tmp_path):
    """Flips bytes anywhere in the file: what verify calls whole says what it said before."""
    path = tmp_path / "state.sqlite3"
    path.write_bytes(whole)
    path.chmod(0o600)
    state = State.open(path)
    said = entries(state)
    state.close()
    start = whole.index(b"participant p-1") - 2000
    drawn = random.Random(5)
    found = 0
    for at in [start + drawn.randrange(3000) for _ in range(150)]:
        for extra in ("-wal", "-shm"):
            Path(f"{path}{extra}").unlink(missing_ok=True)
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x15]) + whole[at + 1 :])
        state = State.open(path)
        if of_lines(faults := verify(state)) or any("damaged" in one.words for one in faults):
            found += 1
        else:
            assert entries(state) == said
        state.close()
    assert found > 20


def test_bytes_that_are_no_text_are_found(tmp_path):
    state = State.open(tmp_path / "state.sqlite3")
    fill(state, 3)
    tamper(state, "update audit_entries set what = x'c328' where number = 2")
    assert of_lines(verify(state)) == [(2, "one of its fields is not text: it was changed")]
    state.close()


@pytest.mark.parametrize("kind", KINDS)
def test_two_processes_that_write_at_once_make_one_chain(kind, tmp_path):
    code = (
        "import sys; from access.state.store import State; from access.audit import record\n"
        "state = State.open(sys.argv[1]); print('ready', flush=True); sys.stdin.readline()\n"
        "for line in range(60): record(state, account=sys.argv[2], action='export', what=str(line))"
    )
    with place(kind, tmp_path) as where:
        runs = [
            subprocess.Popen(
                [sys.executable, "-c", code, str(where), name],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for name in ("anna", "ben")
        ]
        for run in runs:
            assert run.stdout is not None
            assert run.stdout.readline() == "ready\n"
        for run in runs:
            assert run.stdin is not None
            run.stdin.write("go\n")
            run.stdin.flush()
        for run in runs:
            _, said = run.communicate(timeout=120)
            assert run.returncode == 0, said
        state = State.open(where)
        lines = entries(state)
        assert verify(state) == []
        state.close()
    assert len(lines) == 120
    for name in ("anna", "ben"):
        own = [int(line.what) for line in reversed(lines) if line.account == name]
        assert own == list(range(60))
    turns = [line.account for line in lines]
    assert sum(a != b for a, b in pairwise(turns)) > 1, "they took turns"


@pytest.mark.parametrize("kind", KINDS)
def test_a_log_that_grows_meanwhile_is_whole(kind, tmp_path):
    with place(kind, tmp_path) as where:
        state = State.open(where)
        stopped = threading.Event()

        def go_on() -> None:
            while not stopped.is_set():
                record(state, account="anna", action="export", what="x")

        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            assert [verify(state) for _ in range(25)] == [[]] * 25
        finally:
            stopped.set()
            thread.join()
        assert head_of(state).number > 5
        state.close()


def test_a_line_and_what_it_is_about_stand_or_fall_together(state):
    def fails() -> None:
        with state.begin() as session:
            append(session, "anna", "export", "x", None, NOON)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert entries(state) == []
    fill(state, 1)
    assert verify(state) == []


def test_entries_can_be_chosen(state):
    fill(state, 4)
    record(state, account="ben", action="export", what="100% of p-1", now=NOON)
    assert [line.number for line in entries(state, account="anna2")] == [2]
    assert [line.number for line in entries(state, action="export")] == [5]
    assert [line.number for line in entries(state, since=NOON + timedelta(minutes=3))] == [4, 3]
    assert [line.number for line in entries(state, until=NOON + timedelta(minutes=2))] == [5, 1]
    assert [line.number for line in entries(state, mentions="p-1")] == [5, 1]
    assert [line.number for line in entries(state, mentions="100%")] == [5]
    assert [line.number for line in entries(state, limit=2)] == [5, 4]


def test_nothing_is_logged_where_no_state_is_kept(tmp_path, monkeypatch):
    monkeypatch.delenv("RAPPORT_STATE_URL", raising=False)
    workspace = Workspace(tmp_path / "w")
    record_if_kept(workspace, account="cli:a", action="erased", what="1 participant")
    record_definition_if_kept(workspace, account="cli:a", digest="d1")
    assert not workspace.root.exists()


def test_a_definition_is_logged_when_it_changed(tmp_path, monkeypatch):
    monkeypatch.delenv("RAPPORT_STATE_URL", raising=False)
    workspace = Workspace(tmp_path / "w")
    open_state(workspace).close()
    for digest in ("d1", "d1", "d2", "d2", "d1"):
        record_definition_if_kept(workspace, account="cli:a", digest=digest)
    record_if_kept(workspace, account="cli:a", action="erased", what="1 participant", why="asked")
    state = open_state(workspace)
    said = [(line.action, line.what) for line in reversed(entries(state))]
    state.close()
    assert said == [
        *(("definition_changed", f"study file with SHA-256 {d}") for d in ("d1", "d2", "d1")),
        ("erased", "1 participant"),
    ]


def test_who_acts_at_the_command_line(monkeypatch):
    monkeypatch.setenv("LOGNAME", "jdoe")
    assert at_command_line() == "cli:jdoe"
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    assert at_command_line() == "cli:unnamed"
