"""A folder of exports without a study file: what is in it, and sections that read it."""

import shutil
import tomllib
from pathlib import Path

import pytest

from etl.doctor.folder import check_folder
from etl.load import load
from etl.progress import quiet
from study.errors import UserError
from study.file import load_study
from tests.etl.load_study import write
from warehouse.workspace import Workspace

SAMPLES = Path(__file__).parents[3] / "sample_data"
HEAD = 'schema = 1\n[study]\nid = "s"\ntitle = "S"\nday_zero = "first_event"\n\n'
AMPLITUDE = (
    '{"event_type": "open", "event_time": "2025-03-05 10:00:00.000000", "user_id": "p1", '
    '"event_properties": {}, "device_id": "d", "amplitude_id": 1, "uuid": "u1", '
    '"server_received_time": "2025-03-05 10:00:01.000000"}'
)


def proposed(folder: Path):
    """The report, and the study that the pasted sections make."""
    report = check_folder(folder, progress=quiet())
    file = folder.parent / "study.toml"
    file.write_text(HEAD + (report.proposal or ""), encoding="utf-8")
    return report, load_study(file)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["harbour", "tiny"])
def test_the_sample_exports_are_told_and_load_as_proposed(tmp_path, name):
    shutil.copytree(SAMPLES / name / "exports", tmp_path / "exports")
    report, study = proposed(tmp_path / "exports")
    assert report.exit_code == 0
    assert {one.kind for one in study.sources} == {"events", "roster", "answers"}
    outcome = load(study, Workspace(tmp_path / "w"))
    assert outcome.failed == ()
    for source in report.sources:
        own = [one for one in outcome.receipts if one.source_id == source.source]
        assert sum(one.rows_read for one in own) == source.rows_read > 0
        assert sum(one.rows_loaded for one in own) > 0.8 * source.rows_read
    app = next(one for one in study.sources if one.kind == "events")
    assert app.participant == "user_id"
    assert (app.events.name, app.events.time, app.events.received) == (
        "event",
        "client_time",
        "received_at",
    )
    assert all(file.rows for file in report.files)
    assert all(file.first_at and file.last_at for file in report.files)


def test_a_systems_own_export_needs_four_lines(tmp_path):
    write(tmp_path / "exports" / "a-1.json", AMPLITUDE)
    write(tmp_path / "exports" / "a-2.json", AMPLITUDE.replace("u1", "u2"))
    report, study = proposed(tmp_path / "exports")
    (source,) = tomllib.loads(report.proposal)["sources"]
    assert source == {
        "id": "a",
        "kind": "events",
        "path": "exports/a-*.json",
        "format": "amplitude",
    }
    assert report.sources[0].rows_loaded == 2
    assert "event_type" in report.sources[0].because
    assert load(study, Workspace(tmp_path / "w")).failed == ()


@pytest.mark.parametrize(
    ("header", "row", "how"),
    [
        ("subject_id,action,timestamp", "s1,open,1741168800", "epoch_s"),
        ("pid;event;created_at", "s1;open;1741168800000", "epoch_ms"),
        ("Participant ID,Event Name,Date", "s1,open,05.03.2025 10:00", "%d.%m.%Y %H:%M"),
    ],
)
def test_events_of_unknown_origin(tmp_path, header, row, how):
    write(tmp_path / "exports" / "log.csv", header, row, row.replace("s1", "s2"))
    report, study = proposed(tmp_path / "exports")
    assert study.sources[0].events.time_format == how
    assert report.sources[0].rows_loaded == 2
    assert load(study, Workspace(tmp_path / "w")).failed == ()


def test_letters_and_names_that_toml_has_to_quote(tmp_path):
    columns = 'pid,event,time,"a ""b"" \\ c"'
    write(
        tmp_path / "exports" / "l\u00f6g.csv",
        columns,
        "p1,caf\u00e9,2025-03-05,x",
        encoding="latin-1",
    )
    report, study = proposed(tmp_path / "exports")
    assert study.sources[0].encoding == "latin-1"
    assert study.sources[0].events.properties == ('a "b" \\ c',)
    assert report.exit_code == 0


def test_personal_columns_are_left_out(tmp_path):
    write(
        tmp_path / "exports" / "log.csv",
        "pid,event,time,e-mail,screen",
        "p1,open,2025-03-05,x,home",
    )
    report, study = proposed(tmp_path / "exports")
    assert study.sources[0].events.properties == ("screen",)
    assert "e-mail" in report.proposal


def test_a_pattern_names_no_other_file(tmp_path):
    for name in ("events-1", "events-2"):
        write(tmp_path / "exports" / f"{name}.csv", "pid,event,time", "p1,open,2025-03-05")
    write(tmp_path / "exports" / "events-codes.csv", "a,b", "1,2")
    report = check_folder(tmp_path / "exports", progress=quiet())
    paths = [one["path"] for one in tomllib.loads(report.proposal)["sources"]]
    assert paths == ["exports/events-1.csv", "exports/events-2.csv"]


def test_a_file_that_nothing_tells_is_a_warning_with_the_nearest_formats(tmp_path):
    write(tmp_path / "exports" / "x.csv", "event_type,event_time,b", "1,2,3")
    report = check_folder(tmp_path / "exports", progress=quiet())
    assert (report.exit_code, report.proposal) == (1, None)
    (one,) = [one for one in report.findings if one.code == "no_proposal"]
    assert "participant" in one.message
    assert "Amplitude" in one.message


def test_a_damaged_file_is_an_error(tmp_path):
    write(tmp_path / "exports" / "log.csv", "pid,event,time", "p1,open,2025-03-05")
    (tmp_path / "exports" / "x.zip").write_bytes(b"PK\x03\x04" + b"\0" * 40)
    report = check_folder(tmp_path / "exports", progress=quiet())
    assert report.exit_code == 2
    assert report.sources[0].rows_loaded == 1


def test_an_empty_folder_is_refused_in_words(tmp_path):
    with pytest.raises(UserError, match=r"Expected a study\.toml, or a folder of exports"):
        check_folder(tmp_path, progress=quiet())
