"""What a planned study of any kind must offer, so that its power can be simulated."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from models.panel import Codes, Floats

StudyEstimates = tuple[Floats, Floats, Floats]
"""Of one simulated study: estimates, standard errors and degrees of freedom, (p,) each."""


class Plan(Protocol):
    """A planned study with the model that will answer its question."""

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the effects, as they are given and reported."""
        ...

    @property
    def moves_along(self) -> bool:
        """Whether adding an effect to the truth adds it to the estimates and changes nothing else.

        True of linear models: then 1 - coverage is the type I error of a null effect.
        """
        ...

    def study(self, effects: Floats, n: int, rng: np.random.Generator) -> StudyEstimates:
        """Draw a study of n participants with these effects (p,), and fit its model.

        Raises
        ------
        NoNumberError
            If the drawn study cannot be fitted.
        """
        ...


def effects_of(plan: Plan, given: Mapping[str, float]) -> Floats:
    """Effects (p,) in the order of the plan's terms, 0 where none is given.

    Raises
    ------
    ValueError
        If a name is not a term of this plan.
    """
    unknown = sorted(set(given) - set(plan.terms))
    if unknown:
        raise ValueError(
            f"{', '.join(unknown)} is no term of this design; it has {', '.join(plan.terms)}."
        )
    return np.array([float(given.get(term, 0.0)) for term in plan.terms])


def check_arms(arms: Sequence[float]) -> None:
    """Raise ValueError unless the arms' shares are above 0 and add up to 1."""
    if not arms or min(arms) <= 0 or abs(sum(arms) - 1) > 1e-6:
        raise ValueError("arms must be shares above 0 that add up to 1, such as (0.5, 0.5).")


def allocation(arms: Sequence[float], n: int, rng: np.random.Generator) -> Codes:
    """Arm of each participant (n,), in random order, with shares as exact as n allows."""
    ends = np.round(np.cumsum(arms) * n).astype(int)
    return rng.permutation(np.searchsorted(ends, np.arange(n), side="right")).astype(np.int64)
