"""How wide will the main intervals be in the end? From blinded estimates, before anybody looks.

The information of the mixed model is projected over the surveys that are still to come; nothing in
it depends on arms, nor on the estimates of any association.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import special

from models.errors import NotEstimableError
from models.forecast.answer import Forecast, ForecastPoint, Quantity, SurveyShare
from models.forecast.attrition import answer_chain
from models.forecast.blinded import Blinded, blinded_fit, enrolled_on_schedule
from models.forecast.projection import (
    Enrolled,
    Population,
    Spread,
    draw_population,
    level_information,
    within_information,
)
from models.linear.satterthwaite import satterthwaite_df
from models.panel import Floats
from models.spec import ModelSpec

SIZES = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
"""Numbers of participants that are shown, as shares of the plan."""
LENGTHS = (0.5, 1.0, 1.25, 1.5)
"""Weeks of surveys that are shown, as shares of the plan."""
DRAWS = 40
"""Draws of the variances behind the range of a width."""
POPULATION = 1000
SEED = 20250109
CONFIDENCE = 0.95
_EARLY_SHARE = 1 / 3
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """Who the study means to have: participants in all, and the groups that it compares.

    `n_planned` is None where the study names no target: those enrolled are then the plan.
    `shares` are those of the two groups that are compared, of all participants.
    """

    n_planned: int | None = None
    n_groups: int = 2
    shares: tuple[float, float] = (0.5, 0.5)


def forecast(
    rows: pl.DataFrame,
    surveys: pl.DataFrame,
    spec: ModelSpec,
    plan: Plan,
    *,
    feature_id: str,
    draws: int = DRAWS,
    tell: Tell | None = None,
) -> Forecast:
    """Expected half widths of the 95 % intervals, by numbers of participants and surveys.

    Parameters
    ----------
    rows
        `model_rows` of the outcome so far. Arms in it are not looked at.
    surveys
        The schedule, as `models.forecast.blinded.enrolled_on_schedule` takes it.
    feature_id
        The feature whose within-person association is the main one.
    draws
        Draws of the variances behind the range of a width; at least 1.

    Raises
    ------
    NoNumberError
        If there is too little data, no schedule, or the feature has no term in the model.

    Notes
    -----
    Assumes that those who join, and surveys still to come, are like those so far: in variances, in
    exposure, and in how surveys get lost. Blinded variances hold a difference of arms as well,
    which makes widths a little too large, never too small.

    References
    ----------
    Kieser & Friede (2003), Stat Med 22:3571-3581. doi:10.1002/sim.1585
    """
    blinded = blinded_fit(rows, spec)
    main = _place(blinded, feature_id)
    enrolled = enrolled_on_schedule(surveys, blinded.panel)
    chain = answer_chain(enrolled.is_seen, enrolled.is_past)
    planned = plan.n_planned or len(enrolled.is_seen)
    schedules = _schedules(enrolled.weeks)
    longest = max(schedules, key=len)
    whole = draw_population(
        enrolled,
        chain.longer(len(longest) - len(enrolled.weeks)),
        longest,
        np.random.default_rng(SEED),
        size=POPULATION,
    )
    widths = _Widths(blinded, main, plan, draws)
    points: list[ForecastPoint] = []
    for done, weeks in enumerate(schedules):
        if tell is not None:
            tell(done, len(schedules))
        own = whole.until(len(weeks))
        points += widths.points(own, planned, is_plan_length=len(weeks) == len(enrolled.weeks))
    population = whole.until(len(enrolled.weeks))
    return _answer(blinded, enrolled, population, spec, plan, widths, points)


def _place(blinded: Blinded, feature_id: str) -> int:
    """Place of the main exposure among the within terms."""
    ids = [blinded.panel.feature_ids[j] for j in blinded.terms.within]
    if feature_id not in ids:
        refused = [
            one.explanation
            for one in blinded.design.not_estimable
            if one.feature_id == feature_id and one.part == "within"
        ]
        why = refused[0] if refused else "no participant's exposure to it is known."
        raise NotEstimableError(
            f"The model has no within-person term of the feature {feature_id!r}: {why}",
            "no_main_term",
        )
    return ids.index(feature_id)


def _schedules(weeks: Floats) -> list[Floats]:
    """Schedules that are cut short or go on at the pace of their last surveys."""
    gap = float(np.median(np.diff(weeks)[-3:]))
    found: dict[int, Floats] = {}
    for share in LENGTHS:
        end = weeks[-1] * share
        if share <= 1:
            own = weeks[weeks <= end + 1e-9]
        else:
            more = max(round((end - weeks[-1]) / gap), 1)
            own = np.concatenate([weeks, weeks[-1] + gap * np.arange(1, more + 1)])
        if len(own) >= 2:
            found.setdefault(len(own), own)
    return [found[n] for n in sorted(found)]


class _Widths:
    """Half widths of both quantities in a population."""

    def __init__(self, blinded: Blinded, main: int, plan: Plan, draws: int) -> None:
        self.blinded, self.main, self.plan = blinded, main, plan
        rng = np.random.default_rng(SEED)
        self.drawn = [blinded.drawn(rng) for _ in range(draws)]
        basis = np.zeros((1, len(blinded.fit.beta)))
        basis[0, blinded.fit.names.index(_term(blinded, main))] = 1.0
        self.df = float(satterthwaite_df(blinded.fit, basis)[0])
        self.se_now = float(np.sqrt(basis[0] @ blinded.fit.cov_beta @ basis[0]))

    def points(
        self, population: Population, planned: int, *, is_plan_length: bool
    ) -> list[ForecastPoint]:
        """All sizes of one schedule."""
        spreads = [(self.blinded.spread(), self.blinded.plain_spread()), *self.drawn]
        within = np.array([self._one_within(population, full) for full, _ in spreads])
        groups = np.array([self._one_groups(population, plain) for _, plain in spreads])
        found = []
        for share in SIZES:
            n = max(round(planned * share), 4)
            ratio = n / self.blinded.panel.n_participants
            for quantity, unit, df in (
                ("within", within, max(self.df * ratio, 2.0)),
                ("groups", groups, max(n - 2.0, 2.0)),
            ):
                reach = special.stdtrit(df, (1 + CONFIDENCE) / 2) * unit / math.sqrt(n)
                low, high = np.quantile(reach[1:], (0.1, 0.9))
                found.append(
                    ForecastPoint(
                        quantity=_quantity(quantity),
                        n_participants=n,
                        n_surveys=len(population.weeks),
                        last_week=float(population.weeks[-1]),
                        half_width=float(reach[0]),
                        low=float(min(low, reach[0])),
                        high=float(max(high, reach[0])),
                        is_plan=is_plan_length and share == 1.0,
                    )
                )
        return found

    def _one_within(self, population: Population, spread: Spread) -> float:
        """Standard error that one participant would give, so to speak."""
        information = within_information(population, spread, self.blinded.terms)
        return _root_of_inverse(information, 2 + self.main)

    def _one_groups(self, population: Population, spread: Spread) -> float:
        first, second = self.plan.shares
        information = level_information(population, spread)
        if information <= 0:
            raise _nothing_left()
        return math.sqrt((1 / first + 1 / second) / information)


def _quantity(name: str) -> Quantity:
    return "within" if name == "within" else "groups"


def _root_of_inverse(information: Floats, place: int) -> float:
    basis = np.zeros(len(information))
    basis[place] = 1.0
    try:
        variance = float(np.linalg.solve(information, basis)[place])
    except np.linalg.LinAlgError as error:
        raise _nothing_left() from error
    if not variance > 0:
        raise _nothing_left()
    return math.sqrt(variance)


def _nothing_left() -> NotEstimableError:
    return NotEstimableError(
        "The projected surveys hold no information about this quantity: too few are expected to be "
        "answered, or exposure does not vary in them.",
        "no_information",
    )


def _term(blinded: Blinded, main: int) -> str:
    return f"within:{blinded.panel.feature_ids[blinded.terms.within[main]]}"


def _answer(
    blinded: Blinded,
    enrolled: Enrolled,
    population: Population,
    spec: ModelSpec,
    plan: Plan,
    widths: _Widths,
    points: Sequence[ForecastPoint],
) -> Forecast:
    plain, full = blinded.plain_spread(), blinded.spread()
    main = blinded.terms.within[widths.main]
    feature_id = blinded.panel.feature_ids[main]
    expected = population.is_seen.mean(axis=0)
    level, trend = float(plain.own[0, 0]), 0.0
    if len(plain.own) > 1:
        trend = float(plain.own[1, 1])
    slope = float(full.own[-1, -1]) if blinded.terms.slope == main else 0.0
    reach = special.stdtrit(widths.df, (1 + CONFIDENCE) / 2) * widths.se_now
    n_enrolled = len(enrolled.is_seen)
    return Forecast(
        outcome=spec.outcome,
        outcome_label=spec.outcome_label,
        feature_id=feature_id,
        feature_label=next(f.label for f in spec.features if f.feature_id == feature_id),
        n_participants=n_enrolled,
        n_planned=plan.n_planned or n_enrolled,
        has_target=plan.n_planned is not None,
        n_analysed=blinded.panel.n_participants,
        n_rows=len(blinded.panel.rows),
        n_groups=plan.n_groups,
        group_shares=plan.shares,
        width_now=float(reach),
        level_sd=math.sqrt(level),
        trend_sd=math.sqrt(trend),
        residual_sd=math.sqrt(plain.residual),
        slope_sd=math.sqrt(slope),
        icc=level / (level + plain.residual),
        expected_rows=float(expected.sum()) * (plan.n_planned or n_enrolled),
        surveys=tuple(
            SurveyShare(float(week), int(passed), int(analysed), float(share))
            for week, passed, analysed, share in zip(
                enrolled.weeks,
                enrolled.is_past.sum(axis=0),
                (enrolled.is_seen & enrolled.is_past).sum(axis=0),
                expected,
                strict=True,
            )
        ),
        points=tuple(points),
        warnings=_warnings(blinded, enrolled),
    )


def _warnings(blinded: Blinded, enrolled: Enrolled) -> tuple[str, ...]:
    said = []
    passed = float(enrolled.is_past.mean())
    if passed < _EARLY_SHARE:
        said.append(
            f"Only {passed:.0%} of the scheduled surveys are past: variances and losses of the "
            "later ones are guessed from the early ones."
        )
    if blinded.fit.is_singular or blinded.plain.is_singular:
        said.append(
            "A variance between participants is estimated as 0: the range may be too narrow."
        )
    return tuple(said)
