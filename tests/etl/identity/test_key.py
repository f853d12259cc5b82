"""The key's file: made once, for its owner alone, and never a new one where an old one is lost."""

import os
import stat

import pytest

from etl.identity.key import KEY_BYTES, change_keys, key_path, make_keys, new_keys, read_keys
from study.errors import UserError
from warehouse.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "it's here")


def test_a_key_is_made_once_and_read_again(workspace):
    assert read_keys(workspace) is None
    made = make_keys(workspace)
    assert len(made.pseudonyms) == len(made.erased) == KEY_BYTES
    assert made.pseudonyms != made.erased
    assert read_keys(workspace) == made
    assert make_keys(workspace) == made


def test_the_file_is_for_its_owner_alone_whatever_the_umask(workspace):
    before = os.umask(0)
    try:
        make_keys(workspace)
    finally:
        os.umask(before)
    assert stat.S_IMODE(key_path(workspace).stat().st_mode) == 0o600
    assert stat.S_IMODE(workspace.root.stat().st_mode) == 0o700
    assert [path.name for path in workspace.root.iterdir()] == ["key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_key_that_others_may_read_is_refused_with_what_to_do(workspace, mode):
    make_keys(workspace)
    key_path(workspace).chmod(mode)
    with pytest.raises(UserError, match="chmod 600"):
        read_keys(workspace)
    with pytest.raises(UserError, match="rapport rekey"):
        make_keys(workspace)


@pytest.mark.parametrize("damage", [b"", b"pseudonyms 00\n", b"\xff\x00", b"erased " + b"0" * 64])
def test_a_damaged_key_is_refused_without_showing_it(workspace, damage):
    make_keys(workspace)
    key_path(workspace).write_bytes(damage)
    with pytest.raises(UserError, match="damaged") as caught:
        read_keys(workspace)
    assert "00" not in str(caught.value)


def test_a_key_that_cannot_be_read_is_said_to_be_so(workspace):
    workspace.require_writable()
    key_path(workspace).mkdir()
    with pytest.raises(UserError, match="cannot be read"):
        read_keys(workspace)


def test_changing_the_key_keeps_the_one_that_tells_the_erased(workspace):
    before = make_keys(workspace)
    after = change_keys(workspace, before)
    assert after.erased == before.erased
    assert after.pseudonyms != before.pseudonyms
    assert after.fingerprint != before.fingerprint
    assert read_keys(workspace) == after
    assert stat.S_IMODE(key_path(workspace).stat().st_mode) == 0o600
    assert len(list(workspace.root.iterdir())) == 1


def test_a_key_is_in_no_printed_form():
    keys = new_keys()
    for shown in (repr(keys), str(keys), f"{keys!r}"):
        assert keys.pseudonyms.hex() not in shown
        assert str(keys.pseudonyms) not in shown
    assert keys.pseudonyms.hex()[:8] not in keys.fingerprint
