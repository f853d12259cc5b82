"""The marginal log-likelihood of all blocks as a function of one vector of parameters.

Parameters are, in this order: fixed effects (p), the free elements of the factor L (lower triangle
by rows, or the diagonal), and log size for the families that have one.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from models.generalised.blocks import Block
from models.generalised.contribution import Contribution, Nodes, contribute
from models.generalised.families import Family
from models.panel import Floats


@dataclass(frozen=True)
class Shape:
    """How the parameter vector is read."""

    p: int
    q: int
    is_correlated: bool
    has_size: bool

    @cached_property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Row and column in L of each free element."""
        if not self.is_correlated:
            return tuple((a, a) for a in range(self.q))
        return tuple((a, b) for a in range(self.q) for b in range(a + 1))

    @property
    def n_parameters(self) -> int:
        """Length of the parameter vector."""
        return self.p + len(self.places) + self.has_size

    def split(self, parameters: Floats) -> tuple[Floats, Floats, float]:
        """Fixed effects, factor L (q, q) and size (1 without)."""
        factor = np.zeros((self.q, self.q))
        for place, value in zip(self.places, parameters[self.p :], strict=False):
            factor[place] = value
        size = float(np.exp(parameters[-1])) if self.has_size else 1.0
        return parameters[: self.p], factor, size


@dataclass(eq=False)
class Objective:
    """-log-likelihood with all constants, and its gradient.

    Remembers each block's modes as the start of the next call: they move little between calls.
    """

    blocks: tuple[Block, ...]
    family: Family
    shape: Shape
    nodes: Nodes
    constant: float
    n_evaluations: int = 0
    modes: list[Floats] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.forget_modes()

    def forget_modes(self) -> None:
        """Start the modes at 0 again."""
        self.modes = [np.zeros((self.shape.q, len(block.groups))) for block in self.blocks]

    def __call__(self, parameters: Floats) -> tuple[float, Floats]:
        """Value and gradient."""
        beta, factor, size = self.shape.split(parameters)
        self.n_evaluations += 1
        value, gradient = -self.constant, np.zeros(self.shape.n_parameters)
        for k, block in enumerate(self.blocks):
            part = self._part(k, block, beta, factor, size)
            self.modes[k] = part.modes
            value += part.value
            gradient[: self.shape.p] += part.by_row.ravel() @ block.X
            gradient[self.shape.p :] += self._tail(part).sum(axis=1)
        return value, gradient

    def by_group(self, parameters: Floats) -> tuple[float, Floats]:
        """Value, and each group's gradient (n_groups, n_parameters) by group number."""
        beta, factor, size = self.shape.split(parameters)
        out = np.empty((sum(len(b.groups) for b in self.blocks), self.shape.n_parameters))
        value = -self.constant
        for k, block in enumerate(self.blocks):
            part = self._part(k, block, beta, factor, size)
            self.modes[k] = part.modes
            value += part.value
            X = block.X.reshape(*part.by_row.shape, -1)
            out[block.groups, : self.shape.p] = np.einsum("tg,tgp->gp", part.by_row, X)
            out[block.groups, self.shape.p :] = self._tail(part).T
        return value, out

    def parts(self, parameters: Floats) -> list[Contribution]:
        """Every block's contribution."""
        beta, factor, size = self.shape.split(parameters)
        out = [self._part(k, b, beta, factor, size) for k, b in enumerate(self.blocks)]
        self.modes = [part.modes for part in out]
        return out

    def _part(
        self, k: int, block: Block, beta: Floats, factor: Floats, size: float
    ) -> Contribution:
        eta = predictor(block, beta)
        return contribute(
            block, eta, factor, self.family, size, nodes=self.nodes, start=self.modes[k]
        )

    def _tail(self, part: Contribution) -> Floats:
        """Derivatives in the factor's free elements and log size, (., g)."""
        rows = [part.by_factor[place] for place in self.shape.places]
        if part.by_size is not None:
            rows.append(part.by_size)
        return np.array(rows)


def predictor(block: Block, beta: Floats) -> Floats:
    """Offset + X beta of a block, (t, g)."""
    eta = (block.X @ beta).reshape(block.rows.y.shape)
    return eta if block.offset is None else eta + block.offset
