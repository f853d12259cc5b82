"""The code that reproduces a fit: Rapport's Python, statsmodels as near as it comes, and R."""

import json
from collections.abc import Mapping, Sequence

import polars as pl

from models.formula.deparse import in_r, quoted
from models.formula.expressions import is_text
from models.formula.resolve import MOST_SHOWN, sorted_levels
from models.formula.syntax import Name, Node, columns_of
from models.table.request import MISSING, Request
from models.table.statsmodels_code import statsmodels_code


def snippets(
    asked: Request,
    file: str,
    levels: Mapping[str, Sequence[str]] | None = None,
    delimiter: str = ",",
) -> dict[str, str]:
    """Code by language: `python`, `statsmodels` and `r`.

    Parameters
    ----------
    file
        The data file as the code should name it.
    levels
        Of text columns that are factors, in Rapport's order: R and Python have orders of their own.
    """
    return {
        "python": _rapport(asked, file),
        "statsmodels": statsmodels_code(asked, file, levels or {}, delimiter),
        "r": _r(asked, file, levels or {}, delimiter),
    }


def levels_of_factors(frame: pl.DataFrame, asked: Request) -> dict[str, tuple[str, ...]]:
    """Levels of the text columns that are factors, reference first; none of groups or of many."""
    nodes = list(_designs(asked))
    if asked.family == "binomial" and isinstance(asked.formula.response, Name):
        nodes.append(asked.formula.response)
    made: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys(one.name for node in nodes for one in columns_of(node)):
        if name in asked.groups or not is_text(frame[name].dtype):
            continue
        found = set(frame[name].cast(pl.String).drop_nulls().unique().to_list())
        if 0 < len(found) <= MOST_SHOWN:
            kind = frame[name].dtype
            own = kind.categories.to_list() if isinstance(kind, pl.Enum) else []
            made[name] = tuple(one for one in own or sorted_levels(list(found)) if one in found)
    return made


def one_line(asked: Request) -> str:
    """The formula as it was written, without line breaks."""
    return " ".join(asked.formula.text.split())


def _rapport(asked: Request, file: str) -> str:
    options = [f"family={_text(asked.family)}", f"method={_text(asked.method)}"]
    if asked.is_linear:
        options.append(f"df={_text(asked.df)}")
    return "\n".join(
        [
            "# In the folder of Rapport's code.",
            "from pathlib import Path",
            "",
            "from etl.table_fit import fit_file",
            "",
            "fit = fit_file(",
            f"    Path({_text(file)}),",
            f"    {_text(one_line(asked))},",
            *(f"    {option}," for option in options),
            ")",
            "print(fit.to_dict())",
        ]
    )


def _r(asked: Request, file: str, levels: Mapping[str, Sequence[str]], delimiter: str) -> str:
    lines = [*_packages(asked), *_read(asked, file, delimiter)]
    if levels:
        lines.append("# R sorts levels by the computer's language; these are in Rapport's order.")
    for name, own in levels.items():
        listed = ", ".join(map(_text, own))
        column = f"data[[{_text(name)}]]"
        lines.append(f"{column} <- factor({column}, levels = c({listed}))")
    lines.append("fit <- " + _r_call(asked))
    if asked.is_linear:
        ddf = {"satterthwaite": "Satterthwaite", "kr": "Kenward-Roger", "none": "lme4"}[asked.df]
        lines.append(f'print(summary(fit, ddf = "{ddf}"))')
    else:
        lines.append("print(summary(fit))")
    return "\n".join(lines)


def _packages(asked: Request) -> list[str]:
    names = []
    if asked.is_linear:
        names.append("lmerTest")
    elif asked.family == "negbinomial" or _n_factors(asked) > 1:
        names.append("glmmTMB")
    else:
        names.append("lme4")
    if any(_uses(node, "bs") for node in _designs(asked)):
        names.append("splines")
    lines = [f"library({name})" for name in names]
    if any(_uses(node, "center") for node in _designs(asked)):
        lines.append("center <- function(x) x - mean(x)")
    return lines


def _read(asked: Request, file: str, delimiter: str) -> list[str]:
    columns = list(dict.fromkeys(asked.columns))
    if file.endswith((".parquet", ".pq")):
        lines = [f"data <- as.data.frame(arrow::read_parquet({_text(file)}))"]
    else:
        missing = ", ".join(_text(one) for one in MISSING)
        classes = ", ".join(f'{quoted(name)} = "character"' for name in sorted(asked.labels))
        lines = [
            f"data <- read.csv({_text(file)}, sep = {_text(delimiter)}, check.names = FALSE,",
            f"                 na.strings = c({missing}), strip.white = TRUE,",
            f"                 colClasses = c({classes}), stringsAsFactors = TRUE)",
        ]
    kept = ", ".join(_text(name) for name in columns)
    return [*lines, f"data <- data[complete.cases(data[, c({kept})]), ]"]


def _r_call(asked: Request) -> str:
    formula = one_line(asked)
    if asked.is_linear:
        return f"lmer({formula}, data, REML = {'TRUE' if asked.method == 'reml' else 'FALSE'})"
    if asked.family == "negbinomial":
        return f"glmmTMB({formula}, data, family = nbinom2)"
    if _n_factors(asked) > 1:
        return f"glmmTMB({formula}, data, family = {asked.family})"
    return "\n".join(
        [
            f"glmer({formula}, data, family = {asked.family}, nAGQ = {asked.nodes},",
            "             # With glmer's own tolerance, standard errors can be off by 2 %.",
            '             control = glmerControl(optimizer = "bobyqa", tolPwrss = 1e-12))',
        ]
    )


def _n_factors(asked: Request) -> int:
    return len({bar.group for bar in asked.formula.bars})


def _designs(asked: Request) -> list[Node]:
    return [node for _, node in asked.formula.fixed] + [bar.design for bar in asked.formula.bars]


def _uses(node: Node, function: str) -> bool:
    return f"{function}(" in in_r(node)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
