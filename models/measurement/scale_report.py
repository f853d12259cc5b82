"""Everything about one scale's reliability, as rows and sentences: what a table or page prints."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import polars as pl

from models.errors import NoNumberError
from models.measurement.alpha import Alpha, cronbach_alpha
from models.measurement.items import ItemTable, Missing, item_table
from models.measurement.levels import LevelReliability, level_reliability
from models.measurement.occasions import ChangeReliability, change_reliability
from models.measurement.omega import Omega, mcdonald_omega
from study.scoring import items_of
from study.scoring_key import Instrument

Part = TypeVar("Part")
NOTHING = "The answers hold neither such differences nor error: there is nothing to rely on."


@dataclass(frozen=True)
class ReliabilityRow:
    """One line: a coefficient, what it is of, its interval where there is one, and n.

    `value` is None where the coefficient does not exist; `explanation` then says why.
    """

    coefficient: str
    of: str
    value: float | None
    ci_low: float | None
    ci_high: float | None
    n_participants: int | None
    explanation: str = ""


@dataclass(frozen=True)
class ScaleReport:
    """The lines of one scale, the parts they come from (None where not estimable), and warnings."""

    scale: str
    rows: tuple[ReliabilityRow, ...]
    alpha: Alpha | None
    omega: Omega | None
    levels: LevelReliability | None
    change: ChangeReliability | None
    warnings: tuple[str, ...]


def scale_report(
    scale: str, table: ItemTable, *, missing: Missing = "complete", same_occasions: bool = True
) -> ScaleReport:
    """Alpha and omega at the fullest occasion, within and between participants, and of change.

    Parameters
    ----------
    scale
        Name shown with the result.
    table
        Keyed answers of the scale's items.
    missing
        How alpha at one occasion treats unanswered items; all else uses complete filling-ins.
    same_occasions
        See `models.measurement.occasions.change_reliability`.
    """
    is_whole = ~np.isnan(table.values).any(axis=1)
    occasions = table.occasions[is_whole] if is_whole.any() else table.occasions
    fullest = Counter(occasions.tolist())
    occasion = min(fullest, key=lambda code: (-fullest[code], code))
    first = table.on(occasion)
    at = f"sum of items, occasion {occasion + 1}"
    rows: list[ReliabilityRow] = []
    alpha = _tried(
        lambda: cronbach_alpha(first.values, table.names, missing=missing), "alpha", at, rows
    )
    omega = _tried(lambda: mcdonald_omega(first.values, table.names), "omega", at, rows)
    if alpha is not None:
        rows.append(ReliabilityRow("alpha", at, alpha.alpha, alpha.ci_low, alpha.ci_high, alpha.n))
    if omega is not None:
        rows.append(ReliabilityRow("omega", at, omega.omega, omega.ci_low, omega.ci_high, omega.n))
    levels: LevelReliability | None = None
    change: ChangeReliability | None = None
    if len(np.unique(table.occasions)) > 1:
        within = "differences within and between participants"
        levels = _tried(lambda: level_reliability(table), "alpha, omega", within, rows)
        change = _tried(
            lambda: change_reliability(table, same_occasions=same_occasions),
            "R_C",
            "change within participants",
            rows,
        )
        rows += _level_rows(levels) + _change_rows(change)
    parts = (alpha, omega, levels, change)
    said = [text for part in parts if part is not None for text in part.warnings]
    return ScaleReport(scale, tuple(rows), alpha, omega, levels, change, tuple(dict.fromkeys(said)))


def instrument_reports(
    instrument: Instrument,
    answers: pl.DataFrame,
    *,
    missing: Missing = "complete",
    same_occasions: bool = True,
) -> tuple[ScaleReport, ...]:
    """A report per scale of an instrument; scales without a single answer have one line.

    Parameters
    ----------
    answers
        Keyed answers of this instrument; see `models.measurement.items.item_table`.
    """
    reports = []
    for scale in instrument.scales:
        try:
            table = item_table(answers, items_of(instrument, scale))
        except NoNumberError as none:
            row = ReliabilityRow("alpha", "sum of items", None, None, None, None, str(none))
            reports.append(ScaleReport(scale.id, (row,), None, None, None, None, ()))
            continue
        reports.append(
            scale_report(scale.id, table, missing=missing, same_occasions=same_occasions)
        )
    return tuple(reports)


def _tried(
    compute: Callable[[], Part], coefficient: str, of: str, rows: list[ReliabilityRow]
) -> Part | None:
    """What is computed, or a line that says why there is nothing."""
    try:
        return compute()
    except NoNumberError as none:
        rows.append(ReliabilityRow(coefficient, of, None, None, None, None, str(none)))
        return None


def _level_rows(levels: LevelReliability | None) -> list[ReliabilityRow]:
    if levels is None:
        return []
    of = {
        "within": "differences within participants",
        "between": "differences between participants",
    }
    rows = [
        ReliabilityRow(c.name, of[c.level], c.value, c.ci_low, c.ci_high, levels.n_participants)
        for c in levels.coefficients
    ]
    gaps = [
        ReliabilityRow(none.name, of[none.level], None, None, None, None, none.explanation)
        for none in levels.missing
    ]
    return rows + gaps


def _change_rows(change: ChangeReliability | None) -> list[ReliabilityRow]:
    if change is None:
        return []
    of_mean = f"mean over {change.n_occasions:.1f} occasions"
    values = (
        ("R_C", "change within participants", change.r_change),
        ("R_KF", of_mean, change.r_mean),
    )
    return [
        ReliabilityRow(
            name, of, value, None, None, change.n_participants, NOTHING if value is None else ""
        )
        for name, of, value in values
    ]
