"""Expected outcome per arm and the differences between arms, on a stated reference grid."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from models.design import Design
from models.linear.contrasts import ContrastRow
from models.linear.linear_fit import LinearFit
from models.linear.marginal_means import ReferenceGrid, marginal_means
from models.results import MarginalMean

_GRID = (
    "Every other term at its mean over the analysed rows: the mean week, everybody's usual "
    "exposure, no deviation from it."
)


def arm_means(
    design: Design, fit: LinearFit, arms: Sequence[tuple[str, str]]
) -> tuple[tuple[MarginalMean, ...], str]:
    """Means per arm, then their differences (first less second), with Satterthwaite's df.

    Parameters
    ----------
    arms
        (id, label) of the arms in display order; ids without rows are passed over.

    Returns
    -------
    tuple
        The rows and the reference grid in words; nothing and "" without an arm in the design.
    """
    places = {
        c.term.removeprefix("arm:"): j for j, c in enumerate(design.columns) if c.kind == "arm"
    }
    if not places:
        return (), ""
    present = design.panel.rows["arm_id"].unique().to_list()
    shown = [(arm_id, label) for arm_id, label in _labelled(arms, present) if arm_id in present]
    middle = design.matrix.mean(axis=0)
    middle[list(places.values())] = 0.0
    rows = np.tile(middle, (len(shown), 1))
    for i, (arm_id, _) in enumerate(shown):
        if arm_id in places:
            rows[i, places[arm_id]] = 1.0
    grid = ReferenceGrid(tuple(label for _, label in shown), rows, _GRID)
    found = marginal_means(fit, grid)
    labels = [label for _, label in shown]
    apart = [f"{one}, against {other}" for one, other in combinations(labels, 2)]
    means = [_row(one, one.label, is_difference=False) for one in found.means]
    pairs = zip(found.pairs, apart, strict=True)
    return (*means, *(_row(one, label, is_difference=True) for one, label in pairs)), _GRID


def _labelled(arms: Sequence[tuple[str, str]], present: Sequence[str]) -> Sequence[tuple[str, str]]:
    return arms or [(arm_id, arm_id) for arm_id in sorted(present)]


def _row(one: ContrastRow, label: str, *, is_difference: bool) -> MarginalMean:
    return MarginalMean(
        label=label,
        is_difference=is_difference,
        estimate=one.estimate,
        se=one.se,
        df=one.df,
        ci_low=one.ci_low,
        ci_high=one.ci_high,
        p_value=one.p_value if is_difference else None,
    )
