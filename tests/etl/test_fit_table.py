"""`rapport fit --data` from file to answer, in a process of its own where that is what counts."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import app
import etl.table_fit
import etl.table_source
from etl.table_fit import fit_file, run
from etl.table_source import open_table
from models.table.request import request
from models.table.streaming import can_stream
from study.errors import UserError

ROOT = Path(__file__).parents[2]
WEEKS = ROOT / "tests" / "reference" / "table" / "weeks.csv"


def rapport(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py"), *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error", "COLUMNS": "140"},
        check=False,
    )


# -- the command --------------------------------------------------------------------------------


def test_json_is_all_that_stands_on_standard_output():
    done = rapport(
        "fit", "--data", WEEKS, "--formula", "mood ~ week * arm + (1 + week | person)", "--json"
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    answer = json.loads(done.stdout)
    assert [row["term"] for row in answer["fixed"]][:2] == ["(Intercept)", "week"]
    assert answer["data"] == "weeks.csv"
    assert answer["version"]
    assert answer["rows_dropped"] == [
        {"column": "mood", "n_rows": 3},
        {"column": "arm", "n_rows": 1},
    ]


def test_without_a_number_the_json_says_why_and_the_command_ends_with_1():
    done = rapport(
        "fit", "--data", WEEKS, "--formula", "mood ~ week + (1 | site:person:week)", "--json"
    )
    assert done.returncode == 1, done.stderr
    answer = json.loads(done.stdout)
    assert answer["error"]["reason"] == "one_row_per_group"
    assert answer["fixed"] == []
    assert answer["converged"] is False


def test_a_mistake_is_said_on_standard_error_and_ends_with_2():
    done = rapport("fit", "--data", WEEKS, "--formula", "mood ~ weeks + (1 | person)", "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "no column 'weeks'; did you mean 'week'?" in done.stderr
    assert "\n         ^" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data", "x.csv"], "--data needs a formula"),
        (["--json"], "--json and --code need --data FILE"),
        (["--formula", "y ~ x + (1 | id)"], "--formula needs a table"),
        (["--data", "nowhere.csv", "--formula", "y ~ x + (1 | id)"], "does not exist"),
        (["--family", "poisson"], "--family needs a table"),
        (["--df", "kr"], "--df needs a table"),
        (["my-study", "--data", "x.csv", "--formula", "y ~ x + (1 | id)"], "leave STUDY and"),
        (["-w", "w", "--data", "x.csv", "--formula", "y ~ x + (1 | id)"], "leave STUDY and"),
    ],
)
def test_options_that_do_not_go_together(words, said, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["rapport", "fit", *words])
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def fitted(capsys, formula: str, **options) -> str:
    chosen = {"family": "gaussian", "method": None, "df": "satterthwaite", "with_code": False}
    code = run(WEEKS, formula, as_json=False, **{**chosen, **options})
    assert code == 0
    return capsys.readouterr().out


def test_the_report_says_what_was_fitted_to_which_rows(capsys):
    text = fitted(
        capsys, "mood ~ week + trained + I(2 * week) + (1 | site/participant)", with_code=True
    )
    assert "Linear mixed model by restricted maximum likelihood (REML)" in text
    assert "333 rows of 336; 3 left out for missing values (mood 3)" in text
    assert "48 groups of participant:site; 8 groups of site" in text
    assert "Satterthwaite" in text
    assert "Not estimable, left out" in text
    assert "library(lmerTest)" in text
    assert "smf.mixedlm" in text
    assert "fit_file" in text


def test_the_report_of_a_logistic_model(capsys):
    text = fitted(
        capsys, "cbind(done, due - done) ~ week + (1 | person)", family="binomial", method="agq:5"
    )
    assert "Gauss-Hermite quadrature with 5 nodes" in text
    assert "odds ratio" in text
    assert "conditional" in text
    assert "z tests" in text


def test_the_report_without_a_number(capsys):
    assert (
        run(
            WEEKS,
            "mood ~ week + (1 | person:week)",
            family="gaussian",
            method=None,
            df="none",
            as_json=False,
            with_code=False,
        )
        == 1
    )
    text = capsys.readouterr().out
    assert "No estimates" in text
    assert "one row per person" in " ".join(text.split())


# -- files --------------------------------------------------------------------------------------


def write(folder: Path, text: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(path: Path, *labels: str) -> dict[str, list[object]]:
    table = open_table(path)
    return table.read(table.columns, frozenset(labels)).to_dict(as_series=False)


def test_types_are_found_in_all_rows_and_labels_stay_text(tmp_path):
    rows = "".join(f"{n},{n},0{n % 7},TRUE\n" for n in range(500))
    path = write(tmp_path, f"id,n,code,on\n{rows}7,0.5,08,FALSE\n")
    made = read(path, "id", "code")
    assert made["id"][7] == "7"
    assert made["code"][-1] == "08"
    assert made["n"][-1] == 0.5
    assert made["on"][-1] is False


@pytest.mark.parametrize("cell", ["", "NA", "NaN", "null", ".", " NA "])
def test_missing_is_spelt_in_many_ways(tmp_path, cell):
    assert read(write(tmp_path, f"a,b\n1,x\n{cell},y\n"))["a"] == [1, None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a;b\n1,5;2\n", {"a": ["1,5"], "b": [2]}),
        ("\ufeffa\tb\r\n1\t2\r\n", {"a": [1], "b": [2]}),
        ('"a, b",c\n1,"x\ny"\n', {"a, b": [1], "c": ["x\ny"]}),
        ("\n\na,b\n1,2\n", {"a": [1], "b": [2]}),
    ],
)
def test_shapes_of_csv(tmp_path, text, expected):
    assert read(write(tmp_path, text)) == expected


BROKEN = [
    (b"", "the file is empty"),
    (b"a,b\n", "a header and no row"),
    (b"a,a\n1,2\n", "columns 1, 2 share a name"),
    (b"a,b\n1,2\n3,SECRET,5\n", r"row 2 \(the header not counted\): expected 2 fields"),
    (b"a,b\n1,2\n3\n", "row 2 .*expected 2 fields"),
    (b"a,b\n1,2\n3,\xe4\n", "row 2 .*UTF-8"),
    (b"\xe4,b\n1,2\n", "header is not text in UTF-8"),
    ("a,b\n1,2\n".encode("utf-16"), "looks like UTF-16"),
    (b"a\x00,\x00b\x00\n", "not text"),
    (b'a,b\n1,"x\n2,y\n', "quotation mark is open"),
    (b"PK\x03\x04rest", "Save the sheet as CSV"),
    (b'[{"a": "SECRET"}]\n', "looks like JSON"),
    (b'\xef\xbb\xbf\n{"a": "SECRET"}\n', "looks like JSON"),
    (b"PAR1rest", "begins as Parquet"),
]


@pytest.mark.parametrize(("content", "words"), BROKEN, ids=[row[1] for row in BROKEN])
def test_broken_files_are_refused_by_name_and_row_and_without_their_values(
    tmp_path, content, words
):
    with pytest.raises(UserError, match=words) as raised:
        read(write(tmp_path, content))
    assert str(raised.value).startswith("t.csv")
    assert "SECRET" not in str(raised.value)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("b ~ a + (1 | id)", "column 'b': expected numbers"),
        ("a ~ log(c) + (1 | id)", r"log\(c\) cannot be computed"),
        ("a ~ nothing + (1 | id)", r"t\.csv has: id, a, b, c"),
    ],
)
def test_what_is_said_of_a_column_names_the_file(tmp_path, formula, words):
    rows = "".join(f"p{n % 5},{n % 3},text,{n - 4}\n" for n in range(20))
    path = write(tmp_path, f"id,a,b,c\n{rows}")
    with pytest.raises(UserError, match=words) as raised:
        fit_file(path, formula)
    assert "t.csv" in str(raised.value)


def test_without_a_header_nobodys_data_are_shown(tmp_path):
    path = write(tmp_path, "".join(f"SECRET{n},{n},3.5\n" for n in range(9)))
    with pytest.raises(UserError, match="first row does not look like column names") as raised:
        fit_file(path, "y ~ x + (1 | id)")
    assert "SECRET" not in str(raised.value)


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(UserError, match="is a folder"):
        open_table(tmp_path)


# -- large tables -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def parquet(tmp_path_factory) -> Path:
    """A table with missing cells, groups without a complete row, and columns that say nothing."""
    rng = np.random.default_rng(4)
    n, person = 6000, np.repeat(np.arange(500), 12)
    week = np.tile(np.arange(12), 500)
    y = rng.normal(size=500)[person] + 0.1 * week + rng.normal(size=n)
    y[(person == 3) | (rng.random(n) < 0.02)] = np.nan
    table = pl.DataFrame(
        {
            "y": y,
            "week": week,
            "arm": np.array(["app", "usual", "wait"])[person % 3],
            "x": rng.gamma(2, 1, n),
            "id": [f"{one:05d}" for one in person],
            "number": person,
            "site": person % 11,
            "rater": rng.integers(0, 7, n),
            "one": 2.0,
        }
    ).with_columns(
        double=2 * pl.col("x"),
        site=pl.when(pl.col("site") == 9).then(None).otherwise("site"),
        x=pl.when(pl.Series(rng.random(n) < 0.01)).then(None).otherwise("x"),
    )
    path = tmp_path_factory.mktemp("large") / "large.parquet"
    table.write_parquet(path)
    return path


LARGE = [
    ("y ~ week * arm + x + double + one + (1 + week | id) + (1 | site)", {}),
    ("y ~ log1p(x) + I(week^2) + (week || number)", {"method": "ml", "df": "none"}),
    ("y ~ week + (1 | number) + (1 | rater)", {}),
    ("y ~ 0 + arm + offset(x) + (1 | site/id)", {}),
    ("y ~ x + (1 | one)", {}),
]


@pytest.mark.parametrize(("formula", "options"), LARGE, ids=[row[0] for row in LARGE])
def test_a_table_read_in_stretches_gives_what_the_whole_gives(
    parquet, formula, options, monkeypatch
):
    whole = fit_file(parquet, formula, **options)
    monkeypatch.setattr(etl.table_fit, "MOST_ROWS_HELD", 0)
    monkeypatch.setattr(etl.table_source, "CHUNK_ROWS", 700)
    parts = fit_file(parquet, formula, **options)
    for key in ("n_rows", "n_rows_read", "rows_dropped", "converged", "singular", "n_parameters"):
        assert getattr(parts, key) == getattr(whole, key)
    if whole.error is not None:
        assert parts.error == whole.error
        return
    assert parts.n_groups == whole.n_groups
    assert parts.code == whole.code
    assert [(one.term, one.reason) for one in parts.not_estimable] == [
        (one.term, one.reason) for one in whole.not_estimable
    ]
    assert parts.loglik == pytest.approx(whole.loglik, rel=1e-9)
    for one, other in zip(parts.fixed, whole.fixed, strict=True):
        assert one.term == other.term
        assert one.estimate == pytest.approx(other.estimate, abs=1e-6 * other.se)
        assert one.se == pytest.approx(other.se, rel=1e-6)
        if other.df is not None:
            assert one.df == pytest.approx(other.df, rel=1e-5)
    for one, other in zip(parts.random, whole.random, strict=True):
        assert one.variance_or_covariance == pytest.approx(
            other.variance_or_covariance, rel=1e-4, abs=1e-7
        )


def test_stretches_name_the_row_that_cannot_be_computed(parquet, monkeypatch):
    monkeypatch.setattr(etl.table_fit, "MOST_ROWS_HELD", 0)
    monkeypatch.setattr(etl.table_source, "CHUNK_ROWS", 700)
    with pytest.raises(
        UserError, match=r"log\(week\) cannot be computed in \d+ rows, first in row 1 "
    ):
        fit_file(parquet, "y ~ log(week) + (1 | id)")


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("2025-03-04", "holds dates or times"),
        ("7", "holds numbers written as text"),
        ("1,5", "decimal comma"),
    ],
)
def test_stretches_refuse_text_that_is_no_factor(tmp_path, monkeypatch, texts, message):
    rows = {"y": [1.0, 2.0, 4.0, 3.0] * 9, "id": [1, 2, 3] * 12, "x": [texts, texts] * 18}
    pl.DataFrame(rows).write_parquet(tmp_path / "t.parquet")
    monkeypatch.setattr(etl.table_fit, "MOST_ROWS_HELD", 0)
    with pytest.raises(UserError, match=message):
        fit_file(tmp_path / "t.parquet", "y ~ x + (1 | id)")


def test_what_needs_all_rows_at_once_is_not_streamed():
    assert can_stream(request("y ~ log(x) + a:b + (1 | id)"))
    for formula, options in (
        ("y ~ scale(x) + (1 | id)", {}),
        ("y ~ poly(x, 2) + (1 | id)", {}),
        ("y ~ x + (1 | id)", {"df": "kr"}),
        ("y ~ x + (1 | id)", {"family": "poisson"}),
    ):
        assert not can_stream(request(formula, **options))
