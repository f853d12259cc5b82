"""GA4 and Firebase exports: parameters, keys, rewritten and intraday tables, what is personal."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.sources import ga4
from etl.sources.ga4 import FORMAT
from etl.sources.reader import REST, ROW
from etl.sources.sample import sample
from study.definition import Source
from study.errors import UserError
from tests.etl.formats.ga4_export import SOURCE, event, intraday, lines, parquet, write
from tests.etl.formats.loaded_study import (
    assert_loads,
    counts_of,
    everything,
    load_it,
    opened,
    rows,
    study_of,
)

FIELDS = ("user_id", "user_pseudo_id", "event_name", "event_timestamp", "event_params")


def source(**given):
    return Source(id="ga4", kind="events", path="x", format="ga4", **given)


def read(path, *fields, rest=False, **given):
    batches = list(opened(path, source(**given)).batches(fields, rest=rest))
    return [row for batch in batches for row in batch.rows.iter_rows(named=True)]


def test_a_dirty_export_loads_as_it_should(tmp_path):
    one = assert_loads(tmp_path, write(tmp_path))
    assert rows(
        one,
        "select participant_id, event_name, occurred_at::varchar, app_version, "
        "properties ->> 'minutes', properties ->> 'score' from events "
        "where properties ->> 'module' = 'm1' and status = 'loaded' order by all",
    ) == [
        ("S01", "module_done", "2025-03-03 11:07:10", "2.1", "5", "0.5"),
        ("S01", "module_done", "2025-03-03 11:07:10", "2.1", "5", "0.5"),
        ("S05", "module_done", "2025-03-05 11:06:40", "2.1", "4", None),
    ]
    assert rows(one, "select rule, column_name from rejected_rows order by all") == [
        ("bad_row", None),
        ("missing_participant", "user_properties.study_id"),
    ]


def test_parameters_become_one_object_with_numbers(tmp_path):
    record = event("S01", "x", 0, text="5", whole=5, part=0.25)
    record["event_params"] += [
        {"key": "none", "value": {}},
        {"key": "big", "value": {"int_value": "9007199254740993"}},
        {"key": "from text", "value": {"double_value": "1.5"}},
        {"key": "empty", "value": {"string_value": "", "int_value": None}},
        {"key": "too big", "value": {"double_value": "1e999"}},
    ]
    lines(tmp_path / "a.json", record)
    (row,) = read(tmp_path / "a.json", "event_params", "user_properties.visits", "device.category")
    assert json.loads(row["event_params"]) == {
        "ga_session_id": 1_741_000_000,
        "text": "5",
        "whole": 5,
        "part": 0.25,
        "none": None,
        "big": 9_007_199_254_740_993,
        "from text": 1.5,
        "empty": "",
        "too big": "1e999",
    }
    assert row["user_properties.visits"] == "3"
    assert row["device.category"] == "mobile"


def test_json_and_parquet_say_the_same(tmp_path):
    events = [event("S01", "x", n / 7, n if n % 2 else None, n=n, f=n / 3) for n in range(9)]
    lines(tmp_path / "a.json", *events)
    parquet(tmp_path / "a.parquet", *events)
    (tmp_path / "list.json.gz").write_bytes(gzip.compress(json.dumps(events, indent=1).encode()))
    fields = (*FIELDS, "user_properties.study_id", "app_info.version")
    from_lines = read(tmp_path / "a.json", *fields)
    assert len(from_lines) == 9
    assert read(tmp_path / "list.json.gz", *fields) == from_lines
    assert read(tmp_path / "a.parquet", *fields) == from_lines


def test_numbers_that_json_has_not_are_no_value(tmp_path):
    record = event("S01", "x", 0, None, bad=float("nan"), worse=float("inf"), good=1.5)
    lines(tmp_path / "a.json", record, json.dumps(record).replace("Infinity", "1e999"))
    parquet(tmp_path / "a.parquet", record)
    for name in ("a.json", "a.parquet"):
        for row in read(tmp_path / name, "event_params"):
            held = json.loads(row["event_params"], parse_constant=pytest.fail)
            assert (held["bad"], held["worse"], held["good"]) == (None, None, 1.5)


def test_one_key_in_every_container(tmp_path):
    # The stream is no column of the small Parquet file.
    events = [{**event("S01", "x", n, n), "stream_id": None} for n in range(3)]
    lines(tmp_path / "a.json", *events)
    parquet(tmp_path / "a.parquet", *events)
    assert read(tmp_path / "a.json", "event_key") == read(tmp_path / "a.parquet", "event_key")


def test_what_makes_an_event_another_one(tmp_path):
    first = event("S01", "x", 0, 1, n=1)
    same = [first, intraday(first), {**first, "event_params": []}, {**first, "user_id": "u"}]
    others = [
        event("S01", "y", 0, 1, n=1),
        event("S01", "x", 1, 1, n=1),
        event("S01", "x", 0, 2, n=1),
        event("S02", "x", 0, 1, n=1),
        {**first, "batch_ordering_id": "2"},
        {**first, "batch_page_id": "2"},
        {**first, "event_bundle_sequence_id": "2"},
    ]
    lines(tmp_path / "a.json", *same, *others)
    keys = [row["event_key"] for row in read(tmp_path / "a.json", "event_key")]
    assert len(set(keys[:4])) == 1
    assert len(set(keys)) == 8


def test_without_places_in_the_batch_the_parameters_tell(tmp_path):
    old = [event("S01", "x", 0, None, n=1), event("S01", "x", 0, None, n=2)]
    lines(tmp_path / "a.json", *old, old[0])
    keys = [row["event_key"] for row in read(tmp_path / "a.json", "event_key")]
    assert keys[0] == keys[2] != keys[1]


def test_a_rewritten_table_replaces_its_rows(tmp_path):
    table = tmp_path / "exports" / "ga4" / "events_20250303.json"
    early = [event("S01", "app_opened", 0), event("S02", "app_opened", 5)]
    lines(table, *early)
    one = study_of(tmp_path, SOURCE)
    assert counts_of(load_it(one)) == {"exports/ga4/events_20250303.json": (2, 2, 0, 0)}
    lines(table, {**early[0], "is_active_user": True}, early[1], event("S03", "late", 9))
    assert counts_of(load_it(one)) == {"exports/ga4/events_20250303.json": (3, 3, 0, 0)}
    assert rows(one, "select count(*) from events") == [(3,)]


def test_an_intraday_table_does_not_count_twice_whichever_came_first(tmp_path):
    folder = tmp_path / "exports" / "ga4"
    day = [event("S01", "app_opened", 0, 1), event("S01", "app_opened", 0, 2)]
    lines(folder / "events_intraday_20250303.json", *map(intraday, day))
    one = study_of(tmp_path, SOURCE)
    assert counts_of(load_it(one)) == {"exports/ga4/events_intraday_20250303.json": (2, 2, 0, 0)}
    lines(folder / "events_20250303.json", *day)
    assert counts_of(load_it(one)) == {
        "exports/ga4/events_20250303.json": (2, 2, 0, 0),
        "exports/ga4/events_intraday_20250303.json": (2, 0, 2, 0),
    }


def test_before_sign_in_the_device_stands_in(tmp_path):
    lines(
        tmp_path / "exports/ga4/a.json",
        event("S01", "x", 0),
        {**event("S01", "x", 1), "user_id": "u1"},
    )
    plain = '[[sources]]\nid = "g"\nkind = "events"\nformat = "ga4"\npath = "exports/ga4/*"\n'
    one = study_of(tmp_path, plain)
    load_it(one)
    assert rows(one, "select participant_id from events order by occurred_at") == [
        ("pseudo of S01",),
        ("u1",),
    ]


def test_what_is_personal_is_dropped_unless_mapped(tmp_path):
    torn = '{"user_pseudo_id": "pseudo of S01", "geo": {"city": "Secretville"'
    record = event("S01", "x", 0, note="free text")
    lines(tmp_path / "a.json", record, torn)
    said = everything(opened(tmp_path / "a.json", source()), "event_name", "event_params")
    assert "free text" in said
    for secret in ("secret", "Secretville", "Nowhere", "pseudo", "event_key"):
        assert secret not in said
    mapped = everything(opened(tmp_path / "a.json", source()), "geo.country", "user_pseudo_id")
    assert mapped.count("Nowhere") == 1
    assert "Secretville" not in mapped


def test_what_the_study_drops_is_dropped_in_parameters_too(tmp_path):
    torn = '{"event_params": [{"key": "note", "value": {"string_value": "free text"}}'
    lines(tmp_path / "a.json", event("S01", "x", 0, note="free text", n=1), torn)
    reader = opened(tmp_path / "a.json", source(), drop=("note", "user_properties.visits"))
    said = everything(reader, "event_params", "user_properties")
    assert "free text" not in said
    assert "visits" not in said
    assert "study_id" in said


def test_nested_lists_by_other_writers(tmp_path):
    value = {"string_value": "v", "int_value": None, "float_value": None, "double_value": None}
    pair = {"key": "k", "value": value}
    table = pa.Table.from_pylist(
        [
            {
                "event_timestamp": 1,
                "event_name": "x",
                "event_params": {"list": [{"element": pair}]},
            },
            {"event_timestamp": 2, "event_name": "x", "event_params": {"list": []}},
        ]
    )
    pq.write_table(table, tmp_path / "a.parquet")
    found = [row["event_params"] for row in read(tmp_path / "a.parquet", "event_params")]
    assert [json.loads(one) for one in found] == [{"k": "v"}, {}]
    lines(tmp_path / "a.json", {**event("S01", "x", 0), "event_params": json.dumps([pair])})
    (row,) = read(tmp_path / "a.json", "event_params")
    assert json.loads(row["event_params"]) == {"k": "v"}


def test_parquet_is_read_in_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(ga4, "BATCH_ROWS", 2)
    parquet(tmp_path / "a.parquet", *(event("S01", "x", n, n) for n in range(5)))
    assert [row[ROW] for row in read(tmp_path / "a.parquet")] == [1, 2, 3, 4, 5]


def test_damage_is_told(tmp_path):
    parquet(tmp_path / "a.parquet", event("S01", "x", 0))
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(whole[:-20])
    with pytest.raises(UserError, match="not a readable Parquet"):
        read(tmp_path / "a.parquet")
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(UserError, match="ZIP"):
        read(tmp_path / "a.zip")
    (tmp_path / "a.json").write_text('[{"event_name": "x"}, 5, {"event_name": "y"')
    with pytest.raises(UserError, match="cut short"):
        read(tmp_path / "a.json")


def test_what_is_no_event_is_a_bad_row(tmp_path):
    deep = '{"event_params": ' + "[" * 980 + "]" * 980 + "}"
    lines(tmp_path / "a.json", "{oops", '"x"', "5", "[1]", deep, "", event("S01", "x\ud83d", 0))
    (batch,) = opened(tmp_path / "a.json", source()).batches(("event_name",))
    assert [one.source_row for one in batch.bad] == [1, 2, 3, 4, 5]
    assert batch.rows.rows() == [(7, "x?")]


def test_fields_that_a_file_happens_to_lack(tmp_path):
    record = {key: event("S01", "x", 0)[key] for key in ("event_name", "event_timestamp")}
    lines(tmp_path / "a.json", record)
    reader = opened(tmp_path / "a.json", source())
    assert reader.has("user_id")
    assert reader.has("user_properties.study_id")
    assert not reader.has("userid")
    ((row,),) = (batch.rows.rows() for batch in reader.batches(("user_id",), rest=True))
    assert row[:2] == (1, None)


def test_the_rest_leaves_out_what_has_a_use(tmp_path):
    lines(tmp_path / "a.json", event("S01", "x", 0))
    (row,) = read(tmp_path / "a.json", "event_name", "event_params", rest=True)
    rest = json.loads(row[REST])
    assert {"event_name", "event_params", "geo", "user_pseudo_id"}.isdisjoint(rest)
    assert rest["device"] == {"category": "mobile"}


def test_recognition_goes_by_content(tmp_path):
    lines(tmp_path / "x.dat", event("S01", "x", 0))
    assert FORMAT.fit(sample(tmp_path / "x.dat")).is_match
    (tmp_path / "y.dat").write_text(json.dumps([event("S01", "x", 0)], indent=2))
    assert FORMAT.fit(sample(tmp_path / "y.dat")).is_match
    parquet(tmp_path / "z.dat", event("S01", "x", 0))
    assert FORMAT.fit(sample(tmp_path / "z.dat")).is_match


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("event_timestamp,event_name,event_params\n1,x,[]\n", "CSV"),
        ('{"event_timestamp": 1, "event_name": "x"}\n', "no event_params"),
        ('{"a": [{"event_timestamp": 1, "event_name": "x", "event_params": []}]}', "one object"),
        (
            '{"event_timestamp": 1, "event_name": "x", "event_params": [1], "user_id": "u"}\n',
            "keys",
        ),
        ('{"event_time": "2025-03-03", "event_type": "x", "event_properties": {}}\n', "has no"),
    ],
)
def test_what_is_none_is_not_recognised(tmp_path, text, because):
    (tmp_path / "events_20250303.json").write_text(text)
    fit = FORMAT.fit(sample(tmp_path / "events_20250303.json"))
    assert not fit.is_match
    assert because in fit.because
