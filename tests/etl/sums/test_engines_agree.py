"""The same estimates from polars' rows, from DuckDB's sums and from Spark's."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.sums.answer import EngineWish, fit_by_engine
from etl.sums.duckdb import duckdb_sums
from etl.sums.gather import gather
from etl.sums.model_table import TABLE
from etl.table_fit import fit_file
from models.linear.fit import products_of_terms
from models.linear.pattern_sums import PatternSums
from models.linear.products import Products
from models.table.prepare import prepare
from models.table.request import request
from models.table.rows import analysed_rows
from study.errors import UserError
from tests.etl.sums.tables import SITE, SLOPE, assert_same, table

DUCKDB = EngineWish("duckdb")


def both(frame: pl.DataFrame, formula: str, folder: Path, **options: str):
    path = folder / "rows.parquet"
    frame.write_parquet(path)
    return (
        fit_file(path, formula, **options),
        fit_file(path, formula, wish=DUCKDB, **options),
    )


@pytest.mark.parametrize("formula", [SLOPE, SITE])
@pytest.mark.parametrize("method", ["reml", "ml"])
def test_duckdb_and_polars_give_the_same_fit(formula, method, tmp_path):
    rows, sums = both(table(200), formula, tmp_path, method=method)
    assert_same(rows, sums)
    assert rows.warnings == sums.warnings
    assert rows.code == sums.code


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 10_000),
    n_people=st.sampled_from([25, 60]),
    offset=st.sampled_from([0.0, -3.5, 1e6]),
    share_missing=st.sampled_from([0.0, 0.5]),
    formula=st.sampled_from([SLOPE, SITE, "mood ~ week + same + (1 | person)"]),
)
def test_whatever_the_rows(seed, n_people, offset, share_missing, formula, tmp_path):
    """Missing values, unbalanced weeks, people of one row, constant columns, far from the origin."""
    frame = table(n_people, seed=seed, offset=offset, share_missing=share_missing)
    rows, sums = both(frame, formula, tmp_path)
    assert (rows.error is None) == (sums.error is None)
    if rows.error is None and not rows.singular:
        # At a million, six of sixteen digits are the offset's.
        assert_same(rows, sums, within=1e-9 if abs(offset) < 10 else 1e-7)


@pytest.mark.parametrize(
    "formula",
    [
        "mood ~ I(week > 2) + factor(week) + (1 | person)",
        "mood ~ log(visits) + log1p(visits) + sqrt(visits) + exp(-visits) + (1 | person)",
        "mood ~ I(visits^2) + I(week %% 2) + I(-visits / 7) + abs(week - 3) + (1 | person)",
        "mood ~ 0 + arm + week:arm + (0 + week | person)",
        'mood ~ C(arm, contr.sum) * week + relevel(site, ref = "s1") + (1 | person)',
        'mood ~ I(arm == "app" & week > 1) + I(!(arm == "app")) + offset(week) + (1 | person)',
        "mood ~ week + (week || person)",
        "mood ~ week + (1 | site/person)",
        "mood ~ week + (1 | site) + (1 + week | person)",
        "I(mood * 2) ~ log2(visits) + log10(visits) + as.numeric(week) + (1 | person)",
    ],
)
def test_every_expression_means_the_same(formula, tmp_path):
    assert_same(*both(table(), formula, tmp_path))


def test_the_sums_of_participants_are_the_same(tmp_path):
    frame = table()
    path = tmp_path / "rows.parquet"
    frame.write_parquet(path)
    asked = request(SITE)
    with duckdb_sums() as engine:
        engine.open(TABLE, path)
        found, _ = gather(engine, asked, path.name, by_participant=True)
    with duckdb_sums() as engine:
        engine.open(TABLE, path)
        shared, _ = gather(engine, request("mood ~ week + (1 | person)"), path.name)
    prepared = prepare(analysed_rows(frame, asked), asked)
    mine, layout = products_of_terms(prepared.outcome.values, prepared.X, prepared.random)
    theirs = found.sums.products
    assert isinstance(theirs, Products)
    assert found.labels == tuple(sorted(set(frame.drop_nans()["person"])))
    same = theirs.with_units_of(mine)
    np.testing.assert_allclose(same.A, mine.A, rtol=0, atol=1e-9)
    np.testing.assert_allclose(same.B, mine.B, rtol=0, atol=1e-9)
    np.testing.assert_allclose(same.C, mine.C, rtol=1e-12, atol=1e-9)
    assert (same.group_rows == mine.group_rows).all()
    assert layout.is_nested
    assert (same.parents == mine.parents).all()
    # With one row a pattern of weeks, sums of patterns take their place.
    assert isinstance(shared.sums.products, PatternSums)
    assert shared.sums.products.members.sum() == 60


def test_a_folder_of_files_is_one_table(tmp_path):
    frame = table()
    frame.write_parquet(tmp_path / "rows.parquet")
    for month, part in enumerate((frame[:100], frame[100:])):
        (tmp_path / "lake" / f"month={month}").mkdir(parents=True)
        part.write_parquet(tmp_path / "lake" / f"month={month}" / "rows.parquet")
    whole = fit_file(tmp_path / "rows.parquet", SLOPE)
    assert_same(whole, fit_file(tmp_path / "lake", SLOPE, wish=DUCKDB))


def test_names_that_need_quotes(tmp_path):
    frame = table().rename({"mood": 'a "mood"', "person": "a person"})
    frame.write_parquet(tmp_path / "rows.parquet")
    formula = '`a "mood"` ~ week + (1 | `a person`)'
    assert_same(
        fit_file(tmp_path / "rows.parquet", formula),
        fit_file(tmp_path / "rows.parquet", formula, wish=DUCKDB),
    )


@pytest.mark.parametrize(
    ("formula", "options", "said"),
    [
        ("mood ~ scale(week) + (1 | person)", {}, "need the rows"),
        ("mood ~ week + (1 | person)", {"df": "kr"}, "need the rows"),
        ("week ~ visits + (1 | person)", {"family": "poisson"}, "only gaussian"),
        ("mood ~ week + (1 | person) + (1 | arm) + (1 | site)", {}, "more than two"),
        ("mood ~ week + (1 | arm) + (1 | week)", {}, "cross"),
        ("mood ~ log(week) + (1 | person)", {}, "log(week) cannot be computed in"),
        ("mood ~ I(1 / week) + (1 | person)", {}, "cannot be computed in"),
        ("mood ~ weeks + (1 | person)", {}, "did you mean 'week'"),
        ("mood ~ person + (1 | site)", {}, "too many for a factor"),
    ],
)
def test_what_sums_cannot_answer_is_said(formula, options, said, tmp_path):
    table(300).write_parquet(tmp_path / "rows.parquet")
    with pytest.raises(UserError) as refused:
        fit_file(tmp_path / "rows.parquet", formula, wish=DUCKDB, **options)
    assert said in str(refused.value)


def test_csv_is_for_polars(tmp_path):
    table().write_csv(tmp_path / "rows.csv")
    with pytest.raises(UserError, match="polars reads CSV"):
        fit_by_engine(tmp_path / "rows.csv", request(SLOPE), DUCKDB)


def test_no_row_is_left(tmp_path):
    table().with_columns(mood=pl.lit(None, pl.Float64)).write_parquet(tmp_path / "rows.parquet")
    fit = fit_file(tmp_path / "rows.parquet", SLOPE, wish=DUCKDB)
    assert fit.error is not None
    assert fit.error.reason == "outcome_missing"
