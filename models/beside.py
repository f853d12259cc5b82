"""A measure beside which many exposures are looked at: sessions, or an earlier score.

Its own parts within and between participants are worked out once, whatever the number of exposures.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.panel import Codes, Floats, dense, person_means

_NOTHING = 1e-9
"""Product of two standard deviations below which one of the two does not vary."""


@dataclass(frozen=True, eq=False)
class Beside:
    """A measure on the k rows where it is known, of n.

    `known` (n,) marks these rows; `codes` (k,) is their participant without gaps; `within` and
    `between` (k,) are the measure's parts about their means.
    """

    known: NDArray[np.bool_]
    codes: Codes
    within: Floats
    between: Floats

    @property
    def df(self) -> int:
        """Of a correlation within participants: known rows less participants less 1, at least 0."""
        return max(len(self.codes) - int(self.codes.max()) - 2, 0)

    def within_link(self, values: Floats) -> float:
        """Correlation of the within-person parts with values (n,) over the rows that are known.

        0.0 where one of the two does not vary.
        """
        mine = values[self.known]
        return _correlation(mine - person_means(mine, self.codes), self.within)

    def between_link(self, values: Floats) -> float:
        """The same of the parts between participants; `values` (n,) is such a part already."""
        return _correlation(values[self.known], self.between)


def beside(other: Floats | None, codes: Codes) -> Beside | None:
    """A measure (n,), NaN where unknown, of participants 0, 1, 2, ... (n,); None with few rows."""
    if other is None:
        return None
    known = np.isfinite(other)
    if known.sum() < 3:
        return None
    kept, values = dense(codes[known]), other[known]
    means = person_means(values, kept)
    within = values - means
    return Beside(known, kept, within - within.mean(), means - means.mean())


def _correlation(x: Floats, centred: Floats) -> float:
    """Pearson's correlation of x with what has mean 0 already."""
    own = x - x.mean()
    spread = float(np.sqrt((own @ own) * (centred @ centred)))
    return float(own @ centred) / spread if spread >= _NOTHING * len(x) else 0.0
