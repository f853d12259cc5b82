"""Accrual against R (MASS, qnbinom), simulation, and what it refuses."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.monitoring.accrual import (
    Accrual,
    band,
    chance_of,
    chance_of_silence,
    days_until,
    dispersion,
    fit_accrual,
    site_rates,
)

FOLDER = Path(__file__).parents[2] / "reference" / "monitoring"
R = json.loads((FOLDER / "reference.json").read_text(encoding="utf-8"))


def test_rates_of_sites_are_those_of_glm_nb():
    case = R["accrual"]
    mean, shape = site_rates(
        np.array(case["enrolled"], dtype=float), np.array(case["days"], dtype=float)
    )
    assert mean == pytest.approx(case["mean"], rel=1e-4)
    assert shape == pytest.approx(case["shape"], rel=1e-3)


def test_sites_that_differ_by_chance_alone_share_a_rate():
    days = np.full(6, 100.0)
    assert site_rates(np.full(6, 20.0), days) == (0.2, None)
    known = fit_accrual([20] * 6, [100.0] * 6)
    assert known.per_day == pytest.approx(6 * 0.2, rel=0.01)


def test_the_forecast_is_negative_binomial():
    case = R["forecast"]
    known = Accrual(case["shape"], case["rate"], 1.0)
    for name, chance in (("low", 0.1), ("middle", 0.5), ("high", 0.9)):
        assert list(band(known, case["days"], chance)) == case[name]
    for days, chance, silence in zip(
        case["days"], case["chance_of_15"], case["silence"], strict=True
    ):
        assert chance_of(known, 15, days) == pytest.approx(chance, rel=1e-9)
        assert chance_of_silence(known, days) == pytest.approx(silence, rel=1e-9)


def test_few_sites_stand_on_their_own():
    known = fit_accrual([10, 20], [100.0, 100.0])
    assert (known.shape, known.rate) == pytest.approx((31, 100))
    assert known.site_shape is None


def test_sites_that_opened_at_different_times_by_moments():
    rng = np.random.default_rng(1)
    enrolled, days = [12, 30, 5], [60.0, 200.0, 30.0]
    known = fit_accrual(enrolled, days)
    drawn = sum(rng.gamma(n + 0.5, 1 / t, 200_000) for n, t in zip(enrolled, days, strict=True))
    assert known.per_day == pytest.approx(drawn.mean(), rel=0.01)
    counts = rng.poisson(drawn * 90)
    for chance in (0.1, 0.9):
        assert band(known, [90], chance)[0] == pytest.approx(np.quantile(counts, chance), abs=2)


@pytest.mark.exhaustive
def test_the_band_covers_what_comes():
    """Sites with rates of their own: 80 % bands hold about 80 % of what then comes."""
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(300):
        rates = rng.gamma(2, 0.05, 12)
        so_far, ahead = rng.poisson(rates * 120), rng.poisson(rates * 90).sum()
        if so_far.sum() < 5:
            continue
        known = fit_accrual(so_far.tolist(), [120.0] * 12)
        low, high = (band(known, [90], chance)[0] for chance in (0.1, 0.9))
        inside += low <= ahead <= high
    assert 0.72 < inside / 300 < 0.92


def test_weeks_that_differ_widen_the_band():
    even, uneven = [4, 5, 4, 6, 5, 4], [0, 12, 1, 11, 2, 2]
    assert dispersion(even) == 1
    assert dispersion(uneven) == pytest.approx(np.var(uneven, ddof=1) / np.mean(uneven))
    narrow, wide = (fit_accrual([28], [42.0], weeks) for weeks in (even, uneven))
    widths = [band(one, [60], 0.9)[0] - band(one, [60], 0.1)[0] for one in (narrow, wide)]
    assert widths[1] > 1.5 * widths[0]
    assert narrow.per_day == wide.per_day
    assert dispersion([3, 9]) == 1, "two weeks do not tell"


@pytest.mark.parametrize("weekly", [(), (0, 12, 1, 11, 2, 2)])
def test_the_day_of_a_chance_has_that_chance(weekly):
    known = fit_accrual([28], [42.0], weekly)
    for chance in (0.1, 0.5, 0.9):
        assert chance_of(known, 40, days_until(known, 40, chance)) == pytest.approx(
            chance, abs=1e-6
        )


def test_ends():
    known = fit_accrual([28], [42.0])
    assert chance_of(known, 0, 10) == 1
    assert chance_of(known, 5, 0) == 0
    assert days_until(known, 0, 0.9) == 0
    assert list(band(known, [0], 0.9)) == [0]
    assert days_until(fit_accrual([0], [500.0]), 500_000, 0.9) is None


@pytest.mark.parametrize(
    ("enrolled", "days"), [([], []), ([3], [0.0]), ([3, 4], [10.0]), ([-1], [10.0])]
)
def test_what_is_no_site(enrolled, days):
    with pytest.raises(ValueError, match=r"Sites need|Days are"):
        fit_accrual(enrolled, days)
    with pytest.raises(ValueError, match="Days ahead"):
        band(fit_accrual([3], [10.0]), [-1], 0.5)
