import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from access import passwords, signed_in
from access.accounts import (
    ACCOUNT_ROLES,
    UNKNOWN,
    Account,
    Refused,
    accounts,
    add,
    disable,
    enable,
    find,
    find_by_claims,
    has_accounts,
    set_password,
    set_role,
    sign_in,
    viewer_of,
)
from access.audit import entries, verify
from access.state.tables import AccountRow
from study.definition import Privacy
from study.errors import UserError
from tests.access.state_places import NOON, PASSWORD

HERE = "192.0.2.7"
WRONG = Refused("unknown_or_wrong")
BY = "cli:root"

pytestmark = pytest.mark.usefixtures("quick_hashes")


def make(state, name="anna", role="trial", **limits):
    return add(state, name, role, password=PASSWORD, by=BY, now=NOON, **limits)


def log(state):
    return [(line.account, line.action, line.what) for line in reversed(entries(state))]


def test_an_account_is_kept_with_its_limits(state):
    made = make(state, " Anna ", "trial", sites=["leeds", "london"])
    assert made == Account("anna", "trial", sites=frozenset({"leeds", "london"}))
    assert find(state, "ANNA") == made
    assert accounts(state) == [made]
    assert log(state) == [
        (BY, "account_added", "account anna: role trial; sites leeds, london"),
    ]


def test_without_sites_all_are_theirs(state):
    assert make(state, "anna", "designer").sites is None


def test_a_clinician_sees_those_in_their_care_and_nobody_without_any(state):
    assert make(state, "cleo", "clinician").participants == frozenset()
    dan = make(state, "dan", "clinician", participants=["p-1", "p-2"])
    assert dan.participants == frozenset({"p-1", "p-2"})
    assert make(state, "eva", "trial").participants is None


def test_participants_are_for_clinicians(state):
    with pytest.raises(UserError, match="Only clinicians"):
        make(state, "anna", "trial", participants=["p-1"])


def test_an_empty_list_of_sites_is_no_account_for_all(state):
    with pytest.raises(UserError, match="at least one site"):
        make(state, "anna", "trial", sites=[])
    assert not has_accounts(state)


@pytest.mark.parametrize(
    "name", ["", "a", "anna b", "-anna", "änna", "a" * 65, "(unknown)", "a\0b"]
)
def test_names_that_cannot_be_are_refused(state, name):
    with pytest.raises(UserError, match="An account's name has"):
        make(state, name)


def test_a_name_is_given_once(state):
    make(state, "anna")
    with pytest.raises(UserError, match="already"):
        make(state, "Anna", "admin")
    assert find(state, "anna").role == "trial"


@pytest.mark.parametrize("role", ["local", "root"])
def test_roles_that_no_account_has_are_refused(state, role):
    with pytest.raises(UserError, match=f"no role '{role}'"):
        make(state, "anna", role)


def test_every_role_of_the_table_but_the_local_one_can_be_given(state):
    assert set(ACCOUNT_ROLES) == {"trial", "designer", "clinician", "statistician", "admin"}
    for role in ACCOUNT_ROLES:
        assert make(state, f"one.{role}", role).role == role


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("elevenchars", "fewer than 12"),
        ("my name is Anna", "holds the account's name"),
        ("aaaaaaaaaaaabb", "different characters"),
        ("ab c" * 300, "more than 1,024"),
    ],
)
def test_weak_passwords_are_refused_and_never_repeated(state, password, says):
    with pytest.raises(UserError, match=says) as raised:
        add(state, "anna", "trial", password=password, by=BY)
    assert password not in str(raised.value)
    assert accounts(state) == []
    make(state, "anna")
    with pytest.raises(UserError, match=says):
        set_password(state, "anna", password, by=BY)


def test_only_a_hash_of_the_password_is_kept(state):
    make(state)
    make(state, "ben")
    with state.read() as session:
        one, two = session.scalars(select(AccountRow.password_hash))
    assert one.startswith("$argon2id$")
    assert one != two, "each has a salt of its own"
    assert PASSWORD not in one + str(log(state))


def test_the_right_password_signs_in(state):
    made = make(state)
    assert sign_in(state, "Anna ", PASSWORD, HERE, NOON) == made
    assert log(state)[-1] == ("anna", "sign_in", f"from {HERE}")


def test_a_password_may_be_typed_in_either_unicode_form(state):
    add(state, "anna", "trial", password="Nägel und Köpfe", by=BY)
    decomposed = "Na\u0308gel und Ko\u0308pfe"
    assert isinstance(sign_in(state, "anna", decomposed, HERE, NOON), Account)


@pytest.mark.parametrize(
    "wrong",
    ["", "seven grey heron", PASSWORD + " ", PASSWORD.upper(), "\ud800" * 12, "x" * 100_000],
)
def test_a_wrong_password_does_not(state, wrong):
    make(state)
    assert sign_in(state, "anna", wrong, HERE, NOON) == WRONG
    assert log(state)[-1] == ("anna", "sign_in_refused", f"from {HERE}")


@pytest.mark.parametrize("name", ["ben", "", "a\0b", "\ud800nna", PASSWORD, "x" * 100_000])
def test_a_name_that_is_no_accounts_is_refused_alike_and_not_kept(state, name):
    make(state)
    assert sign_in(state, name, PASSWORD, HERE, NOON) == WRONG
    assert log(state)[-1] == (UNKNOWN, "sign_in_refused", f"from {HERE}")


def test_the_same_work_is_done_whether_or_not_there_is_an_account(state, monkeypatch):
    make(state)
    add(state, "ola", "trial", password=None, by=BY, issuer="https://id.example.org", subject="1")
    done = []
    real = PasswordHasher.verify

    def counted(hasher, kept, given):
        done.append(kept)
        return real(hasher, kept, given)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for name in ("anna", "nobody", "ola", "not a name"):
        assert sign_in(state, name, "a wrong password", HERE, NOON) == WRONG
    assert len(done) == 4


def test_a_flood_of_sign_ins_takes_the_memory_of_two(state, monkeypatch):
    make(state)
    at_work, most, turn = [], [], threading.Lock()
    real = PasswordHasher.verify

    def counted(hasher, kept, given):
        with turn:
            at_work.append(1)
            most.append(len(at_work))
        time.sleep(0.02)
        try:
            return real(hasher, kept, given)
        finally:
            with turn:
                at_work.pop()

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    threads = [
        threading.Thread(target=sign_in, args=(state, "anna", PASSWORD, f"192.0.2.{one}", NOON))
        for one in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(most), max(most)) == (10, 2)


def test_a_disabled_account_is_refused_like_a_wrong_password(state):
    make(state)
    disable(state, "anna", by=BY, now=NOON)
    assert sign_in(state, "anna", PASSWORD, HERE, NOON) == WRONG
    assert find(state, "anna").is_disabled
    assert not has_accounts(state)
    enable(state, "anna", by=BY, now=NOON)
    assert isinstance(sign_in(state, "anna", PASSWORD, HERE, NOON), Account)
    assert (BY, "account_changed", "account anna: disabled") in log(state)


def test_an_account_of_the_provider_has_no_password(state):
    made = add(
        state, "ola", "trial", password=None, by="provider", issuer="https://id", subject="7"
    )
    assert not made.has_password
    assert find_by_claims(state, "https://id", "7") == made
    assert find_by_claims(state, "https://other", "7") is None
    assert sign_in(state, "ola", PASSWORD, HERE, NOON) == WRONG
    with pytest.raises(UserError, match="signs in at https://id"):
        set_password(state, "ola", PASSWORD, by=BY)
    with pytest.raises(UserError, match="same OpenID Connect subject"):
        add(state, "olb", "trial", password=None, by="provider", issuer="https://id", subject="7")
    assert find(state, "olb") is None


def test_a_hash_of_older_parameters_is_renewed_at_the_next_sign_in(state, monkeypatch):
    make(state)
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=2, memory_cost=128))
    assert isinstance(sign_in(state, "anna", PASSWORD, HERE, NOON), Account)
    with state.read() as session:
        kept = session.scalars(select(AccountRow.password_hash)).one()
    assert "m=128,t=2" in kept
    assert isinstance(sign_in(state, "anna", PASSWORD, HERE, NOON), Account)


def test_a_wrong_password_renews_nothing(state, monkeypatch):
    make(state)
    with state.read() as session:
        before = session.scalars(select(AccountRow.password_hash)).one()
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=2, memory_cost=128))
    sign_in(state, "anna", "a wrong password", HERE, NOON)
    with state.read() as session:
        assert session.scalars(select(AccountRow.password_hash)).one() == before


def test_a_new_password_takes_the_place_of_the_old(state):
    make(state)
    set_password(state, "anna", "eight grey herons", by=BY, now=NOON)
    assert sign_in(state, "anna", PASSWORD, HERE, NOON) == WRONG
    assert isinstance(sign_in(state, "anna", "eight grey herons", HERE, NOON), Account)


def test_another_role_takes_the_place_of_the_old_with_its_limits(state):
    make(state, "anna", "trial", sites=["leeds", "london"])
    changed = set_role(state, "anna", "trial", sites=["london", "york"], by=BY, now=NOON)
    assert changed.sites == frozenset({"london", "york"})
    changed = set_role(state, "anna", "clinician", participants=["p-2"], by=BY, now=NOON)
    assert changed == Account("anna", "clinician", participants=frozenset({"p-2"}))
    changed = set_role(state, "anna", "clinician", participants=["p-2", "p-3"], by=BY, now=NOON)
    assert find(state, "anna") == changed
    assert set_role(state, "anna", "designer", by=BY).participants is None
    assert log(state)[-2] == (
        *(BY, "account_changed"),
        "account anna: role clinician; all sites; in care: p-2, p-3",
    )


@pytest.mark.parametrize("change", [disable, enable])
def test_an_account_that_is_not_there_cannot_be_changed(state, change):
    with pytest.raises(UserError, match="no account of that name"):
        change(state, "ben", by=BY)
    with pytest.raises(UserError, match="no account of that name"):
        set_role(state, "a\0b", "trial", by=BY)


def test_the_last_administrator_stays(state):
    make(state, "ada", "admin")
    make(state, "anna")
    with pytest.raises(UserError, match="last administrator"):
        disable(state, "ada", by=BY)
    with pytest.raises(UserError, match="last administrator"):
        set_role(state, "ada", "trial", by=BY)
    assert find(state, "ada") == Account("ada", "admin")
    make(state, "bob", "admin")
    assert disable(state, "ada", by=BY).is_disabled
    with pytest.raises(UserError, match="last administrator"):
        disable(state, "bob", by=BY)


@pytest.mark.parametrize(
    ("change", "still_in"),
    [
        (lambda state: set_role(state, "anna", "designer", by=BY, now=NOON), False),
        (lambda state: set_password(state, "anna", "eight grey herons", by=BY, now=NOON), False),
        (lambda state: disable(state, "anna", by=BY, now=NOON), False),
        (lambda state: set_role(state, "ben", "designer", by=BY, now=NOON), True),
    ],
)
def test_a_change_of_role_or_password_signs_out_everywhere(state, change, still_in):
    anna = make(state)
    make(state, "ben")
    tokens = [signed_in.start(state, anna, NOON) for _ in range(2)]
    change(state)
    later = NOON + timedelta(minutes=1)
    assert [signed_in.look_up(state, token, later) is not None for token in tokens] == [
        still_in,
        still_in,
    ]


@pytest.mark.parametrize(
    ("role", "edition", "smallest"),
    [
        ("trial", "masked", 5),
        ("designer", "masked", 10),
        ("clinician", "masked", 10),
        ("statistician", "open", 5),
        ("admin", "masked", 10),
    ],
)
def test_what_a_role_looks_at(role, edition, smallest):
    account = Account("anna", role, frozenset({"leeds"}), frozenset({"p-1"}))
    viewer = viewer_of(account, Privacy(), unmasked=False)
    assert (viewer.edition, viewer.smallest_cell) == (edition, smallest)
    assert (viewer.account, viewer.role) == ("anna", role)
    assert (viewer.sites, viewer.participants) == (account.sites, account.participants)
    assert viewer_of(account, Privacy(), unmasked=True).edition == "open"


def test_how_small_a_group_may_be_is_the_studys_to_say():
    privacy = Privacy(smallest_cell=20, smallest_cell_team=8)
    assert viewer_of(Account("anna", "trial"), privacy, unmasked=False).smallest_cell == 8
    assert viewer_of(Account("dora", "designer"), privacy, unmasked=True).smallest_cell == 20


def test_a_disabled_account_looks_at_nothing():
    with pytest.raises(ValueError, match="disabled"):
        viewer_of(replace(Account("anna", "trial"), is_disabled=True), Privacy(), unmasked=False)


def test_a_role_of_a_newer_rapport_is_no_role(state):
    make(state)
    with state.begin() as session:
        session.get(AccountRow, "anna").role = "owner"
    with pytest.raises(UserError, match="does not know"):
        accounts(state)


def test_the_log_of_all_this_is_whole(state):
    make(state)
    sign_in(state, "anna", PASSWORD, HERE, NOON)
    sign_in(state, "anna", "a wrong password", HERE, NOON)
    disable(state, "anna", by=BY)
    assert verify(state) == []
