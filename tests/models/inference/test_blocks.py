"""Groupings of any shape: batches, independent blocks, and effects that cross within a block."""

import dataclasses

import numpy as np
import pytest

from models.errors import NotEstimableError
from models.linear import blocks as blocks_module
from models.linear.blocks import batches, dense_covariance, independent_blocks, is_nested, levels
from models.linear.bootstrap import cluster_bootstrap
from models.linear.cluster_robust import cluster_robust
from models.linear.group_sums import conditional_residuals, group_sums
from models.linear.influence import influence
from models.linear.kenward_roger import kenward_roger
from models.random_terms import RandomCovariance, RandomTerm
from tests.models.inference import trial


def crossed_within_sites():
    """Weeks of a site cross its participants: neither nests, yet sites stay independent."""
    ones, weeks = np.ones((len(trial.sites()), 1)), trial.rows()["week"].to_numpy()
    wave = np.unique(trial.sites() * 100 + weeks, return_inverse=True)[1].astype(np.int64)
    terms = (
        *trial.random_terms("slope"),
        RandomTerm("wave", ("(Intercept)",), ones, wave),
    )
    fit = trial.lme4_fit("slope")
    waves = RandomCovariance("wave", ("(Intercept)",), np.array([[0.2]]))
    fit = dataclasses.replace(fit, random=(*fit.random, waves))
    V = fit.residual_variance * np.eye(fit.n_rows)
    for term, estimate in zip(terms, fit.random, strict=True):
        same = term.codes[:, None] == term.codes
        V += same * (term.values @ estimate.covariance @ term.values.T)
    beta, covariance = trial.dense_gls(trial.outcome(), trial.design(), V)
    return terms, dataclasses.replace(fit, beta=beta, cov_beta=covariance), V


class TestCrossedWithinSites:
    def test_sites_are_left_out_as_by_refitting(self):
        terms, fit, V = crossed_within_sites()
        sums = group_sums(trial.outcome(), trial.design(), terms, fit)
        found = influence(sums, of_blocks=True)
        assert len(found.groups) == 6
        assert len(influence(sums).groups) == 54
        assert cluster_bootstrap(sums, n_draws=20).group == "block"
        for i in range(6):
            kept = trial.sites() != i
            y, X = trial.outcome()[kept], trial.design()[kept]
            beta, _ = trial.dense_gls(y, X, V[np.ix_(kept, kept)])
            np.testing.assert_allclose(found.estimates[i], beta, rtol=1e-8, atol=1e-9)

    def test_residuals_take_both_effects_out(self):
        terms, fit, _ = crossed_within_sites()
        y, X = trial.outcome(), trial.design()
        residuals, effects = conditional_residuals(y, X, terms, fit)
        predicted = sum((t.values * u[t.codes]).sum(1) for t, u in zip(terms, effects, strict=True))
        np.testing.assert_allclose(residuals, y - X @ fit.beta - predicted, atol=1e-10)

    def test_small_sample_methods_go_by_site(self):
        terms, fit, _ = crossed_within_sites()
        y, X = trial.outcome(), trial.design()
        adjusted = kenward_roger(y, X, terms, fit)
        np.testing.assert_allclose(adjusted.cov_beta_unadjusted, fit.cov_beta, rtol=1e-8)
        assert (np.diag(adjusted.cov_beta_adjusted) >= np.diag(fit.cov_beta)).all()
        assert cluster_robust(y, X, None, fit, terms).n_clusters == 6


class TestBlocks:
    def test_batches_hold_every_row_once_in_its_group(self):
        codes = np.random.default_rng(0).integers(0, 40, 500)
        seen = []
        for batch in batches(codes):
            assert (codes[batch.rows] == batch.groups[:, None]).all()
            seen += batch.rows.ravel().tolist()
        assert sorted(seen) == list(range(500))

    def test_batches_are_cut_to_the_memory_they_may_take(self, monkeypatch):
        codes = np.repeat(np.arange(10), 4)
        monkeypatch.setattr(blocks_module, "_BATCH_NUMBERS", 33)
        assert [len(batch.groups) for batch in batches(codes, width=2)] == [4, 4, 2]
        assert [len(batch.groups) for batch in batches(codes, is_square=True)] == [2] * 5

    def test_nested_groups_lie_in_sites(self):
        participants, sites = trial.participants(), trial.sites()
        assert is_nested(participants, sites)
        assert not is_nested(sites, participants)
        np.testing.assert_array_equal(independent_blocks([participants, sites]), sites)

    def test_chains_of_crossing_groups_make_one_block(self):
        one, other = np.array([0, 0, 1, 1, 2, 3]), np.array([0, 1, 1, 2, 3, 3])
        np.testing.assert_array_equal(independent_blocks([one, other]), [0, 0, 0, 0, 1, 1])

    def test_terms_of_one_grouping_become_one_level(self):
        found = levels(trial.random_terms("uncorrelated"), trial.lme4_fit("uncorrelated"))
        assert len(found) == 1
        np.testing.assert_array_equal(found[0].covariance, np.diag(np.diag(found[0].covariance)))

    def test_the_order_of_terms_does_not_matter(self):
        terms, fit = trial.random_terms("nested"), trial.lme4_fit("nested")
        turned = dataclasses.replace(fit, random=fit.random[::-1])
        one = group_sums(trial.outcome(), trial.design(), terms, fit)
        other = group_sums(trial.outcome(), trial.design(), terms[::-1], turned)
        np.testing.assert_array_equal(one.total, other.total)

    def test_a_block_too_large_for_a_matrix_is_refused(self, monkeypatch):
        monkeypatch.setattr(blocks_module, "LARGEST_BLOCK", 5)
        found = levels(trial.random_terms("slope"), trial.lme4_fit("slope"))
        with pytest.raises(NotEstimableError, match="too large") as caught:
            dense_covariance(found, 1.0, np.arange(6)[None])
        assert caught.value.reason == "block_too_large"

    def test_a_single_group_cannot_be_drawn_anew(self):
        terms, fit = trial.random_terms("slope"), trial.lme4_fit("slope")
        kept = trial.participants() == 0
        term = dataclasses.replace(
            terms[0], codes=terms[0].codes[kept], values=terms[0].values[kept]
        )
        sums = group_sums(trial.outcome()[kept], trial.design()[kept], (term,), fit)
        with pytest.raises(NotEstimableError, match="at least two groups"):
            cluster_bootstrap(sums)
