"""The profiled deviance of a linear mixed model and its gradient, from products."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs

from models.linear.batches import inverse_and_log_det, times
from models.linear.crossed import Crossed
from models.linear.layout import Layout
from models.linear.nested import Nested
from models.linear.pattern_sums import PatternSums
from models.linear.patterns import Inner, collapse, patterns
from models.linear.products import Products
from models.panel import Floats


@dataclass(frozen=True, eq=False)
class InnerState:
    """Per Z'Z = A (q, q, K), given Psi = FF': (Psi^-1 + A)^-1 and (I + A Psi)^-1 (both (q, q, K)).

    `log_det` (K,) are the log determinants of I + F'AF.
    """

    M: Floats
    P: Floats
    log_det: Floats


class Eliminated(Protocol):
    """What is left once all random effects are integrated out."""

    @property
    def S(self) -> Floats:  # noqa: N802 -- a matrix
        """[X y]' V^-1 [X y] (p + 1, p + 1), V in units of the residual variance."""

    @property
    def log_det(self) -> float:
        """What the outer factors add to log det V."""

    def weighted(self, Q: Floats) -> Floats:
        """Sum per pattern of B_i G B_i' (q, q, K), G being d deviance / d products."""

    def slopes(self, Q: Floats) -> tuple[Floats, ...]:
        """Derivative of the deviance in each outer factor's Psi."""

    def modes(self, contrast: Floats) -> tuple[Floats, ...]:
        """Predicted effects (levels, r) of each outer factor, residuals being [X y] @ contrast."""


class Outer(Protocol):
    """The factors beyond the inner one."""

    def eliminate(self, M: Floats, S: Floats, factors: tuple[Floats, ...]) -> Eliminated:
        """Integrate them out, given the inner factor's M and what it left of the products."""


@dataclass(frozen=True, eq=False)
class NoOuter:
    """One grouping factor only."""

    inner: Inner

    def eliminate(self, M: Floats, S: Floats, factors: tuple[Floats, ...]) -> "InnerOnly":  # noqa: ARG002 -- the protocol's signature
        """Nothing is left to do."""
        return InnerOnly(self.inner, S)


@dataclass(frozen=True, eq=False)
class InnerOnly:
    """See `Eliminated`."""

    inner: Inner
    S: Floats
    log_det: float = 0.0

    def weighted(self, Q: Floats) -> Floats:
        """See `Eliminated`."""
        return self.inner.weighted(Q)

    def slopes(self, Q: Floats) -> tuple[Floats, ...]:  # noqa: ARG002 -- the protocol's signature
        """There are none."""
        return ()

    def modes(self, contrast: Floats) -> tuple[Floats, ...]:  # noqa: ARG002 -- the protocol's signature
        """There are none."""
        return ()


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The deviance at one relative covariance, in standardised units.

    `beta` (p,), `S_inverse` (p, p) and `variance` (of residuals, profiled unless given) are in the
    units of `Products`; `slopes` are d deviance / d Psi per factor (q, q). `Q` (w, w) is the
    derivative in the products that the inner factor left, `state` what came of that factor.
    """

    deviance: float
    beta: Floats
    S_inverse: Floats
    rss: float
    variance: float
    slopes: tuple[Floats, ...]
    Q: Floats
    state: InnerState


@dataclass(frozen=True, eq=False)
class Deviance:
    """Minus twice the (restricted) log-likelihood of `y = Xb + Zu + e`, u ~ N(0, s2 Psi) per group.

    References
    ----------
    Bates et al. (2015), J Stat Softw 67(1), section 3. doi:10.18637/jss.v067.i01
    """

    products: Products | PatternSums
    inner: Inner
    outer: Outer
    is_reml: bool

    @classmethod
    def of(cls, products: Products | PatternSums, layout: Layout, *, is_reml: bool) -> "Deviance":
        """Collapse the products as far as the layout allows; sums of patterns are, already.

        Raises
        ------
        ValueError
            If there are sums of patterns only, and the factors cross, or are nested without cells.
        """
        if isinstance(products, PatternSums):
            return cls(products, *_of_patterns(products, layout), is_reml)
        first, pattern = patterns(products.A)
        A, B = products.A, products.B
        own = list(layout.columns_of(layout.inner))
        if layout.is_nested and own != list(range(A.shape[1])):
            A, B = A[:, own][:, :, own], B[:, own]
        inner = collapse(A, B, first, pattern)
        outer: Outer = NoOuter(inner)
        if layout.is_nested:
            outer = Nested.of(inner, products, layout, first, pattern)
        elif layout.is_crossed:
            outer = Crossed.of(inner, products, layout)
        return cls(products, inner, outer, is_reml)

    @property
    def n_free(self) -> int:
        """Rows, less the fixed effects if restricted."""
        return self.products.n_rows - self.products.n_fixed * self.is_reml

    @property
    def of_units(self) -> float:
        """What the deviance of the variables in their own units is beyond that of `at`."""
        products = self.products
        of_units = 2 * self.n_free * np.log(products.y_unit)
        if self.is_reml:
            of_units += 2 * np.log(np.diag(products.column_units)[: products.n_fixed]).sum()
        return float(of_units)

    def at(self, factors: tuple[Floats, ...], variance: float | None = None) -> Evaluation:
        """Deviance and slopes at factors F of Psi = FF'; at a given residual variance, or the best.

        Raises
        ------
        numpy.linalg.LinAlgError
            Where rounding leaves no positive definite information: far outside any data's range.
        """
        state = inner_state(self.inner.A, factors[0])
        log_det = float(self.inner.counts @ state.log_det)
        left = self.products.C - self.inner.projected(state.M)
        gone = self.outer.eliminate(state.M, left, factors[1:])
        p = self.products.n_fixed
        S = gone.S
        root, failed = dpotrf(S[:p, :p], lower=1)
        if failed:
            raise np.linalg.LinAlgError("the information on the fixed effects is not positive")
        beta = dpotrs(root, S[:p, p], lower=1)[0]
        S_inverse = dpotrs(root, np.eye(p), lower=1)[0]
        rss = float(S[p, p] - S[:p, p] @ beta)
        if not rss > 0:
            raise np.linalg.LinAlgError("the residual sum of squares is not positive")
        variance = rss / self.n_free if variance is None else variance
        deviance = log_det + gone.log_det + self.n_free * np.log(2 * np.pi * variance)
        deviance += rss / variance
        contrast = np.append(-beta, 1.0)
        Q = np.outer(contrast, contrast / variance)
        if self.is_reml:
            deviance += 2 * np.log(np.diag(root)).sum()
            Q[:p, :p] += S_inverse
        slopes = (self._inner_slope(state, gone.weighted(Q)), *gone.slopes(Q))
        return Evaluation(float(deviance), beta, S_inverse, rss, variance, slopes, Q, state)

    def _inner_slope(self, state: InnerState, H: Floats) -> Floats:
        q = len(H)
        V = times(state.P, self.inner.A)
        # The sum over patterns of P H P', as a product of (q, q * K) matrices.
        explained = times(state.P, H).reshape(q, -1) @ state.P.reshape(q, -1).T
        return np.asarray(V @ self.inner.counts - explained)


def _of_patterns(sums: PatternSums, layout: Layout) -> tuple[Inner, Outer]:
    inner = sums.inner(layout.columns_of(layout.inner))
    if not layout.outer:
        return inner, NoOuter(inner)
    if not layout.is_nested or sums.cells is None:
        raise ValueError("sums of patterns hold one factor, or one nested in another, with cells")
    return inner, Nested.of_cells(inner, sums.A, sums.cells, layout)


def inner_state(A: Floats, factor: Floats) -> InnerState:
    """What the inner factor contributes, for each A (q, q, K)."""
    identity = np.eye(len(A))[:, :, None]
    inverse, log_det = inverse_and_log_det(identity + times(times(factor.T, A), factor))
    M = times(times(factor, inverse), factor.T)
    return InnerState(M, identity - times(A, M), log_det)
