"""REDCap: the whole export, what is recognised, which rows are records, files and their faults."""

from pathlib import Path

import pytest

from etl.sources.reader import REST, ROW
from etl.sources.redcap import FORMAT
from etl.sources.registry import recognise
from etl.sources.sample import sample
from study.definition import Source
from study.errors import UserError
from tests.etl.formats.loaded_study import counts_of, load_it, rows, study_of
from tests.etl.formats.redcap_case import ITEMS, opened, put, read, source
from tests.etl.formats.redcap_export import (
    BASELINE,
    COLUMNS,
    EXTRA,
    PROJECT,
    WEEK_4,
    bond,
    described,
    enrolled,
    row,
    write,
)

# -- the whole export -----------------------------------------------------------------------------


def test_every_row_of_the_export_is_accounted_for(tmp_path):
    written = write(tmp_path)
    one = study_of(tmp_path, written.source)
    outcome = load_it(one)
    assert counts_of(outcome) == written.counts
    (receipt,) = outcome.receipts
    assert {(rule.rule, rule.column_name): rule.first_rows for rule in receipt.by_rule} == {
        ("bad_row", None): (13,),
        ("bad_time", "bond_date"): (9,),
        ("out_of_range", "bond_2"): (4,),
        ("conflicting_answer", "bond.3"): (12,),
    }
    occasions = rows(one, "select distinct occasion_id from answers where participant_id = 'S01'")
    assert sorted(occasions) == [
        (BASELINE,),
        (f"{EXTRA}#1",),
        (f"{EXTRA}#2",),
        (f"{WEEK_4}/bond#1",),
        (f"{WEEK_4}/bond#2",),
    ]
    # Codes for missing data are no answers, and no zeros either.
    values = rows(one, "select item_id, value from answers where source_row = 10 order by item_id")
    assert values == [("1", None), ("2", None), ("3", 2.0)]


def test_the_content_tells_the_format(tmp_path):
    write(tmp_path)
    place = tmp_path / "exports/redcap"
    assert recognise(place / "data.csv").format is FORMAT
    dictionary = FORMAT.fit(sample(place / "dictionary.csv"))
    assert not dictionary.is_match
    assert "data dictionary" in dictionary.because


@pytest.mark.parametrize(
    ("header", "line", "is_redcap"),
    [
        ("record_id,age,first_complete", "1,30,2", True),
        ("record_id,redcap_event_name,age", "1,a_arm_1,30", True),
        ("record_id,age,first_complete", "1,30,yes", False),
        ("id,submitdate,lastpage,startlanguage,Q1_complete", "1,,2,en,2", False),
        ("StartDate,EndDate,Finished,ResponseId", "2025-01-01,2025-01-01,1,R_1", False),
        ("id,user_id,event,timestamp,setup_complete", "1,2,x,2025-01-01,true", False),
        ("key.userId,value.time,value.name", "1,1700000000.0,x", False),
        ("pid,arm,enrolled", "p1,a,2025-01-01", False),
    ],
)
def test_files_of_other_systems_are_not_claimed(tmp_path, header, line, is_redcap):
    path = tmp_path / "x.csv"
    path.write_text(f"{header}\n{line}\n")
    assert FORMAT.fit(sample(path)).is_match is is_redcap


# -- which rows are records -----------------------------------------------------------------------


def test_rows_of_other_forms_are_no_records_and_are_counted(tmp_path):
    path = put(
        tmp_path,
        row("S01", BASELINE, **enrolled("2025-03-03", "1"), bond_complete="0"),
        row("S01", WEEK_4, visit_date="2025-03-31", visit_complete="2"),
        row("S01", WEEK_4, "bond", "1", **bond("2025-03-31", "1", "2", "3")),
        row("S01", WEEK_4, "bond", "2", bond_complete="0", bond_timestamp="[not completed]"),
    )
    reader = opened(path)
    assert read(reader, "redcap_record", "bond_date", *ITEMS) == [
        (3, "S01", "2025-03-31", "1", "2", "3")
    ]
    assert any("no records of this source: 3." in note for note in reader.notes())


def test_a_calculated_field_does_not_open_a_form(tmp_path):
    path = put(tmp_path, row("S01", bond_sum="0", bond_complete="0"))
    assert read(opened(path), *ITEMS) == []


@pytest.mark.parametrize("status", ["1", "2"])
def test_a_form_that_was_saved_empty_is_a_blank_record(tmp_path, status):
    path = put(tmp_path, row("S01", bond_complete=status))
    assert read(opened(path), *ITEMS) == [(1, None, None, None)]


def test_a_project_without_events_has_no_labels_of_occasions(tmp_path):
    columns = tuple(name for name in COLUMNS if not name.startswith("redcap_"))
    line = row("S01", **bond("2025-03-03", "1", "2", "3"))
    kept = {key: text for key, text in line.items() if key in columns}
    path = put(tmp_path, kept, columns=columns)
    assert read(opened(path), "redcap_record", "redcap_occasion", "bond_1") == [
        (1, "S01", None, "1")
    ]


def test_a_form_that_repeats_here_and_not_there(tmp_path):
    path = put(
        tmp_path,
        row("S01", BASELINE, **bond("2025-03-03", "1", "1", "1")),
        row("S01", WEEK_4, "bond", "1", **bond("2025-03-31", "2", "2", "2")),
        row("S01", EXTRA, "", "2", **bond("2025-04-07", "3", "3", "3")),
    )
    assert read(opened(path), "redcap_occasion", "bond_1") == [
        (1, BASELINE, "1"),
        (2, f"{WEEK_4}/bond#1", "2"),
        (3, f"{EXTRA}#2", "3"),
    ]


# -- other rows of the record ---------------------------------------------------------------------


def test_a_visits_date_is_taken_from_the_same_event_only(tmp_path):
    path = put(
        tmp_path,
        row("S01", WEEK_4, visit_date="2025-03-31", visit_complete="2"),
        row("S01", WEEK_4, "bond", "1", **bond("", "1", "1", "1")),
        row("S01", BASELINE, **bond("", "2", "2", "2")),
        row("S01", EXTRA, "", "1", visit_date="2025-04-07"),
        row("S01", EXTRA, "bond", "1", **bond("", "3", "3", "3")),
        row("S02", WEEK_4, "visit", "1", visit_date="2025-04-01", visit_complete="2"),
        row("S02", WEEK_4, "bond", "1", **bond("", "4", "4", "4")),
    )
    reader = opened(path, source(columns={"time": "visit_date"}))
    assert read(reader, "redcap_record", "visit_date", *ITEMS) == [
        (2, "S01", "2025-03-31", "1", "1", "1"),
        (3, "S01", None, "2", "2", "2"),
        # An instance of a repeating event is an event of its own.
        (5, "S01", None, "3", "3", "3"),
        # Nor is another instrument's row that of the event.
        (7, "S02", None, "4", "4", "4"),
    ]
    assert any("took a date or an id" in note and note.endswith(": 1.") for note in reader.notes())


def test_an_id_on_one_form_counts_for_the_record_unless_it_has_several(tmp_path):
    project = (*PROJECT, described("app_id", "enrolment"))
    columns = (*COLUMNS, "app_id")
    path = put(
        tmp_path,
        row("1", BASELINE, **enrolled("2025-03-03", "1"), app_id="S01"),
        row("1", WEEK_4, "bond", "1", **bond("2025-03-31", "1", "1", "1")),
        row("2", BASELINE, app_id="S02"),
        row("2", WEEK_4, app_id="S03"),
        row("2", WEEK_4, "bond", "1", **bond("2025-03-31", "2", "2", "2")),
        columns=columns,
        project=project,
    )
    reader = opened(path, source(participant="app_id"))
    assert read(reader, "app_id", "bond_1") == [(2, "S01", "1"), (5, None, "2")]


# -- events ---------------------------------------------------------------------------------------


def test_rows_can_be_events_of_their_form(tmp_path):
    path = put(
        tmp_path,
        row("S01", WEEK_4, visit_date="2025-03-31", visit_complete="2"),
        row("S01", WEEK_4, "bond", "1", **bond("2025-03-31", "1", "1", "1")),
    )
    (batch,) = opened(path, source("events")).batches(("redcap_record", "visit_date"), rest=True)
    assert batch.rows.select(ROW, "redcap_record", "visit_date").rows() == [
        (1, "S01", "2025-03-31")
    ]
    assert batch.rows[REST].to_list() == ['{"visit_complete":"2"}']


# -- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiters_and_byte_order_marks(tmp_path, delimiter, encoding):
    line = row("S01", **bond("2025-03-03", "1", "2", "3"))
    path = put(tmp_path, line, delimiter=delimiter, encoding=encoding)
    assert read(opened(path), "redcap_record", *ITEMS) == [(1, "S01", "1", "2", "3")]


def test_fields_that_only_one_of_the_two_files_has_are_named(tmp_path):
    columns = (*(name for name in COLUMNS if name != "visit_date"), "new_field")
    line = row("S01", **bond("2025-03-03", "1", "2", "3"))
    reader = opened(put(tmp_path, line, columns=columns))
    read(reader, *ITEMS)
    assert "Columns that the dictionary does not explain: new_field." in reader.notes()
    assert "Fields of the dictionary that the export does not have: visit_date." in reader.notes()


def refusal(path: Path, of: Source | None = None) -> str:
    with pytest.raises(UserError) as error:
        opened(path, of)
    return str(error.value)


def test_labels_in_the_header_are_refused_with_the_remedy(tmp_path):
    labels = ("Study number", "Event Name", "Bond date", "Bond 1", "Complete?")
    path = put(tmp_path, {"Study number": "S01"}, columns=labels)
    said = refusal(path)
    assert "labels" in said
    assert "raw data" in said
    assert "S01" not in said


def test_a_dictionary_of_another_project_is_refused(tmp_path):
    path = put(tmp_path, row("S01"), project=(described("record_id", "one"), *PROJECT[1:]))
    assert "no column 'record_id', which is the record id" in refusal(path)


def test_an_export_without_its_dictionary_is_refused(tmp_path):
    path = put(tmp_path, row("S01"))
    assert "under 'dictionary' of source 'redcap'" in refusal(path, source(dictionary=None))
    (tmp_path / "dictionary.csv").unlink()
    assert "Data dictionary dictionary.csv does not exist" in refusal(path)
