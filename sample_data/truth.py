"""The written-down truth: what was planted, and what a receipt must say of the files."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sample_data.counts import FileCount
from sample_data.design import (
    CONTEXT,
    DIMENSIONS,
    MODERATED_DIMENSION,
    MODERATION,
    MODERATOR_FEATURE,
    SCALE_MIDDLE,
    SCORES,
    TOTAL,
    USE,
    WINDOW_DAYS,
    WITHIN,
    Size,
    feature_ids,
    total_effect,
)

ALWAYS_ON = "privacy_banner"
Effects = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Truth:
    """Everything that was planted, and the rows of every file by what becomes of them."""

    study: str
    seed: int
    participants: int
    last_day: str
    window_days: int
    within: Effects
    between_context: Effects
    null_features: list[str]
    negative: list[list[str]]
    always_on: str
    moderator: dict[str, str | float]
    coupled: dict[str, str]
    confounded: dict[str, str]
    alliance: dict[str, object]
    weekly_adherence: dict[str, object]
    attrition: dict[str, object]
    files: list[FileCount]

    def write(self, folder: Path) -> None:
        """Write `truth.json`."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        (folder / "truth.json").write_bytes(f"{text}\n".encode())


def tell_truth(size: Size, seed: int, files: list[FileCount]) -> Truth:
    """Collect the planted numbers of a study."""
    within = within_effects(size)
    return Truth(
        study=size.folder,
        seed=seed,
        participants=size.participants,
        last_day=size.last_day.isoformat(),
        window_days=WINDOW_DAYS,
        within=within,
        between_context={k: v for k, v in CONTEXT.items() if k in within},
        null_features=[f for f, effects in within.items() if not any(effects.values())],
        negative=[[f, d] for f, effects in within.items() for d, b in effects.items() if b < 0],
        always_on=ALWAYS_ON,
        moderator=_moderator(within),
        coupled=_coupled(within),
        confounded=_confounded(),
        alliance=_alliance(),
        weekly_adherence=_weekly_adherence(),
        attrition=_attrition(),
        files=files,
    )


def within_effects(size: Size) -> Effects:
    """Scale points per additional exposure in the window, by feature and dimension, zeros too."""
    effects = {}
    for feature in feature_ids(size):
        if feature != ALWAYS_ON:
            own = WITHIN.get(feature, {})
            effects[feature] = {d: own.get(d, 0.0) for d in DIMENSIONS}
            effects[feature][TOTAL] = round(total_effect(own), 6)
    return effects


def _moderator(within: Effects) -> dict[str, str | float]:
    if MODERATOR_FEATURE not in within:
        return {}
    return {
        "feature": MODERATOR_FEATURE,
        "dimension": MODERATED_DIMENSION,
        "by": "lasting (between-person) flexibility, points above the mean",
        "change_of_effect_per_point": MODERATION,
    }


def _coupled(within: Effects) -> dict[str, str]:
    reasons = {
        "praise": "shown only after a finished session",
        "rehearsal": "trials happen only inside sessions",
        "badge": "granted only after a finished session",
    }
    return {feature: why for feature, why in reasons.items() if feature in within}


def _confounded() -> dict[str, str]:
    return {
        "reminder": "sent because of silence: fewer other exposures go with more reminders, and "
        "the ebb that caused the silence lasts. It changes no alliance score; it raises the odds "
        "of a session in the next week, although reminded participants do fewer."
    }


def _alliance() -> dict[str, object]:
    return {
        "unit": "scale points, 1 to 7",
        "week_slope": SCORES.weekly,
        "arms_against_first": SCORES.arm,
        "sd_person": SCORES.sd_person,
        "correlation_of_dimensions_between_persons": SCORES.correlation_person,
        "sd_slope_per_week": SCORES.sd_slope,
        "sd_occasion_shared": SCORES.sd_occasion,
        "sd_dimension": SCORES.sd_dimension,
        "sd_item": SCORES.sd_item,
        "note": "Items are rounded to whole numbers, which adds 1/12 to their variance.",
    }


def _weekly_adherence() -> dict[str, object]:
    return {
        "model": "log-odds of at least one session in a week in which one is due, given the "
        "participant's random intercept and the week's ebb, for those who started and have not "
        "faded; a population-averaged model must find smaller numbers",
        "base": USE.base,
        "arms_against_first": USE.arm,
        "week": USE.weekly,
        "alliance_lag": USE.alliance,
        "alliance_lag_centre": SCALE_MIDDLE,
        "reminder_lag": USE.reminder,
        "sd_person": USE.sd_person,
        "sd_week": USE.sd_week,
        "autocorrelation_of_weeks": USE.carry,
    }


def _attrition() -> dict[str, object]:
    return {
        "weekly_hazard_of_withdrawal": USE.leave_hazard,
        "log_hazard_ratio_per_alliance_point": USE.leave_log_hr,
        "weekly_hazard_of_fading": USE.fade_hazard,
        "log_hazard_ratio_of_fading": USE.fade_log_hr,
        "alliance": f"the last total scored before the week, at {SCALE_MIDDLE} until there is one",
    }
