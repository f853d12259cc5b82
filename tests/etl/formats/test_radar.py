"""RADAR-base: every trap of its CSV, what is recognised, and a load whose receipts add up."""

import json
import zipfile
from pathlib import Path

import pytest

from etl.sources.format import Opening
from etl.sources.radar import FORMAT
from etl.sources.reader import REST, ROW
from etl.sources.sample import sample
from study.definition import Source
from study.errors import UserError
from tests.etl.formats.loaded_study import assert_loads
from tests.etl.formats.loaded_study import rows as stored
from tests.etl.formats.radar_export import (
    FORM,
    KEY,
    answer_columns,
    event,
    form,
    key,
    table,
    write,
)

ITEM = ("value.name", "occasion", "item", "item_number", "value")


def source(kind: str = "answers", **given: object) -> Source:
    return Source.model_validate(
        {"id": "radar", "kind": kind, "format": "radar", "path": "*.csv", **given}
    )


def opened(path: Path, text: str, kind: str = "answers", drop: tuple[str, ...] = ()):
    path.write_text(text, encoding="utf-8")
    return FORMAT.open(path, Opening(source(kind), path.parent, drop))


def read(reader, *fields: str):
    rows, bad = [], []
    for batch in reader.batches(fields):
        rows += batch.rows.rows()
        bad += batch.bad
    return rows, bad


def responses(n: int, *rows: tuple[str, ...]) -> str:
    return table((*KEY, *FORM, *answer_columns(n)), *rows)


def app_events(*rows: tuple[str, ...], more: tuple[str, ...] = ("value.questionnaireName",)) -> str:
    return table((*KEY, "value.time", "value.eventType", *more), *rows)


# -- the whole export -----------------------------------------------------------------------------


def test_the_export_loads_as_counted(tmp_path):
    one = assert_loads(tmp_path, write(tmp_path))
    refused = stored(
        one,
        "select source_file, rule, source_row from rejected_rows where not is_cell",
    )
    assert {(str(path).split("/")[-3], rule, row) for path, rule, row in refused} == {
        ("S01", "not_a_number", 9),
        ("S02", "out_of_range", 6),
        ("S02", "bad_row", 7),
        ("S02", "bad_time", 4),
    }


def test_answers_and_events_come_out_as_meant(tmp_path):
    one = assert_loads(tmp_path, write(tmp_path))
    answers = stored(
        one,
        "select participant_id, item_id, value, answered_at::varchar from answers"
        " where status = 'loaded' order by participant_id, answered_at, item_id",
    )
    assert answers == [
        ("S01", "1", 5.0, "2025-03-03 08:30:00.123"),
        ("S01", "2", 6.0, "2025-03-03 08:30:00.123"),
        ("S01", "3", 7.0, "2025-03-03 08:30:00.123"),
        ("S01", "1", 3.0, "2025-03-10 08:30:00"),
        ("S01", "2", 4.0, "2025-03-10 08:30:00"),
        ("S02", "1", 2.0, "2025-03-04 19:00:00.5"),
        ("S02", "2", 3.0, "2025-03-04 19:00:00.5"),
        ("S02", "3", 4.0, "2025-03-04 19:00:00.5"),
        ("S02", "1", 2.0, "2025-03-11 19:00:00"),
        ("S02", "2", None, "2025-03-11 19:00:00"),
        ("S03", "1", 4.0, "2025-03-03 08:30:00"),
        ("S03", "2", 5.0, "2025-03-03 08:30:00"),
        ("S03", "3", 1.0, "2025-03-03 08:30:00"),
    ]
    events = stored(
        one,
        "select participant_id, event_name, properties from events where status = 'loaded'"
        " order by occurred_at",
    )
    assert [(who, name, json.loads(str(text))) for who, name, text in events] == [
        ("S02", "app_open", {"questionnaireName": None}),
        (
            "S02",
            "notification_open",
            {"questionnaireName": "BOND", "fcmToken": "tok-1", "reason": "reminder"},
        ),
        ("S02", "questionnaire_finished", {"questionnaireName": "BOND"}),
        *(
            ("S03", name, {"questionnaireName": "BOND", "completionPercentage": share})
            for name, share in (
                ("questionnaire_completed", 100.0),
                ("questionnaire_partial", 40.0),
                ("questionnaire_missed", 0.0),
                ("questionnaire_completion_unknown", None),
            )
        ),
    ]


# -- answers --------------------------------------------------------------------------------------


def test_each_answer_is_a_record_numbered_through_the_file(tmp_path):
    text = responses(
        3,
        form("S01", "10.0", ("phq8_1", "1"), ("phq8_02", "2"), ("extra", "3")),
        form("S01", "20.0", ("phq8_1", "0"), n=3),
    )
    reader = opened(tmp_path / "a.csv", text)
    assert reader.columns() == (
        *KEY,
        *FORM,
        *("occasion", "item", "item_number", "value", "startTime", "endTime"),
    )
    rows, bad = read(reader, *ITEM)
    assert rows == [
        (1, "BOND", "BOND@10000", "phq8_1", "1", "1"),
        (2, "BOND", "BOND@10000", "phq8_02", "2", "2"),
        # The id has no number at its end: none is made up.
        (3, "BOND", "BOND@10000", "extra", None, "3"),
        (4, "BOND", "BOND@20000", "phq8_1", "1", "0"),
    ]
    assert not bad


def test_bad_rows_stand_in_line_with_the_answers(tmp_path):
    whole = form("S01", "10.0", ("q_1", "1"), ("q_2", "2"))
    text = responses(2, whole) + "x,y\n" + table(whole)
    rows, bad = read(opened(tmp_path / "a.csv", text), "item")
    assert [row[0] for row in rows] == [1, 2, 4, 5]
    assert [(one.source_row, one.rule) for one in bad] == [(3, "bad_row")]


def test_a_file_of_nothing_but_bad_rows_is_told_row_by_row(tmp_path):
    rows, bad = read(opened(tmp_path / "a.csv", responses(2) + "x,y\nz\n"), "item", "value")
    assert (rows, [one.source_row for one in bad]) == ([], [1, 2])


def test_a_form_without_answers_is_no_record_and_is_told(tmp_path):
    reader = opened(tmp_path / "a.csv", responses(1, form("S01", "10.0", n=1)))
    assert read(reader, "item") == ([], [])
    assert reader.notes() == ("Questionnaires without any answer, which give no record: 1.",)
    # Where nobody answered anything there is not even a column for answers.
    none = opened(tmp_path / "b.csv", table((*KEY, *FORM), form("S01", "10.0")))
    assert read(none, "item", "value") == ([], [])


def test_a_time_written_in_two_ways_is_one_occasion(tmp_path):
    text = responses(
        1,
        form("S01", "1.740990600123E9", ("q_1", "1")),
        form("S01", "1740990600.123", ("q_1", "1")),
    )
    rows, _ = read(opened(tmp_path / "a.csv", text), "occasion")
    assert {row[1] for row in rows} == {"BOND@1740990600123"}


def test_a_time_that_is_none_gives_no_occasion(tmp_path):
    rows, _ = read(
        opened(tmp_path / "a.csv", responses(1, form("S01", "soon", ("q_1", "1")))), "occasion"
    )
    assert rows == [(1, None)]


def test_texts_of_answers_are_theirs_alone(tmp_path):
    text = responses(2, form("S01", "10.0", ("q_1", "1"), ("q_2", "secret")))
    reader = opened(tmp_path / "a.csv", text)
    (batch,) = reader.batches(("item",))
    first, second = (json.loads(one) for one in reader.raw_text(batch.raw))
    assert first["item"] == "q_1"
    assert "secret" not in first.values()
    assert second["value"] == "secret"


def test_archives_of_files_are_read_as_one(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.csv.zip", "w") as archive:
        archive.writestr("1.csv", responses(2, form("S01", "10.0", ("q_1", "1"), ("q_2", "2"))))
        archive.writestr("2.csv", responses(1, form("S01", "20.0", ("q_1", "3"))))
    reader = FORMAT.open(tmp_path / "a.csv.zip", Opening(source(), tmp_path))
    rows, _ = read(reader, "item", "value")
    assert rows == [(1, "q_1", "1"), (2, "q_2", "2"), (3, "q_1", "3")]
    assert FORMAT.fit(sample(tmp_path / "a.csv.zip")).is_match


# -- events ---------------------------------------------------------------------------------------


def test_metadata_comes_in_one_order_so_that_the_same_event_is_one(tmp_path):
    one = app_events(
        event("S01", "1.0", "QR_CODE_SCANNED", "x", "y"),
        more=("value.metadata.b", "value.metadata.a"),
    )
    other = app_events(
        event("S01", "1.0", "QR_CODE_SCANNED", "y", "x"),
        more=("value.metadata.a", "value.metadata.b"),
    )
    first, _ = read(opened(tmp_path / "a.csv", one, "events"), "name", "properties")
    second, _ = read(opened(tmp_path / "b.csv", other, "events"), "name", "properties")
    assert first == second == [(1, "qr_code_scanned", '{"a":"y","b":"x"}')]


def test_an_event_without_type_has_no_name(tmp_path):
    rows, _ = read(
        opened(tmp_path / "a.csv", app_events(event("S01", "1.0", "", "")), "events"), "name"
    )
    assert rows == [(1, None)]


def test_metadata_called_like_a_field_does_not_hide_it(tmp_path):
    text = app_events(
        event("S01", "1.0", "OTHER", "BOND", "x"),
        more=("value.questionnaireName", "value.metadata.questionnaireName"),
    )
    rows, _ = read(opened(tmp_path / "a.csv", text, "events"), "properties")
    assert json.loads(rows[0][1]) == {
        "questionnaireName": "BOND",
        "metadata.questionnaireName": "x",
    }


@pytest.mark.parametrize("name", ["fcmToken", "metadata.fcmToken", "value.metadata.fcmToken"])
def test_dropped_names_are_nowhere(tmp_path, name):
    text = app_events(
        event("S01", "1.0", "APP_OPEN", "tok-1", "kept"),
        more=("value.metadata.fcmToken", "value.metadata.reason"),
    )
    reader = opened(tmp_path / "a.csv", text + "tok-1,\n", "events", drop=(name,))
    (batch,) = reader.batches(("name", "properties"), rest=True)
    written = [*batch.rows["properties"], *batch.rows[REST], *reader.raw_text(batch.raw)]
    assert all("kept" in one for one in written)
    assert not any("tok-1" in one for one in written)
    # Of a ragged row nobody can say which field is which: its text is withheld.
    assert [(one.source_row, one.raw_text) for one in batch.bad] == [(2, None)]
    assert not any("fcmToken" in one for one in reader.columns())


def test_dropped_answers_are_nowhere(tmp_path):
    text = responses(1, form("S01", "10.0", ("q_1", "1")))
    reader = opened(tmp_path / "a.csv", text, drop=("key.sourceId",))
    (batch,) = reader.batches(("item",), rest=True)
    assert batch.rows[ROW].to_list() == [1]
    assert not any(
        "made-up-phone" in one for one in (*batch.rows[REST], *reader.raw_text(batch.raw))
    )


# -- what is refused, and what is recognised --------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        pytest.param('{"type": "record"}', "answers", "a.csv is JSON", id="schema beside"),
        pytest.param(
            "a,b\n1,2\n", "answers", "no column key.userId and no column value.time", id="CSV"
        ),
        pytest.param(
            table((*KEY, "value.time", "value.batteryLevel"), (*key("S01"), "1.0", "0.5")),
            "events",
            "a topic of RADAR-base that is not read. Topics that are read: questionnaire_response",
            id="another topic",
        ),
        pytest.param(
            app_events(event("S01", "1.0", "APP_OPEN", "")),
            "answers",
            "holds events of the questionnaire app, and source 'radar' is of kind 'answers'",
            id="events as answers",
        ),
        pytest.param(
            responses(1, form("S01", "1.0", ("q_1", "1"))),
            "events",
            "holds a questionnaire's answers, and source 'radar' is of kind 'events'",
            id="answers as events",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(tmp_path, text, kind, said):
    with pytest.raises(UserError, match=r"a\.csv") as refused:
        opened(tmp_path / "a.csv", text, kind)
    assert said in str(refused.value)
    assert "S01" not in str(refused.value)


def test_topics_are_told_by_their_columns_whatever_the_file_is_called(tmp_path):
    written = write(tmp_path)
    for name in written.counts:
        place = (tmp_path / name).rename(tmp_path / name.replace(".csv", ".dat"))
        found = FORMAT.fit(sample(place))
        assert (found.is_match, found.share) == (True, 1.0)
        assert found.because.startswith("it has key.userId, value.time and holds ")


@pytest.mark.parametrize(
    ("text", "because", "share"),
    [
        ("participant_id,event,time\nS01,a,1\n", "it has no key.userId, value.time", 0.0),
        ('{"key": {"userId": "S01"}, "value": {"time": 1.0}}\n', "it is not CSV", 2 / 3),
        (
            table((*KEY, "value.time", "value.light"), (*key("S01"), "1.0", "3")),
            "it is a topic that holds neither answers nor events of the app",
            2 / 3,
        ),
    ],
)
def test_other_files_are_not_claimed(tmp_path, text, because, share):
    (tmp_path / "x").write_text(text, encoding="utf-8")
    found = FORMAT.fit(sample(tmp_path / "x"))
    assert (found.is_match, found.because) == (False, because)
    assert found.share == pytest.approx(share)
