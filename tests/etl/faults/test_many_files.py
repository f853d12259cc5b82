"""Hundreds of tiny files: those that stayed as they were cost little when they are loaded again."""

import time

import pytest

from tests.etl.faults.harm import HURT, N_GOOD, assert_true, line, table

pytestmark = pytest.mark.exhaustive
N_FILES = 600


def timed(scene):
    began = time.perf_counter()
    outcome = scene.load()
    assert outcome.exit_code == 0, outcome.failed
    return outcome, (time.perf_counter() - began) / N_FILES


def test_six_hundred_files_of_one_event(ways):
    for number in range(N_FILES):
        day, minute = 6 + number // 300, number % 300
        ways.scene.write(f"{HURT}-{number:04}.csv", table(minute, day=day))
    outcome, first = timed(ways.scene)
    assert len(outcome.receipts) == N_FILES + 3
    loaded = "select count(*) from events where status = 'loaded'"
    assert ways.scene.raw(loaded) == [(N_GOOD + N_FILES,)]
    assert_true(ways.scene, outcome)
    ways.scene.write(f"{HURT}-0000.csv", f"{table(0, day=6)}{line(1, day=25)}\n")
    again, second = timed(ways.scene)
    assert {one.status for one in again.receipts} == {"loaded", "unchanged"}
    assert second < first / 4
