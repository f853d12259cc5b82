"""The outcome of a table as numbers, checked for the family that it is modelled with."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.errors import NotEstimableError
from models.formula.deparse import in_r
from models.formula.expressions import Schema, compiled, is_text, is_true_or_false
from models.formula.resolve import sorted_levels
from models.formula.syntax import Call, Name, Node
from models.formula.variables import numbers
from models.panel import Codes, Flags, Floats
from models.table.request import Request
from models.table.rows import AnalysedRows, ColumnError, DroppedRows, place, require_finite


@dataclass(frozen=True, eq=False)
class Outcome:
    """Values (n,), for counted binomial outcomes the successes with `trials` (n,) beside them."""

    values: Floats
    trials: Floats | None = None
    warnings: tuple[str, ...] = ()


def outcome_of(frame: pl.DataFrame, asked: Request, schema: Schema, row_numbers: Codes) -> Outcome:
    """Compute the outcome and check that its family can hold it.

    Raises
    ------
    UserError
        If a value cannot belong to the family, naming the row and what was expected.
    NotEstimableError
        If it does not vary.
    """
    response = asked.formula.response
    if asked.is_counted and isinstance(response, Call):
        return _counted(frame, response, schema, row_numbers)
    text = in_r(response)
    notes: tuple[str, ...] = ()
    if (
        asked.family == "binomial"
        and isinstance(response, Name)
        and is_text(schema.types[response.name])
    ):
        values, notes = _two_levels(frame, response)
    else:
        values = numbers(frame, compiled(response, schema))
        require_finite(values, row_numbers, f"the outcome {text}")
    if asked.family == "binomial":
        _check_zero_one(values, text, row_numbers)
    elif not asked.is_linear:
        _check_counts(values, text, row_numbers, asked.family)
    if asked.is_linear and not is_true_or_false(response) and _is_zero_one(values):
        notes = (
            f"The outcome {text} is 0 or 1 in every row, and was modelled as normal. For its odds "
            "use --family binomial.",
        )
    _check_varies(values, text)
    return Outcome(values, None, notes)


def _counted(frame: pl.DataFrame, call: Call, schema: Schema, row_numbers: Codes) -> Outcome:
    parts: list[Floats] = []
    for node, word in zip(call.arguments, ("successes", "failures"), strict=True):
        values = numbers(frame, compiled(node, schema))
        text = f"{in_r(node)} ({word})"
        require_finite(values, row_numbers, text)
        _check_counts(values, text, row_numbers, "binomial", hint=_total_hint(call.arguments[1]))
        parts.append(values)
    done, failed = parts
    if not done.any() or not failed.any():
        word = "success" if not done.any() else "failure"
        raise NotEstimableError(
            f"The outcome {in_r(call)} does not vary: there is no {word} in any row.",
            reason="constant_outcome",
        )
    return Outcome(done, done + failed)


def with_trials(rows: AnalysedRows, asked: Request) -> AnalysedRows:
    """Leave out the rows of a counted outcome in which nothing could succeed, and count them."""
    response = asked.formula.response
    if not asked.is_counted or not isinstance(response, Call):
        return rows
    schema = Schema(asked.formula.text, rows.frame.schema, asked.groups)
    done, failed = (numbers(rows.frame, compiled(node, schema)) for node in response.arguments)
    kept = (done != 0) | (failed != 0)
    if kept.all():
        return rows
    lost = DroppedRows(in_r(response), int((~kept).sum()))
    return AnalysedRows(
        rows.frame.filter(pl.Series(kept)),
        rows.numbers[kept],
        rows.n_read,
        (*rows.dropped, lost),
    )


def _total_hint(failures: Node) -> str:
    if isinstance(failures, Name):
        name = failures.name
        return f" If '{name}' is the total, write cbind(done, {name} - done)."
    return " Are there more successes than were possible?"


def _two_levels(frame: pl.DataFrame, response: Name) -> tuple[Floats, tuple[str, ...]]:
    texts = frame[response.name].cast(pl.String)
    levels = sorted_levels(texts.unique().to_list())
    if len(levels) > 2:
        raise ColumnError(
            f"outcome '{response.name}': expected 0 and 1, TRUE and FALSE, or two texts; found "
            f"{len(levels):,} different texts. Write a comparison, as in "
            f'I({response.name} == "yes"), or count with cbind(success, failure).'
        )
    if len(levels) < 2:
        return np.zeros(len(texts)), ()
    values = (texts == levels[1]).to_numpy().astype(np.float64)
    note = f"The outcome {response.name} is text: '{levels[1]}' was modelled against '{levels[0]}'."
    return values, (note,)


def _is_zero_one(values: Floats) -> bool:
    return bool(((values == 0) | (values == 1)).all())


def _check_zero_one(values: Floats, text: str, row_numbers: Codes) -> None:
    is_bad = (values != 0) & (values != 1)
    if not is_bad.any():
        return
    is_share = bool(((values >= 0) & (values <= 1)).all())
    remedy = (
        "For shares give the counts: cbind(done, due - done)."
        if is_share
        else "For counts of successes write cbind(success, failure); for an event count use "
        "--family poisson."
    )
    raise ColumnError(
        f"outcome {text}: expected 0 or 1 in every row with --family binomial; "
        f"{_n_others(is_bad)}, first in {place(int(row_numbers[np.argmax(is_bad)]))}. {remedy}"
    )


def _check_counts(
    values: Floats, text: str, row_numbers: Codes, family: str, hint: str = ""
) -> None:
    is_negative = values < 0
    is_bad = is_negative if is_negative.any() else values != np.floor(values)
    if not is_bad.any():
        return
    n_bad = int(is_bad.sum())
    if is_negative.any():
        what = "1 value is negative" if n_bad == 1 else f"{n_bad:,} values are negative"
    else:
        what = "1 value has a fraction" if n_bad == 1 else f"{n_bad:,} values have a fraction"
    remedy = hint if is_negative.any() else ""
    if family != "binomial":
        remedy = (
            " For a rate, model the count and add offset(log(time)); for a measure use --family "
            "gaussian."
        )
    raise ColumnError(
        f"{text}: expected counts (0, 1, 2, ...) with --family {family}; {what}, "
        f"first in {place(int(row_numbers[np.argmax(is_bad)]))}.{remedy}"
    )


def _n_others(is_bad: Flags) -> str:
    n_bad = int(is_bad.sum())
    return "1 value is not" if n_bad == 1 else f"{n_bad:,} values are not"


def _check_varies(values: Floats, text: str) -> None:
    if len(values) and values.min() < values.max():
        return
    raise NotEstimableError(
        f"The outcome {text} is the same in all {len(values):,} rows: there is nothing to explain.",
        reason="constant_outcome",
    )
