"""The options of `rapport fit` about engines and shared statistics."""

import json
import sys

import pytest

import app
from tests.etl.sums.tables import SLOPE, table


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--engine", "duckdb"], "are for a table"),
        (["--share-statistics", "sums.parquet"], "are for a table"),
        (["--data", "x.parquet", "--formula", SLOPE, "--share-small-groups"], "add --share"),
        (["--data", "x.parquet", "--formula", SLOPE, "--master", "yarn"], "add --engine spark"),
        (["--from-statistics", "a.parquet", "--data", "x.parquet"], "leave STUDY"),
        (["--from-statistics", "nowhere.parquet"], "there is no such file"),
    ],
)
def test_options_that_do_not_go_together(words, said, monkeypatch, capsys):
    assert ended(words, monkeypatch) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def ended(words, monkeypatch) -> int:
    monkeypatch.setattr(sys, "argv", ["rapport", "fit", *words])
    with pytest.raises(SystemExit) as left:
        app.main()
    return left.value.code


def test_from_rows_to_sums_to_the_same_json(tmp_path, monkeypatch, capsys):
    rows, sums = str(tmp_path / "rows.parquet"), str(tmp_path / "sums.parquet")
    table().write_parquet(rows)
    share = ["--share-statistics", sums, "--share-small-groups"]
    words = ["--data", rows, "--formula", SLOPE, "--engine", "duckdb", "--json"]
    assert ended([*words, *share], monkeypatch) == 0
    first = json.loads(capsys.readouterr().out)
    assert "This is personal data" in first["warnings"][-1]
    assert ended(["--from-statistics", sums, "--json"], monkeypatch) == 0
    again = json.loads(capsys.readouterr().out)
    assert first.keys() == again.keys()
    for one, two in zip(first["fixed"], again["fixed"], strict=True):
        assert one.pop("term") == two.pop("term")
        assert one == pytest.approx(two, rel=1e-9)
