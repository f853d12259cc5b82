"""The card's sentences: what they say, at a reading level of eighth grade, and without a verdict."""

from datetime import date

import pytest

from dashboard.card import words
from dashboard.card.change import FELL, INSIDE, ROSE, SCALE_CHANGED, TOO_LITTLE
from tests.dashboard.reading_level import grade, syllables

GRADE = 8.0
DAY, LATER = date(2025, 8, 28), date(2025, 11, 30)
TOTAL = {
    "dimension_label": "Progression towards goals", "n_complete": 9, "threshold": 0.97,
    "low": 1.0, "high": 7.0, "new_scale": None, "switched_date": None, "last_week": 12,
    "first_score": 5.13, "first_date": DAY, "previous_score": 4.6, "previous_date": DAY,
    "last_score": 3.93, "last_date": LATER, "from_first": -1.2, "from_previous": -0.67,
    "first_state": FELL, "previous_state": INSIDE,
}  # fmt: skip
USE = {
    "withdrawn_date": None, "withdrawal_kind": None, "why_not_known": None, "last_use_date": DAY,
    "last_shown_date": None, "days_since_use": 13, "median_gap_days": 2.5, "long_gap_days": 6.4,
    "silence_days": 13, "is_longer_than_usual": True, "n_gaps": 22,
}  # fmt: skip
FALL = {
    "dimension_label": "Humanness of the app", "from_date": DAY, "from_score": 5.1,
    "to_date": LATER, "to_score": 3.9, "fall": 1.2, "last_use_date": DAY, "n_due": 12,
    "n_missed": 11, "stopped": "Suggested next step, Mood graph, Stories of peers",
    "versions": "2.4.0",
}  # fmt: skip
DUE = {"kind": "survey", "due_date": DAY, "window_end": LATER, "is_overdue": True, "n_overdue": 2}
BAND = {"p10": 3.7, "p90": 5.1}


def with_states(first: str, previous: str, **more: object) -> dict:
    return {**TOTAL, "first_state": first, "previous_state": previous, **more}


SAID = {
    "score": words.score(TOTAL),
    "score rose": words.score(with_states(ROSE, ROSE, from_first=1.4, from_previous=1.2)),
    "score same": words.score(with_states(INSIDE, INSIDE, from_first=0.0, from_previous=0.01)),
    "no score": words.score(None),
    "one score": words.score({**TOTAL, "n_complete": 1}),
    "no limit": words.score(with_states(TOO_LITTLE, TOO_LITTLE, threshold=None)),
    "items changed": words.score(with_states(SCALE_CHANGED, SCALE_CHANGED)),
    "items changed once": words.score(with_states(SCALE_CHANGED, INSIDE)),
    "new scale": words.score(
        with_states(SCALE_CHANGED, SCALE_CHANGED, new_scale="Total", switched_date=DAY)
    ),
    "cohort in": words.cohort(TOTAL, BAND),
    "cohort below": words.cohort({**TOTAL, "last_score": 3.2}, BAND),
    "cohort above": words.cohort({**TOTAL, "last_score": 6.2}, BAND),
    "no cohort": words.cohort(TOTAL, None),
    "dimension fell": words.dimension(with_states(INSIDE, FELL)),
    "dimension rose": words.dimension(with_states(ROSE, INSIDE)),
    "around": words.around(FALL, None),
    "around, same day": words.around({**FALL, "last_use_date": LATER, "n_missed": 0}, None),
    "around, no use": words.around({**FALL, "last_use_date": None, "n_due": 1, "n_missed": 1}, None),
    "around, hidden": words.around(FALL, DAY),
    "use": words.use(USE),
    "use as usual": words.use({**USE, "is_longer_than_usual": False, "days_since_use": 0}),
    "use each day": words.use({**USE, "is_longer_than_usual": False, "median_gap_days": 1.0}),
    "few days": words.use({**USE, "why_not_known": "too_few_days"}),
    "left": words.use({**USE, "withdrawn_date": DAY, "withdrawal_kind": "stopped_app"}),
    "planned weeks over": words.use({**USE, "why_not_known": "after_planned_weeks"}),
    "use hidden": words.use(
        {**USE, "why_not_known": "after_planned_weeks", "last_shown_date": DAY}
    ),
    "never": words.use({**USE, "why_not_known": "never_used", "last_use_date": None}),
    "before": words.use({**USE, "why_not_known": "before_day_zero"}),
    "no day 0": words.use({**USE, "why_not_known": "no_day_zero"}),
    "done": words.done("session", {"done": 11, "missed": 1, "excused": 2}),
    "done once": words.done("survey", {"late": 1, "missed": 9}),
    "overdue": words.due(DUE, None),
    "next": words.due({**DUE, "is_overdue": False}, {**DUE, "kind": "session", "is_overdue": False}),
    "nothing due": words.due(None, None),
    "no fall": [words.NO_FALL, words.NOT_JUDGED],
}  # fmt: skip
SENTENCES = [(name, text) for name, texts in SAID.items() for text in texts]


@pytest.mark.parametrize(("name", "text"), SENTENCES)
def test_a_sentence_is_for_eighth_grade_and_ends(name, text):
    assert grade(text) <= GRADE
    assert text[0].isupper() or text[0].isdigit()
    assert text.endswith(".")


@pytest.mark.parametrize(("name", "text"), SENTENCES)
def test_a_sentence_judges_nothing_advises_nothing_and_names_no_cause(name, text):
    banned = (
        "because", "due to", "caused", "led to", "risk", "should", "must", "good", "bad", "poor",
        "fail", "worse", "better", "significant", "adheren", "complian", "diagnos", " arm",
        "rupture", "p =", "unfortunately",
    )  # fmt: skip
    assert [word for word in banned if word in f" {text.lower()}"] == []


def test_every_writer_of_sentences_is_tested():
    writers = {
        name
        for name, one in vars(words).items()
        if callable(one) and one.__module__ == words.__name__ and not name.startswith("_")
    }
    assert writers == {
        "score", "compared", "scale_changed", "cohort", "dimension", "fall", "around", "use",
        "done", "due",
    }  # fmt: skip


def test_the_score_is_told_with_both_changes():
    assert SAID["score"] == [
        "The last alliance score is 3.9 on a scale from 1 to 7. It is from 30 Nov 2025.",
        "That is 0.7 lower than the full score before it. "
        "Chance alone could make a change of this size.",
        "That is 1.2 lower than the first full score. Chance alone rarely makes a drop this big.",
    ]
    assert len(words.score({**TOTAL, "n_complete": 2})) == 2
    assert SAID["score same"][1] == "That is the same as the full score before it."


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("one score", words.TOO_LITTLE),
        ("no limit", words.NO_LIMIT),
        ("items changed", "The items of the scale have changed. Old and new scores are not compared."),
        (
            "new scale",
            "Since 28 Aug 2025 it is asked with a new scale. Old and new scores are not compared.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_says_why(name, said):
    assert SAID[name][-1] == said


def test_the_range_of_most_people_places_the_score_as_it_is_shown():
    assert SAID["cohort in"][0].endswith("from 3.7 to 5.1. This score is in that range.")
    # 3.66 is shown as 3.7, the end of the range.
    assert words.cohort({**TOTAL, "last_score": 3.66}, BAND)[0].endswith("is in that range.")
    assert SAID["cohort below"][0].endswith("is below that range.")
    assert SAID["cohort above"][0].endswith("is above that range.")


def test_what_happened_around_a_fall_is_told_side_by_side():
    assert SAID["around"] == [
        "The app was last used 94 days before the lower score.",
        "The two scores are 94 days apart.",
        "11 of 12 sessions due in that time were missed.",
        "Used before, but not in that time: Suggested next step, Mood graph, Stories of peers.",
        "The app was updated in that time, to 2.4.0.",
    ]
    assert SAID["around, hidden"] == ["Use is shown up to 28 Aug 2025 only, so not for these days."]
    assert SAID["around, same day"][0] == "The app was used on the day of the lower score."
    assert SAID["around, same day"][2] == "No session that was due in that time was missed."


def test_silence_is_told_against_their_own_gaps():
    assert SAID["use"] == [
        "The app was last used 13 days before the data end.",
        "They mostly come back after 2.5 days.",
        "This gap is longer than usual: 9 in 10 of their gaps were 6.4 days or less.",
    ]
    assert SAID["use each day"][1] == "They mostly come back after 1 day."


def test_the_reading_level_agrees_with_published_grades():
    # Both sentences and their grades stand in many descriptions of the formula.
    assert grade("The cat sat on the mat.") == pytest.approx(-1.45, abs=0.01)
    hybrid = "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature."
    assert grade(hybrid) == pytest.approx(11.3, abs=0.05)


@pytest.mark.parametrize(
    ("word", "n"),
    [("scale", 1), ("table", 2), ("missed", 1), ("updated", 3), ("people", 2), ("overdue", 3),
     ("participant", 4), ("ranges", 2), ("their's", 1), ("12", 2), ("the", 1)],
)  # fmt: skip
def test_syllables(word, n):
    assert syllables(word) == n
