"""Expected curves of Cox models: R's numbers, and what strata and disclosure make of them."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.dropout.curves import expected_curve
from models.hazards import fit_hazards
from models.partial_likelihood import RiskRows
from tests.models.hazards.data import weekly

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "dropout" / "reference.json").read_text()
)


def fitted(*names, strata=None):
    frame = weekly()
    X = frame.select(names).to_numpy().astype(float)
    start, stop = (frame[name].to_numpy().astype(float) for name in ("start", "stop"))
    is_event = frame["event"].to_numpy().astype(bool)
    codes = np.zeros(len(frame), dtype=np.int64) if strata is None else strata(frame)
    fit = fit_hazards(
        stop,
        is_event,
        X,
        names,
        start=start,
        participant=frame["participant"].to_numpy(),
        strata=codes,
    )
    return RiskRows(start, stop, is_event, X, codes), fit


@pytest.mark.parametrize(
    ("name", "terms", "values"),
    [
        ("low", ("alliance",), (-1.0,)),
        ("high", ("alliance",), (1.2,)),
        ("two", ("alliance", "arm_b"), (0.5, 1.0)),
    ],
)
def test_curves_and_intervals_are_those_of_survfit(name, terms, values):
    rows, fit = fitted(*terms)
    curve, expected = expected_curve(rows, fit, np.array(values)), REFERENCE[name]
    assert curve.days.tolist() == expected["days"]
    np.testing.assert_allclose(curve.survival, expected["survival"], rtol=1e-7)
    np.testing.assert_allclose(curve.ci_low, expected["low"], rtol=1e-6)
    np.testing.assert_allclose(curve.ci_high, expected["high"], rtol=1e-6)


def test_strata_are_averaged_by_their_time_at_risk():
    """A stratum's own curve is R's; two equal halves of one data set give that data set's curve."""
    rows, fit = fitted("alliance", strata=lambda frame: frame["site"].to_numpy() - 1)
    own = RiskRows(*(np.asarray(part)[rows.strata == 1] for part in vars(rows).values()))
    own = RiskRows(own.start, own.stop, own.is_event, own.covariates, own.strata * 0)
    curve = expected_curve(own, fit, np.array([0.8]))
    np.testing.assert_allclose(curve.survival, REFERENCE["site2"]["survival"], rtol=1e-7)
    single, once = fitted("alliance")
    doubled = RiskRows(
        *(np.concatenate([part, part]) for part in list(vars(single).values())[:4]),
        np.repeat([0, 1], len(single.stop)),
    )
    for value in (-1.0, 1.0):
        np.testing.assert_allclose(
            expected_curve(doubled, once, np.array([value])).survival,
            expected_curve(single, once, np.array([value])).survival,
        )


def test_a_term_without_effect_gives_the_exponential_of_the_cumulative_hazard():
    """Closed form: at values equal to everybody's, Efron's baseline without ties is Nelson-Aalen's."""
    stop = np.arange(1.0, 13.0)
    is_event = np.array([True, False] * 6)
    X = np.tile([-1.0, 1.0, 1.0, -1.0], 3)[:, None]
    rows = RiskRows(np.zeros(12), stop, is_event, X, np.zeros(12, dtype=np.int64))
    fit = fit_hazards(stop, is_event, X, ("x",))
    curve = expected_curve(rows, fit, np.array([0.0]))
    risk = np.exp(X[:, 0] * fit.beta[0])
    hazard = np.cumsum([1 / risk[i:].sum() for i in range(0, 12, 2)])
    np.testing.assert_allclose(curve.survival, np.exp(-hazard))
