"""Random effects as the engines take them, and as they report them."""

from dataclasses import dataclass

from models.panel import Codes, Floats


@dataclass(frozen=True, eq=False)
class RandomTerm:
    """One bar of a formula, such as `(1 + week | participant)`.

    `values` is (n, q), one column per name; `codes` (n,) gives each row's group as 0, 1, 2, ...
    with no number unused. Uncorrelated effects (lme4's `||`) have a diagonal covariance.
    """

    group: str
    names: tuple[str, ...]
    values: Floats
    codes: Codes
    is_correlated: bool = True

    @property
    def n_groups(self) -> int:
        """Groups with at least one row."""
        return int(self.codes.max()) + 1


@dataclass(frozen=True, eq=False)
class RandomCovariance:
    """Estimated covariance (q, q) of one term's effects, in squared units of the outcome.

    For a generalised model the unit is that of the linear predictor.
    """

    group: str
    names: tuple[str, ...]
    covariance: Floats
    is_correlated: bool = True
