"""What is asked of `rapport fit --data`: the formula with its family, method and df."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast, get_args

from models.formula.bars import ModelFormula, read_formula
from models.formula.syntax import Call, columns_of
from models.formula.syntax_error import at, nearest
from study.errors import UserError

Family = Literal["gaussian", "binomial", "poisson", "negbinomial"]
DfMethod = Literal["satterthwaite", "kr", "none"]
FAMILIES = get_args(Family)
DF_METHODS = get_args(DfMethod)
MOST_NODES = 25
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", ".")
"""Cells of a CSV file that mean "no value"."""
_AGQ = re.compile(r"agq:(\d+)\Z")
_SHOWN = 30


@dataclass(frozen=True)
class Request:
    """A model to fit. `method` is reml, ml, laplace or agq:N; `nodes` is N, else 1."""

    formula: ModelFormula
    family: Family
    method: str
    nodes: int
    df: DfMethod

    @property
    def is_linear(self) -> bool:
        """Whether the outcome is modelled as normal."""
        return self.family == "gaussian"

    @property
    def is_counted(self) -> bool:
        """Whether the outcome is two columns, `cbind(success, failure)`."""
        return isinstance(self.formula.response, Call) and self.formula.response.function == "cbind"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column used, in order of appearance."""
        return tuple(name.name for name in self.formula.columns)

    @property
    def labels(self) -> frozenset[str]:
        """Columns that only name groups or levels, whose text matters as it stands."""
        formula = self.formula
        measured = [node for _, node in formula.fixed] + [bar.design for bar in formula.bars]
        others = [
            name.name
            for node in [formula.response, *formula.offsets, *measured]
            for name in columns_of(node)
        ]
        grouping = {name.name for bar in formula.bars for name in bar.columns}
        return frozenset(grouping - set(others))


def request(
    formula: str, *, family: str = "gaussian", method: str | None = None, df: str = "satterthwaite"
) -> Request:
    """Check what is asked before any data are read.

    Raises
    ------
    UserError
        If the formula cannot be read, or family, method and df do not go together.
    """
    if family not in FAMILIES:
        raise UserError(f"--family {family}: {_expected(family, FAMILIES)}")
    if df not in DF_METHODS:
        raise UserError(f"--df {df}: {_expected(df, DF_METHODS)}")
    chosen = method or ("reml" if family == "gaussian" else "laplace")
    nodes = _nodes(chosen, family)
    if family == "gaussian" and df == "kr" and chosen != "reml":
        raise UserError("--df kr: Kenward-Roger needs a REML fit. Leave --method out, or use reml.")
    if family != "gaussian" and df == "kr":
        raise UserError(
            f"--df kr: there are no degrees of freedom for {family} models; tests use z. Leave "
            "--df out."
        )
    asked = Request(
        read_formula(formula),
        cast(Family, family),
        chosen,
        nodes,
        cast(DfMethod, df) if family == "gaussian" else "none",
    )
    _check_response(asked)
    return asked


def _expected(given: str, known: Iterable[str]) -> str:
    return f"expected {', '.join(known)}{nearest(given, known).rstrip('?')}."


def _nodes(method: str, family: str) -> int:
    """Quadrature nodes of a method's name."""
    is_linear = family == "gaussian"
    known = ("reml", "ml") if is_linear else ("laplace", "agq:N")
    match = _AGQ.match(method)
    if match and not is_linear:
        nodes = int(match[1])
        if not 1 <= nodes <= MOST_NODES:
            raise UserError(f"--method {method}: expected 1 to {MOST_NODES} nodes, as in agq:9.")
        return nodes
    if method not in known[: 2 if is_linear else 1]:
        raise UserError(
            f"--method {method}: with --family {family} expected {' or '.join(known)}"
            f"{'' if is_linear else ' with N nodes, as in agq:9'}."
        )
    return 1


def _check_response(asked: Request) -> None:
    response = asked.formula.response
    if not asked.is_counted:
        return
    assert isinstance(response, Call)
    text = asked.formula.text
    if asked.family != "binomial":
        raise at(text, response.start, "cbind(success, failure) needs --family binomial.")
    if len(response.arguments) != 2 or response.named:
        raise at(
            text,
            response.start,
            "cbind() takes successes and failures, as in cbind(done, due - done).",
        )


def check_columns(formula: ModelFormula, there: Iterable[str]) -> None:
    """Refuse a formula that names a column there is not.

    Raises
    ------
    FormulaError
        Pointing at the name, with the nearest column.
    """
    columns = tuple(there)
    for name in formula.columns:
        if name.name in columns:
            continue
        if name.name == ".":
            raise at(formula.text, name.start, "'.' stands for no column here. Name the columns.")
        hint = nearest(name.name, columns)
        shown = ", ".join(columns[:_SHOWN])
        more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
        listing = "" if hint else f". The table has: {shown}{more}."
        raise at(formula.text, name.start, f"no column '{name.name}'{hint}{listing}")
