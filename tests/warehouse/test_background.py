"""Work in the background: who is at it, how far it is, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from warehouse.background import BEGUN_BY, announce, at_work, cancel, look
from warehouse.workspace import Workspace

ROOT = Path(__file__).parents[2]
WORKER = """
import sys, time
from pathlib import Path
from warehouse.background import at_work
from warehouse.workspace import Workspace
place = Workspace(Path(sys.argv[1]))
with at_work(place, ["a", "b"], basis="x", of=2) as tell:
    tell(1, "second")
    while True:
        time.sleep(0.02)
        tell(1, "second")
"""


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@contextmanager
def worker(place: Workspace, begun_by: int | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """Another process at work on the workspace, until the test is over."""
    env = {**os.environ, **({} if begun_by is None else {BEGUN_BY: str(begun_by)})}
    command = [sys.executable, "-c", WORKER, str(place.root)]
    with subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(
                lambda: (work := look(place)) is not None and (work.done == 1 or process.poll())
            )
            yield process
        finally:
            process.kill()


def wait_until(is_so) -> None:
    until = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < until, "it did not come about in 20 s"
        time.sleep(0.02)


def test_nothing_is_said_before_there_was_any(place):
    assert look(place) is None
    (place.root / "computing.json").write_text("{")
    assert look(place) is None


def test_progress_is_seen_while_it_runs_and_the_end_afterwards(place):
    with at_work(place, ["a", "b"], basis="build 1", of=2) as tell:
        tell(1, "Second (3 of 9)")
        work = look(place)
        assert (work.state, work.done, work.of, work.label) == ("running", 1, 2, "Second (3 of 9)")
        assert not work.may_end
    ended = look(place)
    assert (ended.state, ended.done, ended.names, ended.basis) == ("done", 2, ("a", "b"), "build 1")


@pytest.mark.parametrize(
    ("error", "state"), [(KeyboardInterrupt, "cancelled"), (OSError, "failed")]
)
def test_how_it_ended_is_kept(place, error, state):
    def work():
        with at_work(place, ["a"], basis="", of=3) as tell:
            tell(2, "third")
            raise error

    with pytest.raises(error):
        work()
    assert (look(place).state, look(place).done) == (state, 2)


def test_one_that_was_killed_is_not_taken_for_running(place):
    with worker(place) as process:
        assert look(place).is_running
        process.kill()
        process.wait()
        assert look(place).state == "broken_off"


def test_what_a_dashboard_began_can_be_ended_and_leaves_nothing_half_written(place):
    with worker(place, begun_by=os.getpid()) as process:
        assert look(place).may_end
        assert cancel(place)
        process.wait(10)
        assert (look(place).state, look(place).done) == ("cancelled", 1)
        assert sorted(path.name for path in place.root.iterdir()) == [
            ".computing.lock",
            "computing.json",
        ]
        assert not cancel(place)


def test_what_a_person_began_in_a_terminal_is_theirs_to_stop(place):
    with worker(place) as process:
        assert not cancel(place)
        assert process.poll() is None


def test_a_number_of_another_machine_is_not_ended_here(place):
    with worker(place, begun_by=os.getpid()) as process:
        process.send_signal(signal.SIGSTOP)  # It would write its own again.
        file = place.root / "computing.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "host": "elsewhere"}))
        assert look(place).is_running
        assert not cancel(place)
        assert process.poll() is None


def test_it_ends_when_whoever_wanted_it_is_gone(place):
    with worker(place, begun_by=os.getpid() + 1) as process:
        wait_until(lambda: process.poll() is not None)
        assert look(place).state == "cancelled"


def test_a_second_one_waits_for_the_first(place):
    waited = []
    with worker(place) as process:

        def on_wait():
            waited.append(look(place).pid == process.pid)
            process.kill()

        with at_work(place, ["b"], basis="", of=1, on_wait=on_wait):
            assert look(place).pid == os.getpid()
    assert waited == [True]


def test_one_that_was_begun_counts_before_it_is_at_work(place):
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        announce(place, process.pid, ["a"], of=1)
        work = look(place)
        assert (work.is_running, work.may_end, work.done, work.of) == (True, True, 0, 1)
        assert cancel(place)
        process.wait(10)
    assert look(place).state == "cancelled"


def test_one_that_died_before_it_was_at_work_has_broken_off(place):
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait(10)
    announce(place, process.pid, ["a"], of=1)
    assert look(place).state == "broken_off"
