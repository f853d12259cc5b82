"""Normal likelihood of item covariances, on one level or within and between participants.

Rows enter through sums only: those within participants, and, per number of rows that a participant
has, the sums and products of participants' means. The gradient in the covariances is exact.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import linalg

from models.panel import Codes, Floats


class Likelihood(Protocol):
    """What a structure of covariances is fitted to."""

    @property
    def n_rows(self) -> int:
        """Rows behind it."""
        ...

    def deviance(self, covariances: list[Floats]) -> tuple[float, list[Floats]]:
        """-2 log-likelihood and its derivatives in each covariance; inf outside its domain."""
        ...


@dataclass(frozen=True, eq=False)
class OneLevel:
    """Independent rows: covariance `S` (k, k) with divisor n."""

    S: Floats
    n_rows: int

    def deviance(self, covariances: list[Floats]) -> tuple[float, list[Floats]]:
        """-2 log-likelihood of the rows, means estimated."""
        value, gradient = _term(covariances[0], self.n_rows, self.n_rows * self.S)
        return value, [gradient]


@dataclass(frozen=True, eq=False)
class _Size:
    """Participants with the same number of rows: how many, and sums of their means."""

    n_rows: int
    n_participants: int
    sums: Floats
    products: Floats


@dataclass(frozen=True, eq=False)
class TwoLevel:
    """Rows in participants; covariances are (within, between)."""

    within: Floats
    n_within: int
    sizes: tuple[_Size, ...]

    @classmethod
    def of(cls, values: Floats, participants: Codes) -> "TwoLevel":
        """Sums of complete rows (n, k) with the participant of each as 0, 1, 2, ..."""
        counts = np.bincount(participants)
        means = np.zeros((len(counts), values.shape[1]))
        np.add.at(means, participants, values)
        means /= counts[:, None]
        residuals = values - means[participants]
        sizes = []
        for size in np.unique(counts):
            own = means[counts == size]
            sizes.append(_Size(int(size), len(own), own.sum(axis=0), own.T @ own))
        n_within = len(values) - len(counts)
        return cls(residuals.T @ residuals, n_within, tuple(sizes))

    @property
    def n_participants(self) -> int:
        """All participants, those with one row included."""
        return sum(size.n_participants for size in self.sizes)

    @property
    def n_rows(self) -> int:
        """All complete rows."""
        return self.n_within + self.n_participants

    def anova(self) -> tuple[Floats, Floats]:
        """Moment estimates (within, between); the between one may be indefinite."""
        within = self.within / self.n_within
        n_rows = np.array([size.n_rows for size in self.sizes], dtype=float)
        people = np.array([size.n_participants for size in self.sizes], dtype=float)
        total = float(n_rows @ people)
        grand = sum(size.n_rows * size.sums for size in self.sizes) / total
        squares = sum(size.n_rows * size.products for size in self.sizes) - total * np.outer(
            grand, grand
        )
        usual = (total - float(n_rows**2 @ people) / total) / (self.n_participants - 1)
        return within, (squares / (self.n_participants - 1) - within) / usual

    def deviance(self, covariances: list[Floats]) -> tuple[float, list[Floats]]:
        """-2 log-likelihood of all rows at the best means, given both covariances."""
        within, between = covariances
        value, in_within = _term(within, self.n_within, self.within)
        if not np.isfinite(value):
            return value, [np.zeros_like(within), np.zeros_like(between)]
        mean = self._mean(within, between)
        if mean is None:
            return np.inf, [np.zeros_like(within), np.zeros_like(between)]
        in_between = np.zeros_like(between)
        for size in self.sizes:
            cross = np.outer(size.sums, mean)
            scatter = size.products - cross - cross.T + size.n_participants * np.outer(mean, mean)
            part, slope = _term(
                within + size.n_rows * between, size.n_participants, size.n_rows * scatter
            )
            value += part
            in_within = in_within + slope
            in_between = in_between + size.n_rows * slope
        return value, [in_within, in_between]

    def _mean(self, within: Floats, between: Floats) -> Floats | None:
        weight = np.zeros_like(within)
        weighted = np.zeros(len(within))
        for size in self.sizes:
            inverse = _inverse(within + size.n_rows * between)
            if inverse is None:
                return None
            weight += size.n_rows * size.n_participants * inverse
            weighted += size.n_rows * inverse @ size.sums
        return np.asarray(np.linalg.solve(weight, weighted))


def _term(covariance: Floats, n: int, products: Floats) -> tuple[float, Floats]:
    """n log|covariance| + trace(inverse products), less constants, and its derivative."""
    inverse = _inverse(covariance)
    if inverse is None:
        return np.inf, np.zeros_like(covariance)
    log_det = float(np.linalg.slogdet(covariance)[1])
    value = n * log_det + float(np.sum(inverse * products))
    return value, n * inverse - inverse @ products @ inverse


def _inverse(covariance: Floats) -> Floats | None:
    try:
        factor = linalg.cho_factor(covariance, lower=True)
    except np.linalg.LinAlgError:
        return None
    return np.asarray(linalg.cho_solve(factor, np.eye(len(covariance))))
