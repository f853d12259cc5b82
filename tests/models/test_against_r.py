"""Numbers against lme4, geepack and survival; see tests/reference/make_reference.R for the calls.

Converged comes first, then the likelihood, then estimates, standard errors and variances: estimates
can agree where the rest is wrong.
"""

import numpy as np
import polars as pl
import pytest

from models.adherence import fit_weekly_adherence
from models.alliance import fit_alliance
from models.linear.fit import fit_linear
from models.multiplicity import benjamini_hochberg, holm
from models.panel import within_between
from models.random_terms import RandomTerm
from models.survival import kaplan_meier
from tests.models import reference, simulate

ALLIANCE_TERMS = {
    "(Intercept)": "intercept",
    "week": "week",
    "armb": "arm:b",
    "w_praise": "within:praise",
    "w_reminder": "within:reminder",
    "b_praise": "between:praise",
    "b_reminder": "between:reminder",
}


@pytest.fixture(scope="module")
def fitted():
    return fit_alliance(reference.alliance_rows(), simulate.spec("praise", "reminder"))


def variances(result):
    """As lme4 orders them: variances, then the covariance, then the residual."""
    return [row.variance_or_covariance for row in result.variance_components]


class TestRandomSlope:
    expected = property(lambda self: reference.numbers()["lmer"]["(week | participant)"])

    def test_both_converged_on_the_same_rows(self, fitted):
        assert self.expected["converged"]
        assert (fitted.status, fitted.is_converged, fitted.is_singular) == ("fitted", True, False)
        assert fitted.n_rows == self.expected["n"]

    def test_log_likelihood(self, fitted):
        assert fitted.log_likelihood == pytest.approx(self.expected["loglik"], rel=1e-6)

    def test_fixed_effects_to_a_hundred_thousandth_of_their_standard_error(self, fitted):
        got = [fitted.coefficient(ALLIANCE_TERMS[t]).estimate for t in self.expected["term"]]
        gap = (np.array(got) - self.expected["estimate"]) / self.expected["se"]
        assert np.abs(gap).max() < 1e-5

    def test_standard_errors(self, fitted):
        got = [fitted.coefficient(ALLIANCE_TERMS[t]).se for t in self.expected["term"]]
        assert got == pytest.approx(self.expected["se"], rel=1e-4)

    def test_variances(self, fitted):
        random = {(r["term1"], r["term2"]): r["vcov"] for r in self.expected["random"]}
        assert variances(fitted) == pytest.approx(list(random.values()), rel=1e-3)

    def test_satterthwaite_df(self, fitted):
        expected = dict(zip(self.expected["term"], self.expected["satterthwaite_df"], strict=True))
        for term, df in expected.items():
            assert fitted.coefficient(ALLIANCE_TERMS[term]).df == pytest.approx(df, rel=1e-3)


class TestRandomIntercept:
    expected = property(lambda self: reference.numbers()["lmer"]["(1 | participant)"])

    def test_fit(self):
        score, X, ones, codes = intercept_only_design()
        random = RandomTerm("participant", ("(Intercept)",), ones, codes)
        fit = fit_linear(score, X, tuple("abcdefg"), (random,))
        assert fit.log_likelihood == pytest.approx(self.expected["loglik"], rel=1e-6)
        gap = (fit.beta - self.expected["estimate"]) / self.expected["se"]
        assert np.abs(gap).max() < 1e-5
        assert np.sqrt(np.diag(fit.cov_beta)) == pytest.approx(self.expected["se"], rel=1e-4)
        got = [fit.random[0].covariance[0, 0], fit.residual_variance]
        assert got == pytest.approx([r["vcov"] for r in self.expected["random"]], rel=1e-3)


def intercept_only_design():
    """The reference's y, X, Z and participant codes, made apart from `models.design`."""
    frame = pl.read_csv(reference.FOLDER / "alliance.csv", infer_schema_length=None)
    codes = np.unique(frame["participant"].to_numpy(), return_inverse=True)[1]
    counts = frame.select("praise", "reminder").to_numpy().astype(float)
    within, between = within_between(counts, codes)
    week = frame["weeks"].to_numpy() - frame["weeks"].mean()
    arm = (frame["arm"] == "b").to_numpy().astype(float)
    ones = np.ones((len(week), 1))
    return (
        frame["score"].to_numpy(),
        np.column_stack((ones, week, arm, within, between)),
        ones,
        codes,
    )


class TestSingular:
    expected = property(lambda self: reference.numbers()["lmer"]["singular"])

    def test_is_flagged_and_still_at_the_maximum(self):
        result = fit_alliance(reference.singular_rows(), simulate.spec("praise"))
        assert self.expected["singular"]
        assert result.is_converged
        assert result.is_singular
        assert result.log_likelihood == pytest.approx(self.expected["loglik"], rel=1e-6)
        assert any("singular" in warning for warning in result.warnings)
        assert {c.name: c.is_passed for c in result.checks}["not singular"] is False
        week = result.coefficient("week")
        assert week.estimate == pytest.approx(self.expected["estimate"][1], rel=1e-4)
        assert week.se == pytest.approx(self.expected["se"][1], rel=1e-3)


def test_the_second_opinion_on_weekly_adherence_matches_geepack():
    expected = reference.numbers()["gee"]
    result = fit_weekly_adherence(reference.adherence_weeks(), simulate.spec("praise"))
    assert expected["converged"]
    assert result.is_converged
    assert result.n_participants == 60
    equations = {one.term: one for one in result.opinions if one.method == "gee"}
    rows = [equations[t] for t in ("intercept", "week", "within:praise", "between:praise")]
    gap = (np.array([row.estimate for row in rows]) - expected["estimate"]) / expected["se"]
    # The moment estimator of the working correlation divides by another count in geepack.
    assert result.working_correlation == pytest.approx(expected["correlation"], rel=0.02)
    assert np.abs(gap).max() < 5e-3
    assert [row.se for row in rows] == pytest.approx(expected["se"], rel=5e-3)


@pytest.mark.parametrize("case", ["ties", "level", "unreached"])
def test_kaplan_meier_matches_survival(case):
    expected = reference.numbers()["km"][case]
    curve = kaplan_meier(expected["days"], [bool(e) for e in expected["event"]])
    assert list(curve.days) == expected["time"]
    assert list(curve.n_at_risk) == expected["at_risk"]
    assert curve.survival == pytest.approx(expected["survival"], abs=1e-12)
    assert_same(curve.ci_low, expected["low"])
    assert_same(curve.ci_high, expected["high"])
    middle = (curve.half_life, curve.half_life_low, curve.half_life_high)
    assert middle == tuple(expected["median"])


def assert_same(got, want):
    assert [value is None for value in got] == [value is None for value in want]
    known = [(g, w) for g, w in zip(got, want, strict=True) if w is not None]
    assert [g for g, _ in known] == pytest.approx([w for _, w in known], abs=1e-9)


def test_adjusted_p_values_match_p_adjust():
    expected = reference.numbers()["adjusted"]
    assert benjamini_hochberg(expected["p"]) == pytest.approx(expected["bh"], rel=1e-12)
    assert holm(expected["p"]) == pytest.approx(expected["holm"], rel=1e-12)


def test_reference_says_what_made_it():
    made = reference.numbers()
    assert made["r"].startswith("R version")
    assert set(made["versions"]) == {"lme4", "lmerTest", "geepack", "survival"}
    assert (reference.FOLDER / made["made_by"]).exists()


def test_other_units_of_exposure_change_nothing_but_units(fitted):
    tenfold = reference.alliance_rows().with_columns(pl.col("n_exposures") * 10)
    other = fit_alliance(tenfold, simulate.spec("praise", "reminder"))
    mine, theirs = fitted.coefficient("within:praise"), other.coefficient("within:praise")
    assert theirs.estimate * 10 == pytest.approx(mine.estimate, rel=1e-6)
    assert theirs.statistic == pytest.approx(mine.statistic, rel=1e-6)
    shift = 4 * np.log(10)  # four columns: REML's log-likelihood knows the units of X
    assert other.log_likelihood + shift == pytest.approx(fitted.log_likelihood, abs=1e-5)
