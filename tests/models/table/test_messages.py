"""What `fit_table` says of mistakes: the right cause, the remedy, and nobody's name."""

import re

import numpy as np
import polars as pl
import pytest

from models.errors import NotEstimableError
from models.table.answer import TableFit
from models.table.fit import fit_table, refused
from models.table.request import check_columns, request
from study.errors import UserError


def table(n: int = 25, occasions: int = 4) -> pl.DataFrame:
    """Participants on several occasions; nothing in it is real."""
    rng = np.random.default_rng(7)
    person = np.repeat(np.arange(n), occasions)
    rows = n * occasions
    return pl.DataFrame(
        {
            "id": [f"person{one:02d}" for one in person],
            "site": [f"s{one % 6}" for one in person],
            "arm": np.array(["app", "Usual"])[person % 2],
            "week": np.tile(np.arange(occasions), n),
            "x": rng.normal(size=rows),
            "y": rng.normal(size=rows) + rng.normal(size=n)[person],
            "yes": rng.integers(0, 2, rows),
            "count": rng.poisson(3, rows),
            "due": 9,
        }
    )


def refusal(formula: str, frame: pl.DataFrame | None = None, **options: str) -> str:
    with pytest.raises(UserError) as raised:
        fit_table(table() if frame is None else frame, formula, **options)
    return str(raised.value)


# -- privacy ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "term", ['relevel(id, ref = "zz")', 'factor(id, levels = c("person00"))', "C(id, foo)"]
)
def test_levels_of_groups_are_never_listed(term):
    said = refusal(f"y ~ {term} + (1 | id)")
    assert "person" not in said.split("\n")[0]


def test_many_levels_are_counted_and_few_are_listed():
    frame = table().with_columns(code="id")
    said = refusal('y ~ relevel(code, ref = "zz") + (1 | site)', frame)
    assert "It has 25 levels." in said
    assert "person" not in said
    assert "Levels: 'app', 'Usual'." in refusal('y ~ relevel(arm, ref = "zz") + (1 | id)')


@pytest.mark.parametrize(
    "header", [("p1", "1", "3.5"), ("p1", "app", "london", "2020-01-05"), ("p1", "", "x", "y")]
)
def test_a_header_that_looks_like_data_is_not_shown(header):
    with pytest.raises(UserError, match="first row does not look like column names") as raised:
        check_columns(request("p ~ x2 + (1 | p2)").formula, header)
    assert "p1" not in str(raised.value)


# -- right words --------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["poisson", "negbinomial"])
def test_counts_that_are_negative_or_with_a_fraction(family):
    frame = table().with_columns(
        low=pl.when(pl.int_range(pl.len()) < 28).then(-1).otherwise("count"),
        one=pl.when(pl.int_range(pl.len()) == 3).then(1.5).otherwise("count"),
    )
    assert "; 28 values are negative, first in row 1 " in refusal(
        "low ~ x + (1 | id)", frame, family=family
    )
    assert "; 1 value has a fraction, first in row 4 " in refusal(
        "one ~ x + (1 | id)", frame, family=family
    )


@pytest.mark.parametrize("pair", ["low, count", "count, low"])
def test_successes_and_failures_that_are_negative(pair):
    frame = table().with_columns(low=-pl.col("count") - 1)
    said = refusal(f"cbind({pair}) ~ x + (1 | id)", frame, family="binomial")
    assert "100 values are negative" in said


def test_a_factor_with_a_level_in_nearly_every_row_is_named():
    frame = table().with_columns(note="n" + pl.int_range(pl.len()).cast(pl.String))
    said = refusal("y ~ note + (1 | id)", frame)
    assert "column 'note' has 100 different values in 100 rows" in said
    assert "'x' has 100 different values" in refusal("y ~ factor(x) + (1 | id)")
    assert fit_table(table(), "y ~ factor(week) + (1 | id)").error is None


@pytest.mark.parametrize("date", ["2024-03-05", "2024-03-05T10:00:00", "5.3.2024", "03/05/24"])
def test_dates_as_text_are_refused_as_dates_are(date):
    frame = table().with_columns(day=pl.lit(date))
    as_text = refusal("y ~ day + (1 | id)", frame)
    typed = frame.with_columns(day=pl.date(2024, 3, 5))
    for said in (as_text, refusal("y ~ day + (1 | id)", typed)):
        assert "column 'day' holds dates or times" in said
        assert "days since the start" in said
    assert date not in as_text


def test_decimal_commas_are_named():
    frame = table().with_columns(
        z=pl.col("x").round(2).cast(pl.String).str.replace(".", ",", literal=True)
    )
    said = refusal("y ~ z + (1 | id)", frame)
    assert "decimal comma" in said
    assert "1.5, not 1,5" in said
    assert "decimal comma" in refusal("z ~ week + (1 | id)", frame)


def test_a_measure_as_a_group_is_warned_of():
    index = pl.int_range(pl.len())
    frame = table().with_columns(z=pl.when(index < 3).then(pl.lit(0.5)).otherwise("x"))
    fit = fit_table(frame, "y ~ week + (1 | z)")
    assert any("'z' has 98 groups in 100 rows" in one for one in fit.warnings)


@pytest.mark.parametrize(
    ("formula", "family", "words"),
    [
        ("yes ~ x + (1 | id) + (1 | site)", "binomial", "one grouping factor"),
        ("count ~ x + (1 | site/id)", "poisson", "one grouping factor"),
        ("yes ~ x + (1 + x | id) + (0 + week | id)", "binomial", "take one bar"),
        ("y ~ x + (0 | id)", "gaussian", "holds no effect"),
    ],
)
def test_what_the_formula_asks_for_is_a_mistake_not_a_result(formula, family, words):
    assert words in refusal(formula, family=family)


def test_a_text_outcome_says_which_family_takes_it():
    assert "as a term of its own, arm is a factor" in refusal("y ~ I(arm + 1) + (1 | id)")
    said = refusal("arm ~ x + (1 | id)")
    assert "--family binomial" in said
    assert "leave them empty" not in said


def test_one_row_per_group_says_residual_of_measures_only():
    frame = table().with_columns(id=pl.int_range(pl.len()))
    linear = fit_table(frame, "y ~ x + (1 | id)").error
    logistic = fit_table(frame, "yes ~ x + (1 | id)", family="binomial").error
    assert linear is not None
    assert "residual" in linear.explanation
    assert logistic is not None
    assert logistic.reason == "one_row_per_group"
    assert "residual" not in logistic.explanation


def test_an_outcome_without_any_trial_is_named_as_such():
    frame = table().with_columns(done=pl.lit(0), failed=pl.lit(0))
    error = fit_table(frame, "cbind(done, failed) ~ x + (1 | id)", family="binomial").error
    assert error is not None
    assert error.reason == "outcome_missing"
    assert "counts no trial" in error.explanation
    assert "Leave it out" not in error.explanation


@pytest.mark.parametrize(
    ("family", "meant"),
    [
        ("normal", "gaussian"),
        ("linear", "gaussian"),
        ("logistic", "binomial"),
        ("nb", "negbinomial"),
    ],
)
def test_families_by_their_other_names(family, meant):
    assert f"did you mean '{meant}'?" in refusal("y ~ x + (1 | id)", family=family)


def test_options_take_any_case():
    fit = fit_table(table(), "y ~ x + (1 | id)", family="Gaussian", method="REML", df="KR")
    assert (fit.family, fit.method, fit.df_method) == ("gaussian", "reml", "kr")
    other = fit_table(table(), "yes ~ x + (1 | id)", family="BINOMIAL", method="AGQ:3")
    assert other.method == "agq:3"


@pytest.mark.parametrize("test", ['x > "a"', 'x == "a"', '"2" < x'])
def test_numbers_are_not_compared_with_text(test):
    assert "holds numbers, and is compared with text" in refusal(f"y ~ I({test}) + (1 | id)")


def test_a_number_in_quotes_may_equal_a_number():
    fit = fit_table(table(), 'y ~ I(week == "2") + (1 | id)')
    plain = fit_table(table(), "y ~ I(week == 2) + (1 | id)")
    assert fit.fixed[1].estimate == plain.fixed[1].estimate


def test_reasons_have_no_blanks():
    error = NotEstimableError("No.", reason="constant_outcome")
    made = refused(TableFit("", "gaussian", "reml", "none"), error).to_dict()
    assert made["error"]["reason"] == "constant_outcome"
    with pytest.raises(ValueError, match="snake case"):
        NotEstimableError("No.", reason="constant outcome")


@pytest.mark.parametrize(
    ("pasted", "plain"),
    [("−", "-"), ("–", "-"), ("“", '"'), ("”", '"'), ("’", "'"), ("∣", "|"), ("×", "*")],
)
def test_pasted_typography_is_named(pasted, plain):
    said = refusal(f"y ~ x {pasted} 1 + (1 | id)")
    assert f"Use a plain {plain} instead" in said


def test_polynomials_need_more_values_than_their_degree():
    said = refusal("y ~ poly(week, 4) + (1 | id)")
    assert "4 different values" in said
    assert "a degree of at most 3" in said
    frame = table().with_columns(one=pl.lit(1.0))
    assert "Leave the term out" in refusal("y ~ poly(one, 1) + (1 | id)", frame)
    assert "Leave the term out" in refusal("y ~ bs(one, df = 4) + (1 | id)", frame)
    assert fit_table(table(), "y ~ poly(week, 3) + (1 | id)").error is None


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("y ~ " + " + ".join(["x"] * 2000) + " + (1 | id)", "operators, more than 500"),
        ("y ~ " + "(" * 3000 + "x" + ")" * 3000 + " + (1 | id)", "nested more than 60"),
        ("y ~ " + "-" * 400 + "x + (1 | id)", "nested more than 60"),
        ("y ~ I(" + " + ".join(["x"] * 300) + ") + (1 | id)", "nested more than 60"),
        ("y ~ x" + "^2" * 300 + " + (1 | id)", "nested more than 60"),
    ],
    ids=["sum", "parentheses", "signs", "within I", "powers"],
)
def test_formulas_too_large_to_work_through(formula, words):
    said = refusal(formula)
    assert words in said
    assert len(said) < 600


@pytest.mark.parametrize("end", ["", " - 1"])
def test_sums_up_to_the_limit_are_fitted(end):
    formula = "y ~ " + " + ".join(["x", "week"] * 245) + end + " + (1 | id)"
    assert len(fit_table(table(), formula).fixed) == (3 if not end else 2)


@pytest.mark.parametrize(("scale", "word"), [(1e200, "large"), (1e-200, "small")])
def test_values_that_cannot_be_squared_are_named(scale, word):
    said = refusal("y ~ z + (1 | id)", table().with_columns(z=pl.col("x") * scale))
    assert f"z: its values are too {word} to be squared" in said
    assert "1e200)" in said or "1e199)" in said or "1e201)" in said


# -- code ---------------------------------------------------------------------------------------


def test_r_gets_the_levels_in_order_and_a_tight_glmer():
    code = fit_table(table(), "yes ~ arm + factor(week) + (1 | id)", family="binomial").code["r"]
    assert 'data[["arm"]] <- factor(data[["arm"]], levels = c("app", "Usual"))' in code
    assert 'glmerControl(optimizer = "bobyqa", tolPwrss = 1e-12)' in code
    assert "person" not in code


def test_levels_of_groups_and_of_many_are_not_in_the_code():
    frame = table().with_columns(code="id")
    for code in fit_table(frame, "y ~ code + arm + (1 | site)").code.values():
        assert "person" not in code
    for code in fit_table(frame, "y ~ site + arm + (1 | site)").code.values():
        assert "s1" not in re.findall(r'"(\w+)"', code)
