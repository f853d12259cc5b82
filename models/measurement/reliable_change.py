"""Reliable change of single participants, with the standard error's variant stated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from models.errors import NotEstimableError
from models.linear.linear_fit import LinearFit
from models.panel import Codes, Floats

Variant = Literal["jacobson_truax", "two_variances", "difference_scores", "model_slope"]
Class = Literal["improved", "unchanged", "deteriorated"]
ReliabilityKind = Literal["retest", "alpha", "omega"]
VARIANTS: dict[Variant, str] = {
    "jacobson_truax": "sd x sqrt(2 (1 - r)), one standard deviation before treatment "
    "(Jacobson & Truax 1991)",
    "two_variances": "sqrt((sd_before^2 + sd_after^2) (1 - r)) (Maassen 2004)",
    "difference_scores": "standard deviation of the difference scores (Temkin et al. 1999)",
    "model_slope": "posterior standard deviation of a participant's own trend in a mixed model "
    "(Speer & Greenbaum 1995)",
}
"""What each variant takes for the standard error of a change."""


@dataclass(frozen=True)
class ChangeRule:
    """A standard error of change, where it comes from, and the change that exceeds chance.

    `threshold` is in scale points; a change at least that large happens by measurement error alone
    with probability `alpha_level`.
    """

    variant: Variant
    explanation: str
    standard_error: float
    threshold: float
    alpha_level: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChangeRow:
    """One participant (by place in the input): change, its index, and what to call it."""

    participant: int
    change: float
    index: float
    label: Class


@dataclass(frozen=True)
class ChangeTable:
    """How many improved, stayed as they were or deteriorated, and each participant's change.

    `n_unknown` lack one of the two scores: they are in no class and in no percentage.
    """

    rows: tuple[ChangeRow, ...]
    improved: int
    unchanged: int
    deteriorated: int
    n_unknown: int
    rule: ChangeRule | None

    @property
    def n(self) -> int:
        """Participants with a class."""
        return len(self.rows)

    def share(self, label: Class) -> float | None:
        """Share of a class among those who have one."""
        return getattr(self, label) / self.n if self.rows else None


def change_rule(
    sd_before: float,
    reliability: float,
    *,
    variant: Variant = "jacobson_truax",
    sd_after: float | None = None,
    retest_correlation: float | None = None,
    kind: ReliabilityKind = "retest",
    alpha_level: float = 0.05,
) -> ChangeRule:
    """Smallest change that measurement error alone rarely makes.

    Parameters
    ----------
    sd_before, sd_after
        Standard deviations in scale points, of a reference sample before treatment, and after it
        (for `two_variances` and `difference_scores`). The reference sample must be said with the
        result: with the study's own baseline, people alike at the start look more changed.
    reliability
        Of the scale, above 0 and below 1.
    retest_correlation
        Correlation of the scores before and after, for `difference_scores`.
    kind
        Where `reliability` comes from. Alpha and omega leave out change from day to day, so that
        thresholds come out too small; the rule then says so.

    Raises
    ------
    ValueError
        If a number is outside its range, or one that the variant needs is not given.

    Notes
    -----
    `jacobson_truax` is what `study.scoring.reliable_change` and the pages use, there with 1.96 for
    the normal quantile. Maassen shows `two_variances` to be preferable where spread changes; with
    equal spread both are the same. `difference_scores` holds real change for error: its thresholds
    are too large for a treatment that helps some more than others.

    References
    ----------
    Jacobson & Truax (1991), J Consult Clin Psychol 59:12-19. doi:10.1037/0022-006X.59.1.12
    Maassen (2004), J Int Neuropsychol Soc 10:888-893. doi:10.1017/S1355617704106097
    Temkin, Heaton, Grant & Dikmen (1999), J Int Neuropsychol Soc 5:357-369.
    """
    if not sd_before > 0 or not 0 < reliability < 1:
        raise ValueError("sd_before must be above 0 and reliability between 0 and 1.")
    if variant == "jacobson_truax":
        se = sd_before * np.sqrt(2 * (1 - reliability))
    elif variant == "two_variances":
        after = _given(sd_after, "sd_after", variant)
        se = np.sqrt((sd_before**2 + after**2) * (1 - reliability))
    elif variant == "difference_scores":
        after = _given(sd_after, "sd_after", variant)
        if retest_correlation is None or not -1 < retest_correlation < 1:
            raise ValueError("difference_scores needs retest_correlation, between -1 and 1.")
        se = np.sqrt(sd_before**2 + after**2 - 2 * retest_correlation * sd_before * after)
    else:
        raise ValueError("model_slope needs a fitted model: use model_change.")
    said: tuple[str, ...] = ()
    if kind != "retest" and variant != "difference_scores":
        said = (
            f"The reliability is {kind}, which leaves out change from day to day: the threshold is "
            "too small. Use a test-retest correlation where one is published.",
        )
    reach = float(special.ndtri(1 - alpha_level / 2))
    return ChangeRule(variant, VARIANTS[variant], float(se), reach * float(se), alpha_level, said)


def _given(value: float | None, name: str, variant: Variant) -> float:
    if value is None or not value > 0:
        raise ValueError(f"{variant} needs {name}, above 0.")
    return value


def classify(
    before: Floats, after: Floats, rule: ChangeRule, *, higher_is_better: bool = True
) -> ChangeTable:
    """Sort participants into improved, unchanged and deteriorated.

    Parameters
    ----------
    before, after
        (n,) scores in scale points, NaN where there is none.
    higher_is_better
        True for alliance, False for a symptom score.
    """
    change = np.asarray(after, dtype=float) - np.asarray(before, dtype=float)
    is_known = ~np.isnan(change)
    places = np.flatnonzero(is_known)
    known = change[is_known]
    index = known / rule.standard_error
    # Scores are multiples of a step, so a threshold can be met exactly but for rounding.
    is_reliable = np.abs(known) >= rule.threshold * (1 - 1e-12)
    return _table(
        places, known, index, is_reliable, len(change) - len(known), rule, higher_is_better
    )


def model_change(
    fit: LinearFit,
    y: Floats,
    X: Floats,
    Z: Floats,
    codes: Codes,
    *,
    effect: str,
    fixed: str | None = None,
    alpha_level: float = 0.05,
    higher_is_better: bool = True,
) -> ChangeTable:
    """Reliable change from participants' own trends in a mixed model (empirical Bayes).

    Parameters
    ----------
    fit
        With one random term; `effect` names the random slope, such as 'week', per unit of which
        change is given.
    y, X, Z, codes
        The analysed rows: outcome (n,), fixed design (n, p), random design (n, q), participant.
    fixed
        The fixed effect that is the average trend (default: the one named `effect`).

    Raises
    ------
    NotEstimableError
        If participants' trends do not vary: then there is only one trend, that of all.

    Notes
    -----
    A participant's trend is the average trend plus the posterior mean of their own deviation, the
    index that divided by the posterior standard deviation. All occasions count, also for those with
    some missing, and estimates lean towards the average the fewer there are. The uncertainty of the
    average and of the variances is left out.

    References
    ----------
    Speer & Greenbaum (1995), J Consult Clin Psychol 63:1044-1048.
    doi:10.1037/0022-006X.63.6.1044
    """
    term = fit.random[0]
    place = term.names.index(effect)
    trend = fit.names.index(fixed or effect)
    if term.covariance[place, place] <= 1e-10 * fit.residual_variance:
        raise NotEstimableError(
            f"Participants' own trends in {effect} do not vary in this fit: single participants "
            "cannot be told apart by them.",
            "no_variation",
        )
    residuals = np.asarray(y) - np.asarray(X) @ fit.beta
    n_groups = int(codes.max()) + 1
    change, spread = np.zeros(n_groups), np.zeros(n_groups)
    order = np.argsort(codes, kind="stable")
    for group, rows in enumerate(np.split(order, np.cumsum(np.bincount(codes))[:-1])):
        mean, cov = posterior(
            residuals[rows], np.asarray(Z)[rows], term.covariance, fit.residual_variance
        )
        change[group] = fit.beta[trend] + mean[place]
        spread[group] = np.sqrt(cov[place, place])
    index = change / spread
    is_reliable = np.abs(index) >= float(special.ndtri(1 - alpha_level / 2))
    places = np.arange(n_groups)
    return _table(places, change, index, is_reliable, 0, None, higher_is_better)


def posterior(
    residuals: Floats, Z: Floats, covariance: Floats, residual_variance: float
) -> tuple[Floats, Floats]:
    """Mean (q,) and covariance (q, q) of one participant's random effects, given the parameters.

    `residuals` (n_i,) are those from the fixed effects. `covariance` may be singular.
    """
    ZP = Z @ covariance
    V = ZP @ Z.T + residual_variance * np.eye(len(Z))
    gain = np.linalg.solve(V, ZP).T
    return gain @ residuals, covariance - gain @ ZP


def _table(
    places: Codes,
    change: Floats,
    index: Floats,
    is_reliable: Sequence[bool] | np.ndarray,
    n_unknown: int,
    rule: ChangeRule | None,
    higher_is_better: bool,
) -> ChangeTable:
    better = change > 0 if higher_is_better else change < 0
    labels: list[Class] = [
        "unchanged" if not reliable else ("improved" if good else "deteriorated")
        for reliable, good in zip(is_reliable, better, strict=True)
    ]
    rows = tuple(
        ChangeRow(int(place), float(size), float(i), label)
        for place, size, i, label in zip(places, change, index, labels, strict=True)
    )
    return ChangeTable(
        rows,
        labels.count("improved"),
        labels.count("unchanged"),
        labels.count("deteriorated"),
        n_unknown,
        rule,
    )
