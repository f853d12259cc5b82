"""Kenward-Roger against pbkrtest, CR2 against clubSandwich, both on the same lme4 fits."""

import dataclasses
from functools import cache

import numpy as np
import pytest

from models.errors import NotEstimableError
from models.linear import cluster_robust as robust_module
from models.linear import kenward_roger as kr_module
from models.linear.cluster_robust import cluster_robust
from models.linear.kenward_roger import kenward_roger
from models.random_terms import RandomTerm
from tests.models.inference import trial

SINGLE = np.eye(6)


@cache
def adjusted(model):
    fit = trial.lme4_fit(model)
    return kenward_roger(trial.outcome(model), trial.design(), trial.random_terms(model), fit)


@cache
def reference_robust(model, kind="CR2"):
    return robust(model, kind=kind)


def robust(model, codes=None, **options):
    blocks = trial.sites() if model == "nested" else trial.participants()
    codes = blocks if codes is None else codes
    parts = (trial.outcome(model), trial.design(), codes, trial.lme4_fit(model))
    return cluster_robust(*parts, trial.random_terms(model), **options)


@pytest.mark.parametrize(
    "model", ["singular", "intercept", "slope", "nested", "two_slopes", "uncorrelated"]
)
class TestKenwardRogerAgainstPbkrtest:
    def test_adjusted_covariance(self, model):
        expected = trial.numbers()["fits"][model]["kr"]
        np.testing.assert_allclose(
            adjusted(model).cov_beta_adjusted, expected["cov"], rtol=1e-5, atol=1e-9
        )

    def test_df_of_single_effects(self, model):
        expected = trial.numbers()["fits"][model]["kr"]
        np.testing.assert_allclose(adjusted(model).df(SINGLE), expected["df"], rtol=1e-5)

    @pytest.mark.parametrize(("which", "L"), [("arm", trial.ARM), ("arm_week", np.eye(6)[1:4])])
    def test_f_test_of_several(self, model, which, L):
        expected = trial.numbers()["fits"][model]["kr"][which]
        found = adjusted(model).f_test(L)
        assert (found.df1, found.df2) == (expected["df1"], pytest.approx(expected["df2"], rel=1e-5))
        assert found.statistic == pytest.approx(expected["F"], rel=1e-5)
        assert found.scaling == pytest.approx(expected["scaling"], rel=1e-6)
        assert found.p_value == pytest.approx(expected["p"], rel=1e-5)


class TestKenwardRoger:
    def test_exact_in_a_balanced_design(self):
        """Two groups measured equally often: a two-sample t test of the means, 18 df."""
        rng = np.random.default_rng(5)
        codes = np.repeat(np.arange(20), 4)
        X = np.column_stack([np.ones(80), codes < 10]).astype(float)
        y = rng.normal(size=20)[codes] + rng.normal(size=80)
        means = y.reshape(20, 4).mean(axis=1)
        within = float(((y.reshape(20, 4) - means[:, None]) ** 2).sum() / 60)
        halves = [means[:10], means[10:]]
        between = sum(float(((half - half.mean()) ** 2).sum()) for half in halves) / 18
        term = RandomTerm("participant", ("(Intercept)",), np.ones((80, 1)), codes)
        base = trial.lme4_fit("intercept")
        covariance = np.array([[between - within / 4]])
        random = (dataclasses.replace(base.random[0], covariance=covariance),)
        beta = np.array([halves[1].mean(), halves[0].mean() - halves[1].mean()])
        fit = dataclasses.replace(
            base, beta=beta, random=random, residual_variance=within, n_rows=80
        )
        found = kenward_roger(y, X, (term,), fit)
        np.testing.assert_allclose(found.df(np.eye(2)), 18, rtol=1e-8)
        np.testing.assert_allclose(found.cov_beta_adjusted, found.cov_beta_unadjusted, rtol=1e-8)

    def test_maximum_likelihood_is_refused(self):
        fit = dataclasses.replace(trial.lme4_fit("slope"), is_reml=False)
        with pytest.raises(ValueError, match="REML"):
            kenward_roger(trial.outcome(), trial.design(), trial.random_terms("slope"), fit)

    def test_rows_of_a_test_that_repeat_each_other_are_refused(self):
        with pytest.raises(ValueError, match="repeat each other"):
            adjusted("slope").f_test(np.vstack([trial.ARM, trial.ARM[:1]]))

    def test_too_much_work_is_refused_with_a_sentence(self, monkeypatch):
        monkeypatch.setattr(kr_module, "MOST_WORK", 100)
        adjusted.cache_clear()
        with pytest.raises(NotEstimableError, match="Satterthwaite") as caught:
            adjusted("slope")
        assert caught.value.reason == "block_too_large"


@pytest.mark.parametrize("model", ["singular", "intercept", "slope", "nested", "two_slopes"])
class TestClusterRobustAgainstClubSandwich:
    def test_covariance(self, model):
        expected = trial.numbers()["fits"][model]["cr2"]
        np.testing.assert_allclose(
            reference_robust(model).cov_beta, expected["cov"], rtol=1e-4, atol=1e-8
        )
        np.testing.assert_allclose(reference_robust(model).se, expected["se"], rtol=1e-5)

    def test_df(self, model):
        expected = trial.numbers()["fits"][model]["cr2"]
        np.testing.assert_allclose(reference_robust(model).df(SINGLE), expected["df"], rtol=1e-4)

    def test_uncorrected(self, model):
        expected = trial.numbers()["fits"][model]["cr2"]
        found = reference_robust(model, "CR0")
        np.testing.assert_allclose(found.cov_beta, expected["cr0"], rtol=1e-4, atol=1e-8)


class TestClusterRobust:
    @pytest.mark.parametrize("root", ["cholesky", "whitened"])
    @pytest.mark.parametrize("model", ["slope", "nested"])
    def test_unbiased_where_the_model_holds(self, model, root):
        """E(scores scores') summed over clusters is the information, exactly: CR2's definition."""
        found = robust(model, root=root)
        shared = found.reach @ found.bread @ found.reach.transpose(0, 2, 1)
        expected = (found.spread - shared).sum(axis=0)
        np.testing.assert_allclose(
            found.bread @ expected @ found.bread, found.bread, rtol=1e-7, atol=1e-12
        )

    def test_both_roots_say_nearly_the_same(self):
        exact, summed = robust("slope"), robust("slope", root="whitened")
        np.testing.assert_allclose(summed.se, exact.se, rtol=0.04)
        np.testing.assert_allclose(summed.df(SINGLE), exact.df(SINGLE), rtol=0.1)

    def test_large_studies_take_the_root_from_sums(self, monkeypatch):
        assert robust("slope").root == "cholesky"
        monkeypatch.setattr(robust_module, "MOST_WORK", 100)
        assert robust("slope").root == "whitened"

    def test_clusters_may_be_larger_than_blocks(self):
        by_site = robust("slope", trial.sites())
        assert by_site.n_clusters == 6
        assert (by_site.df(SINGLE) < 6).all()
        summed = robust("slope", trial.sites(), root="whitened")
        np.testing.assert_allclose(summed.se, by_site.se, rtol=0.05)

    def test_clusters_across_which_effects_reach_are_refused(self):
        with pytest.raises(NotEstimableError, match="largest grouping"):
            robust("nested", trial.participants())

    def test_clusters_are_the_independent_blocks_unless_said_otherwise(self):
        parts = (trial.outcome(), trial.design(), None)
        for model, n_clusters in (("slope", 54), ("nested", 6)):
            found = cluster_robust(*parts, trial.lme4_fit(model), trial.random_terms(model))
            assert found.n_clusters == n_clusters
            np.testing.assert_array_equal(found.cov_beta, reference_robust(model).cov_beta)

    def test_one_cluster_has_no_robust_error(self):
        with pytest.raises(NotEstimableError, match="several clusters"):
            robust("slope", np.zeros_like(trial.participants()))
