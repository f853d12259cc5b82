"""What is due beside a serving dashboard, and the process that computes it."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from etl.analyses import background
from etl.analyses.background import basis, computing, computing_meanwhile, due, places
from etl.analyses.names import NAMES
from etl.analyses.registry import ANALYSES
from etl.pipeline import analyse_all
from models import analyses as kept
from models import store
from models.analyses import Saved
from study.errors import UserError
from tests.etl.test_fit import publish_build, study
from warehouse.background import look
from warehouse.workspace import Workspace

OTHER = """
import json, os, sys, time
from pathlib import Path
place = Path(sys.argv[sys.argv.index("--workspace") + 1])
(place / "asked.json").write_text(json.dumps([*sys.argv[1:], os.environ["RAPPORT_COMPUTES_FOR"]]))
time.sleep(60)
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Workspace:
    made = Workspace(tmp_path_factory.mktemp("due"))
    publish_build(made)
    return made


@pytest.fixture(autouse=True)
def _nothing_kept(workspace):
    store.forget_all(workspace.results)
    for name in ("computing.json", "asked.json"):
        (workspace.root / name).unlink(missing_ok=True)


def keep(place: Workspace, *names: str) -> None:
    for name in names:
        kept.save(place.results, Saved(name, "", "", 0.0, "not_estimable", None))


def test_names_are_those_of_the_registry():
    assert tuple(one.id for one in ANALYSES) == NAMES


def test_before_a_build_nothing_is_due(tmp_path):
    assert due(study(), Workspace(tmp_path)) == ()


def test_all_are_due_until_they_were_computed_on_this_build(workspace):
    assert due(study(), workspace) == NAMES
    keep(workspace, *NAMES)
    assert due(study(), workspace) == NAMES  # Nobody knows of which build.
    with computing(study(), workspace, None, lambda: None):
        pass
    assert due(study(), workspace) == ()
    kept.forget(workspace.results, "forecast")
    assert due(study(), workspace) == ("forecast",)
    keep(workspace, "forecast")
    time.sleep(1.1)  # Builds are named by the second.
    publish_build(workspace)
    assert due(study(), workspace) == NAMES


def test_one_by_one_is_not_all(workspace):
    keep(workspace, *NAMES)
    with computing(study(), workspace, ["forecast"], lambda: None):
        pass
    assert due(study(), workspace) == NAMES


def test_progress_counts_on_from_edition_to_edition(workspace, monkeypatch):
    monkeypatch.setattr(background, "places", lambda *_: [workspace, workspace])
    with computing(study(), workspace, NAMES[:3], lambda: None) as told:
        seen = []
        for done, label in ((0, "A"), (1, "B"), (2, "C"), (0, "A"), (1, "B")):
            told(done, 3, label)
            seen.append((look(workspace).done, look(workspace).of))
    assert seen == [(0, 6), (1, 6), (2, 6), (3, 6), (4, 6)]


def test_an_unknown_analysis_is_refused_before_anything_is_said(workspace):
    before = look(workspace)
    with pytest.raises(UserError, match="no analysis 'nonsense'"):
        analyse_all(study(), workspace, only=["nonsense"])
    assert look(workspace) == before


@pytest.fixture
def other(tmp_path: Path, monkeypatch) -> Path:
    """In place of the command line, something that notes what it was asked and takes its time."""
    file = tmp_path / "other.py"
    file.write_text(OTHER)
    monkeypatch.setattr(background, "_ENTRY", file)
    return file


def test_the_process_ends_with_whatever_it_computes_beside(workspace, other, tmp_path, monkeypatch):
    begun = []
    real = subprocess.Popen

    def popen(*args, **options):
        begun.append(real(*args, **options))
        return begun[-1]

    monkeypatch.setattr(subprocess, "Popen", popen)
    asked = workspace.root / "asked.json"
    with computing_meanwhile(study(), workspace, tmp_path):
        until = time.monotonic() + 20
        while not asked.exists() or not asked.read_text():
            assert time.monotonic() < until
            time.sleep(0.02)
        assert begun[0].poll() is None
    assert begun[0].poll() is not None
    said = asked.read_text()
    assert f'"fit", "{tmp_path}"' in said
    assert said.count("--only") == len(NAMES)
    assert str(sys.executable) == begun[0].args[0]


def test_where_nothing_is_due_no_process_begins(workspace, other, tmp_path):
    keep(workspace, *NAMES)
    with computing(study(), workspace, None, lambda: None):
        pass
    log = workspace.root / "computing.log"
    log.unlink(missing_ok=True)
    with computing_meanwhile(study(), workspace, tmp_path):
        assert not log.exists()


def test_answers_are_of_the_open_build_and_of_the_editions_that_there_are(workspace):
    assert places(study(), workspace) == [workspace]
    assert basis(study(), workspace).count(" ") == 1
