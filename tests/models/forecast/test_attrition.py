"""The chain of answers: it recovers what was planted, keeps what is known, and goes on."""

import numpy as np

from models.forecast.attrition import answer_chain


def answers(n: int, n_surveys: int, seed: int) -> np.ndarray:
    """Whoever stops (8 % at each survey) stays away; others miss 15 % at random."""
    rng = np.random.default_rng(seed)
    left = np.cumsum(rng.random((n, n_surveys)) < 0.08, axis=1) > 0
    return ~left & (rng.random((n, n_surveys)) > 0.15)


def test_a_half_finished_study_is_projected_to_its_end():
    """Staggered entry: the share that is drawn for the end is that of the whole study."""
    whole = answers(4000, 10, seed=1)
    passed = np.random.default_rng(2).integers(2, 11, 4000)
    is_past = np.arange(10) < passed[:, None]
    chain = answer_chain(whole & is_past, is_past)
    filled = chain.fill(whole & is_past, is_past, np.random.default_rng(3))
    assert (filled[is_past] == whole[is_past]).all()
    np.testing.assert_allclose(filled.mean(axis=0), whole.mean(axis=0), atol=0.03)


def test_those_known_to_have_left_do_not_bias_the_others():
    """Of who withdrew all is decided; the chain is learnt from what is past alone."""
    whole = answers(4000, 10, seed=4)
    has_left = ~whole[:, 7:].any(axis=1)
    passed = np.random.default_rng(5).integers(2, 11, 4000)
    is_past = np.arange(10) < passed[:, None]
    is_known = is_past | (has_left[:, None] & (np.arange(10) >= 7))
    chain = answer_chain(whole & is_past, is_past)
    filled = chain.fill(whole & is_past, is_known, np.random.default_rng(6))
    # What is known of the leavers is used, so the end comes out lower than drawn for all, never
    # higher than the truth by more than chance.
    assert abs(filled[:, :7].mean() - whole[:, :7].mean()) < 0.02


def test_more_surveys_are_like_the_last():
    whole = answers(2000, 8, seed=7)
    longer = answer_chain(whole, np.ones_like(whole)).longer(2)
    assert longer.chances.shape == (10, 4)
    assert (longer.chances[8] == longer.chances[9]).all()
    assert 0 < longer.chances.min() <= longer.chances.max() < 1
