"""The dropout lens: it finds what was planted, looks only backwards, and says why it cannot."""

import math

import numpy as np
import polars as pl
import pytest

from models.dropout.lens import _shown_days, dropout_lens
from models.errors import NotEstimableError

RATIO = 0.5
"""Planted hazard ratio of leaving, per point of alliance."""


def trial(n: int, seed: int = 3, *, base: float = 0.05) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Weeks of follow-up in which leaving depends on the last score; use says nothing."""
    rng = np.random.default_rng(seed)
    people, measures = [], []
    for i in range(n):
        level, day, has_left = rng.normal(4, 0.7), 7, False
        while day < 84 and not has_left:
            score = level + rng.normal(0, 0.5)
            known = (f"p{i}", day - 1)
            measures.append((*known, score if rng.random() < 0.8 else None, float(rng.poisson(3))))
            own = [m[2] for m in measures if m[0] == f"p{i}" and m[2] is not None]
            hazard = base * RATIO ** ((own[-1] if own else 4.0) - 4)
            wait = rng.exponential(7 / hazard)
            has_left = wait <= 7
            day += min(math.ceil(wait), 7)
        people.append((f"p{i}", "ab"[i % 2], day, has_left, min(day, 50), i % 3 == 0))
    names = ["participant_id", "arm_id", "dropout_day", "is_dropout_event"]
    return (
        pl.DataFrame(people, [*names, "nonusage_day", "is_nonusage_event"], orient="row"),
        pl.DataFrame(measures, ["participant_id", "known_day", "alliance", "use"], orient="row"),
    )


@pytest.fixture(scope="module")
def lens():
    return dropout_lens(*trial(500), smallest=10)


def test_the_planted_hazard_ratio_is_found_and_the_null_one_too(lens):
    leaving = lens.outcomes[0]
    terms = {(one.term, one.adjustment): one for one in leaving.terms}
    for adjustment in ("alone", "together"):
        alliance, use = terms["alliance", adjustment], terms["use", adjustment]
        assert alliance.ratio_low < RATIO < alliance.ratio_high < 1
        assert use.ratio_low < 1 < use.ratio_high
    assert leaving.explanation == ""
    assert leaving.concordance > 0.55
    assert {check.term for check in leaving.checks} == {"alliance", "use", "all"}


def test_curves_are_ordered_and_count_those_at_risk(lens):
    leaving = lens.outcomes[0]
    by_day = {}
    for point in leaving.points:
        by_day.setdefault(point.day, {})[point.level] = point
    last = by_day[max(by_day)]
    assert last["low"].survival < last["middle"].survival < last["high"].survival
    entered = by_day[0.0]
    assert sum(point.n_at_risk for point in entered.values()) == leaving.n_participants
    assert 0 < sum(point.n_at_risk for point in by_day[max(by_day)].values()) < 500
    low, middle, high = (value for _, value in lens.levels)
    assert low < lens.bounds[0] < middle < lens.bounds[1] < high


def test_no_two_points_of_a_curve_have_fewer_events_between_them_than_the_smallest_cell():
    rng = np.random.default_rng(1)
    events = rng.integers(1, 60, 47).astype(float)
    for smallest in (1, 5, 10, 47, 48):
        days = _shown_days(events, smallest)
        counts = np.diff([0, *(int((events <= day).sum()) for day in days)])
        assert all(count >= smallest for count in counts)
        assert not days or days[-1] == events.max()


def test_a_score_of_the_day_itself_explains_nothing():
    """The same scores, each known a day after the event at the earliest, say nothing of it."""
    people, measures = trial(200)
    after = people.select("participant_id", known_day="dropout_day").with_columns(
        alliance=pl.lit(-50.0), use=pl.lit(0.0)
    )
    kinds = measures.schema
    told = pl.concat([measures, after.select(measures.columns).cast(dict(kinds))])
    assert dropout_lens(people, told).outcomes == dropout_lens(people, measures).outcomes


def test_who_has_no_score_is_counted_and_left_out():
    people, measures = trial(200)
    gone = pl.col("participant_id").is_in(["p0", "p1", "p2"])
    without = measures.with_columns(alliance=pl.when(gone).then(None).otherwise(pl.col("alliance")))
    before, after = (dropout_lens(people, one).outcomes[0] for one in (measures, without))
    assert before.n_unknown + before.n_participants == 200
    assert after.n_participants <= before.n_participants - 1
    assert after.n_unknown + after.n_participants == 200


def test_too_few_events_are_an_answer_for_one_loss_and_an_error_for_both():
    people, measures = trial(150)
    nobody = people.with_columns(is_dropout_event=pl.lit(value=False))
    lens = dropout_lens(nobody, measures)
    assert lens.outcomes[0].terms == ()
    assert "0 of" in lens.outcomes[0].explanation
    assert lens.outcomes[1].terms
    with pytest.raises(NotEstimableError, match="fewer than 10 events"):
        dropout_lens(nobody.with_columns(is_nonusage_event=pl.lit(value=False)), measures)
    with pytest.raises(NotEstimableError, match="Nobody has"):
        dropout_lens(people, measures.clear())
