"""A file that stands on the disk as it did is not read again; whatever may have changed is."""

import os
from dataclasses import replace

import pytest

import etl.coming
from etl.files import sha256
from etl.load import load
from etl.states import SETTLED_NS, FileState
from tests.etl.load_study import counts, events, only, raw, run, study, write
from warehouse.workspace import Workspace

HEAD = "pid,event,time"
DAY = "open,2025-03-05"
OLD = FileState(
    bytes=10, written_ns=10**18, changed_ns=10**18, inode=7, noted_ns=10**18 + SETTLED_NS
)


@pytest.fixture
def read(monkeypatch):
    """Names of the files whose content was read for its digest."""
    names = []

    def digest(path):
        names.append(path.name)
        return sha256(path)

    monkeypatch.setattr(etl.coming, "sha256", digest)
    return names


@pytest.fixture
def settled(monkeypatch):
    """Files of a test are younger than two seconds."""
    monkeypatch.setattr("etl.states.SETTLED_NS", 0)


@pytest.mark.usefixtures("settled")
def test_a_file_that_stands_still_is_read_once(tmp_path, read):
    write(tmp_path / "events.csv", HEAD, f"p1,{DAY}")
    one = study(tmp_path, events())
    run(one)
    again = only(run(one))
    assert (again.status, counts(again)) == ("unchanged", (1, 1, 0, 0))
    assert read == ["events.csv"]


def test_a_file_written_just_before_the_load_is_read_again(tmp_path, read):
    write(tmp_path / "events.csv", HEAD, f"p1,{DAY}")
    one = study(tmp_path, events())
    run(one)
    assert only(run(one)).status == "unchanged"
    assert read == ["events.csv", "events.csv"]


@pytest.mark.usefixtures("settled")
def test_a_change_in_place_is_seen_though_size_and_time_of_the_last_write_are_put_back(tmp_path):
    path = tmp_path / "events.csv"
    write(path, HEAD, f"p1,{DAY}")
    one = study(tmp_path, events())
    run(one)
    before = path.stat()
    with path.open("r+") as file:
        file.write(f"{HEAD}\np2")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert only(run(one)).status == "loaded"
    assert raw(one, "select participant_id from events") == [("p2",)]


@pytest.mark.usefixtures("settled")
def test_a_full_load_reads_every_file(tmp_path, read):
    write(tmp_path / "events.csv", HEAD, f"p1,{DAY}")
    one = study(tmp_path, events())
    workspace = Workspace(tmp_path / "workspace")
    load(one, workspace)
    load(one, workspace)
    load(one, workspace, full=True)
    assert read == ["events.csv", "events.csv"]


@pytest.mark.usefixtures("settled")
def test_a_file_that_stands_still_is_mapped_anew_where_the_study_file_changed(tmp_path, read):
    write(tmp_path / "events.csv", HEAD, f"p1,{DAY}")
    run(study(tmp_path, events()))
    assert only(run(study(tmp_path, events(missing=("p1",))))).status == "loaded"
    assert read == ["events.csv"]


@pytest.mark.parametrize("name", ["bytes", "written_ns", "changed_ns", "inode"])
def test_whatever_differs_makes_a_file_another(name):
    now = replace(OLD, noted_ns=OLD.noted_ns + 10**9)
    assert OLD.is_still(now)
    assert not OLD.is_still(replace(now, **{name: getattr(OLD, name) - 1}))


def test_a_file_that_was_young_when_it_was_read_may_have_changed():
    young = replace(OLD, noted_ns=OLD.noted_ns - 1)
    assert not young.is_still(replace(OLD, noted_ns=OLD.noted_ns + 10**10))
