"""How reliably repeated surveys tell change within a participant: generalisability coefficients.

Answers vary by participant, occasion, item and their combinations. Their variances are estimated
without iteration, so that missing occasions are no obstacle, and combined into reliabilities.
"""

from dataclasses import dataclass

import numpy as np

from models.errors import NotEstimableError
from models.measurement.items import ItemTable
from models.panel import Codes, Floats


@dataclass(frozen=True)
class Components:
    """Variances in squared answer points; an estimate below 0 is given as 0.

    `participant_occasion` is change of all items together, `residual` what is left to one item on
    one occasion. Those with `occasion` are None where occasions are each participant's own.
    """

    participant: float
    participant_item: float
    participant_occasion: float
    residual: float
    occasion: float | None
    occasion_item: float | None


@dataclass(frozen=True)
class ChangeReliability:
    """Reliabilities of the items' mean, in the notation of Cranford et al. (2006).

    `r_change` (R_C): change within a participant from one occasion to another. `r_mean` (R_KF): the
    mean over `n_occasions` (per participant, on average) that are the same for all. `r_single`
    (R_1R): one occasion, chosen at random for each participant; `r_random_mean` (R_KR): the mean
    over occasions chosen so; these two are None where occasions are each participant's own. Any is
    None where none of its variances is above 0.
    """

    r_change: float | None
    r_mean: float | None
    r_single: float | None
    r_random_mean: float | None
    components: Components
    n_rows: int
    n_participants: int
    n_occasions: float
    n_items: int
    n_dropped: int
    warnings: tuple[str, ...]


def change_reliability(table: ItemTable, *, same_occasions: bool = True) -> ChangeReliability:
    """Reliability of change within participants, and of their means.

    Parameters
    ----------
    table
        Keyed answers; filling-ins with an unanswered item are left out and counted.
    same_occasions
        Whether an occasion is the same moment for all (week 4 of the study). If not, differences
        between occasions count as change within participants.

    Raises
    ------
    NotEstimableError
        With fewer than 2 items, 2 participants, or no repeated filling-ins beyond those that the
        occasions themselves take up.

    Notes
    -----
    Henderson's third method: sums of squares of participants after occasions, occasions after
    participants, and what both leave, each split into the items' mean and their contrasts, set
    equal to their expectations. For complete data this is the analysis of variance. R_C is close to
    alpha within participants (`models.measurement.levels`).

    References
    ----------
    Cranford, Shrout, Iida, Rafaeli, Yip & Bolger (2006), Pers Soc Psychol Bull 32:917-929.
    doi:10.1177/0146167206287721
    Searle, Casella & McCulloch (1992), Variance Components, ch. 5.
    """
    complete = table.complete()
    n_participants = complete.n_participants
    n_occasions = len(np.unique(complete.occasions)) if same_occasions else 1
    n, m = len(complete.values), len(complete.names)
    if m < 2 or n_participants < 2:
        raise NotEstimableError(
            "Reliability of change needs at least 2 items and 2 participants with complete "
            "filling-ins.",
            "few_participants",
        )
    found, clipped = _components(complete, n_participants, n_occasions)
    usual = n / n_participants
    warnings = []
    if clipped:
        warnings.append(
            f"The variance of {', '.join(clipped)} was estimated below 0 and is taken as 0: there "
            "is too little data to tell it apart, or none of it."
        )
    return ChangeReliability(
        **_coefficients(found, m, usual),
        components=found,
        n_rows=n,
        n_participants=n_participants,
        n_occasions=usual,
        n_items=m,
        n_dropped=len(table.values) - n,
        warnings=tuple(warnings),
    )


def _coefficients(found: Components, m: int, k: float) -> dict[str, float | None]:
    stable = found.participant + found.participant_item / m
    noise = found.residual / m
    result = {
        "r_change": _share(found.participant_occasion, noise),
        "r_mean": _share(stable, noise / k),
        "r_single": None,
        "r_random_mean": None,
    }
    if found.occasion is not None:
        moving = found.occasion + found.participant_occasion
        result["r_single"] = _share(stable, moving + noise)
        result["r_random_mean"] = _share(stable, (moving + noise) / k)
    return result


def _share(signal: float, noise: float) -> float | None:
    return signal / (signal + noise) if signal + noise > 0 else None


def _components(
    table: ItemTable, n_participants: int, n_occasions: int
) -> tuple[Components, list[str]]:
    """Variances from the three sums of squares, and which of them were below 0."""
    n = len(table.values)
    residuals = _without_participants(table.values, table)
    dummies = _dummies(table.occasions, n_occasions)
    within_dummies = _without_participants(dummies, table)
    explained, rank = _explained(residuals, within_dummies)
    df = n - n_participants - rank
    if df < 1:
        raise NotEstimableError(
            "Too few participants filled the scale in repeatedly: change cannot be told from the "
            "differences between occasions. Wait for more surveys.",
            "few_occasions",
        )
    left = residuals.T @ residuals - explained
    change = _split(left / df)
    # Participants after occasions: what both explain, less what occasions alone do.
    centred = table.values - table.values.mean(axis=0)
    by_occasion, _ = _explained(centred, dummies - dummies.mean(axis=0))
    both = centred.T @ centred - left
    n_t = np.bincount(table.occasions) if n_occasions > 1 else np.array([n])
    if n_occasions > 1:
        taken = float(n - n_occasions)
    else:
        n_j = np.bincount(table.participants)
        taken = n - float(n_j @ n_j) / n
    df_between = n - len(n_t) - df
    stable = (_split(both - by_occasion) - df_between * change) / taken
    names = ["participant x occasion", "answers", "participant", "participant x item"]
    values = [change[0] - change[1] / len(table.names), change[1]]
    values += [stable[0] - stable[1] / len(table.names), stable[1]]
    if n_occasions > 1:
        moved = (_split(explained) - rank * change) / (n - n_participants)
        names += ["occasion", "occasion x item"]
        values += [moved[0] - moved[1] / len(table.names), moved[1]]
    clipped = [name for name, value in zip(names, values, strict=True) if value < 0]
    change_v, residual, participant, own_item, *others = (max(0.0, float(v)) for v in values)
    occasion, occasion_item = others or (None, None)
    return Components(participant, own_item, change_v, residual, occasion, occasion_item), clipped


def _split(products: Floats) -> Floats:
    """Mean squares of the items' mean, and of one contrast of them: (2,)."""
    m = len(products)
    mean = float(products.sum()) / m**2
    return np.array([mean, (float(np.trace(products)) - m * mean) / (m - 1)])


def _without_participants(values: Floats, table: ItemTable) -> Floats:
    sums = np.zeros((int(table.participants.max()) + 1, values.shape[1]))
    np.add.at(sums, table.participants, values)
    means = sums / np.bincount(table.participants)[:, None]
    return values - means[table.participants]


def _dummies(occasions: Codes, n_occasions: int) -> Floats:
    if n_occasions == 1:
        return np.zeros((len(occasions), 0))
    return np.asarray(occasions[:, None] == np.arange(1, n_occasions), dtype=np.float64)


def _explained(values: Floats, regressors: Floats) -> tuple[Floats, int]:
    """Cross-products of `values` that the regressors account for, and the regressors' rank."""
    if regressors.shape[1] == 0:
        return np.zeros((values.shape[1],) * 2), 0
    left, singular, _ = np.linalg.svd(regressors, full_matrices=False)
    rank = int((singular > 1e-9 * max(1.0, float(singular[0]))).sum())
    projected: Floats = left[:, :rank].T @ values
    return np.matmul(projected.T, projected), rank
