"""Marginal means of a three-arm trial against emmeans."""

from functools import cache

import numpy as np
import pytest

from models.linear.fit import fit_linear
from models.linear.kenward_roger import kenward_roger
from models.linear.marginal_means import Factor, ReferenceGrid, marginal_means, reference_grid
from tests.models.inference import trial

ARMS = Factor.treatment("arm", "a", {"armb": "b", "armc": "c"})


@cache
def fitted():
    return fit_linear(
        trial.outcome(), trial.design(), trial.NAMES, trial.random_terms("slope"), reml=True
    )


def expected(*path):
    found = trial.numbers()["marginal"]
    for key in path:
        found = found[key]
    return found


def agree(rows, frozen):
    assert [row.label for row in rows] == [row["label"] for row in frozen]
    for row, other in zip(rows, frozen, strict=True):
        assert row.estimate == pytest.approx(other["estimate"], abs=1e-4 * other["se"])
        assert row.se == pytest.approx(other["se"], rel=1e-4)
        assert row.df == pytest.approx(other["df"], rel=1e-3)
        assert row.ci_low == pytest.approx(other["low"], abs=1e-3 * other["se"])
        assert row.ci_high == pytest.approx(other["high"], abs=1e-3 * other["se"])
        assert row.p_value == pytest.approx(other["p.value"], rel=5e-3)


class TestAgainstEmmeans:
    def test_arms_with_satterthwaite(self):
        grid = reference_grid(trial.design(), trial.NAMES, ARMS)
        found = marginal_means(fitted(), grid)
        agree(found.means, expected("satterthwaite", "means"))
        agree(found.pairs, expected("satterthwaite", "pairs"))

    def test_arms_with_kenward_roger(self):
        grid = reference_grid(trial.design(), trial.NAMES, ARMS)
        terms = trial.random_terms("slope")
        adjusted = kenward_roger(trial.outcome(), trial.design(), terms, fitted())
        found = marginal_means(fitted(), grid, method="kr", adjusted=adjusted)
        agree(found.means, expected("kenward_roger", "means"))
        agree(found.pairs, expected("kenward_roger", "pairs"))

    def test_interaction_at_a_stated_week(self):
        X = trial.design()
        X = np.column_stack([X, X[:, 1] * X[:, 3], X[:, 2] * X[:, 3]])
        names = (*trial.NAMES, "armb:week", "armc:week")
        fit = fit_linear(trial.outcome(), X, names, trial.random_terms("slope"))
        grid = reference_grid(X, names, ARMS, at={"week": 5.0})
        found = marginal_means(fit, grid)
        agree(found.means, expected("week5", "means"))
        agree(found.pairs, expected("week5", "pairs"))

    @pytest.mark.parametrize("weights", ["equal", "proportional"])
    def test_averaged_over_another_factor(self, weights):
        early = (trial.sites() < 2).astype(float)
        X = np.column_stack([trial.design()[:, :3], early, trial.design()[:, 3]])
        names = ("(Intercept)", "armb", "armc", "site_fearly", "week")
        fit = fit_linear(trial.outcome(), X, names, trial.random_terms("intercept"))
        site = Factor.treatment("site", "late", {"site_fearly": "early"})
        grid = reference_grid(X, names, ARMS, averaged=[site], weights=weights)
        found = marginal_means(fit, grid)
        agree(found.means, expected("over_site", weights, "means"))
        agree(found.pairs, expected("over_site", weights, "pairs"))


class TestReferenceGrid:
    def test_says_where_everything_stands(self):
        grid = reference_grid(trial.design(), trial.NAMES, ARMS, at={"week": 5.0})
        assert grid.labels == ("a", "b", "c")
        assert grid.description == "week at 5; w, b at the mean of the analysed rows"
        np.testing.assert_allclose(
            grid.rows[1], [1, 1, 0, 5, 0, trial.design()[:, 5].mean()], atol=1e-12
        )

    def test_averaging_is_said(self):
        site = Factor("site", {"x": {"week": 0.0}, "y": {"week": 1.0}})
        grid = reference_grid(trial.design(), trial.NAMES, ARMS, averaged=[site])
        assert grid.description.endswith("averaged over site, levels weighted equally")
        assert grid.rows[0, 3] == 0.5

    def test_proportional_means_weigh_to_the_mean_of_all(self):
        """Averaging the arms' grid by their shares gives the prediction at the mean row."""
        X = trial.design()
        grid = reference_grid(X, trial.NAMES, ARMS)
        shares = [1 - X[:, 1:3].sum(axis=1).mean(), X[:, 1].mean(), X[:, 2].mean()]
        np.testing.assert_allclose(shares @ grid.rows, X.mean(axis=0), atol=1e-12)

    def test_a_single_level_has_no_pairs(self):
        grid = ReferenceGrid(("all",), trial.design().mean(axis=0)[None], "at the mean")
        found = marginal_means(fitted(), grid)
        assert found.pairs == ()
        assert len(found.means) == 1

    def test_unknown_columns_are_named(self):
        with pytest.raises(ValueError, match="no column armd"):
            reference_grid(trial.design(), trial.NAMES, Factor.treatment("arm", "a", {"armd": "d"}))

    def test_a_product_of_what_is_no_column_asks_for_rows(self):
        names = (*trial.NAMES[:5], "armb:poly")
        with pytest.raises(ValueError, match="give the grid's rows"):
            reference_grid(trial.design(), names, ARMS)
