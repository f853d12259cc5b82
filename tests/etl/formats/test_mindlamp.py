"""mindLAMP: every trap of its events, what is recognised, and a load whose receipts add up."""

import gzip
import json
import zipfile

import pytest

from etl.sources import mindlamp_documents
from etl.sources.format import Opening
from etl.sources.mindlamp import FORMAT
from etl.sources.reader import REST
from etl.sources.sample import sample
from study.errors import UserError
from tests.etl.formats.loaded_study import assert_loads
from tests.etl.formats.loaded_study import rows as stored
from tests.etl.formats.mindlamp_case import ONE, of, opened, read, source
from tests.etl.formats.mindlamp_export import (
    ACTIVITIES,
    BOND,
    DONE,
    IDS,
    MONDAY,
    analytics,
    done,
    survey,
    write,
)

ANSWER = ("participant", "instrument", "occasion", "item", "value")


# -- the whole export -----------------------------------------------------------------------------


def test_the_export_loads_as_counted(tmp_path):
    one = assert_loads(tmp_path, write(tmp_path))
    refused = stored(
        one,
        "select source_file, rule, source_row from rejected_rows where not is_cell",
    )
    found = sorted(
        (str(path).removeprefix("exports/mindlamp/"), rule, row) for path, rule, row in refused
    )
    assert found == [
        (f"{ONE}/survey_event.json", "out_of_range", 3),
        (f"{ONE}/survey_event.json", "unknown_reference", 2),
        (f"{ONE}/survey_event_2.json", "unknown_reference", 7),
        (f"by_hand/app_event_{IDS['S02']}.json", "unknown_reference", 4),
        ("by_hand/survey_event.json", "bad_row", 5),
        ("by_hand/survey_event.json", "bad_time", 4),
        ("by_hand/survey_event.json", "unknown_reference", 2),
    ]


def test_answers_and_events_come_out_as_meant(tmp_path):
    one = assert_loads(tmp_path, write(tmp_path))
    answers = stored(
        one,
        "select participant_id, item_id, value, local_date::varchar from answers"
        " where status = 'loaded' order by participant_id, answered_at, item_id",
    )
    assert answers == [
        (ONE, "1", 3.0, "2025-03-03"),
        (ONE, "2", 7.0, "2025-03-03"),
        (ONE, "3", 5.0, "2025-03-03"),
        (ONE, "1", 4.0, "2025-03-10"),
        (ONE, "2", None, "2025-03-10"),
        (ONE, "3", None, "2025-03-10"),
        (ONE, "1", 6.0, "2025-03-17"),
        (IDS["S02"], "1", 2.0, "2025-03-03"),
        (IDS["S02"], "3", 2.0, "2025-03-03"),
    ]
    events = stored(
        one,
        "select participant_id, event_name, properties from events where status = 'loaded'"
        " order by occurred_at, event_name",
    )
    assert [(who, name, json.loads(str(text))) for who, name, text in events] == [
        (IDS["S02"], "module_done", {"spec": "lamp.tips", "duration": 8000, "module": "breathe"}),
        (IDS["S03"], "login", {"device_type": "iOS"}),
        (IDS["S03"], "open_page", {"page": "learn", "duration": 9000}),
        (
            IDS["S02"],
            "praise_shown",
            {"spec": "lamp.scratch_image", "duration": 5000, "kind": "streak"},
        ),
    ]


def test_what_tells_a_phone_is_nowhere_in_the_workspace(tmp_path):
    one = assert_loads(tmp_path, write(tmp_path))
    kept = stored(one, "select properties from events union all select raw_text from rejected_rows")
    assert len(kept) > 4
    assert not any("tok-1" in str(text) or "UA-1" in str(text) for (text,) in kept)


# -- whose records these are ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a.json", of(survey(MONDAY, "1"))),
        ("a.json", {"data": [survey(MONDAY, "1", participant=ONE)]}),
        ("a.json", [survey(MONDAY, "1", _parent=ONE)]),
        ("a.json", {"data": {ONE: [survey(MONDAY, "1")]}}),
        ("a.json", {ONE: {"activity_event": [survey(MONDAY, "1")], "sensor_event": []}}),
        ("a.json", json.dumps({**of(survey(MONDAY, "1")), "from": 1, "to": 2}, indent=1)),
        ("a.json", json.dumps({"from": 1, "to": 2, "n": 1, **of(survey(MONDAY, "1"))})),
        ("a.json", {"participants": [of(survey(MONDAY, "1"))]}),
        (f"{ONE}.json", [survey(MONDAY, "1")]),
        (f"activity_event-{ONE}_2025.json", {"data": [survey(MONDAY, "1")]}),
        (f"{ONE}/page_1.json", [survey(MONDAY, "1")]),
    ],
)
def test_whose_a_record_is_can_be_said_in_many_places(tmp_path, name, value):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    (tmp_path / "activities.json").write_text(json.dumps({"data": ACTIVITIES}), encoding="utf-8")
    reader = FORMAT.open(path, Opening(source(), tmp_path))
    assert read(reader, *ANSWER) == ([(1, ONE, "bond", f"{BOND}@{MONDAY}", "1", "1")], [])


def test_json_lines_of_whole_answers_are_unfolded(tmp_path):
    text = "\n".join(
        json.dumps({"participant": person, "data": [survey(MONDAY, "1")]}) for person in "ab"
    )
    rows, _ = read(opened(tmp_path / "a.jsonl", text), "participant", "item")
    assert rows == [(1, "a", "1"), (2, "b", "1")]


def test_the_nearest_word_on_whose_it_is_counts(tmp_path):
    events = {
        "participant": "b",
        "data": [survey(MONDAY, "1"), survey(MONDAY, "1", participant="c")],
    }
    rows, _ = read(opened(tmp_path / "U0000000009.json", events), "participant")
    assert rows == [(1, "b"), (2, "c")]


def test_an_own_column_may_say_whose_it_is(tmp_path):
    reader = opened(
        tmp_path / "a.json", [survey(MONDAY, "1", study_code="x7")], participant="study_code"
    )
    assert read(reader, "study_code") == ([(1, "x7")], [])


@pytest.mark.parametrize(
    "name", ["a.json", "U0000000001-U0000000002.json", "FUN2025.json", "U12.json"]
)
def test_a_file_that_says_it_nowhere_is_refused(tmp_path, name):
    with pytest.raises(UserError, match="does not say whose events it holds") as refused:
        opened(tmp_path / name, {"data": [survey(MONDAY, "1")]})
    assert '{"participant": "<id>", "data": […]}' in str(refused.value)


def test_a_long_document_is_asked_before_its_first_list(tmp_path, monkeypatch):
    monkeypatch.setattr(mindlamp_documents, "LOOK_BYTES", 64)
    rows, _ = read(opened(tmp_path / "a.json", of(survey(MONDAY, "1"))), "participant")
    assert rows == [(1, ONE)]
    events = [survey(MONDAY, "1")]
    late = {"data": events, "participant": ONE}
    deep = {"asked": {"participant": ONE}, "data": events}
    for value in (late, deep):
        with pytest.raises(UserError, match="in this order"):
            opened(tmp_path / "b.json", value)


def test_a_file_without_events_is_nobodys_and_no_error(tmp_path):
    assert read(opened(tmp_path / "a.json", {"data": []}), "item") == ([], [])


# -- events ---------------------------------------------------------------------------------------


def test_without_a_list_activities_are_called_by_their_ids(tmp_path):
    opened(tmp_path / "a.json", of(done(MONDAY, DONE)), "events")
    reader = FORMAT.open(tmp_path / "a.json", Opening(source("events", activities=None), tmp_path))
    assert read(reader, "name") == ([(1, DONE)], [])
    assert reader.notes() == (
        "Activities are called by their ids, because the study file names no list of them: set "
        "'activities' of the source.",
    )


def test_a_survey_is_an_event_too_and_keeps_no_answer(tmp_path):
    reader = opened(tmp_path / "a.json", of(survey(MONDAY, "1", "2", "3", "secret-1")), "events")
    (batch,) = reader.batches(("name", "properties"), rest=True)
    assert batch.rows["name"].to_list() == ["Bond"]
    seen = [*batch.rows["properties"], *batch.rows[REST], *reader.raw_text(batch.raw)]
    assert not any("secret-1" in text or "temporal_slices" in text for text in seen)


def test_old_fields_are_read_too(tmp_path):
    old = {"timestamp": MONDAY, "activity": DONE, "data": {"score": 3}}
    reader = opened(tmp_path / "a.json", of(old), "events")
    ((_, name, text),), _ = read(reader, "name", "properties")
    assert (name, json.loads(text)) == ("module_done", {"spec": "lamp.tips", "score": 3})


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"type": "open_page", "action": "x"}, "open_page"),
        ({"action": "notification"}, "notification"),
        ({"event_type": "login"}, "login"),
        ({"device_type": "Dashboard"}, "lamp.analytics"),
        ("torn", "lamp.analytics"),
    ],
)
def test_events_of_the_app_are_named_by_what_was_done(tmp_path, data, name):
    event = {"timestamp": MONDAY, "sensor": "lamp.analytics", "data": data}
    rows, _ = read(opened(tmp_path / "a.json", of(event), "events"), "name")
    assert rows == [(1, name)]


def test_measurements_are_passed_over_and_told(tmp_path):
    gps = {"timestamp": MONDAY, "sensor": "lamp.gps", "data": {"latitude": 1.0}}
    reader = opened(tmp_path / "a.json", of(gps, analytics(MONDAY, type="login")), "events")
    assert read(reader, "name") == ([(1, "login")], [])
    assert reader.notes() == (
        "Records passed over, being measurements of sensors and not use of the app: 1.",
    )


def test_personal_fields_are_dropped_unless_mapped(tmp_path):
    events = of(
        analytics(MONDAY, type="login", device_token="tok-1", user_agent="UA-1", page="p"),
        analytics(MONDAY, action="notification", payload="{}tok-1", content="Open App"),
        done(MONDAY, DONE, {"text": "tok-1 dear diary", "mood": "fine"}),
    )
    reader = opened(tmp_path / "a.json", events, "events")
    (batch,) = reader.batches(("name", "properties"), rest=True)
    seen = [*batch.rows["properties"], *batch.rows[REST], *reader.raw_text(batch.raw)]
    assert not any("tok-1" in text or "UA-1" in text for text in seen)
    assert [json.loads(one) for one in batch.rows["properties"]] == [
        {"page": "p"},
        {"content": "Open App"},
        {"spec": "lamp.tips", "duration": 5000, "mood": "fine"},
    ]
    mapped = opened(
        tmp_path / "a.json", None, "events", events={"app_version": "properties.user_agent"}
    )
    rows, _ = read(mapped, "properties.user_agent")
    assert rows[0] == (1, "UA-1")


def test_dropped_names_are_nowhere(tmp_path):
    events = of(
        analytics(MONDAY, type="open_page", page="secret-1"),
        {"timestamp": MONDAY, "page": "secret-1"},
    )
    reader = opened(tmp_path / "a.json", events, "events", drop=("page",))
    (batch,) = reader.batches(("name", "properties"), rest=True)
    seen = [*batch.rows["properties"], *batch.rows[REST], *reader.raw_text(batch.raw)]
    assert not any("secret-1" in text for text in (*seen, *(one.raw_text for one in batch.bad)))
    assert len(batch.bad) == 1
    text = json.dumps(analytics(MONDAY, type="x", participant="a")) + '\n{"page": "secret-1"'
    reader = opened(
        tmp_path / "b.jsonl", text, "events", participant="data.participant", drop=("page",)
    )
    _, (bad,) = read(reader, "name")
    assert (bad.source_row, bad.raw_text) == (2, None)


# -- containers, damage, and what is recognised ------------------------------------------------------


def test_an_archive_with_a_folder_a_participant_is_read_as_one(tmp_path):
    opened(tmp_path / "x.json", of())
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for number in (1, 2):
            name = f"U000000000{number}/activity_event.json"
            archive.writestr(name, json.dumps({"data": [survey(MONDAY, "1", "2")]}))
    reader = FORMAT.open(tmp_path / "all.zip", Opening(source(), tmp_path))
    rows, _ = read(reader, "participant", "item")
    assert rows == [
        (1, "U0000000001", "1"),
        (2, "U0000000001", "2"),
        (3, "U0000000002", "1"),
        (4, "U0000000002", "2"),
    ]


def test_a_document_that_is_cut_short_is_refused(tmp_path):
    text = json.dumps(of(survey(MONDAY, "1"), survey(MONDAY, "1")))[:-30]
    with pytest.raises(UserError, match="cut short") as refused:
        read(opened(tmp_path / "a.json", text), "item")
    assert ONE not in str(refused.value)


def test_records_are_told_by_their_fields_whatever_the_file_is_called(tmp_path):
    written = write(tmp_path)
    for name in written.counts:
        found = FORMAT.fit(sample((tmp_path / name).rename(tmp_path / "x")))
        assert (found.is_match, found.share) == (True, 1.0)
    by_participant = {"data": {ONE: [survey(MONDAY, "1")]}}
    (tmp_path / "y").write_text(json.dumps(by_participant), encoding="utf-8")
    assert FORMAT.fit(sample(tmp_path / "y")).is_match
    lines = gzip.compress(json.dumps(analytics(MONDAY, type="login")).encode() + b"\n")
    (tmp_path / "z").write_bytes(lines)
    assert FORMAT.fit(sample(tmp_path / "z")).because == "its records have timestamp, sensor, data"


@pytest.mark.parametrize(
    ("text", "because", "share"),
    [
        ("timestamp,activity,temporal_slices\n1,2,3\n", "it is not JSON", 0.0),
        (
            '{"event": "a", "timestamp": "2025-03-03", "properties": {}}\n' * 2,
            "its records have no activity, temporal_slices",
            1 / 3,
        ),
        (
            '[{"idVisit": 1, "serverTimestamp": 1, "actionDetails": [{"timestamp": 1}]}]',
            "its records have no activity, temporal_slices",
            1 / 3,
        ),
        (
            json.dumps({"data": ACTIVITIES}),
            "its records have no timestamp, activity, temporal_slices",
            0,
        ),
    ],
)
def test_other_files_are_not_claimed(tmp_path, text, because, share):
    (tmp_path / "x").write_text(text, encoding="utf-8")
    found = FORMAT.fit(sample(tmp_path / "x"))
    assert (found.is_match, found.because) == (False, because)
    assert found.share == pytest.approx(share)
