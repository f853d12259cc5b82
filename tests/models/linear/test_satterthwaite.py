"""Degrees of freedom where theory gives them, and joint tests that do not depend on how they are put."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from models.linear.fit import fit_linear
from models.linear.satterthwaite import satterthwaite_df, satterthwaite_f
from models.random_terms import RandomTerm
from tests.models.linear.simulate import NAMES, ONE, WEEK, simulate


@pytest.fixture(scope="module")
def balanced():
    """20 participants in two arms x 6 weeks, random intercepts."""
    rng = np.random.default_rng(3)
    codes, week = np.repeat(np.arange(20), 6), np.tile(np.arange(6.0), 20)
    arm = codes % 2
    y = rng.normal(size=20)[codes] * 2 + rng.normal(size=120)
    X = np.column_stack((np.ones(120), week, arm, arm * week))
    term = RandomTerm("participant", (ONE,), X[:, :1], codes)
    return fit_linear(y, X, (ONE, WEEK, "arm", "arm:week"), (term,))


def test_within_participants_the_df_are_those_of_least_squares(balanced):
    """Balanced: 120 rows less 20 participants less 2 slopes."""
    assert satterthwaite_df(balanced, np.eye(4)[[1, 3]]) == pytest.approx([98, 98], rel=1e-4)


def test_between_participants_the_df_are_those_of_a_t_test(balanced):
    """The arms at mid-study, week 2.5: participants' means of 20 people in two groups."""
    assert satterthwaite_df(balanced, np.array([0, 0, 1, 2.5])) == pytest.approx([18], rel=1e-4)


def test_df_do_not_depend_on_the_size_of_a_contrast(balanced):
    L = np.array([[0.0, 1, 2, 3], [0, 100, 200, 300]])
    one, other = satterthwaite_df(balanced, L)
    assert one == pytest.approx(other, rel=1e-10)


def test_one_contrast_is_the_t_test(balanced):
    L = np.array([[0, 0, 0, 1.0]])
    F, df1, df2, p = satterthwaite_f(balanced, L)
    t = balanced.beta[3] / np.sqrt(balanced.cov_beta[3, 3])
    assert pytest.approx(t**2) == F
    assert df1 == 1
    assert df2 == pytest.approx(satterthwaite_df(balanced, L)[0])
    assert p == pytest.approx(2 * stats.t.sf(abs(t), df2))


def test_what_is_said_twice_counts_once():
    data = simulate("slope", seed=5)
    fit = fit_linear(data.y, data.X, NAMES, data.random)
    L = np.array([[0, 1, 0, 0], [0, 0, 1, 0.0]])
    twice = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [0, 2, -1, 0.0]])
    # Not so the denominator's df, which depend on how the contrasts are turned, as lmerTest's do.
    assert satterthwaite_f(fit, twice)[:2] == pytest.approx(satterthwaite_f(fit, L)[:2], rel=1e-6)


def test_joint_df_follow_from_those_of_the_parts(balanced):
    """nu / (nu - 2) is the mean of a squared t: Fai and Cornelius (1996)."""
    L = np.eye(4)[[1, 2]]
    _, _, df2, _ = satterthwaite_f(balanced, L)
    _, vectors = np.linalg.eigh(balanced.cov_beta[1:3, 1:3])
    parts = satterthwaite_df(balanced, vectors.T @ L)
    mean = np.sum(parts / (parts - 2)) / 2
    assert df2 / (df2 - 2) == pytest.approx(mean)


def test_parts_without_a_mean_leave_two_df(balanced):
    few = replace(balanced, hessian=balanced.hessian / 1e4)
    assert satterthwaite_f(few, np.eye(4)[[1, 2]])[2] == 2.0


def test_there_must_be_something_to_test(balanced):
    with pytest.raises(ValueError, match="no contrast"):
        satterthwaite_f(balanced, np.zeros((2, 4)))
