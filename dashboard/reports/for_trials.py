"""The trial team's report: recruitment, adherence, retention, missing data, outlook, data."""

from dashboard.reports.outline import Item, LeftOut, Report, View
from dashboard.reports.views import (
    ADHERENCE,
    DATA,
    MEASURE_COLUMNS,
    MISSING,
    PROGRESS,
    STANDS_OUT,
    items,
    where_there_are,
)

_ONE_ROW_EACH = "One row or more for each participant: read it on the page, or take its CSV."
_ONE_BY_ONE = "Participants one by one, for whoever is to get in touch: it is read on its page."
_OF_ONE_PERSON = "Of one participant: the clinician's report holds it."
_OUTLOOK = View(
    "Outlook",
    "Whether alliance and use go along with being lost, what missing surveys might change, and how "
    "precise the answer will be at the end.",
    (
        *items("outlook-summary"),
        *where_there_are("outlook-ratios", "outlook-curves", "outlook-checks"),
        *where_there_are("outlook-deltas", "outlook-tips"),
        *where_there_are("outlook-answers", "outlook-widths", "outlook-basis"),
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
            (*PROGRESS[:1], *items("overview-attention"), *PROGRESS[1:]),
        ),
        STANDS_OUT,
        View(
            "Adherence",
            "Who did what was due, week by week, by every definition of the study.",
            ADHERENCE,
        ),
        View(
            "Retention",
            "How long participants stay in the study, and how long they use the app: two things.",
            items("monitor-retention", "adherence-dropout", "adherence-nonusage"),
        ),
        MISSING,
        View(
            "Alliance",
            "How the dimensions of the alliance develop, and for whom.",
            (
                *items("alliance-dimensions", "alliance-groups"),
                Item("alliance-measures", columns=MEASURE_COLUMNS),
            ),
        ),
        _OUTLOOK,
        DATA,
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
