"""Shares of variance against performance/insight, and by hand where those cannot be had."""

import numpy as np
import pytest

from models.linear.explained import explained, standardised_effects
from tests.models.inference import trial


def shares(model):
    return explained(trial.design(), trial.random_terms(model), trial.lme4_fit(model))


class TestExplained:
    @pytest.mark.parametrize("model", ["intercept", "slope", "nested", "two_slopes"])
    def test_as_performance_has_it(self, model):
        found, expected = shares(model), trial.numbers()["fits"][model]["explained"]
        assert found.fixed == pytest.approx(expected["variance_fixed"], rel=1e-6)
        total = sum(value for _, value in found.random)
        assert total == pytest.approx(expected["variance_random"], rel=1e-6)
        assert found.r2_marginal == pytest.approx(expected["marginal"], rel=1e-6)
        assert found.r2_conditional == pytest.approx(expected["conditional"], rel=1e-6)
        assert found.icc_total == pytest.approx(expected["icc"], rel=1e-6)

    def test_uncorrelated_slopes_count_too(self):
        """By hand: insight 0.19 leaves the slope of `||` out, and reports .776 instead."""
        found, fit = shares("uncorrelated"), trial.lme4_fit("uncorrelated")
        week = trial.design()[:, 3]
        level, trend = (float(each.covariance[0, 0]) for each in fit.random)
        expected = level + trend * float((week**2).mean())
        assert found.random == (("participant", pytest.approx(expected)),)

    def test_each_grouping_has_its_share(self):
        found, fit = shares("nested"), trial.lme4_fit("nested")
        assert [group for group, _ in found.icc] == ["participant", "site"]
        site = float(fit.random[1].covariance[0, 0])
        left = sum(value for _, value in found.random) + found.residual
        assert dict(found.icc)["site"] == pytest.approx(site / left)
        assert sum(share for _, share in found.icc) == pytest.approx(found.icc_total)

    def test_nothing_varies(self):
        fit = trial.lme4_fit("intercept")
        flat = type(fit)(**{**vars(fit), "random": (), "residual_variance": 0.0})
        found = explained(np.ones((9, 6)), (), flat)
        assert (found.r2_marginal, found.r2_conditional, found.icc_total) == (None, None, None)


class TestStandardisedEffects:
    def found(self, y=None):
        y = trial.outcome() if y is None else y
        rows = standardised_effects(
            y,
            trial.design(),
            trial.participants(),
            trial.lme4_fit("slope"),
            within=("w",),
            between=("b",),
        )
        return {row.term: row for row in rows}

    def test_each_says_which_spread_it_uses(self):
        assert {term: row.basis for term, row in self.found().items()} == {
            "armb": "difference", "armc": "difference", "week": "total", "w": "within", "b": "between",
        }  # fmt: skip

    def test_by_hand(self):
        beta = dict(zip(trial.NAMES, trial.lme4_fit("slope").beta.tolist(), strict=True))
        frame = trial.rows()
        y, codes, X = trial.outcome(), trial.participants(), trial.design()
        means = frame.drop("arm").group_by("participant").mean().sort("participant")
        found = self.found()
        assert found["armb"].value == pytest.approx(beta["armb"] / y.std(ddof=1))
        week = X[:, 3].std(ddof=1) / y.std(ddof=1)
        assert found["week"].value == pytest.approx(beta["week"] * week)
        own = y - means["alliance"].to_numpy()[codes]
        within = np.sqrt((X[:, 4] @ X[:, 4]) / (own @ own))
        assert found["w"].value == pytest.approx(beta["w"] * within)
        between = means["exposure"].std() / means["alliance"].std()
        assert found["b"].value == pytest.approx(beta["b"] * between)

    def test_no_spread_within_means_no_number(self):
        flat = np.bincount(trial.participants())[trial.participants()].astype(float)
        assert self.found(flat)["w"].value is None
