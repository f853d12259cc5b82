"""Power and precision of a planned study, by fitting its model to studies drawn from it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from models.errors import NoNumberError, NotEstimableError
from models.panel import Floats
from models.power.analytic import binomial_error
from models.power.design import PowerDesign, expected_se
from models.power.plan import Plan, effects_of

LEAST_PARTICIPANTS = 4
LEAST_SIMULATIONS = 20
MOST_FAILURES = 0.2
MOST_SIMULATED = 100_000
PILOT = (200, 3)
"""Participants and number of studies by which the first guess of a sample size is made."""
MOST_ROUNDS = 6
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class PowerRow:
    """What n participants give for one term.

    Attributes
    ----------
    power, power_error
        Share of simulated studies with p below alpha, and its Monte Carlo standard error.
    half_width
        Mean half width of the interval, in the effect's units.
    coverage
        Share of intervals (1 - alpha) that hold the truth.
    type_i_error
        Share of p below alpha had this effect been 0; None where that takes other simulations than
        these (a model that is not linear, and an effect that is not 0).
    n_simulations, n_failed
        Studies that were fitted, and those with no fit, which are in no share.
    """

    term: str
    n: int
    effect: float
    power: float
    power_error: float
    half_width: float
    coverage: float
    type_i_error: float | None
    mean_estimate: float
    n_simulations: int
    n_failed: int


@dataclass(frozen=True)
class SmallestN:
    """The smallest number of participants with the target power, and the simulation next to it.

    `low` and `high` are where it lies, given the Monte Carlo error of that simulation (95 %).
    """

    term: str
    n: int
    target: float
    low: int
    high: int
    row: PowerRow


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Per simulated study: estimates less their truth, standard errors, df; (studies, p) each."""

    errors: Floats
    se: Floats
    df: Floats
    n_failed: int

    def term(self, j: int) -> "Outcomes":
        """One term's outcomes, (studies,) each."""
        return Outcomes(self.errors[:, j], self.se[:, j], self.df[:, j], self.n_failed)


def power(
    plan: Plan,
    effects: Mapping[str, float],
    n_participants: Sequence[int],
    *,
    alpha: float = 0.05,
    n_simulations: int = 500,
    seed: int = 1,
    on_progress: Progress | None = None,
) -> tuple[PowerRow, ...]:
    """Power, precision and coverage of each given effect, per number of participants.

    Parameters
    ----------
    plan
        The planned study: a `PowerDesign`, `AdherenceDesign` or `MicroRandomisedDesign`.
    effects
        True effects by term (`plan.terms`); there is a row per n for each of these. An effect of 0
        is a null effect: its power is its type I error.
    n_participants
        Numbers of participants recruited.
    seed
        Makes the result repeatable. Other numbers of participants do not change a row.
    on_progress
        Called as (studies fitted, studies in all).

    Raises
    ------
    ValueError
        If an effect is not a term of the plan, or a number is out of range.
    NotEstimableError
        If more than a fifth of the studies cannot be fitted: the study is too small for its model.
    """
    if n_simulations < LEAST_SIMULATIONS:
        raise ValueError(f"n_simulations must be at least {LEAST_SIMULATIONS}.")
    if not n_participants or min(n_participants) < LEAST_PARTICIPANTS:
        raise ValueError(f"n_participants must be numbers from {LEAST_PARTICIPANTS} upwards.")
    if not 0 < alpha < 1:
        raise ValueError("alpha must lie between 0 and 1.")
    truth = effects_of(plan, effects)
    rows: list[PowerRow] = []
    total = n_simulations * len(n_participants)
    for done, n in enumerate(n_participants):
        tell = None if on_progress is None else _told(on_progress, done * n_simulations, total)
        outcomes = simulate(plan, truth, n, n_simulations, seed, tell)
        rows.extend(
            _row(plan, term, n, float(truth[j]), outcomes.term(j), alpha)
            for j, term in enumerate(plan.terms)
            if term in effects
        )
    return tuple(rows)


def _told(on_progress: Progress, offset: int, total: int) -> Callable[[int], None]:
    return lambda done: on_progress(offset + done, total)


def simulate(
    plan: Plan,
    effects: Floats,
    n: int,
    n_simulations: int,
    seed: int,
    on_progress: Callable[[int], None] | None = None,
) -> Outcomes:
    """Fit `n_simulations` studies of n participants with these effects (p,).

    Raises
    ------
    NotEstimableError
        If more than a fifth of them cannot be fitted.
    """
    found: list[tuple[Floats, Floats, Floats]] = []
    n_failed = 0
    for i, child in enumerate(np.random.SeedSequence([seed, n]).spawn(n_simulations)):
        if on_progress is not None:
            on_progress(i)
        try:
            found.append(plan.study(effects, n, np.random.default_rng(child)))
        except NoNumberError:
            n_failed += 1
    if n_failed > MOST_FAILURES * n_simulations:
        raise NotEstimableError(
            f"With {n} participants, {n_failed} of {n_simulations} simulated studies could not be "
            "fitted. Plan more participants or surveys, or a simpler model.",
            "too_small",
        )
    estimates, se, df = (np.array(part) for part in zip(*found, strict=True))
    return Outcomes(estimates - effects, se, df, n_failed)


def _row(
    plan: Plan, term: str, n: int, effect: float, outcomes: Outcomes, alpha: float
) -> PowerRow:
    reach = _reach(outcomes, alpha)
    share = float(np.mean(np.abs(outcomes.errors + effect) > reach))
    covered = float(np.mean(np.abs(outcomes.errors) <= reach))
    return PowerRow(
        term=term,
        n=n,
        effect=effect,
        power=share,
        power_error=binomial_error(share, len(reach)),
        half_width=float(reach.mean()),
        coverage=covered,
        type_i_error=1 - covered if plan.moves_along or effect == 0 else None,
        mean_estimate=float(outcomes.errors.mean()) + effect,
        n_simulations=len(reach),
        n_failed=outcomes.n_failed,
    )


def _reach(outcomes: Outcomes, alpha: float) -> Floats:
    return np.asarray(special.stdtrit(outcomes.df, 1 - alpha / 2) * outcomes.se)


def approximate_power(
    design: PowerDesign, effects: Mapping[str, float], n: int, *, alpha: float = 0.05
) -> dict[str, float]:
    """Power by the expected standard errors at known variances: at once, without fitting.

    The test is normal, so this is a little too high for few participants.
    """
    critical = special.ndtri(1 - alpha / 2)
    z = effects_of(design, effects) / expected_se(design, n)
    share = special.ndtr(z - critical) + special.ndtr(-z - critical)
    return {
        term: float(own) for term, own in zip(design.terms, share, strict=True) if term in effects
    }


def smallest_n(
    plan: Plan,
    effects: Mapping[str, float],
    term: str,
    *,
    target: float = 0.8,
    alpha: float = 0.05,
    n_simulations: int = 500,
    seed: int = 1,
    on_progress: Progress | None = None,
) -> SmallestN:
    """Smallest number of participants with at least the target power for one term.

    Studies are simulated at a guess; their errors, which shrink with the root of n, say which n has
    the target power; studies of that size are simulated in turn, until the answer moves by 2 % at
    the most.

    Raises
    ------
    ValueError
        If the term has no effect among `effects`.
    NotEstimableError
        If so many participants are needed that they cannot be simulated, or the studies cannot be
        fitted.
    """
    if not effects.get(term):
        raise ValueError(f"{term} has no effect, so no number of participants gives power.")
    truth = effects_of(plan, effects)
    place = plan.terms.index(term)
    effect = float(truth[place])
    pilot_n, pilot_studies = PILOT
    pilot = simulate(plan, truth, pilot_n, pilot_studies, seed).term(place)
    reach = special.ndtri(1 - alpha / 2) + special.ndtri(target)
    guess = pilot_n * (reach * float(pilot.se.mean()) / effect) ** 2
    n, done = _possible(guess, term), 0
    while True:
        tell = None
        if on_progress is not None:
            tell = _told(on_progress, done * n_simulations, (done + 1) * n_simulations)
        outcomes = simulate(plan, truth, n, n_simulations, seed, tell).term(place)
        done += 1
        proposed = _possible(_n_with(outcomes, effect, n, target, alpha), term)
        if abs(proposed - n) <= max(1, 0.02 * n) or done == MOST_ROUNDS:
            row = _row(plan, term, n, effect, outcomes, alpha)
            spread = 1.96 * row.power_error
            low, high = (
                _n_with(outcomes, effect, n, min(max(share, 0.01), 0.99), alpha)
                for share in (target - spread, target + spread)
            )
            return SmallestN(
                term,
                proposed,
                target,
                min(proposed, math.floor(low)),
                max(proposed, math.ceil(high)),
                row,
            )
        n = proposed


def _possible(n: float, term: str) -> int:
    if n > MOST_SIMULATED:
        raise NotEstimableError(
            f"About {n:,.0f} participants would be needed for {term}: too many to simulate. "
            "Plan for a larger effect.",
            "no_effect",
        )
    return max(LEAST_PARTICIPANTS, math.ceil(n))


def _n_with(outcomes: Outcomes, effect: float, n: int, target: float, alpha: float) -> float:
    """Number of participants with the target power, had n participants' errors shrunk with it.

    A study finds its effect from the factor on by which its errors must shrink: |error c + effect|
    > reach c. The target's quantile of these factors is the answer.
    """
    reach = _reach(outcomes, alpha)
    toward = np.sign(effect) * outcomes.errors
    # Found on the right side where c (reach - toward) < |effect|: always, if the bracket is < 0.
    needed = np.maximum(reach - toward, 1e-12) / abs(effect)
    return n * float(np.quantile(needed, target)) ** 2
