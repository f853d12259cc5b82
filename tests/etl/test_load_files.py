"""Files over time: unchanged, changed, broken, gone; and what the receipt says of them."""

import gzip
import io

import pytest
from rich.console import Console

from etl.progress import TerminalProgress
from etl.settle import LostRowsError
from study.definition import IntendedUse
from tests.etl.load_study import counts, events, only, raw, run, study, write

HEAD = "pid,event,time"
DAY = "open,2025-03-05"


def test_the_same_files_again_add_nothing(tmp_path):
    write(tmp_path / "events.csv", HEAD, f"p1,{DAY}", f"p1,{DAY}", "p1,open,soon")
    one = study(tmp_path, events())
    first, again = only(run(one)), only(run(one))
    assert (first.status, again.status) == ("loaded", "unchanged")
    assert counts(first) == counts(again) == (3, 1, 1, 1)
    assert first.by_rule == again.by_rule
    assert raw(one, "select count(*) from events") == [(2,)]
    assert raw(one, "select count(*) from rejected_rows") == [(1,)]
    kept = raw(one, "select status, rows_read, rows_loaded from receipts order by loaded_at")
    assert kept == [("loaded", 3, 1), ("unchanged", 3, 1)]


def test_a_changed_file_replaces_its_own_rows(tmp_path):
    write(tmp_path / "events-1.csv", HEAD, f"p1,{DAY}", f"p2,{DAY}")
    write(tmp_path / "events-2.csv", HEAD, f"p2,{DAY}", f"p3,{DAY}")
    one = study(tmp_path, events("events-*.csv"))
    assert [counts(receipt) for receipt in run(one).receipts] == [(2, 2, 0, 0), (2, 1, 1, 0)]
    write(tmp_path / "events-1.csv", HEAD, f"p1,{DAY}")
    outcome = run(one)
    assert [receipt.status for receipt in outcome.receipts] == ["loaded", "unchanged"]
    # The overlap is gone with the first file's row, so the second file's row counts.
    assert [counts(receipt) for receipt in outcome.receipts] == [(1, 1, 0, 0), (2, 2, 0, 0)]


def test_a_changed_mapping_reads_the_file_anew(tmp_path):
    write(tmp_path / "events.csv", HEAD, "p1,open,2025-03-05 23:30")
    run(study(tmp_path, events()))
    one = study(tmp_path, events(), time_zone="Europe/Berlin")
    assert only(run(one)).status == "loaded"
    assert raw(one, "select hour(occurred_at) from events") == [(22,)]


BROKEN = {
    "not Parquet": b"PAR1 and then nothing",
    "gzip cut short": gzip.compress(b"pid,event,time\n" + b"p1,open,2025-03-05\n" * 9999)[:-20],
    "gzip damaged": b"\x1f\x8b\x08\x00garbage garbage garbage",
    "a column is missing": b"pid,time\np1,2025-03-05\n",
    "an archive": b"PK\x03\x04",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_does_not_stop_the_others(tmp_path, content):
    write(tmp_path / "events-1.csv", HEAD, f"p1,{DAY}")
    (tmp_path / "events-2.csv").write_bytes(content)
    write(tmp_path / "events-3.csv", HEAD, f"p3,{DAY}")
    one = study(tmp_path, events("events-*.csv"))
    outcome = run(one)
    assert outcome.exit_code == 1
    assert [one.status for one in outcome.receipts] == ["loaded", "failed", "loaded"]
    (failure,) = outcome.failed
    assert "events-2.csv" in failure.message
    assert raw(one, "select participant_id from events order by all") == [("p1",), ("p3",)]
    # Once it is put right, it is read.
    write(tmp_path / "events-2.csv", HEAD, f"p2,{DAY}")
    assert run(one).exit_code == 0


def test_rows_of_the_version_before_stay_when_a_file_breaks(tmp_path):
    good = write(tmp_path / "events.csv", HEAD, f"p1,{DAY}", "p1,open,soon").read_bytes()
    one = study(tmp_path, events())
    run(one)
    (tmp_path / "events.csv").write_bytes(BROKEN["gzip cut short"])
    receipt = only(run(one))
    assert receipt.status == "failed"
    assert counts(receipt) == (2, 1, 0, 1)
    assert raw(one, "select status, message is not null from files") == [("failed", True)]
    (tmp_path / "events.csv").write_bytes(good)
    assert only(run(one)).status == "loaded"


def test_a_file_gone_from_disk_keeps_its_rows_and_is_named(tmp_path):
    write(tmp_path / "events.csv", HEAD, f"p1,{DAY}")
    one = study(tmp_path, events())
    run(one)
    (tmp_path / "events.csv").unlink()
    outcome = run(one)
    assert outcome.exit_code == 0
    assert only(outcome).status == "missing"
    assert counts(only(outcome)) == (1, 1, 0, 0)
    assert "events.csv" in outcome.warnings[0]


def test_a_source_taken_out_of_the_study_file_loses_its_rows(tmp_path):
    write(tmp_path / "events.csv", HEAD, f"p1,{DAY}")
    run(study(tmp_path, events(id="old")))
    one = study(tmp_path, events(id="new"))
    outcome = run(one)
    assert [receipt.status for receipt in outcome.receipts] == ["loaded", "removed"]
    assert raw(one, "select source_id from events join files using (file_number)") == [("new",)]
    assert raw(one, "select source_id from files") == [("new",)]


def test_a_pattern_that_matches_nothing_fails_and_the_rest_loads(tmp_path):
    write(tmp_path / "events.csv", HEAD, f"p1,{DAY}")
    outcome = run(study(tmp_path, events("nothing-*.csv", id="none"), events()))
    assert outcome.exit_code == 1
    assert "'nothing-*.csv'" in outcome.failed[0].message
    assert only(outcome).rows_loaded == 1


@pytest.mark.parametrize("lines", [(), (HEAD,)], ids=["empty", "header alone"])
def test_a_file_that_had_rows_and_is_empty_now_keeps_them_and_fails(tmp_path, lines):
    write(tmp_path / "events.csv", HEAD, f"p1,{DAY}", f"p2,{DAY}")
    one = study(tmp_path, events())
    run(one)
    write(tmp_path / "events.csv", *lines)
    for _ in range(2):
        outcome = run(one)
        assert outcome.exit_code == 1
        assert counts(only(outcome)) == (2, 2, 0, 0)
        assert "events.csv: it is empty now and held 2 rows" in outcome.failed[0].message
    write(tmp_path / "events.csv", HEAD, f"p3,{DAY}")
    assert counts(only(run(one))) == (1, 1, 0, 0)


def test_a_file_that_lost_rows_is_named(tmp_path):
    write(tmp_path / "events.csv", HEAD, f"p1,{DAY}", f"p2,{DAY}")
    one = study(tmp_path, events())
    run(one)
    write(tmp_path / "events.csv", HEAD, f"p1,{DAY}")
    outcome = run(one)
    assert outcome.exit_code == 0
    assert "has 1 row, and had 2 rows before" in outcome.warnings[0]


def test_an_event_that_nothing_is_called_is_noted_by_a_load(tmp_path):
    write(tmp_path / "events.csv", HEAD, f"p1,{DAY}")
    use = IntendedUse(justification="j", done="opne", opened="op*", sessions={"everyone": (1,)})
    (note,) = run(study(tmp_path, events(), intended_use=use)).warnings
    assert "'opne', as intended_use.done says" in note


def test_an_empty_file_is_no_failure(tmp_path):
    write(tmp_path / "events.csv")
    outcome = run(study(tmp_path, events()))
    assert outcome.exit_code == 0
    assert counts(only(outcome)) == (0, 0, 0, 0)


def test_progress_shows_rates_only_for_what_takes_long(tmp_path):
    write(tmp_path / "events.csv", HEAD, f"p1,{DAY}")
    for patience, is_shown in ((60, False), (-1, True)):
        console = Console(width=100, file=io.StringIO(), force_terminal=True)
        write(tmp_path / "events.csv", HEAD, f"p1,{DAY}", f"p{patience},{DAY}")
        run(study(tmp_path, events()), TerminalProgress(console, patience_s=patience))
        assert ("rows/s" in console.file.getvalue()) == is_shown


def test_rows_that_do_not_add_up_stop_the_load(tmp_path, monkeypatch):
    write(tmp_path / "events.csv", HEAD, f"p1,{DAY}")
    one = study(tmp_path, events())
    monkeypatch.setattr("etl.landing.Batch.n_records", 2)
    with pytest.raises(LostRowsError, match="2 rows were read, but 1 loaded"):
        run(one)
    assert raw(one, "select count(*) from receipts") == [(0,)]
