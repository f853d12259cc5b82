"""Columns that every model has: intercept, week, arm, and the covariates that the preset names."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from models.panel import Flags, Floats, Panel
from models.results import NotEstimable
from models.screen import Column
from models.spec import CovariateTerm, ModelSpec
from models.wording import REASONS

MOST_LEVELS = 12
"""Categories of a covariate above which it is taken for a label and not for a group."""


def base_columns(
    panel: Panel, spec: ModelSpec, time: str
) -> tuple[tuple[Column, ...], tuple[NotEstimable, ...]]:
    """Intercept, week (centred), arms and covariates of full rank; and covariates left out.

    Parameters
    ----------
    time
        Column of `panel.rows` that holds the week.
    """
    columns = [Column("intercept", "Intercept", "intercept", None, np.ones(len(panel.rows)))]
    week = panel.rows[time].cast(pl.Float64).to_numpy()
    if week.std() > 0:
        label = "Time, per week in the study"
        columns.append(Column("week", label, "week", None, week - week.mean(), "per week"))
    columns += _arms(panel, spec)
    kept = _independent(columns)
    refused: list[NotEstimable] = []
    for covariate in spec.covariates:
        added = _covariate(panel, covariate)
        if isinstance(added, str):
            refused.append(_refuse(covariate, added, REASONS[added]))
            continue
        # All of a category's levels or none: without one of them the reference is another.
        whole = _independent([*kept, *added])
        if len(whole) == len(kept) + len(added):
            kept = whole
        else:
            why = f"{covariate.label}: {REASONS['collinear']} (week, arm or covariate)."
            refused.append(_refuse(covariate, "collinear", why))
    return tuple(kept), tuple(refused)


def covariates_unknown(panel: Panel, spec: ModelSpec) -> Flags:
    """Rows of participants for whom a covariate is not known; one known of nobody loses no row."""
    lost = np.zeros(len(panel.rows), dtype=np.bool_)
    for covariate in spec.covariates:
        values = _known(panel, covariate)
        if values is not None and values.is_not_null().any():
            lost |= values.is_null().to_numpy()
    return lost


def _arms(panel: Panel, spec: ModelSpec) -> list[Column]:
    arm = panel.rows["arm_id"].to_numpy()
    labels = dict(spec.arms) or {arm_id: arm_id for arm_id in sorted({*arm} - {None})}
    present = [arm_id for arm_id in labels if (arm == arm_id).any()]
    return [
        Column(
            term=f"arm:{arm_id}",
            label=f"{labels[arm_id]}, against {labels[present[0]]}",
            kind="arm",
            feature_id=None,
            values=(arm == arm_id).astype(np.float64),
            unit=f"against {labels[present[0]]}",
        )
        for arm_id in present[1:]
    ]


def _known(panel: Panel, covariate: CovariateTerm) -> pl.Series | None:
    """The covariate's column, with NaN as not known; None where the frame has none."""
    if covariate.column not in panel.rows.columns:
        return None
    values = panel.rows[covariate.column]
    if covariate.kind == "category":
        return values.cast(pl.String)
    return values.cast(pl.Float64).fill_nan(None)


def _covariate(panel: Panel, covariate: CovariateTerm) -> list[Column] | str:
    """The covariate's columns, or the reason why it has none."""
    values = _known(panel, covariate)
    if values is None or values.is_null().all():
        return "covariate_not_known"
    if values.n_unique() == 1:
        return "no_variation_covariate"
    if covariate.kind == "number":
        number = values.to_numpy()
        return [_column(covariate, "", number - number.mean(), f"per unit of {covariate.label}")]
    return _levels(panel, covariate, values)


def _levels(panel: Panel, covariate: CovariateTerm, values: pl.Series) -> list[Column] | str:
    """One column a category, against the one that most participants have."""
    people = pl.DataFrame({"who": panel.rows["participant_id"], "level": values}).unique()
    counts = people.group_by("level").len().sort(["len", "level"], descending=[True, False])
    reference, *others = counts["level"].to_list()
    if len(others) >= MOST_LEVELS:
        return "too_many_levels"
    return [
        _column(
            covariate,
            level,
            (values == level).to_numpy().astype(np.float64),
            f"against {reference}",
        )
        for level in sorted(others)
    ]


def _column(covariate: CovariateTerm, level: str, values: Floats, unit: str) -> Column:
    term = f"covariate:{covariate.covariate_id}"
    label = covariate.label
    if level:
        term, label = f"{term}:{level}", f"{label}: {level}, {unit}"
    return Column(term, label, "covariate", None, values, unit)


def _refuse(covariate: CovariateTerm, reason: str, explanation: str) -> NotEstimable:
    term = f"covariate:{covariate.covariate_id}"
    return NotEstimable(term, None, "covariate", reason, explanation)


def _independent(columns: Sequence[Column]) -> list[Column]:
    """The columns up to full rank: in a tiny study the arm may follow from the week."""
    kept: list[Column] = []
    for column in columns:
        matrix = np.column_stack([other.values for other in (*kept, column)])
        if np.linalg.matrix_rank(matrix / np.linalg.norm(matrix, axis=0)) == len(kept) + 1:
            kept.append(column)
    return kept
