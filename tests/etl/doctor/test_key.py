"""What a check says of the key of the pseudonyms."""

import pytest

from etl.check import check
from etl.identity.key import key_path
from etl.identity.tombstones import read_tombstones
from etl.pipeline import refresh
from study.definition import Privacy
from tests.etl.doctor.checked import by_code
from tests.etl.load_study import events, study, write
from warehouse.workspace import Workspace

KEYED = Privacy(participant_ids="keyed")


@pytest.fixture
def loaded(tmp_path):
    write(tmp_path / "events.csv", "pid,event,time", "p1,open,2025-03-05")
    one = study(tmp_path, events(), privacy=KEYED)
    workspace = Workspace(tmp_path / "w")
    assert "key_unusable" not in by_code(check(one, workspace=workspace)), "before the first load"
    assert not key_path(workspace).exists(), "a check makes no key"
    assert refresh(one, workspace, fit_models=False) == 0
    return one, workspace


def test_a_key_in_its_place_is_not_spoken_of(loaded):
    one, workspace = loaded
    assert "key_unusable" not in by_code(check(one, workspace=workspace))


def test_a_lost_key_is_an_error(loaded):
    one, workspace = loaded
    key_path(workspace).unlink()
    report = check(one, workspace=workspace)
    (said,) = by_code(report)["key_unusable"]
    assert report.exit_code == 2
    assert "is missing, and the pages show pseudonyms" in said.message
    assert not key_path(workspace).exists()


@pytest.mark.parametrize("content", [b"", b"pseudonyms 00\n"])
def test_a_damaged_key_is_an_error(loaded, content):
    one, workspace = loaded
    key_path(workspace).write_bytes(content)
    (said,) = by_code(check(one, workspace=workspace))["key_unusable"]
    assert "is damaged" in said.message


def test_a_key_that_others_can_read_is_an_error(loaded):
    one, workspace = loaded
    key_path(workspace).chmod(0o644)
    (said,) = by_code(check(one, workspace=workspace))["key_unusable"]
    assert "chmod 600" in said.message


def test_a_study_without_pseudonyms_needs_no_key(tmp_path):
    write(tmp_path / "events.csv", "pid,event,time", "p1,open,2025-03-05")
    one = study(tmp_path, events())
    workspace = Workspace(tmp_path / "w")
    assert refresh(one, workspace, fit_models=False) == 0
    assert "key_unusable" not in by_code(check(one, workspace=workspace))
    assert read_tombstones(workspace).hashes == frozenset()
