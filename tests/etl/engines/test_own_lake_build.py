"""A lake that other software writes, built on Spark: the marts are those of the same exports."""

import re
import shutil
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from etl.build import build
from etl.build_order import AS_OF
from etl.engines.engine import Draft
from etl.identity.erasure import begin_erasure, find_people
from etl.identity.identities import load_identities
from etl.lake import EVENTS, choose_lake, keep_lake
from etl.load import load
from etl.own_lake import (
    REFUSED,
    OwnLake,
    choose_own_lake,
    expected_of,
    leave_own_lake,
)
from queries import sqlfile
from study.errors import UserError
from study.file import load_study
from study.tables import study_tables
from tests.etl.engines.compare import differences, marts_of
from tests.etl.engines.dirty import Dirt
from tests.etl.engines.spark_build import on
from tests.etl.engines.spark_once import shared_spark
from warehouse.connect import open_new_mart
from warehouse.workspace import Workspace

pytestmark = [pytest.mark.xdist_group("spark"), pytest.mark.exhaustive]
OF_EXPORTS = ("dim_sources", "fct_receipts", "fct_rejections", "fct_findings")
"""They tell of export files: one study has files of events, the other has none."""
BAD = {
    "missing_participant": [{"participant_id": None}, {"participant_id": " "}],
    "missing_event_id": [{"event_id": None}, {"event_id": ""}],
    "missing_event_name": [{"event_name": None}, {"event_name": " "}],
    "bad_time": [{"occurred_at": None}, {"time_zone": None}, {"time_zone": ""}],
    "time_out_of_range": [
        {"occurred_at": datetime(1999, 12, 31), "local_date": date(1999, 12, 31)},
        {"occurred_at": datetime(2199, 1, 1), "local_date": date(2199, 1, 1)},
    ],
    "bad_local_date": [{"local_date": None}, {"local_date": date(2020, 1, 1)}],
    "bad_quantity": [
        {"quantity": -1.0},
        {"quantity": float("nan")},
        {"quantity": float("inf")},
    ],
    "unknown_participant": [{"participant_id": "nobody"}],
}


def without_exports_of_events(folder):
    """The same study, whose app is no source: its events lie in a lake."""
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r'\[\[sources\]\]\nid = "app"\n.*?(?=\[\[sources)', "", text, flags=re.S)
    )
    for one in (folder / "exports").glob("events-*"):
        one.unlink()
    return load_study(folder)


def spoilt(events):
    """Rows that break each rule, and rows that are there twice or came in an export."""
    one = events.row(0, named=True)
    bad = [
        one | {"event_id": f"{reason}-{number}"} | change
        for reason, changes in BAD.items()
        for number, change in enumerate(changes)
    ]
    later = {"occurred_at": one["occurred_at"] + timedelta(microseconds=1)}
    return pl.DataFrame([*bad, one, one | later], schema=events.schema)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Marts of exports by DuckDB, and a study without them whose lake other software wrote."""
    shared_spark()
    folder = tmp_path_factory.mktemp("own") / "exports"
    dirt = Dirt(folder, n_events=1_000, n_participants=60, n_answering=8)
    study = load_study(dirt.write())
    workspace = Workspace(folder / ".rapport")
    load(study, workspace)
    choose_lake(workspace, folder / "lake")
    keep_lake(workspace)
    by_duckdb = build(study, workspace).path

    other = folder.parent / "lake-of-ours"
    theirs = folder.parent / "theirs"
    shutil.copytree(folder / "lake" / EVENTS, theirs / EVENTS)
    shutil.copytree(folder, other, ignore=shutil.ignore_patterns(".rapport", "lake"))
    return by_duckdb, without_exports_of_events(other), theirs


@pytest.fixture
def place(two, tmp_path):
    """A fresh workspace of the study whose events lie in the lake, loaded."""
    workspace = Workspace(tmp_path / "workspace")
    load(two[1], workspace)
    return workspace


def replace_keyed(study):
    """The same study with pseudonyms."""
    return study.model_copy(
        update={"privacy": study.privacy.model_copy(update={"participant_ids": "keyed"})}
    )


def built(study, workspace, folder):
    """A build that reads the lake, and what was told of it."""
    told = []
    choose_own_lake(workspace, folder)
    engine = on(shared_spark(), workspace, OwnLake(folder, study, workspace, told.append))
    outcome = build(study, workspace, engine=engine)
    [own] = told
    return outcome.path, own


def held(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_marts_and_refusals_of_a_lake_with_dirt(two, place, tmp_path):
    by_duckdb, study, theirs = two
    folder = tmp_path / "theirs"
    shutil.copytree(theirs, folder)
    first = sorted(folder.glob(f"{EVENTS}/*/*.parquet"))[0]
    bad = spoilt(pl.read_parquet(first))
    # Other software marks moments as UTC, and knows nothing of files and rows of exports.
    for path in [*folder.glob(f"{EVENTS}/*/*.parquet")]:
        frame = pl.read_parquet(path).drop("file_number", "source_row")
        frame.with_columns(pl.col("occurred_at").dt.replace_time_zone("UTC")).write_parquet(path)
    bad = bad.drop("file_number", "source_row").with_columns(
        pl.col("occurred_at").dt.replace_time_zone("UTC")
    )
    bad.write_parquet(first.with_name("part-2.parquet"))
    before = held(folder)

    by_spark, own = built(study, place, folder)

    said = differences(by_duckdb, by_spark)
    assert [one for one in said if one.split(":")[0].split(".")[0] not in OF_EXPORTS] == []
    assert marts_of(by_spark)["fct_sessions"].height > 50
    assert own.refused == {
        **{reason: len(changes) for reason, changes in BAD.items()},
        "duplicate_event_id": 2,
    }
    assert own.n_taken == sum(pl.read_parquet(path).height for path in before) - bad.height
    refused = pl.read_parquet(place.root / "lake" / REFUSED / "*.parquet")
    assert dict(refused["reason"].value_counts().iter_rows()) == own.refused
    assert all(expected_of(reason) for reason in own.refused)
    assert held(folder) == before
    with pytest.raises(UserError, match="would lack them"):
        build(study, place)
    leave_own_lake(place)
    assert not (place.root / "lake" / REFUSED).exists()
    # Nothing is taken over from a build that its events are in.
    alone = build(study, place)
    assert alone.is_full
    assert marts_of(alone.path)["fct_sessions"].is_empty()


def test_whoever_was_erased_does_not_come_back_and_names_are_the_loaders(two, place, tmp_path):
    _, study, theirs = two
    keyed = replace_keyed(study)
    load(keyed, place)
    begin_erasure(keyed, place, find_people(keyed, place, ["p0001"], None), "asked")
    given = pl.concat(pl.read_parquet(path) for path in theirs.glob(f"{EVENTS}/*/*.parquet"))
    name_of = {one: load_identities(keyed, place).kept(one) for one in given["participant_id"]}

    told, session = [], shared_spark()
    own = OwnLake(theirs, keyed, place, told.append)
    engine_of = on(session, place, own)
    con = open_new_mart(tmp_path / "draft.duckdb", place.raw_path)
    for name, table in study_tables(keyed).items():
        con.from_arrow(table.to_arrow()).create(name)
    con.execute("create table dim_hidden_events (property varchar, property_value varchar)")
    with engine_of.open(Draft(con, "draft", tmp_path / "draft.duckdb")) as engine:
        engine.fetch(sqlfile.load(AS_OF))
        events = engine.session.table("raw__events").select("participant_id", "event_name")
        rows = [tuple(row) for row in events.collect()]
    con.close()

    left = given.filter(pl.col("participant_id") != "p0001")
    assert sorted(rows) == sorted(
        (name_of[who], name) for who, name in left.select("participant_id", "event_name").rows()
    )
    [outcome] = told
    assert outcome.n_erased == given.height - left.height > 0
    assert (outcome.n_taken, outcome.refused) == (left.height, {})
    assert [path for path in place.root.rglob("*.parquet") if "given" in path.parts] == []
