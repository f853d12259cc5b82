import csv
import io
import json
import os
import pty
import select as waiting
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

import app
from access import passwords
from access.audit import at_command_line, entries, verify
from access.commands.limits import checked_participants
from access.state.store import State
from access.unmasking import is_study_unmasked, unmasked_participants
from etl.identity.pseudonym import as_written, pseudonym
from study.errors import UserError
from study.file import load_study
from tests.access.state_places import PASSWORD

ROOT = Path(__file__).parents[2]
WHO = "p-0a1b2c3d4e"
WHY = "Serious adverse event, reported on 2 March"
STUDY = """
[study]
id = "small"
title = "A small study"

[[sites]]
id = "leeds"
label = "Leeds"

[[sites]]
id = "london"
label = "London"

[[sources]]
id = "app"
kind = "events"
path = "exports/*.csv"
participant = "who"
[sources.events]
time = "at"
name = "what"
"""

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A study whose folder somebody sits in."""
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RAPPORT_STATE_URL", raising=False)
    return tmp_path


@pytest.fixture
def rapport(folder, monkeypatch, capsys):
    """Run a command as somebody at a terminal would; gives exit code and what it said."""

    def run(*words: str, stdin: str = f"{PASSWORD}\n") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["rapport", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            app.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def team(rapport):
    for name, limits in (
        ("ada", ["--role", "admin"]),
        ("tom", ["--role", "trial", "--site", "london"]),
        ("stan", ["--role", "statistician"]),
        ("cleo", ["--role", "clinician", "--participant", WHO]),
    ):
        assert rapport("user", "add", name, *limits, "--password-stdin")[0] == 0


def state_of(folder: Path) -> State:
    return State.open(folder / ".rapport" / "state.sqlite3")


def test_who_makes_the_first_account_is_told_that_it_takes_a_start(rapport):
    add = ("user", "add", "--role", "admin", "--password-stdin")
    assert rapport(*add, "ada")[1] == (
        "Added ada (admin, all sites).\n"
        "Start 'rapport serve' anew: from then on everybody signs in.\n"
    )
    assert rapport(*add, "bob")[1] == "Added bob (admin, all sites).\n"


def test_accounts_from_the_first_to_the_last_command(rapport, folder, team):
    assert rapport("user", "add", "eva", "--role", "designer", "--password-stdin") == (
        0,
        "Added eva (designer, all sites).\n",
        "",
    )
    code, said, _ = rapport("user", "role", "EVA", "--role", "trial", "--all-sites")
    assert (code, said) == (0, "Changed eva (trial, all sites).\n")
    assert rapport("user", "disable", "eva")[:2] == (0, "Disabled eva; signed out everywhere.\n")
    assert rapport("user", "enable", "eva")[1] == "Enabled eva (trial, all sites).\n"
    assert rapport("user", "passwd", "eva", "--password-stdin", stdin="eight grey herons\n")[0] == 0
    code, said, _ = rapport("user", "care", "cleo", "--add", "p-5f6g7h8j9k", "--remove", WHO)
    assert (code, said) == (0, "Changed cleo (clinician, all sites, 1 in care).\n")
    code, said, _ = rapport("user", "list", "--json")
    listed = {row.pop("name"): row for row in json.loads(said)}
    assert set(listed) == {"ada", "cleo", "eva", "stan", "tom"}
    assert listed["tom"]["sites"] == ["london"]
    assert listed["cleo"] == {
        "role": "clinician",
        "sites": None,
        "participants": ["p-5f6g7h8j9k"],
        "is_disabled": False,
        "has_password": True,
    }
    with closing(state_of(folder)) as state:
        lines = entries(state)
        assert verify(state) == []
    assert {line.account for line in lines} == {at_command_line()}
    assert [line.action for line in lines].count("account_added") == 5
    assert PASSWORD not in str(lines)


def test_the_list_is_a_table(rapport, team):
    said = rapport("user", "list")[1]
    rows = {line.split()[0]: line for line in said.splitlines() if line.strip()}
    assert "london" in rows["tom"]
    assert "clinician" in rows["cleo"]
    assert "a password" in rows["ada"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["add", "eva", "--role", "trial", "--password-stdin"], "--site (leeds, london)"),
        (["add", "eva", "--role", "trial", "--site", "york", "--password-stdin"], "no site 'york'"),
        (["add", "eva", "--role", "boss", "--password-stdin"], "no role 'boss'"),
        (["add", "tom", "--role", "designer", "--password-stdin"], "already"),
        (["add", "eva", "--role", "admin", "--site", "leeds", "--all-sites", "--password-stdin"], "not both"),
        (["add", "eva", "--role", "clinician", "--participant", "SCR-0412", "--password-stdin"], "rapport id ID"),
        (["add", "eva", "--role", "designer", "--participant", WHO, "--password-stdin"], "Only clinicians"),
        (["add", "eva", "--role", "designer"], "no terminal"),
        (["role", "ghost", "--role", "designer"], "no account of that name"),
        (["role", "ada", "--role", "designer"], "last administrator"),
        (["care", "tom", "--add", WHO], "Only clinicians"),
        (["care", "cleo", "--add", "SCR-0412"], "not named by a pseudonym"),
        (["passwd", "ghost", "--password-stdin"], "no account of that name"),
    ],
)  # fmt: skip
def test_what_has_to_be_put_right_is_said(rapport, folder, team, words, says):
    with closing(state_of(folder)) as state:
        before = entries(state)
    code, said, error = rapport("user", *words)
    assert (code, said) == (2, "")
    assert says in error
    assert "SCR-0412" not in error
    with closing(state_of(folder)) as state:
        assert entries(state) == before


@pytest.mark.parametrize(
    ("stdin", "says"), [("", "holds no password"), ("short\n", "fewer than 12")]
)
def test_a_password_on_standard_input_is_checked(rapport, stdin, says):
    words = ("user", "add", "ada", "--role", "admin", "--password-stdin")
    code, _, error = rapport(*words, stdin=stdin)
    assert (code, says in error) == (2, True)


def test_a_password_is_the_first_line_whole(rapport, team):
    odd = "  blanks at both ends  "
    rapport("user", "passwd", "tom", "--password-stdin", stdin=f"{odd}\r\nmore\n")
    ask = (
        "unmask",
        "ask",
        "--as",
        "tom",
        "--participant",
        WHO,
        "--reason",
        WHY,
        "--password-stdin",
    )
    assert rapport(*ask, stdin=odd.strip())[0] == 2
    assert rapport(*ask, stdin=odd)[0] == 0


@pytest.mark.parametrize(
    "words", [["user", "list"], ["user", "disable", "x"], ["audit", "verify"], ["unmask", "list"]]
)
def test_before_the_first_account_there_is_nothing(rapport, folder, words):
    code, _, error = rapport(*words)
    assert (code, "rapport user add NAME --role admin" in error) == (2, True)
    assert not (folder / ".rapport").exists()


def test_study_and_workspace_are_named_as_for_other_commands(rapport, folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    study = str(folder / "study.toml")
    add = ("user", "add", "ada", "--role", "admin", "--password-stdin")
    assert rapport(*add, "--study", study, "--workspace", str(other))[0] == 0
    assert (other / "state.sqlite3").exists()
    assert "ada" in rapport("user", "list", str(folder), "-w", str(other))[1]
    assert rapport("audit", "verify", str(folder), "-w", str(other))[0] == 0


def test_unmasking_takes_two_people(rapport, folder, team):
    ask = (
        "unmask",
        "ask",
        "--as",
        "tom",
        "--participant",
        WHO,
        "--reason",
        WHY,
        "--password-stdin",
    )
    code, said, _ = rapport(*ask)
    assert (code, said.startswith(f"Request 1: the arm of participant {WHO}.")) == (0, True)
    assert "waits for a second person" in rapport("unmask", "list")[1]
    confirm = ("unmask", "confirm", "1", "--password-stdin", "--as")
    assert "may not confirm" in rapport(*confirm, "tom")[2]
    assert "do not go together" in rapport(*confirm, "stan", stdin="a wrong password\n")[2]
    assert "do not go together" in rapport(*confirm, "ghost")[2]
    with closing(state_of(folder)) as state:
        assert unmasked_participants(state) == frozenset()
    assert rapport(*confirm, "stan")[0] == 0
    with closing(state_of(folder)) as state:
        assert unmasked_participants(state) == {WHO}
        assert not is_study_unmasked(state)
    [listed] = json.loads(rapport("unmask", "list", "--json")[1])
    assert (listed["asked_by"], listed["confirmed_by"]) == ("tom", "stan")
    assert listed["outcome"].startswith("confirmed by stan")


def test_unmasking_the_study(rapport, folder, team):
    ask = ("unmask", "ask", "--as", "stan", "--whole-study", "--reason", WHY, "--password-stdin")
    assert rapport(*ask)[0] == 0
    assert (
        "a second person"
        in rapport("unmask", "confirm", "1", "--as", "stan", "--password-stdin")[2]
    )
    assert rapport("unmask", "confirm", "1", "--as", "ada", "--password-stdin")[0] == 0
    with closing(state_of(folder)) as state:
        assert is_study_unmasked(state)


@pytest.mark.parametrize("extra", [[], ["--whole-study", "--participant", WHO]])
def test_what_to_unmask_is_said_once(rapport, team, extra):
    words = ("unmask", "ask", "--as", "tom", "--reason", WHY, "--password-stdin", *extra)
    code, _, error = rapport(*words)
    assert (code, "one participant, or the whole study" in error) == (2, True)


def test_the_log_is_shown_chosen_and_written(rapport, team):
    said = rapport("audit", "show", "--last", "2")[1]
    assert "account cleo" in said
    assert "account ada" not in said
    lines = json.loads(rapport("audit", "show", "--json", "--action", "account_added")[1])
    assert [line["number"] for line in lines] == [1, 2, 3, 4]
    rows = list(csv.DictReader(io.StringIO(rapport("audit", "show", "--csv")[1])))
    assert [row["action"] for row in rows[-2:]] == ["audit_read", "audit_read"]
    assert rows[0].keys() == lines[0].keys()
    assert json.loads(rapport("audit", "show", "--json", "--since", "2999-01-01")[1]) == []
    assert len(json.loads(rapport("audit", "show", "--json", "--until", "2999-01-01")[1])) > 4
    assert json.loads(rapport("audit", "show", "--json", "--account", "tom")[1]) == []
    assert len(json.loads(rapport("audit", "show", "--json", "--mentions", WHO)[1])) == 1
    assert "no action 'peeked'" in rapport("audit", "show", "--action", "peeked")[2]
    assert "one of --json and --csv" in rapport("audit", "show", "--json", "--csv")[2]


def test_a_spreadsheet_runs_no_reason(rapport, team):
    rapport(
        *("unmask", "ask", "--as", "tom", "--participant", WHO, "--password-stdin"),
        *("--reason", '=HYPERLINK("http://evil.example")'),
    )
    said = rapport("audit", "show", "--csv", "--action", "ask_unmasking")[1]
    assert next(csv.DictReader(io.StringIO(said)))["why"].startswith("'=")


def test_a_whole_log_ends_with_0_and_a_changed_one_with_1(rapport, folder, team):
    head = rapport("audit", "head")[1].strip()
    assert rapport("audit", "verify") == (
        0,
        f"The audit log is whole: 4 lines. Its head: {head}\n",
        "",
    )
    assert rapport("audit", "verify", "--copy", head)[0] == 0
    assert rapport("audit", "verify", "--copy", f"9:{'0' * 64}")[0] == 1
    assert rapport("audit", "verify", "--copy", "x")[0] == 2
    with closing(sqlite3.connect(folder / ".rapport" / "state.sqlite3")) as con:
        (trigger,) = con.execute(
            "select sql from sqlite_master where name = 'audit_entries_no_update'"
        ).fetchone()
        con.execute("drop trigger audit_entries_no_update")
        con.execute("update audit_entries set what = replace(what, 'london', 'londom')")
        con.execute(trigger)
        con.commit()
    code, said, error = rapport("audit", "verify")
    assert (code, said) == (1, "")
    assert error == "Line 2: its hash does not fit what it says: it was changed.\n"


def test_a_log_without_its_head_lets_nothing_be_done(rapport, folder, team):
    with closing(sqlite3.connect(folder / ".rapport" / "state.sqlite3")) as con:
        con.execute("drop trigger audit_head_no_delete")
        con.execute("delete from audit_head")
        con.commit()
    code, _, error = rapport("user", "disable", "tom")
    assert (code, "rapport audit verify" in error) == (2, True)
    code, _, error = rapport("audit", "head")
    assert (code, "rapport audit verify" in error) == (2, True)
    assert rapport("audit", "verify")[0] == 1


def test_pseudonyms_are_known_as_they_are_made(tmp_path):
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    study = load_study(tmp_path)
    for one in range(200):
        name = pseudonym(b"k" * 32, f"SCR-{one}")
        assert as_written(name) == name
        assert checked_participants(study, [name]) == (name,)
    for text in ("", "p-0a1b2c3d4", "p-0a1b2c3d4u", "P-0A1B2C3D4E", "SCR-0412"):
        with pytest.raises(UserError):
            checked_participants(study, [text])
    as_given = study.model_copy(
        update={"privacy": study.privacy.model_copy(update={"participant_ids": "as_given"})}
    )
    assert checked_participants(as_given, [" H001 "]) == ("H001",)


def test_a_typed_password_is_not_shown(folder):
    """At a terminal it is asked twice and never echoed."""
    ours, theirs = pty.openpty()
    words = ["user", "add", "ada", "--role", "admin"]
    run = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py"), *words], stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    said, answered = "", 0
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if waiting.select([ours], [], [], 0.2)[0]:
            try:
                said += os.read(ours, 4096).decode()
            except OSError:  # the other end was closed
                break
        if said.count(": ") > answered and answered < 2:
            answered += 1
            os.write(ours, f"{PASSWORD}\n".encode())
    assert run.wait(timeout=60) == 0, said
    os.close(ours)
    assert "Added ada" in said
    assert "Repeat for confirmation" in said
    assert PASSWORD not in said


def test_passwords_are_hashed_as_rfc_9106_says(monkeypatch):
    monkeypatch.undo()
    kept = passwords.hashed(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.is_right(kept, PASSWORD)
    assert not passwords.is_right(kept, PASSWORD + "x")
    assert not passwords.is_right(None, PASSWORD)
    assert not passwords.is_right("not a hash", PASSWORD)
    assert not passwords.needs_rehash(kept)
