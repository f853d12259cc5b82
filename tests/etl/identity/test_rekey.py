"""`rapport rekey`: everybody under another pseudonym, and nothing else different."""

import pytest

from etl.identity.identities import load_identities
from etl.identity.key import read_keys
from etl.load import load
from tests.etl.identity.cove import MARK, WHO, ids_of, name_of, roster_id


def names(one):
    identities = load_identities(one.study, one.workspace)
    codes = [roster_id(f"P{number:03d}") for number in range(1, 60)]
    return {code: identities.kept(code) for code in codes}


def rekey(rapport, one):
    return rapport("rekey", one.folder, "--yes", "--no-fit")


def test_marts_are_the_same_up_to_the_names(rapport, keyed):
    before, old = keyed.marts(), names(keyed)
    (keyed.workspace.root / "results").mkdir(exist_ok=True)
    (keyed.workspace.root / "results" / "x.json").write_text("{}", encoding="utf-8")
    code, _, err = rekey(rapport, keyed)
    assert (code, err) == (0, "")
    new = names(keyed)
    assert not set(new.values()) & set(old.values())
    after = keyed.marts({new[code]: old[code] for code in old})
    assert after.keys() == before.keys()
    for table, rows in before.items():
        assert after[table] == rows, table
    assert keyed.traces(*old.values(), MARK) == []
    assert len(list(keyed.workspace.builds.glob("*.duckdb"))) == 1
    assert list(keyed.workspace.results.rglob("*.json")) == []
    assert {one.status for one in load(keyed.study, keyed.workspace).receipts} == {"unchanged"}


def test_who_was_erased_stays_erased(rapport, erased_keyed):
    before = erased_keyed.marts()["fct_participants"]
    assert rekey(rapport, erased_keyed)[0] == 0
    assert len(erased_keyed.marts()["fct_participants"]) == len(before)
    assert erased_keyed.traces(name_of(erased_keyed), *ids_of(WHO)) == []


def test_a_study_that_keeps_ids_has_no_key_to_change(rapport, given):
    code, _, err = rekey(rapport, given)
    assert code == 2
    assert "no key to change" in err


@pytest.mark.parametrize("loss", ["gone", "damaged"])
def test_nothing_is_changed_where_an_export_cannot_be_read(rapport, keyed, loss):
    path = keyed.folder / "exports" / "events-2025-04.csv"
    if loss == "gone":
        path.unlink()
    else:
        path.write_bytes(b"\x1f\x8b" + path.read_bytes())
    before, key = keyed.raw("from events order by all"), read_keys(keyed.workspace)
    code, _, err = rekey(rapport, keyed)
    assert code == 2
    assert "events-2025-04.csv" in err
    assert read_keys(keyed.workspace) == key
    assert keyed.raw("from events order by all") == before


class Killed(BaseException):
    pass


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "step",
    [
        "etl.identity.rekey.write_tombstones",
        "etl.identity.rekey.change_keys",
        "etl.identity.finish.load",
        "etl.identity.finish.build",
        "etl.identity.finish.write_tombstones",
    ],
)
def test_a_killed_one_has_not_happened_or_is_finished_by_the_next_command(
    rapport, keyed, monkeypatch, step
):
    def killed(*args, **kwargs):
        raise Killed

    old = names(keyed)
    with monkeypatch.context() as patch:
        patch.setattr(step, killed)
        with pytest.raises(Killed):
            rekey(rapport, keyed)
    code, out, err = rapport("status", keyed.folder)
    assert (code, err) == (0, "")
    if step.startswith("etl.identity.rekey.write"):
        assert names(keyed) == old
        assert "interrupted" not in out
        return
    assert "A new key was interrupted" in out
    assert keyed.traces(*old.values()) == []
    assert len(keyed.marts()["fct_participants"]) > 20
    assert "interrupted" not in rapport("status", keyed.folder)[1]
