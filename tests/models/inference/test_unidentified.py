"""A covariance that nobody's rows tell of, and what is said where there are no df."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from models import alliance_card
from models.alliance import fit_alliance
from models.errors import NotEstimableError
from models.linear import kenward_roger as kr_module
from models.linear.fit import fit_linear
from models.linear.kenward_roger import kenward_roger
from models.linear.satterthwaite import satterthwaite_df
from models.random_terms import RandomTerm
from models.table.fit import fit_table
from tests.models import simulate

NAMES = ("(Intercept)", "week")
N_PEOPLE, N_WEEKS = 30, 5


def rows(*, sizes=(1.0, 2.0)):
    """Two arms of persons, balanced over weeks."""
    rng = np.random.default_rng(5)
    codes = np.repeat(np.arange(N_PEOPLE), N_WEEKS)
    week = np.tile(np.arange(N_WEEKS, dtype=np.float64), N_PEOPLE)
    arm = codes % 2
    level = rng.normal(size=N_PEOPLE) * np.array(sizes)[np.arange(N_PEOPLE) % 2]
    y = 0.5 * week + level[codes] + rng.normal(size=len(codes))
    return y, np.column_stack((np.ones(len(codes)), week)), arm, codes


def by_arm(arm, codes, *, is_correlated):
    both = np.column_stack((1.0 - arm, arm))
    return RandomTerm("id", ("armA", "armB"), both, codes, is_correlated=is_correlated)


class TestArmsBetweenPersons:
    """(0 + arm | id): nobody is in both arms."""

    def test_kenward_roger_is_that_of_arms_apart(self):
        y, X, arm, codes = rows()
        found = []
        for is_correlated in (True, False):
            term = by_arm(arm, codes, is_correlated=is_correlated)
            fit = fit_linear(y, X, NAMES, (term,))
            small = kenward_roger(y, X, (term,), fit)
            found.append(
                (small.df(np.eye(2)), small.cov_beta_adjusted, satterthwaite_df(fit, X[:1]))
            )
        for one, other in zip(*found, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4)

    def test_slope_in_a_balanced_design(self):
        y, X, arm, codes = rows()
        term = by_arm(arm, codes, is_correlated=True)
        fit = fit_linear(y, X, NAMES, (term,))
        small = kenward_roger(y, X, (term,), fit)
        assert small.df(np.eye(2))[1] == pytest.approx(N_PEOPLE * (N_WEEKS - 1) - 1, rel=1e-5)
        se = np.sqrt(fit.residual_variance / (N_PEOPLE * 10))
        assert np.sqrt(small.cov_beta_adjusted[1, 1]) == pytest.approx(se, rel=1e-5)

    def test_the_fit_says_so(self):
        y, X, arm, codes = rows()
        fits = [
            fit_linear(y, X, NAMES, (by_arm(arm, codes, is_correlated=is_correlated),))
            for is_correlated in (True, False)
        ]
        assert [(fit.is_identified, fit.is_singular) for fit in fits] == [
            (False, True),
            (True, False),
        ]

    def test_the_table_warns(self):
        y, X, arm, codes = rows()
        columns = {"y": y, "week": X[:, 1], "arm": np.array(["a", "b"])[arm], "id": codes}
        fit = fit_table(pl.DataFrame(columns), "y ~ week + (0 + arm | id)", df="kr")
        assert fit.singular
        assert any("do not say how the random effects vary together" in w for w in fit.warnings)
        assert [row.df for row in fit.fixed][1] == pytest.approx(119, rel=1e-4)


def no_df(*_):
    raise NotEstimableError("There are none.", reason="df")


class TestNoDegreesOfFreedom:
    def small(self):
        y, X, _, codes = rows()
        term = RandomTerm("id", NAMES[:1], X[:, :1], codes)
        return y, X, term, fit_linear(y, X, NAMES, (term,))

    def test_kenward_roger_refuses(self):
        y, X, term, fit = self.small()
        found = kenward_roger(y, X, (term,), fit)
        for none in (0.0, np.nan):
            broken = replace(found, cov_variances=none * found.cov_variances)
            with pytest.raises(NotEstimableError, match="Kenward and Roger's") as error:
                broken.df(np.eye(2))
            assert error.value.reason == "df"

    def test_negative_df_are_none(self):
        y, X, term, fit = self.small()
        found = kenward_roger(y, X, (term,), fit)
        with pytest.raises(NotEstimableError, match="Kenward and Roger's"):
            replace(found, cov_variances=-found.cov_variances).df(np.eye(2))

    def test_a_table_falls_back(self, monkeypatch):
        y, X, _, codes = rows()
        frame = pl.DataFrame({"y": y, "week": X[:, 1], "id": codes})
        expected = fit_table(frame, "y ~ week + (1 | id)")
        monkeypatch.setattr(kr_module, "kenward_roger", no_df)
        found = fit_table(frame, "y ~ week + (1 | id)", df="kr")
        assert found.fixed == expected.fixed
        assert any("not Kenward and Roger's. There are none." in w for w in found.warnings)

    def test_the_card_falls_back(self, monkeypatch):
        truth = simulate.Truth(within=(0.2,), between=(-0.3,))
        frame = simulate.rows(truth, n_participants=60, n_occasions=5, seed=3)
        monkeypatch.setattr(alliance_card, "satterthwaite_df", no_df)
        found = fit_alliance(frame, simulate.spec("f0"))
        assert found.status == "fitted"
        assert all(row.df is None for row in found.coefficients)
        assert any("normal distribution. There are none." in w for w in found.warnings)
