import shutil
from dataclasses import replace

import pytest

from etl.build import build
from tests.etl.build_case import make_raw, small_study
from warehouse.workspace import Workspace


@pytest.fixture
def study(tmp_path):
    return small_study(tmp_path)


@pytest.fixture(scope="session")
def raw_once(tmp_path_factory):
    """A workspace with the raw tables of the small study; tests work on copies."""
    workspace = Workspace(tmp_path_factory.mktemp("raw") / ".rapport")
    make_raw(workspace)
    return workspace


@pytest.fixture(scope="session")
def built_once(raw_once, tmp_path_factory):
    """The same with its first build, and what came of it."""
    folder = tmp_path_factory.mktemp("built")
    workspace = copied(raw_once, folder)
    return workspace, build(small_study(folder), workspace)


@pytest.fixture
def workspace(raw_once, tmp_path):
    """A workspace whose raw tables hold the events of the small study."""
    return copied(raw_once, tmp_path)


@pytest.fixture
def built(built_once, tmp_path):
    """Such a workspace after its first build, and what came of that."""
    once, outcome = built_once
    workspace = copied(once, tmp_path)
    return workspace, replace(outcome, path=workspace.builds / outcome.path.name)


def copied(workspace, folder):
    shutil.copytree(workspace.root, folder / ".rapport", symlinks=True)
    return Workspace(folder / ".rapport")
