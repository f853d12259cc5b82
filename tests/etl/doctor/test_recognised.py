"""What files are, by content, and how that differs from what the study file says."""

import gzip

import pytest

from etl.check import check
from study.definition import Source
from tests.etl.doctor.checked import by_code, found, grave
from tests.etl.load_study import events, roster, study, write

ROWS = ("pid,event,time", "p1,open,2025-03-05", "p2,open,2025-03-06")
AMPLITUDE = (
    '{"event_type": "open", "event_time": "2025-03-05 10:00:00.000000", "user_id": "p1", '
    '"event_properties": {}, "device_id": "d", "amplitude_id": 1, "uuid": "u1", '
    '"server_received_time": "2025-03-05 10:00:01.000000"}'
)


def test_container_encoding_and_delimiter_of_each_file(tmp_path):
    write(tmp_path / "events-1.csv", *(row.replace(",", ";") for row in ROWS), encoding="utf-8-sig")
    (tmp_path / "events-2.csv").write_bytes(gzip.compress("\n".join(ROWS).encode()))
    one = study(tmp_path, events("events-1.csv", delimiter=";"), events("events-2.csv", id="b"))
    first, second = check(one).files
    assert (first.container, first.format, first.delimiter) == ("plain", "csv", ";")
    assert first.encoding == "utf-8 with byte order mark"
    assert (second.container, second.encoding, second.delimiter) == ("gzip", "utf-8", ",")
    assert (second.rows, second.columns) == (2, 3)
    assert (f"{second.first_at:%Y-%m-%d}", f"{second.last_at:%Y-%m-%d}") == (
        "2025-03-05",
        "2025-03-06",
    )


@pytest.mark.parametrize(
    ("encoding", "letters", "said"),
    [("latin-1", "café", "latin-1"), ("cp1252", "“café”", "cp1252")],
)
def test_letters_of_another_encoding(tmp_path, encoding, letters, said):
    write(tmp_path / "events.csv", *ROWS, f"p1,{letters},2025-03-07", encoding=encoding)
    (one,) = found(study(tmp_path, events()))["other_encoding"]
    assert one.severity == "warning"
    assert f'encoding = "{said}"' in one.remedy
    assert "other_encoding" not in found(study(tmp_path, events(encoding=said)))


def test_columns_parted_otherwise(tmp_path):
    write(tmp_path / "events.csv", *(row.replace(",", "\t") for row in ROWS))
    codes = found(study(tmp_path, events()))
    (one,) = codes["other_delimiter"]
    assert one.severity == "warning"
    assert 'delimiter = "\\t"' in one.remedy
    assert codes["no_file"][0].severity == "error"


def test_a_systems_own_export_under_a_generic_name(tmp_path):
    write(tmp_path / "events.csv", AMPLITUDE)
    report = check(study(tmp_path, events(format="csv")))
    (one,) = by_code(report)["other_format"]
    assert (one.severity, report.exit_code) == ("warning", 2)
    assert "Amplitude" in one.message
    assert 'format = "amplitude"' in one.remedy


def test_a_generic_reading_that_works_is_a_note(tmp_path):
    write(
        tmp_path / "events.jsonl",
        AMPLITUDE.replace("user_id", "pid").replace("event_type", "event_type"),
    )
    source = events("events.jsonl", columns={"name": "event_type", "time": "event_time"})
    report = check(study(tmp_path, source))
    assert [one.severity for one in by_code(report)["other_format"]] == ["info"]


def amplitude(path):
    return Source.model_validate(
        {"id": "app", "kind": "events", "path": path, "format": "amplitude", "events": {}}
    )


def test_a_named_format_that_the_content_does_not_bear_out(tmp_path):
    write(tmp_path / "events.csv", *ROWS)
    codes = found(study(tmp_path, amplitude("events.csv")))
    (one,) = codes["no_format_fits"]
    assert one.severity == "warning"
    assert "It is no Amplitude export" in one.message
    assert "event_type" in one.message
    assert codes["no_file"][0].severity == "error"


def test_a_named_format_recognised_as_such(tmp_path):
    write(tmp_path / "whatever.csv", AMPLITUDE)
    report = check(study(tmp_path, amplitude("whatever.csv")))
    assert report.exit_code == 0
    assert (report.files[0].format, report.sources[0].rows_loaded) == ("amplitude", 1)
    assert "event_type" in report.sources[0].because


def test_a_named_format_under_the_name_of_another(tmp_path):
    write(tmp_path / "events.jsonl", AMPLITUDE)
    (one,) = found(study(tmp_path, events("events.jsonl", format="mixpanel")))["other_format"]
    assert 'format = "amplitude"' in one.remedy


def test_names_say_nothing(tmp_path):
    write(tmp_path / "amplitude.json.gz", *ROWS)
    report = check(study(tmp_path, events("amplitude.json.gz")))
    assert grave(report) == []
    assert report.files[0].format == "csv"


def test_a_damaged_file_is_an_error_and_the_others_are_looked_at(tmp_path):
    whole = gzip.compress("\n".join([*ROWS, *ROWS[1:] * 500]).encode())
    (tmp_path / "events-1.csv.gz").write_bytes(whole[: len(whole) // 2])
    write(tmp_path / "events-2.csv", *ROWS)
    report = check(study(tmp_path, events("events-*")))
    assert report.exit_code == 2
    assert [one.subject for one in report.findings if one.severity == "error"] == [
        "events-1.csv.gz"
    ]
    assert report.sources[0].rows_loaded == 2


# -- files that no source names -------------------------------------------------------------------


def test_files_among_the_exports_that_no_source_names(tmp_path):
    write(tmp_path / "exports" / "events.csv", *ROWS)
    write(tmp_path / "exports" / "more" / "amplitude.json", AMPLITUDE)
    write(tmp_path / "exports" / "README.md", "# Notes")
    write(tmp_path / "exports" / ".hidden", "x,y")
    report = check(study(tmp_path, events("exports/events.csv")))
    (one,) = by_code(report)["unnamed_file"]
    assert one.severity == "warning"
    assert one.places[0].file == "exports/more/amplitude.json"
    assert "Amplitude" in one.message
    assert [file.source for file in report.files] == ["app", None]


def test_what_belongs_to_a_source_is_named(tmp_path):
    write(tmp_path / "exports" / "events.csv", "code,event,time", "c1,open,2025-03-05")
    write(tmp_path / "exports" / "codes.csv", "code,pid", "c1,p1")
    write(tmp_path / "exports" / "ids.csv", "pid,app", "p1,c1")
    lookup = {"path": "exports/codes.csv", "on": "code", "take": ("pid",)}
    identity = {"path": "exports/ids.csv", "participant": "pid", "ids": {"app": "app"}}
    one = study(tmp_path, events("exports/events.csv", lookup=(lookup,)), identities=(identity,))
    assert "unnamed_file" not in found(one)


def test_beside_the_study_file_anything_may_lie(tmp_path):
    write(tmp_path / "events.csv", *ROWS)
    write(tmp_path / "budget.csv", "a,b", "1,2")
    assert "unnamed_file" not in found(study(tmp_path, events()))


def test_a_roster_alone(tmp_path):
    write(tmp_path / "roster.csv", "pid,enrolled", "p1,2025-03-01")
    report = check(study(tmp_path, roster()))
    assert report.exit_code == 0
    assert (report.sources[0].rows_loaded, report.sources[0].participants) == (1, 1)
