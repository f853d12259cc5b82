"""Decision points: what a micro-randomised trial hands to its estimators, checked and weighted."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.errors import NotEstimableError
from models.panel import Codes, Flags, Floats
from models.results import RowsLost

Numerator = float | Literal["constant"] | Floats

_RANK_TOLERANCE = 1e-10


@dataclass(frozen=True, eq=False)
class DecisionPoints:
    """Available decision points with an outcome, ready for an estimator.

    `moderators` (n, p) and `controls` (n, q) are of full rank; `centred` (n,) is the treatment less
    the numerator probability; `weights` (n,) carry treatment from the probability of delivery to
    that of the numerator; `codes` (n,) number the participants 0, 1, 2, ... without a gap.
    """

    outcome: Floats
    treatment: Floats
    probability: Floats
    centred: Floats
    weights: Floats
    moderators: Floats
    controls: Floats
    codes: Codes
    moderator_names: tuple[str, ...]
    control_names: tuple[str, ...]
    lost: tuple[RowsLost, ...]
    warnings: tuple[str, ...]

    @property
    def n_participants(self) -> int:
        """Participants with at least one analysed point."""
        return int(self.codes.max()) + 1

    @property
    def design(self) -> Floats:
        """Controls, then centred treatment times moderators: (n, q + p)."""
        return np.column_stack((self.controls, self.centred[:, None] * self.moderators))


@dataclass(frozen=True, eq=False)
class RawPoints:
    """One row per decision point as recorded; missing is NaN.

    Attributes
    ----------
    outcome, treatment, probability
        (n,): the proximal outcome; 1 where the treatment was delivered and 0 where not; the
        probability of delivery that the randomiser used at that point.
    is_available
        (n,): whether the participant could have been treated then. Other points say nothing.
    participant
        (n,) of any comparable values.
    moderators, controls
        (n, p) and (n, q), columns of 1 included where wanted.
    """

    outcome: Floats
    treatment: Floats
    probability: Floats
    is_available: Flags
    participant: np.ndarray
    moderators: Floats
    controls: Floats
    moderator_names: tuple[str, ...]
    control_names: tuple[str, ...]


def decision_points(raw: RawPoints, numerator: Numerator = 0.5) -> DecisionPoints:
    """Leave out what says nothing, count it, and weight the rest.

    Parameters
    ----------
    raw
        Every decision point.
    numerator
        Probability that the estimand is centred on: a number, 'constant' (the mean declared
        probability of the analysed points), or one value per row of `raw`, which may depend on
        the moderators only. It decides precision, and, where the effect varies with something that
        is no moderator, what is averaged over.

    Raises
    ------
    NotEstimableError
        If a treatment or probability is missing at an available point, a probability there is not
        between 0 and 1, nobody or everybody was treated, the outcome never varies, or columns are
        collinear.
    """
    kept, lost = _kept(raw)
    _check_randomised(raw.treatment, raw.probability, raw.is_available & _known(raw))
    if not kept.any():
        raise NotEstimableError(
            "No available decision point has an outcome, so there is nothing to compare.",
            reason="no_rows",
        )
    if np.ptp(raw.outcome[kept]) == 0:
        raise NotEstimableError(
            "The outcome is the same at every analysed decision point.", reason="constant_outcome"
        )
    treatment, probability = raw.treatment[kept], raw.probability[kept]
    if treatment.min() == treatment.max():
        word = "every" if treatment[0] == 1 else "no"
        raise NotEstimableError(
            f"At {word} analysed decision point was the treatment delivered: "
            "an effect needs points of both kinds.",
            reason="no_variation",
        )
    target = _target(numerator, probability, kept)
    ratio = np.where(treatment == 1, target / probability, (1 - target) / (1 - probability))
    points = DecisionPoints(
        outcome=raw.outcome[kept],
        treatment=treatment,
        probability=probability,
        centred=treatment - target,
        weights=ratio,
        moderators=raw.moderators[kept],
        controls=raw.controls[kept],
        codes=np.unique(raw.participant[kept], return_inverse=True)[1].astype(np.int64),
        moderator_names=raw.moderator_names,
        control_names=raw.control_names,
        lost=lost,
        warnings=_missing_by_treatment(raw),
    )
    _check_rank(points)
    return points


def _known(raw: RawPoints) -> Flags:
    covariates = np.column_stack((raw.moderators, raw.controls))
    return np.asarray(np.isfinite(raw.outcome) & np.isfinite(covariates).all(axis=1))


def _kept(raw: RawPoints) -> tuple[Flags, tuple[RowsLost, ...]]:
    """Rows that can be analysed, and the others under their first reason."""
    reasons = (
        ("not_available", ~raw.is_available),
        ("no_outcome", ~np.isfinite(raw.outcome)),
        ("no_moderator", ~np.isfinite(raw.moderators).all(axis=1)),
        ("no_control", ~np.isfinite(raw.controls).all(axis=1)),
    )
    kept = np.ones(len(raw.outcome), dtype=bool)
    lost = []
    for reason, is_lost in reasons:
        gone = kept & is_lost
        if gone.any():
            n_participants = len(np.unique(raw.participant[gone]))
            lost.append(RowsLost(reason, int(gone.sum()), n_participants))
        kept &= ~is_lost
    return kept, tuple(lost)


def _check_randomised(treatment: Floats, probability: Floats, used: Flags) -> None:
    unknown = used & ~(np.isfinite(treatment) & np.isfinite(probability))
    if unknown.any():
        raise NotEstimableError(
            f"At {unknown.sum()} available decision points the treatment or its probability is "
            "missing. Record both, or mark the points as not available.",
            reason="missing_treatment",
        )
    if not np.isin(treatment[used], (0.0, 1.0)).all():
        raise NotEstimableError("The treatment must be 0 or 1.", reason="treatment_not_binary")
    certain = used & ~((probability > 0) & (probability < 1))
    if certain.any():
        raise NotEstimableError(
            f"At {certain.sum()} available decision points the probability of treatment is not "
            "between 0 and 1: there was no chance of the other choice, so nothing to compare. "
            "Mark these points as not available.",
            reason="no_positivity",
        )


def _target(numerator: Numerator, probability: Floats, kept: Flags) -> Floats:
    if isinstance(numerator, str):
        target = np.full(len(probability), probability.mean())
    elif isinstance(numerator, np.ndarray):
        target = numerator[kept]
    else:
        target = np.full(len(probability), float(numerator))
    if not ((target > 0) & (target < 1)).all():
        raise ValueError("the numerator probability must lie between 0 and 1")
    return target


def _check_rank(points: DecisionPoints) -> None:
    """Name a column that others repeat; columns are judged on a common scale."""
    names = (*points.control_names, *(f"treatment × {name}" for name in points.moderator_names))
    design = points.design * np.sqrt(points.weights)[:, None]
    scale = np.linalg.norm(design, axis=0)
    empty = [names[j] for j in np.flatnonzero(scale == 0)]
    if empty:
        raise NotEstimableError(
            f"'{empty[0]}' is 0 at every analysed decision point. Leave it out.", reason="constant"
        )
    _, triangle = np.linalg.qr(design / scale)
    repeated = [names[j] for j in np.flatnonzero(np.abs(np.diag(triangle)) < _RANK_TOLERANCE)]
    if repeated:
        raise NotEstimableError(
            f"'{repeated[0]}' repeats what the columns before it say. Leave one of them out.",
            reason="collinear",
        )
    if points.n_participants <= design.shape[1]:
        raise NotEstimableError(
            f"{points.n_participants} participants cannot carry {design.shape[1]} terms: "
            "leave out controls or moderators.",
            reason="too_few_participants",
        )


def _missing_by_treatment(raw: RawPoints) -> tuple[str, ...]:
    """A warning where outcomes are missing more often after one choice than after the other."""
    is_missing = ~np.isfinite(raw.outcome)
    shares = []
    for arm in (0.0, 1.0):
        chosen = raw.is_available & (raw.treatment == arm)
        shares.append((is_missing[chosen].mean() if chosen.any() else 0.0, max(chosen.sum(), 1)))
    (share_0, n_0), (share_1, n_1) = shares
    pooled = (share_0 * n_0 + share_1 * n_1) / (n_0 + n_1)
    spread = np.sqrt(pooled * (1 - pooled) * (1 / n_0 + 1 / n_1))
    if spread == 0 or abs(share_1 - share_0) < 3.3 * spread:
        return ()
    return (
        f"The outcome is missing at {share_1:.1%} of treated and {share_0:.1%} of untreated "
        "points. Loss that depends on treatment undoes the randomisation.",
    )
