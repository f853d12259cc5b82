"""The sentences: why a term has no number, and what the numbers of a fit are."""

from collections.abc import Sequence

from models.results import FitResult, RowsLost

REASONS: dict[str, str] = {
    "always_on": "Everyone has this feature all the time, so nothing can be compared.",
    "not_recorded": "The log holds no record of this feature.",
    "never_exposed": "Nobody was exposed to this feature in the analysed rows.",
    "no_variation_within": (
        "No participant's exposure ever changed, so a participant cannot be compared with themself."
    ),
    "no_variation_between": (
        "All participants had the same average exposure, so they cannot be compared with each "
        "other."
    ),
    "too_few_participants": "Exposure varies in too few participants to be told from chance.",
    "equals_sessions": (
        "Exposure is the number of sessions in other words: its association cannot be told from "
        "that of use itself. A rate per session may be estimable."
    ),
    "collinear": "an exact combination of other terms",
    "separation": (
        "Values of this term predict the outcome without exception, so its odds ratio has no "
        "finite estimate."
    ),
    "covariate_not_known": "The roster holds no value of this covariate.",
    "no_variation_covariate": "All participants have the same value of this covariate.",
    "too_many_levels": (
        "This covariate has more categories than can be compared. Join some, or declare it a "
        "number."
    ),
    "moderator_not_known": "No participant has a score of the moderator.",
    "no_variation_moderator": "All participants have the same lasting level of the moderator.",
    "no_within_part": (
        "The feature has no estimable term within participants, so nothing in it can be changed."
    ),
}

LOSSES: dict[str, str] = {
    "no_score": "survey not filled in, or too few items answered",
    "window_not_covered": "the exposure window reaches outside the log",
    "no_session_in_window": "no session in the window, so that a rate is not defined",
    "no_exposure_record": "no record of some feature's exposure",
    "no_time": "time of the occasion unknown",
    "no_arm": "arm unknown",
    "nothing_due": "no session was due that week",
    "week_not_complete": "the week was not over, or only part of it is in the log",
    "no_week_before": "no week before it to take exposure from",
    "no_alliance_before": "no alliance score before that week",
    "no_session_week_before": "no session in the week before, so that a rate is not defined",
    "no_covariate": "a covariate is not known",
    "no_moderator": "no score of the moderator",
    "no_site": "site unknown",
}

UNITS: dict[str, str] = {
    "count": "per additional exposure in the window",
    "rate": "per additional exposure per session in the window",
    "log1p": "per unit of log(1 + exposures in the window)",
    "any": "any exposure in the window against none",
}


DF_METHODS: dict[str, str] = {
    "satterthwaite": "Satterthwaite",
    "kr": "Kenward-Roger",
    "none": "normal (z)",
}
"""How degrees of freedom came about, by the code of the study file and of `--df`."""


def explain_fit(result: FitResult) -> str:
    """One paragraph for a reader who is not a statistician: what was fitted, on whom, as what."""
    link = (
        "effect" if result.is_randomised else "association"
    )  # causal words need a randomised exposure
    caution = (
        "Exposure was randomised."
        if result.is_randomised
        else "Exposure was not randomised: these are associations, not effects."
    )
    if result.kind == "linear_mixed":
        scale = f"points of {result.outcome_label}"
        target = "Every participant has an own level; all share one trend."
        if "slope" in result.method:
            target = "Every participant has an own level and an own trend."
        rows = "survey occasions"
    else:
        scale = "log odds of doing a session that was due"
        target = (
            "Odds ratios are conditional: they are those of one participant, at their own level. "
            "The marginal ones, which compare groups of participants, are nearer to 1 and stand "
            "beside them."
        )
        rows = "weeks with a session due"
    return (
        f"Each {link} is in {scale}, {result.exposure.unit}, from {result.n_rows} {rows} of "
        f"{result.n_participants} participants. 'Within' compares a participant with themself at "
        f"other times, 'between' compares participants with each other. {target} {caution}"
    )


def explain_emptiness(lost: Sequence[RowsLost], row: str = "row") -> str:
    """Why no row (an occasion, or a week) can be analysed, with the reasons in order of weight."""
    if not lost:
        return f"No {row} can be analysed: there is none yet."
    reasons = "; ".join(
        f"{LOSSES[one.reason]} ({one.n_rows:,} {row}s of {one.n_participants:,} participants)"
        for one in sorted(lost, key=lambda one: -one.n_rows)
    )
    return f"No {row} can be analysed: {reasons}."
