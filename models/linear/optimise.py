"""The maximum of the likelihood: two optimisers that must agree, and conditions it must meet."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from models.errors import NotConvergedError
from models.linear.deviance import Deviance, Evaluation
from models.linear.layout import Layout, Parameters, lower_factor
from models.linear.second_derivatives import second_derivatives
from models.linear.starts import moment_start, other_start, unit_start
from models.panel import Floats

SINGULAR_BELOW = 1e-4
_ROUNDING = 1e-15
_SEARCHES_AT_EDGE = 4  # where a variance is 0, a second maximum elsewhere is not rare
_STEP = 1e-5
_GRADIENT = 1e-6

_LENGTHS = tuple(4.0**-k for k in range(12))

Search = Callable[["Objective", Floats], Floats]


@dataclass(frozen=True, eq=False)
class Objective:
    """Deviance per inner group, in theta of standardised columns.

    Theta is not bounded: a change of sign leaves Psi as it is, so a variance of 0 is an ordinary
    point. Bounds are worse: a search that steps onto one may never leave it.
    """

    deviance: Deviance
    parameters: Parameters
    _last: dict[bytes, tuple[float, Floats, Evaluation | None]] = field(
        default_factory=dict, init=False
    )

    def __call__(self, theta: Floats) -> tuple[float, Floats]:
        """Value and gradient; asked again for the last theta, it answers from memory."""
        key = theta.tobytes()
        if key not in self._last:
            self._last.clear()
            self._last[key] = self._evaluated(theta)
        return self._last[key][:2]

    def _evaluated(self, theta: Floats) -> tuple[float, Floats, Evaluation | None]:
        n = self.deviance.products.n_groups
        try:
            found = self.deviance.at(self.parameters.factors(theta))
        except np.linalg.LinAlgError:  # beyond what can be computed: no maximum is there
            return np.inf, np.zeros_like(theta), None
        return found.deviance / n, self.parameters.gradient(theta, found.slopes) / n, found

    def rounding(self, theta: Floats) -> float:
        """How far rounding may move the deviance: residuals are a difference of larger sums."""
        self(theta)
        found = self._last[theta.tobytes()][2]
        if found is None:
            return 0.0
        products = self.deviance.products
        whole = float(products.C[products.n_fixed, products.n_fixed])
        return self.deviance.n_free * _ROUNDING * whole / found.rss

    def curvature(self, theta: Floats) -> Floats:
        """Second derivatives; of several factors, from differences of the gradient."""
        here, deviance = self(theta)[1], self.deviance
        found = self._last[theta.tobytes()][2]
        if found is None:
            return np.zeros((len(theta), len(theta)))
        exact = second_derivatives(deviance, self.parameters, theta, found)
        if exact is not None:
            return exact.profiled(deviance.n_free) / deviance.products.n_groups
        step = _STEP * max(1.0, float(np.abs(theta).max()))
        rows = [(self(theta + way)[1] - here) / step for way in step * np.eye(len(theta))]
        return np.asarray((np.array(rows) + np.array(rows).T) / 2)


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where the searches ended: theta in standardised units and the searches that agree."""

    theta: Floats
    deviance: float
    optimisers: tuple[str, ...]
    is_singular: bool


def maximise(deviance: Deviance, layout: Layout) -> Maximum:
    """Find the maximum that two different searches from different starts agree on.

    Raises
    ------
    NotConvergedError
        If no two of them end at the highest likelihood found, or if it still rises there.
    """
    objective = Objective(deviance, layout.parameters())
    n = deviance.products.n_groups
    ends: list[tuple[float, str, Floats]] = []
    for name, search, start in _attempts(objective, layout, ends):
        theta = search(objective, start)
        ends.append((n * objective(theta)[0], name, theta))
        best = min(ends, key=lambda end: end[0])
        near = _tolerance(best[0]) + objective.rounding(best[2])
        names = {end[1] for end in ends if end[0] - best[0] <= near}
        at_edge = is_singular(objective, best[2])
        is_searched = len(ends) >= (_SEARCHES_AT_EDGE if at_edge else 2)
        if is_searched and len(names) > 1 and escape(objective, layout, best[2]) is None:
            return Maximum(best[2], best[0], tuple(sorted(names)), at_edge)
    raise NotConvergedError(
        "No maximum of the likelihood was found that two optimisers agree on. "
        "Simplify the random effects, or check the outcome for extreme values.",
        reason="optimisers_disagree",
    )


def quasi_newton(objective: Objective, start: Floats) -> Floats:
    """BFGS."""
    from scipy.optimize import minimize  # slow to import, and other families do without

    options = {"gtol": _smallest_gradient(start)}
    climb = minimize(objective, start, jac=True, method="BFGS", options=options)
    return np.asarray(climb.x)


def newton(objective: Objective, start: Floats) -> Floats:
    """Newton's method in a trust region, which leaves saddle points."""
    from scipy.optimize import minimize

    climb = minimize(
        objective,
        start,
        jac=True,
        hess=objective.curvature,
        method="trust-exact",
        options={"gtol": _smallest_gradient(start)},
    )
    return np.asarray(climb.x)


def _smallest_gradient(start: Floats) -> float:
    """Where effects are many times the residuals the deviance is flat in theta: ask for less."""
    return _GRADIENT / max(1.0, float(np.abs(start).max()))


def is_singular(objective: Objective, theta: Floats) -> bool:
    """Whether an effect, or a combination of correlated effects, has no variance of its own."""
    return any(
        np.linalg.svd(factor, compute_uv=False)[-1] < SINGULAR_BELOW
        for factor in objective.parameters.factors(theta)
    )


def escape(objective: Objective, layout: Layout, theta: Floats) -> Floats | None:
    """Theta with a higher likelihood, where one of the variances of 0 should rise; else None.

    At a boundary d deviance / d Psi must be positive semidefinite on the directions without
    variance; in theta this shows only in the second derivative.
    """
    parameters = objective.parameters
    factors = parameters.factors(theta)
    slopes = objective.deviance.at(factors).slopes
    covariances = [factor @ factor.T for factor in factors]
    for group, covariance, slope in zip(layout.groups, covariances, slopes, strict=True):
        for rows in _blocks(layout, group):
            way = _way_up(covariance, slope, rows, 1e-5 * objective.deviance.products.n_groups)
            if way is None:
                continue
            for length in _LENGTHS:
                covariance += length * way
                moved = parameters.theta([lower_factor(psi) for psi in covariances])
                if objective(moved)[0] < objective(theta)[0]:
                    return moved
                covariance -= length * way
    return None


def _way_up(covariance: Floats, slope: Floats, rows: list[int], least: float) -> Floats | None:
    """Covariance of the direction without variance in which the deviance falls most, if any."""
    at = np.ix_(rows, rows)
    values, vectors = np.linalg.eigh(covariance[at])
    empty = vectors[:, values < SINGULAR_BELOW**2]
    if not empty.size:
        return None
    falls, directions = np.linalg.eigh(empty.T @ slope[at] @ empty)
    if falls[0] > -least:
        return None
    way = np.zeros(len(covariance))
    way[rows] = empty @ directions[:, 0]
    return np.outer(way, way)


def _blocks(layout: Layout, group: str) -> Iterator[list[int]]:
    """Places, within a factor's covariance, of effects that may correlate."""
    first = 0
    for block in (block for block in layout.blocks if block.group == group):
        places = list(range(first, first + len(block.names)))
        yield from [places] if block.is_correlated else [[place] for place in places]
        first += len(places)


def _attempts(
    objective: Objective, layout: Layout, ends: list[tuple[float, str, Floats]]
) -> Iterator[tuple[str, Search, Floats]]:
    """Searches and starts, the first two usually enough; later ones start from what was found."""
    moments, unit = moment_start(objective.deviance, layout), unit_start(layout)
    yield "BFGS", quasi_newton, moments
    yield "trust-exact", newton, other_start(moments, layout)
    yield "trust-exact", newton, unit
    yield "BFGS", quasi_newton, unit / 5
    for name, search in (("trust-exact", newton), ("BFGS", quasi_newton)):
        best = min(ends, key=lambda end: end[0])[2]
        risen = escape(objective, layout, best)
        yield name, search, 1.1 * best + 0.05 * unit if risen is None else risen


def _tolerance(deviance: float) -> float:
    return 1e-5 + 1e-9 * abs(deviance)
