from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.accounts import add, disable, set_role
from access.audit import entries, verify
from access.contacts import (
    CHANNELS,
    LONGEST_NOTE,
    NO_MORE,
    OUTCOMES,
    SPOKEN_TO,
    Entry,
    _checked_note,
    contacts,
    log,
    strike_out,
)
from access.roles import ROLES
from access.state.forget import forget, named_participants
from access.state.notebook import Notebook
from access.state.rename import rename
from access.state.store import State
from access.viewer import Viewer, local_viewer
from study.errors import UserError
from tests.access.state_places import NOON, PASSWORD
from warehouse.workspace import Workspace

pytestmark = pytest.mark.usefixtures("quick_hashes")
TOM = Viewer(account="tom", role="trial")
CALL = Entry("p-1", NOON, "phone", "reached", "Will go on tomorrow.", "not_delivered")


@pytest.fixture
def team(state):
    for name, role in (("tom", "trial"), ("tess", "trial"), ("stan", "statistician")):
        add(state, name, role, password=PASSWORD, by="cli:root", now=NOON)
    return state


def audit(state):
    found = entries(state, action="contact_logged")
    return [(one.account, one.what, one.why) for one in reversed(found)]


def test_a_contact_comes_back_as_it_was_logged_and_is_in_the_audit_log_without_its_note(team):
    kept = log(team, TOM, CALL, NOON)
    assert contacts(team) == [kept]
    assert (kept.participant, kept.at, kept.account) == ("p-1", NOON, "tom")
    assert (kept.channel, kept.outcome) == ("phone", "reached")
    assert (kept.reason, kept.note, kept.is_struck) == (
        "not_delivered",
        "Will go on tomorrow.",
        False,
    )
    said = f"contact {kept.id} with participant p-1: phone call, reached"
    assert audit(team) == [("tom", said, None)]
    assert verify(team) == []


def test_the_newest_contact_comes_first_and_those_of_others_can_be_left_out(team):
    for days, who in ((2, "p-1"), (1, "p-2"), (3, "p-1")):
        at = NOON - timedelta(days=days)
        log(team, TOM, replace(CALL, participant=who, at=at), NOON)
    assert [one.participant for one in contacts(team)] == ["p-2", "p-1", "p-1"]
    assert [(NOON - one.at).days for one in contacts(team, ["p-1"])] == [2, 3]
    assert contacts(team, []) == []
    assert contacts(None) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"channel": "telepathy"}, "how the participant was contacted"),
        ({"outcome": ""}, "what came of the contact"),
        ({"at": NOON + timedelta(hours=1)}, "in the future"),
        ({"at": NOON - timedelta(days=2000)}, "more than five years ago"),
        ({"participant": ""}, "with whom"),
        ({"note": "x" * (LONGEST_NOTE + 1)}, f"at most {LONGEST_NOTE}"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_is_kept(team, change, words):
    with pytest.raises(UserError, match=words):
        log(team, TOM, replace(CALL, **change), NOON)
    assert contacts(team) == []
    assert audit(team) == []


def test_who_may_not_log_keeps_nothing(team):
    stranger = Viewer(account="nobody", role="trial")
    posing = Viewer(account="stan", role="trial")
    for viewer in (Viewer(account="stan", role="statistician"), stranger, posing):
        with pytest.raises(UserError, match="may not log contacts"):
            log(team, viewer, CALL, NOON)
    disable(team, "tess", by="cli:root", now=NOON)
    set_role(team, "tom", "designer", by="cli:root", now=NOON)
    for name in ("tess", "tom"):
        with pytest.raises(UserError, match="may not log contacts"):
            log(team, Viewer(account=name, role="trial"), CALL, NOON)
    assert contacts(team) == []
    assert {role for role in ROLES if "log_contact" in ROLES[role].actions} == {"local", "trial"}


def test_a_mistake_is_struck_out_by_who_made_it_once_and_stays(team):
    kept = log(team, TOM, CALL, NOON)
    with pytest.raises(UserError, match="Only whoever logged"):
        strike_out(team, Viewer(account="tess", role="trial"), kept.id, NOON)
    with pytest.raises(UserError, match="Only whoever logged"):
        strike_out(team, TOM, kept.id + 1, NOON)
    later = NOON + timedelta(minutes=1)
    strike_out(team, TOM, kept.id, later)
    [found] = contacts(team)
    assert (found.struck_at, found.struck_by, found.note) == (later, "tom", kept.note)
    with pytest.raises(UserError, match="already"):
        strike_out(team, TOM, kept.id, later)
    assert [said for _, said, _ in audit(team)][-1].endswith("struck out")


def test_who_is_erased_leaves_the_log_and_who_gets_another_name_keeps_theirs(team):
    for who in ("p-1", "p-2"):
        log(team, TOM, replace(CALL, participant=who), NOON)
    forget(team, ["p-1"])
    assert named_participants(team) == ["p-2"]
    rename(team, {"p-2": "p-9", "p-7": "p-8"})
    assert [one.participant for one in contacts(team)] == ["p-9"]


def test_without_accounts_the_first_contact_makes_a_state_in_which_nobody_can_sign_in(tmp_path):
    workspace = Workspace(tmp_path / "w")
    notebook = Notebook(None, workspace)
    assert notebook.to_read() is None
    assert not workspace.root.exists()
    kept = log(notebook.to_write(), local_viewer(), CALL, NOON)
    assert kept.account is None
    assert contacts(notebook.to_read()) == [kept]
    strike_out(notebook.to_write(), local_viewer(), kept.id, NOON)
    assert audit(notebook.to_read())[0][0] == "local"
    notebook.close()
    again = Notebook(None, workspace)
    assert [one.is_struck for one in contacts(again.to_read())] == [True]
    again.close()


def test_where_people_sign_in_the_notebook_is_their_state(team, tmp_path):
    notebook = Notebook(team, Workspace(tmp_path / "w"))
    assert notebook.to_read() is team
    assert notebook.to_write() is team
    notebook.close()
    assert contacts(team) == [], "it is not closed by the notebook"


def test_a_contact_of_before_accounts_is_nobodys_to_strike_out(tmp_path):
    state = State.open(tmp_path / "state.sqlite3")
    kept = log(state, local_viewer(), CALL, NOON)
    add(state, "tom", "trial", password=PASSWORD, by="cli:root", now=NOON)
    with pytest.raises(UserError, match="Only whoever logged"):
        strike_out(state, TOM, kept.id, NOON)
    assert contacts(state) == [kept]
    state.close()


def test_outcomes_that_count_are_outcomes():
    assert set(OUTCOMES) >= SPOKEN_TO > NO_MORE
    assert all(len(name) <= 20 for name in (*CHANNELS, *OUTCOMES))


@given(st.text(max_size=LONGEST_NOTE))
def test_a_note_is_one_line_of_printable_text_or_nothing(text):
    note = _checked_note(text)
    assert note is None or (note.isprintable() and note == note.strip() and note)
    assert note is None or len(note) <= LONGEST_NOTE
