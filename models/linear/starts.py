"""Where the search for a maximum begins."""

import numpy as np

from models.linear.deviance import Deviance
from models.linear.layout import Layout, lower_factor
from models.linear.patterns import Inner
from models.panel import Floats

_SMALLEST, _LARGEST, _OUTER, _SMALLER = 0.02, 1e6, 0.1, 0.6


def unit_start(layout: Layout) -> Floats:
    """Theta of independent effects as large as the residuals, lme4's start."""
    return np.array([float(a == b) for block in layout.blocks for a, b in block.entries])


def other_start(moments: Floats, layout: Layout) -> Floats:
    """Uncorrelated effects, smaller than the moments say."""
    theta = np.zeros(len(moments))
    first = 0
    for block in layout.blocks:
        rows = np.array([a for a, _ in block.entries])
        own = moments[first : first + len(rows)]
        sizes = np.sqrt(np.bincount(rows, weights=own**2))
        for place, (a, b) in enumerate(block.entries):
            theta[first + place] = _SMALLER * sizes[a] * (a == b)
        first += len(rows)
    return theta


def moment_start(deviance: Deviance, layout: Layout) -> Floats:
    """Theta from the moments of least-squares residuals, kept inside the parameter space.

    With s_i = Z_i'(y_i - X_i b), the sum of s_i s_i' is expected to be s2 (sum A_i + sum A_i Psi
    A_i), and the residual sum of squares s2 (n + sum tr A_i Psi): linear in (s2, s2 Psi).
    """
    products, inner = deviance.products, deviance.inner
    p = products.n_fixed
    beta = np.linalg.solve(products.C[:p, :p], products.C[:p, p])
    contrast = np.zeros(len(products.C))
    contrast[: p + 1] = np.append(-beta, 1.0)
    rss = float(contrast @ products.C @ contrast)
    seen = inner.weighted(np.outer(contrast, contrast)).sum(axis=2)
    psi = _solve_moments(inner, seen, rss, products.n_rows)
    covariances = [psi] + [_OUTER * np.eye(len(layout.columns_of(g))) for g in layout.outer]
    used, theta = [0] * len(covariances), []
    for block in layout.blocks:
        factor = layout.groups.index(block.group)
        first, width = used[factor], len(block.names)
        used[factor] += width
        own = covariances[factor][first : first + width, first : first + width]
        root = lower_factor(_inside(own if block.is_correlated else np.diag(np.diag(own))))
        theta += [root[a, b] for a, b in block.entries]
    return np.array(theta)


def _solve_moments(inner: Inner, seen: Floats, rss: float, n_rows: int) -> Floats:
    """Psi that fits the moments; not necessarily positive definite."""
    size = len(seen)
    total = inner.A @ inner.counts
    squares = np.einsum("abk,cdk,k->acbd", inner.A, inner.A, inner.counts, optimize=True)
    system = np.zeros((size * size + 1, size * size + 1))
    system[:-1, :-1] = squares.reshape(size * size, size * size)
    system[:-1, -1] = system[-1, :-1] = total.ravel()
    system[-1, -1] = n_rows
    moments = np.append(seen.ravel(), rss)
    solution = np.linalg.lstsq(system, moments, rcond=None)[0]
    if not solution[-1] > 1e-6 * rss / n_rows:
        return np.eye(size)
    return np.asarray(solution[:-1].reshape(size, size) / solution[-1])


def _inside(covariance: Floats) -> Floats:
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    kept = np.clip(values, _SMALLEST, _LARGEST)
    return np.asarray((vectors * kept) @ vectors.T)
