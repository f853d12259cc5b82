"""The main model's tipping points: rows put together rightly, and answers that must come out."""

import numpy as np
import polars as pl
import pytest

from models.alliance import fit_alliance
from models.errors import NotEstimableError
from models.sensitivity.tipping import tipping
from tests.models import simulate

TRUTH = simulate.Truth(within=(0.12, 0.0), between=(0.1, 0.1))
SPEC = simulate.spec("f0", "f1")
SHIFTS = (-3.0, 0.0, 3.0)


def trial(seed: int = 1) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Answered rows, and missed ones: with many exposures of f0 a survey is missed more often."""
    rows = simulate.rows(TRUTH, n_participants=80, n_occasions=6, seed=seed)
    rng = np.random.default_rng(seed)
    chance = (
        rows.filter(pl.col("feature_id") == "f0")
        .select("participant_id", "occasion_id", "n_exposures")
        .with_columns(is_missed=pl.Series(rng.random(480)) < 0.05 + 0.12 * pl.col("n_exposures"))
        .drop("n_exposures")
    )
    keys = ["participant_id", "occasion_id"]
    missed = rows.join(chance.filter("is_missed"), on=keys, how="semi")
    return (
        rows.join(chance.filter("is_missed"), on=keys, how="anti"),
        missed.drop("score", "previous_score"),
    )


@pytest.fixture(scope="module")
def found():
    return tipping(*trial(), SPEC, main_feature="f0", shifts=SHIFTS, imputations=5)


def test_as_answered_it_is_the_model_of_the_study(found):
    answered, _ = trial()
    result = fit_alliance(answered, SPEC)
    for term in found.terms:
        known = result.coefficient(term.term)
        # Missed rows take part in the means that exposure is centred on, so by a little only.
        assert term.observed.estimate == pytest.approx(known.estimate, abs=0.3 * known.se)
    assert [term.feature_id for term in found.terms] == ["f0", "f1"]


def test_what_is_missed_is_counted(found):
    answered, missed = trial()
    keys = ["participant_id", "occasion_id"]
    assert found.n_missed == missed.n_unique(keys)
    assert found.n_answered == answered.n_unique(keys)
    assert (found.n_participants, found.not_imputed) == (80, 0)


def test_low_scores_where_exposure_was_high_take_the_association_away(found):
    """Surveys were missed after many exposures: imputed ever lower, they turn the slope."""
    term = found.terms[0]
    estimates = [row.estimate for row in term.rows]
    assert estimates == sorted(estimates)
    assert term.is_finding
    assert term.delta_below is not None
    assert term.delta_above is None
    assert -3 * found.sd <= term.delta_below < 0
    assert not found.terms[1].is_finding


def test_a_score_that_is_not_there_counts_as_missed(found):
    """An occasion with too few answers is imputed too; what it would have been is never read."""
    answered, missed = trial()
    keys = ["participant_id", "occasion_id"]
    first = answered.select(keys).unique(maintain_order=True).head(1)
    gone = answered.join(first, on=keys, how="semi").with_columns(score=pl.lit(None, pl.Float64))
    rest = answered.join(first, on=keys, how="anti")
    one = tipping(
        pl.concat([gone, rest]), missed, SPEC, main_feature="f0", shifts=(0.0,), imputations=2
    )
    assert (one.n_missed, one.n_answered) == (found.n_missed + 1, found.n_answered - 1)
    assert one.not_imputed == 0


def test_uncovered_windows_are_not_imputed_and_are_counted():
    answered, missed = trial()
    blind = missed.with_columns(
        is_covered=pl.col("occasion_id") != "o5",
        n_exposures=pl.when(pl.col("occasion_id") != "o5").then("n_exposures"),
    )
    n_blind = blind.filter(~pl.col("is_covered")).n_unique(["participant_id", "occasion_id"])
    one = tipping(answered, blind, SPEC, main_feature="f0", shifts=(0.0,), imputations=2)
    assert one.not_imputed == n_blind > 0


def test_nothing_missed_is_not_estimable():
    answered, missed = trial()
    with pytest.raises(NotEstimableError, match="nothing to be sensitive to"):
        tipping(answered, missed.clear(), SPEC, main_feature="f0", shifts=(0.0,), imputations=2)
    with pytest.raises(NotEstimableError):
        tipping(answered.clear(), missed.clear(), SPEC, main_feature="f0")
