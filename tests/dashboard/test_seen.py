"""A look is written down once an hour, and only counts when it was."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.seen import REMEMBERED_VIEWS, Seen

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    return {"now": NOON}


@pytest.fixture
def seen(clock):
    return Seen(now=lambda: clock["now"])


def test_it_is_written_once_an_hour_for_each_account_and_participant(seen, clock):
    lines = []
    for account, who in (("ada", "p1"), ("ada", "p1"), ("ada", "p2"), ("mia", "p1")):
        seen.once(account, who, lambda account=account, who=who: lines.append((account, who)))
    assert lines == [("ada", "p1"), ("ada", "p2"), ("mia", "p1")]
    clock["now"] += timedelta(hours=1)
    seen.once("ada", "p1", lambda: lines.append("again"))
    assert lines[-1] == "again"


def test_what_could_not_be_written_is_written_the_next_time(seen):
    def fail():
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        seen.once("ada", "p1", fail)
    lines = []
    seen.once("ada", "p1", lambda: lines.append("p1"))
    assert lines == ["p1"]


def test_it_does_not_grow_without_end(seen):
    for number in range(REMEMBERED_VIEWS + 10):
        seen.once("ada", f"p{number}", lambda: None)
    assert len(seen._seen) == REMEMBERED_VIEWS
