"""Second derivatives of the deviance in closed form, for one grouping factor.

With V_i = (I + A_i Psi)^-1 A_i, U_i = (I + A_i Psi)^-1 B_i and T_ab the sum of U_i[a]'U_i[b], a
change dPsi changes S by -sum dPsi_ab T_ab, and V_i and U_i by -V_i dPsi V_i and -V_i dPsi U_i. All
else follows from S alone; no group is looked at more than once.
"""

from dataclasses import dataclass

import numpy as np

from models.linear.batches import flipped, times
from models.linear.deviance import Deviance, Evaluation, NoOuter
from models.linear.layout import Parameters
from models.linear.patterns import Inner
from models.panel import Floats


@dataclass(frozen=True, eq=False)
class SecondDerivatives:
    """In theta at a given residual variance, with the deviance itself.

    `hessian` (k, k) of the deviance, `gradient` (k,), `rss_slopes` (k,) of the residual sum of
    squares, `inverse_slopes` (k, p, p) of `Evaluation.S_inverse`.
    """

    found: Evaluation
    hessian: Floats
    gradient: Floats
    rss_slopes: Floats
    inverse_slopes: Floats

    def profiled(self, n_free: int) -> Floats:
        """Hessian (k, k) of the deviance profiled for the variance, at its best variance."""
        across = self.rss_slopes / self.found.variance
        return np.asarray(self.hessian - np.outer(across, across) / n_free)


def second_derivatives(
    deviance: Deviance, parameters: Parameters, theta: Floats, found: Evaluation
) -> SecondDerivatives | None:
    """All second derivatives at theta, where the deviance was `found`, at its variance.

    None where there are factors beyond the inner one.
    """
    if not isinstance(deviance.outer, NoOuter):
        return None
    factors = parameters.factors(theta)
    p, k = deviance.products.n_fixed, len(theta)
    T = deviance.inner.crossed(found.state.P)
    q, width = len(T), T.shape[-1]
    ways = _ways(parameters, k)
    # d Psi / d theta (k, q * q) and d S / d theta (k, w, w).
    half = ways @ factors[0].T
    changes = (half + half.transpose(0, 2, 1)).reshape(k, q * q)
    dS = -(changes @ T.reshape(q * q, -1)).reshape(k, width, width)
    contrast = np.append(-found.beta, 1.0)
    on_residuals = dS @ contrast
    rss_slopes = on_residuals @ contrast
    by_X = on_residuals[:, :p]
    turned = found.S_inverse @ dS[:, :p, :p]
    bend = changes @ _in_psi(deviance.inner, found) @ changes.T
    bend -= 2 / found.variance * (by_X @ found.S_inverse @ by_X.T)
    if deviance.is_reml:
        bend -= np.einsum("kab,lba->kl", turned, turned)
    bend += 2 * (found.slopes[0] @ ways).reshape(k, -1) @ ways.reshape(k, -1).T
    gradient = parameters.gradient(theta, found.slopes)
    return SecondDerivatives(found, bend, gradient, rss_slopes, -turned @ found.S_inverse)


def _ways(parameters: Parameters, k: int) -> Floats:
    """How the inner factor F changes with each theta, (k, q, q)."""
    unit = parameters.units[0]
    ways = np.zeros((k, *unit.shape))
    for place, (_, row, column) in enumerate(parameters.places):
        ways[place, :, column] = unit[:, row]
    return ways


def _in_psi(inner: Inner, found: Evaluation) -> Floats:
    """What V_i's change adds: Hessian (q * q, q * q) in Psi's elements, for symmetric changes."""
    P = found.state.P
    q = len(P)
    V = times(P, inner.A).reshape(q * q, -1)
    W = times(times(P, inner.weighted(found.Q)), flipped(P)).reshape(q * q, -1)
    # tr(dPsi V dPsi W) for all pairs of elements at once.
    both = 2 * V @ W.T - (V * inner.counts) @ V.T
    bend = both.reshape(q, q, q, q).transpose(3, 0, 1, 2).reshape(q * q, q * q)
    return np.asarray((bend + bend.T) / 2)
