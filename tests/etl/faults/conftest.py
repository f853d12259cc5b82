"""The marked study: loaded and built once, copied for every fault."""

import logging

import pytest

from tests.etl.faults.harm import GOOD, HURT, N_GOOD, N_WHOLE, Ways, contents, scene, table

MENDED = table(*range(N_GOOD, N_WHOLE))


@pytest.fixture(scope="session")
def loaded(tmp_path_factory):
    """The first file of events is in, and a build is served."""
    one = scene(tmp_path_factory.mktemp("faults") / "loaded")
    one.finish(one.load())
    assert one.n_shown() == N_GOOD, GOOD
    return one


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """What the raw tables hold where nothing ever went wrong."""
    one = scene(tmp_path_factory.mktemp("faults") / "whole")
    one.write(f"{HURT}.csv", MENDED)
    assert one.load().exit_code == 0
    return contents(one)


@pytest.fixture
def ways(loaded, whole, tmp_path, capfd, caplog):
    """A copy of the loaded study, and what must hold of it after a fault and after its end."""
    caplog.set_level(logging.DEBUG)
    said = []

    def all_said():
        said.extend(capfd.readouterr())
        return "".join((*said, caplog.text))

    return Ways(loaded.copied(tmp_path / "study"), MENDED, whole, all_said)
