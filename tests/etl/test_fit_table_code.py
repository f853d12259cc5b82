"""The code that `rapport fit --data` prints gives the same fit, and its page can be followed."""

import json
import shlex
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import app
from etl.table_fit import fit_file

ROOT = Path(__file__).parents[2]
WEEKS = ROOT / "tests" / "reference" / "table" / "weeks.csv"


def test_the_how_to_page_can_be_followed(tmp_path, monkeypatch, capsys):
    page = (ROOT / "docs" / "how-to" / "fit-any-table.md").read_text(encoding="utf-8")
    make = page.split("```python\n")[1].split("```")[0]
    commands = page.split("```sh\n")[1].split("```")[0].splitlines()
    assert len(commands) == 3
    monkeypatch.chdir(tmp_path)
    exec(compile(make, "make_weeks.py", "exec"), {})
    shown = []
    for command in commands:
        done = CliRunner().invoke(app.cli, shlex.split(command)[1:])
        assert done.exit_code == 0, done.output
        # JSON and reports go to the console itself, which the runner may not have replaced.
        shown.append(done.output + capsys.readouterr().out)
    assert "week:armusual" in shown[0]
    assert '"df_method": "kr"' in shown[1]
    assert "library(lme4)" in shown[2]


# -- code that reproduces -----------------------------------------------------------------------

CODED = [
    ("mood ~ week * arm + dose + (1 + week | person)", {}, "person Var|Group Var"),
    ("mood ~ factor(week) + trained + (1 | site/participant)", {}, "participant:site Var"),
    (
        "log1p(`minutes (total)`) ~ I(week > 3) + poly(dose, 2) + (1 | person)",
        {"df": "none"},
        "Group Var",
    ),
    (
        "cbind(done, due - done) ~ week + relevel(arm, 'usual') + (1 | person)",
        {"family": "binomial"},
        "GEE",
    ),
    ("logins ~ dose + offset(log(days)) + (1 | person)", {"family": "poisson"}, "GEE"),
    (
        "mood ~ `minutes (total)` + arm:I(`minutes (total)` > 30 & dose > 1) + (1 | person)",
        {"method": "ml"},
        "minutes_total",
    ),
]


@pytest.mark.parametrize(("formula", "options", "_words"), CODED, ids=[row[0] for row in CODED])
def test_rapports_own_code_gives_the_same_fit(formula, options, _words, monkeypatch):
    monkeypatch.chdir(WEEKS.parent)
    fit = fit_file(Path(WEEKS.name), formula, **options)
    names: dict[str, object] = {}
    exec(compile(fit.code["python"], "snippet", "exec"), names)
    assert names["fit"] == fit


@pytest.mark.parametrize(("formula", "options", "words"), CODED, ids=[row[0] for row in CODED])
def test_the_code_for_statsmodels_runs(formula, options, words, monkeypatch, capsys):
    monkeypatch.chdir(WEEKS.parent)
    fit = fit_file(Path(WEEKS.name), formula, **options)
    names: dict[str, object] = {}
    exec(compile(fit.code["statsmodels"], "snippet", "exec"), names)
    printed = capsys.readouterr().out
    assert any(word in printed for word in words.split("|")), printed
    if fit.family == "gaussian":
        llf = names["fit"].llf
        assert llf == pytest.approx(fit.loglik, rel=1e-4)
    assert "converged: True" in printed


@pytest.mark.parametrize(("suffix", "delimiter"), [("csv", ";"), ("tsv", "\t")])
def test_code_for_statsmodels_finds_what_lme4_finds_where_names_and_marks_are_odd(
    suffix, delimiter, tmp_path, monkeypatch, capsys
):
    """Many predictors of unlike scales, at which statsmodels' own optimisers stop too early."""
    rng = np.random.default_rng(21)
    person, n = np.repeat(np.arange(60), 8), 480
    week = np.tile(np.arange(8), 60) - 3.5
    parts = {f"part {k}": np.round(rng.normal(0, 10.0 ** (k % 3), n), 3) for k in range(8)}
    slope = rng.normal(0, 0.15, 60)[person]
    y = 3 + rng.normal(0, 1, 60)[person] + (0.1 + slope) * week + rng.normal(0, 0.6, n)
    table = pl.DataFrame(
        {
            "mood.score": np.round(y + 0.1 * parts["part 0"], 4),
            "week no": week,
            "class": np.array(["b", "A"])[person % 2],
            "person id": [f"{one:03d}" for one in person],
            **parts,
        }
    )
    monkeypatch.chdir(tmp_path)
    path = Path(f"odd.{suffix}")
    table.write_csv(path, separator=delimiter)
    names = " + ".join(f"`{name}`" for name in parts)
    fit = fit_file(
        path, f"mood.score ~ `week no` * class + {names} + (1 + `week no` | `person id`)"
    )
    assert fit.fixed[2].term == "classb"
    made: dict[str, object] = {}
    exec(compile(fit.code["statsmodels"], "snippet", "exec"), made)
    assert "converged: True" in capsys.readouterr().out
    assert made["fit"].llf == pytest.approx(fit.loglik, abs=1e-4)
    assert "class[T.b]" in " ".join(made["fit"].params.index)
    sep = json.dumps(delimiter)
    assert f"sep={sep}" in fit.code["statsmodels"]
    assert f"sep = {sep}" in fit.code["r"]
