"""Factors that cut across the inner one: dense algebra on their levels, what remains of them."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag, cho_factor, cho_solve

from models.linear.layout import Layout
from models.linear.patterns import Inner
from models.linear.products import Products
from models.panel import Codes, Floats


@dataclass(frozen=True, eq=False)
class Crossed:
    """The outer factors' columns W stand last in the products; `levels` of each, `sizes` effects.

    After the inner factor is integrated out, T = W'V^-1 W is one dense matrix over all levels.
    """

    inner: Inner
    n_own: int
    levels: tuple[int, ...]
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, inner: Inner, products: Products, layout: Layout) -> "Crossed":
        """Sizes from the layout."""
        sizes = tuple(len(layout.columns_of(group)) for group in layout.outer)
        return cls(inner, products.n_fixed + 1, layout.n_levels[1:], sizes)

    def eliminate(self, M: Floats, S: Floats, factors: tuple[Floats, ...]) -> "LevelsGone":  # noqa: ARG002 -- the protocol's signature
        """Integrate the levels' effects out; see `Outer`."""
        own = self.n_own
        T, R = S[own:, own:], S[own:, :own]
        parts = [np.kron(np.eye(n), factor) for n, factor in zip(self.levels, factors, strict=True)]
        factor = block_diag(*parts)
        root = cho_factor(np.eye(len(T)) + factor.T @ T @ factor, lower=True)
        M_levels = factor @ cho_solve(root, factor.T)
        MR = M_levels @ R
        log_det = 2 * float(np.log(np.diag(root[0])).sum())
        return LevelsGone(self, S[:own, :own] - R.T @ MR, log_det, T, R, M_levels, MR)


@dataclass(frozen=True, eq=False)
class LevelsGone:
    """See `Eliminated`; `M` is (Psi^-1 + T)^-1 over all levels and `MR` its product with R."""

    crossed: Crossed
    S: Floats
    log_det: float
    T: Floats
    R: Floats
    M: Floats
    MR: Floats

    def weighted(self, Q: Floats) -> Floats:
        """See `Eliminated`."""
        MRQ = self.MR @ Q
        whole = np.block([[Q, -MRQ.T], [-MRQ, MRQ @ self.MR.T + self.M]])
        return self.crossed.inner.weighted(whole)

    def slopes(self, Q: Floats) -> tuple[Floats, ...]:
        """See `Eliminated`."""
        P = np.eye(len(self.T)) - self.T @ self.M
        PR = P @ self.R
        whole = P @ self.T - PR @ Q @ PR.T
        found = []
        for n, size, end in zip(self.crossed.levels, self.crossed.sizes, self._ends(), strict=True):
            own = slice(end - n * size, end)
            blocks = whole[own, own].reshape(n, size, n, size)
            found.append(np.asarray(np.einsum("jajb->ab", blocks)))
        return tuple(found)

    def modes(self, contrast: Floats) -> tuple[Floats, ...]:
        """See `Eliminated`."""
        found = np.split(self.MR @ contrast, self._ends()[:-1])
        sizes = self.crossed.sizes
        return tuple(part.reshape(-1, size) for part, size in zip(found, sizes, strict=True))

    def _ends(self) -> Codes:
        """Where each factor's columns end."""
        return np.asarray(np.cumsum(np.multiply(self.crossed.levels, self.crossed.sizes)))
