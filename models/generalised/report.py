"""From the optimum on scaled columns to estimates in the variables' own units."""

import numpy as np

from models.generalised import triangular
from models.generalised.generalised_fit import GeneralisedFit, factor_of
from models.generalised.maximise import Maximum, is_singular
from models.generalised.objective import Objective, Shape
from models.generalised.optimise import positive_inverse
from models.generalised.problem import Problem, Sample
from models.generalised.scales import Scales
from models.panel import Floats
from models.random_terms import RandomCovariance, RandomTerm

FEW_GROUPS = 30
"""Below this many groups intervals from the normal distribution are too narrow."""
_NOT_CURVED = 1e-7
_NEGLIGIBLE = 1e-5


def report(problem: Problem, maximum: Maximum, sample: Sample, nodes: int) -> GeneralisedFit:
    """Everything a reader asks of the optimum."""
    objective, random, found = problem.objective, sample.random, maximum.optimum
    shape = objective.shape
    parameters, signs = _signed(found.parameters, shape)
    hessian = maximum.hessian * np.outer(signs, signs)
    _, _, size = shape.split(parameters)
    singular = is_singular(parameters, shape)
    if singular:
        # What is 0 but for the search's last digits is 0.
        tail = parameters[shape.p : shape.p + len(shape.places)]
        parameters = parameters.copy()
        parameters[shape.p : shape.p + len(shape.places)] = np.where(
            np.abs(tail) < _NEGLIGIBLE, 0.0, tail
        )
    back = back_of(problem.scales, shape)
    own = back @ parameters
    covariance = back @ positive_inverse(hessian, _NOT_CURVED) @ back.T
    forth = np.linalg.inv(back)
    theta = own[shape.p : shape.p + len(shape.places)]
    L = factor_of(theta, shape.q, is_correlated=shape.is_correlated)
    modes, spreads = _modes(objective, parameters, L)
    return GeneralisedFit(
        family=objective.family.name,
        link=objective.family.link,
        method="laplace" if nodes == 1 else f"agq:{nodes}",
        names=sample.names,
        beta=own[: shape.p],
        cov_beta=covariance[: shape.p, : shape.p],
        random=(RandomCovariance(random.group, random.names, L @ L.T, random.is_correlated),),
        dispersion=size if shape.has_size else None,
        log_likelihood=-found.value,
        n_rows=len(sample.y),
        n_groups=((random.group, random.n_groups),),
        is_singular=singular,
        optimisers=maximum.optimisers,
        gradient_norm=float(np.sqrt(max(found.decrement, 0.0))),
        modes=modes,
        mode_covariances=spreads,
        theta=theta,
        theta_names=tuple(_name(random.names, *place) for place in shape.places),
        hessian=forth.T @ hessian @ forth,
        cov_parameters=covariance,
        warnings=_warnings(random, is_singular=singular),
    )


def _signed(parameters: Floats, shape: Shape) -> tuple[Floats, Floats]:
    """Columns of the factor turned so that its diagonal is at least 0, and the signs used."""
    _, factor, _ = shape.split(parameters)
    turn = np.where(np.diag(factor) < 0, -1.0, 1.0)
    signs = np.ones(shape.n_parameters)
    for k, (_, column) in enumerate(shape.places):
        signs[shape.p + k] = turn[column]
    return parameters * signs, signs


def back_of(scales: Scales, shape: Shape) -> Floats:
    """Parameters on scaled columns to parameters in own units; linear."""
    back = np.eye(shape.n_parameters)
    back[: shape.p, : shape.p] = scales.back
    for k, (row, _) in enumerate(shape.places):
        back[shape.p + k, shape.p + k] = 1 / scales.z[row]
    return back


def _modes(objective: Objective, parameters: Floats, L: Floats) -> tuple[Floats, Floats]:
    q = len(L)
    n_groups = sum(len(block.groups) for block in objective.blocks)
    modes, spreads = np.empty((n_groups, q)), np.empty((n_groups, q, q))
    for block, part in zip(objective.blocks, objective.parts(parameters), strict=True):
        modes[block.groups] = (L @ part.modes).T
        half = triangular.multiply(L, triangular.transpose(triangular.inverse_factor(part.root)))
        whole = triangular.multiply(half, triangular.transpose(half))
        spreads[block.groups] = np.moveaxis(whole, 2, 0)
    return modes, spreads


def _name(names: tuple[str, ...], a: int, b: int) -> str:
    return names[a] if a == b else f"{names[a]}.{names[b]}"


def _warnings(random: RandomTerm, *, is_singular: bool) -> tuple[str, ...]:
    out = []
    if is_singular:
        out.append(
            f"The fit is singular: a variance of {random.group} is estimated as 0, or effects as "
            "fully correlated. A simpler random part describes the data as well."
        )
    if random.n_groups < FEW_GROUPS:
        out.append(
            f"Only {random.n_groups} groups of {random.group}: intervals from the normal "
            f"distribution are too narrow below {FEW_GROUPS}."
        )
    return tuple(out)
