"""An empty state, on every kind of database that is at hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from access import passwords
from access.state.store import State
from tests.access.state_places import KINDS, opened


@pytest.fixture(params=KINDS)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    """A new state."""
    with opened(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed with little work, where the test is about something else."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64))
