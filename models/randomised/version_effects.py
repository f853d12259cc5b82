"""One version against the reference: by chance at each delivery, or by mixed model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.special import ndtr, stdtr, stdtrit

from models.errors import NoNumberError, NotEstimableError
from models.generalised.fit import fit_generalised
from models.inference import critical
from models.linear.fit import fit_linear
from models.linear.satterthwaite import satterthwaite_df
from models.multiplicity import benjamini_hochberg
from models.panel import Floats
from models.random_terms import RandomTerm
from models.randomised.always_valid import EXPECTED, always_valid
from models.randomised.excursion import CausalExcursion
from models.randomised.table import mrt_table
from models.randomised.version_result import Effect, Estimate, Scale, Unit
from models.randomised.version_rows import Outcome

LEAST_PARTICIPANTS = 10
"""With fewer, of either version, nothing is estimated."""
POWER = 0.8
_LOGISTIC_SD = float(np.pi / np.sqrt(3))
_NODES = 9


@dataclass(frozen=True)
class Contrast:
    """What is compared: two versions of a feature, and how one of them came about.

    With `is_by_chance`, chance chose at each delivery, and effects are causal excursion effects;
    otherwise models with own levels of participants are fitted. `chance` is the probability of the
    version among the two.
    """

    variant_id: str
    reference: str
    is_by_chance: bool
    chance: float | None

    @classmethod
    def of(
        cls, probabilities: dict[str, float | None], variant_id: str, reference: str, unit: Unit
    ) -> "Contrast":
        """The contrast of a version with the reference, from their declared probabilities."""
        own, other = probabilities[variant_id], probabilities[reference]
        chance = own / (own + other) if own is not None and other is not None else None
        return cls(variant_id, reference, chance is not None and unit == "point", chance)

    def pair(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows of the two versions, with `is_variant`."""
        return rows.filter(
            pl.col("variant_id").is_in([self.variant_id, self.reference])
        ).with_columns(is_variant=pl.col("variant_id") == self.variant_id)


def effect(rows: pl.DataFrame, outcome: Outcome, contrast: Contrast) -> Effect:
    """One outcome of one version against the reference, with and without what was known before."""
    pair = contrast.pair(rows)
    known = pair.filter(pl.col(outcome.column).is_not_null())
    blank = Effect(
        outcome=outcome.id,
        outcome_label=outcome.label,
        group=outcome.group,
        unit=outcome.unit,
        variant_id=contrast.variant_id,
        estimator=_estimator(outcome, contrast),
        scale=scale_of(outcome, contrast),
        number=None,
        explanation="",
        n_lost=pair.height - known.height,
    )
    try:
        number = estimate(known, outcome, contrast)
    except NoNumberError as error:
        return replace(blank, explanation=str(error))
    spread = spread_of(known, outcome, contrast)
    valid = always_valid(number.estimate, number.se, expected=EXPECTED * spread)
    own, other = (_mean(known, outcome, is_variant=side) for side in (True, False))
    filled = replace(
        blank,
        number=number,
        spread=spread,
        valid_low=valid.low,
        valid_high=valid.high,
        detectable=_detectable(number),
        mean=own,
        mean_reference=other,
    )
    filled = _with_gain(filled, known, outcome, contrast)
    return _with_ratio(filled, known, outcome, contrast)


def estimate(rows: pl.DataFrame, outcome: Outcome, contrast: Contrast) -> Estimate:
    """The version against the reference, adjusted for what was known before.

    Parameters
    ----------
    rows
        Of the two versions, with the outcome known and `is_variant`.

    Raises
    ------
    NoNumberError
        If the rows hold no answer; the message says why.
    """
    return _estimate(rows, outcome, contrast, is_adjusted=True)


def _estimate(
    rows: pl.DataFrame, outcome: Outcome, contrast: Contrast, *, is_adjusted: bool
) -> Estimate:
    require_people(rows)
    rows = prepared(rows, outcome) if is_adjusted else rows
    if contrast.is_by_chance:
        found = excursion_of(rows, outcome, contrast, is_adjusted=is_adjusted, binary=False)
        row = found.effects[0]
        return Estimate(
            row.estimate, row.se, row.ci_low, row.ci_high, float(row.df2), row.p_value,
            found.n_points, found.n_participants,
        )  # fmt: skip
    return _mixed(rows, outcome, is_adjusted=is_adjusted)


def excursion_of(
    rows: pl.DataFrame,
    outcome: Outcome,
    contrast: Contrast,
    *,
    is_adjusted: bool,
    binary: bool,
    moderators: Sequence[str] = (),
) -> CausalExcursion:
    """The excursion effect on rows as `prepared` makes them."""
    if contrast.chance is None:
        raise ValueError("an excursion effect needs probabilities")
    frame = rows.with_columns(pl.col(outcome.column).cast(pl.Float64))
    return mrt_table(
        frame,
        outcome=outcome.column,
        participant="participant_id",
        treatment="is_variant",
        probability=contrast.chance,
        moderators=moderators,
        controls=controls_of(frame) if is_adjusted else tuple(moderators),
        numerator="constant",
        binary=binary,
    )


def prepared(rows: pl.DataFrame, outcome: Outcome) -> pl.DataFrame:
    """The rows with what was known before as `known_before`, and the week.

    Where it is not known, the mean stands and `is_unknown_before` says so: nothing is lost, and
    chance keeps the comparison right.
    """
    before = (
        pl.col(outcome.before).cast(pl.Float64)
        if outcome.before in rows.columns
        else pl.lit(None, dtype=pl.Float64)
    )
    mean = before.mean()
    return rows.with_columns(
        known_before=(before - mean).fill_null(0.0),
        is_unknown_before=before.is_null().cast(pl.Float64),
        since_first=pl.col("weeks_since_first").cast(pl.Float64),
    )


def controls_of(rows: pl.DataFrame) -> tuple[str, ...]:
    """Columns known before that vary, and are not one another's repetition."""
    names = ("known_before", "is_unknown_before", "since_first")
    kept: list[str] = []
    for name in names:
        columns = [np.ones(rows.height), *(rows[one].to_numpy() for one in (*kept, name))]
        matrix = np.column_stack(columns)
        if np.linalg.matrix_rank(matrix / np.maximum(matrix.std(axis=0), 1e-12)) == len(columns):
            kept.append(name)
    return tuple(kept)


def _mixed(rows: pl.DataFrame, outcome: Outcome, *, is_adjusted: bool) -> Estimate:
    """Own levels of participants; the version's coefficient, linear or logistic."""
    names = ["(Intercept)", "is_variant", *(controls_of(rows) if is_adjusted else ())]
    own = [rows[name].cast(pl.Float64).to_numpy() for name in names[1:]]
    X = np.column_stack([np.ones(rows.height), *own])
    codes = np.unique(rows["participant_id"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    level = RandomTerm("participant", ("(Intercept)",), np.ones((rows.height, 1)), codes)
    y = rows[outcome.column].cast(pl.Float64).to_numpy()
    n_participants = int(codes.max()) + 1
    if _is_logistic(outcome):
        trials = rows[outcome.trials].cast(pl.Float64).to_numpy() if outcome.trials else None
        done = y if trials is None else np.minimum(y, trials)
        fit = fit_generalised(done, X, tuple(names), level, trials=trials, nodes=_NODES)
        variance = float(fit.cov_beta[1, 1])
        return _row(float(fit.beta[1]), variance**0.5, None, rows.height, n_participants)
    if y.std() == 0:
        raise NotEstimableError("The outcome is the same everywhere.", "constant_outcome")
    if n_participants == rows.height:
        return _least_squares(y, X, n_participants)
    linear = fit_linear(y, X, names, (level,))
    contrast = np.zeros((1, len(names)))
    contrast[0, 1] = 1.0
    try:
        df: float | None = float(satterthwaite_df(linear, contrast)[0])
    except NoNumberError:
        df = None
    se = float(np.sqrt(linear.cov_beta[1, 1]))
    return _row(float(linear.beta[1]), se, df, rows.height, n_participants)


def _least_squares(y: Floats, X: Floats, n: int) -> Estimate:
    """One row a participant: there is no level to be told from the rest."""
    df = n - X.shape[1]
    if df < 1:
        raise NotEstimableError("There are too few participants for the terms.", "too_few")
    beta = np.linalg.lstsq(X, y, rcond=None)[0]
    residual = y - X @ beta
    covariance = np.linalg.inv(X.T @ X) * float(residual @ residual) / df
    return _row(float(beta[1]), float(np.sqrt(covariance[1, 1])), float(df), n, n)


def _row(
    estimate: float, se: float, df: float | None, n_rows: int, n_participants: int
) -> Estimate:
    half = critical(df) * se
    size = -abs(estimate / se)
    tail = ndtr(size) if df is None else stdtr(df, size)
    return Estimate(
        estimate, se, estimate - half, estimate + half, df, float(2 * tail), n_rows, n_participants
    )


def require_people(rows: pl.DataFrame) -> None:
    """Refuse where either version reached too few participants.

    Raises
    ------
    NotEstimableError
        With fewer than `LEAST_PARTICIPANTS` of one version.
    """
    counts = dict(rows.group_by("is_variant").agg(pl.col("participant_id").n_unique()).iter_rows())
    if min(counts.get(True, 0), counts.get(False, 0)) < LEAST_PARTICIPANTS:
        raise NotEstimableError(
            f"Fewer than {LEAST_PARTICIPANTS} participants had one of the two versions with a "
            "known outcome.",
            "too_few_participants",
        )


def _is_logistic(outcome: Outcome) -> bool:
    return outcome.is_binary or outcome.trials is not None


def scale_of(outcome: Outcome, contrast: Contrast) -> Scale:
    """Differences where chance chose or the outcome is a number; otherwise log odds."""
    return "difference" if contrast.is_by_chance or not _is_logistic(outcome) else "log_odds"


def _estimator(outcome: Outcome, contrast: Contrast) -> str:
    if contrast.is_by_chance:
        return "WCLS and EMEE" if outcome.is_binary else "WCLS"
    return "logistic mixed model" if _is_logistic(outcome) else "linear mixed model"


def spread_of(rows: pl.DataFrame, outcome: Outcome, contrast: Contrast) -> float:
    """Standard deviation of the outcome on the estimate's scale (that of log odds is fixed)."""
    if scale_of(outcome, contrast) == "log_odds":
        return _LOGISTIC_SD
    spread = float(np.std(rows[outcome.column].cast(pl.Float64).to_numpy()))
    if not spread > 0:
        raise NotEstimableError("The outcome is the same everywhere.", "constant_outcome")
    return spread


def _detectable(number: Estimate) -> float:
    upper = critical(number.df)
    power = float(stdtrit(number.df, POWER)) if number.df is not None else 0.8416212335729143
    return (upper + power) * number.se


def _mean(rows: pl.DataFrame, outcome: Outcome, *, is_variant: bool) -> float | None:
    """Raw mean of one version; done of due where there are trials."""
    own = rows.filter(pl.col("is_variant") == is_variant)
    top = own[outcome.column].cast(pl.Float64)
    if outcome.trials:
        due = own[outcome.trials].sum()
        return float(top.sum()) / float(due) if due else None
    return float(np.mean(top.to_numpy())) if own.height else None


def _with_gain(filled: Effect, rows: pl.DataFrame, outcome: Outcome, contrast: Contrast) -> Effect:
    """What knowing the past does for precision."""
    try:
        plain = _estimate(rows, outcome, contrast, is_adjusted=False)
    except NoNumberError:
        return filled
    removed = None
    # Log odds move away from 0 when something is held constant, so their errors say nothing.
    if filled.number is not None and filled.scale == "difference":
        removed = 1 - (filled.number.se / plain.se) ** 2
    return replace(
        filled,
        plain_estimate=plain.estimate,
        plain_se=plain.se,
        variance_removed=removed,
    )


def _with_ratio(filled: Effect, rows: pl.DataFrame, outcome: Outcome, contrast: Contrast) -> Effect:
    """A relative risk beside the difference, where chance chose and the outcome is yes or no."""
    if not (contrast.is_by_chance and outcome.is_binary):
        return filled
    try:
        found = excursion_of(
            prepared(rows, outcome), outcome, contrast, is_adjusted=True, binary=True
        )
    except NoNumberError as error:
        return replace(filled, ratio_note=str(error))
    row = found.effects[0]
    ratio, low, high = (float(np.exp(one)) for one in (row.estimate, row.ci_low, row.ci_high))
    return replace(filled, ratio=ratio, ratio_low=low, ratio_high=high)


def adjusted_together(effects: Sequence[Effect]) -> tuple[Effect, ...]:
    """The effects with p-values adjusted over all outcomes and versions (Benjamini-Hochberg)."""
    numbered = [one.number.p_value for one in effects if one.number is not None]
    left = iter(benjamini_hochberg(numbered).tolist())
    return tuple(
        one if one.number is None else replace(one, p_adjusted=float(next(left))) for one in effects
    )
