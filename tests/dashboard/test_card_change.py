"""Reliable change, falls and what happened around them, on rows that a person can count."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from dashboard.card.around import around
from dashboard.card.change import (
    FELL,
    INSIDE,
    ROSE,
    SCALE_CHANGED,
    TOO_LITTLE,
    changes,
    falls,
)

ZERO = date(2025, 1, 6)
# sd 1 and reliability 0.875: 1.96 · √2 · √0.125 = 0.98, so that a change of 0.98 is just inside.
LIMIT = 1.959963984540054 * 0.5
SWITCH_SCHEMA = {
    "participant_id": pl.String, "dimension_id": pl.String, "new_scale": pl.String,
    "switched_date": pl.Date, "switched_day": pl.Int64,
}  # fmt: skip


def scored(*rows, who="p1", dimension="alliance", sd=1.0, reliability=0.875):
    """Rows of (study day, score) or (study day, score, items answered); None items: all."""
    made = []
    for day, score, *items in rows:
        answered = items[0] if items else None
        whole = answered is None or answered.startswith("=")
        made.append({
            "participant_id": who, "dimension_id": dimension, "dimension_label": dimension.title(),
            "position": 5 if dimension == "alliance" else 0, "is_total": dimension == "alliance",
            "scale_label": "Scale", "occasion_id": f"o{day:03}", "study_day": day,
            "answered_at": datetime(2025, 1, 6, 12) + timedelta(days=day),
            "local_date": ZERO + timedelta(days=day), "study_week": day // 7, "score": score,
            "n_items_answered": 3, "n_items": 3, "is_complete": whole, "low": 1.0, "high": 7.0,
            "reliability": reliability, "reliability_kind": "retest", "sd": sd,
            "items_answered": answered.lstrip("=") if answered else None,
        })  # fmt: skip
    schema = {"reliability": pl.Float64, "sd": pl.Float64, "items_answered": pl.String}
    return pl.DataFrame(made, schema_overrides=schema)


def no_switches():
    return pl.DataFrame(schema=SWITCH_SCHEMA)


def changed(*rows, switches=None, **more):
    frame = changes(scored(*rows, **more), no_switches() if switches is None else switches)
    return frame.row(0, named=True)


def states(*rows, **more):
    row = changed(*rows, **more)
    return row["first_state"], row["previous_state"]


def test_the_limit_is_jacobson_and_truaxs():
    row = changed((7, 4.0), (14, 3.5))
    assert row["threshold"] == pytest.approx(LIMIT)
    assert row["threshold"] == pytest.approx(0.98, abs=1e-4)
    assert row["from_first"] == row["from_previous"] == -0.5


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([(7, 4.0), (14, 3.0)], (FELL, FELL)),
        ([(7, 4.0), (14, 5.0)], (ROSE, ROSE)),
        ([(7, 4.0), (14, 3.1)], (INSIDE, INSIDE)),
        # Little by little: no step is marked, the way from the first is.
        ([(7, 5.0), (14, 4.5), (21, 4.1), (28, 3.8)], (FELL, INSIDE)),
        # Down and up again: the last step is a rise, back to where it began.
        ([(7, 5.0), (14, 3.5), (21, 5.0)], (INSIDE, ROSE)),
        ([(7, 4.0)], (TOO_LITTLE, TOO_LITTLE)),
        # An incomplete score is in between, and is passed over.
        ([(7, 4.0), (14, 1.0, "q1,q2"), (21, 4.2)], (INSIDE, INSIDE)),
        ([(7, 1.0, "q1,q2"), (14, 4.0)], (TOO_LITTLE, TOO_LITTLE)),
    ],
)
def test_states_by_hand(rows, found):
    assert states(*rows) == found


def test_exactly_the_limit_is_inside():
    limit = LIMIT
    assert states((7, 0.0), (14, limit)) == (INSIDE, INSIDE)
    assert states((7, 0.0), (14, np.nextafter(limit, 9))) == (ROSE, ROSE)


@pytest.mark.parametrize("missing", [{"sd": None}, {"reliability": None}])
def test_without_the_scales_error_nothing_is_judged(missing):
    assert states((7, 6.0), (14, 1.0), **missing) == (TOO_LITTLE, TOO_LITTLE)
    assert falls(scored((7, 6.0), (14, 1.0), **missing)).is_empty()


def test_scores_of_other_items_are_not_compared():
    # Complete, since the third item did not apply: but not the same questions.
    assert states((7, 6.0), (14, 3.0, "=q1,q2")) == (SCALE_CHANGED, SCALE_CHANGED)
    assert states((7, 6.0), (14, 5.0, "=q1,q2"), (21, 3.0, "=q1,q2")) == (SCALE_CHANGED, FELL)
    assert falls(scored((7, 6.0), (14, 3.0, "=q1,q2"))).is_empty()


def test_an_item_that_is_asked_no_more_changes_the_scale():
    assert states((7, 5.0), (14, 5.0), (21, 3.0, "q1,q2"), (28, 3.0, "q1,q2")) == (
        SCALE_CHANGED,
        SCALE_CHANGED,
    )
    # Other items each time, or once only, are items left out by the participant.
    assert states((7, 5.0), (14, 5.0), (21, 3.0, "q1,q2"), (28, 3.0, "q1,q3")) == (INSIDE, INSIDE)
    assert states((7, 5.0), (14, 5.0), (21, 3.0, "q1,q2")) == (INSIDE, INSIDE)


def test_a_new_scale_ends_comparisons():
    switches = pl.DataFrame(
        [("p1", "alliance", "New scale", date(2025, 3, 3), 56)], schema=SWITCH_SCHEMA, orient="row"
    )
    row = changed((7, 5.0), (14, 3.0), switches=switches)
    assert (row["first_state"], row["new_scale"]) == (SCALE_CHANGED, "New scale")


def test_participants_and_dimensions_are_kept_apart():
    frame = pl.concat([
        scored((7, 5.0), (14, 3.0)),
        scored((7, 3.0), (14, 5.0), who="p2"),
        scored((7, 4.0), (14, 4.0), dimension="bond"),
    ])  # fmt: skip
    found = {
        (row["participant_id"], row["dimension_id"]): row["previous_state"]
        for row in changes(frame.sample(fraction=1, shuffle=True, seed=3), no_switches()).to_dicts()
    }
    assert found == {("p1", "alliance"): FELL, ("p2", "alliance"): ROSE, ("p1", "bond"): INSIDE}


def test_a_fall_is_from_one_full_score_to_the_next():
    frame = scored((7, 5.0), (14, 3.5), (21, 3.4), (28, 4.5, "q1,q2"), (35, 5.0), (42, 3.9))
    found = falls(frame).select("from_day", "from_score", "to_day", "to_score").rows()
    # 1.5 from day 7 to 14, 1.1 from day 35 to 42; the incomplete one between 3.4 and 5.0 is no step.
    assert found == [(7, 5.0, 14, 3.5), (35, 5.0, 42, 3.9)]
    assert falls(scored((7, 5.0), (14, 4.5), (21, 4.0), (28, 3.5))).is_empty()


def test_falls_agree_with_a_loop_over_the_scores():
    rng = np.random.default_rng(5)
    series = [(7 * week, round(float(value), 2)) for week, value in enumerate(rng.normal(4, 1, 60))]
    found = [(row["to_day"], row["fall"]) for row in falls(scored(*series)).to_dicts()]
    expected = [
        (day, before - score)
        for (_, before), (day, score) in pairwise(series)
        if before - score > LIMIT
    ]
    assert len(expected) > 5
    assert found == expected


def test_error_alone_marks_as_many_as_the_docs_say():
    """Nine full scores of people who never change: sd 1, reliability 0.875, so error 0.35."""
    rng = np.random.default_rng(11)
    n, occasions = 2000, 9
    frame = pl.DataFrame({
        "participant_id": np.repeat([f"p{n}" for n in range(n)], occasions),
        "study_day": np.tile(np.arange(occasions) * 7, n),
        "score": rng.normal(4, np.sqrt(1 - 0.875), n * occasions),
    })  # fmt: skip
    base = scored((0, 4.0)).drop("participant_id", "study_day", "score", "answered_at")
    every = frame.join(base, how="cross").with_columns(
        answered_at=pl.datetime(2025, 1, 6) + pl.duration(days=pl.col("study_day"))
    )
    marked = falls(every)
    assert marked["participant_id"].n_unique() / n == pytest.approx(0.19, abs=0.025)
    assert marked.height / (n * (occasions - 1)) == pytest.approx(0.025, abs=0.004)


# What happened around a fall


FACTS = {"last_shown_date": None}


def day(number):
    return ZERO + timedelta(days=number)


def used(*days):
    return pl.DataFrame({"local_date": [day(n) for n in days]}, schema={"local_date": pl.Date})


def owed(*rows):
    return pl.DataFrame(
        [("session", day(n), status) for n, status in rows],
        schema={"kind": pl.String, "due_date": pl.Date, "status": pl.String},
        orient="row",
    )


def met(*rows):
    return pl.DataFrame(
        [(name, name.upper(), place, day(n)) for place, (name, n) in enumerate(rows)],
        schema={"feature_id": pl.String, "feature_label": pl.String, "position": pl.Int64,
                "local_date": pl.Date},
        orient="row",
    )  # fmt: skip


def bore(*rows):
    return pl.DataFrame(
        [(name, day(n)) for name, n in rows],
        schema={"app_version": pl.String, "first_date": pl.Date},
        orient="row",
    )


def told(facts=FACTS, sessions=(), ledger=(), exposures=(), versions=()):
    """What stands around one fall from day 14 to day 21."""
    fall = falls(scored((14, 5.0), (21, 3.0)))
    frame = around(fall, facts, used(*sessions), owed(*ledger), met(*exposures), bore(*versions))
    return frame.row(0, named=True)


def test_the_last_use_is_the_newest_up_to_the_day_of_the_fall():
    assert told(sessions=(3, 16, 19, 25))["last_use_date"] == day(19)
    assert told(sessions=(21,))["last_use_date"] == day(21)
    assert told(sessions=(25,))["last_use_date"] is None


def test_sessions_count_that_were_due_between_the_two_surveys():
    statuses = [(14, "missed"), (15, "missed"), (17, "done"), (18, "excused"), (19, "open"),
                (21, "late"), (22, "missed")]  # fmt: skip
    row = told(ledger=statuses)
    # Of days 15 to 21: missed, done and late; excused and open are not over or not owed.
    assert (row["n_due"], row["n_missed"]) == (3, 1)


def test_a_feature_has_stopped_that_was_met_in_as_many_days_before():
    row = told(exposures=[("both", 10), ("both", 16), ("gone", 8), ("gone", 14), ("old", 7),
                          ("new", 20)])  # fmt: skip
    # Seven days up to the survey before are days 8 to 14: day 7 is too early.
    assert row["stopped"] == "GONE"
    assert told(exposures=[("both", 10), ("both", 16)])["stopped"] is None


def test_an_update_needs_a_version_before_it():
    assert told(versions=[("2.0", 1), ("2.1", 16)])["versions"] == "2.1"
    assert told(versions=[("2.0", 16)])["versions"] is None
    assert told(versions=[("2.0", 1), ("2.1", 14), ("2.2", 22)])["versions"] is None


def test_where_use_is_not_shown_nothing_is_told_of_it():
    row = told({"last_shown_date": day(20)}, sessions=(3,), ledger=[(15, "missed")])
    assert row["n_due"] is None
    assert row["last_use_date"] is None
    assert row["text"] == "Use is shown up to 26 Jan 2025 only, so not for these days."


def test_the_newest_fall_comes_first():
    fall = falls(scored((7, 5.0), (14, 3.0), (21, 5.0), (28, 3.0)))
    frame = around(fall, FACTS, used(), owed(), met(), bore())
    assert frame["to_day"].to_list() == [28, 14]
