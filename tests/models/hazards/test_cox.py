"""Cox models against R's survival and statsmodels; what they refuse; what they recover."""

import numpy as np
import pytest
from statsmodels.duration.hazard_regression import PHReg

from models.errors import NotEstimableError
from models.hazards import fit_hazards
from models.partial_likelihood import RiskRows, partial_likelihood, score_residuals
from tests.models.hazards import data


def fit_case(name):
    sites = {"strata": data.people()["site"].to_numpy()}
    weekly_sites = {"strata": data.weekly()["site"].to_numpy()}
    cases = {
        "simple": lambda: data.people_arguments(),
        "clustered": lambda: data.people_arguments() | {"robust": True},
        "strata": lambda: data.people_arguments() | sites,
        "other_cause": lambda: data.people_arguments("left"),
        "weekly": lambda: data.weekly_arguments(),
        "weekly_clustered": lambda: data.weekly_arguments() | {"robust": True},
        "weekly_strata": lambda: data.weekly_arguments() | weekly_sites,
    }
    return fit_hazards(**cases[name]())


CASES = [
    "simple",
    "clustered",
    "strata",
    "other_cause",
    "weekly",
    "weekly_clustered",
    "weekly_strata",
]


@pytest.mark.parametrize("case", CASES)
def test_numbers_of_r(case):
    expected, fit = data.numbers()[case], fit_case(case)
    assert expected["converged"]
    assert (fit.n_rows, fit.n_events) == (expected["n"], expected["n_events"])
    assert [fit.null_log_likelihood, fit.log_likelihood] == pytest.approx(
        expected["loglik"], rel=1e-9
    )
    gap = (fit.beta - expected["estimate"]) / expected["se"]
    assert np.abs(gap).max() < 1e-7
    assert [term.se for term in fit.terms] == pytest.approx(expected["se"], rel=1e-7)
    if "robust_se" in expected:
        assert [term.robust_se for term in fit.terms] == pytest.approx(
            expected["robust_se"], rel=1e-7
        )
        assert fit.terms[0].statistic == pytest.approx(
            fit.beta[0] / expected["robust_se"][0], rel=1e-7
        )
    assert fit.concordance == pytest.approx(expected["concordance"], rel=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_proportional_hazards_as_r_tests_them(case):
    expected, tests = data.numbers()[case]["zph"], fit_case(case).proportional
    assert [test.term for test in tests] == ["arm_b", expected["term"][1], "all"]
    assert [test.statistic for test in tests] == pytest.approx(expected["chisq"], rel=1e-6)
    assert [test.p_value for test in tests] == pytest.approx(expected["p"], rel=1e-6)
    assert [test.df for test in tests] == expected["df"]


def test_statsmodels_agrees_where_no_row_begins_at_an_event():
    arguments = data.people_arguments()
    other = PHReg(
        arguments["stop"],
        arguments["covariates"],
        status=arguments["is_event"].astype(int),
        ties="efron",
    ).fit(method="newton")
    fit = fit_hazards(**arguments)
    assert fit.beta == pytest.approx(other.params, rel=1e-5)
    assert fit.log_likelihood == pytest.approx(other.llf, rel=1e-9)


def test_gradient_and_information_are_derivatives():
    arguments = data.weekly_arguments()
    rows = RiskRows(
        arguments["start"],
        arguments["stop"],
        arguments["is_event"],
        arguments["covariates"],
        data.weekly()["site"].to_numpy() - 1,
    )
    beta, step = np.array([0.3, -0.4]), 1e-5
    at = partial_likelihood(rows, beta)
    for j, move in enumerate(np.eye(2) * step):
        above, below = partial_likelihood(rows, beta + move), partial_likelihood(rows, beta - move)
        assert at.gradient[j] == pytest.approx((above.value - below.value) / (2 * step), rel=1e-5)
        assert at.information[j] == pytest.approx(
            (below.gradient - above.gradient) / (2 * step), rel=1e-5
        )
    assert score_residuals(rows, beta).sum(axis=0) == pytest.approx(at.gradient, abs=1e-9)


def test_three_rows_by_hand():
    """Events at 1 (x = 1) and 2 (x = 0), the third goes on (x = 1): log e/(2e+1) + log 1/(1+e)."""
    rows = RiskRows(
        np.full(3, -np.inf),
        np.array([1.0, 2.0, 3.0]),
        np.array([True, True, False]),
        np.array([[1.0], [0.0], [1.0]]),
        np.zeros(3, dtype=np.int64),
    )
    e = np.exp(0.7)
    wanted = np.log(e / (2 * e + 1)) + np.log(1 / (1 + e))
    assert partial_likelihood(rows, np.array([0.7])).value == pytest.approx(wanted, rel=1e-14)


class TestInvariants:
    def test_cutting_rows_changes_nothing(self):
        whole = data.people_arguments()
        n, cut = len(whole["stop"]), 10.0
        late = whole["stop"] > cut
        pieces = {
            "start": np.concatenate((np.zeros(n), np.full(late.sum(), cut))),
            "stop": np.concatenate((np.minimum(whole["stop"], cut), whole["stop"][late])),
            "is_event": np.concatenate((whole["is_event"] & ~late, whole["is_event"][late])),
            "covariates": np.vstack((whole["covariates"], whole["covariates"][late])),
            "participant": np.concatenate((np.arange(n), np.flatnonzero(late))),
        }
        a = fit_hazards(**whole, robust=True)
        b = fit_hazards(**pieces, names=whole["names"], robust=True)
        assert b.log_likelihood == pytest.approx(a.log_likelihood, rel=1e-12)
        assert b.beta == pytest.approx(a.beta, rel=1e-8)
        assert [t.robust_se for t in b.terms] == pytest.approx(
            [t.robust_se for t in a.terms], rel=1e-8
        )
        assert b.n_participants == a.n_participants

    def test_shift_and_scale_of_covariates_and_order_of_rows(self):
        arguments = data.people_arguments()
        order = np.random.default_rng(1).permutation(len(arguments["stop"]))
        moved = {
            "stop": arguments["stop"][order],
            "is_event": arguments["is_event"][order],
            "covariates": 1e4 + 10 * arguments["covariates"][order],
        }
        a, b = fit_hazards(**arguments), fit_hazards(**moved, names=arguments["names"])
        assert 10 * b.beta == pytest.approx(a.beta, rel=1e-7)
        assert 10 * b.terms[0].se == pytest.approx(a.terms[0].se, rel=1e-7)

    def test_only_the_order_of_days_matters_to_the_estimate(self):
        arguments = data.people_arguments()
        a = fit_hazards(**arguments)
        b = fit_hazards(**(arguments | {"stop": arguments["stop"] ** 2}))
        assert b.beta == pytest.approx(a.beta, rel=1e-10)


class TestRefused:
    def refuse(self, reason, **changes):
        with pytest.raises(NotEstimableError) as error:
            fit_hazards(**(data.people_arguments() | changes))
        assert error.value.reason == reason
        return str(error.value)

    def test_no_event(self):
        assert "Nobody had the event" in self.refuse(
            "no_events", is_event=np.zeros(120, dtype=bool)
        )

    def test_a_term_that_tells_without_exception(self):
        arguments = data.people_arguments()
        rare = np.zeros(120)
        rare[np.flatnonzero(~arguments["is_event"])[:6]] = 1.0
        text = self.refuse(
            "monotone_likelihood",
            covariates=np.column_stack((arguments["covariates"], rare)),
            names=("arm_b", "age", "visited"),
        )
        assert "'visited' tells without exception" in text
        assert "arm_b" not in text

    def test_collinear_terms_are_named(self):
        covariates = data.people_arguments()["covariates"]
        text = self.refuse(
            "collinear",
            covariates=np.column_stack((covariates, 2 * covariates[:, 1] - 3)),
            names=("arm_b", "age", "age again"),
        )
        assert text.startswith("'age' and 'age again' say the same")

    def test_a_constant_term(self):
        text = self.refuse("constant", covariates=np.ones((120, 1)), names=("one",))
        assert "'one' is the same in every row" in text

    def test_a_term_that_only_differs_between_strata(self):
        site = data.people()["site"].to_numpy()
        arguments = data.people_arguments()
        self.refuse(
            "no_variation",
            covariates=np.column_stack((arguments["covariates"], site == 1)),
            names=("arm_b", "age", "site 1"),
            strata=site,
        )

    def test_rows_that_overlap_or_end_before_they_start(self):
        arguments = data.weekly_arguments()
        with pytest.raises(ValueError, match="overlap"):
            fit_hazards(**(arguments | {"participant": np.ones(len(arguments["stop"]))}))
        with pytest.raises(ValueError, match="end after it starts"):
            fit_hazards(**(arguments | {"start": arguments["stop"]}))


def test_few_events_are_told():
    arguments = data.people_arguments()
    late = np.cumsum(arguments["is_event"]) > 15
    fit = fit_hazards(**(arguments | {"is_event": arguments["is_event"] & ~late}))
    assert fit.warnings[0].startswith("15 events for 2 terms: fewer than 10 per term")
    assert fit_hazards(**arguments).warnings == ()


def test_a_ratio_that_turns_round_is_told():
    rng = np.random.default_rng(4)
    x = np.repeat([0.0, 1.0], 300)
    time = np.where(x == 1, rng.weibull(3.0, 600), rng.weibull(0.6, 600)) * 30
    fit = fit_hazards(time, np.ones(600, dtype=bool), x[:, None], ("plan",))
    assert fit.proportional[0].correlation > 0.3
    assert "'plan' changes over time" in fit.warnings[-1]


def test_the_truth_is_recovered_and_covered():
    covered, estimates = 0, []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(150, 1))
        ceased = rng.exponential(40 * np.exp(-0.5 * x[:, 0]))
        left = rng.exponential(90, size=150)
        fit = fit_hazards(np.minimum(ceased, left), ceased <= left, x, ("x",))
        covered += fit.terms[0].ratio_low < np.exp(0.5) < fit.terms[0].ratio_high
        estimates.append(fit.beta[0])
    assert np.mean(estimates) == pytest.approx(0.5, abs=0.03)
    assert 90 <= covered <= 100


def test_concordance_is_the_share_of_pairs():
    arguments = data.weekly_arguments()
    score = np.round(arguments["covariates"][:, 1])
    fit = fit_hazards(**(arguments | {"covariates": score[:, None], "names": ("alliance",)}))
    start, stop, is_event = (arguments[name] for name in ("start", "stop", "is_event"))
    right, pairs = 0.0, 0
    for i in np.flatnonzero(is_event):
        goes_on = (start < stop[i]) & ((stop > stop[i]) | ((stop == stop[i]) & ~is_event))
        lower = np.sign(fit.beta[0]) * (score[i] - score[goes_on])
        right += (lower > 0).sum() + 0.5 * (lower == 0).sum()
        pairs += goes_on.sum()
    assert fit.concordance == pytest.approx(right / pairs, rel=1e-12)
    alone = fit_hazards(np.ones(9), np.ones(9, dtype=bool), np.arange(9.0)[:, None], ("x",))
    assert alone.concordance is None
    assert alone.proportional == ()
