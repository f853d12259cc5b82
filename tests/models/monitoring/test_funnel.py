"""Funnel limits against R, closed forms and simulation."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from models.monitoring.false_flags import Trial, false_flag_rates, simulate
from models.monitoring.funnel import (
    COLUMNS,
    FLAG,
    WATCH,
    design_effect,
    drawn_limits,
    funnel,
    heterogeneity,
    limits,
    mid_p_score,
    shrink,
)

FOLDER = Path(__file__).parents[2] / "reference" / "monitoring"
R = json.loads((FOLDER / "reference.json").read_text(encoding="utf-8"))


def floats(values):
    return np.array(values, dtype=np.float64)


def counts(**columns):
    """Groups whose participants have one trial each, unless sums are given."""
    n, y = floats(columns["n"]), floats(columns["y"])
    usual = y.sum() / n.sum()
    return pl.DataFrame(
        {
            "group_id": [f"g{i:02d}" for i in range(len(n))],
            "n_participants": n.astype(int),
            "n_trials": n.astype(int),
            "n_events": y.astype(int),
            "n_expected": usual * n,
            "sum_rest_squared": y * (1 - usual) ** 2 + (n - y) * usual**2,
            "sum_rest_trials": y - usual * n,
            "sum_trials_squared": n,
        }
    )


@pytest.mark.parametrize("kind", ["whole", "part"])
def test_mid_p_scores_of_r(kind):
    for case in R[kind]:
        found = mid_p_score(floats([case["y"]]), floats([case["m"]]), case["p"])
        assert found[0] == pytest.approx(case["z"], rel=1e-8)


@given(st.integers(1, 60), st.floats(0.02, 0.98), st.data())
def test_whole_counts_are_the_binomials(m, p, data):
    y = data.draw(st.integers(0, m))
    tail = binom.cdf(y - 1, m, p) + binom.pmf(y, m, p) / 2
    if 1e-9 < tail < 1 - 1e-9:
        assert mid_p_score(floats([y]), floats([m]), p)[0] == pytest.approx(
            norm.ppf(tail), abs=1e-6
        )


def test_limits_of_r():
    for case in R["limits"]:
        low, high = limits(floats([case["m"]]), case["p"], WATCH)
        assert low[0] == pytest.approx(case["low"], rel=1e-7)
        assert high[0] == pytest.approx(case["high"], rel=1e-7)


def test_a_group_on_its_limit_has_the_limits_score():
    worth = floats([25.0, 80.0, 400.0])
    for chance in (WATCH, FLAG):
        low, high = limits(worth, 0.3, chance)
        bound = norm.ppf(1 - chance / 2)
        assert mid_p_score(high * worth, worth, 0.3) == pytest.approx([bound] * 3, abs=1e-6)
        assert mid_p_score(low * worth, worth, 0.3) == pytest.approx([-bound] * 3, abs=1e-6)


def test_limits_of_many_are_the_normals():
    low, high = limits(floats([1e6]), 0.3, WATCH)
    half = norm.ppf(0.975) * np.sqrt(0.3 * 0.7 / 1e6)
    assert (low[0], high[0]) == pytest.approx((0.3 - half, 0.3 + half), abs=1e-6)


def test_too_small_to_fall_below():
    assert limits(floats([3.0]), 0.2, FLAG)[0][0] == pytest.approx(0, abs=1e-9)


def test_the_beta_binomial_of_r():
    case = R["beta_binomial"]
    size = heterogeneity(floats(case["n"]), floats(case["y"]), case["mean"])
    assert size == pytest.approx(case["size"], rel=1e-5)
    found = shrink(floats(case["n"]), floats(case["y"]), case["mean"], size)
    assert found == pytest.approx(case["shrunken"], rel=1e-6)


def test_groups_that_differ_less_than_by_chance_are_all_drawn_to_the_whole():
    n, y = floats([100, 200, 300]), floats([20, 40, 60])
    assert heterogeneity(n, y, 0.2) is None
    assert list(shrink(n, y, 0.2, None)) == [0.2, 0.2, 0.2]


def test_small_groups_are_drawn_further():
    n, y = floats([10, 1000, 500, 700, 300]), floats([6, 600, 100, 350, 30])
    mean = y.sum() / n.sum()
    found = shrink(n, y, mean, heterogeneity(n, y, mean))
    moved = (found - y / n) / (mean - y / n)
    assert 0 < moved[1] < moved[0] < 1


def test_the_design_effect_of_r():
    case = R["design"]
    people = pl.DataFrame({name: case[name] for name in ("group", "n", "y")})
    usual = people["y"].sum() / people["n"].sum()
    rest = pl.col("y") - usual * pl.col("n")
    rows = people.group_by(group_id="group").agg(
        n_participants=pl.len(),
        n_trials=pl.col("n").sum(),
        n_events=pl.col("y").sum(),
        n_expected=(usual * pl.col("n")).sum(),
        sum_rest_squared=(rest * rest).sum(),
        sum_rest_trials=(rest * pl.col("n")).sum(),
        sum_trials_squared=(pl.col("n") ** 2).sum(),
    )
    assert design_effect(rows) == pytest.approx(case["effect"], rel=1e-10)


def test_one_trial_each_is_no_cluster():
    assert design_effect(counts(n=[40, 60], y=[10, 12])) == pytest.approx(1, abs=0.05)


def test_two_groups_are_the_test_of_two_shares():
    """With one trial each, the normal score is the two-sample score test's, but for the tails."""
    found = funnel(counts(n=[400, 600], y=[120, 150]))
    p = 270 / 1000
    z = (120 / 400 - 150 / 600) / np.sqrt(p * (1 - p) * (1 / 400 + 1 / 600))
    assert found.groups[0].z == pytest.approx(z, abs=0.05)
    assert found.groups[1].z == pytest.approx(-z, abs=0.05)


def test_expected_numbers_are_compared_not_raw_ones():
    """A month that has come to the easy surveys only is not better for that."""
    rows = counts(n=[100, 100], y=[10, 30]).with_columns(n_expected=pl.Series([10.0, 30.0]))
    found = funnel(rows.with_columns(sum_rest_squared=15.0, sum_rest_trials=0.0))
    assert [one.share for one in found.groups] == pytest.approx([0.2, 0.2])
    assert {one.level for one in found.groups} == {"none"}


def test_a_group_that_differs_is_flagged_and_the_others_are_not():
    found = funnel(counts(n=[60] * 8, y=[12, 11, 13, 12, 10, 14, 12, 36]))
    assert [one.level for one in found.groups][-1] == "flag"
    assert found.groups[-1].z > 3
    assert "flag" not in [one.level for one in found.groups[:-1]]


def test_ten_groups_widen_the_limits_by_their_own_spread():
    spread = [10, 30, 12, 26, 14, 31, 9, 25, 11, 28, 13, 24]
    found = funnel(counts(n=[60] * 12, y=spread))
    alone = funnel(counts(n=[60] * 12, y=spread), least_groups_for_spread=99)
    assert found.widens
    assert not alone.widens
    assert found.spread > 0.05
    assert found.groups[0].high > alone.groups[0].high
    assert {one.level for one in found.groups} == {"none"}
    assert max(alone.groups, key=lambda one: abs(one.z)).level != "none"


def test_one_that_differs_does_not_hide_behind_its_own_spread():
    found = funnel(counts(n=[60] * 12, y=[12, 11, 13, 12, 10, 14, 12, 11, 13, 12, 12, 50]))
    assert [one.level for one in found.groups] == ["none"] * 11 + ["flag"]


def test_drawn_limits_are_those_of_the_groups():
    found = funnel(counts(n=[100, 200, 300], y=[30, 50, 70]))
    [(low, high)] = drawn_limits(found, floats([100, 200, 300]), WATCH)
    assert low == pytest.approx([one.low for one in found.groups], abs=1e-9)
    assert high == pytest.approx([one.high for one in found.groups], abs=1e-9)


@pytest.mark.parametrize(
    ("columns", "words"),
    [({"n": [50, 0], "y": [5, 0]}, "Fewer than 2"), ({"n": [50, 60], "y": [0, 0]}, "no case"),
     ({"n": [50, 60], "y": [50, 60]}, "nothing but cases")],
)  # fmt: skip
def test_what_cannot_be_judged_says_why(columns, words):
    found = funnel(counts(**columns))
    assert found.groups == ()
    assert words in found.reason
    with pytest.raises(ValueError, match="no limits"):
        drawn_limits(found, floats([10.0]), WATCH)


def test_files_need_others_of_their_kind():
    rows = counts(n=[5000] * 4, y=[10, 12, 9, 200]).select(COLUMNS)
    found = funnel(rows, is_clustered=False, needs_spread=True, least_groups_for_spread=5)
    assert "Fewer than 5" in found.reason


def test_frames_are_not_changed():
    rows = counts(n=[40, 60], y=[10, 12])
    before = rows.clone()
    funnel(rows)
    assert rows.equals(before)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "trial",
    [Trial(), Trial(n_participants=200, parts=(36, 44, 18, 39, 58)), Trial(share=0.08)],
    ids=["two sites", "five months", "rare"],
)
def test_false_flags_are_as_rare_as_they_say(trial):
    """5 % outside the inner limits, within four standard errors; far fewer than without clusters."""
    rates = false_flag_rates(trial, 150, seed=11)
    # The two groups of a trial mirror each other: so many are independent.
    n = rates.n_groups / (2 if len(trial.parts) == 2 else 1)
    assert rates.watch == pytest.approx(WATCH, abs=4 * np.sqrt(WATCH * (1 - WATCH) / n))
    assert rates.flag < 0.02
    assert rates.naive_watch > 2 * rates.watch


def test_a_planted_difference_is_found():
    rng = np.random.default_rng(3)
    found = []
    for _ in range(20):
        rows = simulate(Trial(n_participants=300, parts=(1, 1, 1)), rng).sort("group_id")
        more = pl.Series([0, 0, rows["n_trials"][2] // 4])
        planted = rows.with_columns(n_events=pl.col("n_events") + more).with_columns(
            n_expected=pl.col("n_trials") * (pl.col("n_events").sum() / pl.col("n_trials").sum())
        )
        found.append(funnel(planted).groups[2].level)
    assert found.count("flag") >= 15
