"""LimeSurvey: headings and answers as codes, unsent responses, tokens, and dates that are none."""

from pathlib import Path

import pytest

from etl.sources.format import Opening
from etl.sources.limesurvey import FORMAT, LimeSurveyReader
from etl.sources.registry import recognise
from etl.sources.sample import sample
from study.definition import AnswerColumns, RosterColumns, Source
from study.errors import UserError
from tests.etl.formats.limesurvey_export import COLUMNS, FILE, response, table, write
from tests.etl.formats.loaded_study import counts_of, load_it, rows, study_of

ITEMS = ("bond[SQ001]", "bond[SQ002]", "bond[SQ003]")
ASKED = ("token", "submitdate", "id", *ITEMS)
SENT = "2025-03-03 09:10:00"
PRIVATE = ("192.0.2.7", "Robin", "Made-Up", "example.org", "1203948")


def source(**given) -> Source:
    answers = AnswerColumns(
        **{
            "shape": "wide",
            "time": "submitdate",
            "occasion": "id",
            "instrument_is": "bond",
            "columns": {name: str(place) for place, name in enumerate(ITEMS, 1)},
            **given.pop("columns", {}),
        }
    )
    return Source(
        **{
            "id": "limesurvey",
            "kind": "answers",
            "path": "*.csv",
            "format": "limesurvey",
            "participant": "token",
            "answers": answers,
            **given,
        }
    )


def put(folder: Path, *responses: dict[str, str], **how) -> Path:
    path = folder / "results.csv"
    path.write_bytes(table(*responses, **how).encode("utf-8-sig"))
    return path


def opened(path: Path, of: Source | None = None, **how) -> LimeSurveyReader:
    return LimeSurveyReader(path, Opening(of or source(), path.parent, **how))


def read(reader: LimeSurveyReader, *fields: str) -> list[tuple[object, ...]]:
    return [one for batch in reader.batches(fields) for one in batch.rows.rows()]


def refused(reader: LimeSurveyReader) -> list[tuple[str, int]]:
    return [(one.rule, one.source_row) for batch in reader.batches(ASKED) for one in batch.bad]


def test_every_response_is_accounted_for(tmp_path):
    written = write(tmp_path)
    one = study_of(tmp_path, written.source)
    outcome = load_it(one)
    assert counts_of(outcome) == written.counts
    assert {
        (rule.rule, rule.column_name): rule.first_rows for rule in outcome.receipts[0].by_rule
    } == {
        ("unfinished_response", None): (4,),
        ("bad_time", "submitdate"): (5,),
        ("missing_participant", "token"): (6,),
        ("out_of_range", "bond[SQ001]"): (8,),
    }
    # One token, two filling-ins.
    assert rows(
        one,
        "select occasion_id, value from answers"
        " where participant_id = 'S01' and item_id = '1' order by 1",
    ) == [("1", 5.0), ("3", 4.0)]


def test_the_content_tells_the_format(tmp_path):
    write(tmp_path)
    assert recognise(tmp_path / FILE).format is FORMAT


@pytest.mark.parametrize(
    "header",
    [
        "StartDate,EndDate,Finished,ResponseId",
        "record_id,redcap_event_name,bond_complete",
        "id,user_id,event,timestamp,received_at",
        "idSite,idVisit,visitorId,userId",
        "key.userId,value.time,value.name",
    ],
)
def test_files_of_other_systems_are_not_claimed(tmp_path, header):
    path = tmp_path / "x.csv"
    path.write_text(f"{header}\n{'1,' * header.count(',')}1\n")
    fit = FORMAT.fit(sample(path))
    assert not fit.is_match
    assert "submitdate" in fit.because


# -- headings -------------------------------------------------------------------------------------

ONE = response(1, "S01", SENT, "5", "6", "7", why='Said "no";\nthen, yes')


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [None, ". ", " - "])
def test_codes_stand_alone_or_before_their_text(tmp_path, separator, mark):
    headings = [f"{code}{mark}{text}" for code, text in COLUMNS.items()] if mark else None
    path = put(tmp_path, ONE, separator=separator, headings=headings)
    assert FORMAT.fit(sample(path)).is_match
    reader = opened(path)
    assert read(reader, *ASKED) == [(1, "S01", SENT, "1", "5", "6", "7")]
    assert {"bond[other]", "groupTime12"} <= set(reader.columns())


def test_commas_in_headings_are_not_what_separates_columns(tmp_path):
    headings = [f"{code}. Well, {text}, all in all, then?" for code, text in COLUMNS.items()]
    path = put(tmp_path, ONE, separator=";", headings=headings)
    assert read(opened(path), *ASKED) == [(1, "S01", SENT, "1", "5", "6", "7")]


@pytest.mark.parametrize("repeated", [True, False])
def test_question_texts_as_headings_are_refused_with_the_remedy(tmp_path, repeated):
    texts = list(COLUMNS.values())
    path = put(tmp_path, ONE, headings=[*texts[:-1], texts[0]] if repeated else texts)
    fit = FORMAT.fit(sample(path))
    assert not fit.is_match
    assert "question texts" in fit.because
    with pytest.raises(UserError, match="headings 'Question code'") as error:
        opened(path)
    assert "S01" not in str(error.value)


# -- responses ------------------------------------------------------------------------------------


def test_unsent_responses_are_refused_or_kept_with_their_last_time(tmp_path):
    path = put(tmp_path, ONE, response(2, "S02", "", "4", lastpage="1"))
    reader = opened(path)
    assert [row[0] for row in read(reader, *ASKED)] == [1]
    assert refused(reader) == [("unfinished_response", 2)]
    kept = opened(path, source(unfinished="keep"))
    assert read(kept, "token", "submitdate", "bond[SQ001]") == [
        (1, "S01", SENT, "5"),
        (2, "S02", "2025-03-03 09:05:00", "4"),
    ]
    assert refused(kept) == []


def test_a_survey_without_responses_holds_one_empty_line(tmp_path):
    reader = opened(put(tmp_path, dict.fromkeys(COLUMNS, "")))
    assert read(reader, *ASKED) == []
    assert refused(reader) == []


def test_dates_of_anonymous_surveys_are_said_to_be_none(tmp_path):
    reader = opened(put(tmp_path, response(1, "S01", "1980-01-01 00:00:00", "1", "1", "1")))
    read(reader, *ASKED)
    (note,) = reader.notes()
    assert "1980-01-01" in note
    assert note.endswith(": 1.")


@pytest.mark.parametrize(
    ("answers", "values", "n_coded"),
    [
        (("A1", "A7"), ("1", "7"), 1),
        (("AO01", "AO02"), ("1", "2"), 1),
        (("A1", ""), ("1", ""), 1),
        (("A1", "AO02"), ("A1", "AO02"), 0),
        (("A1", "5"), ("A1", "5"), 0),
        (("A1", "-oth-"), ("A1", "-oth-"), 0),
        (("B1", "B2"), ("B1", "B2"), 0),
        (("1", "2"), ("1", "2"), 0),
    ],
)
def test_answer_codes_are_numbers_where_all_of_a_question_are(tmp_path, answers, values, n_coded):
    path = put(
        tmp_path, *(response(n, "S01", SENT, one, "1", "1") for n, one in enumerate(answers, 1))
    )
    reader = opened(path)
    assert [row[1] for row in read(reader, *ITEMS)] == list(values)
    said = [note for note in reader.notes() if "A1, A2" in note]
    assert len(said) == n_coded


def test_answers_in_words_are_said(tmp_path):
    reader = opened(put(tmp_path, response(1, "S01", SENT, "Agree", "Y", "3")))
    read(reader, *ASKED)
    (note,) = reader.notes()
    assert "'Answer codes'" in note
    assert note.endswith(": 2.")


def test_a_torn_row_is_refused(tmp_path):
    path = put(tmp_path, ONE)
    path.write_bytes(path.read_bytes().rstrip() + b'\r\n"2";"torn"\r\n\r\n')
    assert refused(opened(path)) == [("bad_row", 2)]


def test_a_roster_can_come_from_a_survey(tmp_path):
    of = Source(
        id="limesurvey",
        kind="roster",
        path="*.csv",
        format="limesurvey",
        participant="token",
        roster=RosterColumns(enrolled="submitdate"),
    )
    path = put(tmp_path, ONE, response(2, "S02", ""))
    assert read(opened(path, of), "token", "submitdate") == [(1, "S01", SENT)]


# -- privacy --------------------------------------------------------------------------------------


def test_who_and_where_somebody_is_never_comes_out(tmp_path):
    path = put(tmp_path, ONE, response(2, "S02", "", "9"))
    reader = opened(path)
    said = []
    for batch in reader.batches(ASKED, rest=True):
        said += [str(batch.rows.rows()), str(batch.bad), *map(str, reader.raw_text(batch.raw))]
    assert "S02" in said[1]
    assert not [text for text in PRIVATE if any(text in one for one in said)]
    assert not {"ipaddr", "refurl", "seed", "email", "firstname"} & set(reader.columns())


def test_what_is_mapped_is_kept_and_what_is_dropped_is_not(tmp_path):
    reader = opened(put(tmp_path, ONE), source(participant="email"), drop=("why",))
    (batch,) = reader.batches(("email", *ITEMS), rest=True)
    assert batch.rows["email"].to_list() == ["robin@example.org"]
    assert "then, yes" not in f"{batch.rows.rows()}{reader.raw_text(batch.raw)[0]}"
