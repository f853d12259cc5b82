"""Events: mapping, rules, duplicates and what is left out."""

import gzip
import json

import polars as pl
import pytest

from study.definition import Lookup, Privacy
from tests.etl.load_study import (
    counts,
    events,
    only,
    raw,
    refused,
    roster,
    run,
    study,
    write,
)


def test_every_rule_names_its_row(tmp_path):
    write(
        tmp_path / "events.csv",
        "pid,event,time,n",
        "p1,open,2025-03-05,1",
        ",open,2025-03-05,1",
        "p1,NA,2025-03-05,1",
        "p1,open,soon,1",
        "p1,open,1999-03-05,1",
        "p1,open,2025-03-06,many",
        "p1,open,2025-03-06,-1",
        "p1,open",
        " p1 , open ,2025-03-07,",
    )
    one = study(tmp_path, events(columns={"quantity": "n"}))
    receipt = only(run(one))
    assert counts(receipt) == (9, 2, 0, 7)
    assert refused(receipt) == {
        "missing_participant": (2,),
        "missing_event_name": (3,),
        "bad_time": (4,),
        "time_out_of_range": (5,),
        "bad_quantity": (6, 7),
        "bad_row": (8,),
    }
    assert raw(one, "select participant_id, event_name, quantity from events order by all") == [
        ("p1", "open", 1.0),
        ("p1", "open", 1.0),
    ]
    assert raw(one, "select raw_text from rejected_rows where rule = 'bad_time'") == [
        ("p1,open,soon,1",)
    ]


def test_messages_never_hold_a_value(tmp_path):
    write(tmp_path / "events.csv", "pid,event,time,tz", "SECRET,SECRET,SECRET,SECRET")
    one = study(tmp_path, events(columns={"time_zone_column": "tz", "quantity": "tz"}))
    outcome = run(one)
    said = json.dumps([str(outcome), raw(one, "select message, rule from receipts, rejected_rows")])
    assert "bad_time" in said
    assert "SECRET" not in said


def test_json_lines_with_nested_fields_and_properties(tmp_path):
    record = {
        "pid": 7,
        "event": "open",
        "time": "2025-03-05T10:00:00Z",
        "app": {"version": "2.1"},
        "properties": {"kind": "tip", "device_id": "x", "deep": {"device_id": "y", "n": 1}},
    }
    content = f"{json.dumps(record)}\n\n{{oops\n".encode()
    (tmp_path / "events.jsonl.gz").write_bytes(gzip.compress(content))
    columns = {"app_version": "app.version", "properties": "properties", "quantity": "n"}
    one = study(
        tmp_path,
        events("events*.gz", columns=columns),
        privacy=Privacy(drop=("device_id",)),
    )
    receipt = only(run(one))
    assert counts(receipt) == (2, 1, 0, 1)
    assert refused(receipt) == {"bad_row": (3,)}
    ((participant, version, properties),) = raw(
        one, "select participant_id, app_version, properties from events"
    )
    assert (participant, version) == ("7", "2.1")
    assert json.loads(properties) == {"kind": "tip", "deep": {"n": 1}}


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ("*", {"kind": "tip", "n": "2"}),
        (("kind",), {"kind": "tip"}),
        ("kind", {"text": "tip"}),
        ((), None),
    ],
)
def test_properties_of_a_table(tmp_path, wanted, kept):
    write(tmp_path / "events.csv", "pid,event,time,kind,n,ip", "p1,open,2025-03-05,tip,2,10.0.0.1")
    source = events(columns={"properties": wanted})
    one = study(tmp_path, source, privacy=Privacy(drop=("ip",)))
    run(one)
    ((properties,),) = raw(one, "select properties from events")
    assert (properties and json.loads(properties)) == kept


def test_parquet_events(tmp_path):
    pl.DataFrame(
        {"pid": [1, None], "event": ["open", "open"], "time": ["2025-03-30T00:30:00Z"] * 2}
    ).with_columns(
        pl.col("time").str.to_datetime(time_zone="UTC").dt.convert_time_zone("Asia/Tokyo")
    ).write_parquet(tmp_path / "events.bin")
    one = study(tmp_path, events("events.bin"), time_zone="Asia/Tokyo")
    assert counts(only(run(one))) == (2, 1, 0, 1)
    assert raw(one, "select participant_id, cast(occurred_at as varchar) from events") == [
        ("1", "2025-03-30 00:30:00")
    ]


def test_duplicates_by_id_and_by_named_fields(tmp_path):
    write(
        tmp_path / "events.csv",
        "pid,event,time,n,id",
        "p1,click,2025-03-05,4,a",
        "p1,click,2025-03-05,4,a",
        "p1,click,2025-03-05,4,b",
        "p1,click,2025-03-05,1,",
        "p1,click,2025-03-05,1,",
        "p1,click,2025-03-05,2,",
    )
    columns = {"quantity": "n", "duplicate_of": ("participant", "name", "time", "quantity")}
    by_id = study(tmp_path / "a", events("../events.csv", columns={**columns, "event_id": "id"}))
    by_fields = study(tmp_path / "b", events("../events.csv", columns=columns))
    by_default = study(tmp_path / "c", events("../events.csv"))
    assert counts(only(run(by_id))) == (6, 4, 2, 0)
    assert counts(only(run(by_fields))) == (6, 3, 3, 0)
    assert counts(only(run(by_default))) == (6, 1, 5, 0)


def test_one_id_in_two_sources_is_two_events(tmp_path):
    write(tmp_path / "a.csv", "pid,event,time,id", "p1,open,2025-03-05,1")
    write(tmp_path / "b.csv", "pid,event,time,id", "p1,shut,2025-03-05,1")
    columns = {"event_id": "id"}
    one = study(
        tmp_path, events("a.csv", columns=columns), events("b.csv", id="web", columns=columns)
    )
    assert [receipt.rows_loaded for receipt in run(one).receipts] == [1, 1]


def test_lookup_gives_the_name(tmp_path):
    write(tmp_path / "events.csv", "pid,site,time", "p1,10,2025-03-05", "p1,11,2025-03-05")
    write(tmp_path / "sites.csv", "site,kind,other", "10,forum,x", "12,quiz,y")
    lookup = (Lookup(path="sites.csv", on="site", take=("kind",)),)
    one = study(tmp_path, events(columns={"name": "kind"}, lookup=lookup))
    receipt = only(run(one))
    assert counts(receipt) == (2, 1, 0, 1)
    assert refused(receipt) == {"missing_event_name": (2,)}
    # A changed lookup changes what the file's rows become.
    write(tmp_path / "sites.csv", "site,kind,other", "10,forum,x", "11,quiz,y")
    assert counts(only(run(one))) == (2, 2, 0, 0)


@pytest.mark.parametrize(
    ("rows", "words"),
    [(("10,a", "10,b"), "not unique"), (None, "does not exist"), ((), "no column 'kind'")],
)
def test_lookup_that_cannot_be_joined(tmp_path, rows, words):
    write(tmp_path / "events.csv", "pid,site,time", "p1,10,2025-03-05")
    if rows is not None:
        write(tmp_path / "sites.csv", "site,kind" if rows else "site,kimd", *rows)
    lookup = (Lookup(path="sites.csv", on="site", take=("kind",)),)
    outcome = run(study(tmp_path, events(columns={"name": "kind"}, lookup=lookup)))
    assert outcome.exit_code == 1
    assert words in outcome.failed[0].message


def test_decimal_comma_and_constant_name(tmp_path):
    write(tmp_path / "events.csv", "pid;time;n", "p1;2025-03-05;2,5", encoding="utf-16")
    columns = {"name": None, "name_is": "steps", "quantity": "n"}
    source = events(columns=columns, delimiter=";", decimal=",", encoding="utf-16")
    one = study(tmp_path, source)
    run(one)
    assert raw(one, "select event_name, quantity from events") == [("steps", 2.5)]


def test_unknown_participants_are_refused_and_come_back_with_the_roster(tmp_path):
    write(tmp_path / "events.csv", "pid,event,time", "p1,open,2025-03-05", "p2,open,2025-03-05")
    write(tmp_path / "roster.csv", "pid,enrolled", "p1,2025-03-01")
    one = study(tmp_path, events(), roster())
    assert [counts(receipt) for receipt in run(one).receipts] == [(2, 1, 0, 1), (1, 1, 0, 0)]
    kept = raw(one, "select raw_text from rejected_rows where rule = 'unknown_participant'")
    assert json.loads(kept[0][0])["participant_id"] == "p2"
    write(tmp_path / "roster.csv", "pid,enrolled", "p1,2025-03-01", "p2,2025-03-02")
    assert [counts(receipt) for receipt in run(one).receipts] == [(2, 2, 0, 0), (2, 2, 0, 0)]
    assert raw(one, "select count(*) from rejected_rows") == [(0,)]


def test_a_missing_column_is_named_with_the_nearest(tmp_path):
    write(tmp_path / "events.csv", "pid,events,when", "p1,open,2025-03-05")
    outcome = run(study(tmp_path, events()))
    (failure,) = outcome.failed
    assert "no column 'event'" in failure.message
    assert "nearest: 'events'" in failure.message
    assert "The file has: pid, events, when" in failure.message


@pytest.mark.parametrize(
    "line",
    ["SECRET,open,2025-03-05", "SECRET,open,1741210800", "SECRET,a@b.org,x", "SECRET,SECRET,-10"],
)
def test_a_file_without_a_header_is_refused_without_a_word_of_it(tmp_path, line):
    write(tmp_path / "events.csv", line, line)
    (failure,) = run(study(tmp_path, events())).failed
    assert "header" in failure.message
    assert "SECRET" not in failure.message
