"""The restricted likelihood of a mixed model, evaluated apart from the engine that maximises it.

The engine says where it stopped. Whether that is a maximum is asked here, from cross-products per
participant that stay exact where a variance is 0 and the engine's own formulas are not.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import minimize

from models.panel import Codes, Floats

_STEP = 1e-4


@dataclass(frozen=True)
class Profile:
    """What the likelihood gives at fixed relative covariance: all else is profiled out."""

    log_likelihood: float
    beta: Floats
    residual_variance: float
    cov_beta: Floats


@dataclass(frozen=True, eq=False)
class RemlCriterion:
    """REML of `y = X b + Z u + e`, with u ~ N(0, s2 L L') per participant and L lower-triangular.

    `theta` holds L's lower triangle by rows. It is not bounded: a change of sign leaves LL' as it
    is, so a variance of 0 is an ordinary point.

    References
    ----------
    Bates et al. (2015), J Stat Softw 67(1), section 3. doi:10.18637/jss.v067.i01
    """

    y: Floats
    X: Floats
    Z: Floats
    codes: Codes

    def at(self, theta: Floats) -> Profile:
        """Log-likelihood, estimates and their covariance at one relative covariance factor."""
        n, p = self.X.shape
        A, B, C = self._products
        L = self._factor(theta)
        K = np.eye(L.shape[0]) + L.T @ A @ L
        LB = L.T @ B
        width = LB.shape[2]
        S = C - LB.reshape(-1, width).T @ np.linalg.solve(K, LB).reshape(-1, width)
        beta = np.asarray(np.linalg.solve(S[:p, :p], S[:p, p]), dtype=np.float64)
        s2 = float(S[p, p] - S[:p, p] @ beta) / (n - p)
        log_dets = float(np.linalg.slogdet(K)[1].sum() + np.linalg.slogdet(S[:p, :p])[1])
        deviance = log_dets + (n - p) * (np.log(2 * np.pi * s2) + 1)
        return Profile(-deviance / 2, beta, s2, s2 * np.linalg.inv(S[:p, :p]))

    def gradient(self, theta: Floats) -> Floats:
        """Slope of the log-likelihood in theta, by central differences."""
        steps = _STEP * np.eye(len(theta))
        return np.array([self._rise(theta, step) / (2 * _STEP) for step in steps])

    def maximum(self, start: Floats) -> tuple[Floats, bool]:
        """Theta where a climb (BFGS) from `start` ended, and whether it reports convergence."""
        climb = minimize(
            lambda theta: -self.at(theta).log_likelihood,
            start,
            jac=lambda theta: -self.gradient(theta),
            method="BFGS",
            options={"gtol": 1e-3},
        )
        return np.asarray(climb.x), bool(climb.success)

    def curvature(self, theta: Floats) -> Floats:
        """Matrix of second derivatives of the log-likelihood in theta."""
        wide = 10 * _STEP
        steps = wide * np.eye(len(theta))
        rows = [
            (self.gradient(theta + step) - self.gradient(theta - step)) / (2 * wide)
            for step in steps
        ]
        return np.asarray((np.array(rows) + np.array(rows).T) / 2)

    @cached_property
    def _products(self) -> tuple[Floats, Floats, Floats]:
        """Z'Z and Z'[X y] per participant, and [X y]'[X y] over all rows."""
        n_groups, q = int(self.codes.max()) + 1, self.Z.shape[1]
        both = np.column_stack((self.X, self.y))
        A = np.zeros((n_groups, q, q))
        B = np.zeros((n_groups, q, both.shape[1]))
        np.add.at(A, self.codes, self.Z[:, :, None] * self.Z[:, None, :])
        np.add.at(B, self.codes, self.Z[:, :, None] * both[:, None, :])
        return A, B, both.T @ both

    def _factor(self, theta: Floats) -> Floats:
        q = self.Z.shape[1]
        L = np.zeros((q, q))
        L[np.tril_indices(q)] = theta
        return L

    def _rise(self, theta: Floats, step: Floats) -> float:
        above, below = self.at(theta + step), self.at(theta - step)
        return above.log_likelihood - below.log_likelihood


def factor(covariance: Floats) -> Floats:
    """Theta of a relative covariance matrix; eigenvalues below 0 (rounding) count as 0."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    upper = np.asarray(np.linalg.qr(root.T, mode="r"))
    return np.asarray(upper.T[np.tril_indices(len(covariance))])


def sphere(q: int, variance: float) -> Floats:
    """Theta of independent random effects with one relative variance."""
    return factor(variance * np.eye(q))


def covariance(theta: Floats) -> Floats:
    """The relative covariance matrix LL' of a theta."""
    q = int((np.sqrt(8 * len(theta) + 1) - 1) / 2)
    L = np.zeros((q, q))
    L[np.tril_indices(q)] = theta
    return np.asarray(L @ L.T)
