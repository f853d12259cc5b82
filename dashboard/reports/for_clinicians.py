"""The clinicians' report: one participant, on one page and in detail."""

from dashboard.reports.outline import Item, LeftOut, Report, View
from dashboard.reports.views import items

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
            items(
                *("participant-summary", "participant-timeline"),
                *("participant-scores", "participant-bands"),
            ),
        ),
    ),
    (LeftOut("Of everybody in care; this report is of one participant.", ("caseload-people",)),),
    needs=("participant",),
    is_short=True,
)
