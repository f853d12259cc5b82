"""`rapport fit --data` against lme4, lmerTest, pbkrtest and glmmTMB, term by term in their order.

How the numbers were made stands in tests/reference/table/make_table_reference.R.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from etl.table_fit import fit_file
from models.table.answer import TableFit

FOLDER = Path(__file__).parents[2] / "reference" / "table"
FITS = json.loads((FOLDER / "table.json").read_text(encoding="utf-8"))["fits"]
# glmmTMB stops earlier than a tightened glmer: its estimates carry that much of their own error.
LOOSE = {"negbinomial": 30.0}


def name(number: int) -> str:
    fit = FITS[number]
    return f"{fit['family']} {fit['method']} {fit['formula']}"


@cache
def fitted(number: int) -> TableFit:
    expected = FITS[number]
    return fit_file(
        FOLDER / "weeks.csv",
        expected["formula"],
        family=expected["family"],
        method=expected["method"],
        df=expected["df"],
    )


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("number", range(len(FITS)), ids=name)
def test_a_formula_gives_what_r_gives(number):
    fit, expected = fitted(number), FITS[number]
    loose = LOOSE.get(expected["family"], 1.0)
    assert fit.converged
    assert fit.n_rows == expected["n_rows"]
    assert fit.n_groups == expected["n_groups"]
    assert fit.singular == expected["singular"]
    if expected["loglik"] is not None:
        assert fit.loglik == pytest.approx(expected["loglik"], rel=1e-6)
    assert [row.term for row in fit.fixed] == as_list(expected["term"])
    for place, row in enumerate(fit.fixed):
        se = as_list(expected["se"])[place]
        assert row.estimate == pytest.approx(
            as_list(expected["estimate"])[place], abs=1e-5 * se * loose
        )
        assert row.se == pytest.approx(se, rel=1e-4 * loose)
        if expected.get("dfs"):
            assert row.df == pytest.approx(expected["dfs"][place], rel=1e-3)
        if expected.get("p"):
            assert row.p == pytest.approx(as_list(expected["p"])[place], rel=1e-2, abs=1e-12)


@pytest.mark.parametrize("number", range(len(FITS)), ids=name)
def test_random_effects_are_listed_as_lme4_lists_them(number):
    fit, expected = fitted(number), FITS[number]
    loose = LOOSE.get(expected["family"], 1.0)
    wanted = expected["random"]
    assert [(row.group, row.term1, row.term2) for row in fit.random] == [
        (row["group"], row["term1"], row.get("term2")) for row in wanted
    ]
    scale = max(row["value"] for row in wanted)
    for row, r in zip(fit.random, wanted, strict=True):
        assert row.variance_or_covariance == pytest.approx(
            r["value"], rel=1e-3 * loose, abs=1e-5 * scale
        )
    if expected.get("residual_variance"):
        assert fit.residual_variance == pytest.approx(expected["residual_variance"], rel=1e-3)
    if expected.get("dispersion"):
        assert fit.dispersion == pytest.approx(expected["dispersion"], rel=1e-2)


def test_the_reference_covers_what_the_command_promises():
    formulas = " ".join(fit["formula"] for fit in FITS)
    for part in (
        "||",
        "/",
        ":",
        "*",
        "offset(",
        "cbind(",
        "poly(",
        "bs(",
        "factor(",
        "relevel(",
        "0 +",
    ):
        assert part in formulas
