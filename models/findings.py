"""What a reader should be told of a design that can be fitted: overlap, reasons, noisy means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg import solve_triangular

from models.beside import Beside
from models.panel import Codes, Floats, person_means

COUPLED = 0.9
"""Within-person correlation with the number of sessions above which a count is called coupled."""
INDICATED = -0.2
"""Within-person correlation below which low use or a low score may be the reason of exposure."""
INFLATED = 5.0
"""Variance inflation factor above which a term is said to overlap with others."""
STRONGLY_INFLATED = 10.0
"""Variance inflation factor above which a term should not be read on its own."""
RELIABLE = 0.7
"""Reliability of participants' means below which their association is called distorted."""

FindingCode = Literal[
    "coupled",
    "indication",
    "collinear",
    "ill_conditioned",
    "vif",
    "vif_strong",
    "unreliable_mean",
    "unreliable_moderator",
    "part_of_total",
]
_NOTHING = 1e-9


@dataclass(frozen=True)
class Finding:
    """A warning with its number: `term` is None where it concerns several terms or the design."""

    code: FindingCode
    term: str | None
    value: float | None
    explanation: str


@dataclass(frozen=True)
class Reliability:
    """How much of the differences between participants' means is lasting, from 0 to 1.

    `value` is None where it is not defined: nobody has two rows, or all means are equal.
    `n_rows_mean` is the harmonic mean of rows per participant.
    """

    term: str
    label: str
    value: float | None
    n_rows_mean: float


@dataclass(frozen=True)
class Inflation:
    """The variance inflation factor of a term: 1 / (1 - R²) on all other terms."""

    term: str
    label: str
    value: float


def coupling(term: str, label: str, link: float) -> Finding | None:
    """Exposure that nearly is use itself, by its within-person correlation with sessions."""
    if abs(link) <= COUPLED:
        return None
    return Finding(
        "coupled",
        term,
        link,
        f"{label}: exposure follows the number of sessions closely (within-person "
        f"correlation {link:.2f}), so its association can hardly be told from that of use itself. "
        'Consider transform = "rate" (exposures per session).',
    )


def indication(
    term: str,
    label: str,
    values: Floats,
    *,
    sessions: Beside | None,
    previous: Beside | None,
    previous_words: str = "a low score",
) -> tuple[Finding, ...]:
    """Exposure that may be given because things went badly: more of it when use or score was low.

    Parameters
    ----------
    values
        Exposure on the analysed rows, (n,).
    sessions
        Sessions in the same window; None leaves the check out.
    previous
        Score (or use) before the window; None leaves the check out.
    previous_words
        What a low value of `previous` is.

    Notes
    -----
    A correlation counts below `INDICATED` that also is two standard errors from 0.
    """
    found = []
    for other, words in ((sessions, _LOW_USE), (previous, _LOW_BEFORE)):
        if other is None or other.df == 0:
            continue
        link = other.within_link(values)
        if link < INDICATED and link < -2 / np.sqrt(other.df):
            text = f"{label}: {words.format(link=link, low=previous_words)}"
            found.append(Finding("indication", term, link, text))
    return tuple(found)


_LOW_USE = (
    "participants met it more while they used the app less (within-person correlation with "
    "sessions {link:.2f}). If it is sent because of silence, its association is mixed with that of "
    "silence; only randomised delivery tells the two apart."
)
_LOW_BEFORE = (
    "participants met it more after {low} (within-person correlation {link:.2f}). If it is given "
    "because of {low}, that is its reason and not its result; only randomised delivery tells the "
    "two apart."
)


def reliability_of_means(term: str, label: str, values: Floats, codes: Codes) -> Reliability:
    """Reliability of participants' means over their rows, from one-way variance components.

    Parameters
    ----------
    values, codes
        What is averaged, (n,), and the participant of each row as 0, 1, 2, ...

    Notes
    -----
    between / (between + within / n), with n the harmonic mean of rows per participant and the
    components from the mean squares. In a balanced panel this is 1 - 1/F, known as ICC(2).

    References
    ----------
    Lüdtke et al. (2008), Psychological Methods 13:203-229. doi:10.1037/a0012869
    """
    counts = np.bincount(codes).astype(np.float64)
    n, m = len(codes), len(counts)
    size = float(m / np.sum(1 / counts))
    if n <= m or m < 2:
        return Reliability(term, label, None, size)
    means = person_means(values, codes)
    within = float(np.sum((values - means) ** 2)) / (n - m)
    spread = float(np.sum((means - values.mean()) ** 2)) / (m - 1)
    unbiased = (n - float(np.sum(counts**2)) / n) / (m - 1)
    between = max(0.0, (spread - within) / unbiased)
    whole = between + within / size
    return Reliability(term, label, between / whole if whole > _NOTHING else None, size)


def unreliable(reliabilities: Sequence[Reliability]) -> tuple[Finding, ...]:
    """One warning for features, one for the moderator, each naming whose means are unreliable."""
    low = [one for one in reliabilities if one.value is not None and one.value < RELIABLE]
    features = [one for one in low if not one.term.startswith("moderator:")]
    found = []
    if features:
        text = (
            "Few occasions give unreliable averages (reliability below "
            f"{RELIABLE:g}) of {_named(features)}: their terms between participants are drawn "
            "towards the terms within participants."
        )
        found.append(Finding("unreliable_mean", None, _least(features), text))
    for one in low:
        if one not in features:
            text = (
                f"{one.label} is averaged over few occasions (reliability {one.value:.2f}): what "
                "goes along with it is understated."
            )
            found.append(Finding("unreliable_moderator", one.term, one.value, text))
    return tuple(found)


def _named(low: Sequence[Reliability]) -> str:
    return ", ".join(f"{one.label} ({one.value:.2f})" for one in low)


def _least(low: Sequence[Reliability]) -> float:
    return min(one.value for one in low if one.value is not None)


def inflation(matrix: Floats, terms: Sequence[tuple[str, str]]) -> tuple[Inflation, ...]:
    """Variance inflation factors of the columns of a design.

    Parameters
    ----------
    matrix
        Columns that vary and have full rank with the intercept, (n, k), without the intercept.
    terms
        (term, label) of each column.
    """
    if not terms:
        return ()
    centred = matrix - matrix.mean(axis=0)
    triangle = np.linalg.qr(centred / np.linalg.norm(centred, axis=0), mode="r")
    inverse = solve_triangular(triangle, np.eye(len(terms)))
    factors = np.sum(inverse**2, axis=1)
    named = zip(terms, factors.tolist(), strict=True)
    return tuple(Inflation(term, label, max(1.0, value)) for (term, label), value in named)


def inflated(factors: Sequence[Inflation]) -> tuple[Finding, ...]:
    """Warnings that name the terms which overlap, and those which overlap strongly."""
    strong = [one for one in factors if one.value > STRONGLY_INFLATED]
    some = [one for one in factors if INFLATED < one.value <= STRONGLY_INFLATED]
    found = []
    if strong:
        text = (
            f"Other terms nearly give {_factors(strong)}: read none of these on its own, or leave "
            "some out with features = [...]."
        )
        found.append(Finding("vif_strong", None, max(one.value for one in strong), text))
    if some:
        text = f"Other terms overlap with {_factors(some)}: the intervals are wide because of it."
        found.append(Finding("vif", None, max(one.value for one in some), text))
    return tuple(found)


def _factors(terms: Sequence[Inflation]) -> str:
    names = "; ".join(f"{one.label} ({one.value:.0f})" for one in terms)
    return f"{names} (variance inflation factors in brackets)"
