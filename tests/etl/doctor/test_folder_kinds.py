"""Files of every sort in a folder without a study file: what they are, and what is said of them."""

import tomllib
import zipfile
from importlib import import_module

import polars as pl
import pytest

from etl.doctor.folder import check_folder
from etl.doctor.foreign import foreign
from etl.progress import quiet
from tests.etl.doctor.checked import by_code
from tests.etl.formats import qualtrics_export
from tests.etl.load_study import write

MARKS = {
    b"%PDF-1.7\n": "PDF",
    b"\x89PNG\r\n\x1a\n": "picture (PNG)",
    b"\xff\xd8\xff\xe0": "picture (JPEG)",
    b"RIFF\x10\0\0\0WEBP": "picture (WebP)",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "old Office file (.xls, .doc or .ppt)",
    b"SQLite format 3\0": "SQLite database",
    b"$FL2@(#) SPSS": "SPSS file",
    b"\xef\xbb\xbf <!DOCTYPE html><html>": "HTML page",
}


def zipped(path, *names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return path


@pytest.mark.parametrize(("start", "label"), MARKS.items(), ids=MARKS.values())
def test_a_file_is_told_by_its_first_bytes(tmp_path, start, label):
    path = tmp_path / "export.csv"
    path.write_bytes(start + b"\n" * 40)
    assert foreign(path).label == label


@pytest.mark.parametrize(
    ("names", "label"),
    [
        (("[Content_Types].xml", "xl/workbook.xml"), "Excel workbook"),
        (("[Content_Types].xml", "word/document.xml"), "Word document"),
        (("mimetype", "content.xml"), "OpenDocument file"),
    ],
)
def test_an_office_file_is_told_by_what_is_in_it(tmp_path, names, label):
    assert foreign(zipped(tmp_path / "x.csv", *names)).label == label


def test_what_may_be_an_export_is_not_foreign(tmp_path):
    assert foreign(write(tmp_path / "x.pdf", "pid,event,time")) is None
    assert foreign(zipped(tmp_path / "x.xlsx", "events.csv")) is None
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04" + b"\0" * 40)
    assert foreign(tmp_path / "cut.zip") is None


def test_each_file_is_named_for_what_it_is_whatever_it_is_called(tmp_path):
    folder = tmp_path / "exports"
    write(folder / "log.pdf", "pid,event,time", "p1,open,2025-03-05", "p2,open,2025-03-06")
    (folder / "manual.html").write_bytes(b"%PDF-1.7\n")
    zipped(folder / "list.xlsx", "[Content_Types].xml", "xl/workbook.xml")
    (folder / "empty.csv").write_bytes(b"")
    report = check_folder(folder, progress=quiet())
    (source,) = tomllib.loads(report.proposal)["sources"]
    assert source["path"] == "exports/log.pdf"
    found = by_code(report)
    assert {(one.subject, one.severity, one.message) for one in found["other_file"]} == {
        ("exports/manual.html", "info", "Not an export: PDF."),
        ("exports/list.xlsx", "warning", "Not an export: Excel workbook."),
    }
    assert [one.subject for one in found["empty_file"]] == ["exports/empty.csv"]
    assert "no_file" not in found


def test_why_rows_of_a_proposed_section_are_refused(tmp_path):
    folder = tmp_path / "exports"
    rows = [f"p{n},open,2025-03-05" for n in range(20)]
    write(folder / "log.csv", "pid,event,time", *rows, "p9,open,soon")
    report = check_folder(folder, progress=quiet())
    assert report.sources[0].rows_rejected == 1
    (one,) = by_code(report)["bad_time"]
    assert (one.severity, one.places[0].rows) == ("info", (21,))
    assert "1 row would be refused (bad_time): row 21." in one.message
    assert "soon" not in one.message + one.remedy
    assert report.exit_code == 0


def test_parquet_of_unknown_origin_is_proposed(tmp_path):
    (tmp_path / "exports").mkdir()
    frame = pl.DataFrame(
        {
            "pid": [7, 8],
            "event": ["open", "tip"],
            "time": ["2025-03-05T10:00:00", "2025-03-06T10:00:00"],
        }
    ).with_columns(pl.col("time").str.to_datetime())
    frame.write_parquet(tmp_path / "exports" / "log.parquet")
    report = check_folder(tmp_path / "exports", progress=quiet())
    (source,) = tomllib.loads(report.proposal)["sources"]
    assert (source["participant"], source["events"]["name"]) == ("pid", "event")
    assert report.sources[0].rows_loaded == 2


def test_surveys_of_mindlamp_are_answers_and_its_activities_events(tmp_path):
    import_module("tests.etl.formats.mindlamp_export").write(tmp_path)
    report = check_folder(tmp_path / "exports", progress=quiet())
    kinds = {one["path"]: one["kind"] for one in tomllib.loads(report.proposal)["sources"]}
    assert {path.rpartition("/")[2][:6]: kind for path, kind in kinds.items()} == {
        "survey": "answers",
        "app_ev": "events",
    }


def test_the_roster_of_redcap_has_its_day_of_consent(tmp_path):
    import_module("tests.etl.formats.redcap_export").write(tmp_path)
    report = check_folder(tmp_path / "exports", progress=quiet())
    (source,) = tomllib.loads(report.proposal)["sources"]
    assert (source["kind"], source["roster"]) == ("roster", {"enrolled": "consent_date"})


def qualtrics(tmp_path, *answers):
    rows = [
        qualtrics_export.response(n, f"S{n:02}", f"2025-03-{n:02} 10:11:12", *row)
        for n, row in enumerate(answers, 1)
    ]
    path = tmp_path / "exports" / "bond.csv"
    path.parent.mkdir()
    path.write_text(qualtrics_export.table(*qualtrics_export.head(), *rows), encoding="utf-8")
    return check_folder(tmp_path / "exports", progress=quiet())


def test_answers_in_words_are_proposed_with_what_to_do(tmp_path):
    report = qualtrics(tmp_path, ("Agree", "Agree", "Disagree"), ("Agree", "Unsure", "Agree"))
    proposal = tomllib.loads(report.proposal)
    assert proposal["sources"][0]["answers"]["column_pattern"] == "Q1_{item}"
    (instrument,) = proposal["instruments"]
    assert (instrument["items"], instrument["low"], instrument["high"]) == (["1", "2", "3"], 1, 3)
    assert "Use numeric values" in report.proposal
    assert "Disagree" not in report.proposal


def test_a_code_for_no_answer_is_no_answer(tmp_path):
    report = qualtrics(tmp_path, ("1", "-99", "5"), ("2", "3", "4"))
    proposal = tomllib.loads(report.proposal)
    assert proposal["sources"][0]["missing"] == ["", "-99"]
    assert (proposal["instruments"][0]["low"], proposal["instruments"][0]["high"]) == (1, 5)
    assert report.sources[0].rows_rejected == 0
