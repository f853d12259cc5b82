"""A measure beside exposures, against numpy's correlation of parts made row by row."""

import numpy as np
import pytest

from models.beside import beside

RNG = np.random.default_rng(20)
CODES = np.repeat(np.arange(9), 6)
MEASURE = np.where(RNG.random(54) < 0.2, np.nan, RNG.normal(size=54))
VALUES = RNG.normal(size=54) + np.nan_to_num(MEASURE)


def parts(values, codes):
    means = np.array([values[codes == code].mean() for code in codes])
    return values - means, means


def test_both_links_are_those_of_the_rows_that_are_known():
    known = np.isfinite(MEASURE)
    within, between = parts(MEASURE[known], CODES[known])
    other = beside(MEASURE, CODES)
    mine, _ = parts(VALUES[known], CODES[known])
    assert other.within_link(VALUES) == pytest.approx(np.corrcoef(mine, within)[0, 1], rel=1e-12)
    own = parts(VALUES, CODES)[1]
    expected = np.corrcoef(own[known], between)[0, 1]
    assert other.between_link(own) == pytest.approx(expected, rel=1e-12)
    assert other.df == known.sum() - len(np.unique(CODES[known])) - 1


def test_a_participant_without_a_known_row_counts_for_nothing():
    measure = np.where(CODES == 4, np.nan, MEASURE)
    rest = CODES != 4
    fewer = beside(measure[rest], np.unique(CODES[rest], return_inverse=True)[1])
    other = beside(measure, CODES)
    assert other.df == fewer.df
    assert other.within_link(VALUES) == pytest.approx(fewer.within_link(VALUES[rest]), rel=1e-12)


def test_what_does_not_vary_has_no_link():
    other = beside(MEASURE, CODES)
    assert other.within_link(CODES.astype(float)) == 0
    assert beside(CODES.astype(float), CODES).within_link(VALUES) == 0
    assert beside(np.ones(54), CODES).between_link(VALUES) == 0


def test_two_known_rows_are_too_few():
    assert beside(None, CODES) is None
    assert beside(np.where(np.arange(54) < 2, 1.0, np.nan), CODES) is None
