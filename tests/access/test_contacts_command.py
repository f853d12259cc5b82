"""`rapport contacts export`."""

import csv
import io
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

import app
from access.audit import at_command_line, entries
from access.contacts import Entry, log, strike_out
from access.state.store import State
from access.viewer import local_viewer

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A study whose folder somebody sits in."""
    text = '[study]\nid = "small"\ntitle = "A small study"\n'
    source = '[[sources]]\nid = "app"\nkind = "events"\npath = "e.csv"\nparticipant = "p"\n'
    text += source + '[sources.events]\nname = "event"\ntime = "at"\n'
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    (tmp_path / ".rapport").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RAPPORT_STATE_URL", raising=False)
    return tmp_path


@pytest.fixture
def rapport(folder, monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["rapport", "contacts", *words])
        with pytest.raises(SystemExit) as ended:
            app.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def state_of(folder):
    return closing(State.open(folder / ".rapport" / "state.sqlite3"))


def test_the_log_is_written_as_csv_the_oldest_first_and_that_is_in_the_audit_log(rapport, folder):
    with state_of(folder) as state:
        for days, who, note in ((1, "p-2", "=cmd()"), (3, "p-1", "Later.")):
            entry = Entry(who, NOW - timedelta(days=days), "phone", "not_reached", note, "silent")
            kept = log(state, local_viewer(), entry)
        strike_out(state, local_viewer(), kept.id)
    code, out, err = rapport("export")
    assert (code, err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["participant"] for row in rows] == ["p-1", "p-2"]
    first, second = rows
    assert first["contacted_at"] == f"{NOW - timedelta(days=3):%Y-%m-%dT%H:%M:%SZ}"
    assert (first["channel"], first["outcome"], first["note"]) == (
        "Phone call",
        "Not reached",
        "Later.",
    )
    assert first["struck_out_at"]
    assert (second["note"], second["logged_by"], second["struck_out_at"]) == ("'=cmd()", "", "")
    with state_of(folder) as state:
        [line] = entries(state, action="export")
    assert (line.account, line.what) == (at_command_line(), "contact log; 2 lines")


def test_it_can_be_narrowed(rapport, folder):
    with state_of(folder) as state:
        for days in (1, 3):
            entry = Entry(f"p-{days}", NOW - timedelta(days=days), "sms", "message_left")
            log(state, local_viewer(), entry)
    assert "p-3" not in rapport("export", "--participant", "p-1")[1]
    since = f"{NOW - timedelta(days=2):%Y-%m-%dT%H:%M:%S}"
    assert "p-3" not in rapport("export", "--since", since)[1]


def test_where_nothing_was_logged_it_says_so_and_makes_nothing(rapport, folder):
    code, out, err = rapport("export")
    assert (code, out) == (2, "")
    assert "No contact was logged here yet" in err
    assert list((folder / ".rapport").iterdir()) == []
