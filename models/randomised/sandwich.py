"""The corrected sandwich that WCLS and EMEE share, from one score and one slope per participant."""

import numpy as np

from models.errors import NotEstimableError
from models.panel import Codes, Floats

_NEARLY_SINGULAR = 1e12


def sums_by_participant(values: Floats, codes: Codes, n_participants: int) -> Floats:
    """Sums (n_participants, ...) of rows (n, ...), where `codes` (n,) says whose each row is."""
    flat = values.reshape(len(values), -1)
    sums = np.empty((n_participants, flat.shape[1]))
    for column in range(flat.shape[1]):
        sums[:, column] = np.bincount(codes, weights=flat[:, column], minlength=n_participants)
    return sums.reshape(n_participants, *values.shape[1:])


def sandwich(scores: Floats, slopes: Floats, *, corrected: bool = True) -> Floats:
    """Covariance (k, k) of the root of the summed scores, clustered by participant.

    Parameters
    ----------
    scores
        (n, k), each participant's estimating function at the estimate.
    slopes
        (n, k, k), minus the derivative of each score in the parameters.
    corrected
        Whether each participant's residuals are divided by what the fit has taken off them
        (Mancl & DeRouen). Without it, intervals are too narrow in small studies.

    Notes
    -----
    With D the derivative of the means, W the weights and B the inverse of the summed D'WD, the
    correction D'W (I - D B D'W)^-1 r equals (I - D'WD B)^-1 D'W r: one k-by-k solve for each
    participant, whatever the number of rows.

    Raises
    ------
    NotEstimableError
        If the terms are collinear, or one participant alone decides a term.

    References
    ----------
    Mancl & DeRouen (2001), Biometrics 57:126-134. doi:10.1111/j.0006-341X.2001.00126.x
    """
    bread: Floats = np.linalg.inv(slopes.sum(axis=0))
    if corrected:
        left = np.eye(scores.shape[1]) - slopes @ bread
        if np.linalg.cond(left).max() > _NEARLY_SINGULAR:
            raise NotEstimableError(
                "One participant alone decides a term, so its uncertainty cannot be told. "
                "Leave out controls or moderators that vary in one participant only.",
                reason="single_participant",
            )
        scores = np.asarray(np.linalg.solve(left, scores[:, :, None])[:, :, 0], dtype=np.float64)
    influence = scores @ bread.T
    return influence.T @ influence
