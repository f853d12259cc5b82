"""Reads of sums say what reads of participants say, whoever is chosen."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import duckdb
import polars as pl
import pytest

from access.viewer import local_viewer
from etl.build_order import made_of_marts
from queries import sqlfile
from queries.counted import read_for
from queries.filters import LAST_WEEK, Filters
from tests.dashboard.mart_fixture import marts

COUNTED = [path for path in sqlfile.all_paths("reads") if path.endswith("_counted.sql")]
WHOLE_ONLY = {"exposure_funnel", "feature_reach"}
"""What is no sum over weeks: `queries.features` asks the participants where weeks are cut."""
EVERYBODY_ONLY = {"indicator_counts"}
"""What is held against everybody: `queries.monitor` asks the participants of somebody's sites."""
CHOSEN = {
    "everybody": {},
    "a site": {"sites": ["london"]},
    "an arm": {"arms": ["stop6", "control"]},
    "a month": {"cohorts": ["2025-03"]},
    "an arm at a site": {"sites": ["bath"], "arms": ["stop12"]},
    "nobody": {"sites": ["nowhere"]},
    "some weeks": {"first_week": 2, "last_week": 7},
    "the first weeks": {"last_week": 3},
}
OTHERS = {
    "least": [1, 3, 10],
    "app_version": [None, "2.0.0", "1.0.0", "no such version"],
    "dimension": ["alliance", "use"],
    "split": ["cohort", "arm", "site"],
    "is_masked": [False, True],
    "early_days": [14, 40],
}


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """The fixture's mart with people of no known arm or site, a tie of versions, odd quantities."""
    made = marts().con
    tables = [name for (name,) in made.execute("select table_name from duckdb_tables()").fetchall()]
    for table in tables:
        columns = made.table(table).columns
        if {"participant_id", "arm_id"} <= set(columns):
            made.execute(f"update {table} set arm_id = null where participant_id = 'p004'")
            made.execute(f"update {table} set site_id = null where participant_id = 'p005'")
    for rank, stage in enumerate(("delivered", "seen")):
        made.execute(
            "insert into dim_feature_events (feature_id, stage, stage_rank, event_like) "
            "select feature_id, $stage, $rank, feature_id from dim_features",
            {"stage": stage, "rank": rank},
        )
    # Features of one principle must not count a participant twice.
    made.execute("update dim_features set principle_id = 'praise' where feature_id = 'reminder'")
    made.execute("update fct_exposures set stage = 'seen' where feature_id = 'reminder'")
    made.execute("update fct_exposures set n_exposures = 0.5 where participant_id = 'p006'")
    made.execute("update fct_exposure_weeks set n_exposures = 0.3 where participant_id = 'p006'")
    made.execute("update fct_dimension_scores set score = null where participant_id = 'p008'")
    made.execute("update fct_dimension_scores set study_week = -1 where study_week = 1")
    made.execute(
        "insert into fct_app_versions select participant_id, '2.0.0', day_zero + 20 "
        "from fct_participants where participant_id < 'p020'"
    )
    made.execute(
        "insert into fct_app_versions select participant_id, '1.0.0', day_zero "
        "from fct_participants union all select participant_id, '1.0.1', day_zero "
        "from fct_participants where participant_id < 'p010'"
    )
    for query in made_of_marts():
        if query.name not in tables:
            made.execute(f"drop view {query.name}")
            query.create(made)
    yield made
    made.close()


def asked(query: sqlfile.Query, chosen: dict) -> Iterator[dict]:
    """Every combination of a read's own parameters, with what is chosen of the others."""
    base = dict.fromkeys(("sites", "arms", "cohorts", "participants"))
    base |= {"first_week": 0, "last_week": LAST_WEEK} | chosen
    names = [one.name for one in query.params]
    rows = [{name: base[name] for name in names if name in base}]
    for name in names:
        if name in OTHERS:
            rows = [row | {name: value} for row in rows for value in OTHERS[name]]
    assert {*rows[0]} == {*names}
    yield from rows


def rounded(frame: pl.DataFrame) -> list[tuple]:
    """Rows with numbers to nine digits: sums are taken in another order."""

    def same(value):
        if not isinstance(value, float) or not math.isfinite(value):
            return value
        return float(f"{value:.9g}") if abs(value) > 1e-9 else 0.0

    return [tuple(map(same, row)) for row in frame.rows()]


def name_of(path: str) -> str:
    return path.removeprefix("reads/").removesuffix("_counted.sql")


def is_for_sums(path: str, chosen: str) -> bool:
    """Whether the sums are asked for what is chosen, or the participants."""
    cuts_weeks = CHOSEN[chosen].keys() & {"first_week", "last_week"}
    if name_of(path) in WHOLE_ONLY and cuts_weeks:
        return False
    return not (name_of(path) in EVERYBODY_ONLY and "sites" in CHOSEN[chosen])


@pytest.mark.parametrize(
    ("path", "chosen"),
    [
        pytest.param(path, chosen, id=f"{name_of(path)}-{chosen}")
        for path, chosen in product(COUNTED, CHOSEN)
        if is_for_sums(path, chosen)
    ],
)
def test_sums_say_what_participants_say(con, path, chosen):
    counted, single = sqlfile.load(path), sqlfile.load(f"reads/{name_of(path)}.sql")
    n_rows = 0
    for params in asked(single, CHOSEN[chosen]):
        expected = single.fetch(con, **params)
        assert rounded(counted.fetch(con, **params)) == rounded(expected), params
        n_rows += expected.height
    assert n_rows or chosen == "nobody"


@pytest.mark.parametrize("path", COUNTED, ids=name_of)
def test_sums_do_not_answer_for_some_participants(con, path):
    counted = sqlfile.load(path)
    for params in asked(counted, {"participants": ["p001"]}):
        frame = counted.fetch(con, **params)
        counts = [name for name in frame.columns if name.startswith("n_")]
        assert frame.is_empty() or not frame.select(pl.sum_horizontal(counts).sum()).item()


def test_whoever_sees_some_participants_is_answered_from_those():
    viewer = replace(local_viewer(), participants=frozenset({"p001"}))
    assert read_for(viewer, "dose_by_stage").path == "reads/dose_by_stage.sql"
    assert read_for(local_viewer(), "dose_by_stage").path == "reads/dose_by_stage_counted.sql"
    assert read_for(local_viewer(), "dose_by_stage", is_counted=False).name == "dose_by_stage"


@pytest.mark.parametrize(
    ("filters", "whole"),
    [(Filters(), True), (Filters(first_week=1), False), (Filters(last_week=518), False)],
)
def test_only_all_weeks_are_whole(filters, whole):
    assert filters.is_whole is whole
