import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from access import lockout
from access.accounts import Account, Refused, add, disable, sign_in
from access.audit import entries
from access.lockout import Attempt, Counted, count_try, forgive, network_of
from access.state.tables import SignInAttemptRow
from tests.access.state_places import NOON, PASSWORD

HERE, THERE = "192.0.2.7", "198.51.100.9"
WRONG, LOCKED = Refused("unknown_or_wrong"), Refused("locked")
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def anna(state):
    return add(state, "anna", "trial", password=PASSWORD, by="cli:root", now=NOON)


def guess(state, name="anna", address=HERE, now=NOON, password="a wrong password"):
    return sign_in(state, name, password, address, now)


def tried(state, name, address, now, times=1):
    """Failures, counted without looking at a password; how many were let through."""
    through = 0
    for _ in range(times):
        with state.begin() as session:
            through += count_try(session, Attempt.of(name, address), now) is not None
    return through


def test_after_a_few_failures_even_the_right_password_waits(state, anna):
    assert [guess(state) for _ in range(6)] == [WRONG] * 5 + [LOCKED]
    assert guess(state, password=PASSWORD) == LOCKED
    assert guess(state, password=PASSWORD, now=NOON + MINUTE) == anna


def test_the_right_password_from_another_address_always_works(state, anna):
    for _ in range(30):
        guess(state)
    assert guess(state, address=THERE, password=PASSWORD) == anna


def test_a_name_that_is_no_accounts_is_locked_alike(state):
    assert [guess(state, "nobody") for _ in range(6)] == [WRONG] * 5 + [LOCKED]


def test_delays_grow_to_a_quarter_of_an_hour_and_no_further(state):
    now, delays = NOON, []
    tried(state, "anna", HERE, now, times=4)
    for _ in range(8):
        assert tried(state, "anna", HERE, now) == 1
        waited = 0
        while not tried(state, "anna", HERE, now):
            now += MINUTE
            waited += 1
        delays.append(waited)
        with state.begin() as session:
            # The try that got through is taken back: only the delay is of interest.
            row = session.get(SignInAttemptRow, (Attempt.of("anna", HERE).name_hash, HERE))
            row.n_failed, row.locked_until = row.n_failed - 1, None
    assert delays[:5] == [1, 2, 4, 8, 15]
    assert max(delays) == 15


def test_tries_while_it_is_locked_do_not_make_it_longer(state, anna):
    for _ in range(5):
        guess(state)
    for second in range(59):
        assert guess(state, now=NOON + timedelta(seconds=second)) == LOCKED
    assert guess(state, password=PASSWORD, now=NOON + MINUTE) == anna


def test_a_sign_in_starts_afresh(state, anna):
    for _ in range(4):
        guess(state)
    assert guess(state, password=PASSWORD) == anna
    assert [guess(state) for _ in range(6)] == [WRONG] * 5 + [LOCKED]


def test_failures_are_forgotten_with_time(state):
    tried(state, "anna", HERE, NOON, times=4)
    assert tried(state, "anna", HERE, NOON + timedelta(hours=1), times=6) == 5


def test_many_names_from_one_address_are_slowed_down(state, anna):
    through = sum(tried(state, f"name{one}", HERE, NOON) for one in range(60))
    assert through == 21
    assert guess(state, password=PASSWORD) == LOCKED
    assert guess(state, address=THERE, password=PASSWORD) == anna
    assert guess(state, password=PASSWORD, now=NOON + MINUTE) == anna


def test_who_signed_in_from_an_address_lately_is_not_shut_out_by_others_there(state, anna):
    assert guess(state, password=PASSWORD) == anna
    later = NOON + timedelta(days=29)
    for one in range(60):
        tried(state, f"name{one}", HERE, later)
    assert guess(state, password=PASSWORD, now=later) == anna
    much_later = NOON + timedelta(days=61)
    for one in range(60):
        tried(state, f"name{one}", HERE, much_later)
    assert guess(state, password=PASSWORD, now=much_later) == LOCKED


def test_an_account_of_ones_own_gives_no_more_tries_at_others(state, anna):
    """Signing in takes back its own try only; else it would wash away all the others."""
    through = 0
    for one in range(50):
        through += tried(state, f"name{one}", HERE, NOON)
        guess(state, password=PASSWORD)
    assert through == 21


def test_signing_in_does_not_keep_the_address_shut_for_others(state, anna):
    guess(state, password=PASSWORD)
    for one in range(60):
        tried(state, f"name{one}", HERE, NOON)
    for second in range(0, 60, 6):
        assert guess(state, password=PASSWORD, now=NOON + timedelta(seconds=second)) == anna
    assert tried(state, "ben", HERE, NOON + timedelta(seconds=59)) == 0
    assert guess(state, password=PASSWORD, now=NOON + MINUTE) == anna
    assert tried(state, "ben", HERE, NOON + MINUTE) == 1


def test_a_typing_error_an_hour_shuts_no_ward_out(state, anna):
    now = NOON
    for one in range(100):
        assert tried(state, f"nurse{one % 40}", HERE, now) == 1
        now += timedelta(minutes=2)


def test_parallel_guesses_gain_nothing(state, anna):
    found = []
    threads = [threading.Thread(target=lambda: found.append(guess(state))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.reason for one in found) == ["locked"] * 7 + ["unknown_or_wrong"] * 5


def test_locked_tries_do_not_fill_the_log(state, anna):
    for _ in range(50):
        guess(state)
    assert len(entries(state, action="sign_in_refused")) == 5


def test_a_disabled_account_cannot_be_told_by_its_lock(state, anna):
    disable(state, "anna", by="cli:root", now=NOON)
    found = [guess(state, password=PASSWORD) for _ in range(6)]
    assert found == [WRONG] * 5 + [LOCKED]


def test_names_are_kept_as_hashes(state):
    guess(state, name="my password in the wrong field")
    with state.read() as session:
        rows = session.scalars(select(SignInAttemptRow)).all()
    assert {len(row.name_hash) for row in rows} == {0, 64}
    assert "password" not in str([(row.name_hash, row.address) for row in rows])


def test_the_table_stays_small_and_keeps_who_signed_in(state, anna, monkeypatch):
    monkeypatch.setattr(lockout, "MOST_ROWS", 20)
    assert isinstance(guess(state, password=PASSWORD), Account)
    for one in range(60):
        tried(state, f"name{one}", f"203.0.113.{one}", NOON + one * MINUTE)
    with state.read() as session:
        assert session.scalar(select(func.count()).select_from(SignInAttemptRow)) == 20
        known = select(SignInAttemptRow).where(SignInAttemptRow.signed_in_at.is_not(None))
        assert len(session.scalars(known).all()) == 1


def test_rows_of_last_month_go(state):
    tried(state, "anna", HERE, NOON)
    tried(state, "ben", THERE, NOON + timedelta(days=31))
    with state.read() as session:
        assert set(session.scalars(select(SignInAttemptRow.address))) == {THERE}


def test_a_clock_that_was_put_back_locks_nobody_for_longer(state):
    tried(state, "anna", HERE, NOON, times=3)
    assert tried(state, "anna", HERE, NOON - timedelta(days=1), times=2) == 2
    assert tried(state, "anna", HERE, NOON - timedelta(days=1) + MINUTE) == 1


def test_forgiving_what_was_never_counted_is_nothing(state):
    with state.begin() as session:
        forgive(session, Counted(Attempt.of("anna", HERE), NOON, for_address=True))
    with state.read() as session:
        assert session.scalars(select(SignInAttemptRow)).all() == []


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7 ", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("not an address\0", "unknown"),
    ],
)
def test_networks(address, network):
    assert network_of(address) == network
