"""The logistic fit that every user of lme4 knows (`cbpp`), as `rapport fit --data` gives it."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from models.generalised.fit import fit_generalised
from models.random_terms import RandomTerm
from models.table.fit import fit_table

PUBLISHED = Path(__file__).parents[2] / "reference" / "published"
NUMBERS = json.loads((PUBLISHED / "herds.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def animals():
    """One row an animal and quarter: 1 for a new case."""
    counts = pl.read_csv(PUBLISHED / "herds.csv")
    ill = counts.select("herd", "period", ill=pl.int_ranges("at_risk")).explode("ill")
    return ill.join(counts, on=["herd", "period"]).with_columns(
        ill=(pl.col("ill") < pl.col("new_cases")).cast(pl.Int64)
    )


@pytest.mark.parametrize("method", ["laplace", "agq:9"])
def test_same_as_glmer(animals, method):
    expected = NUMBERS[method]
    found = fit_table(
        animals, "ill ~ factor(period) + (1 | herd)", family="binomial", method=method
    ).to_dict()
    estimates = np.array([row["estimate"] for row in found["fixed"]])
    assert found["n_rows"] == 842
    assert found["n_groups"] == {"herd": 15}
    assert np.abs((estimates - expected["estimate"]) / expected["se"]).max() < 1e-4
    assert [row["se"] for row in found["fixed"]] == pytest.approx(expected["se"], rel=1e-4)
    assert found["random"][0]["variance_or_covariance"] == pytest.approx(
        expected["variance"], rel=1e-3
    )


def test_counts_give_what_animals_give():
    expected = NUMBERS["laplace"]
    counts = pl.read_csv(PUBLISHED / "herds.csv")
    later = [(counts["period"] == period).cast(pl.Float64) for period in (2, 3, 4)]
    X = np.column_stack([np.ones(counts.height), *later])
    herd = RandomTerm(
        "herd", ("(Intercept)",), np.ones((counts.height, 1)), counts["herd"].to_numpy() - 1
    )
    fit = fit_generalised(
        counts["new_cases"].to_numpy().astype(np.float64),
        X,
        ("(Intercept)", "2", "3", "4"),
        herd,
        trials=counts["at_risk"].to_numpy().astype(np.float64),
    )
    assert fit.log_likelihood == pytest.approx(expected["loglik"], rel=1e-8)
    assert np.abs((fit.beta - expected["estimate"]) / expected["se"]).max() < 1e-5
