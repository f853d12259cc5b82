"""Formulas as lme4's users write them: what they mean, and what is said of those that mean nothing."""

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.formula.bars import read_formula, summands
from models.formula.deparse import in_r
from models.formula.expressions import Schema
from models.formula.matrices import Design, fixed_design, random_designs
from models.formula.parser import parse
from models.formula.python_text import in_python
from models.formula.rename import plain_names, renamed
from models.formula.syntax import Node
from models.formula.syntax_error import FormulaError
from models.formula.terms import by_formulaic, expand

TABLE = pl.DataFrame(
    {
        "y": [1.0, 2.0, 4.0, 3.0, 5.0, 7.0],
        "x": [0.5, 1.0, 2.0, 4.0, 8.0, 16.0],
        "week": [0, 1, 2, 0, 1, 2],
        "arm": ["b", "b", "b", "a", "c", "c"],
        "sex": ["f", "m", "f", "m", "f", "m"],
        "new": [True, False, True, False, False, True],
        "id": ["01", "01", "01", "1", "1", "1"],
        "long name": [1.0, 0.0, 1.0, 0.0, 2.0, 3.0],
    }
)


def levels(_node: Node, texts: pl.Expr) -> list[str]:
    return TABLE.select(texts.alias("level").unique())["level"].to_list()


def fixed(text: str) -> Design:
    formula = read_formula(f"y ~ {text} + (1 | id)")
    return fixed_design(formula.fixed, Schema(formula.text, TABLE.schema), levels)


def bars(text: str) -> list[tuple[str, tuple[str, ...]]]:
    formula = read_formula(f"y ~ x + {text}")
    schema = Schema(formula.text, TABLE.schema)
    return [
        (one.group, one.design.names)
        for bar in formula.bars
        for one in random_designs(bar, schema, levels)
    ]


# Columns and their order are those of R's model.matrix for the same table.
R_COLUMNS = {
    "x": ["(Intercept)", "x"],
    "0 + x": ["x"],
    "x - 1": ["x"],
    "1": ["(Intercept)"],
    "arm": ["(Intercept)", "armb", "armc"],
    "0 + arm + sex": ["arma", "armb", "armc", "sexm"],
    "arm * x": ["(Intercept)", "armb", "armc", "x", "armb:x", "armc:x"],
    "x + arm:x": ["(Intercept)", "x", "x:armb", "x:armc"],
    "arm:x": ["(Intercept)", "arma:x", "armb:x", "armc:x"],
    "arm:sex": [
        "(Intercept)",
        "arma:sexf",
        "armb:sexf",
        "armc:sexf",
        "arma:sexm",
        "armb:sexm",
        "armc:sexm",
    ],
    "sex + arm:sex": ["(Intercept)", "sexm", "sexf:armb", "sexm:armb", "sexf:armc", "sexm:armc"],
    "arm / x": ["(Intercept)", "armb", "armc", "arma:x", "armb:x", "armc:x"],
    "(x + week + sex)^2 - x:week": ["(Intercept)", "x", "week", "sexm", "x:sexm", "week:sexm"],
    "x * week * sex - x:week:sex": [
        "(Intercept)",
        "x",
        "week",
        "sexm",
        "x:week",
        "x:sexm",
        "week:sexm",
    ],
    "new": ["(Intercept)", "newTRUE"],
    "I(x>2)": ["(Intercept)", "I(x > 2)TRUE"],
    "I(arm == 'b')": ["(Intercept)", 'I(arm == "b")TRUE'],
    "I(week == '1')": ["(Intercept)", 'I(week == "1")TRUE'],
    "factor(week)": ["(Intercept)", "factor(week)1", "factor(week)2"],
    "relevel(arm, ref='c')": [
        "(Intercept)",
        'relevel(arm, ref = "c")a',
        'relevel(arm, ref = "c")b',
    ],
    "relevel(factor(arm), 'b')": [
        "(Intercept)",
        'relevel(factor(arm), "b")a',
        'relevel(factor(arm), "b")c',
    ],
    "C(arm, contr.sum)": ["(Intercept)", "C(arm, contr.sum)1", "C(arm, contr.sum)2"],
    "log(x+1) + I(x^2/2)": ["(Intercept)", "log(x + 1)", "I(x^2/2)"],
    "poly(x,2)": ["(Intercept)", "poly(x, 2)1", "poly(x, 2)2"],
    "`long name`": ["(Intercept)", "`long name`"],
    "week:sex + x": ["(Intercept)", "x", "week:sexf", "week:sexm"],
}


@pytest.mark.parametrize(("text", "names"), R_COLUMNS.items(), ids=str)
def test_columns_are_named_and_ordered_as_in_r(text, names):
    design = fixed(text)
    assert list(design.names) == names
    assert design.matrix(TABLE).shape == (6, len(names))


def test_values_of_columns():
    design = fixed("arm * x + I(x^2) + C(sex, contr.sum) + center(x) + as.numeric(new)")
    X = dict(zip(design.names, design.matrix(TABLE).T, strict=True))
    x, arm = TABLE["x"].to_numpy(), TABLE["arm"].to_numpy()
    assert X["armc:x"] == pytest.approx(np.where(arm == "c", x, 0))
    assert X["I(x^2)"] == pytest.approx(x**2)
    assert X["C(sex, contr.sum)1"] == pytest.approx(np.where(TABLE["sex"] == "f", 1, -1))
    assert X["center(x)"] == pytest.approx(x - x.mean())
    assert X["as.numeric(new)"] == pytest.approx([1, 0, 1, 0, 0, 1])


def test_levels_of_numbers_are_sorted_by_size_and_text_by_alphabet_whatever_the_case():
    table = pl.DataFrame(
        {"y": [1.0] * 4, "n": [10, 2, 1, 2], "t": ["b", "C", "a", "B"], "id": list("aabb")}
    )
    formula = read_formula("y ~ factor(n) + t + (1 | id)")

    def levels_of(_node: Node, texts: pl.Expr) -> list[str]:
        return table.select(texts.alias("level").unique())["level"].to_list()

    design = fixed_design(formula.fixed, Schema(formula.text, table.schema), levels_of)
    assert list(design.names) == ["(Intercept)", "factor(n)2", "factor(n)10", "tb", "tB", "tC"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(1 | id)", [("id", ("(Intercept)",))]),
        ("(1 + week | id)", [("id", ("(Intercept)", "week"))]),
        ("(week | id)", [("id", ("(Intercept)", "week"))]),
        ("(0 + week | id)", [("id", ("week",))]),
        ("(week - 1 | id)", [("id", ("week",))]),
        ("(week || id)", [("id", ("(Intercept)",)), ("id", ("week",))]),
        ("(1 | arm/id)", [("id:arm", ("(Intercept)",)), ("arm", ("(Intercept)",))]),
        (
            "(1 | sex/arm/id)",
            [
                ("id:arm:sex", ("(Intercept)",)),
                ("arm:sex", ("(Intercept)",)),
                ("sex", ("(Intercept)",)),
            ],
        ),
        ("(1 | arm:id)", [("arm:id", ("(Intercept)",))]),
        ("(1 | id) + (0 + week | id)", [("id", ("(Intercept)",)), ("id", ("week",))]),
        ("(arm || id)", [("id", ("(Intercept)",)), ("id", ("arma", "armb", "armc"))]),
        ("(1 | factor(id))", [("id", ("(Intercept)",))]),
        ("((1 | id))", [("id", ("(Intercept)",))]),
    ],
)
def test_bars_are_divided_as_lme4_divides_them(text, expected):
    assert bars(text) == expected


# What is wrong, the place of the caret, and words that the message must hold.
MISTAKES = [
    ("y ~ x + (1 + t | id", 19, ["formula ends", "')'"]),
    ("y ~ x + 1 | id", 10, ["parentheses", "(1 | id)"]),
    ("y x + (1 | id)", 2, ["'~'"]),
    ("~ x + (1 | id)", 0, ["no outcome"]),
    ("y ~ x + (1 | id) )", 17, ["found ')'"]),
    ("y ~ x $ z + (1 | id)", 6, ["'$'", "backquotes"]),
    ("y ~ `x + (1 | id)", 4, ["backquote is open"]),
    ("y ~ C(x, 'b) + (1 | id)", 9, ["quotation mark is open"]),
    ("y ~ x + (1 | id + site)", 16, ["(1 | a) + (1 | b)"]),
    ("y ~ x + (1 | log(id))", 13, ["grouping column"]),
    ("y ~ x * (1 | id) + (1 | id)", 8, ["bar stands alone"]),
    ("y ~ x - (1 | id)", 8, ["cannot be taken away"]),
    ("y ~ log(offset(x)) + (1 | id)", 8, ["offset() stands alone"]),
    ("y ~ offset(x, 2) + (1 | id)", 4, ["one expression"]),
    ("y ~ x^2 + (1 | id)", 5, ["I(x^2)"]),
    ("y ~ x + 2 + (1 | id)", 8, ["no term", "I(...)"]),
    ("y ~ (x > 2) + (1 | id)", 7, ["'>'", "I(...)"]),
    ("y ~ ns(x, 3) + (1 | id)", 4, ["no function 'ns'", "bs(x, df = 4)"]),
    ("y ~ lgo(x) + (1 | id)", 4, ["no function 'lgo'", "did you mean 'log'?"]),
    ("y ~ log(arm) + (1 | id)", 8, ["'arm' holds text"]),
    ("y ~ log(poly(x, 2)) + (1 | id)", 8, ["term of its own"]),
    ("y ~ I(x + 1 == 'a') + (1 | id)", 8, ["compared with a column"]),
    ("y ~ log(x, 2) + (1 | id)", 4, ["one expression"]),
    ("y ~ factor(x + 1) + (1 | id)", 4, ["takes a column"]),
    ("y ~ relevel(arm, ref = 'z') + (1 | id)", 23, ["no analysed row", "'a', 'b', 'c'"]),
    ("y ~ C(arm, contr.what) + (1 | id)", 11, ["contr.sum"]),
    ("y ~ factor(arm, levels = c('a')) + (1 | id)", 4, ["every level", "'c'"]),
    ("y ~ poly(x, 1.5) + (1 | id)", 12, ["whole number"]),
    ("y ~ bs(x, df = 2) + (1 | id)", 4, ["at least its degree"]),
    ("y ~ poly(x, 2, knots = 3) + (1 | id)", 4, ["degree", "raw"]),
]


def design_of(text: str) -> Design:
    return fixed_design(read_formula(text).fixed, Schema(text, TABLE.schema), levels)


@pytest.mark.parametrize(
    ("text", "place", "words"), MISTAKES, ids=[text for text, _, _ in MISTAKES]
)
def test_a_mistake_is_shown_with_its_place_and_what_to_write(text, place, words):
    with pytest.raises(FormulaError) as raised:
        design_of(text)
    sentence, line, caret = str(raised.value).split("\n")
    assert line == f"  {text}"
    assert caret.index("^") - 2 == place
    for word in words:
        assert word in sentence


def test_without_random_effects_the_remedy_is_named():
    with pytest.raises(FormulaError, match=r"no random effects.*\(1 \| id\)"):
        read_formula("y ~ x")
    with pytest.raises(FormulaError, match="empty"):
        read_formula("  ")


@pytest.mark.parametrize("kind", [pl.Date, pl.List(pl.Int64)])
def test_columns_that_hold_neither_numbers_nor_text_are_refused(kind):
    formula = read_formula("y ~ x + (1 | id)")
    with pytest.raises(FormulaError, match="column 'x' holds"):
        fixed_design(
            formula.fixed, Schema(formula.text, pl.Schema({**TABLE.schema, "x": kind})), levels
        )


def test_nothing_a_person_writes_is_run():
    for text in ("__import__('os')", "open(x)", "np.log(x)", "x.__class__"):
        with pytest.raises((FormulaError, KeyError)):
            fixed(text)


NAMES = st.sampled_from(["x", "week", "log(x)", "I(x^2)", "arm", "`long name`"])
SUMS = st.recursive(
    NAMES,
    lambda inner: (
        st.builds("{} {} {}".format, inner, st.sampled_from(["+", "*", ":", "-"]), inner)
        | st.builds("({})".format, inner)
    ),
    max_leaves=5,
)


@settings(deadline=None, max_examples=60)
@given(SUMS)
def test_a_formula_printed_and_read_again_is_the_same(text):
    once = parse(f"y ~ {text}").predictors
    assert parse(f"y ~ {in_r(once)}").predictors == once


@example("x - (x - week)", "")
@example("x + week - (x + week - x)", "0 + ")
@settings(deadline=None, max_examples=100)
@given(SUMS, st.sampled_from(["", "0 + ", "1 + ", "-1 + ", "0 + 1 + "]))
def test_terms_are_those_of_formulaic(text, start):
    """What is expanded without formulaic, for speed, comes out as it would with it."""
    signed = tuple(summands(parse(f"y ~ {start}{text}").predictors))
    found = expand(text, signed)
    keys = [in_r(node) for node in found.variables]
    written = f"{start}{text}"
    for place, key in sorted(enumerate(keys), key=lambda pair: -len(pair[1])):
        written = written.replace(key, f"v{place}")
    expected = sorted(dict.fromkeys(by_formulaic(f"1 + {written}")), key=len)
    assert list(found.products) == expected


@settings(deadline=None, max_examples=60)
@given(SUMS)
def test_the_design_has_a_column_for_each_name_and_no_column_twice(text):
    design = fixed(text)
    assert len(set(design.names)) == len(design.names) == design.matrix(TABLE).shape[1]


# -- other languages ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I(x > 2 & week < 3)", "C((x > 2) & (week < 3))"),
        ("I(!(x > 2))", "C(~((x > 2)))"),
        ("I(x^2)", "I(x ** 2)"),
        ("log(x)", "np.log(x)"),
    ],
)
def test_expressions_as_python_text(text, expected):
    assert in_python(read_formula(f"y ~ {text} + (1 | id)").fixed[0][1]) == expected


def test_new_names_are_identifiers_and_differ():
    names = plain_names(["a b", "a-b", "a_b", "class", "2nd", "größe", "!!", "data"], ["data"])
    assert "a_b" not in names
    assert len({*names.values(), "a_b"}) == len(names) + 1
    assert all(name.isidentifier() and name.isascii() for name in names.values())
    assert names["data"] != "data"


def test_every_column_of_a_formula_takes_its_new_name():
    formula = read_formula(
        "cbind(`a b`, 5 - `a b`) ~ factor(`a b`) * I(-`a b` > (2)) + offset(log(`a b`)) "
        "+ (1 + `a b` | x/`a b`)"
    )
    made = renamed(formula, {"a b": "ab"})
    assert {one.name for one in made.columns} == {"ab", "x"}
    assert "`" not in "".join(in_r(node) for _, node in made.fixed)
