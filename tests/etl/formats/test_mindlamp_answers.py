"""mindLAMP: surveys become answers with the number of the question and of the choice."""

import json
from typing import Any

import pytest

from etl.sources.format import Opening
from etl.sources.mindlamp import FORMAT
from etl.sources.reader import BadRow
from study.errors import UserError
from tests.etl.formats.mindlamp_case import ONE, of, opened, read, source
from tests.etl.formats.mindlamp_export import (
    BOND,
    DONE,
    MONDAY,
    QUESTIONS,
    analytics,
    done,
    survey,
)


def asked(kind: str, options: Any = None, text: str = "Q?") -> list[dict[str, Any]]:
    settings = [{"text": text, "type": kind, "options": options}]
    return [{"id": BOND, "spec": "lamp.survey", "name": "Bond, weekly!", "settings": settings}]


def one_answer(value: Any, item: Any = "Q?") -> dict[str, Any]:
    return of(
        {"timestamp": MONDAY, "activity": BOND, "temporal_slices": [{"item": item, "value": value}]}
    )


OFTEN = ["Never", "Now and  then", "Often"]
DESCRIBED = [{"value": "2", "description": "Low"}, {"value": "4", "description": "High"}]


@pytest.mark.parametrize(
    ("kind", "options", "value", "code"),
    [
        ("list", OFTEN, "Never", "0"),
        ("list", OFTEN, " now and then ", "1"),
        ("list", [{"value": one} for one in OFTEN], "Often", "2"),
        ("select", OFTEN, '"Often"', "2"),
        ("list", OFTEN, "1", "1"),
        ("list", DESCRIBED, "4", "4"),
        ("list", DESCRIBED, "high", "4"),
        ("rating", DESCRIBED, 4, "4"),
        ("slider", DESCRIBED, 3.5, "3.5"),
        ("slider", DESCRIBED, "-2", "-2"),
        ("boolean", None, "Yes", "1"),
        ("boolean", None, "No", "0"),
        ("boolean", None, True, "1"),
        ("boolean", None, False, "0"),
        ("likert", None, "Nearly All the Time", "3"),
        ("likert", None, "Not at all", "0"),
        ("likert", None, 2, "2"),
        ("short", None, "7", "7"),
        ("short", None, "seven", "seven"),
        ("list", OFTEN, None, None),
        ("list", OFTEN, "", None),
        ("list", OFTEN, "NULL", None),
        ("list", OFTEN, "N/A", "N/A"),
        ("boolean", None, "NA", "NA"),
    ],
)
def test_answers_become_numbers(tmp_path, kind, options, value, code):
    reader = opened(tmp_path / "a.json", one_answer(value), activities=asked(kind, options))
    assert read(reader, "instrument", "value") == ([(1, "bond_weekly", code)], [])


@pytest.mark.parametrize(
    ("kind", "options", "value"),
    [("list", OFTEN, "Always"), ("boolean", None, "Perhaps"), ("list", OFTEN, ["Often"])],
)
def test_a_choice_that_there_is_not_is_refused(tmp_path, kind, options, value):
    reader = opened(tmp_path / "a.json", one_answer(value), activities=asked(kind, options))
    rows, (bad,) = read(reader, "value")
    assert rows == []
    assert (bad.source_row, bad.rule) == (1, "unknown_reference")
    assert bad.expected == "a number, or one of the question's choices in the list of activities"
    assert json.loads(bad.raw_text)["value"] == value


@pytest.mark.parametrize("kind", ["text", "time", "multiselect"])
def test_answers_in_words_are_passed_over_and_told(tmp_path, kind):
    reader = opened(tmp_path / "a.json", one_answer("secret"), activities=asked(kind))
    assert read(reader, "value") == ([], [])
    assert len(reader.notes()) == 1
    assert reader.notes()[0].startswith("Answers passed over, being free text, times of day")
    assert reader.notes()[0].endswith(": 1.")


def test_questions_are_numbered_by_their_order_whatever_the_order_of_answers(tmp_path):
    event = survey(MONDAY, "1", "2", "3")
    event["temporal_slices"].reverse()
    rows, _ = read(opened(tmp_path / "a.json", of(event)), "item", "question", "value")
    assert rows == [
        (1, "3", QUESTIONS[2], "3"),
        (2, "2", QUESTIONS[1], "2"),
        (3, "1", QUESTIONS[0], "1"),
    ]


def test_two_questions_of_one_text_are_told_by_their_place(tmp_path):
    settings = [{"text": "Same", "type": "short"}, {"text": "Same", "type": "short"}]
    activities = [{"id": BOND, "spec": "lamp.survey", "name": "Bond", "settings": settings}]
    slices = [{"item": "Same", "value": "1"}, {"item": "same ", "value": "2"}]
    slices.append({"item": "Same", "value": "3"})
    event = {"timestamp": MONDAY, "activity": BOND, "temporal_slices": slices}
    rows, bad = read(opened(tmp_path / "a.json", of(event), activities=activities), "item", "value")
    assert rows == [(1, "1", "1"), (2, "2", "2")]
    # A third one could be either.
    assert [(one.source_row, one.rule) for one in bad] == [(3, "unknown_reference")]


def test_an_index_of_a_question_counts_only_by_its_place_among_all(tmp_path):
    whole = survey(MONDAY, "1", "2", "3", None)
    part = survey(MONDAY + 1, "1", "2")
    for event in (whole, part):
        for place, answer in enumerate(event["temporal_slices"]):
            answer["item"] = place
    rows, bad = read(opened(tmp_path / "a.json", of(whole, part)), "item", "value")
    assert rows == [(1, "1", "1"), (2, "2", "2"), (3, "3", "3")]
    assert [(one.source_row, one.rule) for one in bad] == [
        (4, "unknown_reference"),
        (5, "unknown_reference"),
    ]


def test_a_time_in_two_writings_is_one_occasion(tmp_path):
    text = json.dumps(of(survey(MONDAY, "1"), survey(float(MONDAY), "1")))
    rows, _ = read(opened(tmp_path / "a.json", text), "occasion")
    assert [row[1] for row in rows] == [f"{BOND}@{MONDAY}"] * 2


def test_what_is_no_answer_is_told(tmp_path):
    events = of(done(MONDAY, DONE), analytics(MONDAY, type="login"), survey(MONDAY))
    reader = opened(tmp_path / "a.json", events)
    assert read(reader, "item") == ([], [])
    assert reader.notes() == (
        "Records passed over, being of sensors or of activities other than surveys, which hold no "
        "answers: 2.",
        "Surveys sent without any answer, which give no record: 1.",
    )


def test_what_is_no_event_of_mindlamp_is_a_bad_row_in_line(tmp_path):
    torn = {"timestamp": MONDAY, "activity": BOND, "temporal_slices": "x"}
    holed = {"timestamp": MONDAY, "activity": BOND, "temporal_slices": [7]}
    events = of({"activity": BOND}, survey(MONDAY, "1"), torn, holed, [1])
    rows, bad = read(opened(tmp_path / "a.json", events), "item")
    assert rows == [(2, "1")]
    assert [(one.source_row, one.rule) for one in bad] == [
        (1, "bad_row"),
        (3, "bad_row"),
        (4, "bad_row"),
        (5, "bad_row"),
    ]
    line = json.dumps(survey(MONDAY, "1", participant=ONE))
    rows, bad = read(opened(tmp_path / "b.jsonl", f"{line}\n{{broken\n{line}\n"), "item")
    assert rows == [(1, "1"), (3, "1")]
    assert [(one.source_row, one.expected) for one in bad] == [(2, "one JSON object on a line")]


def test_answers_need_the_list_of_activities(tmp_path):
    opened(tmp_path / "a.json", of(survey(MONDAY, "1")))
    without = Opening(source(activities=None), tmp_path)
    with pytest.raises(UserError, match="set 'activities' of the source"):
        FORMAT.open(tmp_path / "a.json", without)


def test_a_list_that_is_none_is_refused(tmp_path):
    events = of(survey(MONDAY, "1"))
    with pytest.raises(UserError, match=r"activities\.json lists no activities"):
        opened(tmp_path / "a.json", events, activities={"data": []})
    elsewhere = Opening(source(activities="other.json"), tmp_path)
    with pytest.raises(UserError, match=r"No file matches activities = 'other\.json'"):
        FORMAT.open(tmp_path / "a.json", elsewhere)


def test_of_several_lists_the_later_one_counts(tmp_path):
    opened(tmp_path / "a.json", of(done(MONDAY, DONE)), "events")
    later = [{"id": DONE, "spec": "lamp.tips", "name": "renamed"}]
    (tmp_path / "activities_2.json").write_text(json.dumps(later), encoding="utf-8")
    reader = FORMAT.open(
        tmp_path / "a.json", Opening(source("events", activities="activities*.json"), tmp_path)
    )
    assert read(reader, "name", "activity_id") == ([(1, "renamed", DONE)], [])


def test_bad_rows_of_answers_keep_no_dropped_name(tmp_path):
    reader = opened(
        tmp_path / "a.json", one_answer("Always"), activities=asked("list", OFTEN), drop=("value",)
    )
    _, (bad,) = read(reader, "item")
    assert bad == BadRow(1, bad.expected, '{"item": "Q?"}', "unknown_reference")
