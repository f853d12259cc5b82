"""What is asked of `rapport fit --data`: the formula with its family, method and df."""

import re
from collections.abc import Iterable, Sequence
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
_ALIASES = {
    **dict.fromkeys(("normal", "linear", "lmm", "identity", "continuous"), "gaussian"),
    **dict.fromkeys(("logistic", "logit", "bernoulli", "binary", "binominal"), "binomial"),
    **dict.fromkeys(("count", "counts", "log", "quasipoisson"), "poisson"),
    **dict.fromkeys(
        ("nb", "nbinom", "nbinom2", "negbin", "negative-binomial", "negative_binomial"),
        "negbinomial",
    ),
    **dict.fromkeys(("kenward-roger", "kenward_roger", "kenwardroger", "kenward"), "kr"),
    **dict.fromkeys(("z", "wald", "asymptotic", "inf"), "none"),
}
"""What families and degrees of freedom are called elsewhere."""
_AGQ = re.compile(r"agq:(\d+)\Z")
_SHOWN = 30
_SUSPICIOUS = 0.25
_CELL = re.compile(
    r"(?i)(?:[-+]?(?:\d+[.,]?\d*|[.,]\d+)(?:e[-+]?\d+)?|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}.*"
    r"|true|false|na|n/a|nan|null|\.|_duplicated_\d+|)\Z"
)
"""A name that is no name: a number, a date, TRUE, or a cell that means missing."""


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
    def groups(self) -> frozenset[str]:
        """Columns that name groups, such as participants: messages never show what they hold."""
        return frozenset(name.name for bar in self.formula.bars for name in bar.columns)

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
        return self.groups - set(others)


def request(
    formula: str, *, family: str = "gaussian", method: str | None = None, df: str = "satterthwaite"
) -> Request:
    """Check what is asked before any data are read.

    Raises
    ------
    UserError
        If the formula cannot be read, or family, method and df do not go together.
    """
    family, df = family.strip().lower(), df.strip().lower()
    if family not in FAMILIES:
        raise UserError(f"--family {family}: {_expected(family, FAMILIES)}")
    if df not in DF_METHODS:
        raise UserError(f"--df {df}: {_expected(df, DF_METHODS)}")
    chosen = (method or "").strip().lower() or ("reml" if family == "gaussian" else "laplace")
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
    _check_groups(asked)
    return asked


def _check_groups(asked: Request) -> None:
    groups = dict.fromkeys(bar.group for bar in asked.formula.bars)
    if asked.is_linear or len(groups) == 1:
        return
    second = next(bar for bar in asked.formula.bars if bar.group != asked.formula.bars[0].group)
    raise at(
        asked.formula.text,
        second.start,
        f"{asked.family} models take one grouping factor here; the formula has "
        f"{' and '.join(groups)}. Keep the one that rows of a participant share and enter the "
        "other as a fixed factor, or fit it in R with glmmTMB.",
    )


def _expected(given: str, known: Sequence[str]) -> str:
    alias = _ALIASES.get(given, "")
    hint = f"; did you mean '{alias}'?" if alias in known else nearest(given, known)
    return f"expected {', '.join(known)}{hint}" + ("" if hint else ".")


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


def check_columns(formula: ModelFormula, there: Iterable[str], table: str = "The table") -> None:
    """Refuse a formula that names a column there is not.

    Where the columns' names look like a row of data, which a file without a header has for its
    first line, they are not shown.

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
        if _looks_like_data(columns):
            raise at(
                formula.text,
                name.start,
                f"no column '{name.name}'. {table}: the first row does not look like column names. "
                "Expected a header, a first row that names each column.",
            )
        hint = nearest(name.name, columns)
        shown = ", ".join(columns[:_SHOWN])
        more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
        listing = "" if hint else f". {table} has: {shown}{more}."
        raise at(formula.text, name.start, f"no column '{name.name}'{hint}{listing}")


def _looks_like_data(columns: tuple[str, ...]) -> bool:
    """Whether names may be cells: numbers, dates, or nothing. Better none shown than someone's."""
    n_cells = sum(_CELL.match(name.strip()) is not None for name in columns)
    return n_cells > 0 and n_cells >= _SUSPICIOUS * len(columns)
