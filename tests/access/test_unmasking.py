from datetime import timedelta

import pytest

from access import unmasking
from access.accounts import ACCOUNT_ROLES, add, disable, set_role
from access.audit import entries, verify
from access.roles import ROLES
from access.state.forget import forget
from study.errors import UserError
from tests.access.state_places import NOON, PASSWORD

WHY = "Serious adverse event, reported on 2 March"
DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def team(state):
    return {
        name: add(state, name, role, password=PASSWORD, by="cli:root", now=NOON)
        for name, role in (
            ("tom", "trial"),
            ("dora", "designer"),
            ("cleo", "clinician"),
            ("stan", "statistician"),
            ("sue", "statistician"),
            ("ada", "admin"),
        )
    }


def log(state):
    return [
        (line.account, line.action, line.what, line.why)
        for line in reversed(entries(state))
        if "unmask" in line.action
    ]


def test_nothing_is_open_before_a_second_person_agreed(state, team):
    asked = unmasking.ask(state, team["tom"], "participant", WHY, "p-1", NOON)
    assert (asked.asked_by, asked.participant, asked.confirmed_by) == ("tom", "p-1", None)
    assert unmasking.pending(state, NOON) == [asked]
    assert unmasking.unmasked_participants(state) == frozenset()
    done = unmasking.confirm(state, team["stan"], asked.id, NOON + DAY)
    assert (done.confirmed_by, done.confirmed_at) == ("stan", NOON + DAY)
    assert unmasking.unmasked_participants(state) == {"p-1"}
    assert not unmasking.is_study_unmasked(state)
    assert unmasking.pending(state, NOON + DAY) == []
    assert unmasking.requests(state) == [done]


def test_the_whole_study(state, team):
    asked = unmasking.ask(state, team["stan"], "study", WHY, now=NOON)
    assert not unmasking.is_study_unmasked(state)
    unmasking.confirm(state, team["sue"], asked.id, NOON)
    assert unmasking.is_study_unmasked(state)
    assert unmasking.unmasked_participants(state) == frozenset()


def test_it_is_all_in_the_log(state, team):
    asked = unmasking.ask(state, team["tom"], "participant", f" {WHY}\n", "p-1", NOON)
    unmasking.confirm(state, team["ada"], asked.id, NOON)
    arm = "the arm of participant p-1"
    assert log(state) == [
        ("tom", "ask_unmasking", f"request {asked.id}: {arm}", WHY),
        ("ada", "confirm_unmasking", f"request {asked.id} of tom: {arm}", WHY),
        ("tom", "unmasked", arm, WHY),
    ]
    assert verify(state) == []


@pytest.mark.parametrize("role", ACCOUNT_ROLES)
def test_who_may_ask_and_confirm_is_in_the_table_of_roles(state, team, role):
    own = next(account for account in team.values() if account.role == role)
    asker = team["tom"] if own.name != "tom" else team["stan"]
    if "ask_unmasking" in ROLES[role].actions:
        unmasking.ask(state, own, "participant", WHY, "p-9", NOON)
    else:
        with pytest.raises(UserError, match="may not ask"):
            unmasking.ask(state, own, "participant", WHY, "p-9", NOON)
    asked = unmasking.ask(state, asker, "participant", WHY, "p-1", NOON)
    if "confirm_unmasking" in ROLES[role].actions:
        unmasking.confirm(state, own, asked.id, NOON)
    else:
        with pytest.raises(UserError, match="may not confirm"):
            unmasking.confirm(state, own, asked.id, NOON)
        assert unmasking.unmasked_participants(state) == frozenset()


def test_whoever_asked_cannot_confirm(state, team):
    asked = unmasking.ask(state, team["stan"], "study", WHY, now=NOON)
    with pytest.raises(UserError, match="a second person"):
        unmasking.confirm(state, team["stan"], asked.id, NOON)
    assert not unmasking.is_study_unmasked(state)
    assert [line[1] for line in log(state)] == ["ask_unmasking"]


@pytest.mark.parametrize("reason", ["", "too short", "a  b     c   d", "x" * 1001])
def test_a_reason_is_needed(state, team, reason):
    with pytest.raises(UserError, match="The reason"):
        unmasking.ask(state, team["tom"], "study", reason, now=NOON)
    assert unmasking.requests(state) == []


@pytest.mark.parametrize(
    ("scope", "participant"), [("study", "p-1"), ("participant", None), ("participant", "")]
)
def test_it_is_one_participant_or_the_study(state, team, scope, participant):
    with pytest.raises(UserError, match="one participant, or the whole study"):
        unmasking.ask(state, team["tom"], scope, WHY, participant, NOON)


def test_a_request_lapses_after_a_week(state, team):
    asked = unmasking.ask(state, team["tom"], "participant", WHY, "p-1", NOON)
    assert unmasking.pending(state, NOON + 7 * DAY) == []
    with pytest.raises(UserError, match="has lapsed"):
        unmasking.confirm(state, team["stan"], asked.id, NOON + 7 * DAY)
    assert unmasking.unmasked_participants(state) == frozenset()
    again = unmasking.ask(state, team["tom"], "participant", WHY, "p-1", NOON + 7 * DAY)
    almost = NOON + 14 * DAY - timedelta(seconds=1)
    unmasking.confirm(state, team["stan"], again.id, almost)
    assert unmasking.unmasked_participants(state) == {"p-1"}


def test_what_is_open_stays_open(state, team):
    asked = unmasking.ask(state, team["tom"], "participant", WHY, "p-1", NOON)
    unmasking.confirm(state, team["stan"], asked.id, NOON)
    disable(state, "stan", by="cli:root", now=NOON)
    assert unmasking.unmasked_participants(state) == {"p-1"}
    with pytest.raises(UserError, match="open already"):
        unmasking.ask(state, team["tom"], "participant", WHY, "p-1", NOON)


def test_the_same_is_asked_once_at_a_time(state, team):
    for scope, participant in (("study", None), ("participant", "p-1")):
        unmasking.ask(state, team["tom"], scope, WHY, participant, NOON)
        with pytest.raises(UserError, match="waits for a second person"):
            unmasking.ask(state, team["ada"], scope, WHY, participant, NOON)
    unmasking.ask(state, team["tom"], "participant", WHY, "p-2", NOON)


def test_it_is_confirmed_once(state, team):
    asked = unmasking.ask(state, team["tom"], "study", WHY, now=NOON)
    unmasking.confirm(state, team["stan"], asked.id, NOON)
    with pytest.raises(UserError, match="confirmed already"):
        unmasking.confirm(state, team["ada"], asked.id, NOON)
    with pytest.raises(UserError, match="no such request"):
        unmasking.confirm(state, team["ada"], 99, NOON)


def test_accounts_are_as_the_database_says_not_as_the_caller_does(state, team):
    asked = unmasking.ask(state, team["tom"], "study", WHY, now=NOON)
    set_role(state, "stan", "designer", by="cli:root", now=NOON)
    with pytest.raises(UserError, match="may not confirm"):
        unmasking.confirm(state, team["stan"], asked.id, NOON)
    disable(state, "sue", by="cli:root", now=NOON)
    with pytest.raises(UserError, match="may not confirm"):
        unmasking.confirm(state, team["sue"], asked.id, NOON)
    with pytest.raises(UserError, match="may not ask"):
        unmasking.ask(state, team["sue"], "study", WHY, now=NOON)


def test_a_request_of_somebody_who_left_is_not_confirmed(state, team):
    asked = unmasking.ask(state, team["tom"], "study", WHY, now=NOON)
    disable(state, "tom", by="cli:root", now=NOON)
    with pytest.raises(UserError, match="may not ask"):
        unmasking.confirm(state, team["stan"], asked.id, NOON)


def test_erased_participants_are_forgotten_but_for_the_log(state, team):
    for name in ("p-1", "p-2"):
        asked = unmasking.ask(state, team["tom"], "participant", WHY, name, NOON)
        unmasking.confirm(state, team["stan"], asked.id, NOON)
    set_role(state, "cleo", "clinician", participants=["p-1", "p-2"], by="cli:root", now=NOON)
    forget(state, ["p-1"])
    assert unmasking.unmasked_participants(state) == {"p-2"}
    from access.accounts import find

    assert find(state, "cleo").participants == {"p-2"}
    assert [line for line in log(state) if "p-1" in line[2]]
    assert verify(state) == []
