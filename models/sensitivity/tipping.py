"""Where would the alliance model change its answer, had missing surveys been worse or better?

The model of the study file is fitted to the answered surveys; missed ones are then imputed from it,
shifted by delta, and it is fitted again (`delta_adjusted`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.alliance import COLUMNS, alliance_design, analysed
from models.design import Design
from models.errors import NotEstimableError
from models.panel import Flags, Floats, Panel
from models.random_part import LinearModel, fit_with_chosen_effects
from models.random_terms import RandomTerm
from models.sensitivity.delta_adjusted import DeltaRow, Sensitivity, delta_adjusted
from models.spec import ModelSpec, frame_columns
from models.wording import explain_emptiness

SHIFTS = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
"""Deltas in standard deviations of the answered scores."""
IMPUTATIONS = 20
SEED = 20250109
_MISSED = "is_missed"
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class TippingTerm:
    """One association within participants: as answered, at each delta, and where it tips.

    `rows` go by rising delta; the tips are in scale points, None where there is none on the grid.
    """

    term: str
    feature_id: str
    label: str
    observed: DeltaRow
    rows: tuple[DeltaRow, ...]
    is_finding: bool
    delta_below: float | None
    delta_above: float | None


@dataclass(frozen=True)
class Tipping:
    """What delta-adjusted imputation says of one outcome's model.

    `sd` is the standard deviation of the answered scores (scale points), `n_answered` and
    `n_missed` are surveys. `not_imputed` are missed surveys whose exposure is not known.
    """

    outcome: str
    outcome_label: str
    main_feature: str
    sd: float
    n_participants: int
    n_answered: int
    n_missed: int
    not_imputed: int
    n_imputations: int
    terms: tuple[TippingTerm, ...]
    warnings: tuple[str, ...]


def tipping(
    answered: pl.DataFrame,
    missed: pl.DataFrame,
    spec: ModelSpec,
    *,
    main_feature: str,
    shifts: tuple[float, ...] = SHIFTS,
    imputations: int = IMPUTATIONS,
    tell: Tell | None = None,
) -> Tipping:
    """Delta-adjusted sensitivity of the model of `spec`, for every within-person association.

    Parameters
    ----------
    answered
        `model_rows` of the outcome; occasions without a score count as missed.
    missed
        Surveys that were due and not answered, with the same columns but for the scores.
    shifts
        Deltas in standard deviations of the answered scores.

    Raises
    ------
    NoNumberError
        If no survey is missing, or the model cannot be fitted to the answered ones.
    """
    n_due = missed.select("participant_id", "occasion_id").n_unique()
    panel = analysed(_together(answered, missed, spec), spec)
    if panel.rows.is_empty():
        raise NotEstimableError(explain_emptiness(panel.lost), "no_rows")
    is_missed = panel.rows[_MISSED].to_numpy()
    y = np.where(is_missed, np.nan, panel.rows["score"].to_numpy())
    design = alliance_design(panel, spec)
    seen = panel.without("missed", is_missed)
    found = _sensitivity(y, design, _chosen(seen, spec), is_missed, shifts, imputations, tell)
    return Tipping(
        outcome=spec.outcome,
        outcome_label=spec.outcome_label,
        main_feature=main_feature,
        sd=float(np.nanstd(y, ddof=1)),
        n_participants=panel.n_participants,
        n_answered=int((~is_missed).sum()),
        n_missed=int(is_missed.sum()),
        not_imputed=max(n_due + _without_score(answered) - int(is_missed.sum()), 0),
        n_imputations=imputations,
        terms=_terms(found, design),
        warnings=found.warnings,
    )


def _together(answered: pl.DataFrame, missed: pl.DataFrame, spec: ModelSpec) -> pl.DataFrame:
    """All surveys that were due, as one frame; what stands for a missing score is never read."""
    names = frame_columns(COLUMNS, spec)
    no_score = pl.col("score").is_null()
    kept = answered.select(
        *(pl.col(name) for name in names if name != "score"),
        pl.col("score").cast(pl.Float64).fill_null(0.0),
        no_score.alias(_MISSED),
    )
    added = missed.with_columns(
        pl.lit(0.0).alias("score"),
        pl.lit(value=True).alias(_MISSED),
        *(pl.lit(None).alias(name) for name in names if name not in (*missed.columns, "score")),
    )
    casts = [pl.col(name).cast(kind) for name, kind in kept.schema.items()]
    return pl.concat([kept, added.select(kept.columns).with_columns(casts)])


def _without_score(answered: pl.DataFrame) -> int:
    return answered.filter(pl.col("score").is_null()).n_unique(["participant_id", "occasion_id"])


def _chosen(seen: Panel, spec: ModelSpec) -> LinearModel:
    """The random effects that the answered surveys bear, as the model of the study has them."""
    design = alliance_design(seen, spec)
    return fit_with_chosen_effects(seen.rows["score"].to_numpy(), design)


def _sensitivity(
    y: Floats,
    design: Design,
    chosen: LinearModel,
    is_missed: Flags,
    shifts: tuple[float, ...],
    imputations: int,
    tell: Tell | None,
) -> Sensitivity:
    random = tuple(_on_all_rows(term, design) for term in chosen.random)
    sd = float(np.nanstd(y, ddof=1))
    return delta_adjusted(
        y,
        design.matrix,
        design.terms,
        random,
        is_missed,
        [shift * sd for shift in shifts],
        m=imputations,
        seed=SEED,
        on_progress=tell,
    )


def _on_all_rows(term: RandomTerm, design: Design) -> RandomTerm:
    """A random term of the answered rows, on all rows that were due."""
    columns = []
    for name in term.names:
        column = design.column(name)
        columns.append(np.ones(len(design.codes)) if column is None else column.values)
    codes = design.codes if term.group == "participant" else design.sites
    assert codes is not None
    return RandomTerm(term.group, term.names, np.column_stack(columns), codes, term.is_correlated)


def _terms(found: Sensitivity, design: Design) -> tuple[TippingTerm, ...]:
    observed = {row.term: row for row in found.observed}
    tips = {tip.term: tip for tip in found.tipping}
    return tuple(
        TippingTerm(
            term=column.term,
            feature_id=column.feature_id or "",
            label=column.label,
            observed=observed[column.term],
            rows=found.of(column.term),
            is_finding=tips[column.term].is_finding,
            delta_below=tips[column.term].delta_below,
            delta_above=tips[column.term].delta_above,
        )
        for column in design.columns
        if column.kind == "within"
    )
