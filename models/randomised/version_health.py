"""Did the comparison work as meant? Looked at before any effect is."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.stats import chi2_contingency

from models.randomised.sample_ratio import ALARM, SampleRatio, sample_ratio
from models.randomised.version_result import Balance, Effect, HealthCheck, State, Unit
from models.randomised.version_rows import Outcome

NOTABLE = 0.1
"""Standardised difference below which an imbalance is not worth a word, however certain."""
_SAME_CERTAIN = 0.5


def unit_of(rows: pl.DataFrame, probabilities: Sequence[float | None]) -> tuple[Unit, str]:
    """Whether versions change from delivery to delivery, or each participant keeps one.

    Parameters
    ----------
    rows
        Deliveries in order, `participant_id` and `variant_id`.
    probabilities
        Declared ones of the versions, None where chance did not decide.

    Returns
    -------
    tuple
        The unit, and the numbers that it was told from. Without a second delivery to anybody,
        a version is taken to be given at each delivery.

    Notes
    -----
    Drawn anew, two deliveries in a row have the same version with the sum of squared shares; kept,
    nearly always. What is seen belongs to the nearer of the two.
    """
    known = rows.filter(pl.col("variant_id").is_not_null())
    if known.is_empty():
        return "point", "No delivery says which version was given."
    same = known.select(
        (pl.col("variant_id") == pl.col("variant_id").shift(1)).over("participant_id").alias("same")
    )["same"].drop_nulls()
    shares = known["variant_id"].value_counts()["count"] / known.height
    declared = [one for one in probabilities if one is not None]
    own = declared if len(declared) == len(probabilities) else shares.to_list()
    expected = float(sum(share**2 for share in own))
    if same.is_empty():
        return "point", "Nobody was given the feature twice."
    seen = float(same.cast(pl.Float64).to_numpy().mean())
    words = (
        f"Two deliveries in a row had the same version in {seen:.0%} of {same.len():,} cases; "
        f"drawn anew each time it would be {expected:.0%}."
    )
    is_kept = seen - expected > _SAME_CERTAIN * (1 - expected)
    return ("participant" if is_kept else "point"), words


def ratio_check(
    counts: Sequence[int], probabilities: Sequence[float | None], labels: Sequence[str], noun: str
) -> HealthCheck:
    """Sample ratio mismatch: numbers seen against those declared."""
    seen = ", ".join(f"{label} {count:,}" for label, count in zip(labels, counts, strict=True))
    declared = [one for one in probabilities if one is not None]
    if len(declared) < len(probabilities):
        words = f"{noun.capitalize()}: {seen}. No shares are declared, so none can be compared."
        return HealthCheck("ratio", "Sample ratio", "not_known", words)
    if abs(sum(declared) - 1) > 1e-6:
        words = f"{noun.capitalize()}: {seen}. The declared probabilities do not add up to 1."
        return HealthCheck("ratio", "Sample ratio", "not_known", words)
    found: SampleRatio = sample_ratio(counts, declared)
    goal = ", ".join(f"{one:,.0f}" for one in found.expected)
    test = f"p = {found.p_value:.3f}" if found.p_value >= ALARM else "p < 0.001"
    words = f"{noun.capitalize()}: {seen}; expected {goal} ({test}, chi-square)."
    if found.is_suspect:
        words += " Look for a fault in delivery or logging before reading any effect."
    return HealthCheck(
        "ratio", "Sample ratio", "failed" if found.is_suspect else "passed", words, is_required=True
    )


def contamination(rows: pl.DataFrame, unit: Unit, *, is_randomised: bool) -> HealthCheck:
    """Participants who met more than one version where each was meant to keep one."""
    known = rows.filter(pl.col("variant_id").is_not_null())
    per_person = known.group_by("participant_id").agg(pl.col("variant_id").n_unique())
    n, n_both = per_person.height, int((per_person["variant_id"] > 1).sum())
    people = f"{n_both:,} of {n:,} participants met more than one version"
    if unit == "point":
        how = "drawn" if is_randomised else "given"
        words = (
            f"{people}; versions are {how} anew at each delivery, so that is meant to be. What one "
            "leaves behind reaches into the next."
        )
        return HealthCheck("contamination", "Contamination", "passed", words, n_participants=n)
    state: State = "passed" if n_both == 0 else "failed" if n_both > 0.05 * n else "note"
    words = f"{people}, where each was meant to keep one."
    if n_both:
        words += " They count for the version that they were given first."
    return HealthCheck("contamination", "Contamination", state, words, n_participants=n)


def missing_outcomes(
    rows: pl.DataFrame, outcomes: Sequence[Outcome], labels: dict[str, str]
) -> HealthCheck:
    """Outcomes that are not known, by version: loss that depends on it undoes the randomisation."""
    known = rows.filter(pl.col("variant_id").is_in(list(labels)))
    worst: tuple[float, str] | None = None
    for outcome in outcomes:
        if outcome.column not in known.columns:
            continue
        counts = (
            known.group_by("variant_id")
            .agg(
                missing=pl.col(outcome.column).is_null().sum(),
                there=pl.col(outcome.column).is_not_null().sum(),
            )
            .sort("variant_id")
        )
        table = counts.select("missing", "there").to_numpy().astype(np.float64)
        if len(table) < 2 or (table.sum(axis=0) == 0).any():
            continue
        p_value = float(chi2_contingency(table, correction=False).pvalue)
        if worst is None or p_value < worst[0]:
            shares = ", ".join(
                f"{labels[str(name)]} {missing / (missing + there):.0%}"
                for name, missing, there in counts.iter_rows()
            )
            worst = (p_value, f"{outcome.label}: {shares}")
    if worst is None:
        return HealthCheck(
            "missing", "Missing outcomes", "passed", "No outcome is missing anywhere."
        )
    is_uneven = worst[0] < ALARM
    test = "p < 0.001" if is_uneven else f"p = {worst[0]:.3f}, alarm below {ALARM:g}"
    words = f"Most uneven of {len(outcomes)} outcomes, missing: {worst[1]} ({test})."
    if is_uneven:
        words += " Loss that depends on the version undoes the randomisation."
    return HealthCheck("missing", "Missing outcomes", "failed" if is_uneven else "passed", words)


def balance(
    rows: pl.DataFrame, covariates: dict[str, str], reference: str, variants: Sequence[str]
) -> tuple[Balance, ...]:
    """Standardised differences of what was known before, each version less the reference.

    Parameters
    ----------
    rows
        One row per unit that got a version; numbers in the columns of `covariates` (column ->
        label).

    Notes
    -----
    Differences are divided by the root of the mean variance of the two (Austin 2009,
    doi:10.1002/sim.3697). Where participants have several rows, the limit is that of their number
    of rows: what was drawn anew is independent.
    """
    found = []
    other = rows.filter(pl.col("variant_id") == reference)
    for variant in variants:
        own = rows.filter(pl.col("variant_id") == variant)
        for column, label in covariates.items():
            one = _balanced(own, other, column, label, variant)
            if one is not None:
                found.append(one)
    return tuple(found)


def _balanced(
    own: pl.DataFrame, other: pl.DataFrame, column: str, label: str, variant: str
) -> Balance | None:
    a = own.filter(pl.col(column).is_not_null())
    b = other.filter(pl.col(column).is_not_null())
    if a.height < 2 or b.height < 2:
        return None
    x, y = (one[column].cast(pl.Float64).to_numpy() for one in (a, b))
    spread = float(np.sqrt((x.var(ddof=1) + y.var(ddof=1)) / 2))
    if not spread > 0:
        return None
    difference = float(x.mean() - y.mean()) / spread
    limit = 1.959963984540054 * float(np.sqrt(1 / len(x) + 1 / len(y)))
    people = min(a["participant_id"].n_unique(), b["participant_id"].n_unique())
    return Balance(
        variant_id=variant,
        covariate=label,
        difference=difference,
        limit=limit,
        mean=float(x.mean()),
        mean_reference=float(y.mean()),
        n_participants=people,
        is_notable=abs(difference) > max(NOTABLE, limit),
    )


def balance_check(found: Sequence[Balance]) -> HealthCheck:
    """The differences in a sentence."""
    if not found:
        words = "Nothing that was known before can be compared."
        return HealthCheck("balance", "Balance before", "not_known", words)
    largest = max(found, key=lambda one: abs(one.difference))
    notable = [one.covariate for one in found if one.is_notable]
    words = (
        f"Largest of {len(found)} standardised differences: {abs(largest.difference):.2f} "
        f"({largest.covariate}; chance stays within {largest.limit:.2f})."
    )
    if notable:
        words += f" Beyond chance and {NOTABLE}: {', '.join(dict.fromkeys(notable))}."
    return HealthCheck("balance", "Balance before", "note" if notable else "passed", words)


def power_check(effects: Sequence[Effect]) -> HealthCheck:
    """What could be found with the data so far."""
    sized = [one for one in effects if one.detectable is not None and one.spread]
    if not sized:
        return HealthCheck("power", "Power now", "not_known", "No outcome has an estimate yet.")
    ratios = {one.outcome_label: (one.detectable or 0) / (one.spread or 1) for one in sized}
    best, worst = min(ratios, key=ratios.__getitem__), max(ratios, key=ratios.__getitem__)
    words = (
        "Found four times in five at the present size: differences of "
        f"{ratios[best]:.2f} standard deviations ({best}) to {ratios[worst]:.2f} ({worst})."
    )
    state: State = "note" if ratios[worst] > 0.5 else "passed"
    return HealthCheck("power", "Power now", state, words)
