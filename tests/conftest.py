"""What several folders of tests share: the sample trial, loaded, built and fitted once a run."""

import fcntl
import gc
import os
import pickle
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from _pytest.nodeid import coerce_node_id

from etl.analyses.run import analyse
from etl.build import BuildOutcome, build
from etl.fit import fit
from etl.load import load
from etl.receipt import LoadOutcome
from models.results import FitResult
from study.definition import Study
from study.file import load_study
from warehouse.workspace import Workspace

HARBOUR = Path(__file__).parents[1] / "sample_data" / "harbour"
MEMORY = Path("/dev/shm")
"""A folder in memory, where the system has one."""
ROOM_BYTES = 4_000_000_000
"""What the tests may need there at once, and more."""
EVERYTHING = "RAPPORT_TESTS"
"""Environment variable: `all` runs exhaustive tests too, as continuous integration does."""
LEFT_OUT = f"NOT run here, as it takes long: continuous integration runs it, and {EVERYTHING}=all."
GARBAGE_AT = 20_000
"""Objects after which garbage is looked for: after 700, as usual, it takes some hundredths of the time."""


@dataclass(frozen=True)
class Loaded:
    """The sample trial after `rapport load`: twice loaded, once built, fitted and analysed."""

    study: Study
    workspace: Workspace
    first: LoadOutcome
    second: LoadOutcome
    built: BuildOutcome
    results: dict[str, FitResult]


@pytest.fixture(scope="session")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """The sample trial in a workspace of its own. Takes most of a minute: made once a run.

    Each worker of a run has a copy of what the first of them made.
    """
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "harbour-once"
    shared.mkdir(exist_ok=True)
    made = shared / "loaded.pickle"
    with (shared / "lock").open("w") as line:
        fcntl.flock(line, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(shared / "workspace", ignore_errors=True)  # Of a worker that broke off.
            loaded = _load_harbour(Workspace(shared / "workspace"))
            made.write_bytes(pickle.dumps(loaded))
    own = Workspace(tmp_path_factory.mktemp("harbour") / "workspace")
    shutil.copytree(shared / "workspace", own.root, symlinks=True)
    loaded = pickle.loads(made.read_bytes())
    built = replace(loaded.built, path=own.builds / loaded.built.path.name)
    return replace(loaded, workspace=own, built=built)


def _load_harbour(workspace: Workspace) -> Loaded:
    study = load_study(HARBOUR)
    first = load(study, workspace)
    second = load(study, workspace)
    built = build(study, workspace)
    results = {result.model_id: result for result in fit(study, workspace)}
    analyse(study, workspace)
    return Loaded(study, workspace, first, second, built, results)


def pytest_configure() -> None:
    """Keep temporary folders in memory: hundreds of small databases wait for the disk otherwise."""
    is_there = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
    if is_there and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Look for garbage only in what tests make: in all that is imported it took a tenth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(GARBAGE_AT)
        gc.enable()


def is_everything_run() -> bool:
    """Whether exhaustive tests run too."""
    return bool(os.environ.get("CI")) or os.environ.get(EVERYTHING) == "all"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was left out: a run that is green may not be all there is."""
    skipped = terminalreporter.stats.get("skipped", [])
    n_left_out = sum(LEFT_OUT in str(report.longrepr) for report in skipped)
    if n_left_out:
        terminalreporter.write_line(f"{n_left_out} exhaustive tests: {LEFT_OUT}", yellow=True)


GROUPS = {
    "harbour": "harbour",
    "keyed_once": "identity",
    "given_once": "identity",
    "erased_once": "identity",
}
"""By fixture that takes seconds to make, the tests that share it; those of one group stay together."""


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    """Give whatever needs the same costly fixture to one worker, so that it is made once."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        group = next((GROUPS[name] for name in GROUPS if name in names), None)
        if "browser" in names:
            group = f"browser {item.path.stem}"  # A module's tests share sites and opened pages.
        if group:
            item.add_marker(pytest.mark.xdist_group(group))
        if item.get_closest_marker("exhaustive") and not is_everything_run():
            item.add_marker(pytest.mark.skip(reason=LEFT_OUT))
    yield
    if config.getoption("loadgroup", default=False):
        _name_groups(items)


def _name_groups(items: list[pytest.Item]) -> None:
    """End the id of a grouped test with its group, which is how the scheduler gets to know it.

    pytest-xdist 3.8 writes the id where pytest 9.2 does not read it any more: groups were no groups.
    """
    for item in items:
        groups = "_".join(sorted({str(mark.args[0]) for mark in item.iter_markers("xdist_group")}))
        if groups and not item.nodeid.endswith(f"@{groups}"):
            item._id = coerce_node_id(f"{item.nodeid}@{groups}")
