"""Log-rank tests and competing events against R's survival, and closed forms."""

import numpy as np
import pytest
from statsmodels.duration.survfunc import survdiff

from models.competing_events import cumulative_incidence
from models.errors import NotEstimableError
from models.log_rank import log_rank
from models.survival import kaplan_meier
from tests.models.hazards import data

FRAME = data.people()
DAYS = FRAME["day"].to_list()
CEASED = (FRAME["cause"] == "ceased").to_list()
SITE = FRAME["site"].cast(str).to_list()


@pytest.mark.parametrize(
    ("case", "group", "strata"),
    [
        ("log_rank_arm", FRAME["arm"].to_list(), None),
        ("log_rank_site", SITE, None),
        ("log_rank_strata", FRAME["arm"].to_list(), SITE),
    ],
)
def test_log_rank_as_in_r(case, group, strata):
    expected, got = data.numbers()[case], log_rank(DAYS, CEASED, group, strata)
    assert got.statistic == pytest.approx(expected["chisq"], rel=1e-9)
    assert got.observed == pytest.approx(expected["observed"])
    assert got.expected == pytest.approx(expected["expected"], rel=1e-9)
    assert got.df == len(set(group)) - 1
    assert sum(got.observed) == pytest.approx(sum(got.expected))


def test_log_rank_as_in_statsmodels():
    got = log_rank(DAYS, CEASED, SITE)
    statistic, p_value = survdiff(np.array(DAYS), np.array(CEASED).astype(int), np.array(SITE))
    assert (got.statistic, got.p_value) == pytest.approx((statistic, p_value), rel=1e-9)


def test_log_rank_refuses_what_cannot_be_compared():
    with pytest.raises(NotEstimableError, match="two groups"):
        log_rank(DAYS, CEASED, ["a"] * len(DAYS))
    with pytest.raises(NotEstimableError, match="at least one event"):
        log_rank(DAYS, [False] * len(DAYS), SITE)
    with pytest.raises(NotEstimableError, match="never at risk together"):
        log_rank(
            [1, 1, 9, 9], [True, False, True, False], ["a", "a", "b", "b"], ["s", "s", "t", "t"]
        )


def causes():
    return [None if name == "none" else name for name in FRAME["cause"].to_list()]


def test_competing_events_as_in_r():
    expected, got = data.numbers()["incidence"], cumulative_incidence(DAYS, causes())
    assert got.causes == ("ceased", "left")
    place = [max(i for i, day in enumerate(got.days) if day <= at) for at in expected["day"]]
    for j, cause in enumerate(got.causes):
        assert [got.incidence[j][i] for i in place] == pytest.approx(expected[cause], rel=1e-9)
        assert [got.se[j][i] for i in place] == pytest.approx(expected[f"se_{cause}"], rel=1e-7)


def test_shares_add_up_to_one_and_stay_below_one_minus_kaplan_meier():
    got = cumulative_incidence(DAYS, causes())
    free = kaplan_meier(DAYS, [cause is not None for cause in causes()]).survival
    both = np.sum(got.incidence, axis=0)
    assert both + np.array(free) == pytest.approx(np.ones(len(both)))
    alone = 1 - np.array(kaplan_meier(DAYS, CEASED).survival)
    assert np.all(np.array(got.incidence[0]) <= alone + 1e-12)


def test_without_censoring_it_is_the_share_seen():
    got = cumulative_incidence([1, 2, 2, 3], ["a", "b", "a", "a"])
    assert got.incidence == ((0.25, 0.5, 0.75), (0.0, 0.25, 0.25))
    assert got.se[0][1] == pytest.approx(np.sqrt(0.5 * 0.5 / 4))


def test_nobody_had_any_event():
    got = cumulative_incidence([1, 2], [None, None])
    assert (got.causes, got.incidence) == ((), ())
