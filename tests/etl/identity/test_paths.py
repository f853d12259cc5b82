"""Systems that write one file or folder a participant: their id is in no path that is kept."""

from pathlib import Path

import polars as pl
import pytest

from etl.identity.commands import run_erase
from etl.identity.identities import load_identities
from etl.identity.raw_erasure import without_ids
from etl.load import load
from etl.pipeline import refresh
from study.definition import Calendar, Privacy, Study
from tests.etl.identity.cove import Cove
from tests.etl.load_study import counts, events, roster, run, study, wide, write
from warehouse.workspace import Workspace


def one_folder_each(folder, participant_ids):
    for who in ("secret-1", "secret-2"):
        write(
            folder / "exports" / who / f"{who}.csv.log",
            "pid,event,time",
            f"{who},opened,2025-03-01T10:00:00",
            f"{who},opened,never",
        )
    source = events("exports/*/*.csv.log")
    return study(folder, source, privacy=Privacy(participant_ids=participant_ids))


def shown(folder):
    return [path for (path,) in Cove(folder).raw("select path from files order by path")]


def test_an_id_in_a_path_becomes_the_pseudonym(tmp_path):
    one = one_folder_each(tmp_path, "keyed")
    assert refresh(one, Workspace.beside(tmp_path), fit_models=False) == 0
    names = {name for (name,) in Cove(tmp_path).raw("select distinct participant_id from events")}
    assert set(shown(tmp_path)) == {f"exports/{name}/{name}.csv.log" for name in names}
    assert Cove(tmp_path).traces("secret-") == []


def test_findings_that_name_a_file_name_nobody(tmp_path):
    one = one_folder_each(tmp_path, "keyed")
    for path in (tmp_path / "exports").rglob("*.log"):
        path.write_text(
            "pid,event,time,email\nsecret-1,opened,3/14/2025,x\nsecret-1,opened,2025-03-01,x\n"
            "secret-1,opened,2025-03-01T10:00:00Z,x\n",
            encoding="utf-8-sig",
        )
    assert refresh(one, Workspace.beside(tmp_path), fit_models=False) == 0
    codes = {code for (code,) in Cove(tmp_path).raw("select code from findings")}
    assert {"byte_order_mark", "personal_column", "mixed_time_styles"} <= codes
    assert (
        Cove(tmp_path).raw(
            "select code from findings where concat(subject, message, places) like '%secret-1%'"
        )
        == []
    )


def test_what_was_loaded_is_known_again_under_its_other_path(tmp_path):
    one = one_folder_each(tmp_path, "keyed")
    refresh(one, Workspace.beside(tmp_path), fit_models=False)
    again = load(one, Workspace.beside(tmp_path))
    assert [receipt.status for receipt in again.receipts] == ["unchanged", "unchanged"]
    assert not any("secret" in receipt.source_file for receipt in again.receipts)


@pytest.mark.exhaustive
@pytest.mark.parametrize("participant_ids", ["keyed", "as_given"])
def test_the_path_of_somebody_erased_names_them_no_more(tmp_path, participant_ids):
    one, workspace = one_folder_each(tmp_path, participant_ids), Workspace.beside(tmp_path)
    refresh(one, workspace, fit_models=False)
    run_erase(
        one, workspace, ["secret-1"], source_id=None, reason="", is_agreed=True, fit_models=False
    )
    assert_unnamed(tmp_path)
    # A new content is read again.
    for path in (tmp_path / "exports").rglob("*.log"):
        path.write_bytes(path.read_bytes() + b"\n")
    refresh(one, workspace, fit_models=False)
    assert_unnamed(tmp_path)


def assert_unnamed(folder):
    assert "exports/erased/erased.csv.log" in shown(folder)
    assert Cove(folder).traces("secret-1") == []


def test_only_whole_parts_of_a_path_are_ids():
    ids = frozenset({"12", "p-0a"})
    assert without_ids("a/12/2025-01-12.csv", ids) == "a/erased/2025-01-12.csv"
    assert without_ids("12.csv.gz", ids) == "erased.csv.gz"
    assert without_ids("x12/p-0a", ids) == "x12/erased"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("exports/app_event_U0000000002.json", "exports/app_event_{0}.json"),
        ("exports/S-01/answers-S-01.csv.gz", "exports/{1}/answers-{1}.csv.gz"),
        ("exports/U0000000002-S-01.csv", "exports/{0}-{1}.csv"),
        ("exports/S-012.csv", "exports/S-012.csv"),
        ("exports/2025-03-12.csv", "exports/2025-03-12.csv"),
        ("exports/12.csv", "exports/{2}.csv"),
    ],
)
def test_an_id_among_other_words_is_shown_as_its_pseudonym(path, shown):
    one = Study(
        study=Calendar(id="t", title="T"), sources=(events(id="app"),), folder=Path(), digest="d"
    )
    identities = load_identities(one, None)
    names = identities.known_as(pl.Series(["U0000000002", "S-01", "12"]), "app")
    assert identities.shown_path(path, "app") == shown.format(*names)
    assert identities.shown_path(path, "another") == path


def test_one_column_may_hold_the_ids_of_two_sources(tmp_path):
    """And one refused row of such a roster is kept, without its ids."""
    write(
        tmp_path / "roster.csv", "pid,enrolled,lamp", "MARKER-1,2025-01-06,U1", "MARKER-2,never,U2"
    )
    write(tmp_path / "events.csv", "pid,event,time", "U1,tap,2025-01-07T10:00:00Z")
    ids = {"app": "lamp", "survey": "lamp"}
    one = study(
        tmp_path,
        roster(columns={"ids": ids}),
        events(),
        wide(),
        privacy=Privacy(participant_ids="keyed"),
    )
    write(tmp_path / "wide.csv", "pid,time,mood_1", "U1,2025-01-08,4")
    outcome = run(one)
    assert outcome.failed == ()
    assert counts(outcome.receipts[0]) == (2, 1, 0, 1)
    assert counts(outcome.receipts[1]) == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("path", "masked"),
    [
        ("log-412.csv", "log-*.csv"),
        ("sub412_events.csv", "sub*_events.csv"),
        ("7/page_12.json", "*/page_12.json"),
        ("events_2025-03-07.csv", "events_2025-03-07.csv"),
        ("events_2025-03-07_0712.csv", "events_2025-03-07_0712.csv"),
        ("20250307-412.csv", "20250307-*.csv"),
        ("of 7.3.2025 412.csv", "of 7.3.2025 *.csv"),
        ("Bond_March 7, 2025_07.12.csv", "Bond_March 7, 2025_07.12.csv"),
        ("4120.csv", "4120.csv"),
        ("1412.csv", "1412.csv"),
    ],
)
def test_a_short_number_is_masked_where_it_is_somebodys_id_and_no_date(tmp_path, path, masked):
    one = study(tmp_path, events(), privacy=Privacy(participant_ids="keyed"))
    identities = load_identities(one, None)
    ids = pl.Series(["412", "7", "07", "2025", "03"])
    names = identities.known_as(ids, "app")
    said = identities.shown_path(path, "app")
    for name in names:
        said = said.replace(name, "*")
    assert said == masked
    # Of another source, nobody has these ids.
    assert identities.shown_path(path, "other") == path
