"""The design: base columns every model has, exposure on its scale, and the screened parts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.panel import Codes, Flags, Floats, Panel
from models.results import NotEstimable
from models.screen import Column, Predictor, Screened, drop_collinear, screen
from models.spec import ModelSpec, Transform


@dataclass(frozen=True)
class Design:
    """Analysed rows as numbers: `columns` in order intercept, week, arms, then exposure parts."""

    panel: Panel
    codes: Codes
    columns: tuple[Column, ...]
    not_estimable: tuple[NotEstimable, ...]
    warnings: tuple[str, ...]

    @property
    def matrix(self) -> Floats:
        """The fixed design X, (n_rows, n_columns)."""
        return np.column_stack([column.values for column in self.columns])

    def column(self, term: str) -> Column | None:
        """The column of a term, or None where the design has none."""
        return next((column for column in self.columns if column.term == term), None)


def build_design(
    panel: Panel,
    spec: ModelSpec,
    *,
    time: str,
    sessions: Floats | None,
    extra: Sequence[Predictor] = (),
) -> Design:
    """The design of a panel whose lost rows are gone already.

    Parameters
    ----------
    time
        Column of `panel.rows` that holds the week; it is centred on the analysed rows.
    sessions
        Sessions in each row's exposure window, for the check of coupling; None to leave it out.
    extra
        Predictors besides the features, such as earlier alliance in the adherence model.
    """
    codes = panel.codes
    base = _base(panel, spec, time)
    predictors = (*_predictors(panel, spec), *extra)
    screened = screen(
        predictors, codes, sessions=sessions, least_participants=spec.least_participants
    )
    screened = drop_collinear(base, screened)
    ordered = _within_first(screened)
    return Design(panel, codes, (*base, *ordered), screened.not_estimable, screened.warnings)


def exposure_column(transform: Transform, count: str, rate: str) -> str:
    """Which column of the frame a transform starts from."""
    return rate if transform == "rate" else count


def transformed(values: Floats, transform: Transform) -> Floats:
    """Exposure on the scale of the model; NaN stays NaN. A rate is a rate already."""
    if transform == "log1p":
        return np.log1p(values)
    if transform == "any":
        return np.where(np.isnan(values), np.nan, (values > 0).astype(np.float64))
    return values


def candidates(frame: pl.DataFrame, spec: ModelSpec) -> tuple[str, ...]:
    """Features that need a record on every analysed row: in the frame, and not always on."""
    present = set(frame["feature_id"].drop_nulls().unique())
    return tuple(
        feature.feature_id
        for feature in spec.features
        if feature.feature_id in present and not feature.is_always_on
    )


def arms_unknown(panel: Panel) -> Flags:
    """Rows without an arm, in a study that has more than one among its rows; else none."""
    arm = panel.rows["arm_id"]
    several = arm.drop_nulls().n_unique() > 1
    return (arm.is_null() & several).to_numpy()


def _base(panel: Panel, spec: ModelSpec, time: str) -> tuple[Column, ...]:
    n = len(panel.rows)
    columns = [Column("intercept", "Intercept", "intercept", None, np.ones(n))]
    week = panel.rows[time].cast(pl.Float64).to_numpy()
    if week.std() > 0:
        label = "Time, per week in the study"
        columns.append(Column("week", label, "week", None, week - week.mean()))
    arm = panel.rows["arm_id"].to_numpy()
    labels = dict(spec.arms) or {arm_id: arm_id for arm_id in sorted({*arm} - {None})}
    present = [arm_id for arm_id in labels if (arm == arm_id).any()]
    for arm_id in present[1:]:
        label = f"{labels[arm_id]}, against {labels[present[0]]}"
        is_arm = (arm == arm_id).astype(np.float64)
        columns.append(Column(f"arm:{arm_id}", label, "arm", None, is_arm))
    return _independent(columns)


def _independent(columns: list[Column]) -> tuple[Column, ...]:
    """The base columns up to full rank: in a tiny study the arm may follow from the week."""
    kept: list[Column] = []
    for column in columns:
        matrix = np.column_stack([other.values for other in (*kept, column)])
        if np.linalg.matrix_rank(matrix) == len(kept) + 1:
            kept.append(column)
    return tuple(kept)


def _predictors(panel: Panel, spec: ModelSpec) -> tuple[Predictor, ...]:
    place = {feature_id: j for j, feature_id in enumerate(panel.feature_ids)}
    return tuple(
        Predictor(
            key=feature.feature_id,
            feature_id=feature.feature_id,
            label=feature.label,
            values=(
                panel.exposures[:, place[feature.feature_id]]
                if feature.feature_id in place
                else None
            ),
            is_always_on=feature.is_always_on,
        )
        for feature in spec.features
    )


def _within_first(screened: Screened) -> tuple[Column, ...]:
    return tuple(sorted(screened.columns, key=lambda column: column.kind != "within"))
