"""REDCap's data dictionary: choices, headings, encodings, and what is wrong with one."""

import pytest

from etl.sources.redcap_dictionary import checkbox_column, choices_of, load_dictionary
from study.errors import UserError
from tests.etl.formats.redcap_export import HEADINGS, PROJECT, described, table


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("1, one | 2, two", (("1", "one"), ("2", "two"))),
        ("a, A|b, B", (("a", "A"), ("b", "B"))),
        ("1, Never, not once | 2, Often", (("1", "Never, not once"), ("2", "Often"))),
        ("1, this | that | 2, other", (("1", "this | that"), ("2", "other"))),
        ("-99, Refused | 0,No", (("-99", "Refused"), ("0", "No"))),
        ("1 | 2", (("1", "1"), ("2", "2"))),
        ("stray | 1, one", (("1", "one"),)),
        ("", ()),
    ],
)
def test_choices_are_codes_and_labels(text, choices):
    assert choices_of(text) == choices


def test_a_box_has_the_name_that_a_column_can_have():
    assert checkbox_column("where", "B-2") == "where___b_2"
    assert checkbox_column("where", "-1") == "where____1"


def test_the_first_field_is_the_record_id(tmp_path):
    path = tmp_path / "dictionary.csv"
    path.write_text(table(HEADINGS, *PROJECT))
    found = load_dictionary(path, "utf-8")
    assert found.record_id == "study_no"
    assert found.forms == ("enrolment", "visit", "bond")
    assert found.fields["where"].columns == ("where___a", "where___b_2")
    assert found.fields["about"].columns == ()
    personal = {name for name, field in found.fields.items() if field.is_personal}
    assert personal == {"first_name", "mail", "about", "bond_note"}
    assert [name for name, field in found.fields.items() if field.is_calculated] == ["bond_sum"]


def test_text_fields_can_be_calculated_too(tmp_path):
    path = tmp_path / "dictionary.csv"
    field = described("sum", "bond", annotation="@HIDDEN @CALCTEXT(if(1, 2, 3))")
    path.write_text(table(HEADINGS, PROJECT[0], field))
    assert load_dictionary(path, "utf-8").fields["sum"].is_calculated


def test_the_headings_of_the_api_are_read_as_well(tmp_path):
    path = tmp_path / "dictionary.csv"
    path.write_text(
        "field_name,form_name,section_header,field_type,field_label,"
        "select_choices_or_calculations,field_note,text_validation_type_or_show_slider_number,"
        "identifier\nrecord_id,one,,text,Id,,,,\nphone,one,,text,Phone,,,phone_australia,\n"
    )
    found = load_dictionary(path, "utf-8")
    assert found.record_id == "record_id"
    assert found.fields["phone"].is_personal


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_spreadsheet_programs_save_dictionaries_in_their_own_way(tmp_path, delimiter, encoding):
    path = tmp_path / "dictionary.csv"
    field = described("mood", "bond", "radio", choices="1, très | 2, peu")
    text = table(HEADINGS, PROJECT[0], field, delimiter=delimiter)
    path.write_bytes(text.encode(encoding))
    assert load_dictionary(path, "utf-8").fields["mood"].choices == (("1", "très"), ("2", "peu"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("record_id,age\n1,30\n", "no data dictionary of REDCap"),
        ("", "no data dictionary of REDCap"),
        (table(HEADINGS), "describes no field"),
        (table(HEADINGS, PROJECT[0], PROJECT[0]), "row 2: study_no is described a second time"),
        (table(HEADINGS, PROJECT[0]) + "torn,one\n", "row 2: it has 2 columns"),
    ],
)
def test_what_is_no_dictionary_is_refused(tmp_path, text, words):
    path = tmp_path / "dictionary.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=words):
        load_dictionary(path, "utf-8")
