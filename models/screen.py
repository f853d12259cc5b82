"""Estimability, looked at before fitting: a term without information gets a reason, not a 0."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr

from models.beside import Beside, beside
from models.findings import Finding, Reliability, coupling, indication, reliability_of_means
from models.panel import Codes, Floats, first_rows, within_between
from models.results import NotEstimable, Part
from models.wording import REASONS

ILL_CONDITIONED = 30.0
"""Condition number of the standardised design above which it is called ill-conditioned."""
_NOTHING = 1e-9


@dataclass(frozen=True)
class Predictor:
    """A candidate: its values on the analysed rows, or None where there is no record of it.

    `unit` says what one more of it is. With `is_scaled`, each part is divided by its standard
    deviation.
    """

    key: str
    feature_id: str | None
    label: str
    values: Floats | None
    is_always_on: bool = False
    unit: str = ""
    is_scaled: bool = False


@dataclass(frozen=True)
class Column:
    """One column of the design, with what its coefficient will be called.

    `unit` is what one unit of the column is, in words; `scale` is what the raw values were divided
    by.
    """

    term: str
    label: str
    kind: Part
    feature_id: str | None
    values: Floats
    unit: str = ""
    scale: float = 1.0


@dataclass(frozen=True)
class Screened:
    """Columns that can be fitted, terms that cannot, and what a reader should be told."""

    columns: tuple[Column, ...]
    not_estimable: tuple[NotEstimable, ...]
    findings: tuple[Finding, ...] = ()
    reliability: tuple[Reliability, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """The findings as sentences."""
        return tuple(finding.explanation for finding in self.findings)


def screen(
    predictors: Sequence[Predictor],
    codes: Codes,
    *,
    sessions: Floats | None,
    least_participants: int,
    previous: Floats | None = None,
    previous_words: str = "a low score",
) -> Screened:
    """Split each predictor into within and between parts, and keep the parts that vary enough.

    Parameters
    ----------
    sessions
        Sessions in each row's window, NaN where unknown; None turns the check of coupling off.
    previous
        Score or use before each row's window, NaN where unknown; None turns that check off.
    previous_words
        What a low value of `previous` is, such as "little use".
    """
    looks = _Looks(beside(sessions, codes), beside(previous, codes), previous_words)
    columns: list[Column] = []
    refused: list[NotEstimable] = []
    found: list[Finding] = []
    means: list[Reliability] = []
    for predictor in predictors:
        reason = _no_record(predictor)
        if reason is not None or predictor.values is None:
            refused += [_refuse(predictor, part, reason or "not_recorded") for part in _PARTS]
            continue
        split = within_between(predictor.values, codes)
        for part, values in _parts(split):
            link = looks.link(values, part)
            reason = _no_information(values, codes, part, link, least_participants)
            if reason is not None:
                refused.append(_refuse(predictor, part, reason))
                continue
            column = _column(predictor, part, values, codes)
            columns.append(column)
            if part == "within":
                found += _told(predictor, column.term, link, looks)
            else:
                means.append(
                    reliability_of_means(column.term, predictor.label, predictor.values, codes)
                )
    return Screened(tuple(columns), tuple(refused), tuple(found), tuple(means))


def drop_collinear(base: Sequence[Column], screened: Screened) -> Screened:
    """Drop columns that others give exactly, by pivoted QR after the base columns are removed.

    The base (intercept, week, arms, covariates) is never dropped; it must have full rank.
    """
    if not screened.columns:
        return screened
    given = _standardised(screened.columns)
    fixed = np.column_stack([column.values for column in base])
    rest = given - fixed @ np.linalg.lstsq(fixed, given, rcond=None)[0]
    # Pivots depend on the columns' products alone, which a first, unpivoted triangle keeps.
    triangle, pivot = qr(np.linalg.qr(rest, mode="r"), mode="r", pivoting=True)
    size = np.abs(np.diag(triangle))
    rank = int(np.sum(size > 1e-7 * np.sqrt(len(given))))
    kept = sorted(pivot[:rank].tolist())
    refused = [
        _combination(screened.columns, rest, dropped, kept)
        for dropped in sorted(pivot[rank:].tolist())
    ]
    columns = tuple(screened.columns[j] for j in kept)
    found = [Finding("collinear", one.term, None, one.explanation) for one in refused]
    number = _condition(base, columns)
    if number > ILL_CONDITIONED:
        text = (
            f"Terms overlap strongly (condition number {number:.0f}): intervals are wide, and "
            "estimates of overlapping terms depend on each other."
        )
        found.append(Finding("ill_conditioned", None, number, text))
    return replace(
        screened,
        columns=columns,
        not_estimable=(*screened.not_estimable, *refused),
        findings=(*screened.findings, *found),
    )


def n_varying(values: Floats, codes: Codes, part: Literal["within", "between"]) -> int:
    """Participants who vary over time, or who differ from the commonest average."""
    slack = _NOTHING * max(1.0, float(np.abs(values).max(initial=0)))
    if part == "within":
        return int(np.count_nonzero(np.bincount(codes[np.abs(values) > slack])))
    own = values[first_rows(codes)]
    counts = np.unique(np.round(own / slack / 10), return_counts=True)[1]
    return int(counts.sum() - counts.max())


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
    varying = n_varying(values, codes, part)
    if varying == 0:
        return f"no_variation_{part}"
    if varying < least:
        return "too_few_participants"
    return "equals_sessions" if abs(link) > 1 - _NOTHING else None


@dataclass(frozen=True)
class _Looks:
    """What exposure is compared with to find its reasons."""

    sessions: Beside | None
    previous: Beside | None
    previous_words: str

    def link(self, values: Floats, part: _PartName) -> float:
        """Correlation of a part with the same part of the sessions; 0 where it is not defined."""
        if self.sessions is None:
            return 0.0
        same = self.sessions.within_link if part == "within" else self.sessions.between_link
        return same(values)


def _told(predictor: Predictor, term: str, link: float, looks: _Looks) -> list[Finding]:
    """Warnings about the exposure itself; a predictor that is no exposure has none."""
    if predictor.values is None:
        return []
    coupled = coupling(term, predictor.label, link)
    found = [] if coupled is None else [coupled]
    if predictor.feature_id is not None:
        found += indication(
            term,
            predictor.label,
            predictor.values,
            sessions=looks.sessions,
            previous=looks.previous,
            previous_words=looks.previous_words,
        )
    return found


def _column(predictor: Predictor, part: _PartName, values: Floats, codes: Codes) -> Column:
    whom = "within a participant" if part == "within" else "between participants"
    scale = _spread(values, codes, part) if predictor.is_scaled else 1.0
    unit = predictor.unit
    if predictor.is_scaled:
        of = "within participants" if part == "within" else "of participants' averages"
        unit = f"per standard deviation {of} ({scale:.3g} {predictor.unit})"
    elif unit and part == "between":
        unit = f"{unit}, on average"
    return Column(
        term=f"{part}:{predictor.key}",
        label=f"{predictor.label}, {whom}",
        kind=part,
        feature_id=predictor.feature_id,
        values=values / scale,
        unit=unit,
        scale=scale,
    )


def _spread(values: Floats, codes: Codes, part: _PartName) -> float:
    """Standard deviation within participants, or of their means (one value a participant)."""
    first = first_rows(codes)
    if part == "between":
        return float(values[first].std(ddof=1))
    return float(np.sqrt(np.sum(values**2) / (len(values) - len(first))))


def _refuse(predictor: Predictor, part: _PartName, reason: str) -> NotEstimable:
    term = f"{part}:{predictor.key}"
    return NotEstimable(term, predictor.feature_id, part, reason, REASONS[reason])


def _combination(
    columns: Sequence[Column], rest: NDArray[np.float64], dropped: int, kept: list[int]
) -> NotEstimable:
    weights = np.linalg.lstsq(rest[:, kept], rest[:, dropped], rcond=None)[0]
    pairs = zip(kept, weights, strict=True)
    others = [columns[j].label for j, weight in pairs if abs(weight) > 1e-6]
    column = columns[dropped]
    explanation = f"{column.label}: {REASONS['collinear']} (week, arm or covariate)."
    if others:
        explanation = (
            f"{column.label}: {REASONS['collinear']} ({'; '.join(others)}). What is shown for "
            "those stands for both."
        )
    return NotEstimable(column.term, column.feature_id, column.kind, "collinear", explanation)


def _standardised(columns: Sequence[Column]) -> Floats:
    matrix = np.column_stack([column.values for column in columns])
    return np.asarray((matrix - matrix.mean(axis=0)) / matrix.std(axis=0))


def _condition(base: Sequence[Column], columns: Sequence[Column]) -> float:
    varying = [column for column in (*base, *columns) if column.kind != "intercept"]
    if not varying:
        return 1.0
    return float(np.linalg.cond(np.linalg.qr(_standardised(varying), mode="r")))
