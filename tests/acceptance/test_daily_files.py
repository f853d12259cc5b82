"""Files loaded and built one after the other give the marts of all of them at once, row for row."""

import os
import random
import shutil

import pytest

from etl.build import build
from etl.load import load
from study.file import load_study
from tests.acceptance.daily_files import STUDY, Year
from tests.etl.increment_case import assert_same, contents
from warehouse.workspace import Workspace

pytestmark = [pytest.mark.xdist_group("daily"), pytest.mark.exhaustive]
LOADS_OWN = {"load_id", "loaded_at", "seconds", "status", "message"}
"""Of a receipt, what is of the load and not of the rows."""


def marts(outcome):
    """Every mart's rows; of the receipts what they count, not when."""
    tables = contents(outcome.path, but=LOADS_OWN)
    return {name: rows for name, rows in tables.items() if name != "fct_findings"}


def test_daily_files_one_by_one(tmp_path):
    """Every day's file loaded on its day, and a build every so often.

    RAPPORT_DAYS=365 makes it the whole year, which takes some minutes.
    """
    n_days = int(os.environ.get("RAPPORT_DAYS", "13"))
    year = Year(tmp_path / "daily", random.Random(2025), n_days=n_days)
    workspace = Workspace(tmp_path / "as-they-come")
    builds = []
    for number in year.days():
        study = load_study(year.folder)
        outcome = load(study, workspace)
        assert {one.message for one in outcome.receipts} == {None}
        if number % 8 == 0 or number == n_days - 1:
            builds.append(build(study, workspace))
    assert [one.is_full for one in builds] == [True, *[False] * (len(builds) - 1)]
    at_once = Workspace(tmp_path / "at-once")
    load(study, at_once)
    expected = marts(build(study, at_once))
    assert_same(marts(builds[-1]), expected)
    for name in ("fct_sessions", "fct_exposures", "fct_decision_points", "fct_ledger_steps"):
        assert len(expected[name]) > 5, name


@pytest.mark.parametrize("seed", range(1))
def test_files_in_any_order_built_after_each(tmp_path, seed):
    """Files appear in a random order, mostly one at a time."""
    rng = random.Random(seed)
    year = Year(tmp_path / "written", rng, n_days=8, n_people=5)
    list(year.days())
    folder = tmp_path / "study"
    (folder / "exports").mkdir(parents=True)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    shutil.copy(year.folder / "exports" / "roster.csv", folder / "exports")
    paths = sorted({path for path in year.written if path.name != "roster.csv"})
    rng.shuffle(paths)
    workspace = Workspace(tmp_path / "one-by-one")
    study = load_study(folder)
    builds = []
    while paths:
        for path in [paths.pop() for _ in range(min(len(paths), rng.choice([1, 1, 1, 8])))]:
            shutil.copy(path, folder / "exports")
        load(study, workspace)
        builds.append(build(study, workspace))
    at_once = Workspace(tmp_path / "at-once")
    load(study, at_once)
    assert_same(marts(builds[-1]), marts(build(study, at_once)))
    assert [one.is_full for one in builds] == [True, *[False] * (len(builds) - 1)]
    assert {one.n_recomputed for one in builds} != {0}
