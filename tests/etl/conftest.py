import pytest

from tests.etl.build_case import make_raw, small_study
from warehouse.workspace import Workspace


@pytest.fixture
def study(tmp_path):
    return small_study(tmp_path)


@pytest.fixture
def workspace(tmp_path):
    """A workspace whose raw tables hold the events of the small study."""
    workspace = Workspace(tmp_path / ".rapport")
    make_raw(workspace)
    return workspace
