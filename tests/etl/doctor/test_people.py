"""Participants on one side only, and ids in two spellings; never an id."""

import pytest

from etl.check import check
from study.definition import Privacy
from tests.etl.doctor.checked import by_code, found
from tests.etl.load_study import events, roster, study, write


def told(tmp_path, in_events, in_roster, **parts):
    write(
        tmp_path / "events.csv", "pid,event,time", *(f"{pid},open,2025-03-05" for pid in in_events)
    )
    write(tmp_path / "roster.csv", "pid,enrolled", *(f"{pid},2025-03-01" for pid in in_roster))
    return found(study(tmp_path, events(), roster(), **parts))


def test_participants_on_one_side_only(tmp_path):
    codes = told(tmp_path, ["p1", "p2"], ["p1", "p3", "p4"])
    assert codes["not_in_roster"][0].count == 1
    assert codes["not_in_roster"][0].severity == "warning"
    assert codes["without_data"][0].message.startswith("2 of 3 participants")
    assert "ids_spelt_differently" not in codes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("P07", "p7"),
        ("P007", "P7"),
        ("AB 12", "AB12"),
        ("ab-12", "AB012"),
        ("x_1", "X-1"),
        ("007", "7"),
    ],
)
def test_two_spellings_of_one_id_are_counted(tmp_path, one, other):
    (said,) = told(tmp_path, [one, one], [other])["ids_spelt_differently"]
    assert said.count == 1
    assert "2 rows of theirs would be refused" in said.message


@pytest.mark.parametrize(
    ("one", "other"), [("1-12", "11-2"), ("p10", "p1"), ("a1", "b1"), ("p1x", "p1y"), ("100", "10")]
)
def test_different_ids_stay_different(tmp_path, one, other):
    assert "ids_spelt_differently" not in told(tmp_path, [one], [other, one])


def test_two_exports_without_a_roster_that_spell_differently(tmp_path):
    write(tmp_path / "events.csv", "pid,event,time", "P1,open,2025-03-05")
    write(tmp_path / "more.csv", "pid,event,time", "p01,open,2025-03-06")
    codes = found(study(tmp_path, events(), events("more.csv", id="more")))
    assert codes["ids_spelt_differently"][0].count == 1


@pytest.mark.parametrize(
    ("ids", "count"), [(["TEST01", "p1"], 1), (["test", "demo-user"], 2), (["testament", "p1"], 0)]
)
def test_accounts_of_testers(tmp_path, ids, count):
    write(tmp_path / "events.csv", "pid,event,time", *(f"{pid},open,2025-03-05" for pid in ids))
    codes = found(study(tmp_path, events()))
    assert sum(one.count for one in codes.get("test_account", [])) == count


@pytest.mark.parametrize(("how", "severity"), [("keyed", "info"), ("as_given", "warning")])
def test_ids_that_are_addresses(tmp_path, how, severity):
    secret = "kim.doe@example.org"
    write(tmp_path / "events.csv", "pid,event,time", f"{secret},open,2025-03-05")
    report = check(study(tmp_path, events(), privacy=Privacy(participant_ids=how)))
    (one,) = by_code(report)["participant_id_personal"]
    assert (one.severity, one.count) == (severity, 1)
    assert secret not in report.model_dump_json()
