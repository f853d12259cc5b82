"""Numbers against glmer and glmmTMB; see tests/reference/generalised/make_generalised.R.

Converged first, then the likelihood, the estimates, their standard errors, the variances.
"""

import numpy as np
import pytest

from models.errors import NotEstimableError
from models.generalised.fit import fit_generalised
from models.generalised.hurdle import fit_hurdle
from tests.models.generalised.cases import NAMES, column, design, numbers, random_term

DUE = {"trials": column("due")}
RATE = {"family": "poisson", "offset": np.log(column("minutes") / 10)}
SLOPE, DIAGONAL = {"kind": "slope"}, {"kind": "diagonal"}
CASES = {
    "due_intercept_1": ("done", {**DUE}),
    "due_intercept_7": ("done", {**DUE, "nodes": 7}),
    "due_intercept_15": ("done", {**DUE, "nodes": 15}),
    "any_intercept": ("any", {}),
    "any_intercept_tmb": ("any", {}),
    "any_slope": ("any", SLOPE),
    "any_slope_tmb": ("any", SLOPE),
    "any_diagonal": ("any", DIAGONAL),
    "any_diagonal_tmb": ("any", DIAGONAL),
    "messages": ("messages", RATE),
    "messages_tmb": ("messages", RATE),
    "messages_7": ("messages", {**RATE, "nodes": 7}),
    "messages_slope": ("messages", {**RATE, **SLOPE}),
    "taps": ("taps", {"family": "negbinomial"}),
}
# glmer's objective at nAGQ > 1 leaves out a constant, so that its log-likelihood cannot be compared.
WITHOUT_CONSTANT = {"due_intercept_7", "due_intercept_15", "messages_7"}


def fit(outcome, options):
    options = dict(options)
    random = random_term(options.pop("kind", "intercept"))
    return fit_generalised(column(outcome), design(), NAMES, random, **options)


@pytest.mark.parametrize("case", CASES)
def test_same_as_r(case):
    expected = numbers()["fits"][case]
    got = fit(*CASES[case])
    assert expected["converged"]
    assert got.gradient_norm < 1e-5
    assert got.n_rows == expected["n"]
    assert_same(got, expected, compares_likelihood=case not in WITHOUT_CONSTANT)


def assert_same(got, expected, *, compares_likelihood=True):
    if compares_likelihood:
        assert got.log_likelihood == pytest.approx(expected["loglik"], rel=1e-6)
    gap = (got.beta - expected["estimate"]) / expected["se"]
    assert np.abs(gap).max() < 1e-5
    assert np.sqrt(np.diag(got.cov_beta)) == pytest.approx(expected["se"], rel=1e-4)
    covariance = got.random[0].covariance
    lower = covariance[np.tril_indices(len(covariance))]
    assert lower == pytest.approx(expected["covariance"], rel=1e-3)
    if got.dispersion is not None:
        assert got.dispersion == pytest.approx(expected["size"], rel=1e-5)


@pytest.mark.parametrize(
    ("family", "case"),
    [("poisson", "visits_truncated_poisson"), ("negbinomial", "visits_truncated_nbinom2")],
)
def test_hurdle(family, case):
    whether, how_much = numbers()["fits"]["visits_any"], numbers()["fits"][case]
    got = fit_hurdle(column("visits"), design(), NAMES, random_term(), family=family)
    assert whether["converged"]
    assert how_much["converged"]
    assert_same(got.any, whether)
    assert_same(got.positive, how_much)
    total = whether["loglik"] + how_much["loglik"]
    assert got.log_likelihood == pytest.approx(total, rel=1e-6)
    assert got.n_zeros == int((column("visits") == 0).sum())
    assert got.n_parameters == 10 + (family == "negbinomial")


def test_singular_fit_is_reported_and_still_right():
    expected = numbers()["fits"]["even"]
    got = fit("even", {})
    assert expected["singular"]
    assert got.is_singular
    assert got.random[0].covariance[0, 0] == 0
    assert any("singular" in warning for warning in got.warnings)
    assert got.log_likelihood == pytest.approx(expected["loglik"], rel=1e-6)
    gap = (got.beta - expected["estimate"]) / expected["se"]
    assert np.abs(gap).max() < 1e-5
    assert np.sqrt(np.diag(got.cov_beta)) == pytest.approx(expected["se"], rel=1e-4)


def test_singular_fit_may_be_refused_and_others_are_not():
    with pytest.raises(NotEstimableError) as refused:
        fit("even", {"refuse_singular": True})
    assert refused.value.reason == "singular"
    assert fit("taps", {"family": "negbinomial", "refuse_singular": True}).is_singular is False


def test_glmer_nb_is_another_approximation_and_near():
    """glmer.nb puts the expected information into Laplace's determinant, glmmTMB the observed."""
    by_lme4 = numbers()["fits"]["taps_lme4"]
    got = fit("taps", {"family": "negbinomial"})
    assert got.dispersion == pytest.approx(by_lme4["size"], rel=0.01)
    assert got.log_likelihood == pytest.approx(by_lme4["loglik"], abs=0.2)
    gap = (got.beta - by_lme4["estimate"]) / np.sqrt(np.diag(got.cov_beta))
    assert np.abs(gap).max() < 0.3


def test_nodes_change_the_answer_and_settle():
    laplace, seven, fifteen = (fit("done", {**DUE, "nodes": k}) for k in (1, 7, 15))
    assert abs(laplace.log_likelihood - seven.log_likelihood) > 1e-2
    assert seven.log_likelihood == pytest.approx(fifteen.log_likelihood, abs=1e-2)
    assert (laplace.method, seven.method) == ("laplace", "agq:7")


def test_reference_says_what_made_it():
    made = numbers()
    assert made["r"].startswith("R version")
    assert set(made["versions"]) == {"lme4", "glmmTMB", "TMB"}
