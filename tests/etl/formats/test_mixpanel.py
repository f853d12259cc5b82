"""Mixpanel: clocks, ids and what is personal, each with the trap it sets."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from etl.sources.mixpanel import FORMAT
from etl.sources.reader import REST, ROW
from etl.sources.sample import sample
from study.definition import Source
from study.errors import UserError
from tests.etl.formats.loaded_study import (
    assert_loads,
    counts_of,
    everything,
    load_it,
    opened,
    rows,
    study_of,
)
from tests.etl.formats.mixpanel_export import (
    SOURCE,
    event,
    flat,
    in_milliseconds,
    lines,
    seconds,
    write,
)

AT = "2025-03-03 08:00:00"


def source(**given):
    return Source(id="app", kind="events", path="x", format="mixpanel", **given)


def one_file(folder, *events):
    path = folder / "x.jsonl"
    path.write_bytes(lines(events))
    return path


def read(path, *fields, rest=False, **given):
    batches = list(opened(path, source(**given)).batches(fields, rest=rest))
    return [row for batch in batches for row in batch.rows.iter_rows(named=True)]


def noted(path, **given):
    reader = opened(path, source(**given))
    for _ in reader.batches(("properties.time", "properties.distinct_id")):
        pass
    return " ".join(reader.notes())


def test_a_dirty_export_loads_as_it_should(tmp_path):
    one = assert_loads(tmp_path, write(tmp_path))
    loaded = rows(
        one,
        "select participant_id, event_name, occurred_at::varchar, app_version, "
        "properties ->> 'minutes' from events where status = 'loaded' order by all",
    )
    assert loaded == [
        ("S01", "app_opened", "2025-03-03 08:00:00", "2.1", "1"),
        ("S01", "module_done", "2025-03-03 08:10:00", "2.1", "2"),
        ("S01", "module_done", "2025-03-03 08:10:01", "2.1", "2"),
        ("S02", "praise_shown", "2025-03-03 21:30:00", "2.1", "3"),
        ("S03", "app_opened", "2025-03-03 22:00:00", "2.1", "5"),
        ("S04", "module_done", "2025-03-04 09:00:00.12", "2.1", "6"),
        ("S05", "praise_shown", "2025-03-03 19:00:00.12", "2.1", "0"),
        ("S06", "module_done", "2025-03-05 09:00:00", "2.1", "2"),
    ]
    refused = rows(one, "select rule, source_row from rejected_rows order by all")
    assert refused == [("bad_row", 9), ("bad_time", 4), ("missing_participant", 5)]


def test_the_server_time_is_read_too(tmp_path):
    one = assert_loads(tmp_path, write(tmp_path))
    assert rows(
        one,
        "select received_at::varchar from events where participant_id = 'S01' order by 1 limit 1",
    ) == [("2025-03-03 08:00:01.5",)]


def test_a_server_time_of_nought_is_none(tmp_path):
    path = one_file(tmp_path, event(1, "S01", "x", AT, mp_processing_time_ms=0))
    (row,) = read(path, "properties.mp_processing_time_ms")
    assert row["properties.mp_processing_time_ms"] is None


# -- time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        (1741000000, "1741000000"),
        (1741000000123, "1741000000.123000"),
        (1741000000.5, "1741000000.500000"),
        ("1741000000", "1741000000"),
        ("noon", "noon"),
        (None, None),
    ],
    ids=["seconds", "milliseconds", "a part of a second", "text", "no time", "nothing"],
)
def test_seconds_and_milliseconds_are_told_by_their_size(tmp_path, stamp, expected):
    path = one_file(tmp_path, event(1, "S01", "x", AT, time=stamp))
    (row,) = read(path, "properties.time")
    assert row["properties.time"] == expected


def test_milliseconds_are_noted(tmp_path):
    one = event(1, "S01", "x", AT)
    path = one_file(tmp_path, one, in_milliseconds(one), in_milliseconds(one))
    assert "time in milliseconds, not in seconds, which was read as such: 2." in noted(path)
    assert noted(one_file(tmp_path, one)) == ""


def wall_clock(at: str, zone: str) -> int:
    """What a project made before 2023 stores: the seconds that its own clock showed."""
    shown = datetime.fromisoformat(at).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    return int(shown.replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize("zone", ["US/Pacific", "Europe/London", "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize(
    "at",
    [
        "2025-01-15 12:00:00",
        "2025-07-15 12:00:00",
        # London: before, at and after the hour that was skipped.
        "2025-03-30 00:59:59",
        "2025-03-30 01:00:00",
        # Pacific: 01:30 comes twice, at 08:30 and at 09:30 UTC.
        "2025-11-02 07:59:59",
        "2025-11-02 08:30:00",
        "2025-11-02 09:30:00",
        "2025-11-02 10:00:00",
        # London: 01:30 comes twice.
        "2025-10-26 00:30:00",
        "2025-10-26 01:30:00",
        # Lord Howe goes back by half an hour.
        "2025-04-05 14:45:00",
        "2025-04-05 15:15:00",
    ],
)
def test_a_local_clock_is_converted_exactly(tmp_path, zone, at):
    """Also in an hour that came twice: the time of processing tells which one it was."""
    path = one_file(tmp_path, event(1, "S01", "x", at, time=wall_clock(at, zone)))
    (row,) = read(path, "properties.time", time_is_local=True, time_zone=zone)
    assert row["properties.time"] == str(seconds(at))


def test_in_an_hour_that_came_twice_the_later_counts_where_nothing_tells(tmp_path):
    at = "2025-10-26 00:30:00"
    one = event(1, "S01", "x", at, time=wall_clock(at, "Europe/London"))
    one["properties"]["mp_processing_time_ms"] = None
    path = one_file(tmp_path, one)
    local = {"time_is_local": True, "time_zone": "Europe/London"}
    (row,) = read(path, "properties.time", **local)
    assert row["properties.time"] == str(seconds("2025-10-26 01:30:00"))
    said = noted(path, **local)
    assert "Events in an hour that the project's clock showed twice" in said
    assert "processed before it: 1." in said


def test_a_local_time_that_the_clock_skipped_moves_on(tmp_path):
    path = one_file(tmp_path, event(1, "S01", "x", "2025-03-30 01:30:00"))
    (row,) = read(path, "properties.time", time_is_local=True, time_zone="Europe/London")
    assert row["properties.time"] == str(seconds("2025-03-30 01:30:00"))


def test_a_local_clock_needs_its_time_zone(tmp_path):
    path = one_file(tmp_path, event(1, "S01", "x", AT))
    with pytest.raises(UserError, match="time_is_local = true needs time_zone"):
        opened(path, source(time_is_local=True))


def test_a_local_clock_in_a_load(tmp_path):
    written = write(tmp_path)
    local = 'time_is_local = true\ntime_zone = "US/Pacific"\n'
    one = study_of(tmp_path, written.source + local)
    load_it(one)
    assert rows(
        one,
        "select occurred_at::varchar from events where participant_id = 'S01' order by 1 limit 1",
    ) == [("2025-03-03 16:00:00",)]


def test_another_time_format_is_left_to_the_loader(tmp_path):
    path = one_file(tmp_path, event(1, "S01", "x", AT, time=1741000000123))
    (row,) = read(path, "properties.time", events={"time_format": "epoch_ms"})
    assert row["properties.time"] == "1741000000123"


# -- ids ------------------------------------------------------------------------------------------


def test_an_event_is_one_by_name_person_insert_id_and_second(tmp_path):
    one = event(1, "S01", "x", AT)
    others = [
        event(1, "S01", "y", AT),
        event(1, "S02", "x", AT),
        event(2, "S01", "x", AT),
        event(1, "S01", "x", "2025-03-03 08:00:01"),
    ]
    path = one_file(tmp_path, one, in_milliseconds(one), flat(one) | {"event": "x"}, *others)
    keys = [row["event_key"] for row in read(path, "event_key")]
    assert keys[0] == keys[1]
    assert len(set(keys)) == len(keys) - 1


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_an_event_without_insert_id_has_no_key(tmp_path, nothing):
    path = one_file(tmp_path, event(1, "S01", "x", AT, **{"$insert_id": nothing}))
    (row,) = read(path, "event_key")
    assert row["event_key"] is None


def test_a_device_is_nobody_unless_the_source_says_so(tmp_path):
    path = one_file(tmp_path, event(1, "$device:4f1c", "x", AT), event(2, "S01", "x", AT))
    found = read(path, "properties.distinct_id", "event_key")
    assert [row["properties.distinct_id"] for row in found] == [None, "S01"]
    assert found[0]["event_key"] is not None
    assert "Events of devices on which nobody had signed in" in noted(path)
    assert '"properties.$device_id": 1.' in noted(path)
    written = write(tmp_path)
    more = 'participant_else = ["properties.$device_id"]\n'
    one = study_of(tmp_path, written.source + more)
    assert counts_of(load_it(one))["exports/mixpanel/2025-03-03.jsonl.gz"] == (9, 6, 2, 1)


def test_properties_are_all_but_what_is_mapped_says_who_or_is_personal(tmp_path):
    one = event(
        1,
        "S01",
        "x",
        AT,
        **{
            "$ip": "192.0.2.1",
            "$name": "Some One",
            "$identified_id": "S01",
            "$browser": "Firefox",
            "Song Played": {"title": "x", "parts": [1, None]},
        },
    )
    (row,) = read(one_file(tmp_path, one), "properties", rest=True)
    assert json.loads(row["properties"]) == {
        "mp_country_code": "GB",
        "module": "m1",
        "minutes": 1,
        "$browser": "Firefox",
        "Song Played": {"title": "x", "parts": [1, None]},
    }
    assert row[REST] == row["properties"]


@pytest.mark.parametrize("made", [lambda one: one, flat], ids=["raw", "flat"])
def test_what_is_personal_is_dropped_unless_it_is_mapped(tmp_path, made):
    path = one_file(tmp_path, made(event(1, "S01", "x", AT)))
    said = everything(opened(path, source()), "event", "properties")
    for value in ("someone@example.org", "Harbourtown", "device-1"):
        assert value not in said
    mapped = source(participant="properties.$email")
    assert "someone@example.org" in everything(opened(path, mapped), "properties.$email")


def test_what_the_study_drops_is_nowhere(tmp_path):
    one = study_of(tmp_path, write(tmp_path).source, drop='["module", "minutes"]')
    load_it(one)
    assert rows(one, "select distinct properties from events order by 1") == [
        ('{"mp_country_code":"GB"}',)
    ]
    assert rows(one, "select count(*) from rejected_rows where raw_text like '%module%'") == [(0,)]


# -- shapes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", ["raw", "flat", "text", "table"])
def test_the_same_event_reads_alike_in_every_shape(tmp_path, made):
    one = event(1, "S01", "x", AT)
    path = one_file(tmp_path, one)
    row_of_pipeline = flat(one) | {"properties": json.dumps(flat(one)["properties"])}
    if made == "flat":
        path = one_file(tmp_path, flat(one))
    if made == "text":
        path = one_file(tmp_path, row_of_pipeline)
    if made == "table":
        quoted = ['"' + str(value).replace('"', '""') + '"' for value in row_of_pipeline.values()]
        path.write_text(f"{','.join(row_of_pipeline)}\n{','.join(quoted)}\n")
    (row,) = read(
        path,
        "event",
        "properties.distinct_id",
        "properties.time",
        "properties.$device_id",
        "properties.$app_version_string",
        "properties.mp_processing_time_ms",
        "properties",
    )
    assert json.loads(row.pop("properties")) == {
        "mp_country_code": "GB",
        "module": "m1",
        "minutes": 1,
    }
    assert row == {
        ROW: 1,
        "event": "x",
        "properties.distinct_id": "S01",
        "properties.time": str(seconds(AT)),
        "properties.$device_id": "device-1",
        "properties.$app_version_string": "2.1",
        "properties.mp_processing_time_ms": f"{seconds(AT) + 1}.500000",
    }


def test_it_is_told_by_its_content(tmp_path):
    written = write(tmp_path)
    for name in written.counts:
        assert FORMAT.fit(sample(tmp_path / name)).is_match, name


@pytest.mark.parametrize(
    "content",
    [
        '{"event_type": "x", "event_time": "t", "uuid": "1", "event_properties": {}}\n',
        # PostHog keeps time and distinct_id inside properties too.
        '{"uuid": "1", "event": "x", "distinct_id": "a", "timestamp": "t", '
        '"properties": {"distinct_id": "a", "time": 1}}\n',
        "id,anonymous_id,user_id,event,event_text,timestamp,received_at\n1,2,3,x,X,t,t\n",
        '{"event_date": "20250303", "event_timestamp": "1", "event_name": "x", "event_params": []}\n',
        '{"event": "x", "properties": {}}\n',
        "",
    ],
    ids=["amplitude", "posthog", "segment", "ga4", "no time", "nothing"],
)
def test_others_are_not_taken_for_it(tmp_path, content):
    path = tmp_path / "mixpanel.jsonl"
    path.write_text(content)
    fit = FORMAT.fit(sample(path))
    assert not fit.is_match
    assert fit.share < 1
    assert fit.because


def test_another_file_is_refused_in_words_where_the_study_file_names_the_format(tmp_path):
    (tmp_path / "exports/mixpanel").mkdir(parents=True)
    (tmp_path / "exports/mixpanel/x.json").write_text('[{"event": "x"}]')
    (failure,) = load_it(study_of(tmp_path, SOURCE)).failed
    assert "exports/mixpanel/x.json is no mixpanel export" in failure.message
