"""A lake that other software writes: what is refused before Spark is asked for anything."""

import shutil
from datetime import date, datetime

import duckdb
import polars as pl
import pytest

from etl.build import build
from etl.engines.choice import EngineWish, refuse_editions, settle_lake, wish_of
from etl.engines.spark_session import SparkPlace
from etl.identity.commands import run_erase, run_rekey
from etl.lake import choose_lake
from etl.load import load
from etl.own_lake import REFUSED, choose_own_lake, leave_own_lake, own_files, own_lake_of
from etl.pipeline import refresh
from study.errors import UserError
from tests.etl.increment_case import tiny_study
from warehouse.workspace import Workspace

EVENT = pl.DataFrame(
    {
        "event_id": ["e1"],
        "participant_id": ["P-secret"],
        "event_name": ["app_opened"],
        "occurred_at": [datetime(2025, 3, 1, 12)],
        "time_zone": ["Europe/London"],
        "local_date": [date(2025, 3, 1)],
        "quantity": [1.0],
        "app_version": ["1.0"],
        "properties": ["{}"],
    }
)
UTC = pl.col("occurred_at").dt.replace_time_zone("UTC")


def month(folder, name="month=2025-03"):
    place = folder / "events" / name
    place.mkdir(parents=True, exist_ok=True)
    return place


@pytest.fixture
def theirs(tmp_path):
    folder = tmp_path / "lake of ours"
    EVENT.write_parquet(month(folder) / "part-0.parquet")
    return folder


@pytest.fixture
def study(tmp_path):
    return tiny_study(tmp_path)


@pytest.fixture
def workspace(study):
    place = Workspace(study.folder / ".rapport")
    place.require_writable()
    return place


def test_a_lake_as_documented_is_read(theirs):
    (month(theirs) / "_SUCCESS").touch()
    (month(theirs) / "_part-1.parquet.part").touch()
    (theirs / "events" / "_temporary").mkdir()
    (theirs / "events" / "_temporary" / "part-2.parquet").touch()
    files = own_files(theirs)
    assert files.paths == (month(theirs) / "part-0.parquet",)
    assert not files.is_marked_utc


@pytest.mark.parametrize("writer", ["polars", "int96"])
def test_moments_that_are_marked_as_utc(theirs, writer):
    path = month(theirs) / "part-0.parquet"
    if writer == "polars":
        EVENT.with_columns(UTC).write_parquet(path)
    else:
        pq = pytest.importorskip("pyarrow.parquet")
        pq.write_table(EVENT.to_arrow(), path, use_deprecated_int96_timestamps=True)
    assert own_files(theirs).is_marked_utc


def test_two_kinds_of_moments_are_refused(theirs):
    EVENT.with_columns(UTC).write_parquet(month(theirs, "month=2025-04") / "part-0.parquet")
    with pytest.raises(UserError, match="one kind throughout"):
        own_files(theirs)


@pytest.mark.parametrize("column", EVENT.columns)
def test_a_column_that_is_missing(theirs, column):
    EVENT.drop(column).write_parquet(month(theirs) / "part-1.parquet")
    with pytest.raises(UserError) as said:
        own_files(theirs)
    words = f"events/month=2025-03/part-1.parquet: column {column} is not there. Expected "
    assert str(said.value).startswith(words)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (pl.lit(7).alias("participant_id"), "participant_id is INTEGER. Expected VARCHAR"),
        (pl.lit("2025-03-01").alias("local_date"), "local_date is VARCHAR. Expected DATE"),
        (pl.lit("{}").cast(pl.Binary).alias("properties"), "properties is BLOB"),
        (pl.struct(pl.lit(1).alias("a")).alias("properties"), "properties is STRUCT"),
        (pl.lit(1).alias("quantity"), "quantity is INTEGER. Expected DOUBLE"),
        (
            pl.col("occurred_at").cast(pl.Datetime("ns")),
            r"TIMESTAMP_NS of no microseconds. Expected TIMESTAMP in microseconds \(UTC\)",
        ),
    ],
)
def test_a_column_of_another_type(theirs, change, said):
    EVENT.with_columns(change).write_parquet(month(theirs) / "part-0.parquet")
    with pytest.raises(UserError, match=said) as error:
        own_files(theirs)
    assert "P-secret" not in str(error.value)


@pytest.mark.parametrize("name", ["month=2025-13", "month=25-3", "2025-03", "month=2025-03/day=1"])
def test_a_file_in_no_month(theirs, name):
    EVENT.write_parquet(month(theirs, name) / "part-0.parquet")
    with pytest.raises(UserError, match="in no folder of a month"):
        own_files(theirs)


def test_what_is_no_lake(tmp_path, theirs):
    with pytest.raises(UserError, match="There is no folder"):
        own_files(tmp_path / "nowhere")
    (month(theirs) / "part-1.parquet").write_bytes(b"half a file")
    with pytest.raises(UserError, match="cannot be read as Parquet"):
        own_files(theirs)
    shutil.rmtree(month(theirs))
    with pytest.raises(UserError, match=r"holds no \.parquet file"):
        own_files(theirs)


@pytest.mark.parametrize("log", ["_delta_log", "metadata", "events/.hoodie"])
def test_a_table_whose_files_hold_more_than_counts(theirs, log):
    (theirs / log).mkdir()
    with pytest.raises(UserError, match="do not count any more"):
        own_files(theirs)


def test_names_that_spark_takes_for_patterns(theirs):
    EVENT.write_parquet(month(theirs) / "part[0].parquet")
    with pytest.raises(UserError, match="takes for a pattern"):
        own_files(theirs)


def test_where_rapport_writes_is_no_lake_of_the_teams(theirs, workspace, tmp_path):
    choose_lake(workspace, tmp_path / "lake")
    for folder in (tmp_path / "lake", tmp_path, workspace.root / "lake"):
        with pytest.raises(UserError, match="where Rapport writes"):
            choose_own_lake(workspace, folder)
    assert own_lake_of(workspace) is None


def test_the_workspace_remembers_it_and_lets_go(theirs, workspace, tmp_path):
    choose_lake(workspace, tmp_path / "lake")
    settle_lake(workspace, EngineWish("spark", SparkPlace(), own_lake=theirs))
    assert own_lake_of(workspace) == theirs
    assert own_lake_of(workspace.edition("masked")) == theirs
    refused = tmp_path / "lake" / REFUSED
    refused.mkdir()
    (tmp_path / "lake").rename(tmp_path / "unmounted")
    with pytest.raises(UserError, match="is not there"):
        leave_own_lake(workspace)
    (tmp_path / "unmounted").rename(tmp_path / "lake")
    settle_lake(workspace, EngineWish(leaves_own=True))
    assert own_lake_of(workspace) is None
    assert not refused.exists()
    leave_own_lake(workspace)


def test_duckdb_never_builds_without_its_events(theirs, workspace, study):
    load(study, workspace)
    choose_own_lake(workspace, theirs)
    for asked in (lambda: refresh(study, workspace), lambda: build(study, workspace, full=True)):
        with pytest.raises(UserError, match="would lack them"):
            asked()


def test_what_ends_with_duckdb_is_refused_before_anything_is_changed(theirs, workspace, study):
    load(study, workspace)
    choose_own_lake(workspace, theirs)
    before = workspace.raw_path.read_bytes()
    with pytest.raises(UserError, match="Nothing was changed"):
        run_erase(
            study, workspace, ["P002"], source_id=None, reason="", is_agreed=True, fit_models=False
        )
    with pytest.raises(UserError, match="Nothing was changed"):
        run_rekey(study, workspace, is_agreed=True, fit_models=False)
    assert workspace.raw_path.read_bytes() == before


def test_editions_are_refused(theirs, workspace, study):
    wish = EngineWish("spark", SparkPlace(), own_lake=theirs)
    with pytest.raises(UserError, match="masked edition"):
        refuse_editions(study, workspace, wish, ("masked",))
    refuse_editions(study, workspace, wish, ())
    refuse_editions(study, workspace, EngineWish(), ("masked",))
    choose_own_lake(workspace, theirs)
    with pytest.raises(UserError, match="masked edition"):
        refuse_editions(study, workspace, EngineWish("spark", SparkPlace()), ("masked",))
    refuse_editions(study, workspace, EngineWish(leaves_own=True), ("masked",))


def test_options_that_contradict_each_other(tmp_path):
    with pytest.raises(UserError, match="--engine spark"):
        wish_of("duckdb", None, (), None, tmp_path)
    with pytest.raises(UserError, match="leave one"):
        wish_of("duckdb", None, (), None, tmp_path, leaves_own=True)
    assert wish_of("duckdb", None, (), None, leaves_own=True).leaves_own


def test_the_types_are_those_that_duckdb_writes(theirs):
    """A lake that DuckDB writes from its own tables is as documented."""
    path = month(theirs) / "part-0.parquet"
    con = duckdb.connect()
    con.from_arrow(EVENT.to_arrow()).write_parquet(str(path))
    con.close()
    assert not own_files(theirs).is_marked_utc
