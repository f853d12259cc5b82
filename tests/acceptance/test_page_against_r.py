"""The R code beside a model, run in R as it stands, gives the numbers on the page.

`tests/reference/page/alliance.humanness.R` is that code, `page.json` what R made of it.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from dashboard import model_code

PAGE = Path(__file__).parents[1] / "reference" / "page"
REFERENCE = json.loads((PAGE / "page.json").read_text(encoding="utf-8"))
MODEL = REFERENCE["model"]


def column(name):
    """A column of the data as the page names its term."""
    parts = {"(Intercept)": "intercept"}
    for part in ("within", "between", "arm"):
        if name.startswith(f"{part}_"):
            return f"{part}:{name.removeprefix(f'{part}_')}"
    return parts.get(name, name)


def test_the_code_on_the_page_is_the_code_that_was_run(harbour):
    lines = model_code.lines(harbour.results[MODEL])
    shown = "\n".join(lines.filter(language="R")["code"])
    assert shown == (PAGE / f"{MODEL}.R").read_text(encoding="utf-8").rstrip("\n"), (
        "run tests/reference/page/make_page.R again"
    )
    commands = lines.filter(language="Command")["code"].to_list()
    assert commands == [f"rapport fit study.toml --model {MODEL} --rows {MODEL}.csv"]


def test_r_gives_the_numbers_on_the_page(harbour):
    result = harbour.results[MODEL]
    assert (result.n_rows, result.n_participants) == (2114, 264)
    assert (REFERENCE["n_rows"], REFERENCE["n_participants"]) == (2114, 264)
    found = [result.coefficient(column(row["term"])) for row in REFERENCE["terms"]]
    assert None not in found
    assert len(found) == len(result.coefficients) > 20

    def ours(field):
        return np.array([getattr(row, field) for row in found])

    def theirs(field):
        return np.array([row[field] for row in REFERENCE["terms"]])

    # lme4 stops a little earlier, and says so: its gradient is 0.0026 where 0.002 is its own limit.
    np.testing.assert_allclose((ours("estimate") - theirs("estimate")) / theirs("se"), 0, atol=1e-3)
    np.testing.assert_allclose(ours("se"), theirs("se"), rtol=1e-3)
    np.testing.assert_allclose(ours("df"), theirs("df"), rtol=2e-3)
    np.testing.assert_allclose(ours("p_value"), theirs("p_value"), atol=1e-4)
    assert result.log_likelihood == pytest.approx(REFERENCE["log_likelihood"], rel=1e-7)
    assert result.log_likelihood > REFERENCE["log_likelihood"], "and at the better place"
    components = [row.variance_or_covariance for row in result.variance_components]
    np.testing.assert_allclose(components, REFERENCE["variances"], rtol=5e-3)
