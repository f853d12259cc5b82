import sys

import pytest

import app
from etl.identity.commands import run_erase
from etl.pipeline import refresh
from tests.etl.identity.cove import WHO, cove, roster_id


@pytest.fixture
def rapport(monkeypatch, capsys):
    """Run the command line; returns its exit code, output and errors."""

    def run(command, *words):
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["rapport", command, *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            app.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def _loaded(folder, participant_ids):
    one = cove(folder, participant_ids)
    assert refresh(one.study, one.workspace, fit_models=False) == 0
    return one


@pytest.fixture(scope="session")
def keyed_once(tmp_path_factory):
    return _loaded(tmp_path_factory.mktemp("keyed") / "cove", "keyed")


@pytest.fixture(scope="session")
def given_once(tmp_path_factory):
    return _loaded(tmp_path_factory.mktemp("given") / "cove", "as_given")


@pytest.fixture
def keyed(keyed_once, tmp_path):
    """The tiny sample, loaded under pseudonyms; a copy of its own."""
    return keyed_once.copied(tmp_path / "keyed")


@pytest.fixture
def given(given_once, tmp_path):
    """The tiny sample, loaded under the ids of its roster; a copy of its own."""
    return given_once.copied(tmp_path / "given")


def _erased(once, folder):
    one = once.copied(folder)
    code = run_erase(
        one.study,
        one.workspace,
        [roster_id(WHO)],
        source_id=None,
        reason="withdrew consent",
        is_agreed=True,
        fit_models=False,
    )
    assert code == 0
    return one


@pytest.fixture(scope="session")
def erased_once(keyed_once, given_once, tmp_path_factory):
    folder = tmp_path_factory.mktemp("erased")
    return {
        "keyed": _erased(keyed_once, folder / "keyed"),
        "given": _erased(given_once, folder / "given"),
    }


@pytest.fixture(params=["keyed", "given"])
def erased(request, erased_once, tmp_path):
    """The tiny sample, loaded in either way, after the erasure of `WHO`; a copy of its own."""
    return erased_once[request.param].copied(tmp_path / "erased")


@pytest.fixture
def erased_keyed(erased_once, tmp_path):
    return erased_once["keyed"].copied(tmp_path / "erased")
