import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from access import signed_in
from access.accounts import Account, add, disable, enable
from access.state.tables import WebSessionRow
from tests.access.state_places import NOON, PASSWORD

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def anna(state):
    return add(state, "anna", "trial", sites=["leeds"], password=PASSWORD, by="cli:root", now=NOON)


def rows(state):
    with state.read() as session:
        return session.scalars(select(WebSessionRow)).all()


def test_a_token_tells_whose_session_it_is(state, anna):
    token = signed_in.start(state, anna, NOON)
    assert signed_in.look_up(state, token, NOON) == anna


@pytest.mark.parametrize("token", ["", "x", "\ud800", "a\0b", "x" * 100_000])
def test_other_tokens_tell_nothing(state, anna, token):
    signed_in.start(state, anna, NOON)
    assert signed_in.look_up(state, token, NOON) is None


def test_tokens_are_256_random_bits_of_which_only_a_hash_is_kept(state, anna):
    tokens = {signed_in.start(state, anna, NOON) for _ in range(20)}
    assert len(tokens) == 20
    assert {len(token) for token in tokens} == {43}
    kept = {row.token_hash for row in rows(state)}
    assert kept == {hashlib.sha256(token.encode()).hexdigest() for token in tokens}
    assert signed_in.look_up(state, next(iter(kept)), NOON) is None


def test_half_an_hour_without_a_request_ends_it(state, anna):
    token = signed_in.start(state, anna, NOON)
    assert signed_in.look_up(state, token, NOON + 30 * MINUTE) is None
    assert signed_in.look_up(state, token, NOON + 29 * MINUTE) == anna
    assert signed_in.look_up(state, token, NOON + 58 * MINUTE) == anna
    assert signed_in.look_up(state, token, NOON + 88 * MINUTE) is None


def test_what_a_page_asks_by_itself_does_not_keep_it_alive(state, anna):
    token = signed_in.start(state, anna, NOON)
    for minute in range(1, 30):
        assert signed_in.look_up(state, token, NOON + minute * MINUTE, is_use=False) == anna
    assert signed_in.look_up(state, token, NOON + 30 * MINUTE, is_use=False) is None


def test_half_a_day_ends_it_whatever_is_done(state, anna):
    token = signed_in.start(state, anna, NOON)
    for minute in range(0, 720, 10):
        assert signed_in.look_up(state, token, NOON + minute * MINUTE) == anna
    assert signed_in.look_up(state, token, NOON + 720 * MINUTE) is None


def test_pages_that_are_read_are_written_down_once_a_minute(state, anna):
    token = signed_in.start(state, anna, NOON)
    for second in range(60):
        signed_in.look_up(state, token, NOON + timedelta(seconds=second))
    assert rows(state)[0].seen_at == NOON
    signed_in.look_up(state, token, NOON + MINUTE)
    assert rows(state)[0].seen_at == NOON + MINUTE


def test_a_rotated_token_takes_the_place_of_the_old_but_not_of_the_sign_in(state, anna):
    token = signed_in.start(state, anna, NOON)
    now = NOON
    for _ in range(29):
        now += 24 * MINUTE
        new = signed_in.rotate(state, token, now)
        assert new is not None
        assert signed_in.look_up(state, token, now) is None
        assert signed_in.look_up(state, new, now) == anna
        token = new
    assert signed_in.look_up(state, token, NOON + 719 * MINUTE) == anna
    assert signed_in.look_up(state, token, NOON + 720 * MINUTE) is None
    assert signed_in.rotate(state, token, NOON + 720 * MINUTE) is None
    assert signed_in.rotate(state, "x", NOON) is None


def test_signing_out_ends_one_session(state, anna):
    one, two = (signed_in.start(state, anna, NOON) for _ in range(2))
    signed_in.end(state, one)
    assert signed_in.look_up(state, one, NOON) is None
    assert signed_in.look_up(state, two, NOON) == anna
    signed_in.end(state, one)


def test_all_sessions_of_an_account_can_be_ended(state, anna):
    ben = add(state, "ben", "trial", password=PASSWORD, by="cli:root", now=NOON)
    tokens = [signed_in.start(state, anna, NOON) for _ in range(2)]
    other = signed_in.start(state, ben, NOON)
    signed_in.end_all(state, anna)
    assert [signed_in.look_up(state, token, NOON) for token in tokens] == [None, None]
    assert signed_in.look_up(state, other, NOON) == ben


def test_a_disabled_account_has_no_session_nor_gets_one(state, anna):
    token = signed_in.start(state, anna, NOON)
    disable(state, "anna", by="cli:root", now=NOON)
    assert signed_in.look_up(state, token, NOON) is None
    with pytest.raises(ValueError, match="enabled"):
        signed_in.start(state, anna, NOON)
    with pytest.raises(ValueError, match="enabled"):
        signed_in.start(state, Account("ghost", "admin"), NOON)
    enable(state, "anna", by="cli:root", now=NOON)
    assert signed_in.look_up(state, token, NOON) is None


def test_sessions_that_ended_are_cleared_away(state, anna):
    for _ in range(5):
        signed_in.start(state, anna, NOON)
    signed_in.start(state, anna, NOON + timedelta(days=1))
    with state.read() as session:
        assert session.scalar(select(func.count()).select_from(WebSessionRow)) == 1
