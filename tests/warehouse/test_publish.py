import os

import duckdb
import pytest

from study.errors import UserError
from warehouse.connect import open_mart, open_new_mart, open_raw
from warehouse.lock import build_lock
from warehouse.publish import build_id, current_mart, discard, new_build_path, prune, publish
from warehouse.reader import MartReader
from warehouse.scratch import attach_nothing_kept, close_scratch, open_scratch, write_to
from warehouse.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "it's here")


def published(workspace, number):
    """Publish a build whose only row is a number."""
    open_raw(workspace).close()
    path = new_build_path(workspace)
    con = open_new_mart(path, workspace.raw_path)
    con.execute("create table numbers as select ? as number", [number])
    con.execute("detach raw")
    con.close()
    publish(workspace, path)
    return path


def number(con):
    return con.sql("select number from numbers").fetchall()[0][0]


def test_a_reader_open_while_a_build_is_published_answers_and_then_moves_on(workspace):
    first = published(workspace, 1)
    reader = MartReader(workspace)
    cursor = reader.cursor()
    assert number(cursor) == 1
    second = published(workspace, 2)
    assert number(cursor) == 1
    assert reader.build_id == build_id(second) != build_id(first)
    assert number(reader.cursor()) == 2
    assert number(cursor) == 1


def test_a_reader_keeps_its_build_when_the_file_is_pruned(workspace):
    first = published(workspace, 1)
    reader = MartReader(workspace)
    cursor = reader.cursor()
    published(workspace, 2)
    os.utime(first, (0, 0))
    assert prune(workspace, keep=0) == [first]
    assert number(cursor) == 1
    assert number(reader.cursor()) == 2


def test_cursors_of_one_build_share_its_handle_and_not_their_state(workspace):
    published(workspace, 1)
    reader = MartReader(workspace)
    one, other = reader.cursor(), reader.cursor()
    pending = one.sql("select number from numbers")
    assert number(other) == 1
    assert pending.fetchall() == [(1,)]


def test_before_the_first_build_the_reader_says_what_to_run(workspace):
    reader = MartReader(workspace)
    assert reader.build_id is None
    with pytest.raises(UserError, match="rapport load"):
        reader.cursor()


def test_a_published_build_cannot_be_written(workspace):
    con = open_mart(published(workspace, 1))
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        con.execute("delete from numbers")
    con.close()


def test_the_link_is_relative_so_that_a_workspace_can_be_moved(workspace, tmp_path):
    path = published(workspace, 1)
    assert workspace.current.readlink() == workspace.current.readlink().relative_to(".")
    moved = Workspace(tmp_path / "moved")
    workspace.root.rename(moved.root)
    assert current_mart(moved) == (moved.builds / path.name).resolve()


def test_prune_spares_the_served_the_newest_and_the_young(workspace):
    served = published(workspace, 1)
    later = [workspace.builds / f"mart-9{n}.duckdb" for n in range(4)]
    for path in later:
        path.touch()
    for path in (served, *later[:3]):
        os.utime(path, (0, 0))
    assert prune(workspace, keep=1) == [later[2], later[1], later[0]]
    assert sorted(workspace.builds.glob("mart-*")) == [served, later[3]]
    assert prune(workspace, keep=0) == []


def test_a_link_to_nowhere_serves_nothing(workspace):
    published(workspace, 1).unlink()
    assert current_mart(workspace) is None


def test_discard_takes_the_log_too(workspace):
    path = published(workspace, 1)
    log = path.with_name(path.name + ".wal")
    log.touch()
    discard(path)
    discard(path)
    assert not path.exists()
    assert not log.exists()


def test_a_second_load_is_told_to_wait(workspace, monkeypatch):
    def locked(*args, **kwargs):
        raise duckdb.IOException("Could not set lock on file")

    monkeypatch.setattr(duckdb, "connect", locked)
    with pytest.raises(UserError, match=r"raw\.duckdb is in use"):
        open_raw(workspace)


def test_a_file_of_a_newer_duckdb_asks_for_an_update(workspace, monkeypatch):
    path = published(workspace, 1)

    def refused(*args, **kwargs):
        raise duckdb.IOException("The database file was created with an newer version of DuckDB.")

    monkeypatch.setattr(duckdb, "connect", refused)
    asks = rf"newer than the {duckdb.__version__} .* --upgrade"
    with pytest.raises(UserError, match=rf"raw\.duckdb .* {asks}"):
        open_raw(workspace)
    with pytest.raises(UserError, match=rf"{path.name} .* {asks}"):
        open_mart(path)


def test_the_lock_is_free_again_after_a_build_that_failed(workspace):
    with pytest.raises(ZeroDivisionError), build_lock(workspace):
        raise ZeroDivisionError
    with (
        build_lock(workspace),
        pytest.raises(UserError, match="Another build"),
        build_lock(workspace),
    ):
        pass


def test_scratch_tables_are_read_beside_the_build_and_do_not_stay(workspace):
    open_raw(workspace).close()
    path = new_build_path(workspace)
    con = open_new_mart(path, workspace.raw_path)
    own = open_scratch(con)
    attach_nothing_kept(con, own, {})
    write_to(con, own, keep=False)
    con.sql("select 'secret of a participant' as note").create("int_notes")
    write_to(con, own, keep=True)
    con.sql("select count(*) as n from int_notes").create("fct_notes")
    close_scratch(con, own)
    assert con.sql("show tables").fetchall() == [("fct_notes",)]
    con.close()
    assert b"secret of a participant" not in path.read_bytes()


def test_the_loaders_file_is_its_owners_alone(workspace):
    open_raw(workspace).close()
    assert workspace.root.stat().st_mode & 0o077 == 0
    assert workspace.raw_path.stat().st_mode & 0o077 == 0


def test_a_folder_that_is_none_and_a_file_that_cannot_be_written_are_said(workspace, monkeypatch):
    workspace.root.write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(UserError, match=r"cannot be written.*--workspace"):
        open_raw(workspace)
    workspace.root.unlink()

    open_raw(workspace).close()
    # The user who runs the tests may be one for whom no file is read-only.
    monkeypatch.setattr("warehouse.workspace.os.access", lambda path, _: path.suffix != ".duckdb")
    with pytest.raises(UserError, match=r"raw\.duckdb cannot be written"):
        open_raw(workspace)
