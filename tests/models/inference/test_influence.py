"""Leaving out and drawing anew by small matrices equals doing it with the rows themselves."""

import numpy as np
import pytest

from models.errors import NotEstimableError
from models.linear import influence as influence_module
from models.linear.bootstrap import cluster_bootstrap, draw_weights
from models.linear.group_sums import conditional_residuals, group_sums
from models.linear.influence import influence, influence_by_term
from models.random_terms import RandomTerm
from tests.models.inference import trial

MODELS = ("singular", "intercept", "slope", "nested", "two_slopes", "uncorrelated")


def sums_of(model):
    fit = trial.lme4_fit(model)
    return group_sums(trial.outcome(model), trial.design(), trial.random_terms(model), fit), fit


def crossed():
    """Participants and calendar weeks: everything hangs together in a single block."""
    fit = trial.lme4_fit("nested")
    participant, _ = trial.random_terms("nested")
    week = trial.rows()["week"].to_numpy().astype(np.int64)
    terms = (participant, RandomTerm("site", ("(Intercept)",), np.ones((len(week), 1)), week))
    V = fit.residual_variance * np.eye(fit.n_rows)
    for term, estimate in zip(terms, fit.random, strict=True):
        same = term.codes[:, None] == term.codes
        V += same * (term.values @ estimate.covariance @ term.values.T)
    beta, covariance = trial.dense_gls(trial.outcome(), trial.design(), V)
    return terms, type(fit)(**{**vars(fit), "beta": beta, "cov_beta": covariance}), V


@pytest.mark.parametrize("model", MODELS)
class TestGroupSums:
    def test_information_is_the_inverse_of_lme4s_covariance(self, model):
        sums, _ = sums_of(model)
        expected = np.array(trial.numbers()["fits"][model]["cov"])
        np.testing.assert_allclose(np.linalg.inv(sums.total[:6, :6]), expected, rtol=1e-6)

    def test_score_at_the_estimates_is_nought(self, model):
        """Converged first: lme4's own estimates solve our equations."""
        sums, fit = sums_of(model)
        step = fit.cov_beta @ sums.total[:6, 6]
        assert np.abs(step / np.sqrt(np.diag(fit.cov_beta))).max() < 1e-6

    def test_left_out_participants_equal_refits_at_the_same_variances(self, model):
        sums, fit = sums_of(model)
        found = influence(sums)
        codes = trial.participants()
        for i in (0, 7, 31, 53):
            beta, covariance = trial.dense_estimates(model, fit, np.flatnonzero(codes != i))
            np.testing.assert_allclose(found.estimates[i], beta, rtol=1e-8, atol=1e-9)
            np.testing.assert_allclose(found.se[i], np.sqrt(np.diag(covariance)), rtol=1e-8)
            moved = fit.beta - beta
            distance = moved @ np.linalg.solve(fit.cov_beta, moved) / 6
            assert found.cooks_distance[i] == pytest.approx(distance, rel=1e-5)

    def test_conditional_residuals_equal_rows_less_predicted_effects(self, model):
        fit, X, y = trial.lme4_fit(model), trial.design(), trial.outcome(model)
        terms = trial.random_terms(model)
        residuals, effects = conditional_residuals(y, X, terms, fit)
        V = trial.dense_covariance(model, fit)
        e = y - X @ fit.beta
        np.testing.assert_allclose(
            residuals, fit.residual_variance * np.linalg.solve(V, e), atol=1e-10
        )
        predicted = sum((t.values * u[t.codes]).sum(1) for t, u in zip(terms, effects, strict=True))
        np.testing.assert_allclose(residuals, e - predicted, atol=1e-10)


class TestInfluence:
    def test_near_full_refits_by_lme4(self):
        """Variances estimated anew move estimates by at most a tenth of a standard error."""
        found = influence(sums_of("slope")[0])
        refits = np.array(trial.numbers()["influence"]["estimate"])
        assert np.abs((found.estimates - refits) / found.se).max() < 0.1
        moved = found.beta - refits
        for j in range(6):
            assert np.corrcoef(found.dfbeta[:, j], moved[:, j])[0, 1] > 0.98

    def test_sites_left_out(self):
        sums, fit = sums_of("nested")
        found = influence(sums, of_blocks=True)
        assert (found.group, len(found.groups)) == ("site", 6)
        for i in range(6):
            kept = np.flatnonzero(trial.sites() != i)
            beta, _ = trial.dense_estimates("nested", fit, kept)
            np.testing.assert_allclose(found.estimates[i], beta, rtol=1e-8, atol=1e-9)

    @pytest.mark.parametrize("model", ["slope", "nested"])
    def test_in_portions_as_at_once(self, model, monkeypatch):
        whole = influence(sums_of(model)[0])
        monkeypatch.setattr(influence_module, "_AT_ONCE", 7)
        parts = influence(sums_of(model)[0])
        np.testing.assert_array_equal(parts.groups, whole.groups)
        np.testing.assert_allclose(parts.dfbetas, whole.dfbetas, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(parts.cooks_distance, whole.cooks_distance, rtol=1e-9)

    def test_a_participant_alone_in_an_arm_is_named_as_needed(self):
        codes = trial.participants()
        X = np.column_stack([trial.design(), codes == 5])
        fit = trial.lme4_fit("slope")
        names = (*fit.names, "armd")
        fit = type(fit)(**{**vars(fit), "beta": np.append(fit.beta, 0.0), "names": names})
        found = influence(group_sums(trial.outcome(), X, trial.random_terms("slope"), fit))
        assert found.needed == (5,)
        assert 5 not in found.groups

    def test_terms_name_who_moves_them_and_who_would_flip_them(self):
        sums, fit = sums_of("slope")
        found = influence(sums)
        rows = influence_by_term(found, fit, df=[50.0, None, 49.0, 55.0, 271.0, 50.0])
        for j, row in enumerate(rows):
            assert row.most_influential == np.abs(found.dfbetas[:, j]).argmax()
            assert row.estimate_without == found.estimates[row.most_influential, j]
            flips = np.flatnonzero(found.estimates[:, j] * fit.beta[j] < 0)
            assert set(row.flips_sign) == set(flips)
        assert any(row.flips_significance for row in rows)
        assert not rows[0].flips_significance

    def test_an_outlying_participant_is_found(self):
        y = trial.outcome() + 6.0 * (trial.participants() == 11)
        fit = trial.lme4_fit("slope")
        V = trial.dense_covariance("slope", fit)
        fit = type(fit)(**{**vars(fit), "beta": trial.dense_gls(y, trial.design(), V)[0]})
        sums = group_sums(y, trial.design(), trial.random_terms("slope"), fit)
        assert influence(sums).cooks_distance.argmax() == 11

    def test_participants_are_left_out_where_weeks_cross_them(self):
        terms, fit, V = crossed()
        sums = group_sums(trial.outcome(), trial.design(), terms, fit)
        found = influence(sums)
        assert (found.group, len(found.groups)) == ("participant", 54)
        for i in (0, 20, 53):
            kept = trial.participants() != i
            parts = trial.outcome()[kept], trial.design()[kept], V[np.ix_(kept, kept)]
            beta, covariance = trial.dense_gls(*parts)
            np.testing.assert_allclose(found.estimates[i], beta, rtol=1e-8, atol=1e-9)
            np.testing.assert_allclose(found.se[i], np.sqrt(np.diag(covariance)), rtol=1e-8)

    def test_terms_that_are_not_the_fits_own_are_refused(self):
        fit = trial.lme4_fit("slope")
        with pytest.raises(ValueError, match="no random effects"):
            group_sums(trial.outcome(), trial.design(), trial.random_terms("intercept"), fit)


def by_resampling(model, fit, weights):
    """One bootstrap draw with rows copied: a participant drawn twice is two participants."""
    codes, sites = trial.participants(), trial.sites()
    copies = [i for i, count in enumerate(weights) for _ in range(int(count))]
    rows = [np.flatnonzero(codes == i) for i in copies]
    number = np.repeat(np.arange(len(rows)), [len(r) for r in rows])
    kept = np.concatenate(rows)
    V = fit.residual_variance * np.eye(len(kept))
    for term, estimate in zip(trial.random_terms(model), fit.random, strict=True):
        same = number[:, None] == number if term.group == "participant" else None
        same = sites[kept][:, None] == sites[kept] if same is None else same
        V += same * (term.values[kept] @ estimate.covariance @ term.values[kept].T)
    return trial.dense_gls(trial.outcome()[kept], trial.design()[kept], V)[0]


class TestBootstrap:
    @pytest.mark.parametrize("model", ["slope", "nested"])
    def test_equals_brute_force_on_the_same_draws(self, model):
        sums, fit = sums_of(model)
        found = cluster_bootstrap(sums, n_draws=40, seed=3)
        strata = np.zeros(54, dtype=np.int64) if model == "slope" else np.arange(54) // 9
        weights = draw_weights(np.random.default_rng(3), strata, 40)
        brute = np.array([by_resampling(model, fit, row) for row in weights])
        np.testing.assert_allclose(found.se, brute.std(axis=0, ddof=1), rtol=1e-8)
        np.testing.assert_allclose(found.ci_low, np.quantile(brute, 0.025, axis=0), rtol=1e-6)

    def test_near_the_models_own_standard_errors(self):
        """The data follow the model, so both estimate the same thing."""
        sums, fit = sums_of("two_slopes")
        found = cluster_bootstrap(sums, n_draws=2000, seed=1)
        ratio = found.se / np.sqrt(np.diag(fit.cov_beta))
        assert ((ratio > 0.75) & (ratio < 1.25)).all()
        assert ((found.ci_low < fit.beta) & (fit.beta < found.ci_high)).all()
        assert found.n_failed == 0

    def test_notices_a_random_slope_that_the_model_left_out(self):
        """Participants differ in the effect of exposure: without its slope the SE is too small."""
        sums, fit = sums_of("slope")
        found = cluster_bootstrap(sums, n_draws=1000, seed=1)
        assert found.se[4] > 1.3 * np.sqrt(fit.cov_beta[4, 4])

    def test_crossed_groupings_leave_nothing_to_draw(self):
        terms, fit, _ = crossed()
        sums = group_sums(trial.outcome(), trial.design(), terms, fit)
        with pytest.raises(NotEstimableError, match="independent of each other"):
            cluster_bootstrap(sums)

    def test_the_seed_decides(self):
        sums, _ = sums_of("slope")
        first, again, other = (cluster_bootstrap(sums, n_draws=50, seed=s) for s in (1, 1, 2))
        np.testing.assert_array_equal(first.se, again.se)
        assert not np.array_equal(first.se, other.se)

    def test_draws_keep_the_size_of_every_stratum(self):
        strata = np.array([1, 0, 1, 1, 0, 2])
        weights = draw_weights(np.random.default_rng(0), strata, 100)
        for stratum, size in enumerate([2, 3, 1]):
            assert (weights[:, strata == stratum].sum(axis=1) == size).all()
        np.testing.assert_allclose(weights[:, 0].mean(), 1, atol=0.2)

    def test_sites_are_too_few_for_arms_that_rest_on_one(self):
        """An effect that a single group carries has no bootstrap: refused, not a narrow interval."""
        codes = trial.participants()
        fit = trial.lme4_fit("slope")
        X = np.column_stack([trial.design(), codes == 5])
        fit = type(fit)(
            **{**vars(fit), "beta": np.append(fit.beta, 0.0), "names": (*fit.names, "d")}
        )
        sums = group_sums(trial.outcome(), X, trial.random_terms("slope"), fit)
        with pytest.raises(NotEstimableError, match="had no estimate") as caught:
            cluster_bootstrap(sums, n_draws=100)
        assert caught.value.reason == "bootstrap_failed"
