"""A moderator: the lasting level, its product with exposure, and where there is none."""

import numpy as np
import pytest

from models.design import build_design, moderator_unknown
from models.linear.fit import fit_linear
from models.random_terms import RandomTerm
from models.spec import ModeratorTerm
from tests.models import panels

FLEXIBILITY = ModeratorTerm("flexibility", "Flexibility")
N, WEEKS = 40, 5


@pytest.fixture
def scores():
    """A lasting level per participant, with noise on every occasion."""
    rng = np.random.default_rng(3)
    return np.repeat(rng.normal(4, 0.6, N), WEEKS) + rng.normal(0, 0.3, N * WEEKS)


def design(scores, *, features=1, **options):
    panel = panels.panel(
        panels.counts(N, WEEKS, features), n_participants=N, moderator_score=scores
    )
    asked = panels.spec(features, **{"moderator": FLEXIBILITY, **options})
    return build_design(panel, asked, time="weeks", sessions=None)


def reasons(made):
    return {one.term: (one.part, one.reason) for one in made.not_estimable}


def test_level_is_the_own_mean_and_the_product_is_with_the_within_part(scores):
    made = design(scores)
    own = scores.reshape(N, WEEKS).mean(axis=1)
    level = np.repeat(own - own.mean(), WEEKS)
    assert made.terms[-2:] == ("moderator:flexibility", "moderation:f0")
    np.testing.assert_allclose(made.column("moderator:flexibility").values, level, atol=1e-12)
    np.testing.assert_allclose(
        made.column("moderation:f0").values,
        made.column("within:f0").values * level,
        atol=1e-12,
    )
    assert made.column("moderation:f0").feature_id == "f0"
    assert made.column("moderation:f0").kind == "moderation"
    assert "per point of lasting Flexibility" in made.column("moderation:f0").unit


def test_a_missing_score_does_not_move_the_level_of_others(scores):
    holed = scores.copy()
    holed[1] = np.nan
    own = np.nanmean(holed.reshape(N, WEEKS), axis=1)
    level = np.repeat(own, WEEKS)
    made = design(holed).column("moderator:flexibility").values
    np.testing.assert_allclose(made, level - level.mean(), atol=1e-12)


def test_only_the_features_named_are_crossed(scores):
    only = ModeratorTerm("flexibility", "Flexibility", ("f1",))
    made = design(scores, features=3, moderator=only)
    assert [column.term for column in made.columns if column.kind == "moderation"] == [
        "moderation:f1"
    ]


def test_a_participant_without_any_score_is_unknown_and_others_are_not(scores):
    holed = scores.copy()
    holed[:WEEKS] = np.nan
    holed[WEEKS] = np.nan
    panel = panels.panel(panels.counts(N, WEEKS), n_participants=N, moderator_score=holed)
    lost = moderator_unknown(panel, panels.spec(moderator=FLEXIBILITY))
    assert lost.tolist() == [True] * WEEKS + [False] * (N - 1) * WEEKS
    assert not moderator_unknown(panel, panels.spec()).any()


def test_no_score_of_anybody_is_a_reason_and_loses_no_row():
    nobody = np.full(N * WEEKS, np.nan)
    panel = panels.panel(panels.counts(N, WEEKS), n_participants=N, moderator_score=nobody)
    assert not moderator_unknown(panel, panels.spec(moderator=FLEXIBILITY)).any()
    assert reasons(design(nobody)) == {
        "moderator:flexibility": ("moderator", "moderator_not_known"),
        "moderation:f0": ("moderation", "moderator_not_known"),
    }


def test_the_same_level_for_all_is_a_reason():
    assert reasons(design(np.full(N * WEEKS, 4.0))) == {
        "moderator:flexibility": ("moderator", "no_variation_moderator"),
        "moderation:f0": ("moderation", "no_variation_moderator"),
    }


def test_a_level_that_few_differ_in_is_a_reason():
    few = np.repeat(np.where(np.arange(N) < 4, 5.0, 4.0), WEEKS)
    assert reasons(design(few))["moderator:flexibility"] == ("moderator", "too_few_participants")


def test_a_feature_without_a_within_part_cannot_be_moderated(scores):
    constant = np.repeat(np.arange(N) % 4, WEEKS)[:, None]
    panel = panels.panel(constant, n_participants=N, moderator_score=scores)
    made = build_design(panel, panels.spec(moderator=FLEXIBILITY), time="weeks", sessions=None)
    assert reasons(made)["moderation:f0"] == ("moderation", "no_within_part")
    assert made.column("moderator:flexibility") is not None


def test_a_part_of_the_total_is_warned_of(scores):
    flags = {
        outcome: design(scores, outcome=outcome, outcome_label=outcome).flags
        for outcome in ("alliance", "meaningfulness", "adherence")
    }
    assert {name for name, codes in flags.items() if "part_of_total" in codes} == {"alliance"}
    by_total = ModeratorTerm("alliance", "Alliance")
    assert "part_of_total" in design(scores, outcome="use", moderator=by_total).flags


def test_levels_from_noisy_scores_are_warned_of():
    noise = np.random.default_rng(5).normal(4, 1, N * WEEKS)
    made = design(noise)
    assert "unreliable_moderator" in made.flags
    assert any("Lasting Flexibility is averaged over few occasions" in one for one in made.warnings)


def test_a_planted_moderation_is_recovered():
    """As in the sample trial: one more exposure is worth 0.04, and 0.05 more a point of level."""
    n, weeks = 250, 8
    rng = np.random.default_rng(7)
    level = rng.normal(0, 0.55, n)
    met = panels.counts(n, weeks, seed=7)
    row = np.repeat(level, weeks)
    scores = 4 + np.repeat(rng.normal(0, 0.55, n), weeks) + (0.04 + 0.05 * row) * met[:, 0]
    scores += 0.5 * row + rng.normal(0, 0.4, n * weeks)
    panel = panels.panel(met, n_participants=n, score=scores, moderator_score=4 + row)
    made = build_design(panel, panels.spec(moderator=FLEXIBILITY), time="weeks", sessions=None)
    person = RandomTerm("participant", ("(Intercept)",), np.ones((n * weeks, 1)), made.codes)
    fit = fit_linear(scores, made.matrix, made.terms, [person])
    found = dict(
        zip(made.terms, zip(fit.beta, np.sqrt(np.diag(fit.cov_beta)), strict=True), strict=True)
    )
    for term, planted in (("within:f0", 0.04), ("moderation:f0", 0.05)):
        estimate, se = found[term]
        assert abs(estimate - planted) < 2 * se
        assert estimate > 2 * se
