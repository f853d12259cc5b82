"""A fitted table as a person reads it: what was fitted to which rows, estimates, and caveats."""

from collections.abc import Iterator
from math import exp

from rich import box
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from models.table.answer import FixedEffect, TableFit

_METHODS = {
    "reml": "restricted maximum likelihood (REML)",
    "ml": "maximum likelihood",
    "laplace": "maximum likelihood, Laplace approximation",
}
_FAMILIES = {
    "gaussian": "Linear mixed model",
    "binomial": "Logistic mixed model",
    "poisson": "Poisson mixed model (log link)",
    "negbinomial": "Negative binomial mixed model (log link)",
}
_DF = {
    "satterthwaite": "t tests with Satterthwaite's degrees of freedom",
    "kr": "t tests with Kenward-Roger standard errors and degrees of freedom",
    "none": "z tests (no degrees of freedom)",
}
_RATIOS = {"binomial": "odds ratio", "poisson": "rate ratio", "negbinomial": "rate ratio"}
_LARGEST_LOG = 50.0
_LANGUAGES = {"python": "Python, Rapport", "statsmodels": "Python, statsmodels", "r": "R"}
_LEXERS = {"python": "python", "statsmodels": "python", "r": "r"}


def report(fit: TableFit, file: str, *, with_code: bool) -> Iterator[RenderableType]:
    """The parts of the report, from top to bottom."""
    yield Text(f"{_FAMILIES[fit.family]} by {_method(fit)}", style="bold")
    yield Text(f"{fit.formula}\n{_rows(fit, file)}")
    if fit.error is None:
        yield _fixed(fit)
        yield Text(f"95 % intervals; {_DF[fit.df_method]}.{_scale(fit)}", style="dim")
        yield _random(fit)
        yield Text(_likelihood(fit))
    for title, sentences, style in _remarks(fit):
        yield Text(f"\n{title}", style=f"bold {style}")
        for sentence in sentences:
            yield Padding(Text(f"- {sentence}"), (0, 0, 0, 1))
    if with_code:
        from rich.syntax import Syntax

        for language, code in fit.code.items():
            yield Text(f"\n{_LANGUAGES[language]}", style="bold")
            yield Syntax(code, _LEXERS[language], background_color="default", word_wrap=False)


def _method(fit: TableFit) -> str:
    if fit.method.startswith("agq:"):
        nodes = fit.method.removeprefix("agq:")
        return f"maximum likelihood, adaptive Gauss-Hermite quadrature with {nodes} nodes"
    return _METHODS[fit.method]


def _rows(fit: TableFit, file: str) -> str:
    left = fit.n_rows_read - fit.n_rows
    text = f"{file}: {fit.n_rows:,} rows"
    if left:
        columns = ", ".join(f"{one.column} {one.n_rows:,}" for one in fit.rows_dropped)
        text += f" of {fit.n_rows_read:,}; {left:,} left out for missing values ({columns})"
    groups = "; ".join(f"{n:,} groups of {group}" for group, n in fit.n_groups.items())
    return f"{text}\n{groups}" if groups else text


def _fixed(fit: TableFit) -> Table:
    table = _table("Fixed effects")
    table.add_column("term", overflow="fold")
    is_t = any(row.df is not None for row in fit.fixed)
    heads = ("estimate", "SE", *(("df",) if is_t else ()), "t" if is_t else "z", "p", "95 % CI")
    ratio = _RATIOS.get(fit.family)
    for head in (*heads, *((ratio,) if ratio else ())):
        table.add_column(head, justify="right", no_wrap=True)
    for row in fit.fixed:
        own = (number(exp(row.estimate)),) if ratio and abs(row.estimate) < _LARGEST_LOG else ()
        table.add_row(row.term, *_cells(row), *own)
    return table


def _cells(row: FixedEffect) -> Iterator[str]:
    yield number(row.estimate)
    yield number(row.se)
    if row.df is not None:
        yield f"{row.df:,.1f}"
    yield f"{row.statistic:.2f}"
    yield p_value(row.p)
    yield f"{number(row.ci_low)} to {number(row.ci_high)}"


def _scale(fit: TableFit) -> str:
    if fit.family == "binomial":
        return (
            " Estimates are log odds; odds ratios are conditional, that is, for one and the same "
            "group."
        )
    if fit.family in {"poisson", "negbinomial"}:
        return " Estimates are logs of rates."
    return ""


def _random(fit: TableFit) -> Table:
    table = _table("Random effects")
    table.add_column("group")
    table.add_column("effect", overflow="fold")
    for head in ("variance", "SD", "correlation"):
        table.add_column(head, justify="right", no_wrap=True)
    last = ""
    for row in fit.random:
        group = "" if row.group == last else row.group
        last = row.group
        second = "" if row.sd_or_correlation is None else number(row.sd_or_correlation)
        if row.term2 is None:
            table.add_row(group, row.term1, number(row.variance_or_covariance), second, "")
        else:
            table.add_row(group, f"{row.term1}, {row.term2}", "", "", second)
    if fit.residual_variance is not None:
        sd = number(fit.residual_variance**0.5)
        table.add_row("residual", "", number(fit.residual_variance), sd, "")
    return table


def _likelihood(fit: TableFit) -> str:
    kind = "REML log-likelihood" if fit.method == "reml" else "Log-likelihood"
    text = f"{kind} {fit.loglik:,.3f}, {fit.n_parameters} parameters, AIC {fit.aic:,.1f}"
    if fit.dispersion is not None:
        size = number(fit.dispersion)
        text += f"; size {size} (variance = mean + mean\u00b2 / size)"
    return text


def _remarks(fit: TableFit) -> Iterator[tuple[str, list[str], str]]:
    named = {one.explanation for one in fit.not_estimable}
    if fit.error is not None:
        named.add(fit.error.explanation)
        yield "No estimates", [fit.error.explanation], "red"
    if fit.not_estimable:
        yield "Not estimable, left out", [one.explanation for one in fit.not_estimable], "yellow"
    others = [warning for warning in fit.warnings if warning not in named]
    if others:
        yield "Warnings", others, "yellow"


def number(value: float) -> str:
    """Four significant digits, without an exponent where none is needed."""
    if value == 0 or 1e-4 <= abs(value) < 1e7:
        digits = f"{value:.4g}"
        return digits if "e" not in digits else f"{value:,.0f}"
    return f"{value:.2e}"


def p_value(p: float) -> str:
    """Three decimals, or that it is smaller."""
    return "< .001" if p < 0.001 else f"{p:.3f}".removeprefix("0")


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
