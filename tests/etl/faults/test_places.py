"""What stands where an export should: no file, another's file, or one that does not keep still."""

import gzip
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.etl.faults.harm import GOOD, HURT, MARK, N_GOOD, N_WHOLE, Ways, line, table
from tests.etl.forked import run_code

WITHOUT_POWERS = """
import ctypes, sys
from pathlib import Path
from tests.etl.faults.harm import Scene

class Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]

# Root may read everything: a process that gave up every capability may not.
no = (ctypes.c_uint32 * 6)()
assert ctypes.CDLL(None).capset(ctypes.byref(Header(0x20080522, 0)), no) == 0
from study.errors import UserError
one = Scene(Path(sys.argv[1]))
try:
    outcome = one.load()
except UserError as error:
    sys.exit(f"refused: {error}")
for failure in outcome.failed:
    print(failure.source_file, failure.message, sep="|")
for receipt in outcome.receipts:
    print(receipt.source_file, receipt.status, receipt.rows_read, sep="|")
"""


def as_anybody(ways: Ways) -> subprocess.CompletedProcess[str]:
    """Load in a process that permissions hold for."""
    return run_code(WITHOUT_POWERS, str(ways.scene.folder))


@dataclass
class Meddler:
    """Does something while a load is at work on a file whose name it knows."""

    name: str
    act: Callable[[], object]
    when: str = "start"
    steps: list[str] = field(default_factory=list)

    def start(self, step: str) -> None:
        self.steps.append(step)
        self._meddle("start")

    def advance(self, rows: int) -> None:
        del rows
        self._meddle("advance")

    def finish(self) -> None:
        self._meddle("finish")

    def _meddle(self, when: str) -> None:
        if when == self.when and self.steps[-1].endswith(self.name):
            self.act()


def test_no_file_at_all(ways):
    folder = ways.scene.folder / "exports"
    (folder / "events-2.csv").mkdir()
    (folder / "events-3.csv").symlink_to(folder / "nowhere")
    (folder / "events-4.csv").symlink_to(folder / "events-4.csv")
    os.mkfifo(folder / "events-5.csv")
    outcome = ways.scene.load()
    messages = {one.source_file: one.message for one in outcome.failed}
    assert set(messages) == {f"exports/events-{number}.csv" for number in (2, 3, 4, 5)}
    assert all("Expected a file" in message for message in messages.values())
    assert "is a folder" in messages["exports/events-2.csv"]
    assert "is a link to nothing" in messages["exports/events-3.csv"]
    ways.survive(outcome, n_shown=N_GOOD)
    for number in (3, 4, 5):
        (folder / f"events-{number}.csv").unlink()
    ways.mend()


def test_folders_that_a_wide_pattern_takes_in_are_nothing_wrong(ways):
    (ways.scene.folder / "exports" / "events-old").mkdir()
    assert ways.scene.load().exit_code == 0


def test_a_file_that_vanishes(ways):
    path = ways.scene.write(f"{HURT}.csv", table(*range(N_GOOD, N_WHOLE)))
    outcome = ways.scene.load(Meddler(path.name, path.unlink))
    (failure,) = outcome.failed
    assert failure.message.startswith(f"{HURT}.csv: it is gone")
    ways.survive(outcome, n_shown=N_GOOD)
    ways.mend()


@pytest.mark.exhaustive
@pytest.mark.parametrize("way", ["longer", "shorter", "another", "gone"])
def test_a_file_that_changes_while_it_is_read(ways, way):
    path = ways.scene.write(f"{HURT}.csv", table(*range(N_GOOD, N_WHOLE)))

    def change():
        if way == "gone":
            path.unlink(missing_ok=True)
        elif way == "another":
            other = path.with_name("new")
            other.write_text(table(*range(N_GOOD, N_WHOLE), day=9))
            other.replace(path)
        else:
            text = path.read_text()
            path.write_text(text + line(50) if way == "longer" else text[:-100])

    outcome = ways.scene.load(Meddler(path.name, change, when="advance"))
    (failure,) = outcome.failed
    assert failure.message.startswith(f"{HURT}.csv changed while it was read")
    ways.survive(outcome, n_shown=N_GOOD)
    ways.mend()


def test_the_study_file_changes_during_the_load(ways):
    path = ways.scene.write(f"{HURT}.csv", table(*range(N_GOOD, N_WHOLE)))
    toml = ways.scene.folder / "study.toml"
    before = toml.read_text()
    other = before.replace('name = "event"', 'name = "time"')
    outcome = ways.scene.load(Meddler(path.name, lambda: toml.write_text(other)))
    assert outcome.exit_code == 0
    toml.write_text(before)
    ways.survive(outcome, n_shown=N_WHOLE)
    toml.write_text(other)
    ways.scene.load()
    toml.write_text(before)
    ways.mend()


@pytest.mark.exhaustive
@pytest.mark.parametrize("mode", [0o000, 0o600, 0o100], ids=["locked", "unentered", "unlisted"])
def test_a_folder_that_may_not_be_read(ways, mode):
    folder = ways.scene.folder / "exports"
    folder.chmod(mode)
    try:
        done = as_anybody(ways)
    finally:
        folder.chmod(0o755)
    assert done.returncode == 0, done.stderr
    said = [one.split("|") for one in done.stdout.splitlines()]
    assert ["survey.csv", "unchanged", "5"] in said
    assert any("may not" in one[1] for one in said), said
    assert MARK not in done.stdout + done.stderr
    assert ways.scene.raw("select count(*) from events") == [(N_GOOD,)]
    ways.mend()


def test_a_file_that_may_not_be_read(ways):
    path = ways.scene.write(f"{HURT}.csv", table(*range(N_GOOD, N_WHOLE)))
    path.chmod(0)
    done = as_anybody(ways)
    assert done.returncode == 0, done.stderr
    assert f"{HURT}.csv|{HURT}.csv: you may not read it" in done.stdout
    assert f"{GOOD}.csv|unchanged|{N_GOOD}" in done.stdout
    assert MARK not in done.stdout + done.stderr
    ways.mend()


@pytest.mark.exhaustive
@pytest.mark.parametrize("place", [".rapport", ".rapport/raw.duckdb"])
def test_a_workspace_that_may_not_be_written(ways, place):
    path = ways.scene.folder / place
    mode = path.stat().st_mode
    path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        done = as_anybody(ways)
        assert ways.scene.n_shown() == N_GOOD
    finally:
        path.chmod(mode)
    assert done.returncode == 1
    assert done.stderr.startswith("refused: ")
    assert "cannot be written" in done.stderr
    ways.mend()


def test_an_empty_file_of_gzip_and_a_header_alone_are_nothing_wrong(ways):
    ways.scene.write(f"{HURT}-a", gzip.compress(b""))
    ways.scene.write(f"{HURT}-b", table())
    ways.scene.write(f"{HURT}-c", b"")
    outcome = ways.scene.load()
    assert outcome.exit_code == 0
    ways.survive(outcome, n_shown=N_GOOD)
