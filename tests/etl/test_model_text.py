"""`rapport fit STUDY --model ID`: the card in a terminal, JSON, and rows that reproduce the fit."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

import app
from etl.fit import analysed_rows
from models.results import FitResult
from models.table.fit import fit_table
from study.errors import UserError

MODEL = "alliance.humanness"


@pytest.fixture(scope="module")
def run(harbour):
    runner = CliRunner()

    def invoke(*options: str):
        place = ["--workspace", str(harbour.workspace.root)]
        return runner.invoke(app.cli, ["fit", str(harbour.study.folder), *place, *options])

    return invoke


def test_it_shows_the_card_the_estimates_and_what_was_lost(run):
    shown = run("--model", MODEL, "--code")
    assert shown.exit_code == 0, shown.output
    for words in ("Trust card", "Estimates", "not estimable", "rows lost", "lmer(score ~ 1 + week"):
        assert words in shown.output
    assert "Withheld" not in shown.output


def test_json_is_the_saved_result(run, harbour):
    shown = run("--model", MODEL, "--json")
    fields = json.loads(shown.stdout)
    assert fields["model_id"] == MODEL
    assert FitResult.from_json(shown.stdout) == harbour.results[MODEL]


def test_rows_and_formula_reproduce_the_fit(run, harbour, tmp_path):
    path = tmp_path / "rows.csv"
    assert run("--model", MODEL, "--rows", str(path)).exit_code == 0
    result = harbour.results[MODEL]
    rows = pl.read_csv(path, schema_overrides={"participant": pl.String})
    assert len(rows) == result.n_rows
    again = fit_table(rows, result.formula).to_dict()["fixed"]
    for row, own in zip(again, result.coefficients, strict=True):
        assert row["estimate"] == pytest.approx(own.estimate, abs=1e-5 * own.se)
        assert row["df"] == pytest.approx(own.df, rel=1e-3)


def test_where_rows_cannot_be_written_nothing_is_shown(run, tmp_path):
    for place, words in (
        (tmp_path, "is a folder"),
        (tmp_path / "nowhere" / "rows.csv", "there is no folder"),
    ):
        refused = run("--model", MODEL, "--rows", str(place))
        assert isinstance(refused.exception, UserError)
        assert words in str(refused.exception)
        assert "None" not in str(refused.exception)
        assert "Estimates" not in refused.output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--rows", "x.csv"), "--rows needs the model"),
        (("--json",), "need --data FILE"),
        (("--formula", "y ~ x + (1 | g)"), "needs a table"),
        (("--family", "poisson"), "--family needs a table"),
        (("--data", "x.csv"), "needs a formula"),
        (("--data", "x.csv", "--formula", "y ~ 1 + (1 | g)", "--model", "a"), "a study's models"),
        (("--data", "x.csv", "--formula", "y ~ 1 + (1 | g)"), "leave STUDY and --workspace out"),
        (("--model", "alliance.humannes"), "has no model 'alliance.humannes'"),
    ],
)
def test_options_that_do_not_go_together(run, options, words):
    refused = run(*options)
    assert isinstance(refused.exception, UserError)
    assert words in str(refused.exception)


def test_rows_of_an_unknown_model(harbour):
    with pytest.raises(UserError, match=r"It has: alliance\.humanness"):
        analysed_rows(harbour.study, harbour.workspace, "none")
