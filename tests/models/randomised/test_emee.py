"""EMEE against R's dense formulas, closed forms, and trials with a known relative risk."""

from dataclasses import replace

import numpy as np
import pytest

from models.errors import NotConvergedError, NotEstimableError
from models.randomised.emee import emee
from models.randomised.points import decision_points
from models.randomised.table import mrt_points
from tests.models.randomised import trial

ROLES = {
    "outcome": "opened",
    "participant": "participant",
    "treatment": "treatment",
    "probability": "probability",
    "availability": "available",
}
CASES = {
    "emee_marginal": {"controls": ["steps_before"]},
    "emee_moderated": {"moderators": ["at_home"], "controls": ["steps_before", "at_home"]},
}


@pytest.mark.parametrize("kind", ["corrected", "plain"])
@pytest.mark.parametrize("case", CASES)
def test_numbers_of_r(case, kind):
    expected = trial.numbers()[case]
    assert expected["converged"]
    fit = emee(mrt_points(trial.table(), **ROLES, **CASES[case]), corrected=kind == "corrected")
    wanted = expected[kind]
    se = np.atleast_1d(wanted["se"])
    assert np.abs((fit.estimate - np.atleast_1d(wanted["estimate"])) / se).max() < 1e-8
    assert [row.se for row in fit.effects] == pytest.approx(se, rel=1e-7)
    assert [row.p_value for row in fit.effects] == pytest.approx(
        np.atleast_1d(wanted["p"]), rel=1e-6
    )
    assert fit.controls == pytest.approx(np.array(expected["controls"]), rel=1e-7)
    assert fit.effects[0].df2 == wanted["df2"]
    assert (fit.estimator, fit.scale) == ("EMEE", "log_relative_risk")


def yes_no(n=40, points=40, *, ratio=1.4, seed=1, risk=0.25):
    rng = np.random.default_rng(seed)
    raw = trial.raw(n, points, seed=seed)
    own = np.exp(0.3 * rng.normal(size=n))[raw.participant]
    chance = np.minimum(risk * own * np.where(raw.treatment == 1, ratio, 1.0), 0.95)
    return replace(
        raw,
        outcome=(rng.random(n * points) < chance).astype(float),
        controls=np.ones((n * points, 1)),
        control_names=("(Intercept)",),
    )


def test_with_even_odds_and_no_controls_it_is_the_ratio_of_two_shares():
    """The two equations then say: blipped-down means of treated and untreated are equal."""
    raw = yes_no()
    fit = emee(decision_points(raw))
    share = [raw.outcome[raw.treatment == arm].mean() for arm in (0, 1)]
    assert fit.effects[0].estimate == pytest.approx(np.log(share[1] / share[0]), rel=1e-9)
    assert fit.controls[0] == pytest.approx(np.log(share[0]), rel=1e-9)


def test_the_relative_risk_is_recovered_and_covered():
    covered, estimates = 0, []
    for seed in range(100):
        row = emee(decision_points(yes_no(n=15, points=40, seed=seed))).effects[0]
        covered += row.ci_low < np.log(1.4) < row.ci_high
        estimates.append(row.estimate)
    assert np.mean(estimates) == pytest.approx(np.log(1.4), abs=0.03)
    assert 90 <= covered <= 100


def test_coding_of_the_outcome_matters_and_is_checked():
    with pytest.raises(NotEstimableError, match="0 or 1") as error:
        emee(trial.drawn())
    assert error.value.reason == "outcome_not_binary"


@pytest.mark.parametrize(("arm", "words"), [(1, "with treatment"), (0, "without treatment")])
def test_no_event_on_one_side(arm, words):
    raw = yes_no()
    silent = np.where(raw.treatment == arm, 0.0, raw.outcome)
    with pytest.raises(NotEstimableError, match=words) as error:
        emee(decision_points(replace(raw, outcome=silent)))
    assert error.value.reason == "no_events"


def test_a_moderator_value_without_any_event_gives_no_number():
    raw = yes_no()
    home = (np.arange(len(raw.outcome)) % 2).astype(float)
    both = np.column_stack((np.ones_like(home), home))
    gone = np.where((home == 1) & (raw.treatment == 1), 0.0, raw.outcome)
    with pytest.raises(NotConvergedError) as error:
        emee(
            decision_points(
                replace(raw, outcome=gone, moderators=both, moderator_names=("(Intercept)", "home"))
            )
        )
    assert error.value.reason == "no_root"
