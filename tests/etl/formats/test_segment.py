"""Segment's tables: properties joined by id, times, overlapping dumps, what is personal."""

import json

import pytest

from etl.sources import event_tables, warehouse_tables
from etl.sources.reader import REST
from etl.sources.registry import format_of
from etl.sources.sample import sample
from study.definition import Source
from study.errors import UserError
from tests.etl.formats import rudderstack_export
from tests.etl.formats.loaded_study import (
    assert_loads,
    counts_of,
    everything,
    load_it,
    opened,
    rows,
    study_of,
)
from tests.etl.formats.segment_export import (
    HEADER,
    SOURCE,
    bigquery,
    call,
    parquet,
    table,
    write,
)

FIELDS = ("user_id", "anonymous_id", "event", "timestamp", "received_at", "id")


def source(**given):
    return Source(id="s", kind="events", path="x", format="segment", **given)


def read(path, *fields, **given):
    reader = opened(path, source(**given))
    batches = list(reader.batches(fields, rest=True))
    return [row for batch in batches for row in batch.rows.iter_rows(named=True)]


def test_a_dirty_export_loads_as_it_should(tmp_path):
    one = assert_loads(tmp_path, write(tmp_path))
    assert rows(
        one,
        "select participant_id, event_name, occurred_at::varchar, received_at::varchar, "
        "app_version, properties::varchar from events where status = 'loaded' order by occurred_at",
    ) == [
        ("S01", "app_opened", "2025-03-03 10:00:00", "2025-03-03 10:00:02", "3.1", "{}"),
        (
            "S01",
            "module_done",
            "2025-03-03 10:05:00",
            "2025-03-03 10:05:02",
            "3.1",
            '{"module": "m1", "minutes": "12", "passed": "t"}',
        ),
        (
            "S02",
            "praise_shown",
            "2025-03-03 10:06:30",
            "2025-03-03 10:06:32",
            "3.1",
            '{"kind": "streak"}',
        ),
        (
            "S03",
            "module_done",
            "2025-03-04 10:05:00",
            "2025-03-04 10:05:02",
            "3.1",
            '{"module": "m2", "minutes": "3", "passed": "f"}',
        ),
        ("S04", "app_opened", "2025-03-04 11:00:00", "2025-03-04 11:00:02", "3.1", "{}"),
    ]
    assert sorted(rows(one, "select rule from rejected_rows")) == [
        ("bad_row",),
        ("bad_time",),
        ("missing_participant",),
    ]


def test_tracks_alone_have_no_properties_of_their_own(tmp_path):
    path = table(tmp_path / "tracks.csv", call(1, "S01", "module_done", 0))
    (row,) = read(path, *FIELDS)
    assert json.loads(row[REST]) == {}


def test_a_table_of_one_event_can_be_the_source(tmp_path):
    done = call(1, "S01", "module_done", 0, module="m1", minutes=12, note="")
    path = table(tmp_path / "module_done.csv", done, own=("module", "minutes", "note"))
    (row,) = read(path, *FIELDS)
    assert row["event"] == "module_done"
    assert json.loads(row[REST]) == {"module": "m1", "minutes": "12"}
    path = parquet(tmp_path / "module_done.parquet", done, own=("module", "minutes", "note"))
    (typed,) = read(path, *FIELDS)
    assert typed.pop("timestamp") == "2025-03-03T10:00:00.000000+00:00"
    assert {**typed, "received_at": row["received_at"]}.items() <= row.items()


@pytest.mark.parametrize(
    "stamp", [bigquery, lambda time: time.isoformat(), lambda t: f"{t:%Y-%m-%dT%H:%M:%SZ}"]
)
def test_times_are_utc_however_they_are_written(tmp_path, stamp):
    calls = [call(n, "S01", "x", n) for n in range(3)]
    folder = tmp_path / "exports" / "segment"
    table(folder / "tracks_1.csv", *calls)
    table(folder / "tracks_2.csv", *calls, stamp=stamp)
    one = study_of(tmp_path, SOURCE.replace("event_tables", "# event_tables"))
    assert counts_of(load_it(one)) == {
        "exports/segment/tracks_1.csv": (3, 3, 0, 0),
        "exports/segment/tracks_2.csv": (3, 0, 3, 0),
    }
    assert rows(one, "select distinct occurred_at - received_at from events") == rows(
        one, "select interval (-2) seconds"
    )
    assert rows(
        one, "select count(distinct occurred_at), min(occurred_at)::varchar from events"
    ) == [(3, "2025-03-03 10:00:00")]


def test_a_dump_of_another_zone_keeps_its_clock(tmp_path):
    path = table(tmp_path / "tracks.csv", call(1, "S01", "x", 0))
    assert read(path, "timestamp")[0]["timestamp"] == "2025-03-03 10:00:00.000+00:00"
    row = read(path, "timestamp", time_zone="Europe/Berlin")[0]
    assert row["timestamp"] == "2025-03-03 10:00:00.000"


def test_columns_may_be_absent_and_context_is_left_out_unless_listed(tmp_path):
    short = [
        "id",
        "received_at",
        "event",
        "event_text",
        "timestamp",
        "anonymous_id",
        "context_page_path",
    ]
    path = table(tmp_path / "t.csv", call(1, "S01", "x", 0, a=1), own=("a",), header=short)
    reader = opened(path, source())
    assert reader.has("user_id")
    assert reader.has("context_app_version")
    assert not reader.has("userid")
    (row,) = read(path, *FIELDS, "context_app_version")
    assert row["user_id"] is None
    assert json.loads(row[REST]) == {"a": "1"}
    listed = source(events={"properties": ["*", "context_page_path"]})
    (batch,) = opened(path, listed).batches((*FIELDS, "context_page_path"), rest=True)
    assert json.loads(batch.rows[REST][0]) == {"a": "1", "context_page_path": "/today"}


def test_before_sign_in_anonymous_id_stands_in(tmp_path):
    table(tmp_path / "exports/segment/tracks_1.csv", call(1, "", "x", 0))
    text = SOURCE.replace("participant_else = []", "").replace("event_tables", "# event_tables")
    one = study_of(tmp_path, text)
    load_it(one)
    assert rows(one, "select participant_id from events") == [("anonymous of",)]


def test_properties_of_the_tables_can_be_mapped(tmp_path):
    done = call(1, "S01", "module_done", 0, minutes=12)
    table(tmp_path / "tracks.csv", done, call(2, "S01", "app_opened", 1))
    table(tmp_path / "tables/module_done.csv", done, "torn,row", own=("minutes",))
    found = read(tmp_path / "tracks.csv", "minutes", event_tables="tables/*.csv")
    assert [(row["minutes"], json.loads(row[REST])) for row in found] == [("12", {}), (None, {})]
    reader = opened(tmp_path / "tracks.csv", source(event_tables="tables/*.csv"))
    assert reader.has("minutes")
    list(reader.batches(FIELDS, rest=True))
    assert reader.notes() == ("Rows of event_tables that could not be read: 1.",)
    table(tmp_path / "others.csv", call(7, "S01", "module_done", 0))
    reader = opened(tmp_path / "others.csv", source(event_tables="tables/module_done.csv"))
    list(reader.batches(FIELDS, rest=True))
    assert "No event of this table stands in event_tables" in reader.notes()[0]


def test_an_event_in_several_tables_has_the_properties_of_the_first(tmp_path):
    done = call(1, "S01", "done", 0, n=1)
    table(tmp_path / "tracks.csv", done)
    table(tmp_path / "tables/a.csv", done, {**done, "n": 2}, own=("n",))
    table(tmp_path / "tables/b.csv", {**done, "n": 3}, own=("n",))
    (row,) = read(tmp_path / "tracks.csv", "event", event_tables="tables/*")
    assert json.loads(row[REST]) == {"n": "1"}


def test_tables_are_read_once_for_all_files_and_anew_when_they_change(tmp_path, monkeypatch):
    n_read = []
    original = event_tables.EventTables._parts
    monkeypatch.setattr(
        event_tables.EventTables,
        "_parts",
        lambda self, one: (n_read.append(1), original(self, one))[1],
    )
    done = call(1, "S01", "done", 0, n=1)
    paths = [table(tmp_path / f"tracks_{n}.csv", done) for n in range(3)]
    table(tmp_path / "tables/a.csv", done, own=("n",))
    for path in paths:
        assert json.loads(read(path, "event", event_tables="tables/*")[0][REST]) == {"n": "1"}
    assert len(n_read) == 1
    table(tmp_path / "tables/a.csv", {**done, "n": 200}, own=("n",))
    assert json.loads(read(paths[0], "event", event_tables="tables/*")[0][REST]) == {"n": "200"}


def test_a_changed_table_gives_its_events_their_new_properties(tmp_path):
    one = study_of(tmp_path, write(tmp_path).source)
    load_it(one)
    done = call(2, "S01", "module_done", 5, minutes=99)
    folder = tmp_path / "exports" / "segment"
    table(folder / "tables" / "module_done.csv", done, own=("minutes",))
    assert counts_of(load_it(one)) == write(tmp_path / "again").counts
    found = (
        "select properties ->> 'minutes' from events where event_name = 'module_done' order by all"
    )
    assert rows(one, found) == [("99",), (None,)]


def test_no_table_is_told(tmp_path):
    path = table(tmp_path / "tracks.csv", call(1, "S01", "x", 0))
    with pytest.raises(UserError, match="No file matches event_tables"):
        opened(path, source(event_tables="tables/*"))


def test_tables_without_properties_of_events_are_passed_over(tmp_path):
    done = call(1, "S01", "done", 0, n=1)
    path = table(tmp_path / "tables/tracks.csv", done)
    table(tmp_path / "tables/a.csv", done, own=("n",))
    header = ["id", "user_id", "received_at"]
    table(
        tmp_path / "tables/identifies.csv",
        {**done, "email": "secret"},
        own=("email",),
        header=header,
    )
    reader = opened(
        path, Source(id="s", kind="events", path="x", format="segment", event_tables="*")
    )
    assert not reader.has("email")
    assert json.loads(read(path, "event", event_tables="*")[0][REST]) == {"n": "1"}


def test_what_is_personal_is_dropped_unless_mapped(tmp_path):
    done = call(1, "S01", "done", 0, n=1, note="free text")
    path = table(tmp_path / "t.csv", done, "torn,secret", own=("n", "note"))
    said = everything(opened(path, source()), "event", "user_id")
    assert "free text" in said
    for secret in ("secret", "10.0.0.99"):
        assert secret not in said
    mapped = everything(opened(path, source(participant="context_device_id")), "context_device_id")
    assert "device-secret" in mapped
    assert "ad-secret" not in mapped
    kept = everything(opened(path, source(), drop=("note",)), "event")
    assert "free text" not in kept
    table(tmp_path / "tracks.csv", done)
    joined = opened(tmp_path / "tracks.csv", source(event_tables="t.csv"), drop=("note",))
    said = everything(joined, "event")
    assert '"n": "1"' in said
    assert "free text" not in said


def test_upper_case_columns_of_snowflake(tmp_path):
    one = call(1, "S01", "done", 0, n=1)
    lower = table(tmp_path / "lower.csv", one, own=("n",))
    upper = tmp_path / "upper.csv"
    header, body = lower.read_text().split("\n", 1)
    upper.write_text(f"{header.upper()}\n{body}")
    assert read(upper, *FIELDS) == read(lower, *FIELDS)
    assert format_of("segment").fit(sample(upper)).is_match
    said = everything(opened(upper, source()), "event")
    assert "secret" not in said


def test_many_events_come_in_batches(tmp_path):
    calls = [call(n, "S01", "done", n, n=n) for n in range(3000)]
    path = table(tmp_path / "tracks.csv", *calls)
    table(tmp_path / "tables/done.csv", *reversed(calls), own=("n",))
    found = read(path, "id", event_tables="tables/*")
    assert [json.loads(row[REST])["n"] for row in found] == [str(n) for n in range(3000)]


def test_damage_is_told(tmp_path):
    path = parquet(tmp_path / "t.parquet", call(1, "S01", "x", 0))
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(UserError, match="not a readable Parquet"):
        opened(path, source())
    (tmp_path / "t.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(UserError, match="ZIP"):
        opened(tmp_path / "t.zip", source())


def test_a_mark_tells_the_two_systems_apart(tmp_path):
    segment, rudderstack = format_of("segment"), format_of("rudderstack")
    one = call(1, "S01", "x", 0)
    neither = sample(table(tmp_path / "a.csv", one))
    assert segment.fit(neither).is_match
    assert rudderstack.fit(neither).is_match
    assert segment.fit(neither).share > rudderstack.fit(neither).share
    assert "could as well be of RudderStack" in segment.fit(neither).because
    by_segment = sample(table(tmp_path / "b.csv", one, own=("context_protocols_source_id",)))
    assert segment.fit(by_segment).is_match
    assert not rudderstack.fit(by_segment).is_match
    by_other = sample(table(tmp_path / "c.csv", one, header=rudderstack_export.OWN_HEADER))
    assert rudderstack.fit(by_other).is_match
    assert not segment.fit(by_other).is_match
    library = {**one, "context_library_name": "RudderLabs JavaScript SDK"}
    named = sample(table(tmp_path / "d.csv", library, own=("context_library_name",)))
    assert rudderstack.fit(named).share > segment.fit(named).share


@pytest.mark.parametrize("name", ["segment", "rudderstack"])
def test_either_reader_takes_a_table_of_the_other(tmp_path, name):
    path = table(tmp_path / "t.csv", call(1, "S01", "x", 0, n=1), own=("n", "channel"))
    one = Source(id="s", kind="events", path="x", format=name)
    (batch,) = opened(path, one).batches(FIELDS, rest=True)
    assert json.loads(batch.rows[REST][0]) == {"n": "1"}


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("id,event,timestamp\n1,x,2025-03-03\n", "no event_text, received_at"),
        ('{"id": 1, "event": "x", "event_text": "X"}\n', "neither CSV nor Parquet"),
        ("uuid,event,distinct_id,timestamp\n1,x,y,2025-03-03\n", "has no"),
    ],
)
def test_what_is_none_is_not_recognised(tmp_path, text, because):
    (tmp_path / "tracks.csv").write_text(text)
    for name in ("segment", "rudderstack"):
        fit = format_of(name).fit(sample(tmp_path / "tracks.csv"))
        assert not fit.is_match
        assert because in fit.because


def test_the_header_of_the_fixture_is_standard():
    known = warehouse_tables.STANDARD
    assert all(name in known or name.startswith("context_") for name in HEADER)
