"""Qualtrics: head rows of every kind, previews, unfinished responses, zones, texts for numbers."""

import gzip
import zipfile
from pathlib import Path

import pytest

from etl.sources.format import Opening
from etl.sources.qualtrics import FORMAT, QualtricsReader
from etl.sources.registry import recognise
from etl.sources.sample import sample
from study.definition import AnswerColumns, RosterColumns, Source
from study.errors import UserError
from tests.etl.formats.loaded_study import counts_of, load_it, rows, study_of
from tests.etl.formats.qualtrics_export import COLUMNS, FILE, SOURCE, head, response, table, write

ITEMS = ("Q1_1", "Q1_2", "Q1_3")
ASKED = ("ExternalReference", "EndDate", "ResponseId", *ITEMS)
NOON = "2025-03-04 12:00:00"
PRIVATE = ("192.0.2.7", "Robin", "Made-Up", "example.org", "51.5", "-0.1")


def source(**given) -> Source:
    answers = AnswerColumns(
        **{
            "shape": "wide",
            "time": "EndDate",
            "occasion": "ResponseId",
            "instrument_is": "bond",
            "column_pattern": "Q1_{item}",
            **given.pop("columns", {}),
        }
    )
    return Source(
        **{
            "id": "qualtrics",
            "kind": "answers",
            "path": "*.csv",
            "format": "qualtrics",
            "participant": "ExternalReference",
            "answers": answers,
            "time_zone": "UTC",
            **given,
        }
    )


def put(folder: Path, *lines: list[str], **how) -> Path:
    path = folder / "responses.csv"
    encoding = how.pop("encoding", "utf-8")
    path.write_bytes(table(*lines, **how).encode(encoding))
    return path


def opened(path: Path, of: Source | None = None, **how) -> QualtricsReader:
    return QualtricsReader(path, Opening(of or source(), path.parent, **how))


def read(reader: QualtricsReader, *fields: str) -> list[tuple[object, ...]]:
    return [one for batch in reader.batches(fields) for one in batch.rows.rows()]


def refused(reader: QualtricsReader) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for batch in reader.batches(ASKED):
        for one in batch.bad:
            found[one.rule] = (*found.get(one.rule, ()), one.source_row)
    return found


def test_every_response_is_accounted_for(tmp_path):
    written = write(tmp_path)
    one = study_of(tmp_path, written.source)
    outcome = load_it(one)
    assert counts_of(outcome) == written.counts
    assert {
        (rule.rule, rule.column_name): rule.first_rows for rule in outcome.receipts[0].by_rule
    } == {
        ("survey_preview", None): (3, 4),
        ("unfinished_response", None): (5,),
        ("bad_time", "EndDate"): (7,),
        ("missing_participant", "ExternalReference"): (8,),
        ("not_a_number", "Q1_2"): (6,),
        ("out_of_range", "Q1_3"): (10,),
    }
    # Ten in the morning of an account in Denver.
    times = rows(one, "select distinct answered_at::varchar from answers where source_row = 1")
    assert times == [("2025-03-04 17:11:12",)]
    # Seen and not answered is no answer.
    assert rows(one, "select value from answers where source_row = 2 and item_id = '2'") == [
        (None,)
    ]


def test_the_content_tells_the_format(tmp_path):
    write(tmp_path)
    assert recognise(tmp_path / FILE).format is FORMAT


# -- head rows ------------------------------------------------------------------------------------

BODY = response(1, "S01", NOON, "5", "6", "7")


@pytest.mark.parametrize("n_head", [3, 2, 1])
def test_head_rows_are_told_by_their_content(tmp_path, n_head):
    path = put(tmp_path, *head()[:n_head], BODY)
    assert read(opened(path), *ASKED) == [(1, "S01", NOON, "R_0001", "5", "6", "7")]
    assert FORMAT.fit(sample(path)).is_match


def test_texts_can_be_taken_away_and_import_ids_left(tmp_path):
    names, _, ids = head()
    assert read(opened(put(tmp_path, names, ids, BODY)), *ITEMS) == [(1, "5", "6", "7")]


def test_a_torn_head_row_is_no_response(tmp_path):
    names, texts, ids = head()
    reader = opened(put(tmp_path, names, texts[:-3], ids, BODY))
    assert read(reader, *ITEMS) == [(1, "5", "6", "7")]
    assert refused(reader) == {}


def test_an_export_without_responses_has_none(tmp_path):
    assert read(opened(put(tmp_path, *head())), *ASKED) == []
    assert read(opened(put(tmp_path, *head()[:2])), *ASKED) == []


def test_older_exports_name_their_columns_in_the_second_row(tmp_path):
    names = [
        "V1",
        "V2",
        "V3",
        "V4",
        "V5",
        "V6",
        "V7",
        "V8",
        "V9",
        "V10",
        "Q1_1",
        "Q1_2",
        "Q1_3",
        "",
    ]
    texts = [
        "ResponseID",
        "ResponseSet",
        "Name",
        "ExternalDataReference",
        "EmailAddress",
        "IPAddress",
        "Status",
        "StartDate",
        "EndDate",
        "Finished",
        *["How much?"] * 3,
        "",
    ]
    one = ["R_1", "Default", "Robin", "S01", "robin@example.org", "192.0.2.7", "0", NOON, NOON, "1"]
    preview = ["R_2", "Default", "Robin", "S02", "", "", "1", NOON, NOON, "1"]
    path = put(tmp_path, names, texts, [*one, "5", "6", "7", ""], [*preview, "1", "1", "1", ""])
    assert FORMAT.fit(sample(path)).is_match
    reader = opened(path)
    assert read(reader, *ASKED) == [(1, "S01", NOON, "R_1", "5", "6", "7")]
    assert refused(reader) == {"survey_preview": (2,)}
    assert not {"RecipientName", "RecipientEmail", "IPAddress", ""} & set(reader.columns())


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ","), ("utf-16", "\t"), ("utf-8", ";")],
)
def test_encodings_and_tabs(tmp_path, encoding, delimiter):
    path = put(tmp_path, *head(), BODY, encoding=encoding, delimiter=delimiter)
    assert FORMAT.fit(sample(path)).is_match
    assert read(opened(path), *ITEMS) == [(1, "5", "6", "7")]


def test_a_torn_row_is_numbered_as_a_response(tmp_path):
    path = put(tmp_path, *head(), BODY, ["torn", "row"], response(3, "S02", NOON, "1", "1", "1"))
    reader = opened(path)
    assert [row[0] for row in read(reader, *ITEMS)] == [1, 3]
    assert refused(reader) == {"bad_row": (2,)}


# -- archives -------------------------------------------------------------------------------------


def zipped(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "."), text)
    return path


def test_a_zip_with_one_table_is_read_as_it_is(tmp_path):
    path = zipped(tmp_path / "x.zip", Bond__csv=table(*head(), BODY), A__md="Read; me; first")
    assert read(opened(path), *ITEMS) == [(1, "5", "6", "7")]


def test_a_zip_loads(tmp_path):
    zipped(tmp_path / "x.zip", Bond__csv=table(*head(), BODY))
    one = study_of(tmp_path, SOURCE.replace("exports/qualtrics/*.csv", "x.zip"))
    assert counts_of(load_it(one)) == {"x.zip": (1, 1, 0, 0)}


@pytest.mark.parametrize("files", [{}, {"a__csv": "x", "b__csv": "x"}, {"a__md": "x"}])
def test_a_zip_with_another_number_of_tables_is_refused(tmp_path, files):
    path = zipped(tmp_path / "x.zip", **files)
    with pytest.raises(UserError, match="Expected one CSV or TSV file in it"):
        opened(path)


def test_a_gzipped_export_is_read(tmp_path):
    path = tmp_path / "responses.csv.gz"
    path.write_bytes(gzip.compress(table(*head(), BODY).encode()))
    assert read(opened(path), *ITEMS) == [(1, "5", "6", "7")]


# -- responses that are none ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"Status": "0"}, None),
        ({"Status": "IP Address"}, None),
        ({"Status": "4"}, None),
        ({"Status": "8"}, None),
        ({"Status": "16"}, None),
        ({"Status": "Umfragevorschau", "DistributionChannel": "preview"}, "survey_preview"),
        ({"Status": "1"}, "survey_preview"),
        ({"Status": "Survey Preview"}, "survey_preview"),
        ({"Status": "2"}, "survey_preview"),
        ({"Status": "Survey Test"}, "survey_preview"),
        ({"Status": "9"}, "survey_preview"),
        ({"Status": "17"}, "survey_preview"),
        ({"Status": "256"}, "survey_preview"),
        ({"DistributionChannel": "test"}, "survey_preview"),
        ({"Finished": "0"}, "unfinished_response"),
        ({"Finished": "False", "Progress": "50"}, "unfinished_response"),
        ({"Finished": "FALSE"}, "unfinished_response"),
        ({"Finished": "TRUE", "Progress": "50"}, None),
        ({"Finished": "Wahr", "Progress": "100"}, None),
        ({"Finished": "Falsch", "Progress": "99"}, "unfinished_response"),
        ({"Finished": "", "Progress": ""}, None),
        ({"Status": "1", "Finished": "0"}, "survey_preview"),
    ],
)
def test_previews_tests_and_unfinished_responses(tmp_path, cells, rule):
    path = put(tmp_path, *head(), response(1, "S01", NOON, "5", "6", "7", **cells))
    reader = opened(path)
    assert refused(reader) == ({rule: (1,)} if rule else {})
    assert len(read(reader, *ITEMS)) == (0 if rule else 1)


def test_unfinished_responses_can_be_kept(tmp_path):
    path = put(tmp_path, *head(), response(1, "S01", NOON, "5", Finished="0", Progress="20"))
    assert read(opened(path, source(unfinished="keep")), *ITEMS) == [(1, "5", "", "")]


def test_an_export_without_columns_of_status_is_read(tmp_path):
    names = ("StartDate", "EndDate", "ResponseId", "ExternalReference", *ITEMS)
    path = put(tmp_path, list(names), [NOON, NOON, "R_1", "S01", "1", "2", "3"])
    assert read(opened(path), *ITEMS) == [(1, "1", "2", "3")]


# -- what is said ---------------------------------------------------------------------------------


def notes(path: Path, of: Source | None = None) -> str:
    reader = opened(path, of)
    read(reader, *ASKED)
    return " ".join(reader.notes())


def test_nothing_is_said_of_a_clean_export(tmp_path):
    assert notes(put(tmp_path, *head(), BODY)) == ""


@pytest.mark.parametrize(
    ("named", "own", "words"),
    [
        (None, None, "zone of the Qualtrics account"),
        (None, "America/Denver", ""),
        ("America/Denver", None, ""),
        ("America/Denver", "America/Denver", ""),
        ("Z", "UTC", ""),
        ("America/Denver", "Europe/London", "zone America/Denver, not of Europe/London"),
    ],
)
def test_the_zone_of_times_is_asked_for(tmp_path, named, own, words):
    said = notes(put(tmp_path, *head(zone=named), BODY), source(time_zone=own))
    assert words in said
    assert bool(said) == bool(words)


@pytest.mark.parametrize(
    ("named", "own", "stamp"),
    [
        ("America/Denver", None, "2025-03-04T19:00:00Z"),
        ("Z", None, "2025-03-04T12:00:00Z"),
        ("America/Denver", "UTC", NOON),
        ("Nowhere/Land", None, NOON),
    ],
)
def test_a_zone_that_the_export_names_counts_where_the_source_names_none(
    tmp_path, named, own, stamp
):
    path = put(tmp_path, *head(zone=named), BODY, response(2, "S02", "4/3/2025 12:00", "1"))
    of = source(time_zone=own, columns={"time_format": "iso"})
    assert read(opened(path, of), "EndDate") == [(1, stamp), (2, "4/3/2025 12:00")]


def test_texts_in_place_of_numbers_are_said(tmp_path):
    path = put(tmp_path, *head(), response(1, "S01", NOON, "Strongly agree", "N/A", "3.0"))
    assert "refused: 1. Export again with 'Use numeric values'" in notes(path)
    assert notes(path, source(missing=("", "Strongly agree"))) == ""


def test_a_code_for_no_answer_is_asked_for_unless_it_is_told(tmp_path):
    path = put(tmp_path, *head(), response(1, "S01", NOON, "-99", "-99", "3"))
    assert "not answered: 2." in notes(path)
    assert notes(path, source(missing=("", "-99"))) == ""


def test_spam_and_unknown_words_are_kept_and_said(tmp_path):
    spam = response(1, "S01", NOON, "1", "1", "1", Status="8")
    other = response(2, "S01", NOON, "1", "1", "1", Status="Normale Antwort")
    said = notes(put(tmp_path, *head(), spam, other))
    assert "possible spam, kept: 1." in said
    assert "other words than known, kept: 1." in said


# -- privacy --------------------------------------------------------------------------------------


def test_who_and_where_somebody_is_never_comes_out(tmp_path):
    bad = response(2, "S02", NOON, "9", Status="1")
    path = put(tmp_path, *head(), BODY, bad)
    reader = opened(path)
    said = []
    for batch in reader.batches(ASKED, rest=True):
        said += [str(batch.rows.rows()), str(batch.bad), *map(str, reader.raw_text(batch.raw))]
    assert "S02" in said[1]
    assert not [text for text in PRIVATE if any(text in one for one in said)]
    assert not {"IPAddress", "RecipientEmail", "LocationLatitude"} & set(reader.columns())


def test_an_address_that_is_the_participants_id_is_kept(tmp_path):
    reader = opened(put(tmp_path, *head(), BODY), source(participant="RecipientEmail"))
    assert read(reader, "RecipientEmail") == [(1, "robin@example.org")]


def test_what_the_study_drops_is_dropped(tmp_path):
    reader = opened(put(tmp_path, *head(), BODY), drop=("Q2",))
    assert not reader.has("Q2")
    (batch,) = reader.batches(ASKED, rest=True)
    assert "since Monday" not in f"{batch.rows.rows()}{reader.raw_text(batch.raw)[0]}"


def test_a_roster_can_come_from_a_survey(tmp_path):
    path = put(tmp_path, *head(), BODY, response(2, "S02", NOON, Status="1"))
    of = Source(
        id="qualtrics",
        kind="roster",
        path="*.csv",
        format="qualtrics",
        participant="ExternalReference",
        roster=RosterColumns(enrolled="EndDate", properties=("UserLanguage",)),
    )
    fields = ("ExternalReference", "EndDate", "UserLanguage")
    assert read(opened(path, of), *fields) == [(1, "S01", NOON, "EN")]


def test_the_exports_own_names_are_all_columns(tmp_path):
    reader = opened(put(tmp_path, *head(), BODY))
    assert set(COLUMNS) - set(reader.columns()) == {
        "IPAddress",
        "RecipientLastName",
        "RecipientFirstName",
        "RecipientEmail",
        "LocationLatitude",
        "LocationLongitude",
    }
