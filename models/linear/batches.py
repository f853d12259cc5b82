"""Many small symmetric matrices at once, the batch on the last axis: (q, q, n)."""

import numpy as np

from models.panel import Floats


def inverse_and_log_det(matrices: Floats) -> tuple[Floats, Floats]:
    """Inverses (q, q, n) and log determinants (n,) of positive definite matrices.

    Gauss-Jordan without pivoting, which is stable here; for q <= 3 far faster than LAPACK per
    matrix.
    """
    inverse = matrices.copy()
    log_det = np.zeros(matrices.shape[2])
    for k in range(len(matrices)):
        pivot = inverse[k, k].copy()
        log_det += np.log(pivot)
        row, column = inverse[k] / pivot, inverse[:, k].copy()
        inverse -= column[:, None] * row[None]
        inverse[k], inverse[:, k] = row, -column / pivot
        inverse[k, k] = 1 / pivot
    return inverse, log_det


def times(left: Floats, right: Floats) -> Floats:
    """Matrix products of two batches, (a, b, n) and (b, c, n); either may be one matrix (., .)."""
    if left.ndim == 2:
        product = left @ right.reshape(len(right), -1)
        return np.asarray(product.reshape(len(left), *right.shape[1:]))
    if right.ndim == 2:
        return np.asarray(np.einsum("abn,bc->acn", left, right))
    return np.asarray(np.einsum("abn,bcn->acn", left, right))


def flipped(matrices: Floats) -> Floats:
    """Each matrix transposed."""
    return matrices.transpose(1, 0, 2)
