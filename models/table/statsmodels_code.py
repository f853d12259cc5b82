"""A fit in statsmodels, as near as it comes, with its limits said in comments."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from models.formula.bars import RandomBar, summands
from models.formula.python_text import in_python
from models.formula.rename import plain_names, renamed
from models.formula.syntax import Call, Name, Node, Number, without_parentheses
from models.table.request import MISSING, Request

_FAMILIES = {
    "binomial": "Binomial()",
    "poisson": "Poisson()",
    "negbinomial": "NegativeBinomial(alpha=1.0)",
}


_TAKEN = (
    "outcome",
    "trials",
    "data",
    "np",
    "pd",
    "sm",
    "smf",
    "C",
    "I",
    "Q",
    "poly",
    "bs",
    "scale",
    "center",
)
"""Names that the code, or formulaic, uses for something else."""


def statsmodels_code(
    asked: Request, file: str, levels: Mapping[str, Sequence[str]], delimiter: str
) -> str:
    """Python code that fits the formula with statsmodels."""
    names = plain_names(asked.columns, _TAKEN)
    plain = replace(asked, formula=renamed(asked.formula, names))
    fit = _mixed(plain) if asked.is_linear else _marginal(plain)
    head = [
        "import numpy as np",
        "import pandas as pd",
        *([] if asked.is_linear else ["import statsmodels.api as sm"]),
        "import statsmodels.formula.api as smf",
        "from statsmodels.formula import options",
        "",
        'options.formula_engine = "formulaic"',
        *_read(asked, file, delimiter),
        *_renaming(names),
        *_reordering({names.get(name, name): own for name, own in levels.items()}),
    ]
    return "\n".join([*head, *fit])


def _renaming(names: Mapping[str, str]) -> list[str]:
    """statsmodels' formulas take Python's names only, whatever is in backquotes."""
    return [f"data = data.rename(columns={_text(dict(names))})"] if names else []


def _reordering(levels: Mapping[str, Sequence[str]]) -> list[str]:
    """Factors whose levels pandas would order otherwise, by code point."""
    return [
        f'data["{name}"] = pd.Categorical(data["{name}"], {_text(list(own))})'
        for name, own in levels.items()
        if list(own) != sorted(own)
    ]


def _read(asked: Request, file: str, delimiter: str) -> list[str]:
    kept = f"data = data.dropna(subset={_text(list(asked.columns))}).reset_index(drop=True)"
    if file.endswith((".parquet", ".pq")):
        return [f"data = pd.read_parquet({_text(file)})", kept]
    return [
        "data = pd.read_csv(",
        f"    {_text(file)},",
        f"    sep={_text(delimiter)},",
        f"    na_values={_text(list(MISSING))},",
        "    keep_default_na=False,",
        f"    dtype=dict.fromkeys({_text(sorted(asked.labels))}, str),",
        ")",
        kept,
    ]


def fixed_text(asked: Request) -> str:
    """The fixed part for formulaic."""
    parts = [f"{sign} {in_python(node)}" for sign, node in asked.formula.fixed]
    return " ".join(parts).removeprefix("+ ") or "1"


# -- linear models ------------------------------------------------------------------------------


def _mixed(asked: Request) -> list[str]:
    bars = asked.formula.bars
    lines = [
        "# MixedLM tests by z: it has no Satterthwaite or Kenward-Roger degrees of freedom.",
        *_outcome(asked),
        *(line for bar in bars for line in _joined(bar)),
    ]
    if len(bars) == 1 and bars[0].is_correlated:
        group, rest = _text(bars[0].group), f"re_formula={_text(in_python(bars[0].design))}"
    else:
        lines.append("# Several bars are variance components here: slow with many groups.")
        if any(bar.is_correlated and len(_effects(bar)) > 1 for bar in bars):
            lines.append("# They are uncorrelated, other than in Rapport's fit of this formula.")
        group, parts = _components(bars)
        if group == "all rows":
            lines.append('data["all rows"] = 1')
        lines.append(f"parts = {_text(parts)}")
        group, rest = _text(group), "vc_formula=parts"
    return [
        *lines,
        f"model = smf.mixedlm({_text('outcome ~ ' + fixed_text(asked))}, data,",
        f"                    groups=data[{group}], {rest})",
        "# Powell's method first: the others stop early at some tables.",
        f'fit = model.fit(reml={asked.method == "reml"}, method=["powell", "lbfgs"])',
        "print(fit.summary())",
        'print("converged:", fit.converged, "log-likelihood:", fit.llf)',
    ]


def _outcome(asked: Request) -> list[str]:
    lines = [f'data["outcome"] = {in_python(asked.formula.response, "data")}']
    return lines + [
        f'data["outcome"] -= {in_python(node, "data")}  # offset' for node in asked.formula.offsets
    ]


def _joined(bar: RandomBar) -> list[str]:
    if len(bar.columns) == 1:
        return []
    parts = [f'data["{name.name}"].astype(str)' for name in bar.columns]
    joined = ' + ":" + '.join(parts)
    return [f'data["{bar.group}"] = {joined}']


def _components(bars: Sequence[RandomBar]) -> tuple[str, dict[str, str]]:
    """The largest groups that rows fall into, and each uncorrelated effect within them."""
    outer = next((bar for bar in bars if all(_holds(bar, other) for other in bars)), None)
    whole = outer.group if outer else "all rows"
    parts: dict[str, str] = {}
    for bar in bars:
        for effect in _effects(bar):
            name = bar.group if effect == "1" else f"{bar.group} {effect}"
            level = f"C(`{bar.group}`)"
            if bar.group == whole:
                parts[name] = "1" if effect == "1" else f"0 + {effect}"
            else:
                parts[name] = f"0 + {level}" if effect == "1" else f"0 + {level}:{effect}"
    return whole, parts


def _holds(outer: RandomBar, inner: RandomBar) -> bool:
    return {name.name for name in outer.columns} <= {name.name for name in inner.columns}


def _effects(bar: RandomBar) -> list[str]:
    signed = list(summands(bar.design))
    numbers = {(sign, node.value) for sign, node in signed if isinstance(node, Number)}
    has_intercept = ("+", 0.0) not in numbers and ("-", 1.0) not in numbers
    rest = [in_python(node) for _, node in signed if not isinstance(node, Number)]
    return (["1"] if has_intercept else []) + rest


# -- generalised models -------------------------------------------------------------------------


def _marginal(asked: Request) -> list[str]:
    bar = asked.formula.bars[0]
    family = _FAMILIES[asked.family]
    lines = [
        "# statsmodels has no maximum likelihood for this model. GEE estimates population-averaged",
        "# effects: for a logit, nearer to 0 than the effects within a group that Rapport gives.",
        *_joined(bar),
    ]
    options = [f'groups=data["{bar.group}"]', f"family=sm.families.{family}"]
    response = without_parentheses(asked.formula.response)
    if asked.is_counted and isinstance(response, Call):
        done, failed = (in_python(node, "data") for node in response.arguments)
        lines += [
            f'data["trials"] = {done} + ({failed})',
            'data = data[data["trials"] > 0].reset_index(drop=True)',
            f'data["outcome"] = {done} / data["trials"]',
        ]
        options = [f'groups=data["{bar.group}"]', options[1], 'weights=data["trials"]']
    else:
        lines.append(f'data["outcome"] = {_zero_one(response, asked)}')
    if asked.family == "negbinomial":
        lines.append("# alpha is 1 / dispersion; put the estimate there.")
    offsets = [in_python(node, "data") for node in asked.formula.offsets]
    if offsets:
        options.append(f"offset={' + '.join(offsets)}")
    options.append("cov_struct=sm.cov_struct.Exchangeable()")
    return [
        *lines,
        "model = smf.gee(",
        f"    {_text('outcome ~ ' + fixed_text(asked))},",
        "    data=data,",
        *(f"    {option}," for option in options),
        ")",
        "fit = model.fit()",
        "print(fit.summary())",
        'print("converged:", fit.converged)',
    ]


def _zero_one(response: Node, asked: Request) -> str:
    text = in_python(response, "data")
    if asked.family == "binomial" and isinstance(response, Name):
        return f"pd.factorize({text}, sort=True)[0]"
    return f"({text}).astype(float)"


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
