"""A model and its rows, checked and brought into the form that the search works on."""

from dataclasses import dataclass

import numpy as np

from models.errors import NotEstimableError
from models.generalised import families
from models.generalised.blocks import Data, cut
from models.generalised.families import Family
from models.generalised.objective import Objective, Shape
from models.generalised.quadrature import normal_nodes
from models.generalised.scales import Scales, require_full_rank, scales_of
from models.generalised.separable import require_overlap
from models.generalised.start import PlainFit, fit_plain, starting_intercept
from models.generalised.truncated import TRUNCATED_NEGBINOMIAL, TRUNCATED_POISSON
from models.panel import Floats
from models.random_terms import RandomTerm

FAMILIES = {
    "binomial": families.BINOMIAL,
    "poisson": families.POISSON,
    "negbinomial": families.NEGBINOMIAL,
    "truncated_poisson": TRUNCATED_POISSON,
    "truncated_negbinomial": TRUNCATED_NEGBINOMIAL,
}
_PLAIN = {"negbinomial": families.POISSON, "truncated_negbinomial": TRUNCATED_POISSON}
_SUSPICIOUS = 8.0
"""Largest linear predictor without random effects from which on separation is looked for."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows in the variables' own units, as `fit_generalised` takes them."""

    y: Floats
    X: Floats
    names: tuple[str, ...]
    random: RandomTerm
    trials: Floats | None = None
    offset: Floats | None = None


@dataclass(frozen=True, eq=False)
class Problem:
    """The objective on scaled columns, and what starts and bounds a search.

    `plain` is the fit without random effects, by `plain_family`; `typical` the mean outcome.
    """

    objective: Objective
    scales: Scales
    plain: PlainFit
    plain_family: Family
    typical: float
    group: str


def prepare(sample: Sample, family: Family, nodes: int) -> Problem:
    """Check, scale, cut into blocks, and fit without random effects.

    Raises
    ------
    NotEstimableError
        Unusable outcomes, no variation, exact collinearity, separation.
    """
    y, names, random, offset = sample.y, sample.names, sample.random, sample.offset
    trials = sample.trials
    if trials is not None and (trials == 1).all():
        trials = None
    require_outcomes(y, trials, family)
    _require_repeats(random, len(y), is_single_trials=family.link == "logit" and trials is None)
    scales = scales_of(sample.X, names, random.values)
    data = Data(
        y=y,
        X=sample.X,
        Z=random.values / scales.z,
        codes=random.codes,
        trials=trials,
        offset=offset,
        needs_levels=family.has_size,
        means=scales.means,
        spreads=scales.spreads,
    )
    blocks = cut(data)
    gram = np.sum([block.X.T @ block.X for block in blocks], axis=0)
    require_full_rank(np.asarray(gram), names)
    shape = Shape(len(names), len(random.names), random.is_correlated, family.has_size)
    constant = family.constant(y, trials)
    objective = Objective(blocks, family, shape, normal_nodes(nodes, shape.q), constant)
    start = np.zeros(shape.p)
    level = starting_intercept(y, trials, offset, family.link)
    if scales.intercept is not None:
        start[scales.intercept] = level
    plain_family = _PLAIN.get(family.name, family)
    plain = fit_plain(blocks, plain_family, start)
    if not plain.is_settled or plain.largest >= _SUSPICIOUS:
        # What a separated count goes to is the least that the family can take.
        least = 1 if family.name.startswith("truncated") else 0
        scaled = scales.scaled(sample.X)
        require_overlap(y - least, scaled, names, trials, is_count=family.link == "log")
    return Problem(objective, scales, plain, plain_family, float(y.mean()), random.group)


def _require_repeats(random: RandomTerm, n_rows: int, *, is_single_trials: bool) -> None:
    if is_single_trials and random.n_groups == n_rows:
        raise NotEstimableError(
            f"Every {random.group} has one row of one trial, so differences between them cannot "
            "be told from chance. Leave the random effect out.",
            reason="one_row_per_group",
        )


def require_outcomes(y: Floats, trials: Floats | None, family: Family) -> None:
    """Raise NotEstimableError unless y are whole numbers that the family can take."""
    whole = bool(np.isfinite(y).all() and (y >= 0).all() and (y == np.floor(y)).all())
    if not whole:
        raise NotEstimableError(
            "The outcome must be whole numbers from 0 on, with no missing values.",
            reason="outcome",
        )
    most = 1 if trials is None else trials
    if family.link == "logit" and (y > most).any():
        raise NotEstimableError(
            "The outcome exceeds the number of trials in some rows; correct them, or give the "
            "trials (sessions due) of each row.",
            reason="outcome",
        )
