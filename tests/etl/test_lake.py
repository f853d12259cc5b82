"""A lake holds the events that count, each once, whatever was loaded, corrected or erased before."""

import json
from contextlib import closing
from datetime import datetime

import polars as pl
import pytest

from etl.identity.erasure import begin_erasure, find_people
from etl.identity.finish import finish
from etl.lake import FILE, choose_lake, exchange_folder, keep_lake, lake_of
from etl.load import load
from study.errors import UserError
from tests.etl.increment_case import tiny_study
from warehouse.connect import open_raw
from warehouse.workspace import Workspace

COLUMNS = {
    "event_id": pl.String,
    "participant_id": pl.String,
    "event_name": pl.String,
    "occurred_at": pl.Datetime("us"),
    "time_zone": pl.String,
    "local_date": pl.Date,
    "quantity": pl.Float64,
    "app_version": pl.String,
    "properties": pl.String,
    "file_number": pl.Int32,
    "source_row": pl.Int64,
}


@pytest.fixture
def study(tmp_path):
    return tiny_study(tmp_path)


@pytest.fixture
def workspace(study):
    place = Workspace(study.folder / ".rapport")
    load(study, place)
    return place


@pytest.fixture
def lake(workspace, tmp_path):
    folder = tmp_path / "far" / "lake"
    assert choose_lake(workspace, folder) is None
    keep_lake(workspace)
    return folder


def held(workspace):
    """Keys of the events that count, as the loader's file has them."""
    with closing(open_raw(workspace)) as con:
        rows = con.sql("select file_number, source_row from events where status = 'loaded'")
        return sorted(rows.fetchall())


def in_lake(folder):
    return pl.concat(pl.read_parquet(path) for path in sorted(folder.glob(f"events/*/{FILE}")))


def keys(frame):
    return sorted(frame.select("file_number", "source_row").rows())


def change(workspace, statement):
    with closing(open_raw(workspace)) as con:
        con.execute(statement)


def written_at(folder):
    return {path.parent.name: path.stat().st_mtime_ns for path in folder.glob(f"events/*/{FILE}")}


def test_each_event_that_counts_is_there_once_in_types_that_spark_reads(workspace, lake):
    events = in_lake(lake)
    assert keys(events) == held(workspace)
    assert events.schema == COLUMNS
    assert events["event_id"].is_unique().all()


def test_a_month_holds_its_events_in_order_of_participant_and_time(lake):
    for path in lake.glob(f"events/*/{FILE}"):
        events = pl.read_parquet(path)
        [month] = events["occurred_at"].dt.strftime("%Y-%m").unique()
        assert path.parent.name == f"month={month}"
        assert events.equals(
            events.sort("participant_id", "occurred_at", "file_number", "source_row")
        )


def test_nothing_new_writes_nothing(study, workspace, lake):
    before = written_at(lake)
    load(study, workspace)
    outcome = keep_lake(workspace)
    assert (outcome.n_written, outcome.n_removed, outcome.n_months) == (0, 0, 2)
    assert outcome.n_events == len(held(workspace))
    assert written_at(lake) == before


def test_only_the_month_that_changed_is_written(workspace, lake):
    before = written_at(lake)
    change(
        workspace,
        "update events set status = 'duplicate' where occurred_at = (select max(occurred_at) from events)",
    )
    assert keep_lake(workspace).n_written == 1
    after = written_at(lake)
    assert [month for month in after if after[month] != before[month]] == ["month=2025-04"]
    assert keys(in_lake(lake)) == held(workspace)


@pytest.mark.parametrize(
    "change_of_a_cell",
    ["properties = '{}'", "quantity = 2", "local_date = local_date + 1", "app_version = '9'"],
)
def test_whatever_changes_in_an_event_is_noticed(workspace, lake, change_of_a_cell):
    change(
        workspace,
        f"update events set {change_of_a_cell} where (file_number, source_row) = "
        "(select (file_number, source_row) from events where status = 'loaded' limit 1)",
    )
    assert keep_lake(workspace).n_written == 1


def test_a_month_without_events_goes(workspace, lake):
    change(workspace, "delete from events where occurred_at >= timestamp '2025-04-01'")
    outcome = keep_lake(workspace)
    assert (outcome.n_removed, outcome.n_months) == (1, 1)
    assert [path.name for path in (lake / "events").iterdir()] == ["month=2025-03"]


def test_december_ends_with_the_year(workspace, lake):
    change(workspace, "update events set occurred_at = timestamp '2025-12-31 23:59:59.999999'")
    outcome = keep_lake(workspace)
    assert (outcome.n_written, outcome.n_removed) == (1, 2)
    assert in_lake(lake)["occurred_at"].unique().to_list() == [
        datetime(2025, 12, 31, 23, 59, 59, 999999)
    ]
    assert keys(in_lake(lake)) == held(workspace)


def test_what_a_killed_load_or_build_left_goes(workspace, lake):
    draft = lake / "events" / "month=2025-03" / "_events.parquet.part"
    draft.write_bytes(b"half")
    (exchange_folder(lake, "killed") / "rows.parquet").write_bytes(b"rows")
    keep_lake(workspace)
    assert not draft.exists()
    assert not (lake / "exchange").exists()


def test_nobody_else_can_read_it(lake):
    assert all(path.stat().st_mode & 0o077 == 0 for path in (lake, *lake.glob("events/**/*")))


def test_erasure_reaches_it(study, workspace, lake):
    who = "P002"
    assert who in set(in_lake(lake)["participant_id"])
    n_before = in_lake(lake).height
    begin_erasure(study, workspace, find_people(study, workspace, [who], None), "asked")
    finish(study, workspace)
    events = in_lake(lake)
    assert who not in set(events["participant_id"])
    assert 0 < events.height < n_before
    assert keys(events) == held(workspace)
    assert not any(who.encode() in path.read_bytes() for path in lake.rglob("*.parquet"))


def test_an_erasure_is_not_over_while_the_lake_is_away(study, workspace, lake):
    begin_erasure(study, workspace, find_people(study, workspace, ["P002"], None), "asked")
    lake.rename(lake.with_name("unmounted"))
    with pytest.raises(UserError, match="is not there"):
        finish(study, workspace)
    lake.with_name("unmounted").rename(lake)
    finish(study, workspace)
    assert "P002" not in set(in_lake(lake)["participant_id"])


def test_a_workspace_without_a_lake_has_none(workspace):
    assert lake_of(workspace) is None
    assert keep_lake(workspace) is None


def test_editions_have_the_lake_in_common(workspace, lake):
    assert lake_of(workspace.edition("masked")) == lake


def test_another_folder_is_told_of(workspace, lake, tmp_path):
    said = choose_lake(workspace, tmp_path / "other")
    assert str(lake) in said
    assert "erasures" in said
    assert lake_of(workspace) == tmp_path / "other"
    assert keep_lake(workspace).n_written == 2


def test_a_folder_of_something_else_is_refused(workspace, tmp_path):
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(UserError, match="is not empty"):
        choose_lake(workspace, tmp_path)


def test_the_lake_of_another_workspace_is_refused(workspace, lake, tmp_path):
    other = Workspace(tmp_path / "another")
    other.require_writable()
    with pytest.raises(UserError, match="of another workspace"):
        choose_lake(other, lake)
    (lake / "rapport-lake.json").write_text(json.dumps({"key": "other"}), encoding="utf-8")
    with pytest.raises(UserError, match="of another workspace"):
        keep_lake(workspace)


def test_a_file_is_no_lake(workspace, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        choose_lake(workspace, tmp_path / "file")
