"""Small random data sets of every layout, and the likelihood written out as one big normal."""

from dataclasses import dataclass, replace

import numpy as np

from models.linear.layout import Layout, layout_of_terms
from models.panel import Floats
from models.random_terms import RandomTerm

ONE, WEEK = "(Intercept)", "week"
LAYOUTS = (
    "intercept",
    "slope",
    "diagonal",
    "slope_without_intercept",
    "two_bars",
    "three_effects",
    "nested",
    "nested_slopes",
    "nested_other_effect",
    "crossed",
    "crossed_slopes",
    "two_crossed",
)
NAMES = (ONE, WEEK, "x", "arm")


@dataclass(frozen=True, eq=False)
class Data:
    y: Floats
    X: Floats
    random: tuple[RandomTerm, ...]

    def with_rows(self, rows) -> "Data":
        """These rows only, the groups keeping their numbers."""
        terms = tuple(
            replace(term, values=term.values[rows], codes=term.codes[rows]) for term in self.random
        )
        return Data(self.y[rows], self.X[rows], terms)


def simulate(layout: str, seed: int = 1, n_groups: int = 40, n_weeks: int = 5) -> Data:
    """Unbalanced rows in random order, all effects present."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(n_groups), n_weeks)
    week = np.tile(np.arange(n_weeks, dtype=np.float64), n_groups)
    # Each group keeps its first two weeks.
    rows = rng.permutation(np.flatnonzero((week < 2) | (rng.random(len(week)) > 0.3)))
    group, week = group[rows], week[rows]
    n = len(rows)
    x, arm = rng.normal(size=n), (group % 2).astype(np.float64)
    site, item = group % 5, rng.permutation(np.arange(n) % 4)
    effects = rng.normal(size=(n_groups, 2)) @ np.array([[1.5, 0.4], [0, 0.6]])
    y = 10 + 0.5 * week + x + arm + effects[group, 0] + effects[group, 1] * week
    y = y + rng.normal(size=5)[site] + rng.normal(size=4)[item] + rng.normal(size=n)
    values = {ONE: np.ones(n), WEEK: week, "x": x}
    codes = {"participant": group, "site": site, "item": item}
    terms = tuple(
        RandomTerm(name, effects, np.column_stack([values[e] for e in effects]), codes[name], is_c)
        for name, effects, is_c in _bars(layout)
    )
    return Data(y, np.column_stack((np.ones(n), week, x, arm)), terms)


def _bars(layout: str) -> list[tuple[str, tuple[str, ...], bool]]:
    slope = ("participant", (ONE, WEEK), True)
    one = ("participant", (ONE,), True)
    return {
        "intercept": [one],
        "slope": [slope],
        "diagonal": [("participant", (ONE, WEEK), False)],
        "slope_without_intercept": [("participant", (WEEK,), True)],
        "two_bars": [("participant", ("x",), True), slope],
        "three_effects": [("participant", (ONE, WEEK, "x"), True)],
        "nested": [slope, ("site", (ONE,), True)],
        "nested_slopes": [("site", (ONE, WEEK), True), slope],
        "nested_other_effect": [one, ("site", ("x",), True)],
        "crossed": [one, ("item", (ONE,), True)],
        "crossed_slopes": [slope, ("item", (ONE, WEEK), False)],
        "two_crossed": [slope, ("item", (ONE,), True), ("site", (ONE,), True)],
    }[layout]


@dataclass(frozen=True, eq=False)
class Dense:
    """What an (n, n) covariance gives at one theta."""

    deviance: float
    beta: Floats
    cov_beta: Floats
    variance: float
    modes: tuple[Floats, ...]


def dense(data: Data, theta: Floats, *, reml: bool) -> Dense:
    """Deviance profiled for beta and sigma, from the definition."""
    layout, _, _ = layout_of_terms(data.random)
    n, p = data.X.shape
    covariances = _relative_covariances(layout, theta)
    V, parts = np.eye(n), []
    for term, psi in zip(data.random, covariances, strict=True):
        wide = np.zeros((n, term.n_groups, len(term.names)))
        wide[np.arange(n), term.codes] = term.values
        parts.append((wide, psi))
        Z = wide.reshape(n, -1)
        V += Z @ np.kron(np.eye(term.n_groups), psi) @ Z.T
    inverse = np.linalg.inv(V)
    information = data.X.T @ inverse @ data.X
    beta = np.linalg.solve(information, data.X.T @ inverse @ data.y)
    rest = data.y - data.X @ beta
    df = n - p * reml
    variance = float(rest @ inverse @ rest) / df
    deviance = np.linalg.slogdet(V)[1] + df * (np.log(2 * np.pi * variance) + 1)
    if reml:
        deviance += np.linalg.slogdet(information)[1]
    modes = tuple(np.einsum("nja,n->ja", wide, inverse @ rest) @ psi.T for wide, psi in parts)
    return Dense(float(deviance), beta, variance * np.linalg.inv(information), variance, modes)


def _relative_covariances(layout: Layout, theta: Floats) -> list[Floats]:
    found, start = [], 0
    for block in layout.blocks:
        triangle = np.zeros((len(block.names), len(block.names)))
        for entry in block.entries:
            triangle[entry] = theta[start]
            start += 1
        found.append(triangle @ triangle.T)
    return found
