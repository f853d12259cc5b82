"""REDCap: a roster in pieces becomes one row a record."""

from study.definition import Source
from tests.etl.formats.loaded_study import counts_of, load_it, rows, study_of
from tests.etl.formats.redcap_case import opened, put, read, source
from tests.etl.formats.redcap_export import BASELINE, WEEK_4, enrolled, row

ROSTER = ("redcap_record", "consent_date", "arm", "redcap_data_access_group")


def test_a_roster_in_pieces_becomes_one_row_a_record(tmp_path):
    path = put(
        tmp_path,
        row("S01", BASELINE, consent_date="2025-03-03", enrolment_complete="2"),
        row("S01", WEEK_4, visit_date="2025-03-31"),
        row("S02", BASELINE, consent_date="2025-03-04"),
        row("S01", "randomised_arm_1", arm="1"),
        row("S02", "randomised_arm_1", arm="2"),
        row("S02", WEEK_4, arm="1"),
        row("S03", WEEK_4, visit_date="2025-03-31"),
    )
    reader = opened(path, source("roster", columns={"site": "redcap_data_access_group"}))
    assert read(reader, *ROSTER) == [
        (1, "S01", "2025-03-03", "1", None),
        (3, "S02", "2025-03-04", "2", None),
        # Says otherwise: a row of its own, which the loader refuses.
        (6, "S02", "2025-03-04", "1", None),
    ]
    notes = " ".join(reader.notes())
    assert "joined to another row of their record: 2." in notes
    assert "no records of this source: 2." in notes


def test_a_contradicting_roster_row_is_refused_by_name(tmp_path):
    put(
        tmp_path,
        row("S01", BASELINE, **enrolled("2025-03-03", "1")),
        row("S01", WEEK_4, arm="2"),
        row("S02", BASELINE, **enrolled("2025-03-04", "2")),
    )
    text = """
[[sources]]
id = "redcap"
kind = "roster"
format = "redcap"
path = "data.csv"
dictionary = "dictionary.csv"
[sources.roster]
enrolled = "consent_date"
arm = "arm"
[[arms]]
id = "1"
label = "App"
masked_label = "A"
[[arms]]
id = "2"
label = "Usual care"
masked_label = "B"
"""
    one = study_of(tmp_path, text)
    outcome = load_it(one)
    assert counts_of(outcome) == {"data.csv": (3, 2, 0, 1)}
    (rule,) = outcome.receipts[0].by_rule
    assert (rule.rule, rule.first_rows) == ("conflicting_row", (2,))
    kept = rows(one, "select participant_id, arm_id from roster where status = 'loaded' order by 1")
    assert kept == [("S01", "1"), ("S02", "2")]


def test_a_roster_of_ids_alone_has_one_row_a_record(tmp_path):
    path = put(tmp_path, row("S01", BASELINE), row("S01", WEEK_4), row("S02", BASELINE))
    of = Source(
        id="redcap",
        kind="roster",
        path="data.csv",
        format="redcap",
        dictionary="dictionary.csv",
        participant="redcap_record",
    )
    assert read(opened(path, of), "redcap_record") == [(1, "S01"), (3, "S02")]
