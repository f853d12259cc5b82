"""Micro-randomised effects from a table: one row per decision point, columns by name."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from models.randomised.columns import (
    check_columns,
    design_columns,
    flags,
    numbers,
    zeros_and_ones,
)
from models.randomised.emee import emee
from models.randomised.excursion import CausalExcursion
from models.randomised.points import DecisionPoints, Numerator, RawPoints, decision_points
from models.randomised.wcls import wcls
from study.errors import UserError


def mrt_table(
    frame: pl.DataFrame,
    *,
    outcome: str,
    participant: str,
    treatment: str,
    probability: str | float,
    availability: str | None = None,
    moderators: Sequence[str] = (),
    controls: Sequence[str] = (),
    binary: bool = False,
    numerator: Numerator | str = 0.5,
    level: float = 0.95,
) -> CausalExcursion:
    """Effect of a randomised treatment, such as a reminder, on what happens next.

    Parameters
    ----------
    frame
        One row per decision point. Not modified.
    outcome
        What happened in the window after the point. Missing rows are left out and counted.
    participant
        Whose point it is; no missing values.
    treatment
        1 (or true) where the treatment was delivered, 0 where not.
    probability
        Column with the probability of delivery that the randomiser used, or one number.
    availability
        Column that is 0 where delivery was not possible; such rows say nothing. None: always.
    moderators, controls
        Columns known *before* the point. Text becomes indicator columns. An intercept is always
        there: without moderators the effect is the average one.
    binary
        False: difference of means (WCLS). True: log of the relative risk (EMEE), outcome 0 or 1.
    numerator
        Probability the effect is centred on: a number, 'constant', or the name of a column that
        depends on the moderators only.

    Raises
    ------
    UserError
        If a column is not there or holds something else than it should.
    NotEstimableError, NotConvergedError
        If the data hold no answer; the message says why.

    References
    ----------
    Boruvka et al. (2018), doi:10.1080/01621459.2017.1305274. Qian et al. (2021),
    doi:10.1093/biomet/asaa070.
    """
    points = mrt_points(
        frame,
        outcome=outcome,
        participant=participant,
        treatment=treatment,
        probability=probability,
        availability=availability,
        moderators=moderators,
        controls=controls,
        numerator=numerator,
    )
    if binary:
        zeros_and_ones(frame, outcome)
        return emee(points, level=level)
    return wcls(points, level=level)


def mrt_points(
    frame: pl.DataFrame,
    *,
    outcome: str,
    participant: str,
    treatment: str,
    probability: str | float,
    availability: str | None = None,
    moderators: Sequence[str] = (),
    controls: Sequence[str] = (),
    numerator: Numerator | str = 0.5,
) -> DecisionPoints:
    """The decision points of a table, as `wcls` and `emee` take them; see `mrt_table`."""
    optional = [name for name in (probability, availability, numerator) if isinstance(name, str)]
    named = [name for name in optional if name != "constant"]
    check_columns(frame, [outcome, participant, treatment, *named, *moderators, *controls])
    _check_roles(outcome, treatment, (*moderators, *controls))
    if frame[participant].null_count() > 0:
        raise UserError(f"Column '{participant}' misses values: every row needs its participant.")
    n = len(frame)
    moderator_values, moderator_names = design_columns(frame, moderators)
    control_values, control_names = design_columns(frame, controls)
    chance = numbers(frame, probability) if isinstance(probability, str) else None
    raw = RawPoints(
        outcome=numbers(frame, outcome),
        treatment=zeros_and_ones(frame, treatment),
        probability=np.full(n, float(probability)) if chance is None else chance,
        is_available=np.ones(n, dtype=bool) if availability is None else flags(frame, availability),
        participant=frame[participant].cast(pl.String).to_numpy(),
        moderators=moderator_values,
        controls=control_values,
        moderator_names=moderator_names,
        control_names=control_names,
    )
    if isinstance(numerator, str) and numerator != "constant":
        return decision_points(raw, _column_target(frame, numerator, raw))
    return decision_points(raw, "constant" if isinstance(numerator, str) else numerator)


def _check_roles(outcome: str, treatment: str, covariates: Sequence[str]) -> None:
    for name in covariates:
        if name in (outcome, treatment):
            raise UserError(
                f"Column '{name}' cannot be a moderator or control: it is the outcome or treatment."
            )
    if outcome == treatment:
        raise UserError(f"Column '{outcome}' cannot be both outcome and treatment.")


def _column_target(frame: pl.DataFrame, name: str, raw: RawPoints) -> np.ndarray:
    """A numerator of its own per row, which must be one value wherever the moderators agree."""
    target = numbers(frame, name)
    used = raw.is_available & np.isfinite(raw.moderators).all(axis=1)
    if not ((target[used] > 0) & (target[used] < 1)).all():
        raise UserError(f"Column '{name}' must hold probabilities between 0 and 1.")
    both = np.unique(np.column_stack((raw.moderators[used], target[used])), axis=0)
    if len(both) > len(np.unique(raw.moderators[used], axis=0)):
        raise UserError(
            f"Column '{name}' differs between rows with the same moderators: the numerator may "
            "depend on the moderators only."
        )
    return target
