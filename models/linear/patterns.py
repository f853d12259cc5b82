"""Groups with the same Z'Z share one small matrix: sums per pattern instead of per group.

With Z = (1, week) a participant's Z'Z depends only on which weeks were seen: a million participants
over twelve weeks fall into about a thousand patterns, and one evaluation of the likelihood costs
the patterns, neither participants nor rows. The sums are exact.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.panel import Codes, Floats

_MOST_SUMS = 50_000_000  # 400 MB


class Inner(Protocol):
    """Sums over inner groups, at the grain of K patterns (or of groups, where none are alike)."""

    @property
    def A(self) -> Floats:  # noqa: N802 -- a matrix
        """One Z'Z per pattern (q, q, K)."""

    @property
    def counts(self) -> Floats:
        """Groups per pattern (K,)."""

    def projected(self, M: Floats) -> Floats:
        """Sum of B_i' M_i B_i over groups (w, w), M (q, q, K) per pattern."""

    def weighted(self, Q: Floats) -> Floats:
        """Sum of B_i Q B_i' over the groups of each pattern (q, q, K), Q (w, w)."""

    def crossed(self, P: Floats) -> Floats:
        """Sum of U_i[a]'U_i[b] over groups (q, q, w, w), U_i = P_i B_i, P (q, q, K)."""


@dataclass(frozen=True, eq=False)
class Collapsed:
    """Patterns with their sums of outer products, `outer` (q * q * K, w * w): B_i[a]'B_i[b]."""

    A: Floats
    counts: Floats
    outer: Floats

    def projected(self, M: Floats) -> Floats:
        """See `Inner`."""
        width = int(np.sqrt(self.outer.shape[1]))
        return np.asarray((M.ravel() @ self.outer).reshape(width, width))

    def weighted(self, Q: Floats) -> Floats:
        """See `Inner`."""
        return np.asarray((self.outer @ Q.ravel()).reshape(self.A.shape))

    def crossed(self, P: Floats) -> Floats:
        """See `Inner`."""
        q, width = len(P), int(np.sqrt(self.outer.shape[1]))
        pairs = np.einsum("ack,bdk->abcdk", P, P).reshape(q * q, -1)
        return np.asarray((pairs @ self.outer).reshape(q, q, width, width))


@dataclass(frozen=True, eq=False)
class PerGroup:
    """Groups one by one, `B` (q, G, w)."""

    A: Floats
    counts: Floats
    B: Floats

    def projected(self, M: Floats) -> Floats:
        """See `Inner`."""
        width = self.B.shape[2]
        shrunk = np.einsum("abg,bgw->agw", M, self.B)
        return np.asarray(self.B.reshape(-1, width).T @ shrunk.reshape(-1, width))

    def weighted(self, Q: Floats) -> Floats:
        """See `Inner`."""
        weighted = np.empty_like(self.A)
        for a, B_a in enumerate(self.B):
            left = B_a @ Q
            for b in range(a + 1):
                weighted[a, b] = weighted[b, a] = np.einsum("gw,gw->g", left, self.B[b])
        return weighted

    def crossed(self, P: Floats) -> Floats:
        """See `Inner`."""
        q, width = len(P), self.B.shape[2]
        U = np.einsum("abg,bgw->agw", P, self.B)
        crossed = np.empty((q, q, width, width))
        for a in range(q):
            for b in range(a + 1):
                crossed[a, b] = U[a].T @ U[b]
                crossed[b, a] = crossed[a, b].T
        return crossed


def patterns(A: Floats) -> tuple[Codes, Codes]:
    """First group of each pattern of identical A (G, q, q), and each group's pattern."""
    rows, columns = np.tril_indices(A.shape[1])
    entries = np.ascontiguousarray(A[:, rows, columns]) + 0.0  # no -0.0, whose bits differ
    bits = entries.view(np.uint64)
    key = np.zeros(len(A), dtype=np.uint64)
    for column in bits.T:
        key = (key ^ (key >> np.uint64(29)) ^ column) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(32)
    _, first, pattern = np.unique(key, return_index=True, return_inverse=True)
    if not np.array_equal(entries[first][pattern], entries):  # two patterns with one key
        _, first, pattern = np.unique(entries, axis=0, return_index=True, return_inverse=True)
    return np.asarray(first, dtype=np.int64), np.asarray(pattern, dtype=np.int64)


def places_among(known: Floats, others: Floats) -> Codes:
    """Which of the different matrices `known` (K, q, q) each of `others` (n, q, q) is."""
    _, pattern = patterns(np.concatenate((known, others)))
    return np.asarray(np.argsort(pattern[: len(known)])[pattern[len(known) :]], dtype=np.int64)


def symmetric(entries: Floats, size: int) -> Floats:
    """Matrices (n, size, size) from their lower triangles by rows, (n, size * (size + 1) / 2)."""
    made = np.empty((len(entries), size, size))
    rows, columns = np.tril_indices(size)
    made[:, rows, columns] = entries
    made[:, columns, rows] = entries
    return made


def pays_off(n_patterns: int, q: int, n_groups: int, width: int) -> bool:
    """Whether sums per pattern are fewer than groups, and can be held."""
    n_sums = n_patterns * q * q
    return n_sums < n_groups and n_sums * width * width <= _MOST_SUMS


def collapse(A: Floats, B: Floats, first: Codes, pattern: Codes) -> Collapsed | PerGroup:
    """Sums per pattern where that pays, else per group, from A (G, q, q) and B (G, q, w)."""
    n_groups, q, width = B.shape
    if not pays_off(len(first), q, n_groups, width):
        everyone = np.ones(n_groups)
        by_effect = np.ascontiguousarray(B.transpose(1, 0, 2))
        return PerGroup(np.ascontiguousarray(A.transpose(1, 2, 0)), everyone, by_effect)
    counts = np.bincount(pattern)
    ends = np.cumsum(counts)
    small = pattern.astype(np.uint16) if len(first) < 1 << 16 else pattern  # sorts by radix
    by_pattern = B[np.argsort(small, kind="stable")].reshape(n_groups, q * width)
    sums = np.empty((len(first), q * width, q * width))
    for k, (start, end) in enumerate(zip(ends - counts, ends, strict=True)):
        own = by_pattern[start:end]
        np.matmul(own.T, own, out=sums[k])
    apart = sums.reshape(-1, q, width, q, width).transpose(1, 3, 0, 2, 4)
    shared = np.ascontiguousarray(A[first].transpose(1, 2, 0))
    outer = np.ascontiguousarray(apart).reshape(q * q * len(first), width * width)
    return Collapsed(shared, counts.astype(np.float64), outer)
