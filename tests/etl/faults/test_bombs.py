"""Files made to fill a disk or the memory, through the whole of a load."""

import gzip
import io
import subprocess
import sys
import zipfile

import pytest

from etl.sources import archive, text
from tests.etl.faults.harm import (
    HURT,
    MARK,
    N_GOOD,
    ROOT,
    Scene,
    assert_unsaid,
    table,
)

# Takes long: groups begin first.
pytestmark = [pytest.mark.xdist_group("bombs"), pytest.mark.exhaustive]
ZEROS = bytes(2_000_000)


def zipped(**members):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return made.getvalue()


def test_bombs_are_stopped_and_the_rest_is_loaded(ways, monkeypatch):
    monkeypatch.setattr(text, "SMALL_BYTES", 10_000)
    monkeypatch.setattr(archive, "SMALL_BYTES", 10_000)
    head = table(*range(20, 30)).encode()
    bombs = {
        "zip": (zipped(a=head + ZEROS), "would unpack to"),
        "zip-of-many": (zipped(**{str(n): ZEROS[:90_000] for n in range(40)}), "would unpack to"),
        "gzip": (gzip.compress(head + ZEROS), "unpacks to more than"),
        "gzip-in-zip": (zipped(a=gzip.compress(head + ZEROS)), "unpacks to more than"),
        "gzip-of-lines": (gzip.compress(head + b"\n" * 4_000_000), "unpacks to more than"),
    }
    for name, (content, _) in bombs.items():
        ways.scene.write(f"{HURT}-{name}", content)
    outcome = ways.scene.load()
    messages = {one.source_file: one.message for one in outcome.failed}
    assert set(messages) == {f"{HURT}-{name}" for name in bombs}
    for name, (_, words) in bombs.items():
        assert words in messages[f"{HURT}-{name}"], name
        assert "ask where it comes from" in messages[f"{HURT}-{name}"]
    ways.survive(outcome, n_shown=N_GOOD)
    monkeypatch.undo()
    ways.mend()


LIMITED = """
import sys
from pathlib import Path
from tests.etl.faults.harm import Scene, assert_true

most = int(sys.argv[2])
one = Scene(Path(sys.argv[1]))
outcome = one.load()
assert_true(one, outcome)
one.finish(outcome)
# Not ru_maxrss: that of a process begins with what its parent held.
(peak,) = (row.split()[1] for row in open("/proc/self/status") if row.startswith("VmHWM"))
grown = int(peak) * 1024
for receipt in outcome.receipts:
    print(receipt.source_file, receipt.rows_read, receipt.rows_loaded, receipt.rows_rejected)
print("failed", [failure.message for failure in outcome.failed])
sys.exit(f"{grown / 1e6:.0f} MB" if grown > most else 0)
"""


def giant(scene: Scene, name: str, before: bytes, after: bytes, size: int) -> None:
    """A gzipped file with a line of this many characters; text that shrinks as a log does.

    In members of eight pieces each, as by appending: one stream to whoever reads it.
    """
    piece = b"".join(b"%07d," % (number * 7919) for number in range(131_072))
    packed = gzip.compress(8 * piece, compresslevel=1)
    with (scene.folder / name).open("wb") as file:
        file.write(gzip.compress(before))
        for _ in range(-(-size // (8 * len(piece)))):
            file.write(packed)
        file.write(gzip.compress(after))


def test_a_line_of_hundreds_of_megabytes_in_bounded_memory(ways):
    """In JSON lines; in CSV: test_a_giant_line_is_never_held_as_a_whole."""
    size, most = 200_000_000, 600_000_000
    minute = '{"pid": "%s", "event": "open", "time": "2025-03-05T03:0%d:00Z"}\n'
    lines = [(minute % (f"{MARK}-p{number}", number)).encode() for number in (1, 2, 3)]
    giant(
        ways.scene,
        f"{HURT}-a.jsonl.gz",
        lines[0] + lines[1][:-2] + b', "x": "',
        b'"}\n' + lines[2],
        size,
    )
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(ways.scene.folder), str(most)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.splitlines()
    assert f"{HURT}-a.jsonl.gz 3 2 1" in said
    assert_unsaid(done.stdout, done.stderr)
    assert ways.scene.raw("select distinct raw_text from rejected_rows") == [(None,)]
    assert ways.scene.n_shown() == N_GOOD + 2
