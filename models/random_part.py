"""Which random effects an alliance model carries: what the data bear, and no more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import chi2, norm

from models.design import Design
from models.errors import NoNumberError
from models.inference import rows_left
from models.linear.fit import fit_linear
from models.linear.group_sums import GroupSums, group_sums
from models.linear.linear_fit import LinearFit
from models.multiplicity import holm
from models.panel import Floats
from models.random_terms import RandomTerm

LEAST_VARYING = 30
"""Participants whose exposure must vary before own slopes of exposure are tried."""
_LEVEL = "(Intercept)"
_ALPHA = 0.05


@dataclass(frozen=True, eq=False)
class LinearModel:
    """A fit, the random effects it carries, and what a reader should know of the choice.

    `slope` is the column (of the design) of the within term that varies between participants;
    `sums` are the fit's sums per participant, where they were needed for the choice.
    """

    fit: LinearFit
    random: tuple[RandomTerm, ...]
    remarks: tuple[str, ...]
    slope: int | None = None
    sums: GroupSums | None = None


def fit_with_chosen_effects(y: Floats, design: Design) -> LinearModel:
    """The fullest of the models below that the data bear.

    Participants have an own level and an own trend over weeks, correlated; sites an own level where
    the design has any; and one within-person exposure an own slope, where a score test (Holm over
    the exposures) and then a likelihood-ratio test (50:50 mixture at the boundary) ask for it:
    leaving it out would make that exposure's interval too narrow. Trend and site are given up, with
    a remark, where no two optimisers agree on them.

    Parameters
    ----------
    y, design
        Outcome (n,) and the design of the same rows.

    Raises
    ------
    NoNumberError
        Where not even the model with own levels could be fitted.

    References
    ----------
    Bell, Fairbrother & Jones (2019), Qual Quant 53:1051-1074. doi:10.1007/s11135-018-0802-x
    Stram & Lee (1994), Biometrics 50:1171-1177. doi:10.2307/2533455
    """
    site = _site(design)
    trend, trend_remarks = _trend(design)
    plans = [(trend, site, trend_remarks)] if trend else []
    if trend and site:
        plans.append((trend, (), (*trend_remarks, _DROPPED_SITE)))
    simple = trend_remarks or (_simplified("no two optimisers agreed on it"),)
    plans.append((_level(design), site, simple))
    if site:
        plans.append((_level(design), (), (*simple, _DROPPED_SITE)))
    model = _first_that_fits(y, design, plans)
    return _with_own_slope(y, design, model)


_DROPPED_SITE = "Sites have no own level in this model: no two optimisers agreed on it."


def _simplified(why: str) -> str:
    return (
        f"The model is simplified: participants have own levels but no own trends, because {why}. "
        "Intervals of terms that change over time may be too narrow."
    )


Plan = tuple[tuple[RandomTerm, ...], tuple[RandomTerm, ...], tuple[str, ...]]


def _first_that_fits(y: Floats, design: Design, plans: Sequence[Plan]) -> LinearModel:
    failure: NoNumberError | None = None
    for people, site, remarks in plans:
        try:
            fit = fit_linear(y, design.matrix, _names(design), (*people, *site))
        except NoNumberError as error:
            failure = error
            continue
        return LinearModel(fit, (*people, *site), remarks)
    if failure is None:
        raise ValueError("there is always a plan with own levels only")
    raise failure


def _names(design: Design) -> tuple[str, ...]:
    return tuple(column.term for column in design.columns)


def _level(design: Design) -> tuple[RandomTerm, ...]:
    ones = np.ones((len(design.codes), 1))
    return (RandomTerm("participant", (_LEVEL,), ones, design.codes),)


def _trend(design: Design) -> tuple[tuple[RandomTerm, ...], tuple[str, ...]]:
    """Own level and trend, or nothing and the reason."""
    week = design.column("week")
    if week is None:
        return (), (_simplified("time does not vary"),)
    values = np.column_stack((np.ones(len(week.values)), week.values))
    if min(rows_left(design.columns, values, design.codes)) < 1:
        return (), (_simplified("there are too few occasions per participant for it"),)
    return (RandomTerm("participant", (_LEVEL, "week"), values, design.codes),), ()


def _site(design: Design) -> tuple[RandomTerm, ...]:
    if design.sites is None:
        return ()
    return (RandomTerm("site", (_LEVEL,), np.ones((len(design.sites), 1)), design.sites),)


def _with_own_slope(y: Floats, design: Design, model: LinearModel) -> LinearModel:
    """The model with an own slope of the exposure that needs one most, if any does."""
    places = [
        j
        for j, column in enumerate(design.columns)
        if column.kind == "within"
        and np.count_nonzero(np.bincount(design.codes[column.values != 0])) >= LEAST_VARYING
    ]
    try:
        sums = group_sums(y, design.matrix, model.random, model.fit)
    except NoNumberError:
        # Groupings that cross: no participant stands alone, so nothing can be asked of each.
        return model
    p_values = slope_scores(sums, places)
    needed = [j for j, p in zip(places, holm(p_values), strict=True) if p < _ALPHA]
    for j in sorted(needed, key=lambda place: p_values[places.index(place)]):
        richer = _with_slope_of(j, y, design, model)
        if richer is not None:
            return _remarked(richer, design, [other for other in needed if other != j])
    return replace(model, sums=sums)


def slope_scores(sums: GroupSums, places: Sequence[int]) -> list[float]:
    """One-sided p of 'participants' slopes of this column do not vary', without another fit.

    The score of the slope's variance at 0: squared sums x'V^-1 e per participant, less what they
    are expected to be, over their standard deviation under normality.

    References
    ----------
    Lin (1997), Biometrika 84:309-326. doi:10.1093/biomet/84.2.309
    """
    p = len(sums.names)
    bread = np.linalg.inv(sums.total[:p, :p])
    found = []
    for j in places:
        reach = sums.products[:, j, :p]
        expected = sums.products[:, j, j] - ((reach @ bread) * reach).sum(axis=1)
        gap = float(np.sum(sums.products[:, j, p] ** 2 - expected))
        spread = float(np.sqrt(2 * np.sum(expected**2)))
        found.append(float(norm.sf(gap / spread)) if spread > 0 else 1.0)
    return found


def _with_slope_of(j: int, y: Floats, design: Design, model: LinearModel) -> LinearModel | None:
    """The model with one more random effect, if its likelihood says that it is worth it."""
    name, values = design.columns[j].term, design.columns[j].values[:, None]
    random = (*model.random, RandomTerm("participant", (name,), values, design.codes))
    try:
        fit = fit_linear(y, design.matrix, _names(design), random)
    except NoNumberError:
        # Not estimable as an own slope: the model without it stands, and is checked by CR2.
        return None
    gain = model.fit.deviance - fit.deviance
    is_worth_it = gain > 0 and 0.5 * float(chi2.sf(gain, 1)) < _ALPHA
    if not is_worth_it or (fit.is_singular and not model.fit.is_singular):
        return None
    return LinearModel(fit, random, model.remarks, j)


def _remarked(model: LinearModel, design: Design, others: list[int]) -> LinearModel:
    label = design.columns[model.slope or 0].label
    remarks = [
        *model.remarks,
        f"{label}: the association differs between participants, so each has an own one.",
    ]
    if others:
        names = ", ".join(design.columns[j].label for j in others)
        remarks.append(
            f"It may differ for {names} as well; for these read the cluster-robust interval."
        )
    return replace(model, remarks=tuple(remarks))
