"""Follow-up cut where measures change, on rows small enough to read."""

import numpy as np
import polars as pl
import pytest

from models.follow_up import follow_up_rows
from models.hazards import fit_hazards

PEOPLE = pl.DataFrame(
    {
        "participant_id": ["a", "b", "c"],
        "day": [20, 9, 5],
        "is_event": [True, False, True],
        "arm": ["x", "y", "x"],
    }
)
SCORES = pl.DataFrame(
    {
        "participant_id": ["a", "a", "a", "b", "b", "c"],
        "known_day": [14, 3, 20, 0, 4, 5],
        "alliance": [5.0, 4.0, 1.0, 3.0, None, 2.0],
    }
)


def cut():
    return follow_up_rows(PEOPLE, SCORES, ("alliance",))


def test_each_value_holds_from_the_day_it_was_known():
    rows = cut().rows.select(
        "participant_id", "start_day", "stop_day", "is_event", "alliance", "arm"
    )
    assert rows.rows() == [
        ("a", 3.0, 14.0, False, 4.0, "x"),
        ("a", 14.0, 20.0, True, 5.0, "x"),
        ("b", 0.0, 4.0, False, 3.0, "y"),
        ("b", 4.0, 9.0, False, 3.0, "y"),
    ]


def test_a_value_of_the_day_of_the_event_explains_nothing():
    """a's score of day 20 and c's of day 5 came on the day itself; c has no other."""
    assert [(loss.reason, loss.n_participants) for loss in cut().lost] == [("nothing_known_yet", 1)]
    assert 1.0 not in cut().rows["alliance"].to_list()


def test_values_of_two_measures_are_carried_separately():
    measures = pl.DataFrame(
        {
            "participant_id": ["a", "a"],
            "known_day": [2, 6],
            "alliance": [4.0, None],
            "praise": [None, 3.0],
        }
    )
    rows = follow_up_rows(PEOPLE.head(1), measures, ("alliance", "praise")).rows
    assert rows.select("start_day", "stop_day", "alliance", "praise").rows() == [
        (6.0, 20.0, 4.0, 3.0)
    ]


def test_a_protective_alliance_is_recovered_from_changing_scores():
    rng = np.random.default_rng(7)
    people, scores = [], []
    for i in range(400):
        day, gone = 0, False
        while day < 84 and not gone:
            alliance = rng.normal()
            scores.append((f"p{i}", day, alliance))
            wait = int(np.ceil(rng.exponential(1 / (0.01 * np.exp(-0.7 * alliance)))))
            gone = wait <= 14
            day += min(wait, 14)
        people.append((f"p{i}", day, gone))
    rows = follow_up_rows(
        pl.DataFrame(people, schema=["participant_id", "day", "is_event"], orient="row"),
        pl.DataFrame(scores, schema=["participant_id", "known_day", "alliance"], orient="row"),
        ("alliance",),
    ).rows
    fit = fit_hazards(
        rows["stop_day"].to_numpy(),
        rows["is_event"].to_numpy(),
        rows.select("alliance").to_numpy(),
        ("alliance",),
        start=rows["start_day"].to_numpy(),
        participant=rows["participant_id"].to_numpy(),
    )
    assert fit.n_participants == 400
    assert fit.beta[0] == pytest.approx(-0.7, abs=3 * fit.terms[0].se)
    assert fit.terms[0].se < 0.1
