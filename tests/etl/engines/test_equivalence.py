"""The marts of Spark are those of DuckDB, every cell of every table.

On about 20,000 dirty events, of which one participant has a fifth and nearly a thousand have a few
each; and on the sample study.
"""

import polars as pl
import pytest

from etl.build import build
from etl.engines.choice import wish_of
from etl.engines.spark import IN_DUCKDB
from etl.lake import FILE, MARK
from etl.pipeline import refresh
from queries import sqlfile
from study.file import load_study
from tests.etl.engines.compare import differences, marts_of
from tests.etl.engines.dirty import Dirt
from tests.etl.engines.spark_build import built_twice
from tests.etl.engines.spark_once import shared_spark
from warehouse.publish import current_mart
from warehouse.workspace import Workspace

FULL = (
    *("fct_sessions", "fct_exposures", "fct_decision_points", "fct_ledger", "fct_ledger_steps"),
    *(
        "fct_scores",
        "fct_item_answers",
        "fct_adherence",
        "fct_participant_weeks",
        "fct_unmapped_events",
    ),
    *("fct_app_versions", "fct_dimension_bands", "fct_covariates", "fct_rejections"),
    *("model_rows", "model_weeks"),
)
"""Marts that have rows, and so were compared."""
pytestmark = pytest.mark.xdist_group("spark")


@pytest.fixture(scope="module")
def dirty(tmp_path_factory):
    """The dirty study by `rapport load --engine spark`, and built by DuckDB of what was loaded."""
    shared_spark()
    study = load_study(Dirt(tmp_path_factory.mktemp("dirty")).write())
    workspace = Workspace(study.folder / ".rapport")
    wish = wish_of("spark", "local[2]", (), None)
    assert refresh(study, workspace, fit_models=False, wish=wish) == 0
    by_spark = current_mart(workspace)
    by_duckdb = build(study, workspace, full=True).path
    assert by_duckdb != by_spark
    return workspace, by_duckdb, by_spark


@pytest.mark.exhaustive
def test_every_cell_of_every_mart_of_dirty_events(dirty):
    assert differences(*dirty[1:]) == []


@pytest.mark.exhaustive
def test_the_dirt_is_there(dirty):
    """Without rows, or without dirt, nothing was compared."""
    marts = marts_of(dirty[2])
    assert [name for name in FULL if marts[name].is_empty()] == []
    receipts = marts["fct_receipts"].filter(pl.col("kind") == "events")
    assert receipts["rows_read"].sum() > 20_000
    assert receipts["rows_duplicate"].sum() > 500
    assert receipts["rows_rejected"].sum() > 500
    assert receipts["rows_loaded"].sum() > 17_000
    sessions = marts["fct_sessions"].group_by("participant_id").agg(pl.col("n_events").sum())
    assert sessions["n_events"].max() > 10 * sessions["n_events"].median()
    assert sessions.height > 900
    assert marts["fct_decision_points"]["variant_id"].n_unique() == 3


@pytest.mark.exhaustive
def test_a_build_on_spark_leaves_nothing_in_the_lake_but_events(dirty):
    lake = dirty[0].root / "lake"
    assert list(lake.glob("exchange/*")) == []
    assert {path.name for path in lake.rglob("*") if path.is_file()} == {MARK, FILE}


@pytest.mark.exhaustive
def test_the_sample_study(harbour):
    twice = built_twice(shared_spark(), harbour.study, harbour.workspace, harbour.built.path)
    assert differences(twice.by_duckdb, twice.by_spark.path) == []
    marts = marts_of(twice.by_spark.path)
    counted = {name: n_rows for name, n_rows in twice.by_spark.rows.items() if name in marts}
    assert counted == {name: table.height for name, table in marts.items()}
    assert twice.by_spark.is_full
    assert twice.by_spark.n_recomputed == marts["fct_first_traces"].height


def test_every_step_is_on_one_engine():
    names = {
        sqlfile.load(path).name
        for folder in ("staging", "intermediate", "marts")
        for path in sqlfile.all_paths(folder)
    }
    assert names >= IN_DUCKDB.keys()
