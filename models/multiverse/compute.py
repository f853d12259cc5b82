"""Every specification of every outcome, fitted from shared cross-products."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from models import alliance
from models.analyses import Inputs, Tell
from models.design import Design
from models.errors import NoNumberError, NotConvergedError, NotEstimableError
from models.inference import critical, rows_left
from models.linear.linear_fit import LinearFit
from models.linear.satterthwaite import satterthwaite_df
from models.multiverse.result import Curve, Fitted, Multiverse, OutcomeMultiverse
from models.multiverse.shared import SharedProducts, level_term, use_columns
from models.multiverse.specification import (
    Occasions,
    Specification,
    declared_specification,
    specifications,
    windows_of,
)
from models.panel import Floats, Panel
from models.random_part import fit_with_chosen_effects
from models.random_terms import RandomTerm
from models.screen import Column
from models.spec import ModelSpec, Transform
from models.wording import explain_emptiness

SCORES = "scores"
_TREND = ("(Intercept)", "week")
Key = tuple[int, int, Occasions, Transform]


@dataclass(frozen=True)
class Number:
    """What one specification says of one feature; without a number, `reason` says why."""

    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    scale: float | None = None
    reason: str = ""


@dataclass(frozen=True, eq=False)
class _Answer:
    """A specification's fit, and the number of each feature."""

    fitted: Fitted
    numbers: Mapping[str, Number]


def window_name(days: int, lag: int) -> str:
    """Name of the frame that holds the exposure of a window."""
    return f"window:{days}:{lag}"


def compute(inputs: Inputs, tell: Tell) -> Multiverse:
    """Fit every specification of every outcome.

    Parameters
    ----------
    inputs
        Frames `scores` (`queries.multiverse.occasion_scores`) and, per window, `window_name`
        (`queries.multiverse.window_exposures`), with the preset's covariates in `scores`; options
        `models`, a `ModelSpec` per outcome, all of one preset, and `preset_id`.

    Raises
    ------
    NotEstimableError
        If there is no dimension to fit anything to.
    """
    models: Sequence[ModelSpec] = inputs.options["models"]
    if not models:
        raise NotEstimableError("The study measures no dimension of alliance.", "no_dimension")
    outcomes = []
    for done, spec in enumerate(models):
        tell(done, len(models))
        outcomes.append(of_outcome(inputs.frames, spec))
    features = tuple((one.feature_id, one.label) for one in models[0].features)
    return Multiverse(inputs.options["preset_id"], features, tuple(outcomes))


def of_outcome(frames: Mapping[str, pl.DataFrame], spec: ModelSpec) -> OutcomeMultiverse:
    """Every specification of one outcome.

    Parameters
    ----------
    frames
        As `compute` takes them.
    spec
        The declared model of the outcome.

    Notes
    -----
    All features stand in one model, as in the declared one, so that a fit answers for each of them.
    Rows are summed once per window, scale and kind of occasions; the models with and without
    sessions, with and without own trends, are fitted from parts of the same sums.

    References
    ----------
    Simonsohn, Simmons & Nelson (2020), Nat Hum Behav 4:1208-1214. doi:10.1038/s41562-020-0912-z
    Steegen, Tuerlinckx, Gelman & Vanpaemel (2016), Perspect Psychol Sci 11:702-712.
    doi:10.1177/1745691616658637
    """
    scores = frames[SCORES].filter(pl.col("dimension_id") == spec.outcome)
    scored = scores.filter(pl.col("score").is_not_null())
    has_incomplete = not scored["is_complete"].all()
    main = declared_specification(spec)
    asked = specifications(spec, has_incomplete=has_incomplete)
    answers = dict(_answers(_joined(frames, scores, spec), spec, asked))
    declared = _declared(_joined_one(frames, scores, (main.window_days, main.lag_days)), spec, main)
    found = [answers[one] for one in asked]
    if declared is not None:
        # The preset's own rule gives other random effects: it is listed beside the others.
        found.append(declared)
    else:
        place = asked.index(main)
        marked = replace(found[place].fitted, is_main=True)
        found[place] = replace(found[place], fitted=marked)
    return OutcomeMultiverse(
        outcome=spec.outcome,
        label=spec.outcome_label,
        specifications=tuple(one.fitted for one in found),
        curves=tuple(_curve(one.feature_id, found) for one in spec.features),
    )


def _joined_one(
    frames: Mapping[str, pl.DataFrame], scores: pl.DataFrame, window: tuple[int, int]
) -> pl.DataFrame:
    """The rows of one window, in the form of `model_rows`."""
    exposures = frames[window_name(*window)]
    return scores.join(exposures, on=["participant_id", "local_date"], how="inner")


def _joined(
    frames: Mapping[str, pl.DataFrame], scores: pl.DataFrame, spec: ModelSpec
) -> dict[tuple[int, int], pl.DataFrame]:
    return {window: _joined_one(frames, scores, window) for window in windows_of(spec)}


def _answers(
    rows: Mapping[tuple[int, int], pl.DataFrame],
    spec: ModelSpec,
    asked: Sequence[Specification],
) -> Iterator[tuple[Specification, _Answer]]:
    """The specifications that share a design together, one design after another."""
    designs: dict[Key, list[Specification]] = {}
    for one in asked:
        key = (one.window_days, one.lag_days, one.occasions, one.transform)
        designs.setdefault(key, []).append(one)
    for (days, lag, occasions, _), group in designs.items():
        frame = rows[days, lag]
        if occasions == "complete":
            frame = frame.filter("is_complete")
        yield from _of_design(frame, group[0].model(spec), group)


def _of_design(
    frame: pl.DataFrame, spec: ModelSpec, group: Sequence[Specification]
) -> Iterator[tuple[Specification, _Answer]]:
    panel = alliance.analysed(frame, spec)
    if panel.rows.is_empty():
        why = explain_emptiness(panel.lost)
        yield from ((one, _refused(panel, one, why)) for one in group)
        return
    design = alliance.alliance_design(panel, spec)
    score = panel.rows["score"].cast(pl.Float64).to_numpy()
    reasons = {
        one.feature_id: one.explanation
        for one in design.not_estimable
        if one.part == "within" and one.feature_id is not None
    }
    little = alliance.too_little(panel, design)
    if little is not None:
        yield from ((one, _refused(panel, one, little, reasons)) for one in group)
        return
    sessions = panel.rows["n_window_sessions"].cast(pl.Float64).to_numpy()
    more = use_columns(sessions, design)
    trend = _trend(design)
    shared: SharedProducts | None = None
    for one in group:
        if one.adjusts_use and not more:
            words = "The number of sessions says nothing that the model does not say already."
            yield one, _refused(panel, one, words, reasons)
            continue
        columns = (*design.columns, *more) if one.adjusts_use else design.columns
        try:
            shared = shared or SharedProducts.of(score, (*design.columns, *more), design, trend)
            fit = shared.fit(columns, has_trend=one.random == "trends")
        except NotEstimableError as error:
            yield one, _refused(panel, one, str(error), reasons)
            continue
        except NotConvergedError:
            words = "No two optimisers agreed on a maximum."
            yield one, _refused(panel, one, words, reasons, status="not_converged")
            continue
        yield one, _answer(panel, one, fit, columns, reasons)


def _trend(design: Design) -> tuple[RandomTerm, ...]:
    """Own levels and trends, or own levels where participants have too few occasions for more."""
    week = design.column("week")
    if week is None:
        return (level_term(design),)
    values = np.column_stack((np.ones(len(week.values)), week.values))
    if min(rows_left(design.columns, values, design.codes)) < 1:
        return (level_term(design),)
    return (RandomTerm("participant", _TREND, values, design.codes),)


def _declared(frame: pl.DataFrame, spec: ModelSpec, main: Specification) -> _Answer | None:
    """The declared model where its own rule gives other random effects than levels and trends."""
    panel = alliance.analysed(frame, spec)
    if panel.rows.is_empty():
        return None
    design = alliance.alliance_design(panel, spec)
    if alliance.too_little(panel, design) is not None:
        return None
    score = panel.rows["score"].cast(pl.Float64).to_numpy()
    try:
        model = fit_with_chosen_effects(score, design)
    except NoNumberError:
        return None
    people = [term.names for term in model.random if term.group == "participant"]
    if people == [term.names for term in _trend(design)]:
        return None
    own = replace(main, random="chosen")
    reasons = {
        one.feature_id: one.explanation
        for one in design.not_estimable
        if one.part == "within" and one.feature_id is not None
    }
    answer = _answer(panel, own, model.fit, design.columns, reasons)
    return replace(answer, fitted=replace(answer.fitted, is_main=True))


def _refused(
    panel: Panel,
    one: Specification,
    why: str,
    reasons: Mapping[str, str] | None = None,
    *,
    status: str = "not_estimable",
) -> _Answer:
    fitted = Fitted(
        specification=one,
        is_main=False,
        n_rows=len(panel.rows),
        n_participants=panel.n_participants,
        lost=panel.lost,
        status="not_converged" if status == "not_converged" else "not_estimable",
        explanation=why,
        is_singular=False,
    )
    return _Answer(fitted, {name: Number(reason=words) for name, words in (reasons or {}).items()})


def _answer(
    panel: Panel,
    one: Specification,
    fit: LinearFit,
    columns: Sequence[Column],
    reasons: Mapping[str, str],
) -> _Answer:
    fitted = Fitted(
        specification=one,
        is_main=False,
        n_rows=len(panel.rows),
        n_participants=panel.n_participants,
        lost=panel.lost,
        status="fitted",
        explanation="",
        is_singular=fit.is_singular,
    )
    df = _df(fit)
    codes = panel.codes
    numbers = {name: Number(reason=words) for name, words in reasons.items()}
    for place, column in enumerate(columns):
        if column.kind == "within" and column.feature_id is not None:
            estimate = float(fit.beta[place])
            half = critical(df[place]) * float(np.sqrt(fit.cov_beta[place, place]))
            spread = _spread_within(column.values, codes)
            numbers[column.feature_id] = Number(estimate, estimate - half, estimate + half, spread)
    return _Answer(fitted, numbers)


def _df(fit: LinearFit) -> list[float | None]:
    try:
        return [*satterthwaite_df(fit, np.eye(len(fit.names))).tolist()]
    except NoNumberError:
        return [None] * len(fit.names)


def _spread_within(values: Floats, codes: np.ndarray) -> float:
    """Standard deviation of deviations from own means."""
    n_participants = int(codes.max()) + 1
    return float(np.sqrt(np.sum(values**2) / max(len(values) - n_participants, 1)))


def _curve(feature_id: str, answers: Sequence[_Answer]) -> Curve:
    blank = [one.numbers.get(feature_id, Number(reason=one.fitted.explanation)) for one in answers]
    return Curve(
        feature_id=feature_id,
        estimate=tuple(one.estimate for one in blank),
        ci_low=tuple(one.ci_low for one in blank),
        ci_high=tuple(one.ci_high for one in blank),
        scale=tuple(one.scale for one in blank),
        reason=tuple(one.reason for one in blank),
    )
