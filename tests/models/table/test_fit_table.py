"""`fit_table`: which rows are used, what is left out and said, and when there is no number."""

import json
import math

import numpy as np
import polars as pl
import pytest

from models.table.answer import TableFit
from models.table.fit import fit_table
from study.errors import UserError


def weeks(n: int = 20, occasions: int = 5, seed: int = 1) -> pl.DataFrame:
    """Participants seen on several occasions; nothing in it is real."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(n), occasions)
    week = np.tile(np.arange(occasions), n)
    level = rng.normal(0, 1, n)[person]
    x = rng.normal(0, 1, n * occasions)
    return pl.DataFrame(
        {
            "id": [f"{one:03d}" for one in person],
            "site": [f"s{one % 6}" for one in person],
            "week": week,
            "x": x,
            "arm": np.array(["app", "usual", "wait"])[person % 3],
            "y": 3 + 0.4 * week + 0.5 * x + level + rng.normal(0, 0.7, n * occasions),
            "done": rng.binomial(4, 1 / (1 + np.exp(-0.3 * level))),
            "due": 4,
            "yes": (rng.random(n * occasions) < 1 / (1 + np.exp(-level))).astype(int),
            "count": rng.poisson(np.exp(0.5 + 0.4 * level)),
            "days": rng.integers(1, 8, n * occasions),
        }
    )


def missing(table: pl.DataFrame, column: str, *rows: int) -> pl.DataFrame:
    index = pl.int_range(pl.len())
    return table.with_columns(
        pl.when(index.is_in(rows)).then(None).otherwise(pl.col(column)).alias(column)
    )


def test_the_answer_has_the_keys_that_the_command_promises():
    answer = fit_table(weeks(), "y ~ week + arm + (1 + week | id)").to_dict()
    assert set(answer["fixed"][0]) == {
        "term",
        "estimate",
        "se",
        "df",
        "statistic",
        "p",
        "ci_low",
        "ci_high",
    }
    assert set(answer["random"][0]) == {
        "group",
        "term1",
        "term2",
        "variance_or_covariance",
        "sd_or_correlation",
    }
    promised = {
        "fixed",
        "random",
        "residual_variance",
        "loglik",
        "n_rows",
        "n_groups",
        "converged",
        "singular",
        "warnings",
    }
    assert promised <= answer.keys()
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    assert answer["n_groups"] == {"id": 20}
    assert set(answer["code"]) == {"python", "statsmodels", "r"}


def test_a_balanced_random_intercept_has_its_closed_form():
    table = weeks(n=12, occasions=6)
    fit = fit_table(table, "y ~ 1 + (1 | id)")
    means = table.group_by("id").agg(pl.col("y").mean())["y"].to_numpy()
    within = table.select((pl.col("y") - pl.col("y").mean().over("id")).pow(2).sum()).item() / (
        12 * 5
    )
    between = means.var(ddof=1)
    assert fit.residual_variance == pytest.approx(within, rel=1e-6)
    assert fit.random[0].variance_or_covariance == pytest.approx(between - within / 6, rel=1e-5)
    row = fit.fixed[0]
    assert row.estimate == pytest.approx(means.mean(), rel=1e-9)
    assert row.se == pytest.approx(math.sqrt(between / 12), rel=1e-6)
    assert row.df == pytest.approx(11, rel=1e-4)
    assert row.ci_high - row.estimate == pytest.approx(2.200985 * row.se, rel=1e-4)


@pytest.mark.parametrize("df", ["satterthwaite", "kr", "none"])
def test_each_df_method_gives_its_test(df):
    fit = fit_table(weeks(), "y ~ x + (1 | id)", df=df)
    assert fit.df_method == df
    assert all((row.df is None) == (df == "none") for row in fit.fixed)
    assert all(row.ci_low < row.estimate < row.ci_high for row in fit.fixed)


# -- rows ---------------------------------------------------------------------------------------


def test_rows_without_a_value_are_left_out_and_counted_by_column():
    table = missing(missing(weeks(), "y", 0, 7), "x", 7, 9).with_columns(
        week=pl.when(pl.int_range(pl.len()) == 11)
        .then(float("nan"))
        .otherwise(pl.col("week").cast(float))
    )
    fit = fit_table(table, "y ~ x + week + (1 | id)")
    assert fit.n_rows_read == 100
    assert fit.n_rows == 96
    assert {one.column: one.n_rows for one in fit.rows_dropped} == {"y": 2, "x": 2, "week": 1}
    kept = table.drop_nulls(["y", "x"]).filter(pl.col("week").is_not_nan())
    assert fit.fixed == fit_table(kept, "y ~ x + week + (1 | id)").fixed


def test_a_column_that_is_not_in_the_formula_loses_no_row():
    table = missing(weeks(), "done", *range(50))
    assert fit_table(table, "y ~ x + (1 | id)").n_rows == 100


def test_the_order_of_rows_does_not_matter():
    table = weeks()
    fit = fit_table(table, "y ~ x * arm + (1 + week | id)")
    again = fit_table(
        table.sample(fraction=1, shuffle=True, seed=3), "y ~ x * arm + (1 + week | id)"
    )
    for one, other in zip(fit.fixed, again.fixed, strict=True):
        assert other.estimate == pytest.approx(one.estimate, rel=1e-7)
        assert other.se == pytest.approx(one.se, rel=1e-6)


def test_ids_differ_by_their_text():
    table = weeks().with_columns(
        id=pl.when(pl.col("id") == "007").then(pl.lit("7")).otherwise("id")
    )
    assert fit_table(table, "y ~ x + (1 | id)").n_groups == {"id": 20}


# -- what cannot be told ------------------------------------------------------------------------


def left_out(fit: TableFit) -> dict[str, str]:
    return {one.term: one.reason for one in fit.not_estimable}


def test_a_constant_predictor_is_named_and_left_out():
    table = weeks().with_columns(version=pl.lit(3))
    fit = fit_table(table, "y ~ x + version + (1 | id)")
    assert left_out(fit) == {"version": "constant"}
    assert "version: has the same value in all 100 analysed rows" in fit.warnings[0]
    assert fit.fixed == fit_table(table, "y ~ x + (1 | id)").fixed


def test_a_factor_with_one_level_is_named_and_left_out():
    table = weeks().with_columns(country=pl.lit("nl"))
    fit = fit_table(table, "y ~ x + country + country:x + (1 | id)")
    assert left_out(fit) == {"country": "one_level", "x:country": "one_level"}
    assert [row.term for row in fit.fixed] == ["(Intercept)", "x"]


def test_an_exact_combination_is_named_with_its_parts():
    table = weeks().with_columns(total=pl.col("x") + 2 * pl.col("week"))
    fit = fit_table(table, "y ~ x + week + total + (1 | id)")
    assert left_out(fit) == {"total": "collinear"}
    assert "exact combination of x, week." in fit.not_estimable[0].explanation


def test_an_empty_cell_of_an_interaction_is_left_out_as_in_lme4():
    table = weeks().filter((pl.col("arm") != "wait") | (pl.col("week") < 3))
    table = table.with_columns(late=pl.col("week") >= 3)
    fit = fit_table(table, "y ~ arm * late + (1 | id)")
    assert left_out(fit) == {"armwait:lateTRUE": "constant"}
    assert fit.converged


def test_a_large_mean_makes_no_predictor_constant():
    table = weeks().with_columns(stamp=1e9 + pl.col("week"))
    fit = fit_table(table, "y ~ stamp + (1 | id)")
    assert fit.not_estimable == ()
    plain = fit_table(table, "y ~ week + (1 | id)")
    assert fit.fixed[1].estimate == pytest.approx(plain.fixed[1].estimate, rel=1e-6)
    assert fit.fixed[1].p == pytest.approx(plain.fixed[1].p, rel=1e-5)


def test_overlapping_terms_are_named():
    table = weeks().with_columns(year=2000 + pl.col("week"))
    fit = fit_table(table, "y ~ year + I(year^2) + (1 | id)")
    (warning,) = fit.warnings
    assert (
        "most of all year and I(year^2)" in warning or "most of all I(year^2) and year" in warning
    )
    assert fit_table(table, "y ~ year + I((year - 2002)^2) + (1 | id)").warnings == ()


NO_NUMBER = [
    ("y ~ x + (1 | id)", {"y": pl.lit(None, pl.Float64)}, "outcome_missing", "'y' has no value"),
    (
        "y ~ x + (1 | id)",
        {"x": pl.lit(None, pl.Float64)},
        "no_complete_rows",
        "Column 'x' has no value",
    ),
    ("y ~ x + (1 | id)", {"y": pl.lit(4.5)}, "constant_outcome", "the same in all 100 rows"),
    ("y ~ x + (1 | id)", {"id": pl.int_range(pl.len())}, "one_row_per_group", "one row per person"),
    ("y ~ x + (1 | y)", {}, "one_row_per_group", "one row per person"),
    ("y ~ x + (1 | id)", {"id": pl.lit("a")}, "one_group", "a single group"),
    ("y ~ x + (1 + x | week)", {"week": pl.int_range(pl.len()) % 2}, "few_groups", "too few"),
]


@pytest.mark.parametrize(
    ("formula", "changes", "reason", "words"), NO_NUMBER, ids=[row[2] for row in NO_NUMBER]
)
def test_where_there_is_no_number_the_reason_is_the_result(formula, changes, reason, words):
    fit = fit_table(weeks().with_columns(**changes), formula)
    assert fit.error is not None
    assert fit.error.reason == reason
    assert words in fit.error.explanation
    assert not fit.converged
    assert fit.fixed == ()
    assert fit.loglik is None
    assert fit.error.explanation in fit.warnings


def test_separation_is_named():
    table = weeks().with_columns(yes=(pl.col("x") > 0).cast(int))
    fit = fit_table(table, "yes ~ x + (1 | id)", family="binomial")
    assert fit.error is not None
    assert fit.error.reason == "separation"
    assert "x" in fit.error.explanation


def test_few_groups_are_warned_of():
    fit = fit_table(weeks().with_columns(site=pl.col("week") % 3), "y ~ x + (1 | site)")
    assert any("Only 3 groups of 'site'" in warning for warning in fit.warnings)


def test_a_slope_of_what_never_varies_within_a_group_is_warned_of():
    fit = fit_table(weeks(40), "y ~ week + arm + (1 + arm | id)")
    assert any("armusual never varies within a group of 'id'" in one for one in fit.warnings)
    fit = fit_table(weeks(), "y ~ week + (1 + week | id)")
    assert not any("never varies" in one for one in fit.warnings)


def test_a_singular_fit_says_which_variance_is_zero():
    rng = np.random.default_rng(5)
    table = weeks(30).with_columns(y=rng.normal(size=150))
    table = table.with_columns(y=pl.col("y") - pl.col("y").mean().over("id"))
    fit = fit_table(table, "y ~ x + (1 | id)")
    assert fit.singular
    assert fit.converged
    assert any("the variance of (Intercept) by id is 0" in warning for warning in fit.warnings)


# -- families -----------------------------------------------------------------------------------


def test_a_yes_no_outcome_may_be_numbers_truths_text_or_a_comparison():
    table = weeks().with_columns(
        truth=pl.col("yes") == 1,
        text=pl.when(pl.col("yes") == 1).then(pl.lit("yes")).otherwise(pl.lit("no")),
    )
    fits = [
        fit_table(table, f"{outcome} ~ x + (1 | id)", family="binomial")
        for outcome in ("yes", "truth", "text", 'I(text == "yes")', "cbind(yes, 1 - yes)")
    ]
    assert len({fit.fixed for fit in fits}) == 1
    assert "'yes' was modelled against 'no'" in fits[2].warnings[0]


def test_rows_without_trials_are_left_out_and_counted():
    table = weeks().with_columns(due=pl.when(pl.col("done") == 0).then(0).otherwise(4))
    fit = fit_table(table, "cbind(done, due - done) ~ x + (1 | id)", family="binomial")
    lost = table.filter(pl.col("due") == 0).height
    assert lost > 0
    assert fit.n_rows == 100 - lost
    assert [(one.column, one.n_rows) for one in fit.rows_dropped] == [
        ("cbind(done, due - done)", lost)
    ]


def test_laplace_is_quadrature_with_one_node_and_more_nodes_differ():
    one, same, more = (
        fit_table(weeks(), "yes ~ x + (1 | id)", family="binomial", method=method)
        for method in ("laplace", "agq:1", "agq:11")
    )
    assert one.fixed == same.fixed
    assert one.fixed != more.fixed
    assert more.method == "agq:11"


def test_an_offset_moves_the_intercept_of_counts():
    table = weeks().with_columns(days=pl.lit(7))
    plain = fit_table(table, "count ~ x + (1 | id)", family="poisson")
    rate = fit_table(table, "count ~ x + offset(log(days)) + (1 | id)", family="poisson")
    assert rate.fixed[0].estimate == pytest.approx(plain.fixed[0].estimate - math.log(7), abs=1e-5)
    assert rate.fixed[1].estimate == pytest.approx(plain.fixed[1].estimate, abs=1e-5)


def test_overdispersed_counts_are_warned_of():
    rng = np.random.default_rng(2)
    table = weeks(40).with_columns(count=rng.negative_binomial(1, 0.2, 200))
    fit = fit_table(table, "count ~ x + (1 | id)", family="poisson")
    assert any("--family negbinomial" in warning for warning in fit.warnings)
    assert not fit_table(weeks(40), "count ~ x + (1 | id)", family="poisson").warnings


def test_generalised_models_take_one_grouping_factor():
    for bars in ("(1 | site/id)", "(1 | id) + (1 | site)"):
        with pytest.raises(UserError, match=r"(?s)one grouping factor.*\^") as raised:
            fit_table(weeks(), f"yes ~ x + {bars}", family="binomial")
        assert "and site" in str(raised.value)


# -- what has to be put right -------------------------------------------------------------------

USER_ERRORS = [
    ("y ~ weeek + (1 | id)", {}, "no column 'weeek'; did you mean 'week'?"),
    ("y ~ zzz + (1 | id)", {}, "The table has: id, site, week"),
    ("y ~ log(x) + (1 | id)", {}, r"log\(x\) cannot be computed in \d+ rows, first in row"),
    ("y ~ id + (1 | site)", {}, r"numbers written as text.*factor\(id\)"),
    ("y ~ 0 + (1 | id)", {}, "no fixed effects"),
    ("y ~ x + (x | id) + (1 | id)", {}, "the intercept varies by 'id' in two bars"),
    ("arm ~ x + (1 | id)", {}, "'arm': expected numbers, found text in 100 cells"),
    ("y ~ x + (1 | id)", {"family": "gamma"}, "--family gamma: expected gaussian"),
    ("y ~ x + (1 | id)", {"family": "binomal"}, "did you mean 'binomial'"),
    ("y ~ x + (1 | id)", {"df": "kenward"}, "--df kenward: expected"),
    ("y ~ x + (1 | id)", {"df": "kr", "method": "ml"}, "needs a REML fit"),
    ("yes ~ x + (1 | id)", {"family": "binomial", "df": "kr"}, "no degrees of freedom"),
    ("yes ~ x + (1 | id)", {"family": "binomial", "method": "reml"}, "expected laplace or agq:N"),
    ("yes ~ x + (1 | id)", {"family": "binomial", "method": "agq:99"}, "1 to 25 nodes"),
    ("yes ~ x + (1 + x + week | id)", {"family": "binomial", "method": "agq:15"}, "3,375 points"),
    ("y ~ x + (1 | id)", {"method": "laplace"}, "expected reml or ml"),
    ("y ~ x + (1 | id)", {"family": "binomial"}, "expected 0 or 1 in every row.*first in row 1 "),
    ("done/due ~ x + (1 | id)", {"family": "binomial"}, r"cbind\(done, due - done\)"),
    ("cbind(due, done - due) ~ x + (1 | id)", {"family": "binomial"}, "negative.*more successes"),
    ("cbind(done, due) ~ x + (1 | id)", {}, "needs --family binomial"),
    ("cbind(done) ~ x + (1 | id)", {"family": "binomial"}, "successes and failures"),
    ("arm ~ x + (1 | id)", {"family": "binomial"}, "found 3 different texts"),
    ("x ~ week + (1 | id)", {"family": "poisson"}, "expected counts"),
    ("y ~ week + (1 | id)", {"family": "negbinomial"}, "have a fraction"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("formula", "options", "words"), USER_ERRORS, ids=[f"{row[0]} {row[1]}" for row in USER_ERRORS]
)
def test_mistakes_name_the_column_and_the_remedy(formula, options, words):
    with pytest.raises(UserError, match=f"(?s){words}"):
        fit_table(weeks(), formula, **options)


def test_text_among_numbers_names_the_first_row_and_no_value():
    values = [str(value) for value in weeks()["x"]]
    values[4], values[60] = "SECRET", "1,5"
    with pytest.raises(
        UserError, match=r"text among 98 numbers in 2 cells, first in row 5 "
    ) as raised:
        fit_table(weeks().with_columns(x=pl.Series(values)), "y ~ x + (1 | id)")
    assert "SECRET" not in str(raised.value)
    assert "factor(x)" in str(raised.value)


def test_infinite_numbers_name_their_row():
    table = weeks().with_columns(
        x=pl.when(pl.int_range(pl.len()) == 12).then(math.inf).otherwise("x")
    )
    with pytest.raises(UserError, match=r"column 'x': 1 infinite value.*row 13 "):
        fit_table(table, "y ~ x + (1 | id)")


def test_text_with_hundreds_of_values_is_no_factor():
    table = weeks(250).with_columns(name="p" + pl.col("id"))
    with pytest.raises(UserError, match=r"'name' has 250 different values.*\(1 \| name\)"):
        fit_table(table, "y ~ name + (1 | site)")


def test_a_linear_model_of_yes_and_no_is_warned_of():
    fit = fit_table(weeks(), "yes ~ x + (1 | id)")
    assert "--family binomial" in fit.warnings[0]
