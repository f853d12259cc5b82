"""Faults of files and of the disk: a clear word, all else loaded, receipts that are true."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from etl.load import load
from etl.progress import Quiet
from etl.sources import delimited, json_lines, text
from study.definition import Privacy
from study.errors import UserError
from tests.etl.load_study import (
    counts,
    events,
    only,
    raw,
    refused,
    roster,
    run,
    study,
    write,
)
from warehouse.workspace import Workspace

ROOT = Path(__file__).parents[2]
HEAD = "pid,event,time"
GOOD = "p1,open,2025-03-05"
JSON = '{"pid": "p1", "event": "open", "time": "2025-03-0%d"}'


def beside_a_good_file(folder, **given):
    """A study whose other file is as it should be."""
    write(folder / "events-1.csv", HEAD, GOOD)
    return study(folder, events("events-*", **given))


def assert_one_failed(one, *words, receipts=2):
    """The second file failed with these words and nothing of it is held; the first is loaded."""
    outcome = run(one)
    assert outcome.exit_code == 1
    (failure,) = outcome.failed
    for word in words:
        assert word in failure.message
    assert [receipt.status for receipt in outcome.receipts] == ["loaded", "failed"][:receipts]
    for receipt in outcome.receipts:
        read, *ends = counts(receipt)
        assert read == sum(ends)
    assert raw(one, "select participant_id from events") == [("p1",)]
    return failure.message


class Meddling:
    """Progress that does something to a file when its first rows were read."""

    def __init__(self, action):
        self.action = action

    def start(self, step):
        self.is_second = "events-2" in step

    def advance(self, rows):
        if self.is_second:
            self.action()

    def finish(self):
        self.is_second = False


@pytest.mark.parametrize("how", ["longer", "as long", "gone"])
def test_a_file_that_changes_while_it_is_read(tmp_path, how):
    one = beside_a_good_file(tmp_path)
    path = write(tmp_path / "events-2.csv", HEAD, "p2,open,2025-03-05")

    def meddle():
        if how == "gone":
            path.unlink(missing_ok=True)
        else:
            later = "p2,open,2025-03-05\np3,open,2025-03-05" if how == "longer" else GOOD
            write(path, HEAD, later)

    outcome = run(one, Meddling(meddle))
    (failure,) = outcome.failed
    assert "events-2.csv changed while it was read" in failure.message
    assert "Nothing of it was loaded" in failure.message
    assert raw(one, "select participant_id from events") == [("p1",)]
    assert [counts(receipt) for receipt in outcome.receipts] == [(1, 1, 0, 0), (0, 0, 0, 0)]
    write(path, HEAD, "p2,open,2025-03-05")
    assert run(one).exit_code == 0


def test_what_a_changing_file_brought_before_stays(tmp_path):
    one = beside_a_good_file(tmp_path)
    path = write(tmp_path / "events-2.csv", HEAD, "p2,open,2025-03-05", "p2,open,2025-03-06")
    run(one)
    before = raw(one, "from events order by all")
    write(path, HEAD, "p3,open,2025-03-05", "p3,open,2025-03-06")
    outcome = run(one, Meddling(lambda: write(path, HEAD, "p4,open,2025-03-05")))
    assert outcome.exit_code == 1
    assert raw(one, "from events order by all") == before
    assert counts(outcome.receipts[1]) == (2, 2, 0, 0)


def small_records(monkeypatch, record=1_000, piece=300):
    monkeypatch.setattr(text, "MOST_RECORD_BYTES", record)
    monkeypatch.setattr(text, "PIECE_BYTES", piece)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 500)


@pytest.mark.parametrize("giant", ["x" * 5_000, '"' + "x" * 5_000, "x" * 1_200], ids=len)
@pytest.mark.parametrize("is_last", [True, False])
def test_a_line_longer_than_any_record_is_refused_alone(tmp_path, monkeypatch, giant, is_last):
    small_records(monkeypatch)
    rows = [f"p{n},open,2025-03-05" for n in range(40)]
    place = 40 if is_last else 17
    rows.insert(place, f"p,{giant},2025-03-05")
    write(tmp_path / "events.csv", HEAD, *rows)
    one = study(tmp_path, events())
    receipt = only(run(one))
    assert counts(receipt) == (41, 40, 0, 1)
    assert refused(receipt) == {"bad_row": (place + 1,)}
    kept = raw(one, "select source_row, participant_id from events order by source_row")
    assert [row for row, _ in kept] == [n for n in range(1, 42) if n != place + 1]
    assert [who for _, who in kept] == [f"p{n}" for n in range(40)]


@pytest.mark.parametrize("size", [5_000, 1_200])
@pytest.mark.parametrize("is_last", [True, False])
def test_a_json_line_longer_than_any_record_is_refused_alone(tmp_path, monkeypatch, size, is_last):
    small_records(monkeypatch)
    lines = [JSON % (n % 9 + 1) for n in range(30)]
    place = 30 if is_last else 11
    lines.insert(place, JSON % 1 + " " * size)
    (tmp_path / "events.jsonl").write_text("\n".join(lines))
    one = study(tmp_path, events("events.jsonl"))
    receipt = only(run(one))
    assert receipt.rows_read == 31
    assert refused(receipt) == {"bad_row": (place + 1,)}
    (told,) = receipt.by_rule
    assert told.expected == "a record of at most 16 MB"
    assert raw(one, "select raw_text from rejected_rows") == [(None,)]


GIANT = """
import resource, sys
from pathlib import Path
from tests.etl.load_study import counts, events, only, run, study
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
receipt = only(run(study(Path(sys.argv[1]), events())))
assert counts(receipt) == (3, 2, 0, 1), counts(receipt)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_giant_line_is_never_held_as_a_whole(tmp_path):
    size = 400 * 1024 * 1024
    with (tmp_path / "events.csv").open("wb") as file:
        file.write(f"{HEAD}\n{GOOD}\np2,".encode())
        # A hole in the file: it takes no room on the disk, and reads as NUL bytes.
        file.seek(size, os.SEEK_CUR)
        file.write(b",2025-03-05\np3,open,2025-03-05\n")
    done = subprocess.run(
        [sys.executable, "-c", GIANT, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < size // 2 // 1024**2


def test_a_gzip_bomb_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "SMALL_BYTES", 10_000)
    one = beside_a_good_file(tmp_path)
    content = f"{HEAD}\n{GOOD}\n".encode() + b"\n" * 5_000_000
    (tmp_path / "events-2.csv.gz").write_bytes(gzip.compress(content))
    assert_one_failed(one, "events-2.csv.gz unpacks to more than 400 times its size")


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_gzip_cut_short_after_many_good_rows(tmp_path, kind):
    one = beside_a_good_file(tmp_path)
    lines = [f"p2,open,2025-03-05,{os.urandom(9).hex()}" for _ in range(3_000)]
    if kind == "jsonl":
        lines = [
            f'{{"pid":"p2","event":"open","time":"{n}","x":"{n * 7919}"}}' for n in range(3_000)
        ]
    packed = gzip.compress("\n".join([f"{HEAD},x", *lines][kind == "jsonl" :]).encode())
    (tmp_path / "events-2.gz").write_bytes(packed[: len(packed) // 2])
    assert_one_failed(one, "events-2.gz", "ends in the middle of its compressed data")


@pytest.mark.parametrize("is_dropping", [False, True])
def test_deeply_nested_json_is_a_bad_row(tmp_path, is_dropping):
    deep = '{"pid":"p2","event":"open","time":"2025-03-05","p":%s"ip"%s}'
    lines = [JSON % 1, deep % ("[" * 100_000, "]" * 100_000), deep % ("[" * 100, "]" * 100)]
    lines.append('{"pid":"p3","event":"open","time":"2025-03-05","p":"%s"}' % ("[" * 1_000))
    # Deep in the first lines too, where names of fields are looked for.
    (tmp_path / "events.jsonl").write_text("\n".join([lines[1], *lines]))
    privacy = Privacy(participant_ids="as_given", drop=("ip",) if is_dropping else ())
    one = study(tmp_path, events("events.jsonl", columns={"properties": "p"}), privacy=privacy)
    receipt = only(run(one))
    assert counts(receipt) == (5, 3, 0, 2)
    assert refused(receipt) == {"bad_row": (1, 3)}
    assert f"{json_lines.MOST_DEPTH} deep" in receipt.by_rule[0].expected


def test_deeply_nested_json_in_a_column_of_a_table(tmp_path):
    deep = '"' + "[" * 50_000 + '""ip""' + "]" * 50_000 + '"'
    write(tmp_path / "events.csv", f"{HEAD},p", f"{GOOD},{deep}", f"{GOOD},1")
    privacy = Privacy(participant_ids="as_given", drop=("ip",))
    one = study(tmp_path, events(columns={"properties": "p"}), privacy=privacy)
    assert counts(only(run(one))) == (2, 2, 0, 0)


def test_nul_bytes_cost_their_own_rows(tmp_path):
    content = f"{HEAD}\n{GOOD}\np\0,open,2025-03-05\np3,open,2025-03-05\n"
    (tmp_path / "events.csv").write_bytes(content.encode())
    one = study(tmp_path, events())
    receipt = only(run(one))
    assert counts(receipt) == (3, 2, 0, 1)
    assert refused(receipt) == {"bad_row": (2,)}
    (tmp_path / "events.jsonl").write_text(f"{JSON % 1}\n{JSON % 2}\0\n{JSON % 3}\n")
    assert refused(only(run(study(tmp_path / "j", events("../events.jsonl"))))) == {"bad_row": (2,)}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"{HEAD}\n{GOOD}\n".encode("utf-16-le"), "looks like UTF-16"),
        (f"{HEAD}\n{GOOD}\n".encode("utf-16-be"), "looks like UTF-16"),
    ],
    ids=["utf-16-le", "utf-16-be"],
)
def test_a_file_of_another_encoding_altogether(tmp_path, content, words):
    one = beside_a_good_file(tmp_path)
    (tmp_path / "events-2.csv").write_bytes(content)
    assert_one_failed(one, words)


def test_latin_1_in_a_file_declared_utf_8_costs_the_rows_with_such_letters(tmp_path):
    lines = [HEAD, GOOD, "zoë,open,2025-03-05", "p3,öffnen,2025-03-05", "p4,open,2025-03-05"]
    write(tmp_path / "events.csv", *lines, encoding="latin-1")
    one = study(tmp_path, events())
    receipt = only(run(one))
    assert counts(receipt) == (4, 2, 0, 2)
    assert "latin-1" in receipt.by_rule[0].expected
    assert counts(only(run(study(tmp_path, events(encoding="latin-1"))))) == (4, 4, 0, 0)


@pytest.mark.parametrize("size", [None, 2_000])
def test_a_quote_broken_in_the_middle_of_a_file_costs_its_line(tmp_path, monkeypatch, size):
    if size:
        small_records(monkeypatch, record=1_500, piece=size)
    rows = [f'p{n},"open, or shut",2025-03-05' for n in range(200)]
    rows[90] = 'p90,"open, or shut,2025-03-05'
    rows[150] = 'p150,op"en,2025-03-05'
    write(tmp_path / "events.csv", HEAD, *rows)
    one = study(tmp_path, events())
    receipt = only(run(one))
    assert receipt.rows_read == 200
    kept = {who for (who,) in raw(one, "select participant_id from events")}
    assert kept == {f"p{n}" for n in range(200) if n != 90}
    assert refused(receipt) == {"bad_row": (91,)}


def test_many_small_files(tmp_path):
    n_files = 120
    for number in range(n_files):
        write(tmp_path / f"events-{number:03}.csv", HEAD, f"p{number % 5},open,2025-03-05T{number}")
    write(tmp_path / "events-050.csv", "pid,event", "p1,open")
    for number in (7, 9):
        write(tmp_path / f"events-{number:03}.csv", HEAD, GOOD)
    one = study(tmp_path, events("events-*.csv"))
    outcome = run(one)
    assert [failure.source_file for failure in outcome.failed] == ["events-050.csv"]
    assert [receipt.source_file for receipt in outcome.receipts] == [
        f"events-{number:03}.csv" for number in range(n_files)
    ]
    ends = {receipt.source_file: counts(receipt) for receipt in outcome.receipts}
    assert ends["events-007.csv"] == (1, 1, 0, 0)
    assert ends["events-009.csv"] == (1, 0, 1, 0)
    assert ends["events-000.csv"] == (1, 0, 0, 1)
    assert sum(read for read, *_ in ends.values()) == n_files - 1


FULL = """
import resource, sys
from pathlib import Path
from study.errors import UserError
from tests.etl.load_study import events, run, study
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    run(study(Path(sys.argv[1]), events("events-*.csv")))
except UserError as error:
    print(error)
    sys.exit(7)
"""


@pytest.mark.exhaustive
@pytest.mark.parametrize("room", [4_096, 300_000, 1_200_000])
def test_a_full_disk_leaves_what_was_loaded_whole(tmp_path, room):
    one = beside_a_good_file(tmp_path)
    run(one)
    before = raw(one, "from events order by all")
    held = (tmp_path / ".rapport" / "raw.duckdb").stat().st_size
    rows = [f"p{n % 50},{os.urandom(6).hex()},2025-03-05T10:00:{n % 60:02}Z" for n in range(40_000)]
    write(tmp_path / "events-2.csv", HEAD, *rows)
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path), str(held + room)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 7, done.stderr
    assert "disk is full" in done.stdout
    assert raw(one, "from events order by all") == before
    outcome = run(study(tmp_path, events("events-*.csv")))
    assert outcome.exit_code == 0
    assert [receipt.rows_read for receipt in outcome.receipts] == [1, 40_000]


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    one = beside_a_good_file(tmp_path)
    write(tmp_path / "events-2.csv", HEAD, "p2,open,2025-03-05")
    opened = Path.open

    def forbidden(path, *args, **kwargs):
        if path.name == "events-2.csv":
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **kwargs)

    # Not by its mode: the system's owner reads everything.
    monkeypatch.setattr(Path, "open", forbidden)
    assert_one_failed(one, "events-2.csv: you may not read it")


HOLDER = """
import sys, time
from pathlib import Path
from warehouse.connect import open_raw
from warehouse.workspace import Workspace
con = open_raw(Workspace(Path(sys.argv[1]) / ".rapport"))
print("held", flush=True)
sys.stdin.read()
"""


def test_two_loads_at_once(tmp_path):
    one = beside_a_good_file(tmp_path)
    run(one)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(UserError, match=r"raw\.duckdb is in use\. Another 'rapport load'"):
            run(one)
        holder.communicate("")
    assert run(one).exit_code == 0


def test_a_raw_file_of_another_version_is_refused(tmp_path):
    one = beside_a_good_file(tmp_path)
    run(one)
    for version, words in ((99, "a newer version of Rapport"), (1, r"Remove raw\.duckdb \(not")):
        raw(one, f"update raw_version set version = {version} returning version")
        with pytest.raises(UserError, match=words):
            run(one)
    raw(one, "drop table raw_version; select 1")
    with pytest.raises(UserError, match="an older version"):
        run(one)


def test_an_unknown_participant_stays_refused_beside_a_broken_roster(tmp_path):
    one = study(tmp_path, events("events-*"), roster())
    write(tmp_path / "events-1.csv", HEAD, GOOD, "p2,open,2025-03-05")
    write(tmp_path / "roster.csv", "pid,enrolled", "p1,2025-03-01")
    run(one)
    (tmp_path / "roster.csv").write_bytes(gzip.compress(b"pid,enrolled\n" * 999)[:-9])
    write(tmp_path / "events-2.csv", HEAD, "p2,open,2025-03-06", "p1,open,2025-03-06")
    outcome = run(one)
    ends = {receipt.source_file: counts(receipt) for receipt in outcome.receipts}
    assert ends == {
        "events-1.csv": (2, 1, 0, 1),
        "events-2.csv": (2, 1, 0, 1),
        "roster.csv": (1, 1, 0, 0),
    }


def test_a_query_that_somebody_stopped_is_no_damaged_file(tmp_path):
    write(tmp_path / "events-1.csv", HEAD, GOOD)
    write(tmp_path / "events-2.csv", HEAD, "p2,open,2025-03-06")
    one = study(tmp_path, events("events-*"))

    class Stopping(Quiet):
        is_second = False

        def start(self, step):
            self.is_second = "events-2" in step

        def advance(self, rows):
            if self.is_second:
                raise duckdb.InterruptException("Interrupted")

    with pytest.raises(duckdb.InterruptException):
        load(one, Workspace.beside(tmp_path), progress=Stopping())
    # Nothing is held against the file, and the next load goes on.
    outcome = run(one)
    assert [receipt.status for receipt in outcome.receipts][-1] == "loaded"
    assert raw(one, "select participant_id from events order by 1") == [("p1",), ("p2",)]
