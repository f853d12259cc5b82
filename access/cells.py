"""Small groups are not disclosed: which numbers of a panel's frame are withheld, and why."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cells:
    """How a frame of groups discloses them.

    Parameters
    ----------
    counts
        Columns that count participants. A row where one of them is below the threshold, but not 0,
        is small.
    hides
        Further columns that say something of the same group and are withheld with its counts
        (means, shares, intervals, sums).
    by
        Columns whose values make up one table (one margin): where a single row of it is withheld,
        a second one is withheld too, because a total gives the first away.
    """

    counts: tuple[str, ...]
    hides: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
