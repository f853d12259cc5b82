"""Counts with structural zeros: whether anything happened, and how much where it did.

The two parts share no parameter, so that they are fitted one by one and their log-likelihoods add.
"""

from dataclasses import dataclass, replace

import numpy as np

from models.errors import NotEstimableError
from models.generalised.families import BINOMIAL
from models.generalised.fit import fit_family
from models.generalised.generalised_fit import GeneralisedFit
from models.generalised.problem import Sample, require_outcomes
from models.generalised.truncated import TRUNCATED_NEGBINOMIAL, TRUNCATED_POISSON
from models.panel import Codes, Floats
from models.random_terms import RandomTerm

_POSITIVE = {"poisson": TRUNCATED_POISSON, "negbinomial": TRUNCATED_NEGBINOMIAL}


@dataclass(frozen=True, eq=False)
class HurdleFit:
    """Both parts of a hurdle model.

    `any` is logistic: coefficients are log odds ratios of a count above 0. `positive` is a
    zero-truncated count model of the rows above 0: coefficients are log rate ratios of the count
    before truncation. `positive_groups` are the group numbers that `positive` numbers 0, 1, ....
    """

    any: GeneralisedFit
    positive: GeneralisedFit
    positive_groups: Codes
    n_zeros: int

    @property
    def log_likelihood(self) -> float:
        """Of the counts, both parts together."""
        return self.any.log_likelihood + self.positive.log_likelihood

    @property
    def n_parameters(self) -> int:
        """Free parameters of both parts."""
        return len(self.any.hessian) + len(self.positive.hessian)


def fit_hurdle(
    y: Floats,
    X: Floats,
    names: tuple[str, ...],
    random: RandomTerm,
    *,
    family: str = "poisson",
    offset: Floats | None = None,
    nodes: int = 1,
) -> HurdleFit:
    """Fit both parts with the same fixed and random terms.

    Parameters
    ----------
    y, X, names, random, nodes
        As in `models.generalised.fit.fit_generalised`.
    family
        "poisson" or "negbinomial", of the positive counts.
    offset
        Log exposure time (n,), for the positive part only.

    Raises
    ------
    NotEstimableError, NotConvergedError
        As `fit_generalised`; also where no count is 0, or none is above 1.

    References
    ----------
    Mullahy (1986), Journal of Econometrics 33:341-365.
    """
    require_outcomes(y, None, _POSITIVE[family])
    is_positive = y > 0
    if is_positive.all():
        raise NotEstimableError(
            "No count is 0, so there is no hurdle to model. Use a count model.",
            reason="no_zeros",
        )
    if y.max() <= 1:
        raise NotEstimableError(
            "No count is above 1, so only whether anything happened can be modelled. "
            "Use the binomial family.",
            reason="constant_outcome",
        )
    whether = Sample(is_positive.astype(np.float64), X, names, random)
    groups, codes = np.unique(random.codes[is_positive], return_inverse=True)
    kept = replace(random, values=random.values[is_positive], codes=codes)
    how_much = Sample(
        y[is_positive],
        X[is_positive],
        names,
        kept,
        offset=None if offset is None else offset[is_positive],
    )
    return HurdleFit(
        any=fit_family(whether, BINOMIAL, nodes=nodes),
        positive=fit_family(how_much, _POSITIVE[family], nodes=nodes),
        positive_groups=groups,
        n_zeros=int((~is_positive).sum()),
    )
