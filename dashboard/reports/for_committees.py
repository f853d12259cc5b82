"""The data monitoring committee's reports: an open part without arms, a closed one with them."""

from dashboard.reports.for_trials import TRIAL
from dashboard.reports.outline import Item, LeftOut, Report, View
from dashboard.reports.views import (
    ADHERENCE,
    DATA,
    MISSING,
    PROGRESS,
    STANDS_OUT,
    charts,
    items,
)

_WEEK_MEANS = (
    *("dimension_label", "study_week", "n_participants"),
    *("mean_score", "ci_low", "ci_high", "sd_score"),
)
_MONITORING = (
    View(
        "Recruitment and flow",
        "How many were recruited and when, beside the target, and where they are now.",
        PROGRESS,
    ),
    View(
        "Retention and withdrawals",
        "How long participants stay in the study, and how long they use the app: two things.",
        (*items("monitor-retention"), *charts("adherence-dropout", "adherence-nonusage")),
    ),
    View(
        "Adherence: expected and actual",
        "What was due under the protocol, and what was done.",
        ADHERENCE,
    ),
    MISSING,
    STANDS_OUT,
    View(
        "Alliance scores",
        "Observed means; no comparison is tested at an interim look.",
        (
            Item("alliance-dimensions", has_table=True, columns=_WEEK_MEANS, most=120),
            Item("alliance-groups", choices={"split": "arm"}),
        ),
    ),
    View("Data quality", DATA.lead, DATA.items),
)
_BY_ARM = View(
    "Arm: {label}",
    "The key numbers of this arm alone.",
    (
        *items("overview-numbers", "monitor-flow", "monitor-retention"),
        Item("monitor-definitions", is_optional=True),
        *items("adherence-ledger"),
        *charts("monitor-visits"),
    ),
    each="arm",
)
_NOT_FOR_DMC = (
    *TRIAL.left_out,
    LeftOut(
        "Associations and a forecast for the team's planning, not for monitoring the trial.",
        (
            *("outlook-summary", "outlook-ratios", "outlook-curves", "outlook-checks"),
            *("outlook-deltas", "outlook-tips", "outlook-answers", "outlook-widths"),
            "outlook-basis",
        ),
    ),
    LeftOut("Names participants: whom to contact is the team's work.", ("overview-attention",)),
    LeftOut("Belongs to the analysis plan, which the committee has.", ("alliance-measures",)),
)

DMC_OPEN = Report(
    "dmc-open",
    "Report to the data monitoring committee: open part",
    "trial",
    "Progress and conduct of the trial, all arms together, for everybody at the open session.",
    _MONITORING,
    _NOT_FOR_DMC,
    edition="masked",
)

DMC_CLOSED = Report(
    "dmc-closed",
    "Report to the data monitoring committee: closed part",
    "statistician",
    "Progress and conduct of the trial by arm, for members of the committee only.",
    (*_MONITORING, _BY_ARM),
    (
        *_NOT_FOR_DMC,
        LeftOut(
            "Tests of effects at an interim look follow the committee's charter, with its stopping "
            "rule; Rapport does not make them by itself.",
            (
                *("features-map", "features-detail", "features-forest"),
                *("models-trust", "models-estimates", "models-opinions", "models-variances"),
                *("models-means", "models-influence", "models-residuals", "models-levels"),
                *("models-fitted", "models-raw", "models-code"),
                *("variants-health", "variants-balance", "variants-effects", "variants-looks"),
                *("variants-weeks", "variants-moderators", "variants-points", "variants-course"),
                *("variants-horizons", "variants-moderation"),
                *("multiverse-words", "multiverse-curve", "multiverse-choices"),
            ),
        ),
        LeftOut(
            "Of the app rather than of the trial's conduct.",
            (
                *("features-exposure", "features-funnel", "features-dose", "features-reach"),
                "features-moderation",
                *("retention-weeks", "retention-cohorts", "retention-stickiness"),
                *("retention-lifecycle", "retention-releases"),
                *("dictionary-entries", "dictionary-changes", "dictionary-unmapped"),
            ),
        ),
    ),
    edition="open",
)
