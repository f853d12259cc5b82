"""`rapport id`: pseudonyms of ids and back, for those who have key and exports."""

import re

from etl.identity.key import key_path
from tests.etl.identity.cove import account, device, roster_id


def name_of(rapport, one, typed, *more):
    code, out, err = rapport("id", typed, "--study", one.folder, *more)
    assert (code, err) == (0, "")
    given, name = out.rstrip("\n").split("\t")
    assert given == typed
    return name


def test_every_id_of_somebody_gives_one_pseudonym_which_leads_back(rapport, keyed):
    names = {
        name_of(rapport, keyed, one)
        for one in (roster_id("P005"), device("P005", 0), device("P005", 1), account("P005"))
    }
    (name,) = names
    assert keyed.raw(f"select count(*) > 0 from events where participant_id = '{name}'") == [
        (True,)
    ]
    code, out, err = rapport("id", "--reverse", name.upper(), "--study", keyed.folder)
    assert (code, out, err) == (0, f"{name}\t{roster_id('P005')}\n", "")


def test_several_ids_are_a_line_each(rapport, keyed):
    code, out, _ = rapport("id", roster_id("P005"), roster_id("P006"), "--study", keyed.folder)
    assert code == 0
    assert [line.split("\t")[0] for line in out.splitlines()] == [
        roster_id("P005"),
        roster_id("P006"),
    ]


def test_a_pseudonym_that_no_export_gives_ends_with_1_and_what_is_none_with_2(rapport, keyed):
    code, out, _ = rapport("id", "--reverse", "p-0000000000", "--study", keyed.folder)
    assert code == 1
    assert "in none of the exports" in out
    code, _, err = rapport("id", "--reverse", roster_id("P005"), "--study", keyed.folder)
    assert code == 2
    assert "is no pseudonym" in err


def test_a_source_can_be_named_and_must_exist(rapport, keyed):
    with_source = name_of(rapport, keyed, device("P005", 0), "--source", "app")
    assert with_source == name_of(rapport, keyed, roster_id("P005"))
    # Of another source, the same letters are somebody else's: nobody's who was loaded.
    other = ("--source", "alliance", "--study", keyed.folder)
    code, out, err = rapport("id", device("P005", 0), *other)
    assert (code, out) == (1, "")
    assert "Nobody was loaded" in err
    assert with_source not in err
    code, _, err = rapport("id", "x", "--source", "nobody", "--study", keyed.folder)
    assert code == 2
    assert "roster, app, alliance" in err


def test_who_was_not_loaded_is_said_with_the_pseudonym_that_would_be(rapport, keyed):
    code, out, err = rapport("id", roster_id("P005"), "nobody-9", "--study", keyed.folder)
    assert code == 1
    assert [line.split("\t")[0] for line in out.splitlines()] == [roster_id("P005")]
    assert "Nobody was loaded whose id is 'nobody-9'" in err
    assert re.search(r"would be p-[a-z0-9]{10}\.", err)


def test_a_pseudonym_in_place_of_an_id_leads_to_reverse(rapport, keyed):
    name = name_of(rapport, keyed, roster_id("P005"))
    code, out, err = rapport("id", name, "--study", keyed.folder)
    assert (code, out) == (1, "")
    assert f"rapport id --reverse {name}" in err


def test_where_ids_stay_as_they_are_nobody_is_said_without_a_pseudonym(rapport, given):
    code, out, err = rapport("id", "nobody-9", "--study", given.folder)
    assert (code, out) == (1, "")
    assert "Nobody was loaded" in err
    assert "pseudonym" not in err


def test_without_the_key_nobody_can_tell(rapport, keyed):
    key_path(keyed.workspace).unlink()
    for words in (("id", roster_id("P005")), ("id", "--reverse", "p-0000000000")):
        code, out, err = rapport(*words, "--study", keyed.folder)
        assert (code, out) == (2, "")
        assert "There is no key" in err
    assert not key_path(keyed.workspace).exists()


def test_a_study_that_keeps_ids_has_no_pseudonyms(rapport, given):
    assert name_of(rapport, given, device("P005", 0)) == roster_id("P005")
    code, _, err = rapport("id", "--reverse", "p-0000000000", "--study", given.folder)
    assert code == 2
    assert "as they are given" in err
    assert not key_path(given.workspace).exists()
