"""What one block of groups adds to the objective: the marginal -log-likelihood and its gradient.

For group i, with spherical effects u, predictor eta + Z L u, h(u) = -log f(y | u) + u'u / 2, mode û
and H = h''(û) = I + L' Z'WZ L = C C', the adaptive Gauss-Hermite approximation is

    -log f(y) = log |C| - log sum_k v_k exp(-h(û + C^-T x_k) + x_k'x_k / 2),

Laplace's being that with the one node x = 0. The gradient is exact for this approximation: it is
carried back through the nodes, the Cholesky factor, H and the implicit definition of û.

References
----------
Pinheiro & Bates (1995), JCGS 4:12-35. Skaug & Fournier (2006), CSDA 51:699-709.
"""

from dataclasses import dataclass

import numpy as np

from models.generalised import triangular
from models.generalised.blocks import Block
from models.generalised.families import Derivatives, Family
from models.generalised.modes import crossed, find_modes, plus_identity, rows_of, spread, sums_of
from models.panel import Floats

Nodes = tuple[Floats, Floats]


@dataclass(frozen=True, eq=False)
class Contribution:
    """Objective and gradient of one block.

    `by_row` (t, g) is the derivative in each row's predictor, `by_factor` (q, q, g) in L,
    `by_size` (g,) in log size (None without); sum or multiply as needed. `root` is the Cholesky
    factor C of H, `weight` (t, g) the rows' information at the modes.
    """

    value: float
    modes: Floats
    root: Floats
    weight: Floats
    by_row: Floats
    by_factor: Floats
    by_size: Floats | None


@dataclass(frozen=True, eq=False)
class _Nodal:
    """Posterior-weighted sums over the nodes (Laplace: the mode alone)."""

    value: Floats
    by_row: Floats
    by_factor: Floats
    by_mode: Floats | None
    by_root: Floats | None
    by_size: Floats | None


def contribute(
    block: Block,
    eta: Floats,
    factor: Floats,
    family: Family,
    size: float,
    *,
    nodes: Nodes,
    start: Floats,
) -> Contribution:
    """Objective (constants left out) and gradient of a block at `eta` = offset + X beta (t, g)."""
    u = find_modes(block, eta, factor, family, size, start)
    at = family.derive(rows_of(block.Z, factor @ u) + eta, block.rows, size)
    score = sums_of(block.Z, at.score)
    S = crossed(block.products, at.weight)
    C = triangular.cholesky(plus_identity(triangular.congruence(factor.T, S)))
    if len(nodes[1]) == 1:
        nodal = _at_the_mode(at, u, score)
    else:
        nodal = _over_nodes(block, eta, factor, family, size, nodes, u, C)
    log_diagonal = np.log(np.diagonal(C)).sum()
    value = float(nodal.value.sum() + log_diagonal)
    # Back through log |C| and the nodes to H.
    inverse = triangular.inverse_factor(C)
    by_H = 0.5 * triangular.multiply(triangular.transpose(inverse), inverse)
    if nodal.by_root is not None:
        by_H += _through_cholesky(C, inverse, nodal.by_root)
    # H moves with the rows' weights; these with the predictor (and the size).
    by_weight = spread(block.products, triangular.congruence(factor, by_H))
    by_row = by_weight * at.slope
    from_slope = sums_of(block.Z, by_row)
    by_mode = factor.T @ from_slope
    if nodal.by_mode is not None:
        by_mode += nodal.by_mode
    # The mode moves with everything.
    adjoint = triangular.solve(C, by_mode)
    shift = factor @ adjoint
    along = rows_of(block.Z, shift)
    by_row -= along * at.weight
    from_slope -= _times(S, shift)
    by_row += nodal.by_row
    by_factor = nodal.by_factor + score[:, None] * adjoint[None, :]
    by_factor += from_slope[:, None] * u[None, :]
    by_factor += 2 * triangular.multiply(S, triangular.multiply(factor, by_H))
    return Contribution(
        value, u, C, at.weight, by_row, by_factor, _by_size(at, nodal, by_weight, along)
    )


def _times(S: Floats, v: Floats) -> Floats:
    """S v for every group."""
    return np.asarray(S[0] * v if len(v) == 1 else np.einsum("abg,bg->ag", S, v))


def _by_size(at: Derivatives, nodal: _Nodal, by_weight: Floats, along: Floats) -> Floats | None:
    if at.score_size is None or at.weight_size is None or nodal.by_size is None:
        return None
    moved: Floats = (by_weight * at.weight_size + along * at.score_size).sum(axis=0)
    return nodal.by_size + moved


def _at_the_mode(at: Derivatives, u: Floats, score: Floats) -> _Nodal:
    by_size = None if at.density_size is None else -at.density_size.sum(axis=0)
    value = 0.5 * (u * u).sum(axis=0) - at.log_density.sum(axis=0)
    by_factor = -score[:, None] * u[None, :]
    return _Nodal(value, -at.score, by_factor, None, None, by_size)


def _over_nodes(
    block: Block,
    eta: Floats,
    factor: Floats,
    family: Family,
    size: float,
    nodes: Nodes,
    mode: Floats,
    C: Floats,
) -> _Nodal:
    places, shares = nodes
    points, scores, heights, row_scores, by_sizes = [], [], [], [], []
    for place, share in zip(places, shares, strict=True):
        u = mode + triangular.solve_upper(C, np.repeat(place[:, None], mode.shape[1], axis=1))
        log_density, row_score, by_size = family.density(
            rows_of(block.Z, factor @ u) + eta, block.rows, size
        )
        height = log_density.sum(axis=0) - 0.5 * (u * u).sum(axis=0)
        heights.append(height + (0.5 * place @ place + np.log(share)))
        points.append(u)
        scores.append(sums_of(block.Z, row_score))
        row_scores.append(row_score)
        by_sizes.append(None if by_size is None else by_size.sum(axis=0))
    top = np.max(heights, axis=0)
    posterior = np.exp(np.array(heights) - top)
    total = posterior.sum(axis=0)
    posterior /= total
    by_row = np.zeros_like(eta)
    by_factor = np.zeros((len(mode), *mode.shape))
    by_mode = np.zeros_like(mode)
    by_point = np.zeros_like(by_factor)
    by_size_sum = np.zeros_like(total) if family.has_size else None
    for k, weight in enumerate(posterior):
        by_row -= weight * row_scores[k]
        by_factor -= (weight * scores[k])[:, None] * points[k][None, :]
        pull = weight * (points[k] - factor.T @ scores[k])
        by_mode += pull
        by_point += pull[:, None] * places[k][None, :, None]
        change = by_sizes[k]
        if by_size_sum is not None and change is not None:
            by_size_sum -= weight * change
    # u_k = mode + C^-T x_k, hence the derivative in C is -(C^-T x_k)(C^-T pull)' summed.
    inverse = triangular.inverse_factor(C)
    transposed = triangular.transpose(inverse)
    by_root = -triangular.multiply(
        transposed, triangular.multiply(triangular.transpose(by_point), transposed)
    )
    return _Nodal(-top - np.log(total), by_row, by_factor, by_mode, by_root, by_size_sum)


def _through_cholesky(C: Floats, inverse: Floats, by_root: Floats) -> Floats:
    """Derivative in H = C C' from that in C (its lower triangle counts).

    References
    ----------
    Smith (1995), JCGS 4:134-147, in the matrix form of Murray (2016), arXiv:1602.07527.
    """
    lower = np.tri(len(C))[:, :, None]
    P = triangular.multiply(triangular.transpose(C), lower * by_root) * lower
    for a in range(len(C)):
        P[a, a] *= 0.5
    P = 0.5 * (P + triangular.transpose(P))
    return triangular.multiply(triangular.multiply(triangular.transpose(inverse), P), inverse)
