"""Participants within sites: a site's effects after its participants' are integrated out.

Per site j, with w the columns of the site's effects: T_j = w'V^-1 w and R_j = w'V^-1 [X y], V the
covariance given the participants' effects only (Woodbury's identity twice). Participants enter
through their pattern, so the cost is one term per pattern and site.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from models.linear.batches import flipped, inverse_and_log_det, times
from models.linear.layout import Layout
from models.linear.patterns import Inner
from models.linear.products import Products
from models.panel import Codes, Floats


@dataclass(frozen=True, eq=False)
class Cells:
    """Inner groups of one pattern in one level of the outer factor, such as a site.

    `levels` (c,) and `patterns` (c,) are the codes of both, `n_groups` (c,) how many groups there
    are, `B` (c, q, w) the sum of their Z'[X y]; the outer factor has `n_levels`.
    """

    levels: Codes
    patterns: Codes
    n_groups: Codes
    B: Floats
    n_levels: int

    @classmethod
    def of(cls, products: Products, n_levels: int, pattern: Codes, n_patterns: int) -> "Cells":
        """From the products of each group and its pattern (G,).

        Raises
        ------
        ValueError
            If the products do not say in which level each group lies.
        """
        if products.parents is None:
            raise ValueError("products of nested factors need each group's parent")
        n_groups, q, width = products.B.shape
        site = np.maximum(products.parents, 0)  # a group without rows may count anywhere
        cells, cell = _codes_that_occur(site * n_patterns + pattern, n_levels * n_patterns)
        sums = _indicator(cell, len(cells)) @ products.B.reshape(n_groups, -1)
        levels, patterns = np.divmod(cells, n_patterns)
        return cls(levels, patterns, np.bincount(cell), sums.reshape(-1, q, width), n_levels)


@dataclass(frozen=True, eq=False)
class Nested:
    """Sums per pattern and site.

    `D` (q, r, K) is Z'w per pattern, `T` (r, r, J) and `R` (r, J, w) are w'w and w'[X y] per site,
    `members` (J, K) counts groups, and `spread` (J * w, q * K) holds each cell's sum of Z'[X y].
    """

    inner: Inner
    D: Floats
    T: Floats
    R: Floats
    members: sparse.csr_array
    spread: sparse.csr_array

    @classmethod
    def of(
        cls, inner: Inner, products: Products, layout: Layout, first: Codes, pattern: Codes
    ) -> "Nested":
        """Sum the products by site and by pattern within site."""
        if inner.A.shape[2] == products.n_groups:  # not collapsed: each group is its own pattern
            first = pattern = np.arange(products.n_groups)
        cells = Cells.of(products, layout.n_levels[1], pattern, len(first))
        return cls.of_cells(inner, products.A[first], cells, layout)

    @classmethod
    def of_cells(cls, inner: Inner, A: Floats, cells: "Cells", layout: Layout) -> "Nested":
        """From the Z'Z of each pattern, `A` (K, q, q), and the sums of each site's patterns."""
        low, high = list(layout.columns_of(layout.inner)), list(layout.columns_of(layout.outer[0]))
        n_sites, n_patterns, r = cells.n_levels, len(A), len(high)
        width = cells.B.shape[2]
        to_site = _indicator(cells.levels, n_sites)
        w_by_w = A[:, high][:, :, high].reshape(n_patterns, -1)[cells.patterns]
        T = (to_site @ (cells.n_groups[:, None] * w_by_w)).reshape(n_sites, r, r)
        R = (to_site @ cells.B[:, high].reshape(len(cells.B), -1)).reshape(n_sites, r, width)
        at = (cells.levels, cells.patterns)
        shape = (n_sites, n_patterns)
        within = cells.B if low == list(range(cells.B.shape[1])) else cells.B[:, low]
        return cls(
            inner,
            np.ascontiguousarray(A[:, low][:, :, high].transpose(1, 2, 0)),
            np.ascontiguousarray(T.transpose(1, 2, 0)),
            np.ascontiguousarray(R.transpose(1, 0, 2)),
            sparse.csr_array((cells.n_groups.astype(np.float64), at), shape=shape),
            _spread(within, at, shape),
        )

    def eliminate(self, M: Floats, S: Floats, factors: tuple[Floats, ...]) -> "SitesGone":
        """Integrate the sites' effects out; see `Outer`."""
        (factor,) = factors
        r, n_sites, width = self.R.shape
        n_patterns = M.shape[2]
        DM = times(flipped(self.D), M)
        explained = times(DM, self.D).reshape(r * r, n_patterns)
        T = self.T - (self.members @ explained.T).T.reshape(r, r, n_sites)
        by_site = self.spread @ DM.reshape(r, -1).T
        R = self.R - by_site.T.reshape(r, n_sites, width)
        inverse, log_det = inverse_and_log_det(
            times(times(factor.T, T), factor) + np.eye(r)[:, :, None]
        )
        M_site = times(times(factor, inverse), factor.T)
        MR = np.einsum("abj,bjc->ajc", M_site, R)
        left = S - np.einsum("ajc,ajd->cd", R, MR, optimize=True)
        return SitesGone(self, left, float(log_det.sum()), T, R, M_site, MR)


@dataclass(frozen=True, eq=False)
class SitesGone:
    """See `Eliminated`; `M` (r, r, J) is (Psi^-1 + T)^-1 and `MR` (r, J, w) its product with R."""

    nested: Nested
    S: Floats
    log_det: float
    T: Floats
    R: Floats
    M: Floats
    MR: Floats

    def weighted(self, Q: Floats) -> Floats:
        """See `Eliminated`."""
        nested = self.nested
        r, n_sites, width = self.R.shape
        n_patterns = nested.D.shape[2]
        MRQ = self.MR @ Q
        on_sites = np.einsum("ajc,bjc->abj", MRQ, self.MR) + self.M
        shared = (nested.members.T @ on_sites.reshape(r * r, n_sites).T).T
        across = -(nested.spread.T @ MRQ.reshape(r, n_sites * width).T).T
        D = nested.D
        inside = times(times(D, shared.reshape(r, r, n_patterns)), flipped(D))
        between = times(D, across.reshape(r, -1, n_patterns))
        return np.asarray(nested.inner.weighted(Q) + inside + between + flipped(between))

    def slopes(self, Q: Floats) -> tuple[Floats, ...]:
        """See `Eliminated`."""
        P = np.eye(len(self.T))[:, :, None] - times(self.T, self.M)
        PR = np.einsum("abj,bjc->ajc", P, self.R)
        explained = np.einsum("ajc,bjc->ab", PR @ Q, PR)
        return (np.asarray(times(P, self.T).sum(axis=2) - explained),)

    def modes(self, contrast: Floats) -> tuple[Floats, ...]:
        """See `Eliminated`."""
        return (np.asarray((self.MR @ contrast).T),)


def _indicator(codes: Codes, n_levels: int) -> sparse.csc_array:
    """Sums by level: (n_levels, n)."""
    n = len(codes)
    return sparse.csc_array((np.ones(n), codes, np.arange(n + 1)), shape=(n_levels, n))


def _codes_that_occur(codes: Codes, n_codes: int) -> tuple[Codes, Codes]:
    """Distinct codes in order, and each one's place; counts where codes are dense, else sorts."""
    if n_codes > 8 * len(codes):
        return np.unique(codes, return_inverse=True)
    occurs = np.bincount(codes, minlength=n_codes) > 0
    places = np.cumsum(occurs) - 1
    return np.flatnonzero(occurs), places[codes]


def _spread(sums: Floats, at: tuple[Codes, Codes], shape: tuple[int, int]) -> sparse.csr_array:
    """Cells' sums (cells, q, w) as (J * w, q * K): rows by site and column, columns by effect."""
    _, q, width = sums.shape
    site, pattern = at
    rows = site[:, None, None] * width + np.arange(width)
    columns = np.arange(q)[:, None] * shape[1] + pattern[:, None, None]
    places = np.broadcast_arrays(rows, columns)
    flat = (sums.ravel(), (places[0].ravel(), places[1].ravel()))
    return sparse.csr_array(flat, shape=(shape[0] * width, q * shape[1]))
