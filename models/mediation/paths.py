"""The two regressions of a mediation: exposure to mediator, and mediator to outcome."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm
from scipy.stats import t as t_distribution

from models.errors import NoNumberError, NotEstimableError
from models.generalised.fit import fit_generalised
from models.linear.fit import fit_linear
from models.linear.satterthwaite import satterthwaite_df
from models.mediation.rows import MediationRows
from models.panel import Floats
from models.random_terms import RandomCovariance, RandomTerm

EXPOSURE_WITHIN, EXPOSURE_BETWEEN = "exposure_within", "exposure_between"
MEDIATOR_WITHIN, MEDIATOR_BETWEEN = "mediator_within", "mediator_between"


@dataclass(frozen=True)
class Path:
    """One arrow: the coefficient per unit, and how much it differs between participants.

    `slope_sd` is the standard deviation of the participants' own coefficients, None where they were
    not let differ; `df` is None where the normal distribution was used.
    """

    estimate: float
    se: float
    df: float | None
    p_value: float
    slope_sd: float | None


@dataclass(frozen=True, eq=False)
class Regression:
    """A fitted regression: names, coefficients (p,), covariance (p, p), Satterthwaite's df or None.

    `residual_variance` is None for a logistic one.
    """

    names: tuple[str, ...]
    beta: Floats
    covariance: Floats
    df: Floats | None
    random: RandomCovariance
    residual_variance: float | None
    has_slope: bool
    is_singular: bool
    warnings: tuple[str, ...]

    def path(self, name: str) -> Path:
        """The arrow that a term stands for."""
        j = self.names.index(name)
        estimate, se = float(self.beta[j]), float(self.covariance[j, j]) ** 0.5
        df = None if self.df is None else float(self.df[j])
        tail = (
            norm.sf(abs(estimate) / se) if df is None else t_distribution.sf(abs(estimate) / se, df)
        )
        slope_sd = None
        if name in self.random.names:
            k = self.random.names.index(name)
            slope_sd = float(self.random.covariance[k, k]) ** 0.5
        return Path(estimate, se, df, float(2 * tail), slope_sd)

    def with_numbers(
        self,
        names: tuple[str, ...],
        beta: Floats,
        covariance: Floats,
        random: Floats,
        *,
        is_singular: bool,
    ) -> "Regression":
        """The same regression with some terms' estimates from elsewhere, their df kept."""
        places = [self.names.index(name) for name in names]
        new_beta, new_covariance = self.beta.copy(), self.covariance.copy()
        new_beta[places], new_covariance[np.ix_(places, places)] = beta, covariance
        return replace(
            self,
            beta=new_beta,
            covariance=new_covariance,
            random=replace(self.random, covariance=random),
            is_singular=is_singular,
        )

    def block(self, names: tuple[str, ...]) -> tuple[Floats, Floats]:
        """Coefficients and covariance of some terms."""
        places = [self.names.index(name) for name in names]
        return self.beta[places], self.covariance[np.ix_(places, places)]


def mediator_design(rows: MediationRows) -> tuple[Floats, tuple[str, ...]]:
    """Columns of the mediator's regression; a part between that does not vary is left out."""
    return _design(rows, ((EXPOSURE_WITHIN, rows.exposure_within),), _between(rows, False))


def outcome_design(rows: MediationRows) -> tuple[Floats, tuple[str, ...]]:
    """Columns of the outcome's regression."""
    within = ((MEDIATOR_WITHIN, rows.mediator_within), (EXPOSURE_WITHIN, rows.exposure_within))
    return _design(rows, within, _between(rows, True))


def _between(rows: MediationRows, has_mediator: bool) -> tuple[tuple[str, Floats], ...]:
    parts = [(EXPOSURE_BETWEEN, rows.exposure_between)]
    if has_mediator:
        parts.insert(0, (MEDIATOR_BETWEEN, rows.mediator_between))
    return tuple((name, values) for name, values in parts if values.std() > 1e-12)


def _design(
    rows: MediationRows,
    within: tuple[tuple[str, Floats], ...],
    between: tuple[tuple[str, Floats], ...],
) -> tuple[Floats, tuple[str, ...]]:
    parts = (*within, *between)
    columns = [np.ones(len(rows.codes)), *(values for _, values in parts), rows.adjusted]
    names = ("(Intercept)", *(name for name, _ in parts), *rows.adjusted_names)
    return np.column_stack(columns), names


def fit_mediator(rows: MediationRows, *, has_slope: bool) -> Regression:
    """Mediator on exposure: a linear mixed model, with the participants' own paths if asked."""
    X, names = mediator_design(rows)
    return _linear(rows, rows.mediator, X, names, EXPOSURE_WITHIN, rows.exposure_within, has_slope)


def fit_outcome(rows: MediationRows, *, has_slope: bool) -> Regression:
    """Outcome on mediator and exposure: linear, or logistic where sessions due are counted."""
    X, names = outcome_design(rows)
    term, values = MEDIATOR_WITHIN, rows.mediator_within
    if rows.trials is None:
        return _linear(rows, rows.outcome, X, names, term, values, has_slope)
    return _logistic(rows, rows.trials, X, names, term, values, has_slope)


def _terms(rows: MediationRows, name: str, values: Floats, has_slope: bool) -> list[RandomTerm]:
    """With the slope first, then without it."""
    ones = np.ones(len(values))
    level = RandomTerm("participant", ("(Intercept)",), ones[:, None], rows.codes)
    slope = RandomTerm(
        "participant", ("(Intercept)", name), np.column_stack((ones, values)), rows.codes
    )
    return [slope, level] if has_slope else [level]


def _linear(
    rows: MediationRows,
    y: Floats,
    X: Floats,
    names: tuple[str, ...],
    term: str,
    values: Floats,
    has_slope: bool,
) -> Regression:
    for random in _terms(rows, term, values, has_slope):
        try:
            fit = fit_linear(y, X, names, (random,))
        except NoNumberError:
            if len(random.names) == 1:
                raise
            continue
        return Regression(
            names=names,
            beta=fit.beta,
            covariance=fit.cov_beta,
            df=satterthwaite_df(fit, np.eye(len(names))),
            random=fit.random[0],
            residual_variance=fit.residual_variance,
            has_slope=len(random.names) == 2,
            is_singular=fit.is_singular,
            warnings=_simplified(term, has_slope, random),
        )
    raise AssertionError("the model without a slope either fits or raises")


def _logistic(
    rows: MediationRows,
    trials: Floats,
    X: Floats,
    names: tuple[str, ...],
    term: str,
    values: Floats,
    has_slope: bool,
) -> Regression:
    if ((rows.outcome < 0) | (rows.outcome > trials)).any():
        raise NotEstimableError(
            "More sessions were done than due in some rows. Count done ones among those due.",
            reason="outcome_above_trials",
        )
    for random in _terms(rows, term, values, has_slope):
        try:
            fit = fit_generalised(rows.outcome, X, names, random, trials=trials)
        except NoNumberError:
            if len(random.names) == 1:
                raise
            continue
        return Regression(
            names=names,
            beta=fit.beta,
            covariance=fit.cov_beta,
            df=None,
            random=fit.random[0],
            residual_variance=None,
            has_slope=len(random.names) == 2,
            is_singular=fit.is_singular,
            warnings=(*_simplified(term, has_slope, random), *fit.warnings),
        )
    raise AssertionError("the model without a slope either fits or raises")


def _simplified(term: str, has_slope: bool, random: RandomTerm) -> tuple[str, ...]:
    if not has_slope or len(random.names) == 2:
        return ()
    what = "exposure to mediator" if term == EXPOSURE_WITHIN else "mediator to outcome"
    return (
        f"The data could not tell how the path from {what} differs between participants, so it is "
        "taken as the same for all; its interval may be too narrow.",
    )
