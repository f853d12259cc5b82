"""Generalised linear mixed models with one grouping factor, by maximum likelihood."""

from models.generalised.families import Family
from models.generalised.generalised_fit import GeneralisedFit
from models.generalised.maximise import maximise
from models.generalised.problem import FAMILIES, Sample, prepare
from models.generalised.report import report
from models.panel import Floats
from models.random_terms import RandomTerm


def fit_generalised(
    y: Floats,
    X: Floats,
    names: tuple[str, ...],
    random: RandomTerm,
    *,
    family: str = "binomial",
    trials: Floats | None = None,
    offset: Floats | None = None,
    nodes: int = 1,
    refuse_singular: bool = False,
) -> GeneralisedFit:
    """Fit by Laplace's approximation (nodes = 1) or adaptive Gauss-Hermite quadrature.

    Parameters
    ----------
    y, X, names
        Outcome (n,): successes, or counts; design (n, p) of full rank with its column names.
    random
        One grouping factor with q = 1 to 3 effects, correlated or not.
    family
        "binomial" (logit), "poisson" (log) or "negbinomial" (log; variance mu + mu^2 / size).
    trials
        Trials (n,) of each binomial row, such as sessions due; 1 where absent.
    offset
        Known part (n,) of the linear predictor, such as log exposure time.
    nodes
        Quadrature nodes per effect; 1 is Laplace.
    refuse_singular
        Give up where the effects turn out singular (a variance of 0), before the costly last steps.

    Raises
    ------
    NotEstimableError
        Separation (reason "separation"), no variation, exact collinearity, unusable outcomes; a
        singular fit that is refused (reason "singular").
    NotConvergedError
        If two optimisers from two starts do not agree, or the place found is no maximum.

    References
    ----------
    Bates et al. (2015), doi:10.18637/jss.v067.i01. Skaug & Fournier (2006), CSDA 51:699-709.
    """
    if family not in FAMILIES or nodes < 1:
        raise ValueError(f"family must be one of {', '.join(FAMILIES)}, and nodes at least 1")
    sample = Sample(y, X, names, random, trials, offset)
    return fit_family(sample, FAMILIES[family], nodes=nodes, refuse_singular=refuse_singular)


def fit_family(
    sample: Sample, family: Family, *, nodes: int = 1, refuse_singular: bool = False
) -> GeneralisedFit:
    """As `fit_generalised`, for any `Family`."""
    problem = prepare(sample, family, nodes)
    found = maximise(problem, refuse_singular=refuse_singular)
    return report(problem, found, sample, nodes)
