"""A renewed file holds what can be read, and no byte of what was deleted."""

import stat

import pytest

from warehouse.connect import open_raw
from warehouse.renewal import COPY_NAME, remove_builds_but, renew_raw
from warehouse.workspace import Workspace

WORDS = [f"SECRET-{number:05d}-" + chr(65 + number % 26) * 40 for number in range(2000)]


@pytest.fixture
def workspace(tmp_path):
    workspace = Workspace(tmp_path / "it's here")
    con = open_raw(workspace)
    con.execute("create sequence numbers")
    con.execute(
        "create table kept (number integer primary key default nextval('numbers'), word varchar)"
    )
    con.execute("insert into kept (word) select unnest(?)", [WORDS])
    con.execute("checkpoint")
    con.execute("delete from kept where number > 5")
    con.close()
    return workspace


def test_no_byte_of_what_was_deleted_is_left(workspace):
    path = workspace.raw_path
    assert b"SECRET-01999" in path.read_bytes()
    renew_raw(workspace)
    content = path.read_bytes()
    assert b"SECRET-01999" not in content
    assert b"SECRET-00003" in content
    assert [each.name for each in workspace.root.iterdir()] == ["raw.duckdb"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_left_can_be_written_on(workspace):
    renew_raw(workspace)
    con = open_raw(workspace)
    con.execute("insert into kept (word) values ('next')")
    rows = con.sql("from kept order by number").fetchall()
    con.close()
    assert [number for number, _ in rows] == [1, 2, 3, 4, 5, 2001]


def test_a_copy_that_fails_leaves_the_file_and_nothing_beside_it(workspace, monkeypatch):
    before = workspace.raw_path.read_bytes()

    def fail(copy, path):
        raise KeyboardInterrupt

    (workspace.root / COPY_NAME).write_bytes(b"left by a kill")
    with monkeypatch.context() as patch:
        patch.setattr("warehouse.renewal._put_in_place", fail)
        with pytest.raises(KeyboardInterrupt):
            renew_raw(workspace)
    assert workspace.raw_path.read_bytes() == before
    assert [each.name for each in workspace.root.iterdir()] == ["raw.duckdb"]


def test_every_build_but_one_is_removed_however_young(workspace):
    workspace.builds.mkdir()
    builds = [workspace.builds / f"mart-{number}.duckdb" for number in range(3)]
    for path in builds:
        path.touch()
    workspace.current.symlink_to(builds[1].name)
    assert remove_builds_but(workspace, builds[1]) == [builds[0], builds[2]]
    assert sorted(workspace.builds.iterdir()) == [workspace.current, builds[1]]
