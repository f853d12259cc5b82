"""The trust card: every condition that was looked at before a number is shown, and how it came out.

A check that is required and fails withholds the estimates as a headline; the others are notes.
"""

from collections.abc import Iterable, Mapping, Sequence

from models.linear.diagnostics import Diagnostics, Flag
from models.results import Check, Coefficient, FitResult, Influence, Opinion

FEW_DF = 4.0
"""Fewer degrees of freedom than this and a t interval says next to nothing."""
FEW_PARTICIPANTS = 30
FEW_SITES = 5
APART = 2.0
"""Standard errors between two methods' estimates above which they tell different stories."""
SE_RATIO_NOTE, SE_RATIO_FAIL = 1.5, 2.5
"""Ratio of the cluster-robust to the model's standard error, or the reverse: a note, a failure."""
MOST_DISPERSION = 1.5
"""Dispersion of several trials a row above which the binomial is too narrow."""
LOST_SHARE = 0.3
"""Share of rows lost that is worth a note."""
ALPHA = 0.05
"""A finding is a term with p below this."""
_FEATURE_PARTS = ("within", "between", "moderation")


def converged(optimisers: Sequence[str], gradient_norm: float) -> Check:
    """That two optimisers reached one maximum."""
    words = f"The same maximum was reached by {' and '.join(optimisers)}"
    return Check(
        "converged",
        is_passed=len(optimisers) >= 2,
        explanation=f"{words}; the slope of the likelihood there is {gradient_norm:.0e}.",
        is_required=True,
    )


def not_singular(*, is_singular: bool) -> Check:
    """That no variance is 0."""
    words = (
        "Some combination of the random effects has no variance: fixed effects hold, the variances "
        "and their correlation should not be read."
        if is_singular
        else "All variances exceed 0."
    )
    return Check("not singular", is_passed=not is_singular, explanation=words)


def enough_groups(rows: Iterable[Coefficient], n_participants: int) -> tuple[Check, ...]:
    """Degrees of freedom against what an interval needs, and participants against few."""
    known = [(row.df, row.label) for row in rows if row.df is not None and _is_feature(row)]
    checks = []
    if known:
        df, label = min(known)
        checks.append(
            Check(
                "degrees of freedom",
                is_passed=df >= FEW_DF,
                explanation=f"The least are {df:.0f}, for {label}; {FEW_DF:.0f} are asked for.",
                is_required=True,
            )
        )
    checks.append(
        Check(
            "participants",
            is_passed=n_participants >= FEW_PARTICIPANTS,
            explanation=(
                f"{n_participants} participants"
                + (
                    "."
                    if n_participants >= FEW_PARTICIPANTS
                    else f", fewer than {FEW_PARTICIPANTS}: intervals may be somewhat too narrow."
                )
            ),
        )
    )
    return tuple(checks)


def methods_agree(
    rows: Iterable[Coefficient], opinions: Iterable[Opinion], *, compared_with: str = "gee"
) -> Check:
    """That an estimate of another method lies within `APART` standard errors of the headline's."""
    others = {one.term: one for one in opinions if one.method == compared_with}
    apart = []
    for row in rows:
        other = others.get(row.term)
        if other is None or not _is_feature(row):
            continue
        if abs(row.estimate - other.estimate) > APART * max(row.se, other.se):
            apart.append(row.label)
    words = (
        f"The estimating equations tell another story of {'; '.join(apart)}."
        if apart
        else f"Estimates of both methods lie within {APART:.0f} standard errors for every feature."
    )
    return Check("methods agree", is_passed=not apart, explanation=words, is_required=True)


def marginal_agrees(opinions: Sequence[Opinion], labels: Mapping[str, str]) -> Check:
    """That the mixed model's marginal estimates are those of the estimating equations.

    Both have the same target, so that they may differ by chance and by missing rows only.
    """
    equations = {one.term: one for one in opinions if one.method == "gee"}
    marginal = [one for one in opinions if one.method == "marginal"]
    apart = [
        labels.get(one.term, one.term)
        for one in marginal
        if one.term in equations
        and one.term.startswith(tuple(f"{part}:" for part in _FEATURE_PARTS))
        and abs(one.estimate - equations[one.term].estimate)
        > APART * max(one.se, equations[one.term].se)
    ]
    if not (equations and marginal):
        words = "The estimating equations gave no second opinion."
    elif apart:
        words = f"The estimating equations tell another story of {'; '.join(apart)}."
    else:
        words = (
            f"Marginal odds ratios of both methods lie within {APART:.0f} standard errors for "
            "every feature."
        )
    return Check("methods agree", is_passed=not apart, explanation=words, is_required=True)


def robust_errors(rows: Iterable[Coefficient], opinions: Iterable[Opinion]) -> Check:
    """That cluster-robust standard errors are near the model's."""
    others = {one.term: one for one in opinions if one.method == "cluster_robust"}
    ratios = [
        (others[row.term].se / row.se, row.label)
        for row in rows
        if _is_feature(row) and row.term in others and row.se > 0
    ]
    worst = max(ratios, key=lambda pair: max(pair[0], 1 / pair[0]), default=(1.0, ""))
    size = max(worst[0], 1 / worst[0])
    if size < SE_RATIO_NOTE:
        words = "Cluster-robust standard errors are near the model's for every feature."
    else:
        words = (
            f"For {worst[1]} the cluster-robust standard error is {worst[0]:.2f} times the model's:"
            " read the cluster-robust interval."
        )
    return Check(
        "standard errors",
        is_passed=size < SE_RATIO_NOTE,
        explanation=words,
        is_required=size >= SE_RATIO_FAIL,
    )


def no_one_decides(influence: Iterable[Influence], group: str, labels: Mapping[str, str]) -> Check:
    """That no finding turns round when one participant (or site) is left out."""
    own = [one for one in influence if one.group == group]
    reversing = [labels.get(one.term, one.term) for one in own if one.n_reversing]
    losing = [labels.get(one.term, one.term) for one in own if one.n_losing]
    if reversing:
        words = f"Without one {group} the sign of a finding would change: {'; '.join(reversing)}."
    elif losing:
        words = f"Without one {group} p would exceed 0.05: {'; '.join(losing)}."
    else:
        words = f"No finding depends on one {group}."
    return Check(
        f"no single {group} decides",
        is_passed=not (reversing or losing),
        explanation=words,
        is_required=bool(reversing),
    )


def dispersion(ratio: float) -> Check:
    """Whether weeks with several sessions due vary as much as the binomial says."""
    is_usual = ratio < MOST_DISPERSION
    words = f"Pearson's chi-squared over its degrees of freedom is {ratio:.2f}" + (
        "." if is_usual else ": sessions of one week go together; read the GEE interval."
    )
    return Check("dispersion", is_passed=is_usual, explanation=words)


def shapes(looked: Diagnostics) -> tuple[Check, ...]:
    """Whether residuals and participants' own effects look as the model says."""
    residual = [flag for flag in looked.raised if flag.name.startswith(("residuals", "outcome"))]
    effects = [flag for flag in looked.raised if flag not in residual]
    return (
        _shape("residuals", residual, "Residuals look as the model says."),
        _shape("own effects", effects, "Participants' own effects look as the model says."),
    )


def _shape(name: str, raised: Sequence[Flag], fine: str) -> Check:
    words = " ".join(f"{flag.name.capitalize()}: {flag.explanation}." for flag in raised)
    return Check(name, is_passed=not raised, explanation=words or fine)


def rows_kept(result: FitResult) -> Check:
    """How much could not be analysed."""
    lost = sum(one.n_rows for one in result.rows_lost)
    share = lost / max(lost + result.n_rows, 1)
    return Check(
        "rows kept",
        is_passed=share <= LOST_SHARE,
        explanation=(
            f"{result.n_rows:,} rows are analysed, {lost:,} ({share:.0%}) could not be; the "
            "reasons are listed. Estimates are sound if what is missing depends only on what is "
            "in the model."
        ),
    )


def headline(result: FitResult) -> str:
    """Why the estimates are withheld, in a sentence; empty where they are not."""
    failed = result.failed_checks
    if not failed:
        return ""
    reasons = " ".join(one.explanation for one in failed)
    return f"The estimates are no headline, because a check failed. {reasons}"


def _is_feature(row: Coefficient) -> bool:
    return row.kind in _FEATURE_PARTS
