"""Faults of the workspace: full, in use, damaged, another version's, or under a clock set back."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

import etl.load
from study.errors import UserError
from tests.etl.faults.harm import HURT, N_GOOD, N_WHOLE, ROOT, assert_unsaid, table
from tests.etl.forked import run_code

LOADS = """
import resource, sys
from pathlib import Path
from etl.pipeline import refresh
from study.errors import UserError
from tests.etl.faults.harm import Scene

one = Scene(Path(sys.argv[1]))
limit = int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    sys.exit(refresh(one.study, one.workspace, fit_models=False))
except UserError as error:
    print(error, file=sys.stderr)
    sys.exit(7)
"""


def whole_load(scene, limit=0):
    """`rapport load` without the models, in a process whose files may grow to a limit."""
    return run_code(LOADS, str(scene.folder), str(limit))


def sizes(scene):
    mart = scene.workspace.current.resolve().stat().st_size
    return {"raw": scene.workspace.raw_path.stat().st_size, "mart": mart}


@pytest.mark.exhaustive
@pytest.mark.parametrize("room", ["nothing", "half a build", "all but a build"])
def test_a_full_disk_at_any_step(ways, room):
    """The limit on a file's size stands for a full disk: the system refuses the same writes."""
    ways.scene.write(f"{HURT}.csv", table(*range(N_GOOD, N_WHOLE)))
    held = sizes(ways.scene)
    limits = {
        "nothing": 8_192,
        "half a build": held["mart"] // 2,
        "all but a build": held["mart"] - 4_096,
    }
    served = ways.scene.workspace.current.resolve()
    done = whole_load(ways.scene, limits[room])
    assert done.returncode == 7, done.stderr
    assert "disk" in done.stderr
    assert "is full" in done.stderr
    assert "Make room" in done.stderr
    assert_unsaid(done.stdout, done.stderr)
    assert ways.scene.workspace.current.resolve() == served
    assert ways.scene.n_shown() == N_GOOD
    ways.mend()


WAITING = """
import sys
from pathlib import Path
from tests.etl.faults.harm import Scene

class Waiting:
    def start(self, step):
        if step.endswith(sys.argv[2]):
            print("there", flush=True)
            sys.stdin.read()
    def advance(self, rows): ...
    def finish(self): ...

one = Scene(Path(sys.argv[1]))
sys.exit(one.load(Waiting()).exit_code)
"""


@pytest.mark.exhaustive
@pytest.mark.parametrize("step", ["events-2.csv", "receipts"])
def test_two_loads_at_once(ways, step):
    ways.scene.write(f"{HURT}.csv", table(*range(N_GOOD, N_WHOLE)))
    with subprocess.Popen(
        [sys.executable, "-c", WAITING, str(ways.scene.folder), step],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "there\n"
        second = whole_load(ways.scene)
        assert ways.scene.n_shown() == N_GOOD
        first.communicate("")
    assert first.returncode == 0
    assert second.returncode == 7
    assert second.stderr == (
        "raw.duckdb is in use. Another 'rapport load' is at work here: let it finish.\n"
    )
    ways.mend()


def damaged(path, how):
    content = path.read_bytes()
    path.write_bytes(
        {
            "text": b"not a database\n" * 2_000,
            "cut": content[: len(content) // 3],
            "header": bytes(8) + content[8:],
            "middle": content[:12_288] + b"\xff" * 65_536 + content[77_824:],
            "empty": b"",
        }[how]
    )


@pytest.mark.exhaustive
@pytest.mark.parametrize("how", ["text", "cut", "header", "middle"])
def test_a_raw_file_that_is_damaged(ways, how):
    damaged(ways.scene.workspace.raw_path, how)
    with pytest.raises(UserError, match=r"raw\.duckdb .*(damaged|not a database).*[Rr]emove"):
        ways.scene.load()
    assert ways.scene.n_shown() == N_GOOD
    assert_unsaid(ways.said())
    ways.scene.workspace.raw_path.unlink()
    ways.mend()


def test_a_raw_file_of_another_version(ways):
    ways.scene.raw("update raw_version set version = 99 returning version")
    with pytest.raises(UserError, match=r"raw\.duckdb .*newer version.*Update Rapport"):
        ways.scene.load()
    assert ways.scene.n_shown() == N_GOOD
    ways.scene.workspace.raw_path.unlink()
    ways.mend()


def test_a_raw_file_that_somebody_removed(ways):
    ways.scene.workspace.raw_path.unlink()
    outcome = ways.scene.load()
    assert outcome.exit_code == 0
    ways.survive(outcome, n_shown=N_GOOD)
    ways.mend()


def test_a_clock_set_back_between_loads(ways, monkeypatch):
    class Earlier(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2025, 6, 1, tzinfo=tz or UTC) - timedelta(days=30)

    monkeypatch.setattr(etl.load, "datetime", Earlier)
    ways.scene.write(f"{HURT}.csv", table(*range(N_GOOD, N_WHOLE)))
    outcome = ways.scene.load()
    assert outcome.exit_code == 0
    ways.survive(outcome, n_shown=N_WHOLE)
    newest = "select max_by(load_number, started_at), max(load_number) from loads"
    assert ways.scene.raw(newest) == [(1, 2)]
    monkeypatch.undo()
    ways.mend()
