"""A load that is killed, at any step, leaves a workspace that the next load finishes."""

import pytest

from tests.etl.forked import run_code
from tests.etl.load_study import counts, events, raw, roster, run, study, write

VICTIM = """
import os, signal, sys
from pathlib import Path
from tests.etl.forked import run_code
from tests.etl.load_study import events, roster, run, study

class Killer:
    steps = 0
    def start(self, step): self.step()
    def advance(self, rows): self.step()
    def finish(self): self.step()
    def step(self):
        self.steps += 1
        if self.steps == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

run(study(Path(sys.argv[1]), events("events-*.csv"), roster()), Killer())
"""
SIGKILL = -9


def exports(folder):
    write(folder / "roster.csv", "pid,enrolled", "p1,2025-03-01", "p2,2025-03-01")
    for number in (1, 2):
        write(
            folder / f"events-{number}.csv",
            "pid,event,time",
            "p1,open,2025-03-05",
            f"p2,open,2025-03-0{number}",
            f"p3,open,2025-03-0{number}",
            "p1,open,soon",
        )
    return study(folder, events("events-*.csv"), roster())


STATUSES = """
select path, source_row, events.status, rule from events join files using (file_number) order by all
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What a load that nobody kills counts, and the rows that it leaves."""
    one = exports(tmp_path_factory.mktemp("whole"))
    return [counts(receipt) for receipt in run(one).receipts], raw(one, STATUSES)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "step",
    [
        pytest.param(1, id="before the first file"),
        pytest.param(2, id="inside the first file"),
        pytest.param(5, id="inside the second file"),
        pytest.param(10, id="before the rows are resolved"),
        pytest.param(12, id="while the rows are resolved"),
        pytest.param(14, id="before the receipts are kept"),
    ],
)
def test_killed_and_loaded_again(tmp_path, whole, step):
    one = exports(tmp_path / "killed")
    victim = run_code(VICTIM, str(tmp_path / "killed"), str(step))
    assert victim.returncode == SIGKILL, victim.stderr
    outcome = run(one)
    assert outcome.exit_code == 0
    assert ([counts(receipt) for receipt in outcome.receipts], raw(one, STATUSES)) == whole
    assert raw(one, "select count(*) from loads where finished_at is null") == [(1,)]
