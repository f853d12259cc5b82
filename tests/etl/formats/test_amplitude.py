"""Amplitude: archives, ids, times and what is personal, each with the trap it sets."""

import gzip
import json
import zipfile
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.sources.amplitude import FORMAT
from etl.sources.reader import ROW
from etl.sources.sample import sample
from study.definition import Source
from study.errors import UserError
from tests.etl.formats.amplitude_export import SOURCE, archive, event, lines, table, write
from tests.etl.formats.loaded_study import (
    assert_loads,
    counts_of,
    everything,
    load_it,
    opened,
    rows,
    study_of,
)

AT = "2025-03-03 08:00:00.000000"
DEFAULTS = ("user_id", "event_type", "uuid", "event_time", "server_received_time", "version_name")


def source(**given):
    return Source(id="app", kind="events", path="x", format="amplitude", **given)


def read(path, *fields, **given):
    batches = list(opened(path, source(**given)).batches(fields))
    return [row for batch in batches for row in batch.rows.iter_rows(named=True)]


def one_file(folder, *events):
    path = folder / "x.json"
    path.write_bytes(lines(events))
    return path


def test_a_dirty_export_loads_as_it_should(tmp_path):
    one = assert_loads(tmp_path, write(tmp_path))
    loaded = rows(
        one,
        "select participant_id, event_name, occurred_at::varchar, app_version, "
        "properties ->> 'minutes' from events where status = 'loaded' order by all",
    )
    assert loaded == [
        ("S01", "app_opened", "2025-03-03 08:00:00.25", "2.1", "1"),
        ("S01", "module_done", "2025-03-03 08:10:00", "2.1", "2"),
        ("S02", "praise_shown", "2025-03-03 21:30:00", "2.1", "3"),
        ("S03", "app_opened", "2025-03-03 22:00:00", "2.1", "4"),
        ("S04", "module_done", "2025-03-03 10:00:00", "2.1", "6"),
        ("S05", "praise_shown", "2025-03-05 10:20:00", "2.1", "2"),
        ("S06", "module_done", "2025-03-06 10:20:00.5", "2.1", "3"),
        ("S06", "module_done", "2025-03-06 10:25:00", "2.1", "4"),
    ]
    refused = rows(one, "select rule, source_row from rejected_rows order by all")
    assert refused == [
        ("bad_row", 4),
        ("bad_time", 3),
        ("missing_event_name", 2),
        ("missing_participant", 3),
    ]


def test_rows_are_numbered_on_through_the_files_of_an_archive_in_order_of_name(tmp_path):
    hours = {f"2025-03-03_{n}#0": lines([event(n, "S01", "x", AT)]) for n in (8, 7, 9)}
    reader = opened(archive(tmp_path / "x.zip", hours), source())
    (batch,) = reader.batches(("uuid",))
    assert [(number, uuid[-1]) for number, uuid in batch.rows.rows()] == [
        (1, "7"),
        (2, "8"),
        (3, "9"),
    ]


def test_an_archive_of_thousands_of_hours_is_read_in_few_batches(tmp_path):
    hours = {f"h{n:05}#0": lines([event(n, "S01", "x", AT)]) for n in range(3000)}
    reader = opened(archive(tmp_path / "x.zip", hours), source())
    batches = list(reader.batches(("uuid",)))
    assert len(batches) < 5
    assert [number for batch in batches for number in batch.rows[ROW]] == list(range(1, 3001))


def test_a_member_without_a_last_line_break_does_not_run_into_the_next(tmp_path):
    content = lines([event(1, "S01", "x", AT)]).rstrip(b"\n")
    path = archive(tmp_path / "x.zip", {"a": content, "b": b"\xef\xbb\xbf" + content})
    assert len(read(path, "uuid")) == 2


def test_a_damaged_member_fails_the_file_in_words(tmp_path):
    write(tmp_path)
    with zipfile.ZipFile(tmp_path / "exports/amplitude/broken.zip", "w") as file:
        file.writestr("a.json.gz", gzip.compress(lines([event(1, "S01", "x", AT)]))[:-12])
    outcome = load_it(study_of(tmp_path, SOURCE))
    (failure,) = outcome.failed
    assert "broken.zip: file 1 of 1 inside it" in failure.message
    assert sum(one.rows_loaded for one in outcome.receipts) == 8


def test_members_of_two_kinds_are_refused(tmp_path):
    path = archive(tmp_path / "x.zip", {"a": lines([event(1, "S01", "x", AT)]), "b": b"a,b\n1,2\n"})
    with pytest.raises(UserError, match=r"file 2 of 2 .*holds no JSON Lines"):
        read(path, "uuid")


def test_tables_in_an_archive_are_read_one_after_the_other(tmp_path):
    made = [
        table(tmp_path / f"{n}.csv", [event(n, "S01", "x", AT), event(n + 5, "S02", "x", AT)])
        for n in (1, 2)
    ]
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        for path in made:
            file.write(path, path.name)
    reader = opened(tmp_path / "x.zip", source())
    (batch,) = reader.batches(("uuid", "user_id"))
    assert [row[::2] for row in batch.rows.rows()] == [
        (1, "S01"),
        (2, "S02"),
        (3, "S01"),
        (4, "S02"),
    ]
    assert len(reader.raw_text(batch.raw)) == 4
    assert "numbered on" in " ".join(reader.notes())


def test_a_table_in_an_archive_without_a_column_of_the_others_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        whole = table(tmp_path / "a.csv", [event(1, "S01", "x", AT)]).read_text().splitlines()
        file.writestr("1.csv", "\n".join(whole))
        file.writestr("2.csv", "\n".join(whole).replace("event_time", "when", 2))
    with pytest.raises(UserError, match=r"file 2 of 2 .* has no column 'event_time'"):
        read(tmp_path / "x.zip", "event_time")


def test_uuid_or_insert_id_and_device(tmp_path):
    path = one_file(
        tmp_path,
        event(1, "S01", "x", AT),
        event(2, "S01", "x", AT, uuid=None),
        event(3, "S01", "x", AT, uuid="  "),
        event(4, "S01", "x", AT, uuid=None, **{"$insert_id": None}),
        event(5, "S01", "x", AT, uuid=None, device_id=None),
    )
    assert [row["uuid"] for row in read(path, "uuid")] == [
        "00000000-0000-4000-8000-000000000001",
        "insert-2\x1fdevice-S01",
        "insert-3\x1fdevice-S01",
        None,
        None,
    ]


def test_times_without_a_zone_are_utc_and_days_are_the_studys(tmp_path):
    late = "2025-07-01 23:30:00.000000"
    (tmp_path / "exports/amplitude").mkdir(parents=True)
    one_file(tmp_path / "exports/amplitude", event(1, "S01", "app_opened", late))
    one = study_of(tmp_path, SOURCE + 'time_zone = "Europe/London"\n')
    load_it(one)
    # Half past midnight in London.
    assert rows(one, "select occurred_at::varchar, local_date from events") == [
        ("2025-07-01 23:30:00", date(2025, 7, 2))
    ]


def test_late_events_are_loaded_by_their_own_time(tmp_path):
    one = assert_loads(tmp_path, write(tmp_path))
    assert rows(
        one,
        "select occurred_at::varchar, received_at::varchar from events where participant_id = 'S04'",
    ) == [("2025-03-03 10:00:00", "2025-03-05 07:00:00")]


def test_who_has_not_signed_in_is_the_device_where_the_source_says_so(tmp_path):
    written = write(tmp_path)
    one = study_of(tmp_path, written.source + 'participant_else = ["device_id"]\n')
    counts = counts_of(load_it(one))
    assert counts["exports/amplitude/export_2025-03-03.json.gz"] == (6, 5, 0, 1)
    assert rows(one, "select event_name from events where participant_id = 'device-unknown'")


def test_a_session_of_minus_one_is_none(tmp_path):
    path = one_file(
        tmp_path, event(1, "S01", "x", AT), event(2, "S01", "x", AT, session_id=1741000000000)
    )
    assert [row["session_id"] for row in read(path, "session_id")] == [None, "1741000000000"]


def test_the_clock_of_the_device_is_there_for_the_check(tmp_path):
    path = one_file(
        tmp_path,
        event(1, "S01", "x", AT, client_event_time="2025-03-03 07:00:00.000000"),
    )
    reader = opened(path, source())
    assert reader.has("client_event_time")
    assert reader.has("client_upload_time")
    (row,) = read(path, "client_event_time", "event_time")
    assert row["client_event_time"] == "2025-03-03 07:00:00.000000+00:00"
    assert row["event_time"] == "2025-03-03 08:00:00.000000+00:00"


PERSONAL = ("192.0.2.1", "Harbourtown", "Harbour County", "51.5", "ad-0001", "someone@example.org")


@pytest.mark.parametrize("shape", ["json", "csv", "parquet"])
def test_what_is_personal_is_dropped_unless_it_is_mapped(tmp_path, shape):
    one = event(1, "S01", "x", AT, event_properties={"module": "m1", "secret": "hush"})
    path = made(tmp_path, shape, one)
    fields = (*DEFAULTS, "event_properties")
    said = everything(opened(path, source()), *DEFAULTS)
    for value in (*PERSONAL, "device-S01"):
        assert value not in said
    mapped = source(participant_else=("device_id",), events={"properties": ["city"]})
    rest = everything(opened(path, mapped), *fields)
    assert "Harbourtown" in rest
    assert "device-S01" in rest
    assert "192.0.2.1" not in rest


@pytest.mark.parametrize("shape", ["json", "csv", "parquet"])
def test_what_the_study_drops_is_not_in_the_text_of_a_row(tmp_path, shape):
    one = event(1, "S01", "x", AT, event_properties={"module": "m1", "secret": "hush"})
    reader = opened(made(tmp_path, shape, one), source(), drop=("secret", "library"))
    (batch,) = reader.batches(("event_properties",))
    (text,) = reader.raw_text(batch.raw)
    assert "m1" in text
    assert "hush" not in text
    assert "amplitude-ts" not in text


def made(folder, shape, one):
    if shape == "json":
        return one_file(folder, one)
    if shape == "csv":
        return table(folder / "x.csv", [one])
    flat = {k: json.dumps(v) if isinstance(v, dict) else v for k, v in one.items()}
    pq.write_table(pa.Table.from_pylist([flat]), folder / "x.parquet")
    return folder / "x.parquet"


@pytest.mark.parametrize("shape", ["json", "csv", "parquet"])
def test_the_same_event_reads_alike_in_every_shape(tmp_path, shape):
    path = made(tmp_path, shape, event(1, "S01", "x", AT))
    (row,) = read(path, *DEFAULTS, "$insert_id", "event_properties.module")
    assert row == {
        ROW: 1,
        "user_id": "S01",
        "event_type": "x",
        "uuid": "00000000-0000-4000-8000-000000000001",
        "event_time": f"{AT}+00:00",
        "server_received_time": f"{AT}+00:00",
        "version_name": "2.1",
        "$insert_id": "insert-1",
        "event_properties.module": "m1",
    }


def test_a_table_may_be_without_what_not_every_warehouse_keeps(tmp_path):
    one = event(1, "S01", "x", AT)
    for name in ("uuid", "version_name", "server_received_time", "session_id"):
        del one[name]
    (tmp_path / "exports/amplitude").mkdir(parents=True)
    table(tmp_path / "exports/amplitude/x.csv", [one, one])
    study = study_of(tmp_path, SOURCE)
    assert counts_of(load_it(study)) == {"exports/amplitude/x.csv": (2, 1, 1, 0)}
    # The time of upload stands in for that of receipt.
    assert rows(study, "select received_at is not null, app_version from events limit 1") == [
        (True, None)
    ]


# -- telling it -----------------------------------------------------------------------------------


def test_it_is_told_by_its_content(tmp_path):
    written = write(tmp_path)
    for name in written.counts:
        assert FORMAT.fit(sample(tmp_path / name)).is_match, name


@pytest.mark.parametrize(
    "content",
    [
        '{"event": "x", "properties": {"time": 1, "distinct_id": "a"}}\n',
        '{"uuid": "1", "event": "x", "distinct_id": "a", "properties": {}, "timestamp": "t"}\n',
        "id,anonymous_id,user_id,event,event_text,timestamp,received_at\n1,2,3,x,X,t,t\n",
        '{"event_date": "20250303", "event_timestamp": "1", "event_name": "x", "event_params": []}\n',
        "record_id,redcap_event_name\n1,a\n",
        "",
    ],
    ids=["mixpanel", "posthog", "segment", "ga4", "redcap", "nothing"],
)
def test_others_are_not_taken_for_it(tmp_path, content):
    path = tmp_path / "export.json.gz"
    path.write_text(content)
    fit = FORMAT.fit(sample(path))
    assert not fit.is_match
    assert fit.share < 1
    assert fit.because


def test_another_file_is_refused_in_words_where_the_study_file_names_the_format(tmp_path):
    (tmp_path / "x.json").write_text('[{"event_type": "x"}]')
    with pytest.raises(UserError, match=r"x.json is no amplitude export: it is neither"):
        opened(tmp_path / "x.json", source())
