"""What is in which report, in which order: the one table of it.

Reports are made of the pages' own panels, named by their ids. A panel of a page that an audience
has is in its report or named in `left_out` with the reason: tests/dashboard/reports says so.
"""

from collections.abc import Mapping
from types import MappingProxyType

from dashboard.reports.outline import Item, LeftOut, Report, View


def _charts(*ids: str) -> tuple[Item, ...]:
    """Panels whose table is printed below them."""
    return tuple(Item(name, has_table=True) for name in ids)


def _where_there_are(*ids: str) -> tuple[Item, ...]:
    """Panels that are for some studies only; the one before them says why there is nothing."""
    return tuple(Item(name, is_optional=True) for name in ids)


def _items(*ids: str) -> tuple[Item, ...]:
    """Panels whose chart or content says it all."""
    return tuple(Item(name) for name in ids)


_ONE_ROW_EACH = "One row or more for each participant: read it on the page, or take its CSV."
_ONE_BY_ONE = "Participants one by one, for whoever is to get in touch: it is read on its page."
_OF_ONE_PERSON = "Of one participant: the clinician's report holds it."
_DIAGNOSTICS = (
    "Diagnostics of one model: they stand on the page Models, which the trust card sums up."
)
_MODELS = View(
    "Model: {label}",
    "Whether this model's numbers may be believed, what they are, and the code that makes them.",
    (
        *_items("models-trust", "models-estimates", "models-raw"),
        Item("models-means", is_optional=True),
        Item("models-code"),
    ),
    each="model",
)
_PROGRESS = (
    *_items("overview-numbers", "overview-freshness", "monitor-flow", "monitor-recruitment"),
    *_items("monitor-sites", "overview-activity"),
)
_STANDS_OUT = View(
    "What stands out",
    "Sites, months of enrolment and files that differ by more than chance and their size explain.",
    _items("monitor-flags", "monitor-funnel"),
)
_ADHERENCE = (
    *_charts("overview-adherence"),
    Item("monitor-facets", has_table=True, is_optional=True),
    Item("adherence-weekly", has_table=True, is_optional=True),
    Item("adherence-usage-weekly", has_table=True, is_optional=True),
    Item("monitor-definitions", is_optional=True),
    Item("monitor-classes", is_optional=True),
    *_items("adherence-ledger", "monitor-metrics"),
)
_MISSING = View(
    "Missing data",
    "Which surveys were filled in, and whether that goes along with use.",
    (*_charts("monitor-visits"), *_items("monitor-missing"), *_charts("alliance-scores")),
)
_DATA = View(
    "Data",
    "What was loaded, what stands out, what was refused and why, and where the log has gaps.",
    (
        Item(
            "data-receipts",
            columns=(
                *("source_file", "status", "rows_read", "rows_loaded"),
                *("rows_duplicate", "rows_rejected", "rejected_share", "cells_refused"),
            ),
        ),
        Item("data-coverage"),
        Item(
            "data-findings",
            is_table=True,
            columns=("severity", "message", "place", "remedy"),
            most=20,
        ),
        Item(
            "data-rejections",
            is_table=True,
            columns=("n_rows", "refused", "meaning", "source_id", "remedy"),
            most=20,
        ),
        Item("data-unmapped", has_table=True),
    ),
)
_MEASURE_COLUMNS = ("dimension_label", "scale", "reach", "link")
_MEASURED = View(
    "Alliance",
    "How the dimensions of the alliance develop, for whom, and how much of it was measured.",
    (
        *_items("alliance-dimensions", "alliance-groups"),
        *_charts("alliance-surveys", "alliance-use", "alliance-scores"),
        Item("alliance-measures", columns=_MEASURE_COLUMNS),
    ),
)

_OUTLOOK = View(
    "Outlook",
    "Whether alliance and use go along with being lost, what missing surveys might change, and how "
    "precise the answer will be at the end.",
    (
        *_items("outlook-summary"),
        *_where_there_are("outlook-ratios", "outlook-curves", "outlook-checks"),
        *_where_there_are("outlook-deltas", "outlook-tips"),
        *_where_there_are("outlook-answers", "outlook-widths", "outlook-basis"),
    ),
)
_SAID_TWICE = LeftOut(
    "Said by panels of the page Monitor in this report, beside targets and windows.",
    (
        *("overview-recruitment", "adherence-definitions", "adherence-agreement"),
        *("alliance-surveys", "alliance-use"),
    ),
)

TRIAL = Report(
    "trial",
    "Trial team report",
    "trial",
    "Where the trial stands: recruitment, use, adherence, alliance and the data behind them.",
    (
        View(
            "Where the trial stands",
            "Recruitment and use so far, and what needs attention.",
            (*_PROGRESS[:1], *_items("overview-attention"), *_PROGRESS[1:]),
        ),
        _STANDS_OUT,
        View(
            "Adherence",
            "Who did what was due, week by week, by every definition of the study.",
            _ADHERENCE,
        ),
        View(
            "Retention",
            "How long participants stay in the study, and how long they use the app: two things.",
            _items("monitor-retention", "adherence-dropout", "adherence-nonusage"),
        ),
        _MISSING,
        View(
            "Alliance",
            "How the dimensions of the alliance develop, and for whom.",
            (
                *_items("alliance-dimensions", "alliance-groups"),
                Item("alliance-measures", columns=_MEASURE_COLUMNS),
            ),
        ),
        _OUTLOOK,
        _DATA,
    ),
    (
        LeftOut(
            _ONE_ROW_EACH,
            ("adherence-sessions", "adherence-usage", "adherence-surveys", "alliance-latest"),
        ),
        LeftOut(
            _OF_ONE_PERSON,
            (
                *("participant-card", "participant-course", "participant-falls"),
                *("participant-summary", "participant-timeline"),
                *("participant-scores", "participant-bands"),
            ),
        ),
        LeftOut(_ONE_BY_ONE, ("caseload-people", "worklist-people", "worklist-contacts")),
        _SAID_TWICE,
    ),
)

DESIGNER = Report(
    "designer",
    "Designer report",
    "designer",
    "What of the app reached whom, what goes with alliance and adherence, and the models of that.",
    (
        View(
            "Features",
            "Which features go with alliance and adherence, and how far each one reaches.",
            (
                *_items("features-map", "features-detail", "features-forest"),
                *_items("features-exposure", "features-dose", "features-reach", "features-funnel"),
                Item("features-moderation", is_optional=True),
            ),
        ),
        View(
            "Retention of use",
            "Who comes back, how often, and what releases changed.",
            _items(
                *("retention-weeks", "retention-cohorts", "retention-stickiness"),
                *("retention-lifecycle", "retention-releases"),
            ),
        ),
        View(
            "Versions compared",
            "Whether the comparison worked as meant, then what the versions differ in.",
            (
                *_items("variants-health"),
                *_where_there_are("variants-balance", "variants-effects", "variants-looks"),
                *_where_there_are("variants-weeks", "variants-moderators"),
            ),
        ),
        View(
            "Prompts",
            "What prompts that were dealt out at random changed soon after.",
            (
                *_items("variants-points"),
                *_where_there_are("variants-course", "variants-horizons", "variants-moderation"),
            ),
        ),
        View(
            "Multiverse",
            "One association under every reasonable definition, window and model.",
            (
                *_items("multiverse-words"),
                *_where_there_are("multiverse-curve", "multiverse-choices"),
            ),
        ),
        _MEASURED,
        View(
            "The trial behind the numbers",
            "How many take part, and how much they use the app.",
            (
                *_items("overview-numbers", "overview-freshness", "overview-recruitment"),
                *_items("overview-activity", "overview-adherence"),
            ),
        ),
        View(
            "Feature dictionary",
            "Which events stand for which principle, and what changed.",
            (
                Item(
                    "dictionary-entries",
                    columns=(
                        *("event", "feature_label", "principle_label", "stage"),
                        *("is_exposure", "versions", "n_exposures"),
                    ),
                    most=80,
                ),
                *_items("dictionary-changes", "dictionary-unmapped"),
            ),
        ),
        _MODELS,
    ),
    (
        LeftOut(
            _DIAGNOSTICS,
            (
                *("models-opinions", "models-variances"),
                *("models-residuals", "models-levels", "models-fitted"),
            ),
        ),
    ),
)

CLINICIAN = Report(
    "clinician",
    "Participant summary",
    "clinician",
    "One participant's time in the study: what was due, what was used, what was said.",
    (
        View(
            "The card",
            "What was said and done, in words and on one time axis.",
            (
                Item("participant-card"),
                Item("participant-course", height=580),
                Item("participant-falls"),
            ),
        ),
        View(
            "In detail",
            "What was due, use, exposures and scores.",
            _items(
                *("participant-summary", "participant-timeline"),
                *("participant-scores", "participant-bands"),
            ),
        ),
    ),
    (LeftOut("Of everybody in care; this report is of one participant.", ("caseload-people",)),),
    needs=("participant",),
    is_short=True,
)

_WEEK_MEANS = (
    *("dimension_label", "study_week", "n_participants"),
    *("mean_score", "ci_low", "ci_high", "sd_score"),
)
_MONITORING = (
    View(
        "Recruitment and flow",
        "How many were recruited and when, beside the target, and where they are now.",
        _PROGRESS,
    ),
    View(
        "Retention and withdrawals",
        "How long participants stay in the study, and how long they use the app: two things.",
        (*_items("monitor-retention"), *_charts("adherence-dropout", "adherence-nonusage")),
    ),
    View(
        "Adherence: expected and actual",
        "What was due under the protocol, and what was done.",
        _ADHERENCE,
    ),
    _MISSING,
    _STANDS_OUT,
    View(
        "Alliance scores",
        "Observed means; no comparison is tested at an interim look.",
        (
            Item("alliance-dimensions", has_table=True, columns=_WEEK_MEANS, most=120),
            Item("alliance-groups", choices={"split": "arm"}),
        ),
    ),
    View("Data quality", _DATA.lead, _DATA.items),
)
_BY_ARM = View(
    "Arm: {label}",
    "The key numbers of this arm alone.",
    (
        *_items("overview-numbers", "monitor-flow", "monitor-retention"),
        Item("monitor-definitions", is_optional=True),
        *_items("adherence-ledger"),
        *_charts("monitor-visits"),
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

REPORTS: Mapping[str, Report] = MappingProxyType(
    {one.name: one for one in (TRIAL, DESIGNER, CLINICIAN, DMC_OPEN, DMC_CLOSED)}
)
"""Every report, in the order in which they are offered."""
