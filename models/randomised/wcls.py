"""WCLS: the causal excursion effect of a micro-randomised treatment on a continuous outcome."""

import numpy as np

from models.randomised.excursion import CausalExcursion, excursion
from models.randomised.points import DecisionPoints
from models.randomised.sample_ratio import randomisation_check
from models.randomised.sandwich import sandwich, sums_by_participant


def wcls(points: DecisionPoints, *, corrected: bool = True, level: float = 0.95) -> CausalExcursion:
    """Weighted and centred least squares.

    Parameters
    ----------
    points
        Available decision points, from `decision_points`.
    corrected
        Mancl-DeRouen correction of the covariance; leave it on unless comparing with a program
        that has none.
    level
        Coverage of the intervals.

    Returns
    -------
    CausalExcursion
        Differences of the outcome's mean, in its own units. Inference uses t on participants less
        all terms (n - p - q).

    Notes
    -----
    The controls' model may be wrong: as the treatment is centred on a known probability, the effect
    is estimated without bias all the same. Controls must be known before the decision.

    References
    ----------
    Boruvka, Almirall, Witkiewitz & Murphy (2018), JASA 113:1112-1121.
    doi:10.1080/01621459.2017.1305274
    """
    design = points.design
    weighted = design * points.weights[:, None]
    root = np.sqrt(points.weights)
    solved = np.linalg.lstsq(design * root[:, None], points.outcome * root, rcond=None)[0]
    beta = np.asarray(solved, dtype=np.float64)
    residual = points.outcome - design @ beta
    n = points.n_participants
    scores = sums_by_participant(weighted * residual[:, None], points.codes, n)
    slopes = sums_by_participant(weighted[:, :, None] * design[:, None, :], points.codes, n)
    return excursion(
        points,
        estimator="WCLS",
        beta=beta,
        covariance=sandwich(scores, slopes, corrected=corrected),
        randomisation=randomisation_check(points.treatment, points.probability),
        is_corrected=corrected,
        level=level,
    )
