"""What leaving out one group would change, at the cost of no refit."""

import numpy as np

from models.generalised.generalised_fit import GeneralisedFit
from models.generalised.penalised import group_products
from models.generalised.problem import FAMILIES, Sample, prepare
from models.generalised.report import back_of
from models.panel import Floats
from models.random_terms import RandomTerm


def influence(
    fit: GeneralisedFit,
    y: Floats,
    X: Floats,
    random: RandomTerm,
    *,
    trials: Floats | None = None,
    offset: Floats | None = None,
) -> Floats:
    """Change of beta (g, p) if group i were left out, by one Newton step at fixed variances.

    The step is -(I - I_i)^-1 s_i, with the group's score s_i of the marginal log-likelihood and its
    information I_i about beta given the variances. Data as they were given to the fit.

    Notes
    -----
    A first-order answer: it finds the groups that matter, and is close for all but the smallest
    studies; changes of the variances are left aside.

    References
    ----------
    Pregibon (1981), Annals of Statistics 9:705-724. Demidenko & Stukel (2005), Statistics in
    Medicine 24:893-909.
    """
    nodes = 1 if fit.method == "laplace" else int(fit.method.removeprefix("agq:"))
    sample = Sample(y, X, fit.names, random, trials, offset)
    problem = prepare(sample, FAMILIES[fit.family], nodes)
    objective, scales = problem.objective, problem.scales
    own = np.concatenate((fit.beta, fit.theta))
    if fit.dispersion is not None:
        own = np.append(own, np.log(fit.dispersion))
    back = back_of(scales, objective.shape)
    parameters = np.asarray(np.linalg.solve(back, own), dtype=np.float64)
    p = objective.shape.p
    _, factor, _ = objective.shape.split(parameters)
    # Scores are derivatives of minus the log-likelihood.
    scores = objective.by_group(parameters)[1][:, :p]
    information = np.empty((random.n_groups, p, p))
    for block, part in zip(objective.blocks, objective.parts(parameters), strict=True):
        taken = group_products(block, part.weight, factor, part.root)
        cube = block.X.reshape(*part.weight.shape, p).transpose(1, 2, 0)
        weighted = cube * part.weight.T[:, None, :]
        information[block.groups] = (
            weighted @ cube.transpose(0, 2, 1) - taken.transpose(0, 2, 1) @ taken
        )
    rest = information.sum(axis=0) - information
    steps = np.linalg.solve(rest, scores[:, :, None])[:, :, 0]
    return np.asarray(steps @ scales.back.T)
