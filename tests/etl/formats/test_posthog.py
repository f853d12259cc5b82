"""PostHog: packings, merged persons and what is personal, each with the trap it sets."""

import gzip
import json
import zipfile

import pytest

from etl.sources.posthog import FORMAT
from etl.sources.posthog_persons import person_files
from etl.sources.reader import REST, ROW
from etl.sources.sample import sample
from study.definition import Source
from study.errors import UserError
from tests.etl.formats.loaded_study import (
    assert_loads,
    everything,
    load_it,
    opened,
    rows,
    study_of,
)
from tests.etl.formats.posthog_export import (
    EVENTS,
    IDS,
    PERSONS,
    SOURCE,
    compressed,
    event,
    lines,
    parquet,
    person,
    write,
)

AT = "2025-03-03 08:00:00"
FIELDS = ("person_id", "distinct_id", "event", "uuid", "timestamp", "created_at")


def source(**given):
    return Source(id="app", kind="events", path="x", format="posthog", **given)


def one_file(folder, *events, name="x.jsonl"):
    (folder / name).write_bytes(b"".join(lines(events)))
    return folder / name


def read(path, *fields, rest=False, **given):
    batches = list(opened(path, source(**given)).batches(fields, rest=rest))
    return [row for batch in batches for row in batch.rows.iter_rows(named=True)]


def noted(path, **given):
    reader = opened(path, source(**given))
    for _ in reader.batches(("person_id",)):
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
        (IDS["S01"], "app_opened", "2025-03-03 08:00:00.00025", "2.1", "1"),
        (IDS["S01"], "module_done", "2025-03-03 08:10:00.00025", "2.1", "2"),
        (IDS["S02"], "app_opened", "2025-03-03 21:40:00.00025", "2.1", "4"),
        (IDS["S02"], "praise_shown", "2025-03-03 21:30:00.00025", "2.1", "3"),
        (IDS["S03"], "module_done", "2025-03-03 22:00:00.00025", "2.1", "5"),
        (IDS["S04"], "module_done", "2025-03-04 09:00:00.00025", "2.1", "6"),
        (IDS["S05"], "app_opened", "2025-03-04 11:00:00.00025", "2.1", "2"),
        (IDS["S06"], "praise_shown", "2025-03-05 09:00:00.00025", "2.1", "3"),
    ]
    refused = rows(one, "select rule, source_row from rejected_rows order by all")
    assert refused == [("bad_row", 6), ("bad_time", 4), ("missing_event_name", 3)]


# -- packings -------------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", ["zstd", "lz4", "snappy", "gzip", "brotli", "none"])
def test_parquet_of_any_codec(tmp_path, codec):
    path = parquet(tmp_path / "x.parquet.zst", [event(1, "S01", "x", AT)], EVENTS, codec)
    assert [row["event"] for row in read(path, *FIELDS)] == ["x"]


@pytest.mark.parametrize("packing", ["plain", "gzip", "members", "brotli", "zstd", "zip"])
def test_json_lines_of_any_packing(tmp_path, packing):
    parts = lines([event(n, "S01", "x", AT) for n in range(300)])
    path = tmp_path / "x.bin"
    if packing == "plain":
        path.write_bytes(b"".join(parts))
    elif packing == "gzip":
        path.write_bytes(gzip.compress(b"".join(parts)))
    elif packing == "members":
        path.write_bytes(b"".join(map(gzip.compress, parts)))
    elif packing == "zip":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("a.jsonl", b"".join(parts[:100]))
            file.writestr("b.jsonl.gz", gzip.compress(b"".join(parts[100:])))
    else:
        compressed(path, b"".join(parts), packing)
    assert FORMAT.fit(sample(path)).is_match
    assert [row[ROW] for row in read(path, "uuid")] == list(range(1, 301))


def test_brotli_cut_short_fails_the_file_in_words(tmp_path):
    out = tmp_path / "exports/posthog/events"
    out.mkdir(parents=True)
    many = [event(n, f"S{n * 7919}", "x", AT) for n in range(3000)]
    path = compressed(out / "x.jsonl.br", b"".join(lines(many)), "brotli")
    path.write_bytes(path.read_bytes()[:-20])
    one = study_of(tmp_path, SOURCE.replace("persons =", "# persons ="))
    (failure,) = load_it(one).failed
    assert "x.jsonl.br" in failure.message
    assert rows(one, "select count(*) from events") == [(0,)]


@pytest.mark.parametrize("shape", ["objects", "text", "parquet"])
def test_the_same_event_reads_alike_in_every_shape(tmp_path, shape):
    made = event(1, "S01", "x", AT)
    if shape == "parquet":
        path = parquet(tmp_path / "x", [made], EVENTS)
    elif shape == "text":
        path = one_file(tmp_path, made | {"properties": json.dumps(made["properties"])})
    else:
        path = one_file(tmp_path, made)
    (row,) = read(path, *FIELDS, "properties.$app_version", "properties")
    assert json.loads(row.pop("properties")) == {"module": "m1", "minutes": 1}
    assert row == {
        ROW: 1,
        "person_id": IDS["S01"],
        "distinct_id": "S01",
        "event": "x",
        "uuid": "0195-0001",
        "timestamp": "2025-03-03T08:00:00.000250+00:00",
        "created_at": "2025-03-03T08:00:00.000250+00:00",
        "properties.$app_version": "2.1",
    }


@pytest.mark.parametrize("stamp", ["2025-03-03 08:00:00.5", "2025-03-03T08:00:00.5"])
def test_times_without_a_zone_are_utc(tmp_path, stamp):
    (row,) = read(one_file(tmp_path, event(1, "S01", "x", AT, timestamp=stamp)), "timestamp")
    assert row["timestamp"] == f"{stamp}+00:00"


# -- persons --------------------------------------------------------------------------------------


def persons_of(folder, *records, name="persons.jsonl"):
    one_file(folder, *records, name=name)
    return {"persons": "persons*"}


def person_of(folder, *records):
    path = one_file(folder, event(1, "d", "x", AT, person_id="then"))
    (row,) = read(path, "person_id", **persons_of(folder, *records))
    return row["person_id"]


def test_the_highest_version_counts_whatever_the_order_of_rows(tmp_path):
    early, late = person("d", "early", 1), person("d", "late", 2)
    assert person_of(tmp_path, early, late) == "late"
    assert person_of(tmp_path, late, early) == "late"
    # Also where the row that counts was written down earlier.
    assert person_of(tmp_path, late | {"_inserted_at": "2025-01-01T00:00:00Z"}, early) == "late"


def test_without_versions_the_latest_row_counts(tmp_path):
    early, late = person("d", "early", 1), person("d", "late", 2)
    for one in (early, late):
        del one["person_distinct_id_version"]
    assert person_of(tmp_path, late, early) == "late"
    for one, day in ((early, 1), (late, 2)):
        del one["_inserted_at"]
        one["created_at"] = f"2025-03-0{day}T00:00:00+00:00"
    assert person_of(tmp_path, late, early) == "late"


def test_of_two_alike_the_one_that_was_not_deleted_counts(tmp_path):
    kept, gone = person("d", "kept", 1), person("d", "gone", 1, is_deleted=True)
    assert person_of(tmp_path, kept, gone) == "kept"
    assert person_of(tmp_path, gone, kept) == "kept"


def test_versions_are_numbers(tmp_path):
    assert person_of(tmp_path, person("d", "tenth", 10), person("d", "ninth", 9)) == "tenth"


def test_an_id_that_is_not_listed_keeps_its_person_and_is_noted(tmp_path):
    assert person_of(tmp_path, person("other", "p", 1)) == "then"
    path = one_file(tmp_path, event(1, "d", "x", AT), event(2, "e", "x", AT))
    said = noted(path, **persons_of(tmp_path, person("d", "p", 1)))
    assert "1 events belong to another person by now" in said
    assert "1 events have an id that the export of persons does not list" in said


def test_events_without_a_person_get_the_one_of_their_id(tmp_path):
    one = event(1, "d", "x", AT)
    del one["person_id"]
    reader = opened(one_file(tmp_path, one), source(**persons_of(tmp_path, person("d", "p", 1))))
    assert reader.has("person_id")
    (batch,) = reader.batches(("person_id",))
    assert batch.rows["person_id"].to_list() == ["p"]


def test_a_new_export_of_persons_moves_events_that_were_loaded_before(tmp_path):
    one = study_of(tmp_path, write(tmp_path).source)
    load_it(one)
    query = "select participant_id from events where event_name = 'praise_shown' order by 1"
    assert rows(one, query) == [(IDS["S02"],), (IDS["S06"],)]
    week = tmp_path / "exports/posthog/persons/week-3.jsonl"
    week.write_bytes(b"".join(lines([person("anonymous-2", IDS["S05"], 4)])))
    load_it(one)
    assert rows(one, query) == [(IDS["S05"],), (IDS["S06"],)]


@pytest.mark.parametrize("shape", ["parquet", "jsonl", "csv"])
def test_persons_in_any_shape(tmp_path, shape):
    made = [person("d", "now", 2), person("d", "then", 1)]
    path = tmp_path / "persons"
    if shape == "parquet":
        parquet(path, made, PERSONS)
    elif shape == "jsonl":
        path.write_bytes(b"".join(lines(made)))
    else:
        names = ("team_id", "distinct_id", "person_id", "person_distinct_id_version", "is_deleted")
        body = [",".join(str(one[name]) for name in names) for one in made]
        path.write_text("\n".join([",".join(names), *body]) + "\n")
    (row,) = read(one_file(tmp_path, event(1, "d", "x", AT)), "person_id", persons="persons")
    assert row["person_id"] == "now"


def test_without_persons_the_person_of_the_time_counts_and_a_note_says_so(tmp_path):
    path = one_file(tmp_path, event(1, "d", "x", AT, person_id="then"))
    assert [row["person_id"] for row in read(path, "person_id")] == ["then"]
    assert "No export of persons is named" in noted(path)


def test_persons_that_are_not_there_are_said_in_words(tmp_path):
    path = one_file(tmp_path, event(1, "d", "x", AT))
    with pytest.raises(UserError, match=r"No file matches 'gone/\*', which 'persons'"):
        opened(path, source(persons="gone/*"))


def test_a_file_of_events_is_no_export_of_persons(tmp_path):
    path = one_file(tmp_path, event(1, "d", "x", AT))
    with pytest.raises(UserError, match="is no export of persons: it is an export of events"):
        opened(path, source(persons="x.jsonl"))


def test_persons_files_come_in_order_of_name(tmp_path):
    for name in ("b.parquet", "a.parquet"):
        (tmp_path / name).touch()
    found = person_files(tmp_path, source(persons="*.parquet"))
    assert [path.name for path in found] == ["a.parquet", "b.parquet"]
    assert person_files(tmp_path, source()) == ()


def test_a_participant_may_be_the_id_instead_of_the_person(tmp_path):
    written = write(tmp_path)
    one = study_of(tmp_path, written.source + 'participant = "distinct_id"\n')
    load_it(one)
    assert ("anonymous-2",) in rows(one, "select distinct participant_id from events")


# -- what is personal -----------------------------------------------------------------------------

SECRETS = ("someone@example.org", "Harbourtown", "192.0.2.1", "device-S01", "Some One")


@pytest.mark.parametrize("shape", ["objects", "parquet"])
def test_what_is_personal_is_dropped_unless_it_is_mapped(tmp_path, shape):
    made = event(1, "S01", "x", AT)
    path = one_file(tmp_path, made)
    if shape == "parquet":
        path = parquet(tmp_path / "x", [made], EVENTS)
    reader = opened(path, source())
    for batch in reader.batches((*FIELDS, "properties"), rest=True):
        said = f"{batch.rows[REST].to_list()} {batch.rows['properties'].to_list()}"
        for value in SECRETS:
            assert value not in said
        (text,) = reader.raw_text(batch.raw)
        for value in ("Harbourtown", "192.0.2.1", "Some One"):
            assert value not in text
    mapped = source(events={"time_zone_column": "properties.$geoip_time_zone"})
    assert "Harbourtown" not in everything(opened(path, mapped), "properties")
    kept = source(participant="properties.email", participant_else=())
    (row,) = read(path, "properties.email", participant="properties.email", participant_else=())
    assert row["properties.email"] == "someone@example.org"
    assert opened(path, kept).has("properties.email") or shape == "parquet"


def test_what_the_study_drops_is_nowhere(tmp_path):
    one = study_of(tmp_path, write(tmp_path).source, drop='["module", "minutes"]')
    load_it(one)
    kept = "select count(*) from events where properties like '%module%' or properties like '%min%'"
    assert rows(one, kept) == [(0,)]
    assert rows(one, "select count(*) from rejected_rows where raw_text like '%module%'") == [(0,)]
    assert rows(one, "select count(*) from events") != [(0,)]


def test_properties_lose_ids_and_changes_of_the_profile(tmp_path):
    more = {"$user_id": "S01", "$set_once": {"name": "x"}, "token": "phc_1", "$browser": "Firefox"}
    path = one_file(tmp_path, event(1, "S01", "x", AT, properties=more))
    (row,) = read(path, "properties")
    assert json.loads(row["properties"]) == {"module": "m1", "minutes": 1, "$browser": "Firefox"}


# -- telling it -----------------------------------------------------------------------------------


def test_it_is_told_by_its_content(tmp_path):
    written = write(tmp_path)
    for name in written.counts:
        assert FORMAT.fit(sample(tmp_path / name)).is_match, name


def test_the_persons_are_no_events(tmp_path):
    write(tmp_path)
    for name in ("week-1.parquet", "week-2.jsonl"):
        fit = FORMAT.fit(sample(tmp_path / "exports/posthog/persons" / name))
        assert not fit.is_match
        assert "name it by 'persons'" in fit.because


@pytest.mark.parametrize(
    "content",
    [
        '{"event_type": "x", "event_time": "t", "uuid": "1", "event_properties": {}}\n',
        '{"event": "x", "properties": {"time": 1, "distinct_id": "a"}}\n',
        "id,anonymous_id,user_id,event,event_text,timestamp,received_at\n1,2,3,x,X,t,t\n",
        '{"event_date": "20250303", "event_timestamp": "1", "event_name": "x", "event_params": []}\n',
        "",
    ],
    ids=["amplitude", "mixpanel", "segment", "ga4", "nothing"],
)
def test_others_are_not_taken_for_it(tmp_path, content):
    path = tmp_path / "events.jsonl"
    path.write_text(content)
    fit = FORMAT.fit(sample(path))
    assert not fit.is_match
    assert fit.share < 1
    assert fit.because
