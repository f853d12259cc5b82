"""`kill -9` in the steps around loading and building: the key, the receipts, the findings."""

import signal

import pytest

from etl.pipeline import refresh
from tests.etl.faults.harm import HURT, N_GOOD, N_WHOLE, assert_unsaid, scene, table
from tests.etl.forked import run_code

VICTIM = """
import importlib, os, signal, sys
from pathlib import Path
from etl.pipeline import refresh
from tests.etl.faults.harm import Scene

module, name = sys.argv[2].split(":")
setattr(importlib.import_module(module), name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
one = Scene(Path(sys.argv[1]))
refresh(one.study, one.workspace, fit_models=False)
"""
COUNTS = """
select
    (select count(*) from events where status = 'loaded'),
    (select count(*) from answers),
    (select count(*) from roster),
    (select count(*) from files),
    (select count(distinct participant_id) from roster)
"""


def killed_at(one, point):
    done = run_code(VICTIM, str(one.folder), point)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert_unsaid(done.stdout, done.stderr)


def found(one):
    return one.raw(COUNTS)[0], one.raw("select count(*) from findings")[0]


@pytest.mark.exhaustive
@pytest.mark.parametrize("point", ["etl.identity.key:_draft", "etl.identity.key:_sync_folder"])
def test_while_the_key_is_made(tmp_path, point):
    one = scene(tmp_path, ids="keyed")
    killed_at(one, point)
    assert refresh(one.study, one.workspace, fit_models=False) == 0
    assert one.n_shown() == N_GOOD
    assert found(one)[0] == (N_GOOD, 15, 5, 3, 5)
    key = (one.workspace.root / "key").read_bytes()
    assert refresh(one.study, one.workspace, fit_models=False) == 0
    assert (one.workspace.root / "key").read_bytes() == key
    assert found(one)[0] == (N_GOOD, 15, 5, 3, 5)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "point",
    [
        "etl.load:keep_maps",
        "etl.settle:_receipts",
        "etl.doctor.record:examine",
        "etl.doctor.record:_keep",
        "etl.pipeline:build",
    ],
)
def test_around_a_load(ways, point):
    one = ways.scene
    before = found(one)[1]
    one.write(f"{HURT}.csv", table(*range(N_GOOD, N_WHOLE)))
    killed_at(one, point)
    assert one.n_shown() == N_GOOD
    assert found(one)[1] == before
    assert refresh(one.study, one.workspace, fit_models=False) == 0
    assert one.n_shown() == N_WHOLE
    ways.mend()
