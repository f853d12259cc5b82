"""truth.json agrees with the files beside it, and the files hold the dirt that it names."""

import csv
import gzip
import io
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from sample_data.design import FULL, SIZES, TINY, Size
from sample_data.generate import HERE
from study.file import load_study

PSEUDONYM = re.compile(r"P\d{3}|TEST01|")


def truth_of(size: Size) -> dict:
    return json.loads((HERE / size.folder / "truth.json").read_text("utf-8"))


def text_of(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("latin-1")


def event_records(size: Size) -> list[dict]:
    records = []
    for path in sorted((HERE / size.folder / "exports").glob("events-*.jsonl.gz")):
        for line in text_of(path).splitlines():
            if line.endswith("}}"):
                records.append(json.loads(line))
    return records


@pytest.fixture(scope="module")
def harbour_events() -> list[dict]:
    return event_records(FULL)


@pytest.mark.parametrize("size", SIZES.values(), ids=lambda size: size.folder)
def test_every_file_is_counted_and_every_row_ends_as_one_thing(size):
    folder = HERE / size.folder
    counts = {file["path"]: file for file in truth_of(size)["files"]}
    files = {path.relative_to(folder).as_posix(): path for path in folder.glob("exports/*")}
    assert set(counts) == set(files)
    for name, file in counts.items():
        header = 0 if ".jsonl" in name else 1
        assert text_of(files[name]).count("\n") - header == file["rows_read"], name
        parts = file["rows_loaded"] + file["rows_duplicate"] + file["rows_rejected"]
        assert parts == file["rows_read"], name
        assert sum(file["rules"].values()) == file["rows_rejected"], name
        assert sum(file["cell_rules"].values()) == file["cells_refused"], name


@pytest.mark.parametrize("size", SIZES.values(), ids=lambda size: size.folder)
def test_the_study_file_is_valid_and_says_that_the_data_are_generated(size):
    study = load_study(HERE / size.folder / "study.toml")
    assert "generated" in study.study.title
    assert {arm.id for arm in study.arms} == set(size.arms)
    assert {site.id for site in study.sites} == {site for site, _ in size.sites}
    assert study.study.planned_weeks == size.planned_weeks
    planted, always_on = set(truth_of(size)["within"]), truth_of(size)["always_on"]
    assert {feature.id for feature in study.features} == planted | {always_on}
    assert [f.id for f in study.features if f.always_on] == [always_on]


@pytest.mark.parametrize("size", SIZES.values(), ids=lambda size: size.folder)
def test_study_file_and_generator_agree_on_what_is_due(size):
    study = load_study(HERE / size.folder / "study.toml")
    for arm, weeks in zip(size.arms, size.due_weeks, strict=True):
        assert sum(study.intended_use.sessions[arm]) == weeks
    schedules = {i.id: i.schedule.weeks for i in study.instruments if i.schedule}
    assert schedules.pop("dta5") == size.survey_weeks
    assert list(schedules.values()) == ([size.dwai_weeks] if size.dwai_weeks else [])


def test_total_effect_is_the_mean_of_the_dimensions():
    for effects in truth_of(FULL)["within"].values():
        dimensions = [value for name, value in effects.items() if name != "alliance"]
        assert effects["alliance"] == pytest.approx(sum(dimensions) / 5)


def test_truth_names_what_was_planted():
    truth = truth_of(FULL)
    assert truth["null_features"] == ["badge", "reminder", "peer_story", "team_page"]
    assert ["leaderboard", "humanness"] in truth["negative"]
    assert truth["always_on"] == "privacy_banner"
    assert truth["moderator"]["feature"] == "plan"
    assert truth["participants"] == 270


def test_every_kind_of_dirt_is_there():
    rules: Counter[str] = Counter()
    for file in truth_of(FULL)["files"]:
        rules.update(file["rules"])
        rules.update(file["cell_rules"])
    assert set(rules) == {
        *("bad_row", "bad_time", "clock_skew", "time_out_of_range", "unknown_participant"),
        *("missing_participant", "missing_event_name", "unknown_arm", "unknown_site"),
        *("conflicting_row", "conflicting_answer", "unknown_item", "unknown_instrument"),
        *("not_a_number", "not_an_integer", "out_of_range"),
    }
    assert sum(file["late_rows"] for file in truth_of(FULL)["files"]) > 100


def test_some_events_stand_in_two_files_and_some_twice_in_one(harbour_events):
    months: dict[str, list[str]] = {}
    for record in harbour_events:
        months.setdefault(record["event_id"], []).append(record["received_at"])
    repeated = sum(len(times) - 1 for times in months.values())
    assert repeated >= sum(file["rows_duplicate"] for file in truth_of(FULL)["files"][1:10])
    assert repeated > FULL.faults.retried


def test_times_come_in_three_styles_and_several_zones(harbour_events):
    times = [record["client_time"] for record in harbour_events]
    assert any(time.endswith("Z") for time in times)
    assert any(time.endswith("+01:00") for time in times)
    assert any(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", time) for time in times)
    zones = {record["tz"] for record in harbour_events}
    assert zones == {"Europe/London", "Europe/Madrid", "America/New_York", "Asia/Kolkata"}


def test_the_banner_is_shown_once_whenever_the_app_opens(harbour_events):
    events = {record["event_id"]: record["event"] for record in harbour_events}
    names = Counter(events.values())
    assert names["privacy_banner_shown"] == names["app_opened"]


def test_encodings_are_as_the_study_file_says():
    folder = HERE / FULL.folder / "exports"
    wide = (folder / "alliance_wide.csv").read_bytes()
    assert wide.startswith(b"\xef\xbb\xbfparticipant;")
    assert b";4,5;" in wide
    with pytest.raises(UnicodeDecodeError):
        (folder / "dwai_long.csv").read_bytes().decode("utf-8")


def test_ids_are_pseudonyms_and_nothing_else_names_a_person(harbour_events):
    assert all(PSEUDONYM.fullmatch(record["user_id"] or "") for record in harbour_events)
    keys = {key for record in harbour_events for key in record}
    assert keys == {
        *("event_id", "user_id", "event", "client_time", "received_at"),
        *("tz", "app", "device_id", "properties"),
    }
    for size, name in ((FULL, "roster.csv"), (TINY, "roster.csv"), (TINY, "alliance_long.csv")):
        text = text_of(HERE / size.folder / "exports" / name)
        rows = list(csv.reader(io.StringIO(text)))[1:]
        assert all(PSEUDONYM.fullmatch(row[0]) for row in rows)
