"""Loads under ids that differ by system: joined, replaced by pseudonyms, and never mixed."""

import pytest

from etl.identity.identities import load_identities
from etl.identity.key import key_path
from etl.load import load
from study.errors import UserError
from tests.etl.identity.cove import MARK, roster_id
from tests.etl.load_study import counts


def names(one):
    identities = load_identities(one.study, one.workspace)
    return {
        roster_id(f"P{number:03d}"): identities.kept(roster_id(f"P{number:03d}"))
        for number in range(1, 100)
    }


def test_systems_are_joined_and_everything_is_as_under_the_rosters_ids(given, keyed):
    people = {
        name
        for (name,) in given.raw(
            "select distinct participant_id from roster where status = 'loaded'"
        )
    }
    assert len(people) > 20
    assert {
        name
        for (name,) in given.raw(
            "select distinct participant_id from events where status = 'loaded'"
        )
    } <= people
    assert {
        name
        for (name,) in given.raw(
            "select distinct participant_id from answers where status = 'loaded'"
        )
    } <= people
    renamed = keyed.marts({name: given for given, name in names(keyed).items()})
    expected = given.marts()
    assert renamed.keys() == expected.keys()
    for table, rows in expected.items():
        assert renamed[table] == rows, table


def test_no_id_of_a_keyed_study_is_in_any_file_of_the_workspace(keyed, given):
    assert keyed.traces(MARK) == []
    # The same look finds them where they are.
    assert "raw.duckdb" in given.traces(MARK)
    assert any(name.startswith("mart-") for name in given.traces(MARK))


def test_the_key_is_in_no_other_file(keyed):
    lines = key_path(keyed.workspace).read_text(encoding="utf-8").splitlines()[1:]
    secrets = [line.split()[1] for line in lines]
    assert len(secrets) == 2
    assert keyed.traces(*secrets) == ["key"]


def test_the_same_key_gives_the_same_names_and_nothing_is_read_again(keyed):
    before = keyed.raw("select distinct participant_id from events order by all")
    outcome = load(keyed.study, keyed.workspace)
    assert {one.status for one in outcome.receipts} == {"unchanged"}
    assert keyed.raw("select distinct participant_id from events order by all") == before
    assert all(name.startswith("p-") and len(name) == 12 for (name,) in before)


def test_a_lost_key_is_refused_and_no_new_one_made(keyed):
    key = key_path(keyed.workspace)
    kept = key.rename(key.with_name("elsewhere"))
    with pytest.raises(UserError, match="is missing"):
        load(keyed.study, keyed.workspace)
    assert not key.exists()
    kept.rename(key)
    assert {one.status for one in load(keyed.study, keyed.workspace).receipts} == {"unchanged"}


def test_a_key_that_others_can_read_stops_the_load(keyed):
    key_path(keyed.workspace).chmod(0o644)
    with pytest.raises(UserError, match="chmod 600"):
        load(keyed.study, keyed.workspace)


@pytest.mark.parametrize(("first", "second"), [("keyed", "as_given"), ("as_given", "keyed")])
def test_another_way_of_naming_reads_everything_anew(first, second, keyed, given):
    one, other = (keyed, given) if first == "keyed" else (given, keyed)
    one.set(f'participant_ids = "{first}"', f'participant_ids = "{second}"')
    outcome = load(one.study, one.workspace)
    assert {receipt.status for receipt in outcome.receipts} == {"loaded"}
    assert any("read anew" in words for words in outcome.warnings)
    expected = load(other.study, other.workspace)
    assert list(map(counts, outcome.receipts)) == list(map(counts, expected.receipts))
    held = one.raw("select distinct participant_id from events")
    assert all(name.startswith("p-") == (second == "keyed") for (name,) in held)
    again = load(one.study, one.workspace)
    assert {receipt.status for receipt in again.receipts} == {"unchanged"}


def test_another_key_reads_everything_anew(keyed):
    before = set(keyed.raw("select distinct participant_id from events"))
    (keyed.workspace.root / "key").unlink()
    from etl.identity.key import make_keys

    make_keys(keyed.workspace)
    assert {one.status for one in load(keyed.study, keyed.workspace).receipts} == {"loaded"}
    after = set(keyed.raw("select distinct participant_id from events"))
    assert len(after) == len(before)
    assert not after & before


def test_nothing_is_changed_where_an_export_to_be_read_anew_is_gone(keyed):
    before = keyed.raw("from events order by all")
    (keyed.folder / "exports" / "events-2025-03.csv").unlink()
    keyed.set('participant_ids = "keyed"', 'participant_ids = "as_given"')
    with pytest.raises(UserError, match=r"events-2025-03.csv is gone from disk"):
        load(keyed.study, keyed.workspace)
    assert keyed.raw("from events order by all") == before


def test_a_changed_map_reads_again_only_the_files_that_it_changes(keyed):
    path = keyed.folder / "ids.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    fresh = load(keyed.study, keyed.workspace)
    # Somebody whose rows are still to come.
    path.write_text("\n".join([*lines, "ro-P900-qx,dv0-P900-qx,"]) + "\n", encoding="utf-8")
    assert {one.status for one in load(keyed.study, keyed.workspace).receipts} == {"unchanged"}
    # One account goes, whose answers are then a stranger's.
    kept = [line.replace("ac-P003-qx", "") for line in lines]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    outcome = load(keyed.study, keyed.workspace)
    read = {one.source_id for one in outcome.receipts if one.status == "loaded"}
    assert read == {"alliance"}
    before, after = (
        next(one for one in each.receipts if one.source_id == "alliance")
        for each in (fresh, outcome)
    )
    assert after.rows_rejected > before.rows_rejected
    # And it comes back.
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    again = load(keyed.study, keyed.workspace)
    assert {one.source_id for one in again.receipts if one.status == "loaded"} == {"alliance"}
    assert list(map(counts, again.receipts)) == list(map(counts, fresh.receipts))
    assert {one.status for one in load(keyed.study, keyed.workspace).receipts} == {"unchanged"}


def test_two_participants_never_share_a_pseudonym_unseen(keyed, monkeypatch):
    monkeypatch.setattr("etl.identity.identities.pseudonym", lambda key, one: "p-0000000000")
    identities = load_identities(keyed.study, keyed.workspace)
    identities.name_of("ro-P001-qx", "roster")
    with pytest.raises(UserError, match="the same pseudonym") as caught:
        identities.name_of("ro-P002-qx", "roster")
    assert MARK not in str(caught.value)
