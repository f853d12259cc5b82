"""`kill -9` in the middle of a build: the one before stays, and the next one succeeds."""

import signal
from pathlib import Path

import pytest

from etl.build import build
from tests.etl.build_case import MORE_EVENTS, add_events
from tests.etl.forked import run_code
from warehouse.publish import current_mart
from warehouse.reader import MartReader

KILLED = """
import os, signal, sys
from pathlib import Path
import etl.build
from study.file import load_study
from warehouse.workspace import Workspace

folder, point = Path(sys.argv[1]), sys.argv[2]

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def progress(step, total, name):
    if name == point:
        die()

if point in ("publish()", "prune()"):
    setattr(etl.build, point.removesuffix("()"), die)
etl.build.build(load_study(folder), Workspace(folder / ".rapport"), progress=progress)
"""


def killed_build(folder: Path, point: str) -> None:
    """Start a build in another process that is killed at a step, or in place of a function."""
    done = run_code(KILLED, str(folder), point)
    assert done.returncode == -signal.SIGKILL, done.stderr


def n_participants(workspace) -> int:
    con = MartReader(workspace).cursor()
    return con.sql("select count(*) from fct_participants").fetchall()[0][0]


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "point", ["study tables", "int_events_used", "model_rows", "checks", "publish", "publish()"]
)
def test_the_build_before_stays_and_the_next_one_succeeds(study, built, tmp_path, point):
    workspace, before = built
    add_events(workspace, MORE_EVENTS)
    killed_build(tmp_path, point)
    assert current_mart(workspace) == before.path.resolve()
    assert n_participants(workspace) == 2
    after = build(study, workspace)
    assert after.is_full is False
    assert current_mart(workspace) == after.path.resolve()
    assert n_participants(workspace) == 3
    assert list(workspace.builds.glob("*.part*")) == []
    assert list(workspace.builds.glob("*.wal")) == []


def test_killed_after_publishing_the_new_one_is_served(study, built, tmp_path):
    workspace, _ = built
    add_events(workspace, MORE_EVENTS)
    killed_build(tmp_path, "prune()")
    assert n_participants(workspace) == 3


def test_killed_before_any_build_there_is_none(study, workspace, tmp_path):
    killed_build(tmp_path, "checks")
    assert current_mart(workspace) is None
    assert list(workspace.builds.glob("*.part")) != []
    assert build(study, workspace).rows["fct_participants"] == 2
    assert list(workspace.builds.glob("*.part*")) == []
