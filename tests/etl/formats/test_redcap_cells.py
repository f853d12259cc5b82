"""REDCap: boxes nobody saw, labels for codes, and what never comes out."""

import pytest

from etl.sources.redcap import RedcapReader
from tests.etl.formats.redcap_case import ITEMS, opened, put, read, source
from tests.etl.formats.redcap_export import COLUMNS, PROJECT, bond, described, enrolled, row

PRIVATE = ("robin", "Robin", "example.org", "a private remark")


# -- cells ----------------------------------------------------------------------------------------


def test_boxes_of_a_form_that_nobody_opened_are_missing_and_not_0(tmp_path):
    path = put(
        tmp_path,
        row("S01", visit_date="2025-03-31", bond_complete="0"),
        row("S02", visit_date="2025-03-31", bond_complete="2"),
        row("S03", visit_date="2025-03-31", bond_complete="0", where___a="1"),
        row("S04", visit_date="2025-03-31", bond_complete="2", where___unk="1", where___a=""),
        row("S05", visit_date="2025-03-31", bond_complete="1", bond_1="4"),
    )
    # Mapped beside the visit, so that rows without the form are records as well.
    of = source("events", columns={"properties": ("where___a", "where___b_2")})
    assert read(opened(path, of), "redcap_record", "visit_date", "where___a", "where___b_2") == [
        (1, "S01", "2025-03-31", None, None),
        (2, "S02", "2025-03-31", "0", "0"),
        (3, "S03", "2025-03-31", "1", "0"),
        (4, "S04", "2025-03-31", None, None),
        (5, "S05", "2025-03-31", "0", "0"),
    ]


def labelled(**cells: str) -> dict[str, str]:
    return {
        "where___a": "Unchecked",
        "where___b_2": "Unchecked",
        "where___unk": "Unchecked",
    } | cells


def test_labels_are_translated_back_to_codes(tmp_path):
    path = put(
        tmp_path,
        labelled(
            study_no="S01",
            bond_date="2025-03-03",
            bond_1="Never, not once",
            bond_2=" Always ",
            bond_3="Sometimes",
            where___a="Checked",
            bond_complete="Complete",
        ),
        labelled(study_no="S02", bond_complete="Incomplete"),
    )
    reader = opened(path)
    assert read(reader, *ITEMS, "where___a", "where___b_2", "bond_complete") == [
        # A label that is not in the dictionary stays, so that the answer is refused.
        (1, "1", "7", "Sometimes", "1", "0", "2")
    ]
    assert any("holds labels" in note for note in reader.notes())


def test_labels_that_look_like_other_codes_are_left_alone_in_raw_exports(tmp_path):
    project = (
        *PROJECT[:9],
        described("bond_2", "bond", "radio", choices="1, 2 | 2, 1"),
        *PROJECT[10:],
    )
    raw = row("S01", **bond("2025-03-03", "1", "1", "1"))
    assert read(opened(put(tmp_path, raw, project=project)), "bond_2") == [(1, "1")]
    told = labelled(study_no="S01", bond_2="1", bond_complete="Complete")
    assert read(opened(put(tmp_path, told, project=project)), "bond_2") == [(1, "2")]


def test_a_label_of_several_codes_is_refused_and_said(tmp_path):
    choices = "1, Never | 2, Often | 3, <i>Often</i>"
    project = (*PROJECT[:9], described("bond_2", "bond", "radio", choices=choices), *PROJECT[10:])
    line = labelled(study_no="S01", bond_1="Rarely", bond_2="Often", bond_complete="Complete")
    reader = opened(put(tmp_path, line, project=project))
    assert read(reader, *ITEMS) == [(1, "2", "Often", None)]
    (note,) = [one for one in reader.notes() if "several codes" in one]
    assert note.endswith(": 1.")


def test_yes_and_no_are_codes_as_well(tmp_path):
    project = (*PROJECT, described("smokes", "bond", "yesno"))
    line = labelled(study_no="S01", smokes="No", bond_complete="Complete")
    path = put(tmp_path, line, columns=(*COLUMNS, "smokes"), project=project)
    assert read(opened(path), "bond_1", "smokes") == [(1, None, "0")]


def test_a_survey_that_was_not_completed_has_no_time(tmp_path):
    path = put(
        tmp_path,
        row("S01", **bond("", "1", "1", "1"), bond_timestamp="[not completed]"),
        row("S02", **bond("", "1", "1", "1"), bond_timestamp="2025-03-03 10:11:12"),
    )
    of = source(columns={"time": "bond_timestamp"})
    assert read(opened(path, of), "bond_timestamp", *ITEMS[:1]) == [
        (1, None, "1"),
        (2, "2025-03-03 10:11:12", "1"),
    ]


def everything(reader: RedcapReader, *fields: str) -> str:
    said = []
    for batch in reader.batches(fields, rest=reader._source.kind == "events"):
        said += [str(batch.rows.rows()), str(batch.bad), *map(str, reader.raw_text(batch.raw))]
    return " ".join((*said, *reader.notes()))


@pytest.mark.parametrize("kind", ["answers", "roster", "events"])
def test_identifiers_and_free_text_never_come_out(tmp_path, kind):
    cells = enrolled("2025-03-03", "1") | bond("2025-03-03", "9", "1", "1", bond_note=PRIVATE[3])
    path = put(
        tmp_path, row("S01", **cells, visit_date="2025-03-03", redcap_survey_identifier="robin")
    )
    reader = opened(path, source(kind))
    said = everything(reader, "redcap_record", "consent_date", "visit_date", *ITEMS)
    assert "2025-03-03" in said
    assert not [text for text in PRIVATE if text in said]
    for name in ("first_name", "mail", "bond_note", "redcap_survey_identifier"):
        assert not reader.has(name)
        assert name not in reader.columns()
    assert any("first_name, mail" in note for note in reader.notes())


def test_what_the_study_file_maps_by_name_is_kept(tmp_path):
    path = put(tmp_path, row("S01", **enrolled("2025-03-03", "1")))
    reader = opened(path, source("roster", participant="mail"))
    assert read(reader, "mail", "consent_date") == [(1, "robin@example.org", "2025-03-03")]
    assert "Robin" not in everything(reader, "mail", "consent_date")


def test_dropping_a_checkbox_drops_its_boxes(tmp_path):
    path = put(tmp_path, row("S01", **bond("2025-03-03", "1", "1", "1"), where___a="1"))
    reader = opened(path, drop=("where", "bond_date"))
    assert not {"where___a", "where___b_2", "where___unk", "bond_date"} & set(reader.columns())
    assert "2025-03-03" not in everything(reader, *ITEMS)
