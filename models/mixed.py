"""A linear mixed model by statsmodels' MixedLM, behind a gate that lets no doubtful fit through."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from statsmodels.regression.mixed_linear_model import MixedLM, MixedLMParams

from models.criterion import RemlCriterion, covariance, factor, sphere
from models.panel import Codes, Floats

AGREEMENT = 1e-3
"""Two optimisers agree where their log-likelihoods differ by less."""
FLAT = 0.02
"""Largest slope of the log-likelihood (standardised variables) that counts as none."""
SINGULAR = 1e-4
"""Smallest eigenvalue of the relative covariance (standardised variables) below which a fit is
singular: some direction of the random effects has no variance."""

OWN = "own BFGS"
# (optimiser, start): variances relative to the residual. The first two differ in the start, in the
# optimiser and in the code that evaluates the likelihood, so that neither leads the other; the
# rest of the engine's are tried only where these two disagree.
_ATTEMPTS: tuple[tuple[str, float], ...] = (
    ("lbfgs", 0.2),
    (OWN, 1.0),
    ("bfgs", 1.0),
    ("lbfgs", 1.0),
    ("bfgs", 0.2),
)


@dataclass(frozen=True)
class MixedFit:
    """Estimates in the variables' own units.

    `random_covariance` (q, q) is absolute, in squared units of y per unit of Z; `cov_beta` is the
    inverse of the fixed effects' information, as lme4 reports it.
    """

    beta: Floats
    cov_beta: Floats
    random_covariance: Floats
    residual_variance: float
    log_likelihood: float
    is_singular: bool
    optimisers: tuple[str, ...]


@dataclass(frozen=True)
class _Attempt:
    name: str
    theta: Floats
    log_likelihood: float
    is_converged: bool
    is_engine: bool


@dataclass(frozen=True)
class _Units:
    """Centre and scale of y, and the scales of the columns of X and Z."""

    mean: float
    spread: float
    fixed: Floats
    random: Floats


def fit_mixed(y: Floats, X: Floats, Z: Floats, codes: Codes) -> MixedFit | None:
    """REML estimates, or None where no two optimisers agreed on a maximum.

    Parameters
    ----------
    y, X, Z, codes
        Outcome (n,), fixed design (n, p) of full rank whose first column is 1, random design
        (n, q) whose columns are also in X, and participant of each row as 0, 1, 2, ...

    Notes
    -----
    The engine works on standardised variables, where one starting value suits every study. A fit
    passes when two runs, one of them the engine's, reach log-likelihoods within `AGREEMENT` of the
    best seen, one reports convergence, and at the better one the likelihood, evaluated
    independently, is flat and curves down (or is level, where a variance is 0).
    """
    units = _Units(float(y.mean()), float(y.std()), _scales(X), _scales(Z))
    scaled = (y - units.mean) / units.spread
    criterion = RemlCriterion(scaled, X / units.fixed, Z / units.random, codes)
    found: list[_Attempt] = []
    for attempt in _attempts(criterion):
        found.append(attempt)
        passed = _agreed(found)
        if passed is not None and _is_maximum(criterion, passed[0].theta):
            return _restore(criterion, passed, units)
    return None


def _attempts(criterion: RemlCriterion) -> Iterator[_Attempt]:
    for method, start in _ATTEMPTS:
        climb = _climb if method == OWN else _run_engine
        attempt = climb(criterion, method, start)
        if attempt is not None:
            yield attempt


def _climb(criterion: RemlCriterion, method: str, start: float) -> _Attempt | None:
    """The second opinion: scipy's optimiser on the independent likelihood."""
    theta, is_converged = criterion.maximum(sphere(criterion.Z.shape[1], start))
    reached = criterion.at(theta).log_likelihood
    if not np.isfinite(reached):
        return None
    return _Attempt(f"{method} from {start:g}", theta, reached, is_converged, is_engine=False)


def _run_engine(criterion: RemlCriterion, method: str, start: float) -> _Attempt | None:
    """One run of the engine; None where its algebra broke down (seen with lbfgs at a boundary)."""
    q = criterion.Z.shape[1]
    model = MixedLM(criterion.y, criterion.X, groups=criterion.codes, exog_re=criterion.Z)
    params = MixedLMParams.from_components(
        fe_params=np.zeros(criterion.X.shape[1]), cov_re=start * np.eye(q)
    )
    # Its warnings are not ours: it warns of a boundary on healthy fits and is silent on bad ones.
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            fit = model.fit(start_params=params, reml=True, method=[method], gtol=1e-6)
        except np.linalg.LinAlgError:
            return None
    theta = factor(np.asarray(fit.cov_re_unscaled))
    reached = criterion.at(theta).log_likelihood
    if not np.isfinite(reached):
        return None
    name = f"MixedLM {method} from {start:g}"
    return _Attempt(name, theta, reached, bool(fit.converged), is_engine=True)


def _agreed(found: list[_Attempt]) -> tuple[_Attempt, ...] | None:
    """The runs that reached the best likelihood, best first, if they are enough to be trusted."""
    ranked = sorted(found, key=lambda attempt: -attempt.log_likelihood)
    top = [a for a in ranked if ranked[0].log_likelihood - a.log_likelihood < AGREEMENT]
    engine = [attempt for attempt in top if attempt.is_engine]
    agreed = len(top) >= 2 and bool(engine) and any(attempt.is_converged for attempt in top)
    return tuple(top) if agreed else None


def _is_maximum(criterion: RemlCriterion, theta: Floats) -> bool:
    if np.abs(criterion.gradient(theta)).max() > FLAT:
        return False
    curvature = np.linalg.eigvalsh(criterion.curvature(theta))
    return bool(curvature.max() <= 1e-2 * max(1.0, float(np.abs(curvature).max())))


def _scales(matrix: Floats) -> Floats:
    """Standard deviation of each column; 1 for a constant one."""
    spread = matrix.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def _restore(criterion: RemlCriterion, passed: tuple[_Attempt, ...], units: _Units) -> MixedFit:
    """From standardised variables back to the study's units.

    REML depends on the units of X: its log-likelihood moves by the sum of the log scales, and by
    n - p times the log scale of y.
    """
    n, p = criterion.X.shape
    profile = criterion.at(passed[0].theta)
    relative = covariance(passed[0].theta)
    beta = profile.beta * units.spread / units.fixed
    beta[0] += units.mean
    residual = profile.residual_variance * units.spread**2
    shift = (n - p) * np.log(units.spread) + np.log(units.fixed).sum()
    return MixedFit(
        beta=beta,
        cov_beta=profile.cov_beta * units.spread**2 / np.outer(units.fixed, units.fixed),
        random_covariance=relative * residual / np.outer(units.random, units.random),
        residual_variance=residual,
        log_likelihood=float(profile.log_likelihood - shift),
        is_singular=bool(np.linalg.eigvalsh(relative).min() < SINGULAR),
        optimisers=tuple(attempt.name for attempt in passed),
    )
