"""Where the way from due to done broke, and whose side it is on."""

from datetime import date, datetime

import polars as pl
import pytest

from dashboard.worklist import chain, words

TODAY = date(2025, 6, 15)
RHYTHM = {
    "participant_id": "p1",
    "last_use_date": date(2025, 6, 13),
    "days_since_use": 2,
    "n_gaps": 9,
    "median_gap_days": 2.0,
    "long_gap_days": 4.0,
    "silence_days": 2,
    "times_usual": 1.0,
    "is_longer_than_usual": False,
    "why_not_known": None,
}
SURVEY = {
    "participant_id": "p1",
    "site_label": "Bath",
    "obligation_id": "survey:p1:a4",
    "kind": "survey",
    "survey_label": "Alliance, week 4",
    "study_week": 4,
    "sequence": 1,
    "due_date": date(2025, 6, 12),
    "window_start": date(2025, 6, 12),
    "window_end": date(2025, 6, 18),
    "status": "open",
    "n_open": 1,
    "days_left": 3,
    "days_over": 3,
    "is_delivery_seen": True,
    "is_start_seen": True,
    "is_use_seen": True,
    "delivered_at": datetime(2025, 6, 12, 8),
    "delivery_days": 0,
    "app_opened_date": None,
    "started_at": None,
    "done_at": None,
    "app_version": "2.5.0",
    "device": None,
    "n_failed_files": 0,
    "as_of_date": TODAY,
    "nonusage_days": 14,
}
SESSION = SURVEY | {
    "obligation_id": "session:p1:4:1",
    "kind": "session",
    "survey_label": None,
    "due_date": date(2025, 6, 17),
    "window_start": date(2025, 6, 11),
    "window_end": date(2025, 6, 17),
    "days_left": 2,
    "days_over": -2,
    "delivered_at": datetime(2025, 6, 11, 8),
}
NOT_DUE = {"status": "done", "days_left": None, "n_open": 0}


def worklist(*people, rhythm=()):
    """The list for obligations given by what differs from `SURVEY`, one participant each."""
    given = [SURVEY | {"participant_id": f"p{i}"} | one for i, one in enumerate(people, 1)]
    rhythms = [RHYTHM | {"participant_id": row["participant_id"]} for row in given]
    for one in rhythm:
        [row] = [row for row in rhythms if row["participant_id"] == one["participant_id"]]
        row.update(one)
    latest = pl.DataFrame(given, infer_schema_length=None).with_columns(
        pl.col("device").cast(pl.String),
        pl.col("app_opened_date").cast(pl.Date),
        pl.col("started_at", "done_at", "delivered_at").cast(pl.Datetime("us")),
    )
    return chain.worklist(latest, pl.DataFrame(rhythms, infer_schema_length=None))


def only(**changes):
    [row] = worklist(changes).to_dicts()
    return row


@pytest.mark.parametrize(
    ("changes", "broke_at", "reason", "source", "said"),
    [
        (
            {"delivered_at": None},
            "delivered",
            "not_delivered",
            "pipe",
            "Not delivered, 3 days after it should have been there.",
        ),
        (
            {"delivered_at": datetime(2025, 6, 14, 8), "delivery_days": 2},
            "opened",
            "delivered_late",
            "pipe",
            "Delivered 2 days late, on 14 Jun, and not done since.",
        ),
        (
            {"n_failed_files": 1},
            "opened",
            "file_failed",
            "pipe",
            "No trace since it was due, but 1 file failed to load: what they did may be in it.",
        ),
        ({}, "opened", "not_opened", "person", "Delivered, but the app was not opened since."),
        (
            {"app_opened_date": date(2025, 6, 13), "n_failed_files": 1},
            "started",
            "not_started",
            "person",
            "The app was opened on 13 Jun, the survey was not.",
        ),
        (
            {"started_at": datetime(2025, 6, 13, 9)},
            "done",
            "not_finished",
            "person",
            "Started on 13 Jun, not finished.",
        ),
        (
            {"is_start_seen": False, "app_opened_date": date(2025, 6, 13)},
            "done",
            "not_done",
            "person",
            "Not done, though the app was opened on 13 Jun.",
        ),
        (
            {"is_start_seen": False, "is_use_seen": False, "is_delivery_seen": False},
            "done",
            "not_done",
            "person",
            "Not done; the steps in between are not recorded or not shown.",
        ),
    ],
)
def test_it_broke_at_the_first_step_that_is_recorded_and_was_not_seen(
    changes, broke_at, reason, source, said
):
    row = only(**changes)
    assert (row["broke_at"], row["reason"], row["source"]) == (broke_at, reason, source)
    assert words.why(row) == said


def test_what_is_not_recorded_is_not_taken_for_not_seen():
    row = only(is_delivery_seen=False, delivered_at=None)
    assert row["broke_at"] == "opened"
    assert words.steps(row) == {
        "due": "12 Jun",
        "delivered": words.NOT_RECORDED,
        "opened": words.NOT_SEEN,
        "started": words.NOT_SEEN,
        "done": words.NOT_SEEN,
    }


def test_one_day_is_left_for_a_delivery_and_a_session_is_due_at_the_start_of_its_week():
    today = {"due_date": TODAY, "window_start": TODAY, "days_over": 0, "delivered_at": None}
    assert worklist(today | {"days_left": 6}).is_empty()
    late = SESSION | {"delivered_at": None, "days_left": 5, "participant_id": "p1"}
    [row] = worklist(late).to_dicts()
    assert (row["reason"], row["waited_days"]) == ("not_delivered", 4)


@pytest.mark.parametrize(
    ("obligation", "is_listed"),
    [
        (SESSION, True),
        (SESSION | {"days_left": 3}, False),
        (SURVEY | {"days_left": 10}, True),
        (SURVEY | {"days_left": 10, "days_over": 0}, False),
        (SURVEY | {"days_left": 2, "days_over": 0}, True),
        (SURVEY | NOT_DUE, False),
        (SURVEY | {"status": "missed", "days_left": None, "n_open": 0}, False),
    ],
)
def test_what_closes_soon_or_is_past_its_due_day_is_listed(obligation, is_listed):
    assert worklist(obligation).height == int(is_listed)


@pytest.mark.parametrize(
    ("rhythm", "reason"),
    [
        ({"is_longer_than_usual": True, "silence_days": 9, "times_usual": 4.5}, "silent"),
        ({"why_not_known": "too_few_days", "silence_days": 14}, "silent"),
        ({"why_not_known": "never_used", "silence_days": 14}, "never_used"),
        ({"why_not_known": "never_used", "silence_days": 13}, None),
        ({"why_not_known": "too_few_days", "silence_days": 13}, None),
        ({"why_not_known": "after_planned_weeks", "silence_days": None}, None),
        ({"is_longer_than_usual": None, "silence_days": None}, None),
    ],
)
def test_silence_is_told_by_ones_own_rhythm_and_without_one_by_the_studys_limit(rhythm, reason):
    unknown = {"is_longer_than_usual": None, "times_usual": None, "median_gap_days": None}
    given = (unknown | rhythm) if "why_not_known" in rhythm else rhythm
    found = worklist(NOT_DUE, rhythm=[given | {"participant_id": "p1"}])
    assert found["reason"].to_list() == ([reason] if reason else [])


def test_silence_in_words_says_what_is_usual_for_them():
    silent = {"participant_id": "p1", "is_longer_than_usual": True, "silence_days": 9}
    [row] = worklist(NOT_DUE, rhythm=[silent]).to_dicts()
    assert words.why(row) == ("No use for 9 days; usually 2 days from one day of use to the next.")
    assert words.days_left(row) == ("–", "nothing open")


def test_the_order_is_days_left_then_the_size_of_the_silence():
    rhythm = [
        {"participant_id": "p2", "is_longer_than_usual": True, "times_usual": 3.0},
        {"participant_id": "p3", "is_longer_than_usual": True, "times_usual": 9.0},
        {"participant_id": "p5", "times_usual": 5.0},
    ]
    found = worklist(
        {"days_left": 4}, NOT_DUE, NOT_DUE, {"days_left": 0}, {"days_left": 4}, rhythm=rhythm
    )
    assert found["participant_id"].to_list() == ["p4", "p5", "p1", "p3", "p2"]


def version(name, number, **changes):
    return [{"app_version": name} | changes for _ in range(number)]


STARTED = {"app_opened_date": date(2025, 6, 13)}
DONE = {"status": "done", "days_left": None, "n_open": 0}


def test_many_on_one_version_at_the_same_step_are_in_the_pipe():
    found = worklist(
        *version("2.5.0", 5, **STARTED),
        *version("2.5.0", 2),
        *version("2.4.0", 7, **DONE),
        *version("2.4.0", 1),
    )
    same = found.filter(reason="same_version")
    assert same["app_version"].unique().to_list() == ["2.5.0"]
    assert same.height == 5
    row = same.row(0, named=True)
    assert [row[f"n_{name}"] for name in ("same", "alike", "same_elsewhere", "elsewhere")] == [
        4,
        6,
        0,
        8,
    ]
    assert words.why(row).endswith(
        "4 of 6 others on version 2.5.0 stop at the same step; 0 of 8 not on it do."
    )
    assert found.filter(pl.col("app_version") == "2.4.0")["source"].unique().to_list() == ["person"]


@pytest.mark.parametrize(
    "people",
    [
        version("2.5.0", 3, **STARTED) + version("2.4.0", 8, **DONE),  # two others only
        version("2.5.0", 4, **STARTED) + version("2.5.0", 5, **DONE) + version("2.4.0", 8, **DONE),
        version("2.5.0", 9, **STARTED),  # nobody elsewhere
        version("2.5.0", 5, **STARTED) + version("2.4.0", 8, **STARTED),  # elsewhere, too
        version(None, 5, **STARTED) + version("2.4.0", 8, **DONE),  # not known
    ],
)
def test_what_is_no_pattern_is_at_the_person(people):
    found = worklist(*people)
    assert "same_version" not in found["reason"].to_list()
    assert set(found.filter(broke_at="started")["reason"]) == {"not_started"}


def test_the_same_telephone_is_told_where_versions_are_alike():
    people = [{"device": "A1", **STARTED}] * 5 + [{"device": "B2", **DONE}] * 6
    found = worklist(*people)
    same = found.filter(reason="same_device")
    assert same.height == 5
    assert "others on telephone A1 stop" in words.why(same.row(0, named=True))


def test_reasons_can_be_asked_for_and_an_unknown_one_asks_for_all():
    silent = {"participant_id": "p2", "is_longer_than_usual": True}
    found = worklist(
        {"delivered_at": None}, {}, NOT_DUE | {"participant_id": "p3"}, rhythm=[silent]
    )
    who = {
        why: chain.only(found, why)["participant_id"].to_list()
        for why in ("pipe", "person", "not_opened", "silent", None, "<nothing>")
    }
    assert who == {
        "pipe": ["p1"],
        "person": ["p2"],
        "not_opened": ["p2"],
        "silent": ["p2"],
        None: ["p1", "p2"],
        "<nothing>": ["p1", "p2"],
    }


def test_every_reason_has_its_sentence_and_no_verdict():
    assert set(words._WHY) == set(chain.REASONS)
    verdicts = ("fail to", "poor", "bad", "complian", "should do", "risk", "refus", "ignor", "lazy")
    for _, said in chain.REASONS.values():
        assert not any(word in said.lower() for word in verdicts)


def test_without_anybody_there_is_nobody():
    empty = worklist({}).clear()
    assert chain.only(empty, "pipe").is_empty()


def test_a_session_is_named_by_its_week():
    row = SESSION | {"sequence": 2}
    assert words.obligation(row) == "Session of study week 4, no. 2"
    assert words.obligation(SURVEY) == "Alliance, week 4"
    assert words.obligation(SURVEY | {"kind": None}) == "Nothing due so far"
    assert words.chain(SESSION).startswith("due 11 Jun → delivered 11 Jun → app opened not yet")
    assert words.days_left({"days_left": 1}) == ("1", "day left")
