"""Maximum likelihood fits of item covariances: free ones, or those of a single factor."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy import optimize

from models.errors import NotConvergedError
from models.measurement.level_likelihood import Likelihood
from models.panel import Flags, Floats

HEYWOOD = 1e-4
"""An item's own variance below this share of its variance counts as none."""
AGREED = 1e-7
"""A fit has converged when one more Newton step would lower the deviance by less than this."""
OUTSIDE = 1e12
"""Deviance where a covariance is not positive definite: line searches turn back from it."""
NOT_CONVERGED = (
    "The covariances of the items could not be fitted: no maximum of the likelihood was found. "
    "There may be too few participants for so many items, or two items that are copies of each "
    "other; try fewer items."
)
Objective = Callable[[Floats], tuple[float, Floats]]


@dataclass(frozen=True)
class FreeCovariance:
    """Any positive semidefinite covariance, by its Cholesky factor (lower triangle by rows)."""

    n_items: int
    places: tuple[Floats, Floats] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", np.tril_indices(self.n_items))

    @property
    def n_parameters(self) -> int:
        """Elements of the triangle."""
        return len(self.places[0])

    def start(self, covariance: Floats) -> Floats:
        """Parameters that give (about) this covariance, made positive definite."""
        values, vectors = np.linalg.eigh(covariance)
        values = np.maximum(values, 0.02 * np.abs(values).max())
        return np.asarray(np.linalg.cholesky((vectors * values) @ vectors.T)[self.places])

    def covariance(self, parameters: Floats) -> Floats:
        """The covariance (k, k)."""
        factor = self._factor(parameters)
        return factor @ factor.T

    def pull(self, parameters: Floats, slope: Floats) -> Floats:
        """Derivative in the parameters, from that in the covariance."""
        return np.asarray((2 * slope @ self._factor(parameters))[self.places])

    def held(self, parameters: Floats) -> Flags:
        """Parameters to be held at 0: none."""
        return np.zeros(len(parameters), dtype=bool)

    def is_boundary(self, parameters: Floats) -> bool:
        """Whether some combination of items has no variance on this level."""
        covariance = self.covariance(parameters)
        spread = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
        return bool(np.linalg.eigvalsh(covariance / np.outer(spread, spread))[0] < HEYWOOD)

    def scales(self, sd: Floats) -> Floats:
        """Factors that bring parameters of standardised items into the items' units."""
        return np.asarray(sd[self.places[0]])

    def _factor(self, parameters: Floats) -> Floats:
        factor = np.zeros((self.n_items, self.n_items))
        factor[self.places] = parameters
        return factor


@dataclass(frozen=True)
class OneFactor:
    """Loadings, then the roots of the items' own variances: so a variance of 0 can be reached."""

    n_items: int

    @property
    def n_parameters(self) -> int:
        """A loading and an own variance per item."""
        return 2 * self.n_items

    def start(self, covariance: Floats) -> Floats:
        """First principal component, and what it leaves of the variances."""
        values, vectors = np.linalg.eigh(covariance)
        spread = np.sqrt(np.maximum(np.diag(covariance), 0.02))
        loadings = vectors[:, -1] * np.sqrt(max(float(values[-1]), 1e-3))
        loadings = np.clip(loadings, -0.9 * spread, 0.9 * spread)
        loadings = loadings if loadings.sum() >= 0 else -loadings
        return np.concatenate([loadings, np.sqrt(spread**2 - loadings**2)])

    def covariance(self, parameters: Floats) -> Floats:
        """The covariance (k, k) that the factor implies."""
        loadings, roots = self.split(parameters)
        return np.outer(loadings, loadings) + np.diag(roots**2)

    def pull(self, parameters: Floats, slope: Floats) -> Floats:
        """Derivative in the parameters, from that in the covariance."""
        loadings, roots = self.split(parameters)
        return np.concatenate([2 * slope @ loadings, 2 * roots * np.diag(slope)])

    def held(self, parameters: Floats) -> Flags:
        """Roots of own variances that are as good as 0."""
        loadings, roots = self.split(parameters)
        is_none = roots**2 < HEYWOOD * (loadings**2 + roots**2)
        return np.concatenate([np.zeros(self.n_items, dtype=bool), is_none])

    def is_boundary(self, parameters: Floats) -> bool:
        """Whether some item has no variance of its own (a Heywood case)."""
        return bool(self.held(parameters).any())

    def scales(self, sd: Floats) -> Floats:
        """Factors that bring parameters of standardised items into the items' units."""
        return np.concatenate([sd, sd])

    def split(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Loadings (k,) and roots of own variances (k,)."""
        return parameters[: self.n_items], parameters[self.n_items :]


Structure = FreeCovariance | OneFactor


@dataclass(frozen=True, eq=False)
class CovarianceFit:
    """Parameters per level, in the items' units, and their covariance.

    Parameters held at 0 have no covariance (0) with anything; all of it is None where the
    likelihood is flat.
    """

    structures: tuple[Structure, ...]
    parameters: tuple[Floats, ...]
    cov_parameters: Floats | None
    deviance: float

    @property
    def log_likelihood(self) -> float:
        """With all constants, at the best means."""
        return -self.deviance / 2

    def covariance(self, level: int = 0) -> Floats:
        """The fitted covariance (k, k) of a level."""
        return self.structures[level].covariance(self.parameters[level])

    def is_boundary(self, level: int = 0) -> bool:
        """Whether a variance of this level is 0."""
        return self.structures[level].is_boundary(self.parameters[level])

    def cov_of(self, level: int = 0) -> Floats | None:
        """The block of `cov_parameters` that belongs to a level."""
        if self.cov_parameters is None:
            return None
        first = sum(structure.n_parameters for structure in self.structures[:level])
        block = slice(first, first + self.structures[level].n_parameters)
        return self.cov_parameters[block, block]


def fit_covariances(
    likelihood: Likelihood,
    structures: tuple[Structure, ...],
    starts: tuple[Floats, ...],
    sd: Floats,
) -> CovarianceFit:
    """Maximise the likelihood of *standardised* items over one structure per level.

    Parameters
    ----------
    likelihood
        Of items that were divided by `sd`.
    starts
        A covariance of the standardised items per level.
    sd
        (k,), by which the result is brought back into the items' units.

    Raises
    ------
    NotConvergedError
        If no maximum was reached: a further step would still gain, or the point is a saddle.

    Notes
    -----
    Standard errors are from the observed information (differences of the exact gradient). An own
    variance that runs to 0 is held there, if the likelihood falls towards positive values.
    """
    ends = np.cumsum([structure.n_parameters for structure in structures])[:-1]

    def objective(parameters: Floats) -> tuple[float, Floats]:
        parts = np.split(parameters, ends)
        covariances = [s.covariance(part) for s, part in zip(structures, parts, strict=True)]
        value, slopes = likelihood.deviance(covariances)
        if not np.isfinite(value):
            return OUTSIDE, np.zeros_like(parameters)
        pulled = [s.pull(p, g) for s, p, g in zip(structures, parts, slopes, strict=True)]
        return value, np.concatenate(pulled)

    def held(parameters: Floats) -> Flags:
        parts = np.split(parameters, ends)
        return np.concatenate([s.held(part) for s, part in zip(structures, parts, strict=True)])

    first = np.concatenate([s.start(c) for s, c in zip(structures, starts, strict=True)])
    rough = _descend(objective, first, np.zeros(len(first), dtype=bool))
    is_held = held(rough)
    if objective(np.where(is_held, 0.0, rough))[0] >= OUTSIDE:
        # Items that are copies of each other: without own variances there is no density.
        is_held = np.zeros(len(rough), dtype=bool)
    best, hessian = _polish(objective, np.where(is_held, 0.0, rough), ~is_held)
    scale = np.concatenate([structure.scales(sd) for structure in structures])
    parts = tuple(np.split(best * scale, ends))
    cov = _inverse_information(hessian, ~is_held)
    n_rows, k = likelihood.n_rows, len(sd)
    constants = n_rows * (k * float(np.log(2 * np.pi)) + 2 * float(np.log(sd).sum()))
    return CovarianceFit(
        structures,
        parts,
        None if cov is None else cov * np.outer(scale, scale),
        objective(best)[0] + constants,
    )


def _descend(objective: Objective, start: Floats, is_held: Flags) -> Floats:
    """Quasi-Newton steps in the free parameters."""
    whole = start.copy()

    def free_objective(free: Floats) -> tuple[float, Floats]:
        whole[~is_held] = free
        value, gradient = objective(whole)
        return value, gradient[~is_held]

    found = optimize.minimize(
        free_objective,
        start[~is_held],
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 3000, "maxfun": 6000, "ftol": 1e-13, "gtol": 1e-7, "maxcor": 30},
    )
    whole[~is_held] = found.x
    return whole


def _polish(objective: Objective, start: Floats, is_free: Flags) -> tuple[Floats, Floats]:
    """Newton steps from a point near the maximum, and the Hessian there; else no fit."""
    best = start if is_free.all() else _descend(objective, start, ~is_free)
    value, gradient = objective(best)
    if value >= OUTSIDE:
        raise NotConvergedError(NOT_CONVERGED, "not_converged")
    for _ in range(12):
        hessian = _hessian(objective, best, is_free)
        eigenvalues, vectors = np.linalg.eigh(hessian)
        lifted = np.maximum(np.abs(eigenvalues), 1e-8 * np.abs(eigenvalues).max())
        step = np.zeros_like(best)
        step[is_free] = -vectors @ ((vectors.T @ gradient[is_free]) / lifted)
        gain = -float(gradient @ step) / 2
        if gain < AGREED:
            if eigenvalues[0] < -1e-5 * eigenvalues[-1]:
                break
            return best, hessian
        while objective(best + step)[0] > value and float(np.abs(step).max()) > 1e-12:
            step /= 2
        best = best + step
        value, gradient = objective(best)
    raise NotConvergedError(NOT_CONVERGED, "not_converged")


def _hessian(objective: Objective, at: Floats, is_free: Flags) -> Floats:
    columns = []
    for j in np.flatnonzero(is_free):
        step = np.zeros_like(at)
        step[j] = 1e-5 * max(1.0, abs(float(at[j])))
        slope = (objective(at + step)[1] - objective(at - step)[1]) / (2 * step[j])
        columns.append(slope[is_free])
    hessian = np.array(columns)
    return np.asarray((hessian + hessian.T) / 2)


def _inverse_information(hessian: Floats, is_free: Flags) -> Floats | None:
    """Covariance of all parameters from the deviance's Hessian in the free ones; None if flat."""
    eigenvalues, vectors = np.linalg.eigh(hessian)
    if eigenvalues[0] < 1e-8 * eigenvalues[-1]:
        return None
    cov = np.zeros((len(is_free), len(is_free)))
    cov[np.ix_(is_free, is_free)] = 2 * (vectors / eigenvalues) @ vectors.T
    return cov
