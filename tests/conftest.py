"""What several folders of tests share: the sample trial, loaded, built and fitted once a run."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from etl.build import BuildOutcome, build
from etl.fit import fit
from etl.load import load
from etl.receipt import LoadOutcome
from models.results import FitResult
from study.definition import Study
from study.file import load_study
from warehouse.workspace import Workspace

HARBOUR = Path(__file__).parents[1] / "sample_data" / "harbour"


@dataclass(frozen=True)
class Loaded:
    """The sample trial after `rapport load`: twice loaded, once built and fitted."""

    study: Study
    workspace: Workspace
    first: LoadOutcome
    second: LoadOutcome
    built: BuildOutcome
    results: dict[str, FitResult]


@pytest.fixture(scope="session")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """The sample trial in a workspace of its own. Takes most of a minute: shared by whoever asks."""
    study = load_study(HARBOUR)
    workspace = Workspace(tmp_path_factory.mktemp("harbour"))
    first = load(study, workspace)
    second = load(study, workspace)
    built = build(study, workspace)
    results = {result.model_id: result for result in fit(study, workspace)}
    return Loaded(study, workspace, first, second, built, results)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give whatever needs the sample trial, and the browser, to one worker: each is made once."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "harbour" in names:
            item.add_marker(pytest.mark.xdist_group("harbour"))
        elif "site" in names:
            item.add_marker(pytest.mark.xdist_group("browser"))
