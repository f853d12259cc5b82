"""Cox regression: what goes along with ceasing to use the app, or leaving the study, sooner."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, norm

from models.errors import NotConvergedError, NotEstimableError
from models.hazard_checks import HazardTest, concordance, proportional_hazards
from models.panel import Codes, Flags, Floats
from models.partial_likelihood import (
    PartialLikelihood,
    RiskRows,
    partial_likelihood,
    score_residuals,
)

FEW_EVENTS_PER_TERM = 10
_MAX_STEPS = 60
_STEP = 1e-9
_DIVERGED = 15.0
"""A log hazard ratio per standard deviation beyond this is running away."""
_FLAT = 1e-7
"""Share of the information at no effect below which the likelihood has gone flat."""


@dataclass(frozen=True)
class HazardRatio:
    """One term: the log hazard ratio per unit, and its Wald test.

    `robust_se` is there where rows were clustered; interval and test then use it.
    """

    term: str
    estimate: float
    se: float
    robust_se: float | None
    ratio: float
    ratio_low: float
    ratio_high: float
    statistic: float
    p_value: float


@dataclass(frozen=True, eq=False)
class HazardFit:
    """A fitted Cox model.

    Attributes
    ----------
    covariance
        (p, p), robust where rows were clustered.
    log_likelihood, null_log_likelihood
        Log partial likelihoods, of no meaning but in differences.
    likelihood_ratio_p
        Test of all terms together.
    concordance
        Share of comparable pairs in which the one with the event first had the higher predicted
        hazard; None where no pair is comparable. 0.5 is chance.
    proportional
        Tests of proportional hazards per term against the log of time, and of all ('all').
    """

    terms: tuple[HazardRatio, ...]
    covariance: Floats
    log_likelihood: float
    null_log_likelihood: float
    likelihood_ratio_p: float
    n_rows: int
    n_participants: int
    n_events: int
    n_strata: int
    concordance: float | None
    proportional: tuple[HazardTest, ...]
    warnings: tuple[str, ...]
    level: float

    @property
    def beta(self) -> Floats:
        """Log hazard ratios (p,)."""
        return np.array([term.estimate for term in self.terms])


def fit_hazards(
    stop: Floats,
    is_event: Flags,
    covariates: Floats,
    names: Sequence[str],
    *,
    start: Floats | None = None,
    participant: Codes | None = None,
    strata: Codes | None = None,
    robust: bool = False,
    level: float = 0.95,
) -> HazardFit:
    """Fit a Cox model with Efron's ties.

    Parameters
    ----------
    stop, is_event
        (n,): the day each row ends, and whether with the event. For competing events, `is_event`
        is the one cause of interest; the others count as censoring, which makes the hazard
        cause-specific.
    covariates
        (n, p), none missing; what holds over the whole row. Values that change need several rows
        per participant (see `models.follow_up`), each with what was known when it began.
    start
        (n,): the day each row begins (not included); None: all from the beginning.
    participant
        (n,) numbers; needed where a participant has several rows.
    strata
        (n,) numbers 0, 1, 2, ...: each stratum has a baseline hazard of its own.
    robust
        Use covariances clustered by participant (Lin & Wei).

    Raises
    ------
    NotEstimableError
        No event; a term that is constant or repeats others; a term without a finite estimate, as
        when everybody with the event, and no one else, has it.
    NotConvergedError
        If Newton's method does not settle.

    Notes
    -----
    Matches R's `survival::coxph(Surv(start, stop, event) ~ ..., ties = "efron")`. statsmodels'
    PHReg is not used: it keeps a row in the risk set at the very time it begins, so that with
    weekly rows a participant counts twice at an event on a boundary.

    References
    ----------
    Cox (1972), JRSS B 34:187-220. doi:10.1111/j.2517-6161.1972.tb00899.x
    """
    rows = _rows(stop, is_event, covariates, start, strata)
    people = np.arange(len(stop)) if participant is None else participant
    people = np.unique(people, return_inverse=True)[1]
    _check_overlap(rows, people)
    centre, spread = _scaled(rows, names)
    scaled = RiskRows(
        rows.start, rows.stop, rows.is_event, (covariates - centre) / spread, rows.strata
    )
    null = partial_likelihood(scaled, np.zeros(len(names)))
    _check_rank(null.information, names)
    beta, at_best = _newton(scaled, null, names)
    naive = np.asarray(np.linalg.inv(at_best.information), dtype=np.float64)
    covariance = _clustered(scaled, beta, naive, people) if robust else naive
    unscale = np.outer(spread, spread)
    # Twice the gain in log likelihood, which rounding can put a hair below 0.
    gain = max(2 * (at_best.value - null.value), 0.0)
    tests = proportional_hazards(scaled, beta, names)
    return HazardFit(
        terms=_terms(names, beta / spread, naive / unscale, covariance / unscale, robust, level),
        covariance=covariance / unscale,
        log_likelihood=at_best.value,
        null_log_likelihood=null.value,
        likelihood_ratio_p=float(chi2.sf(gain, len(names))),
        n_rows=len(stop),
        n_participants=int(people.max()) + 1,
        n_events=int(rows.is_event.sum()),
        n_strata=rows.n_strata,
        concordance=concordance(scaled, beta),
        proportional=tests,
        warnings=_warnings(int(rows.is_event.sum()), len(names), tests),
        level=level,
    )


def _rows(
    stop: Floats, is_event: Flags, covariates: Floats, start: Floats | None, strata: Codes | None
) -> RiskRows:
    n = len(stop)
    begin = np.full(n, -np.inf) if start is None else np.asarray(start, dtype=np.float64)
    if len(is_event) != n or len(covariates) != n or len(begin) != n:
        raise ValueError("stop, is_event, covariates and start have one value per row")
    if not (np.isfinite(stop).all() and np.isfinite(covariates).all() and (begin < stop).all()):
        raise ValueError("nothing may be missing, and each row must end after it starts")
    if not is_event.any():
        raise NotEstimableError(
            "Nobody had the event, so no hazard can be compared.", reason="no_events"
        )
    numbers = np.zeros(n, dtype=np.int64)
    if strata is not None:
        numbers = np.unique(strata, return_inverse=True)[1].astype(np.int64)
    return RiskRows(begin, stop, np.asarray(is_event, dtype=bool), covariates, numbers)


def _check_overlap(rows: RiskRows, people: Codes) -> None:
    """One participant may be at risk only once at any time."""
    order = np.lexsort((rows.stop, rows.start, people))
    same = people[order][1:] == people[order][:-1]
    if (same & (rows.start[order][1:] < rows.stop[order][:-1])).any():
        raise ValueError("the rows of a participant overlap in time")


def _scaled(rows: RiskRows, names: Sequence[str]) -> tuple[Floats, Floats]:
    centre, spread = rows.covariates.mean(axis=0), rows.covariates.std(axis=0)
    for name, value, size in zip(names, spread, np.abs(centre), strict=True):
        if not value > 1e-12 * max(size, 1e-300):
            raise NotEstimableError(
                f"'{name}' is the same in every row. Leave it out.", reason="constant"
            )
    return centre, spread


def _check_rank(information: Floats, names: Sequence[str]) -> None:
    """The information at no effect tells columns that never differ within a risk set."""
    diagonal = np.diag(information)
    for name, value in zip(names, diagonal, strict=True):
        if value < 1e-10:
            raise NotEstimableError(
                f"'{name}' never differs between participants at risk together. Leave it out.",
                reason="no_variation",
            )
    scale = np.sqrt(diagonal)
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    if values[0] < 1e-9:
        weights = np.abs(vectors[:, 0])
        guilty = [name for name, weight in zip(names, weights, strict=True) if weight > 0.1]
        raise NotEstimableError(
            f"{' and '.join(repr(name) for name in guilty)} say the same. Leave one out.",
            reason="collinear",
        )


def _newton(
    rows: RiskRows, null: PartialLikelihood, names: Sequence[str]
) -> tuple[Floats, PartialLikelihood]:
    """Newton's method with halved steps; the likelihood is concave, so it has one maximum."""
    beta, now = np.zeros(len(names)), null
    scale = np.sqrt(np.diag(null.information))
    step = np.zeros(len(names))
    for _ in range(_MAX_STEPS):
        is_flat = np.linalg.eigvalsh(now.information / np.outer(scale, scale))[0] < _FLAT
        if is_flat or np.abs(beta).max() > _DIVERGED:
            raise _diverging(step * scale, names)
        step = np.asarray(np.linalg.solve(now.information, now.gradient), dtype=np.float64)
        new = partial_likelihood(rows, beta + step)
        while new.value < now.value - 1e-9 * abs(now.value) and np.abs(step).max() > _STEP:
            step = step / 2
            new = partial_likelihood(rows, beta + step)
        beta, now = beta + step, new
        if np.abs(step).max() < _STEP:
            return beta, now
    raise NotConvergedError(
        "The Cox model did not settle. Leave out terms that overlap.", reason="not_converged"
    )


def _diverging(step: Floats, names: Sequence[str]) -> NotEstimableError:
    """Far out, the steps point along the combination that has no finite estimate."""
    guilty = [
        name
        for name, size in zip(names, np.abs(step), strict=True)
        if size > 0.1 * np.abs(step).max()
    ]
    return NotEstimableError(
        f"{' and '.join(repr(name) for name in guilty)} tells without exception who has the event "
        "first, so its hazard ratio is infinite. Leave it out, or join rare categories.",
        reason="monotone_likelihood",
    )


def _clustered(rows: RiskRows, beta: Floats, naive: Floats, people: Codes) -> Floats:
    sums = np.zeros((int(people.max()) + 1, len(beta)))
    np.add.at(sums, people, score_residuals(rows, beta))
    influence = sums @ naive
    return np.asarray(influence.T @ influence, dtype=np.float64)


def _terms(
    names: Sequence[str],
    beta: Floats,
    naive: Floats,
    covariance: Floats,
    robust: bool,
    level: float,
) -> tuple[HazardRatio, ...]:
    z = float(norm.ppf(0.5 + level / 2))
    rows = []
    for j, name in enumerate(names):
        se, used = float(naive[j, j]) ** 0.5, float(covariance[j, j]) ** 0.5
        estimate = float(beta[j])
        rows.append(
            HazardRatio(
                term=name,
                estimate=estimate,
                se=se,
                robust_se=used if robust else None,
                ratio=float(np.exp(estimate)),
                ratio_low=float(np.exp(estimate - z * used)),
                ratio_high=float(np.exp(estimate + z * used)),
                statistic=estimate / used,
                p_value=float(2 * norm.sf(abs(estimate) / used)),
            )
        )
    return tuple(rows)


def _warnings(n_events: int, n_terms: int, tests: Sequence[HazardTest]) -> tuple[str, ...]:
    texts = []
    if n_events < FEW_EVENTS_PER_TERM * n_terms:
        texts.append(
            f"{n_events} events for {n_terms} terms: fewer than {FEW_EVENTS_PER_TERM} per term. "
            "Estimates lean away from 1 and intervals are rough."
        )
    texts += [
        f"The hazard ratio of '{test.term}' changes over time (p = {test.p_value:.2g}); the number "
        "shown is an average over the follow-up."
        for test in tests
        if test.term != "all" and test.p_value < 0.01
    ]
    return tuple(texts)
