"""Gauss-Hermite nodes for expectations over standard normal effects."""

from functools import cache
from itertools import product

import numpy as np
from numpy.polynomial.hermite_e import hermegauss

from models.panel import Floats


@cache
def _one_dimension(nodes: int) -> tuple[Floats, Floats]:
    at, weights = hermegauss(nodes)
    return at, weights / weights.sum()


def normal_nodes(nodes: int, q: int = 1) -> tuple[Floats, Floats]:
    """Places (nodes ** q, q) and weights, summing to 1, of the product rule for q dimensions.

    Exact for polynomials of degree up to 2 * nodes - 1 in each.
    """
    at, weights = _one_dimension(nodes)
    places = np.array(list(product(at, repeat=q)))
    shares = np.array([np.prod(combination) for combination in product(weights, repeat=q)])
    return places, shares
