"""Estimability, looked at before fitting: a term without information gets a reason, not a 0."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr

from models.panel import Codes, Floats, within_between
from models.results import NotEstimable, Part
from models.wording import REASONS

COUPLED = 0.9
"""Within-person correlation with the number of sessions above which a count is called coupled."""
ILL_CONDITIONED = 30.0
"""Condition number of the standardised design above which it is called ill-conditioned."""
_NOTHING = 1e-9


@dataclass(frozen=True)
class Predictor:
    """A candidate: its values on the analysed rows, or None where there is no record of it."""

    key: str
    feature_id: str | None
    label: str
    values: Floats | None
    is_always_on: bool = False


@dataclass(frozen=True)
class Column:
    """One column of the design, with what its coefficient will be called."""

    term: str
    label: str
    kind: Part
    feature_id: str | None
    values: Floats


@dataclass(frozen=True)
class Screened:
    """Columns that can be fitted, terms that cannot, and what a reader should be told."""

    columns: tuple[Column, ...]
    not_estimable: tuple[NotEstimable, ...]
    warnings: tuple[str, ...]


def screen(
    predictors: Sequence[Predictor],
    codes: Codes,
    *,
    sessions: Floats | None,
    least_participants: int,
) -> Screened:
    """Split each predictor into within and between parts, and keep the parts that vary enough.

    Parameters
    ----------
    sessions
        Sessions in each row's window, NaN where unknown; None turns the check of coupling off.
    """
    columns: list[Column] = []
    refused: list[NotEstimable] = []
    warnings: list[str] = []
    for predictor in predictors:
        reason = _no_record(predictor)
        if reason is not None or predictor.values is None:
            refused += [_refuse(predictor, part, reason or "not_recorded") for part in _PARTS]
            continue
        split = within_between(predictor.values, codes)
        for part, values in _parts(split):
            link = _correlation(values, sessions, codes, part)
            reason = _no_information(values, codes, part, link, least_participants)
            if reason is None:
                columns.append(_column(predictor, part, values))
            else:
                refused.append(_refuse(predictor, part, reason))
            if reason is None and part == "within" and abs(link) > COUPLED:
                warnings.append(_coupled(predictor, link))
    return Screened(tuple(columns), tuple(refused), tuple(warnings))


def drop_collinear(base: Sequence[Column], screened: Screened) -> Screened:
    """Drop columns that others give exactly, by pivoted QR after the base columns are removed.

    The base (intercept, week, arms) is never dropped; it must have full rank.
    """
    if not screened.columns:
        return screened
    given = _standardised(screened.columns)
    fixed = np.column_stack([column.values for column in base])
    rest = given - fixed @ np.linalg.lstsq(fixed, given, rcond=None)[0]
    triangle, pivot = qr(rest, mode="r", pivoting=True)
    size = np.abs(np.diag(triangle))
    rank = int(np.sum(size > 1e-7 * np.sqrt(len(given))))
    kept = sorted(pivot[:rank].tolist())
    refused = [
        _combination(screened.columns, rest, dropped, kept)
        for dropped in sorted(pivot[rank:].tolist())
    ]
    columns = tuple(screened.columns[j] for j in kept)
    notes = [note.explanation for note in refused]
    number = _condition(base, columns)
    if number > ILL_CONDITIONED:
        notes.append(
            f"Terms overlap strongly (condition number {number:.0f}): intervals are wide, and "
            "estimates of overlapping terms depend on each other."
        )
    return Screened(columns, (*screened.not_estimable, *refused), (*screened.warnings, *notes))


_PartName = Literal["within", "between"]
_PARTS: tuple[_PartName, _PartName] = ("within", "between")


def _parts(split: tuple[Floats, Floats]) -> tuple[tuple[_PartName, Floats], ...]:
    return (("within", split[0]), ("between", split[1]))


def _no_record(predictor: Predictor) -> str | None:
    if predictor.is_always_on:
        return "always_on"
    if predictor.values is None:
        return "not_recorded"
    return "never_exposed" if not predictor.values.any() else None


def _no_information(
    values: Floats, codes: Codes, part: _PartName, link: float, least: int
) -> str | None:
    varying = _n_varying(values, codes, part)
    if varying == 0:
        return f"no_variation_{part}"
    if varying < least:
        return "too_few_participants"
    return "equals_sessions" if abs(link) > 1 - _NOTHING else None


def _n_varying(values: Floats, codes: Codes, part: _PartName) -> int:
    """Participants who vary over time, or who differ from the commonest average."""
    slack = _NOTHING * max(1.0, float(np.abs(values).max(initial=0)))
    if part == "within":
        return len(np.unique(codes[np.abs(values) > slack]))
    first = np.unique(codes, return_index=True)[1]
    counts = np.unique(np.round(values[first] / slack / 10), return_counts=True)[1]
    return int(counts.sum() - counts.max())


def _correlation(values: Floats, sessions: Floats | None, codes: Codes, part: _PartName) -> float:
    """Correlation of a part with the same part of the sessions; 0 where it is not defined."""
    if sessions is None:
        return 0.0
    known = np.isfinite(sessions)
    if known.sum() < 3:
        return 0.0
    dense = np.unique(codes[known], return_inverse=True)[1]
    index = _PARTS.index(part)
    other = within_between(sessions[known], dense)[index]
    mine = within_between(values[known], dense)[0] if part == "within" else values[known]
    spread = mine.std() * other.std()
    if spread < _NOTHING:
        return 0.0
    return float(np.mean((mine - mine.mean()) * (other - other.mean())) / spread)


def _column(predictor: Predictor, part: _PartName, values: Floats) -> Column:
    whom = "within a participant" if part == "within" else "between participants"
    return Column(
        term=f"{part}:{predictor.key}",
        label=f"{predictor.label}, {whom}",
        kind=part,
        feature_id=predictor.feature_id,
        values=values,
    )


def _refuse(predictor: Predictor, part: _PartName, reason: str) -> NotEstimable:
    term = f"{part}:{predictor.key}"
    return NotEstimable(term, predictor.feature_id, part, reason, REASONS[reason])


def _coupled(predictor: Predictor, link: float) -> str:
    return (
        f"{predictor.label}: exposure follows the number of sessions closely (within-person "
        f"correlation {link:.2f}), so its association can hardly be told from that of use itself. "
        'Consider transform = "rate" (exposures per session).'
    )


def _combination(
    columns: Sequence[Column], rest: NDArray[np.float64], dropped: int, kept: list[int]
) -> NotEstimable:
    weights = np.linalg.lstsq(rest[:, kept], rest[:, dropped], rcond=None)[0]
    pairs = zip(kept, weights, strict=True)
    others = [columns[j].label for j, weight in pairs if abs(weight) > 1e-6]
    column = columns[dropped]
    part: _PartName = "within" if column.kind == "within" else "between"
    explanation = f"{column.label}: {REASONS['collinear']} (week or arm)."
    if others:
        explanation = (
            f"{column.label}: {REASONS['collinear']} ({'; '.join(others)}). What is shown for "
            "those stands for both."
        )
    return NotEstimable(column.term, column.feature_id, part, "collinear", explanation)


def _standardised(columns: Sequence[Column]) -> Floats:
    matrix = np.column_stack([column.values for column in columns])
    return np.asarray((matrix - matrix.mean(axis=0)) / matrix.std(axis=0))


def _condition(base: Sequence[Column], columns: Sequence[Column]) -> float:
    varying = [column for column in (*base, *columns) if column.kind != "intercept"]
    return float(np.linalg.cond(_standardised(varying))) if varying else 1.0
