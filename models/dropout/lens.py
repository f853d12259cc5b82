"""Does alliance, or use, go along with being lost sooner? Cox models on what was known before."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from models.dropout.answer import (
    DropoutLens,
    LensCheck,
    LensOutcome,
    LensPoint,
    LensTerm,
    Level,
    Outcome,
    Together,
)
from models.dropout.curves import expected_curve
from models.errors import NoNumberError, NotEstimableError
from models.follow_up import FollowUpRows, follow_up_rows
from models.hazards import HazardFit, fit_hazards
from models.panel import Floats
from models.partial_likelihood import RiskRows

MEASURES = ("alliance", "use")
LEAST_EVENTS = 10
LEVELS: tuple[tuple[Level, float], ...] = (("low", 1 / 6), ("middle", 1 / 2), ("high", 5 / 6))
"""Each third of the time at risk, and the share of it below its median."""
_OUTCOMES: tuple[tuple[Outcome, str, str], ...] = (
    ("dropout", "dropout_day", "is_dropout_event"),
    ("nonusage", "nonusage_day", "is_nonusage_event"),
)
_WORDS = {"dropout": "withdrew", "nonusage": "stopped using the app"}


def dropout_lens(people: pl.DataFrame, measures: pl.DataFrame, *, smallest: int = 1) -> DropoutLens:
    """Hazard ratios of alliance and use for withdrawing, and for ceasing to use the app.

    Parameters
    ----------
    people
        One row per participant: `participant_id`, `arm_id`, and day and event of both outcomes
        (`dropout_day`, `is_dropout_event`, `nonusage_day`, `is_nonusage_event`). Null days are left
        out.
    measures
        One row per participant and `known_day` (the study day at whose end it was known):
        `alliance` (scale points) and `use` (sessions of the week that ended), null where that day
        brought no news of it.
    smallest
        Fewest events between two points of a curve.

    Raises
    ------
    NotEstimableError
        If neither outcome can be modelled, with both reasons.

    Notes
    -----
    A value counts from the day after it was known until the next one, so that nothing is explained
    by what is measured later; participants enter once both measures are known (left truncation).
    Arms have baseline hazards of their own. For non-usage, whoever withdraws counts as seen until
    then (cause-specific hazards).

    References
    ----------
    Eysenbach (2005), J Med Internet Res 7:e11. doi:10.2196/jmir.7.1.e11
    """
    cut = {
        name: follow_up_rows(_follow_up(people, day, event), measures, MEASURES)
        for name, day, event in _OUTCOMES
    }
    bounds, levels = _levels(cut["dropout"].rows)
    found = tuple(_outcome(name, cut[name], levels, bounds, smallest) for name, _, _ in _OUTCOMES)
    if not any(one.terms for one in found):
        said = " ".join(dict.fromkeys(one.explanation for one in found))
        raise NotEstimableError(said, "too_few_events")
    return DropoutLens(
        outcomes=found,
        levels=tuple((name, value) for (name, _), value in zip(LEVELS, levels, strict=True)),
        bounds=bounds,
        n_arms=people["arm_id"].n_unique(),
    )


def _follow_up(people: pl.DataFrame, day: str, event: str) -> pl.DataFrame:
    return people.select(
        "participant_id",
        "arm_id",
        pl.col(day).cast(pl.Float64).alias("day"),
        pl.col(event).alias("is_event"),
    ).filter(pl.col("day") > 0, pl.col("is_event").is_not_null())


def _levels(rows: pl.DataFrame) -> tuple[tuple[float, float], tuple[float, ...]]:
    """Where thirds of the time at risk part, and the medians of the thirds, in scale points."""
    if rows.is_empty():
        raise NotEstimableError(
            "Nobody has an alliance score and a week of use before the end of their follow-up.",
            "nothing_known_yet",
        )
    sorted_rows = rows.select("alliance", days=pl.col("stop_day") - pl.col("start_day")).sort(
        "alliance"
    )
    reached = np.cumsum(sorted_rows["days"].to_numpy())
    shares = (1 / 3, 2 / 3, *(share for _, share in LEVELS))
    places = np.searchsorted(reached / reached[-1], shares)
    low, high, *levels = (float(sorted_rows["alliance"][int(place)]) for place in places)
    return (low, high), tuple(levels)


def _outcome(
    name: Outcome,
    cut: FollowUpRows,
    levels: tuple[float, ...],
    bounds: tuple[float, float],
    smallest: int,
) -> LensOutcome:
    rows = cut.rows
    n_people, n_events = rows["participant_id"].n_unique(), int(rows["is_event"].sum())
    blank = LensOutcome(
        outcome=name,
        explanation="",
        n_participants=n_people,
        n_unknown=sum(lost.n_participants for lost in cut.lost),
        n_events=n_events,
        n_days=float((rows["stop_day"] - rows["start_day"]).sum()),
    )
    if n_events < LEAST_EVENTS:
        return replace(
            blank,
            explanation=f"{n_events} of {n_people} participants {_WORDS[name]} after alliance and "
            f"use were known: fewer than {LEAST_EVENTS} events say nothing of a hazard ratio.",
        )
    try:
        alone = {term: _fit(rows, (term,)) for term in MEASURES}
        together = _fit(rows, MEASURES)
    except NoNumberError as error:
        return replace(blank, explanation=str(error))
    points = _points(rows, alone["alliance"], levels, bounds, smallest)
    return replace(
        blank,
        terms=(
            *(one for term in MEASURES for one in _terms(alone[term], "alone")),
            *_terms(together, "together"),
        ),
        checks=tuple(
            LensCheck(one.term, one.correlation, one.statistic, one.df, one.p_value)
            for one in together.proportional
        ),
        points=points,
        concordance=together.concordance,
        warnings=together.warnings,
    )


def _fit(rows: pl.DataFrame, names: Sequence[str]) -> HazardFit:
    arms = rows["arm_id"].fill_null("unknown").to_numpy()
    return fit_hazards(
        rows["stop_day"].to_numpy(),
        rows["is_event"].to_numpy(),
        rows.select(names).to_numpy().astype(np.float64),
        names,
        start=rows["start_day"].to_numpy(),
        participant=np.unique(rows["participant_id"].to_numpy(), return_inverse=True)[1],
        strata=np.unique(arms, return_inverse=True)[1],
    )


def _terms(fit: HazardFit, adjustment: Together) -> tuple[LensTerm, ...]:
    return tuple(
        LensTerm(one.term, adjustment, one.ratio, one.ratio_low, one.ratio_high, one.p_value)
        for one in fit.terms
    )


def _points(
    rows: pl.DataFrame,
    fit: HazardFit,
    levels: tuple[float, ...],
    bounds: tuple[float, float],
    smallest: int,
) -> tuple[LensPoint, ...]:
    """Curves of alliance alone, at days between which `smallest` events lie at the least."""
    arms = np.unique(rows["arm_id"].fill_null("unknown").to_numpy(), return_inverse=True)[1]
    start, stop = rows["start_day"].to_numpy(), rows["stop_day"].to_numpy()
    alliance = rows["alliance"].to_numpy()
    is_event = rows["is_event"].to_numpy()
    risk = RiskRows(start, stop, is_event, alliance[:, None], arms.astype(np.int64))
    third = np.searchsorted(bounds, alliance, side="left")
    is_entry = (
        rows.select(pl.col("start_day") == pl.col("start_day").min().over("participant_id"))
        .to_series()
        .to_numpy()
    )
    days = _shown_days(stop[is_event], smallest)
    found: list[LensPoint] = []
    for place, ((name, _), value) in enumerate(zip(LEVELS, levels, strict=True)):
        own = third == place
        begun = int((own & is_entry).sum())
        found.append(LensPoint(name, 0.0, 1.0, None, None, begun))
        curve = expected_curve(risk, fit, np.array([value]))
        for day in days:
            at = int(np.searchsorted(curve.days, day, side="right")) - 1
            found.append(
                LensPoint(
                    level=name,
                    day=float(day),
                    survival=float(curve.survival[at]),
                    ci_low=_number(curve.ci_low[at]),
                    ci_high=_number(curve.ci_high[at]),
                    n_at_risk=int((own & (start < day) & (stop >= day)).sum()),
                )
            )
    return tuple(found)


def _shown_days(event_days: Floats, smallest: int) -> list[float]:
    """Days at whose end another `smallest` events have been seen; what is left over joins the last.

    Steps of a curve give away when single participants were lost.
    """
    ordered = np.sort(event_days)
    shown: list[float] = []
    last = 0
    for day in np.unique(ordered):
        reached = int(np.searchsorted(ordered, day, side="right"))
        if reached - last >= smallest:
            shown.append(float(day))
            last = reached
    if shown and last < len(ordered):
        shown[-1] = float(ordered[-1])
    return shown


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
