"""`rapport erase`: gone from every file, and gone for good, with receipts that go on adding up."""

import json
import stat
import subprocess
import sys

import pytest
import typer

import app
from etl.identity import erasure
from etl.identity.key import key_path
from etl.identity.tombstones import tombstone_path
from etl.load import load
from etl.pipeline import refresh
from models import store
from tests.etl.identity.cove import WHO, ids_of, name_of, roster_id
from tests.etl.load_study import counts
from warehouse.connect import open_raw


def traces(one, name):
    return one.traces(name, *ids_of(WHO))


def receipts(one):
    """Counts of each file, and what each rule refused in it."""
    outcome = load(one.study, one.workspace)
    return {
        receipt.source_file: (
            counts(receipt),
            sorted(
                (rule.rule, rule.column_name or "", rule.n_refused, rule.first_rows)
                for rule in receipt.by_rule
            ),
        )
        for receipt in outcome.receipts
    }


def erase(rapport, one, typed=None, *more):
    words = ("--study", one.folder, "--yes", "--no-fit")
    return rapport("erase", typed or roster_id(WHO), *words, *more)


@pytest.mark.parametrize("mode", ["keyed", "given"])
def test_somebody_is_gone_from_every_file_and_others_stay(rapport, request, mode):
    one = request.getfixturevalue(mode)
    name = name_of(one)
    one.workspace.results.mkdir(exist_ok=True)
    (one.workspace.results / "alliance.total.json").write_text("{}", encoding="utf-8")
    before = one.marts()
    held = traces(one, name)
    assert "raw.duckdb" in held
    assert sum(path.startswith("mart-") for path in held) == 1
    code, out, err = erase(rapport, one)
    assert (code, err) == (0, "")
    assert "The exports themselves are the team's" in out
    assert traces(one, name) == []
    assert len(list(one.workspace.builds.glob("*.duckdb"))) == 1
    assert list(one.workspace.results.rglob("*.json")) == []
    after = one.marts()
    for table in ("fct_participants", "fct_sessions", "fct_scores"):
        others = [row for row in before[table] if name not in row]
        assert after[table] == others, table
        assert len(others) < len(before[table]), table


def test_receipts_add_up_and_say_where_the_erased_rows_stood(erased, keyed):
    before, after = receipts(keyed), receipts(erased)
    assert after.keys() == before.keys()
    n_erased = 0
    for file, (numbers, rules) in after.items():
        read, loaded, duplicate, rejected = numbers
        assert read == before[file][0][0] == loaded + duplicate + rejected
        n_erased += sum(rule[2] for rule in rules if rule[0] == "erased_participant")
    assert n_erased > 50
    kept = erased.raw(
        "select raw_text, participant_id from rejected_rows where rule = 'erased_participant'"
    )
    assert len(kept) == n_erased
    assert set(kept) == {(None, None)}


@pytest.mark.exhaustive
def test_a_later_load_does_not_bring_them_back(erased):
    name = name_of(erased)
    expected, marts = receipts(erased), erased.marts()
    for path in (erased.folder / "exports").iterdir():
        # Another content, so that every file is read again.
        path.write_bytes(path.read_bytes() + b"\n")
    for is_raw_deleted in (False, True):
        if is_raw_deleted:
            erased.workspace.raw_path.unlink()
        assert refresh(erased.study, erased.workspace, fit_models=False) == 0
        assert traces(erased, name) == []
        assert receipts(erased) == expected
        now = erased.marts()
        for table in marts.keys() - {"fct_findings"}:  # These are of the last load.
            assert now[table] == marts[table], table


@pytest.mark.exhaustive
def test_somebody_erased_stays_so_under_another_way_of_naming(erased):
    name = name_of(erased)
    ways = ['participant_ids = "keyed"', 'participant_ids = "as_given"']
    if erased.study.privacy.participant_ids != "keyed":
        ways.reverse()
    erased.set(*ways)
    assert {one.status for one in load(erased.study, erased.workspace).receipts} == {"loaded"}
    for trace in (name, name_of(erased), *ids_of(WHO)):
        assert "raw.duckdb" not in erased.traces(trace)


def test_a_pseudonym_erases_as_the_id_does(rapport, keyed):
    name = name_of(keyed)
    code, _, err = erase(rapport, keyed, name.upper())
    assert (code, err) == (0, "")
    keyed.workspace.raw_path.unlink()
    load(keyed.study, keyed.workspace)
    assert traces(keyed, name) == []
    # An export gave the id, so that they are told under any key.
    assert rapport("rekey", keyed.folder, "--yes", "--no-fit")[0] == 0
    assert traces(keyed, name_of(keyed)) == []


def test_several_are_erased_at_once_and_others_stay(rapport, keyed):
    gone = [name_of(keyed, code) for code in ("P005", "P006")]
    stays = name_of(keyed, "P007")
    code, out, _ = erase(rapport, keyed, roster_id("P005"), roster_id("P006"))
    assert code == 0
    assert "2 participants" in out
    assert keyed.traces(*gone) == []
    assert "raw.duckdb" in keyed.traces(stays)


def test_it_asks_first_and_says_what_will_be_lost(rapport, keyed, monkeypatch):
    name = name_of(keyed)
    ((events, answers),) = keyed.raw(
        f"select (select count(*) from events where participant_id = '{name}'), "
        f"(select count(*) from answers where participant_id = '{name}')"
    )
    monkeypatch.setattr("typer.confirm", _says_no)
    before = traces(keyed, name)
    code, out, _ = rapport("erase", roster_id(WHO), "--study", keyed.folder)
    assert code == 1
    assert f"{events:,} events, {answers:,} answers, 1 roster row" in out
    assert traces(keyed, name) == before
    assert not tombstone_path(keyed.workspace).exists()


def _says_no(question, *, abort):
    assert question == "Erase?"
    assert abort
    raise typer.Abort


def test_nobody_of_that_id_is_an_error_and_changes_nothing(rapport, keyed):
    code, _, err = erase(rapport, keyed, "RO-P005-qx")
    assert code == 2
    assert "Nobody was loaded whose id is 'RO-P005-qx'" in err
    assert not tombstone_path(keyed.workspace).exists()
    elsewhere = keyed.folder / "empty"
    code, _, err = erase(rapport, keyed, "x", "--workspace", elsewhere)
    assert code == 2
    assert "Nothing was loaded yet" in err
    assert not elsewhere.exists()


def test_an_id_of_two_people_in_two_systems_needs_its_source(rapport, given):
    # What the app calls P005's second device is the id of another one in the roster.
    path = given.folder / "ids.csv"
    text = path.read_text(encoding="utf-8").replace("dv1-P005-qx", roster_id("P006"))
    path.write_text(text, encoding="utf-8")
    load(given.study, given.workspace)
    code, _, err = erase(rapport, given, roster_id("P006"))
    assert code == 2
    assert "is the id of 2 participants" in err
    assert erase(rapport, given, roster_id("P006"), "--source", "roster")[0] == 0
    held = {one for (one,) in given.raw("select distinct participant_id from roster")}
    assert roster_id("P005") in held
    assert roster_id("P006") not in held


def test_erasing_twice_says_when_it_was(rapport, erased_keyed):
    for typed in (*ids_of(WHO), name_of(erased_keyed)):
        code, _, err = erase(rapport, erased_keyed, typed)
        assert code == 2
        assert "was erased already, on 20" in err


def test_the_note_holds_no_id_and_is_for_its_owner_alone(erased):
    path = tombstone_path(erased.workspace)
    text = path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    noted = json.loads(text)
    assert noted["unfinished"] is None
    assert noted["erasures"][0]["reason"] == "withdrew consent"
    assert not any(word in text for word in (name_of(erased), *ids_of(WHO)))


def test_without_the_key_the_erased_do_not_come_back(rapport, erased):
    erased.workspace.raw_path.unlink()
    key_path(erased.workspace).unlink()
    code, _, err = rapport("load", erased.folder, "--no-fit")
    assert code == 2
    assert "is missing" in err
    assert "participants were erased here" in err
    assert erased.raw("from events") == []


def test_a_damaged_note_stops_the_load(rapport, erased_keyed):
    path = tombstone_path(erased_keyed.workspace)
    path.write_text(path.read_text(encoding="utf-8")[:40], encoding="utf-8")
    code, _, err = rapport("load", erased_keyed.folder, "--no-fit")
    assert code == 2
    assert "is damaged. It says who was erased" in err


class Killed(BaseException):
    pass


def _killed(*args, **kwargs):
    raise Killed


# What is undone by the kill itself, and what the next command has to finish.
UNDONE = ("etl.identity.raw_erasure._judge_again", "etl.identity.erasure.write_tombstones")
LEFT = (
    "etl.identity.commands.finish",
    "warehouse.renewal._put_in_place",
    "etl.identity.finish.build",
    "etl.identity.finish.write_tombstones",
)


@pytest.mark.parametrize("step", UNDONE)
def test_an_erasure_killed_before_its_note_has_not_happened(rapport, keyed, monkeypatch, step):
    name = name_of(keyed)
    before = keyed.raw("from events order by all")
    with monkeypatch.context() as patch:
        patch.setattr(step, _killed)
        with pytest.raises(Killed):
            erase(rapport, keyed)
    assert not tombstone_path(keyed.workspace).exists()
    assert keyed.raw("from events order by all") == before
    code, out, err = rapport("status", keyed.folder)
    assert (code, err) == (0, "")
    assert "interrupted" not in out
    assert len(traces(keyed, name)) == 2


@pytest.mark.exhaustive
@pytest.mark.parametrize("step", LEFT)
def test_an_erasure_killed_later_is_finished_by_the_next_command(rapport, keyed, monkeypatch, step):
    name = name_of(keyed)
    with monkeypatch.context() as patch:
        patch.setattr(step, _killed)
        with pytest.raises(Killed):
            erase(rapport, keyed)
    code, out, err = rapport("status", keyed.folder)
    assert (code, err) == (0, "")
    assert "An erasure was interrupted" in out
    assert traces(keyed, name) == []
    assert len(list(keyed.workspace.builds.glob("*.duckdb"))) == 1
    left = {path.name for path in keyed.workspace.root.iterdir()}
    assert left == {"builds", "erased", "key", "raw.duckdb", "results"}
    assert "interrupted" not in rapport("status", keyed.folder)[1]


def test_killed_between_note_and_commit_the_raw_tables_are_emptied_of_them_next(
    rapport, given, monkeypatch
):
    name = name_of(given)
    real = erasure.write_tombstones

    def note_and_die(workspace, tombstones):
        real(workspace, tombstones)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(erasure, "write_tombstones", note_and_die)
        with pytest.raises(Killed):
            erase(rapport, given)
    assert "raw.duckdb" in traces(given, name)
    assert rapport("status", given.folder)[0] == 0
    assert traces(given, name) == []


def test_a_load_at_work_is_let_finish(keyed):
    con = open_raw(keyed.workspace)
    words = ("erase", roster_id(WHO), "--study", keyed.folder, "--yes")
    try:
        # The same process may open the file twice; another may not.
        done = subprocess.run(
            [sys.executable, app.__file__, *words], capture_output=True, text=True, check=False
        )
    finally:
        con.close()
    assert done.returncode == 2
    assert "in use" in done.stderr
    assert not tombstone_path(keyed.workspace).exists()


def test_results_are_fitted_anew_unless_told_otherwise(rapport, keyed, monkeypatch):
    analysed = []
    monkeypatch.setattr(
        "etl.pipeline.analyse_all", lambda _, workspace: analysed.append(workspace.root)
    )
    assert rapport("fit", keyed.folder, "--no-analyses")[0] == 0
    assert analysed == []
    before = store.load_all(keyed.workspace.results)
    assert before
    code, _, _ = rapport("erase", roster_id(WHO), "--study", keyed.folder, "--yes")
    assert code == 0
    after = store.load_all(keyed.workspace.results)
    assert after.keys() == before.keys()
    assert all(after[name].input_hash != before[name].input_hash for name in before)
    assert analysed == [keyed.workspace.root]
