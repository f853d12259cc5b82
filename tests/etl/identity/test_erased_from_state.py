"""Erasure, a new key and a changed study file, where people have accounts: what the state says."""

from contextlib import closing
from datetime import UTC, datetime

import pytest

from access import unmasking
from access.accounts import add, find
from access.audit import at_command_line, entries, verify
from access.contacts import contacts
from access.state.store import State
from access.state.tables import ContactRow
from etl.identity.erasure import begin_erasure, find_people
from etl.identity.tombstones import read_tombstones
from etl.pipeline import refresh
from study.file import load_study
from tests.etl.identity.cove import WHO, name_of, roster_id

PASSWORD = "seven grey herons"
WHY = "Serious adverse event, reported on 2 March"


@pytest.fixture(autouse=True)
def _own_state(monkeypatch):
    monkeypatch.delenv("RAPPORT_STATE_URL", raising=False)


def log(state):
    return [(line.account, line.action, line.what, line.why) for line in reversed(entries(state))]


def with_accounts(one, other="somebody-else"):
    """A clinician who cares for `WHO`, whose arm was asked for."""
    with closing(State.open(one.workspace.state_path)) as state:
        add(state, "tom", "trial", password=PASSWORD, by="cli:a")
        in_care = [name_of(one), other]
        add(state, "cleo", "clinician", participants=in_care, password=PASSWORD, by="cli:a")
        unmasking.ask(state, find(state, "tom"), "participant", WHY, name_of(one))
        unmasking.ask(state, find(state, "tom"), "participant", WHY, other)


def in_care_and_asked(state):
    asked = {request.participant for request in unmasking.requests(state)}
    return find(state, "cleo").participants, asked


@pytest.mark.exhaustive
@pytest.mark.parametrize("mode", ["keyed", "given"])
def test_the_erased_leave_care_and_requests_and_the_log_says_so(rapport, request, mode):
    one = request.getfixturevalue(mode)
    with_accounts(one)
    name = name_of(one)
    words = ("--study", one.folder, "--yes", "--no-fit", "--by", "withdrew consent")
    assert rapport("erase", roster_id(WHO), *words)[0] == 0
    with closing(State.open(one.workspace.state_path)) as state:
        assert in_care_and_asked(state) == ({"somebody-else"}, {"somebody-else"})
        assert log(state)[-1] == (at_command_line(), "erased", "1 participant", "withdrew consent")
        assert verify(state) == []
        assert name in str(log(state)[:3]), "what was logged before stays"


def test_an_erasure_that_broke_off_is_finished_in_the_state_too(rapport, keyed):
    with_accounts(keyed)
    people = find_people(keyed.study, keyed.workspace, [roster_id(WHO)], None)
    begin_erasure(keyed.study, keyed.workspace, people, "withdrew consent")
    assert read_tombstones(keyed.workspace).unfinished
    assert rapport("status", keyed.folder)[0] == 0
    with closing(State.open(keyed.workspace.state_path)) as state:
        assert in_care_and_asked(state) == ({"somebody-else"}, {"somebody-else"})
        assert log(state)[-1][1:3] == ("erased", "an erasure that was interrupted is finished")


def test_nobody_else_leaves(rapport, keyed):
    with_accounts(keyed, other=name_of(keyed, "P006"))
    assert rapport("erase", roster_id("P007"), "--study", keyed.folder, "--yes", "--no-fit")[0] == 0
    with closing(State.open(keyed.workspace.state_path)) as state:
        both = {name_of(keyed), name_of(keyed, "P006")}
        assert in_care_and_asked(state) == (both, both)


def test_no_byte_of_the_erased_stays_but_in_the_log(rapport, keyed):
    """Nobody was logged by name here, so the whole file must be free of it."""
    now = datetime(2026, 3, 2, tzinfo=UTC)
    with closing(State.open(keyed.workspace.state_path)) as state:
        add(state, "tom", "trial", password=PASSWORD, by="cli:a")
        with state.begin() as session:
            for code in (WHO, "P006"):
                session.add(_contact(name_of(keyed, code), now))
    assert "state.sqlite3" in keyed.traces(name_of(keyed))
    words = ("--study", keyed.folder, "--yes", "--no-fit")
    assert rapport("erase", roster_id(WHO), *words)[0] == 0
    assert keyed.traces(name_of(keyed)) == []
    assert "state.sqlite3" in keyed.traces(name_of(keyed, "P006"))


def _contact(name, now):
    return ContactRow(
        participant_id=name,
        contacted_at=now,
        account="tom",
        channel="phone",
        outcome="reached",
        note="Will go on tomorrow.",
        logged_at=now,
    )


def test_without_accounts_no_state_is_made(rapport, keyed):
    words = ("--study", keyed.folder, "--yes", "--no-fit")
    assert rapport("erase", roster_id(WHO), *words)[0] == 0
    assert not keyed.workspace.state_path.exists()


def test_a_new_key_is_in_the_log_and_all_who_are_named_go_along(rapport, keyed):
    with_accounts(keyed)
    before = name_of(keyed)
    now = datetime(2026, 3, 2, tzinfo=UTC)
    with closing(State.open(keyed.workspace.state_path)) as state, state.begin() as session:
        session.add(_contact(before, now))
    assert rapport("rekey", keyed.folder, "--yes", "--no-fit")[0] == 0
    after = name_of(keyed)
    assert after != before
    with closing(State.open(keyed.workspace.state_path)) as state:
        # Whom no export knows keeps the name: nobody could tell another.
        assert in_care_and_asked(state) == ({after, "somebody-else"}, {after, "somebody-else"})
        assert [one.participant for one in contacts(state)] == [after]
        assert log(state)[-1][1:3] == (
            "definition_changed",
            "a new key: everybody has another pseudonym",
        )


def test_a_changed_study_file_is_in_the_log_once(given):
    State.open(given.workspace.state_path).close()
    file = given.folder / "study.toml"
    digests = []
    for comment in ("", "", "# about participants\n"):
        file.write_text(file.read_text(encoding="utf-8") + comment, encoding="utf-8")
        study = load_study(given.folder)
        assert refresh(study, given.workspace, fit_models=False) == 0
        digests.append(study.digest)
    with closing(State.open(given.workspace.state_path)) as state:
        said = log(state)
    assert said == [
        (at_command_line(), "definition_changed", f"study file with SHA-256 {digest}", None)
        for digest in dict.fromkeys(digests)
    ]
    assert len(said) == 2
