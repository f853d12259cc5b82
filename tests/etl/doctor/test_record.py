"""What a load found is kept for the Data page, and only that."""

from contextlib import closing

import pytest

from etl.build import build
from etl.doctor.findings import Finding, Place
from etl.doctor.record import _as_loaded, in_words, record_findings
from etl.load import load
from queries import sqlfile
from study.definition import Privacy, Site
from tests.etl.load_study import events, raw, roster, study, write
from warehouse.connect import open_raw
from warehouse.reader import MartReader
from warehouse.workspace import Workspace

ROWS = ("pid,event,time", "p1,open,2025-03-05", "p1,open,never", "p9,open,2025-03-06")
SITE = Site(id="s1", label="Site 1")
KEPT = "select severity, code, message from findings order by position"


def recorded(one):
    workspace = Workspace.beside(one.folder)
    return record_findings(one, workspace, load(one, workspace))


def test_findings_are_kept_in_place_of_those_before(tmp_path):
    write(tmp_path / "events.csv", *ROWS)
    write(tmp_path / "roster.csv", "pid,enrolled", "p1,2025-03-01")
    one = study(tmp_path, events(), roster())
    findings = recorded(one)
    rows = raw(one, KEPT)
    assert [(said.severity, said.code) for said in findings] == [row[:2] for row in rows]
    assert ("warning", "bad_time", "1 row was refused (bad_time): row 2.") in rows
    assert "not_in_roster" in [code for _, code, _ in rows]
    write(tmp_path / "events.csv", *ROWS[:2])
    recorded(one)
    assert "bad_time" not in [code for _, code, _ in raw(one, KEPT)]


@pytest.mark.parametrize(
    ("foretold", "said"),
    [
        ("1 answer would be refused (out_of_range): row 2.", "1 answer was refused"),
        ("1 row would be refused (bad_row): row 2.", "1 row was refused"),
        ("1,001 rows would be refused (bad_row).", "1,001 rows were refused"),
    ],
)
def test_one_is_counted_as_one(foretold, said):
    one = Finding(code="c", severity="warning", message=foretold)
    assert _as_loaded(one).message.startswith(said)


def test_an_unchanged_load_finds_the_same(tmp_path):
    write(tmp_path / "events.csv", *ROWS)
    one = study(tmp_path, events())
    assert recorded(one) == recorded(one)


def test_where_nothing_changed_the_findings_stay_as_they_are(tmp_path):
    write(tmp_path / "events.csv", *ROWS)
    one = study(tmp_path, events())
    recorded(one)
    assert recorded(one), "its file was loaded before, and is unchanged now"
    kept = raw(one, KEPT)
    assert recorded(one) is None
    assert raw(one, KEPT) == kept != []


@pytest.mark.parametrize(
    "change",
    [
        "delete from events",
        "delete from rejected_rows",
        "update files set rows_duplicate = 1",
        "update files set message = 'x'",
    ],
)
def test_whatever_changed_in_the_tables_is_looked_at_again(tmp_path, change):
    write(tmp_path / "events.csv", *ROWS)
    one = study(tmp_path, events())
    workspace = Workspace.beside(one.folder)
    outcome = load(one, workspace)
    record_findings(one, workspace, outcome)
    assert record_findings(one, workspace, outcome) is None
    with closing(open_raw(workspace)) as con:
        con.execute(change)
    assert record_findings(one, workspace, outcome) is not None


def test_another_study_file_is_looked_at_again(tmp_path):
    write(tmp_path / "events.csv", *ROWS)
    one = study(tmp_path, events())
    workspace = Workspace.beside(one.folder)
    outcome = load(one, workspace)
    record_findings(one, workspace, outcome)
    assert record_findings(study(tmp_path, events(), sites=(SITE,)), workspace, outcome) is not None


def test_pseudonyms_are_not_taken_for_ids(tmp_path):
    write(tmp_path / "events.csv", "pid,event,time", "TEST01,open,2025-03-05")
    keyed = study(tmp_path, events(), privacy=Privacy(participant_ids="keyed"))
    assert "test_account" not in [one.code for one in recorded(keyed)]
    given = study(tmp_path, events(), privacy=Privacy(participant_ids="as_given"))
    assert "test_account" in [one.code for one in recorded(given)]


def test_a_build_shows_them(tmp_path):
    write(tmp_path / "events.csv", *ROWS)
    one = study(tmp_path, events())
    findings = recorded(one)
    workspace = Workspace.beside(tmp_path)
    build(one, workspace)
    con = MartReader(workspace).cursor()
    shown = sqlfile.load("reads/findings.sql").fetch(con)
    assert shown["code"].to_list() == [said.code for said in findings]
    assert shown.row(0, named=True)["place"] == "app: time"
    assert "events.csv, column time, row 2" in shown["places"].to_list()


def test_a_build_without_a_check_has_none(tmp_path):
    write(tmp_path / "events.csv", *ROWS)
    one, workspace = study(tmp_path, events()), Workspace.beside(tmp_path)
    load(one, workspace)
    build(one, workspace)
    assert sqlfile.load("reads/findings.sql").fetch(MartReader(workspace).cursor()).is_empty()


def test_places_in_words():
    assert in_words(Place(file="a.csv")) == "a.csv"
    place = Place(file="a.csv", columns=("x", "y"), rows=(3, 1204))
    assert in_words(place) == "a.csv, columns x, y, rows 3, 1,204"
