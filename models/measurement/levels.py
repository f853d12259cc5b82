"""Reliability within and between participants, for scales that were filled in repeatedly.

A coefficient over all rows mixes two questions: whether the scale tells participants apart, and
whether it tells a participant's better weeks from the worse ones. They have separate answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from models.errors import NoNumberError, NotEstimableError
from models.measurement.alpha import alpha_of
from models.measurement.covariance_fit import (
    CovarianceFit,
    FreeCovariance,
    OneFactor,
    fit_covariances,
)
from models.measurement.items import ItemTable, remarks
from models.measurement.level_likelihood import TwoLevel
from models.measurement.omega import (
    LEAST_ITEMS,
    Loading,
    factor_warnings,
    loadings_of,
    logit_interval,
    omega_of,
)
from models.panel import Codes, Floats

Level = Literal["within", "between"]
LEVELS: tuple[Level, Level] = ("within", "between")
FEW_PARTICIPANTS = 50
"""Below this many participants, coefficients between participants are unstable."""


@dataclass(frozen=True)
class Coefficient:
    """A reliability coefficient; no interval where its standard error does not exist."""

    name: Literal["alpha", "omega"]
    level: Level
    value: float
    se: float | None
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True)
class NoCoefficient:
    """A coefficient that does not exist, and why."""

    name: Literal["alpha", "omega"]
    level: Level
    reason: str
    explanation: str


@dataclass(frozen=True)
class LevelReliability:
    """Alpha and omega within and between participants, from complete filling-ins.

    `icc` is the share of the sum's variance that lies between participants (None where it cannot be
    told). `loadings` are those of both levels, where the factor could be fitted.
    """

    coefficients: tuple[Coefficient, ...]
    missing: tuple[NoCoefficient, ...]
    loadings: tuple[tuple[Level, Loading], ...]
    icc: float | None
    n_rows: int
    n_participants: int
    n_dropped: int
    n_repeated: int
    confidence: float
    warnings: tuple[str, ...]

    def value(self, name: Literal["alpha", "omega"], level: Level) -> float | None:
        """One coefficient, or None where it does not exist."""
        for row in self.coefficients:
            if (row.name, row.level) == (name, level):
                return row.value
        return None


def level_reliability(table: ItemTable, *, confidence: float = 0.95) -> LevelReliability:
    """Alpha and omega of each level, by maximum likelihood.

    Parameters
    ----------
    table
        Keyed answers; filling-ins with an unanswered item are left out and counted.

    Raises
    ------
    NotEstimableError
        With fewer than 2 items, too few participants or repeated filling-ins for the number of
        items, or an item that never changes within a participant.

    Notes
    -----
    The between coefficient is that of participants' true means, as if each had been observed
    without end; a mean over few occasions is less reliable (see `models.measurement.occasions`).
    Alpha uses unrestricted covariances of both levels, omega one factor per level with loadings of
    their own. A trend that all share counts as change within participants. Intervals: delta method,
    on the scale of log(1 - alpha) and logit(omega).

    References
    ----------
    Geldhof, Preacher & Zyphur (2014), Psychol Methods 19:72-91. doi:10.1037/a0032138
    """
    complete = table.complete()
    repeated = np.bincount(complete.participants).astype(np.int64)
    _demand(complete, repeated)
    sd = complete.values.std(axis=0)
    likelihood = TwoLevel.of(
        (complete.values - complete.values.mean(axis=0)) / sd, complete.participants
    )
    starts = likelihood.anova()
    k = len(table.names)
    collected = _Collected([], [], [], list(remarks(table.values)))
    free = fit_covariances(likelihood, (FreeCovariance(k), FreeCovariance(k)), starts, sd)
    for place, level in enumerate(LEVELS):
        collected.add("alpha", level, _alpha, free, place, confidence)
        if free.is_boundary(place):
            collected.warnings.append(
                f"{level.capitalize()} participants: some combination of the items has no "
                "variance; alpha's interval is approximate."
            )
    _add_omegas(collected, table, likelihood, (starts, sd, free), confidence)
    n_participants = complete.n_participants
    if n_participants < FEW_PARTICIPANTS:
        collected.warnings.append(
            f"With {n_participants} participants, coefficients between participants are unstable: "
            "read their intervals, not their values."
        )
    within, between = (float(free.covariance(place).sum()) for place in (0, 1))
    return LevelReliability(
        coefficients=tuple(collected.coefficients),
        missing=tuple(collected.missing),
        loadings=tuple(collected.loadings),
        icc=between / (within + between) if within + between > 0 else None,
        n_rows=len(complete.values),
        n_participants=n_participants,
        n_dropped=len(table.values) - len(complete.values),
        n_repeated=int((repeated > 1).sum()),
        confidence=confidence,
        warnings=tuple(dict.fromkeys(collected.warnings)),
    )


_Value = Callable[
    [CovarianceFit, int, float], tuple[float, float | None, float | None, float | None]
]


@dataclass
class _Collected:
    """What has been found on the way."""

    coefficients: list[Coefficient]
    missing: list[NoCoefficient]
    loadings: list[tuple[Level, Loading]]
    warnings: list[str]

    def add(
        self,
        name: Literal["alpha", "omega"],
        level: Level,
        compute: _Value,
        fit: CovarianceFit,
        place: int,
        confidence: float,
    ) -> None:
        try:
            self.coefficients.append(Coefficient(name, level, *compute(fit, place, confidence)))
        except NotEstimableError as none:
            self.missing.append(NoCoefficient(name, level, none.reason, str(none)))


def _add_omegas(
    collected: _Collected,
    table: ItemTable,
    likelihood: TwoLevel,
    free: tuple[tuple[Floats, Floats], Floats, CovarianceFit],
    confidence: float,
) -> None:
    k = len(table.names)
    starts, sd, unrestricted = free
    try:
        if k < LEAST_ITEMS:
            raise NotEstimableError(
                f"Omega needs at least {LEAST_ITEMS} items: with fewer, the loadings on a factor "
                "cannot be told.",
                "few_items",
            )
        fit = fit_covariances(likelihood, (OneFactor(k), OneFactor(k)), starts, sd)
    except NoNumberError as none:
        collected.missing.extend(
            NoCoefficient("omega", level, none.reason, str(none)) for level in LEVELS
        )
        return
    for place, level in enumerate(LEVELS):
        collected.add("omega", level, _omega, fit, place, confidence)
        collected.loadings.extend((level, row) for row in loadings_of(fit, table.names, place))
        said = factor_warnings(fit, table.names, unrestricted.covariance(place), place)
        collected.warnings.extend(f"{level.capitalize()} participants: {text}" for text in said)


def _demand(complete: ItemTable, repeated: Codes) -> None:
    k = len(complete.names)
    n_participants, n_within = len(repeated), int((repeated - 1).sum()) if len(repeated) else 0
    if k < 2:
        raise NotEstimableError(
            "Internal consistency compares items: this scale has fewer than two.", "few_items"
        )
    if n_participants < k + 1:
        raise NotEstimableError(
            f"{n_participants} participants with complete filling-ins are too few for {k} items; "
            f"at least {k + 1} are needed.",
            "few_participants",
        )
    if n_within < k + 1:
        raise NotEstimableError(
            f"Participants filled the scale in too seldom: {n_within} filling-ins beyond the "
            f"first are too few for {k} items; at least {k + 1} are needed. "
            "Report alpha of one occasion.",
            "few_occasions",
        )
    means = np.zeros((n_participants, k))
    np.add.at(means, complete.participants, complete.values)
    residuals = complete.values - (means / repeated[:, None])[complete.participants]
    flat = [
        n for n, ss in zip(complete.names, (residuals**2).sum(axis=0), strict=True) if ss < 1e-9
    ]
    if flat:
        raise NotEstimableError(
            f"No participant ever changed their answer to item {', '.join(flat)}: there is no "
            "reliability within participants. Leave the item out.",
            "no_variation_within",
        )


def _alpha(
    fit: CovarianceFit, place: int, confidence: float
) -> tuple[float, float | None, float | None, float | None]:
    covariance = fit.covariance(place)
    value = alpha_of(covariance)
    cov = fit.cov_of(place)
    if cov is None:
        return value, None, None, None
    k, total, trace = len(covariance), float(covariance.sum()), float(np.trace(covariance))
    slope = k / (k - 1) * (np.full((k, k), trace) - total * np.eye(k)) / total**2
    pulled = fit.structures[place].pull(fit.parameters[place], slope)
    se = float(np.sqrt(pulled @ cov @ pulled))
    reach = float(special.ndtri((1 + confidence) / 2)) * se / (1 - value)
    return (
        value,
        se,
        float(1 - (1 - value) * np.exp(reach)),
        float(1 - (1 - value) * np.exp(-reach)),
    )


def _omega(
    fit: CovarianceFit, place: int, confidence: float
) -> tuple[float, float | None, float | None, float | None]:
    value, se = omega_of(fit, place)
    return value, se, *logit_interval(value, se, confidence)
