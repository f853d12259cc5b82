"""The three panels of the card, in the order in which they are read and printed."""

import polars as pl

from dashboard import theme
from dashboard.card import frames, view
from dashboard.figures import card as figures
from dashboard.panel import Panel

NOBODY = (
    "Choose a participant above, or open one from the caseload. One who is named in the address "
    "but not shown is not in the study, or not among those that the filters leave."
)
USES = ("site", "arm", "cohort")


def _n_scores(frame: pl.DataFrame) -> str:
    scores = frame.filter(pl.col("kind") == "score")
    occasions = theme.counted(scores["study_day"].n_unique(), "survey day")
    people = frame.filter(pl.col("kind") == "cohort")["n"]
    if people.is_empty():
        return f"n = 1 participant, {occasions}; no range of other people can be shown"
    ordered = people.drop_nulls().sort().to_list()
    most, least = theme.whole(ordered[-1]), theme.whole(ordered[0])
    return f"n = 1 participant, {occasions}; range of {least} to {most} people"


def _n_falls(frame: pl.DataFrame) -> str:
    return f"n = 1 participant, {theme.counted(frame['fall'].count(), 'marked fall')}"


WORDS = Panel(
    id="participant-card",
    title="In short",
    definition="Made of the numbers in the chart and its table, whichever weeks are chosen "
    "above. Changes are of the last full score, against the full score before it and the first "
    "one. Chance alone rarely makes a change beyond reliable change: 1.96 · sd · √2 · √(1 − "
    "reliability) of the scale (Jacobson and Truax), reached by error alone in 5 of 100 "
    "people. 8 in 10 people: between the 10th and 90th percentile of everybody's scores in the "
    "same study week, all groups together, this participant among them; not shown for few "
    "people. How soon they mostly come back: the middle one of their own gaps between days of "
    "use; a longer gap than usual is more than twice that, and longer than nine in ten of "
    "their gaps. The sentences say what was seen, not why, and are no advice.",
    read=frames.read_card,
    content=view.words_view,
    columns={"kind": "Kind", "label": "About", "text": "Text"},
    caption=lambda _frame: "n = 1 participant",
    empty=NOBODY,
    choices=("participant",),
    level="participant",
    width="full",
    uses=USES,
    view_name="Words",
)

COURSE = Panel(
    id="participant-course",
    title="Alliance over use and exposure, by study day",
    definition="Top: the alliance total and its parts, in scale points. Blue band: first full "
    "score ± reliable change; inside it, error of the scale alone may explain a difference. "
    "Dotted edges: 8 in 10 people of that study week score between them, all groups together; "
    "rounded, and left out where few people have a score. Triangle: a marked fall. Hollow: "
    "items missing, so not compared. Below, on the same days: sessions of use, and how often "
    "features were met. A part without a blue band has no reliability or sd in the study file, "
    "or its scale changed.",
    read=frames.read_course,
    figure=figures.card,
    columns={
        "kind": "Kind",
        "lane": "What",
        "study_day": "Study day",
        "value": "Value",
        "low": "From",
        "high": "To",
        "n": "n",
        "detail": "Detail",
    },
    caption=_n_scores,
    empty=f"Neither a score nor use of this participant is in the data. {NOBODY}",
    choices=("participant",),
    level="participant",
    height="tall",
    width="two-thirds",
    uses=USES,
    is_empty=lambda frame: frame.filter(pl.col("kind") != "cohort").is_empty(),
)

FALLS = Panel(
    id="participant-falls",
    title="Marked falls, and what happened around them",
    definition="A marked fall: a full score lower than the full score before it by more than "
    "reliable change, of the same questions. Research calls a marked decline of the alliance a "
    "rupture; this is one sign of it in numbers, not a finding of one. Around it: the days "
    "after the survey before, up to the day of the lower score. Used before: features met in "
    "as many days up to the survey before. What stands here happened in these days. Nothing is "
    "said of causes.",
    read=frames.read_falls,
    content=view.falls_view,
    columns={
        "dimension_label": "What fell",
        "from_date": "From",
        "from_score": "Score",
        "to_date": "To",
        "to_score": "Score then",
        "fall": "Fall",
        "threshold": "Reliable change",
        "last_use_date": "Last use before",
        "n_due": "Sessions due",
        "n_missed": "Missed",
        "stopped": "Used before, not then",
        "versions": "App updated to",
        "text": "In words",
    },
    caption=_n_falls,
    empty=NOBODY,
    choices=("participant",),
    level="participant",
    width="full",
    uses=USES,
    view_name="Words",
)

CARD = (WORDS, COURSE, FALLS)
