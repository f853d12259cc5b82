"""Small matrices by the thousand: (q, q, g) arrays, one matrix per group in the last axis.

For q of 1 to 3 loops over elements with vectors of groups are many times faster than LAPACK calls
per group.
"""

import numpy as np

from models.panel import Floats

_LEAST_PIVOT = 1e-2


def cholesky(H: Floats) -> Floats:
    """Lower C with C C' = H; H (q, q, g) is an identity plus a matrix without negative eigenvalues.

    Its pivots are therefore 1 or more; where they come out as much less, far off any maximum, that
    is rounding (or the one density that is not quite log-concave): they count as `_LEAST_PIVOT`.
    """
    q = len(H)
    C = np.zeros_like(H)
    for j in range(q):
        pivot = H[j, j].copy()
        for k in range(j):
            pivot -= C[j, k] ** 2
        C[j, j] = np.sqrt(np.maximum(pivot, _LEAST_PIVOT))
        for i in range(j + 1, q):
            rest = H[i, j].copy()
            for k in range(j):
                rest -= C[i, k] * C[j, k]
            C[i, j] = rest / C[j, j]
    return C


def solve_lower(C: Floats, v: Floats) -> Floats:
    """x with C x = v; v (q, g)."""
    x = np.empty_like(v)
    for i in range(len(v)):
        rest = v[i]
        for k in range(i):
            rest = rest - C[i, k] * x[k]
        x[i] = rest / C[i, i]
    return x


def solve_upper(C: Floats, v: Floats) -> Floats:
    """x with C' x = v; v (q, g)."""
    q = len(v)
    x = np.empty_like(v)
    for i in reversed(range(q)):
        rest = v[i]
        for k in range(i + 1, q):
            rest = rest - C[k, i] * x[k]
        x[i] = rest / C[i, i]
    return x


def solve(C: Floats, v: Floats) -> Floats:
    """x with C C' x = v; v (q, g)."""
    if len(v) == 1:
        return np.asarray(v / (C[0] * C[0]))
    return solve_upper(C, solve_lower(C, v))


def inverse_factor(C: Floats) -> Floats:
    """Inverse of the lower C, also lower."""
    q = len(C)
    inverse = np.zeros_like(C)
    for j in range(q):
        unit = np.zeros((q, C.shape[2]))
        unit[j] = 1
        inverse[:, j] = solve_lower(C, unit)
    return inverse


def multiply(A: Floats, B: Floats) -> Floats:
    """A B for every group; either may also be one matrix (q, q)."""
    q = len(A)
    if q == 1:
        left, right = A.reshape(1, 1, -1), B.reshape(1, 1, -1)
        return np.asarray(left * right)
    if A.ndim < B.ndim:
        return np.asarray((A @ B.reshape(q, -1)).reshape(B.shape))
    if B.ndim < A.ndim:
        return np.asarray(np.einsum("acg,cb->abg", A, B))
    return np.asarray(np.einsum("acg,cbg->abg", A, B))


def transpose(A: Floats) -> Floats:
    """A' for every group."""
    return A if len(A) == 1 else A.swapaxes(0, 1)


def congruence(A: Floats, M: Floats) -> Floats:
    """A M A' for one A (q, q) and every M (q, q, g)."""
    q = len(A)
    if q == 1:
        return np.asarray(A[0, 0] ** 2 * M)
    both = (A[:, None, :, None] * A[None, :, None, :]).reshape(q * q, q * q)
    return np.asarray((both @ M.reshape(q * q, -1)).reshape(M.shape))
