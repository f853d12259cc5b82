"""One filled mart for the whole run: reads do not change it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dash import Dash

from access.viewer import local_viewer
from dashboard.context import Context
from dashboard.factory import create_on
from tests.dashboard.mart_fixture import FixtureMarts, example_study, marts
from warehouse.workspace import Workspace


@pytest.fixture(scope="session")
def filled() -> Iterator[FixtureMarts]:
    """The thirty participants of `mart_fixture`."""
    made = marts()
    yield made
    made.con.close()


@pytest.fixture
def con(filled):
    """A cursor on the filled mart."""
    return filled.cursor()


@pytest.fixture
def context(filled: FixtureMarts, tmp_path: Path) -> Context:
    """What pages are wired to, on the filled mart."""
    return Context(
        study=example_study(), marts=filled, viewer=local_viewer, results=tmp_path / "results"
    )


@pytest.fixture(scope="session")
def app(filled: FixtureMarts, tmp_path_factory: pytest.TempPathFactory) -> Dash:
    """The whole dashboard on the filled mart."""
    workspace = Workspace(tmp_path_factory.mktemp("workspace"))
    return create_on(example_study(), filled, workspace, local_viewer)
