"""Does exposure go along with later adherence by way of alliance? Multilevel mediation, in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from models.errors import NoNumberError
from models.mediation.joint import JointFit, fit_joint
from models.mediation.monte_carlo import DRAWS, Product, draw, product
from models.mediation.paths import (
    EXPOSURE_BETWEEN,
    EXPOSURE_WITHIN,
    MEDIATOR_BETWEEN,
    MEDIATOR_WITHIN,
    Path,
    Regression,
    fit_mediator,
    fit_outcome,
)
from models.mediation.rows import MediationRows, Roles, mediation_rows
from models.panel import Floats
from models.results import RowsLost

Slopes = Literal["joint", "separate", "none"]
Scale = Literal["outcome", "log_odds"]

IGNORABILITY = (
    "The indirect part is causal only if nothing unmeasured drives exposure and alliance, exposure "
    "and adherence, or alliance and adherence, and if exposure changes nothing that itself drives "
    "both alliance and adherence (sequential ignorability). No data can show that; randomised "
    "exposure secures the first two only."
)
_INDEPENDENT = (
    "Participants' own two paths are taken as unrelated. If they go together, the average indirect "
    "part is larger by their covariance."
)
_ALIKE = (
    "Participants hardly differ in one of the two paths (the fit is singular), so that the paths' "
    "covariance is taken as 0."
)


@dataclass(frozen=True)
class BetweenPart:
    """The same question between participants, on their means. It has no order in time."""

    exposure_to_mediator: Path
    mediator_to_outcome: Path
    direct: Path
    indirect: Product


@dataclass(frozen=True)
class Mediation:
    """Exposure, then mediator, then outcome, within participants.

    Attributes
    ----------
    scale
        Unit of everything but `exposure_to_mediator`: that of the outcome, or log odds of a session
        due being done, for one participant (conditional).
    indirect
        a·b, plus `paths_covariance` where that was estimated.
    total
        direct + indirect; None for log odds, where parts do not add up.
    proportion_mediated
        None unless the total differs from 0 and both parts have its sign; `proportion_note` says.
    paths_covariance
        Covariance of participants' own a and b, None where not estimated.
    between
        None where participants' means do not differ.
    """

    scale: Scale
    exposure_to_mediator: Path
    mediator_to_outcome: Path
    direct: Path
    indirect: Product
    total: Product | None
    proportion_mediated: float | None
    proportion_note: str
    paths_covariance: float | None
    paths_covariance_se: float | None
    between: BetweenPart | None
    n_rows: int
    n_participants: int
    rows_lost: tuple[RowsLost, ...]
    is_singular: bool
    warnings: tuple[str, ...]
    assumption: str
    draws: int
    seed: int
    level: float


def mediate(
    frame: pl.DataFrame,
    *,
    participant: str,
    exposure: str,
    mediator: str,
    outcome: str,
    time: str,
    exposure_end: str,
    mediator_at: str,
    outcome_start: str,
    trials: str | None = None,
    covariates: Sequence[str] = (),
    slopes: Slopes = "joint",
    draws: int = DRAWS,
    seed: int = 1,
    level: float = 0.95,
) -> Mediation:
    """Fit exposure → mediator → outcome within participants (1-1-1), parts between beside it.

    Parameters
    ----------
    frame
        One row per participant and occasion: exposure in a window, the mediator after it, the
        outcome after that. Rows that miss any of them are left out and counted.
    participant, exposure, mediator, outcome
        Columns. The outcome is a number, or sessions done where `trials` gives sessions due.
    time
        Column with the study week (or day), a trend in both regressions.
    exposure_end, mediator_at, outcome_start
        Columns with when the exposure window ended, the mediator was measured and the outcome's
        window began. They must follow one another strictly, else the function refuses.
    covariates
        Numeric columns from before the exposure, such as earlier alliance and earlier use.
    slopes
        'joint': participants have own paths, which may go together (numeric outcomes; where both
        differ measurably). 'separate': own paths, taken as unrelated. 'none': one path for all.
    draws, seed
        Of the Monte Carlo interval.

    Raises
    ------
    UserError
        If a column is not there or holds no numbers.
    NotEstimableError, NotConvergedError
        If the order in time is broken, or the data hold no answer.

    References
    ----------
    Bauer, Preacher & Gil (2006), doi:10.1037/1082-989X.11.2.142. Preacher & Selig (2012),
    Communication Methods and Measures 6:77-98. doi:10.1080/19312458.2012.679848. Imai, Keele &
    Tingley (2010), doi:10.1037/a0020761.
    """
    roles = Roles(
        participant=participant,
        exposure=exposure,
        mediator=mediator,
        outcome=outcome,
        time=time,
        exposure_end=exposure_end,
        mediator_at=mediator_at,
        outcome_start=outcome_start,
        trials=trials,
        covariates=tuple(covariates),
    )
    rows = mediation_rows(frame, roles)
    fitted = _fit(rows, slopes)
    return _result(rows, fitted, draws=draws, seed=seed, level=level)


@dataclass(frozen=True, eq=False)
class _Fitted:
    """Both regressions, and the joint fit that replaces their estimates where there is one."""

    first: Regression
    second: Regression
    joint: JointFit | None
    warnings: tuple[str, ...]


def _fit(rows: MediationRows, slopes: Slopes) -> _Fitted:
    has_slopes = slopes != "none"
    first = fit_mediator(rows, has_slope=has_slopes)
    second = fit_outcome(rows, has_slope=has_slopes)
    own = (*first.warnings, *second.warnings)
    if not (first.has_slope and second.has_slope):
        return _Fitted(first, second, None, own)
    variances = (first.residual_variance, second.residual_variance)
    if slopes == "separate" or variances[0] is None or variances[1] is None:
        return _Fitted(first, second, None, (*own, _INDEPENDENT))
    if first.is_singular or second.is_singular:
        return _Fitted(first, second, None, (*own, _ALIKE))
    try:
        joint = fit_joint(rows, ratio=(variances[0] / variances[1]) ** 0.5)
    except NoNumberError:
        failed = "The model that lets participants' own two paths go together did not settle."
        return _Fitted(first, second, None, (*own, f"{failed} {_INDEPENDENT}"))
    return _Fitted(
        _part(first, joint, "mediator", (EXPOSURE_WITHIN,)),
        _part(second, joint, "outcome", (MEDIATOR_WITHIN, EXPOSURE_WITHIN)),
        joint,
        own,
    )


def _part(alone: Regression, joint: JointFit, side: str, within: tuple[str, ...]) -> Regression:
    """One regression with the joint fit's numbers within participants, everything else its own."""
    there = [joint.names.index(f"{side}:{name}") for name in within]
    k = 0 if side == "mediator" else 2
    return alone.with_numbers(
        within,
        joint.beta[there],
        joint.covariance[np.ix_(there, there)],
        joint.random[k : k + 2, k : k + 2],
        is_singular=joint.is_singular,
    )


def _result(
    rows: MediationRows, fitted: _Fitted, *, draws: int, seed: int, level: float
) -> Mediation:
    mean, covariance = _coefficients(fitted, EXPOSURE_WITHIN, (MEDIATOR_WITHIN, EXPOSURE_WITHIN))
    drawn = draw(mean, covariance, draws=draws, seed=seed)
    a, b, direct, extra = mean
    indirect = product(float(a * b + extra), drawn[:, 0] * drawn[:, 1] + drawn[:, 3], level)
    total = None
    if rows.trials is None:
        together = drawn[:, 0] * drawn[:, 1] + drawn[:, 3] + drawn[:, 2]
        total = product(float(a * b + extra + direct), together, level)
    proportion, note = _proportion(indirect.estimate, float(direct), total)
    joint = fitted.joint
    return Mediation(
        scale="outcome" if rows.trials is None else "log_odds",
        exposure_to_mediator=fitted.first.path(EXPOSURE_WITHIN),
        mediator_to_outcome=fitted.second.path(MEDIATOR_WITHIN),
        direct=fitted.second.path(EXPOSURE_WITHIN),
        indirect=indirect,
        total=total,
        proportion_mediated=proportion,
        proportion_note=note,
        paths_covariance=None if joint is None else joint.paths_covariance,
        paths_covariance_se=None if joint is None else joint.paths_covariance_se,
        between=_between(fitted, draws=draws, seed=seed, level=level),
        n_rows=len(rows.codes),
        n_participants=rows.n_participants,
        rows_lost=rows.lost,
        is_singular=fitted.first.is_singular or fitted.second.is_singular,
        warnings=(*rows.warnings, *fitted.warnings),
        assumption=IGNORABILITY,
        draws=draws,
        seed=seed,
        level=level,
    )


def _coefficients(fitted: _Fitted, first: str, second: tuple[str, str]) -> tuple[Floats, Floats]:
    """a, b, direct and the paths' covariance, with the covariance (4, 4) of these estimates."""
    mean, covariance = np.zeros(4), np.zeros((4, 4))
    mean[:1], covariance[:1, :1] = fitted.first.block((first,))
    mean[1:3], covariance[1:3, 1:3] = fitted.second.block(second)
    joint = fitted.joint
    if joint is not None and first == EXPOSURE_WITHIN:
        places = [joint.names.index(f"mediator:{first}")]
        places += [joint.names.index(f"outcome:{name}") for name in second]
        covariance[:3, :3] = joint.covariance[np.ix_(places, places)]
        mean[3], covariance[3, 3] = joint.paths_covariance, joint.paths_covariance_se**2
    return mean, covariance


def _between(fitted: _Fitted, *, draws: int, seed: int, level: float) -> BetweenPart | None:
    if EXPOSURE_BETWEEN not in fitted.first.names or MEDIATOR_BETWEEN not in fitted.second.names:
        return None
    mean, covariance = _coefficients(fitted, EXPOSURE_BETWEEN, (MEDIATOR_BETWEEN, EXPOSURE_BETWEEN))
    drawn = draw(mean, covariance, draws=draws, seed=seed)
    return BetweenPart(
        exposure_to_mediator=fitted.first.path(EXPOSURE_BETWEEN),
        mediator_to_outcome=fitted.second.path(MEDIATOR_BETWEEN),
        direct=fitted.second.path(EXPOSURE_BETWEEN),
        indirect=product(float(mean[0] * mean[1]), drawn[:, 0] * drawn[:, 1], level),
    )


def _proportion(indirect: float, direct: float, total: Product | None) -> tuple[float | None, str]:
    if total is None:
        return None, "Shares of log odds mean nothing: parts do not add up on that scale."
    if not total.excludes_zero:
        return None, "The total cannot be told from 0, so a share of it means nothing."
    if indirect * direct < 0:
        return None, "The direct and the indirect part point in opposite directions."
    return indirect / total.estimate, "Share of the total that goes by way of the mediator."
