"""Id maps: files and columns of the roster, several ids of one person, and contradictions."""

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.identity.identities import as_given, load_identities
from etl.identity.maps import read_maps
from study.definition import IdentityMap
from study.errors import UserError
from tests.etl.load_study import events, roster, study, write


def mapped(folder, *lines, ids=None, **parts):
    write(folder / "ids.csv", *lines)
    one = IdentityMap(path="ids.csv", participant="who", ids=ids or {"app": "device"})
    return study(folder, events(), identities=(one,), **parts)


def known(one, *ids, source="app"):
    return load_identities(one, None).known_as(pl.Series(ids, dtype=pl.String), source).to_list()


def test_an_id_of_a_source_becomes_the_participants(tmp_path):
    one = mapped(tmp_path, "who,device", "P1,d-1", "P2,d-2")
    assert known(one, "d-2", None, "d-1", "d-2") == ["P2", None, "P1", "P2"]


def test_two_devices_and_merged_accounts_are_one_participant(tmp_path):
    one = mapped(
        tmp_path,
        "who,device,account",
        "P1,d-1,a-1",
        "P1,d-2,",
        "P1,,a-2",
        ids={"app": "device", "survey": "account"},
    )
    assert known(one, "d-1", "d-2", "a-1") == ["P1", "P1", "a-1"]
    assert known(one, "a-1", "a-2", "d-1", source="survey") == ["P1", "P1", "d-1"]


def test_ids_that_no_map_knows_stay_as_they_are_and_letter_case_counts(tmp_path):
    one = mapped(tmp_path, "who,device", "P1,d-1")
    assert known(one, "D-1", "d-9") == ["D-1", "d-9"]
    assert known(one, "d-1", source="other") == ["d-1"]


def test_maps_are_followed_once(tmp_path):
    one = mapped(tmp_path, "who,device", "d-2,d-1", "P2,d-2")
    assert known(one, "d-1", "d-2") == ["d-2", "P2"]


def test_blanks_around_ids_and_the_marks_of_other_programs_are_no_part_of_them(tmp_path):
    for delimiter in (",", ";", "\t"):
        lines = ("\ufeffwho,device", "P1 , d-1", "P1,d-1", "P2,  ", ",d-3", '"P2",d-2')
        one = mapped(tmp_path, *(line.replace(",", delimiter) for line in lines))
        assert known(one, "d-1", "d-2", "d-3") == ["P1", "P2", "d-3"]


def test_one_id_of_two_participants_is_refused_by_its_rows_and_not_by_its_name(tmp_path):
    one = mapped(tmp_path, "who,device", "P1,secret-1", "P3,d-3", "P2,secret-1")
    with pytest.raises(UserError) as caught:
        read_maps(one)
    words = str(caught.value)
    assert words.startswith("ids.csv, row 3: ")
    assert "according to row 1" in words
    assert "'app'" in words
    assert "secret" not in words
    assert "P1" not in words
    assert "P2" not in words


def test_two_files_that_contradict_each_other_are_both_named(tmp_path):
    write(tmp_path / "more.csv", "person;phone", "P2;d-1")
    first = mapped(tmp_path, "who,device", "P1,d-1")
    second = IdentityMap(path="more.csv", participant="person", ids={"app": "phone"})
    one = first.model_copy(update={"identities": (*first.identities, second)})
    with pytest.raises(UserError, match=r"^more.csv, row 1: .* ids.csv, row 1\."):
        read_maps(one)


def test_a_missing_file_or_column_is_named_and_nothing_of_a_file_without_header(tmp_path):
    missing = study(
        tmp_path,
        events(),
        identities=(IdentityMap(path="no.csv", participant="who", ids={"app": "device"}),),
    )
    with pytest.raises(UserError, match=r"no.csv does not exist.*identities\[0\].path"):
        read_maps(missing)
    one = mapped(tmp_path, "secret-1,secret-2", "P1,d-1")
    with pytest.raises(UserError, match="no column 'who', 'device'") as caught:
        read_maps(one)
    assert "secret" not in str(caught.value)


def test_a_row_that_is_none_is_refused_by_its_number(tmp_path):
    one = mapped(tmp_path, "who,device", "P1,d-1", "P2,secret-2,surplus")
    with pytest.raises(UserError, match="row 2 cannot be read") as caught:
        read_maps(one)
    assert "secret" not in str(caught.value)


def test_columns_of_the_roster_are_a_map(tmp_path):
    write(tmp_path / "roster.csv", "pid,enrolled,phone", "P1,2025-01-06,d-1", "P2,2025-01-06,NA")
    people = roster(columns={"ids": {"app": "phone"}})
    one = study(tmp_path, people, events())
    assert known(one, "d-1", "NA", "P2") == ["P1", "NA", "P2"]


def test_the_rosters_own_ids_can_be_mapped_and_stand_for_the_same_participant(tmp_path):
    write(tmp_path / "roster.csv", "pid,enrolled,phone", "screening-7,2025-01-06,d-1")
    write(tmp_path / "ids.csv", "who,screening", "P7,screening-7")
    one = study(
        tmp_path,
        roster(columns={"ids": {"app": "phone"}}),
        events(),
        identities=(IdentityMap(path="ids.csv", participant="who", ids={"roster": "screening"}),),
    )
    assert known(one, "screening-7", source="roster") == ["P7"]
    assert known(one, "d-1") == ["P7"]


def test_without_maps_and_key_nothing_is_touched():
    ids = pl.Series(["P1", None], dtype=pl.String)
    assert as_given().known_as(ids, "app") is ids


names = st.text("abcXYZ019-_.é", min_size=1, max_size=5)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(owner_of=st.dictionaries(names, names, min_size=1, max_size=8), others=st.lists(names))
def test_every_id_is_found_and_no_other_is_touched(tmp_path, owner_of, others):
    one = mapped(tmp_path, "who,device", *(f"{who},{device}" for device, who in owner_of.items()))
    asked = [*owner_of, *others]
    assert known(one, *asked) == [owner_of.get(each, each) for each in asked]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.tuples(names, names), min_size=1, max_size=8))
def test_a_map_is_taken_or_refused_as_a_whole(tmp_path, rows):
    owners = {}
    for who, device in rows:
        owners.setdefault(device, set()).add(who)
    one = mapped(tmp_path, "who,device", *(f"{who},{device}" for who, device in rows))
    if all(len(found) == 1 for found in owners.values()):
        assert read_maps(one).of("app") == {key: found.pop() for key, found in owners.items()}
    else:
        with pytest.raises(UserError, match="belongs to another participant"):
            read_maps(one)
