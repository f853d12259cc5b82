"""What takes minutes on Spark: a masked edition, and an executor killed in the middle of a build."""

import subprocess
import sys
from pathlib import Path

import pytest

from etl.build import build
from etl.editions import make_editions
from etl.lake import choose_lake, keep_lake
from etl.load import load
from study.file import load_study
from tests.etl.engines.compare import differences
from tests.etl.engines.dirty import Dirt
from tests.etl.engines.spark_build import on
from tests.etl.engines.spark_once import shared_spark
from tests.etl.increment_case import tiny_study
from warehouse.workspace import Workspace

pytestmark = [
    pytest.mark.xdist_group("spark"),
    pytest.mark.exhaustive,
]


def test_a_masked_edition_is_the_same_on_spark(tmp_path):
    session = shared_spark()
    study = load_study(Dirt(tmp_path / "dirty", n_events=4_000, n_participants=120).write())
    workspace = Workspace(study.folder / ".rapport")
    load(study, workspace)
    build(study, workspace)
    [one] = make_editions(study, workspace, fit_models=False)
    [other] = make_editions(
        study, workspace, fit_models=False, full=True, engine=on(session, workspace)
    )
    assert one.path != other.path
    assert differences(one.path, other.path) == []


def test_a_build_outlives_an_executor(tmp_path):
    shared_spark()  # It says so where there is none.
    study = tiny_study(tmp_path)
    workspace = Workspace(study.folder / ".rapport")
    load(study, workspace)
    choose_lake(workspace, tmp_path / "lake")
    keep_lake(workspace)
    by_duckdb = build(study, workspace).path
    ended = subprocess.run(
        [sys.executable, "-m", "tests.etl.engines.lost_executor", study.folder, workspace.root],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert ended.returncode == 0, ended.stderr[-2_000:]
    assert "Lost executor" in ended.stderr
    assert differences(by_duckdb, Path(ended.stdout.split()[-1])) == []
