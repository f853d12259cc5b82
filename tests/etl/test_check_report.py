"""`rapport check` as a whole: what it says, how it is shown, and that it keeps nothing."""

import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from rich.console import Console

from etl.check import check
from etl.doctor import database
from etl.doctor.codes import CODES, RULES, is_known
from etl.doctor.findings import Finding, counted, in_order, share, some
from etl.doctor.report import CheckReport
from etl.doctor.text import shown
from tests.etl.load_study import events, study, write

ROOT = Path(__file__).parents[2]
CLEAN = ("pid,event,time,kind", "p1,tip_shown,2025-03-05,praise", "p1,open,2025-03-06,")
STUDY = """
schema = 1
[study]
id = "t"
title = "Test"
[[sources]]
id = "app"
kind = "events"
path = "exports/events.csv"
participant = "pid"
[sources.events]
name = "event"
time = "time"
"""


def printed(report: CheckReport, width: int = 100, *, with_notes: bool = True) -> str:
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(shown(report, with_notes=with_notes))
    return console.export_text()


def test_a_clean_study_is_described(tmp_path):
    write(tmp_path / "events.csv", *CLEAN)
    report = check(study(tmp_path, events()))
    assert report.exit_code == 0
    (source,) = report.sources
    assert (source.rows_read, source.rows_loaded, source.participants) == (2, 2, 1)
    assert {one.code for one in report.findings} == {"file_recognised", "unmapped_events"}
    text = printed(report)
    assert "app (events)" in text
    assert "1 participant, 2025-03-05 to 2025-03-06" in text
    assert "Clean: nothing needs to be put right." in text


def test_nothing_is_kept(tmp_path):
    write(tmp_path / "events.csv", *CLEAN)
    check(study(tmp_path, events()))
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]


def test_large_exports_go_through_a_file_that_is_removed(tmp_path, monkeypatch):
    exports, scratch = tmp_path / "study", tmp_path / "scratch"
    scratch.mkdir()
    write(exports / "events.csv", *CLEAN)
    opened = []
    in_file = database.open_raw

    def watched(workspace):
        opened.append(workspace.raw_path)
        return in_file(workspace)

    monkeypatch.setattr(database, "MEMORY_BYTES", 10)
    monkeypatch.setattr(database, "open_raw", watched)
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    small = check(study(exports, events()))
    assert len(opened) == 1
    assert list(scratch.iterdir()) == []
    monkeypatch.setattr(database, "MEMORY_BYTES", 10**9)
    assert check(study(exports, events())) == small
    assert len(opened) == 1


def test_refused_rows_are_warnings_with_places_and_without_values(tmp_path):
    write(tmp_path / "events.csv", "pid,event,time", *["p1,open,SECRET"] * 7, "p1,open,2025-03-05")
    report = check(study(tmp_path, events()))
    assert report.exit_code == 1
    (one,) = [one for one in report.findings if one.code == "bad_time"]
    assert (one.severity, one.count) == ("warning", 7)
    assert one.places[0].model_dump() == {
        "file": "events.csv",
        "columns": ("time",),
        "rows": (1, 2, 3, 4, 5),
        "count": 7,
    }
    for text in (printed(report), report.model_dump_json()):
        assert "SECRET" not in text


def test_a_source_without_files_is_an_error_with_pattern_and_folder(tmp_path):
    report = check(study(tmp_path, events("none-*.csv")))
    assert report.exit_code == 2
    (one,) = [one for one in report.findings if one.severity == "error"]
    assert (one.code, one.source, one.subject) == ("no_file", "app", "none-*.csv")
    assert str(tmp_path) in one.message


def test_a_source_of_which_no_row_can_be_used_is_an_error(tmp_path):
    write(tmp_path / "events.csv", "pid,event,time", "p1,open,1741210800")
    report = check(study(tmp_path, events()))
    assert report.exit_code == 2
    (one,) = [one for one in report.findings if one.severity == "error"]
    assert (one.code, one.message) == ("no_row_usable", "Not one of 1 row can be used.")


def test_what_is_said_of_many_files_is_said_once(tmp_path):
    for day in (1, 2, 3):
        write(tmp_path / f"events-{day}.csv", *CLEAN)
    write(tmp_path / "events-4.csv", f"{CLEAN[0]},e-mail", f"{CLEAN[1]},x")
    report = check(study(tmp_path, events("events-*.csv")))
    said = [one for one in report.findings if one.code == "file_recognised"]
    assert [one.subject for one in said] == ["events-1.csv and 2 more", "events-4.csv"]
    assert [one.subject for one in report.findings if one.code == "personal_column"] == [
        "events-4.csv"
    ]


@pytest.mark.parametrize("width", [60, 100])
def test_no_line_is_longer_than_the_terminal(tmp_path, width):
    write(tmp_path / "events.csv", "pid,event,time", *["p1,open,x"] * 7, "p1,open,2025-03-05")
    lines = printed(check(study(tmp_path, events())), width).splitlines()
    assert max(map(len, lines)) <= width
    assert any("→ Expected" in line for line in lines)


def test_notes_may_be_left_out(tmp_path):
    write(tmp_path / "events.csv", *CLEAN)
    report = check(study(tmp_path, events()))
    assert "belong to no feature" in " ".join(printed(report).split())
    assert "belong to no feature" not in " ".join(printed(report, with_notes=False).split())


def test_brackets_in_names_are_no_markup(tmp_path):
    write(tmp_path / "events.csv", "pid,event,time", "p1,[bold]x[/bold],2025-03-05")
    assert "[bold]x[/bold] (1)" in printed(check(study(tmp_path, events())))


# -- the pieces -----------------------------------------------------------------------------------


def test_the_gravest_decides_the_exit_code():
    def report(*severities):
        return CheckReport(
            findings=tuple(Finding(code="x", severity=one, message="m") for one in severities)
        )

    assert report().exit_code == 0
    assert report("info").exit_code == 0
    assert report("info", "warning").exit_code == 1
    assert report("warning", "error", "info").exit_code == 2
    ordered = in_order(report("info", "error", "warning").findings)
    assert [one.severity for one in ordered] == ["error", "warning", "info"]
    alike = [Finding(code=one, severity="warning", message="m") for one in ("bad_time", "no_file")]
    assert [one.code for one in in_order(alike)] == ["no_file", "bad_time"]


def test_every_code_has_a_meaning_and_is_no_rule():
    assert all(CODES.values())
    assert RULES.isdisjoint(CODES)
    assert is_known("bad_time")
    assert not is_known("bad_tyme")


def test_numbers_in_words():
    assert counted(1, "row") == "1 row"
    assert counted(1200, "row") == "1,200 rows"
    assert (share(1, 3), share(1, 100), share(1, 10_000), share(0, 5), share(0, 0)) == (
        "33 %",
        "1.0 %",
        "less than 0.1 %",
        "0.0 %",
        "0.0 %",
    )
    assert some(["a", "b", "c", "d"], 2) == "a, b and 2 more"


# -- the command ----------------------------------------------------------------------------------


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py"), "check", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_speaks_json_and_words_and_ends_with_the_exit_code(tmp_path):
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    write(tmp_path / "exports" / "events.csv", *CLEAN, "p1,open,never,")
    done = run(str(tmp_path), "--json")
    assert done.returncode == 1
    report = CheckReport.model_validate(json.loads(done.stdout))
    assert report.schema_version == 1
    assert report.study == "Test"
    assert {one.code for one in report.findings} >= {"bad_time", "file_recognised"}
    words = run(str(tmp_path), "--no-notes")
    assert words.returncode == 1
    assert "1 row would be refused (bad_time): row 3." in words.stdout
    assert "1 warning. Nothing was loaded or kept." in words.stdout


def test_the_command_proposes_sections_for_a_folder(tmp_path):
    write(tmp_path / "exports" / "events.csv", *CLEAN)
    done = run(str(tmp_path / "exports"))
    assert done.returncode == 0, done.stdout + done.stderr
    pasted = done.stdout.partition("# Guessed")[2].partition("Clean:")[0]
    assert "\n[[sources]]\n" in pasted
    (tmp_path / "study.toml").write_text(
        'schema = 1\n[study]\nid = "s"\ntitle = "S"\n# Guessed' + pasted, encoding="utf-8"
    )
    assert run(str(tmp_path)).returncode == 0


def test_faults_of_the_study_file_are_findings_in_json(tmp_path):
    wrong = STUDY.replace('kind = "events"', 'kind = "event"').replace("[study]", "[stud]")
    (tmp_path / "study.toml").write_text(wrong, encoding="utf-8")
    done = run(str(tmp_path), "--json")
    assert (done.returncode, done.stderr) == (2, "")
    report = CheckReport.model_validate(json.loads(done.stdout))
    assert {one.code for one in report.findings} == {"study_file"}
    subjects = {one.subject for one in report.findings}
    assert {"stud", "sources[0].kind"} <= subjects
    assert all(one.remedy and one.places[0].file == "study.toml" for one in report.findings)
    words = run(str(tmp_path))
    assert (words.returncode, words.stdout) == (2, "")
    assert "things to put right" in words.stderr


def test_a_study_file_that_is_no_toml_names_its_line_in_json(tmp_path):
    (tmp_path / "study.toml").write_text("schema = 1\n[study\n", encoding="utf-8")
    done = run(str(tmp_path / "study.toml"), "--json")
    assert done.returncode == 2
    (one,) = CheckReport.model_validate(json.loads(done.stdout)).findings
    assert (one.code, one.places[0].rows) == ("study_file", (2,))


def test_what_cannot_be_checked_at_all_is_a_finding_in_json(tmp_path):
    done = run(str(tmp_path), "--json")
    assert done.returncode == 2
    (one,) = CheckReport.model_validate(json.loads(done.stdout)).findings
    assert one.code == "not_checked"
    assert "Expected a study.toml" in one.message
