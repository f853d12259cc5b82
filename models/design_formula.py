"""The design in a form that other programs take: plain column names, a table, an lme4 formula."""

import re
from collections.abc import Sequence

import polars as pl

from models.design import Design
from models.random_terms import RandomTerm

_OUTCOMES = {"score": "score", "done_sessions": "done", "due_sessions": "due"}
_TAKEN = (*_OUTCOMES.values(), "participant", "site")


def plain_names(design: Design) -> dict[str, str]:
    """A column name for every term but the intercept: letters, digits and `_`, each once.

    `within:praise` becomes `within_praise`; a name that is taken gets a number.
    """
    names: dict[str, str] = {}
    for term in design.terms:
        if term == "intercept":
            continue
        plain = re.sub(r"\W", "_", term, flags=re.ASCII)
        name, number = plain, 2
        while name in names.values() or name in _TAKEN:
            name, number = f"{plain}_{number}", number + 1
        names[term] = name
    return names


def analysed_frame(design: Design) -> pl.DataFrame:
    """The analysed rows as other programs need them: outcome, design columns, groups.

    Returns
    -------
    pl.DataFrame
        `score`, or `done` and `due`, whichever the panel has; one Float64 column for each of
        `plain_names`, as the fit used it (centred, standardised); `participant`, and `site` where
        the panel has one.
    """
    rows = design.panel.rows
    names = plain_names(design)
    outcomes = [rows[own].alias(name) for own, name in _OUTCOMES.items() if own in rows.columns]
    columns = [
        pl.Series(names[column.term], column.values, dtype=pl.Float64)
        for column in design.columns
        if column.term in names
    ]
    groups = [rows["participant_id"].alias("participant")]
    if "site_id" in rows.columns and rows["site_id"].is_not_null().any():
        groups.append(rows["site_id"].alias("site"))
    return pl.DataFrame([*outcomes, *columns, *groups])


def formula_text(design: Design, random: Sequence[RandomTerm], *, outcome: str = "score") -> str:
    """The model as lme4 writes it, on the columns of `analysed_frame`.

    Parameters
    ----------
    random
        The random terms of the fit; their names are terms of the design, or `(Intercept)`.
    outcome
        What stands left of the tilde, such as `cbind(done, due - done)`.
    """
    names = plain_names(design)
    bars = [_bar(term, names) for term in random]
    return f"{outcome} ~ {' + '.join(['1', *names.values(), *bars])}"


def _bar(term: RandomTerm, names: dict[str, str]) -> str:
    slopes = [names.get(name, name) for name in term.names if name not in _INTERCEPTS]
    has_level = len(slopes) < len(term.names)
    inner = " + ".join(["1" if has_level else "0", *slopes])
    bar = "|" if term.is_correlated or len(term.names) == 1 else "||"
    return f"({inner} {bar} {term.group})"


_INTERCEPTS = ("(Intercept)", "intercept", "1")
