"""The card's sentences: plain, short, and made of the same numbers as the chart.

Nothing here judges, advises, or says what caused what. A test holds every sentence to a reading
level of eighth grade (tests/dashboard/test_card_words.py).
"""

from datetime import date
from typing import Any

from dashboard import rhythm_words, theme
from dashboard.card.change import FELL, INSIDE, ROSE, SCALE_CHANGED

Row = dict[str, Any]
NO_SCORE = "There is no full alliance score yet."
TOO_LITTLE = "There is too little data to tell a change: it takes two full scores."
NO_LIMIT = "The study does not say how exact this scale is. So no change is marked."
NO_BAND = "Too few people have a score in that week to show a range."
NOTHING_DUE = "Nothing more is due."
NOT_JUDGED = "There is too little data to tell a fall."
NO_FALL = "No full score fell from the one before by more than chance alone could explain."


def score(total: Row | None) -> list[str]:
    """The last alliance total and how it changed; `total` is its row of `change.changes`."""
    if total is None or total["last_score"] is None:
        return [NO_SCORE]
    told = [
        f"The last alliance score is {theme.number(total['last_score'])} on a scale from "
        f"{theme.number(total['low'], 0)} to {theme.number(total['high'], 0)}. "
        f"It is from {theme.day(total['last_date'])}."
    ]
    if total["n_complete"] < 2:
        return [*told, TOO_LITTLE]
    if total["previous_state"] == SCALE_CHANGED and total["first_state"] == SCALE_CHANGED:
        return [*told, scale_changed(total)]
    if total["threshold"] is None:
        return [*told, NO_LIMIT]
    return [
        *told,
        compared("the full score before it", total["from_previous"], total["previous_state"]),
        *(
            [compared("the first full score", total["from_first"], total["first_state"])]
            if total["n_complete"] > 2
            else []
        ),
    ]


def compared(with_what: str, points: float, state: str) -> str:
    """A change in scale points, and whether chance alone could explain it."""
    if state == SCALE_CHANGED:
        return f"It is not held against {with_what}, since the items were not the same."
    size = theme.number(abs(points))
    if float(size) == 0:
        return f"That is the same as {with_what}."
    way = "lower" if points < 0 else "higher"
    says = {
        FELL: "Chance alone rarely makes a drop this big.",
        ROSE: "Chance alone rarely makes a rise this big.",
        INSIDE: "Chance alone could make a change of this size.",
    }[state]
    return f"That is {size} {way} than {with_what}. {says}"


def scale_changed(row: Row) -> str:
    """Why scores are not compared."""
    if row["new_scale"] is not None:
        return (
            f"Since {theme.day(row['switched_date'])} it is asked with a new scale. "
            "Old and new scores are not compared."
        )
    return "The items of the scale have changed. Old and new scores are not compared."


def cohort(total: Row | None, band: Row | None) -> list[str]:
    """Where the last score lies in the range of most people in the same study week."""
    if total is None or total["last_score"] is None:
        return []
    if band is None:
        return [NO_BAND]
    low, high = band["p10"], band["p90"]
    # As precise as it is shown, so that words and numbers agree.
    value = round(total["last_score"], 1)
    place = "below" if value < low else "above" if value > high else "in"
    return [
        f"In study week {total['last_week']}, 8 in 10 people score from {theme.number(low)} to "
        f"{theme.number(high)}. This score is {place} that range."
    ]


def dimension(row: Row) -> list[str]:
    """One dimension that moved beyond reliable change, or whose scale changed; else nothing."""
    label = row["dimension_label"]
    for state, since, start in (
        (row["previous_state"], row["previous_date"], row["previous_score"]),
        (row["first_state"], row["first_date"], row["first_score"]),
    ):
        if state in (FELL, ROSE):
            return [
                f"{label}: the score {state} from {theme.number(start)} to "
                f"{theme.number(row['last_score'])} since {theme.day(since)}."
            ]
    return []


def fall(row: Row) -> str:
    """One fall, as its heading."""
    return (
        f"{row['dimension_label']}: from {theme.number(row['from_score'])} on "
        f"{theme.day(row['from_date'])} to {theme.number(row['to_score'])} on "
        f"{theme.day(row['to_date'])}"
    )


def around(row: Row, last_shown: date | None) -> list[str]:
    """What the data show of the days between the two surveys; no word of a cause."""
    if last_shown is not None and row["to_date"] > last_shown:
        return [f"Use is shown up to {theme.day(last_shown)} only, so not for these days."]
    length = (row["to_date"] - row["from_date"]).days
    told = [_use_before(row), f"The two scores are {theme.counted(length, 'day')} apart."]
    if row["n_due"]:
        told.append(_missed(row["n_missed"], row["n_due"]))
    if row["stopped"]:
        told.append(f"Used before, but not in that time: {row['stopped']}.")
    if row["versions"]:
        told.append(f"The app was updated in that time, to {row['versions']}.")
    return told


def _missed(n_missed: int, n_due: int) -> str:
    if n_missed == 0:
        return "No session that was due in that time was missed."
    if n_due == 1:
        return "The one session due in that time was missed."
    return f"{n_missed} of {n_due} sessions due in that time {_was(n_missed)} missed."


def _use_before(row: Row) -> str:
    if row["last_use_date"] is None:
        return "There was no use of the app before it."
    gap = (row["to_date"] - row["last_use_date"]).days
    if gap == 0:
        return "The app was used on the day of the lower score."
    return f"The app was last used {theme.counted(gap, 'day')} before the lower score."


def use(row: Row) -> list[str]:
    """The last use against the participant's own rhythm; `row` as `rhythm_words.last_use` takes."""
    if row["withdrawn_date"] is not None:
        kind = str(row["withdrawal_kind"] or "").replace("_", " ")
        more = f" ({kind})" if kind else ""
        return [f"They left the study on {theme.day(row['withdrawn_date'])}{more}.", *_shown(row)]
    if row["why_not_known"] == "no_day_zero":
        return ["The day on which they began is not known."]
    if row["why_not_known"] == "before_day_zero":
        return ["They have not begun yet."]
    if row["last_use_date"] is None:
        return ["There is no use of the app in the data."]
    if row["why_not_known"] == "after_planned_weeks":
        over = ["The planned weeks of use are over."] if row["last_shown_date"] is None else []
        return [*over, *_shown(row)]
    return [_last_use(row), *_rhythm(row)]


def _shown(row: Row) -> list[str]:
    told = []
    if row["last_shown_date"] is not None:
        told.append(f"Use is shown up to {theme.day(row['last_shown_date'])} only.")
    if row["last_use_date"] is not None:
        told.append(f"The last use in the data is from {theme.day(row['last_use_date'])}.")
    return told


def _last_use(row: Row) -> str:
    days = row["days_since_use"]
    if days == 0:
        return "The app was used on the last day of the data."
    return f"The app was last used {theme.counted(days, 'day')} before the data end."


def _rhythm(row: Row) -> list[str]:
    if row["why_not_known"] is not None:
        return ["There are too few days of use to know their own rhythm."]
    usual = rhythm_words.days(row["median_gap_days"])
    noun = "day" if usual == "1" else "days"
    told = [f"They mostly come back after {usual} {noun}."]
    if row["is_longer_than_usual"]:
        longest = rhythm_words.days(row["long_gap_days"])
        told.append(
            f"This gap is longer than usual: 9 in 10 of their gaps were {longest} days or less."
        )
    return told


def done(kind: str, counts: dict[str, int]) -> list[str]:
    """How many of the sessions or surveys due so far were done; nothing where none was due."""
    n_done = counts.get("done", 0) + counts.get("late", 0)
    n_due = n_done + counts.get("missed", 0)
    if not n_due:
        return []
    verb = "done" if kind == "session" else "filled in"
    return [f"{n_done} of {theme.counted(n_due, kind)} due so far {_was(n_done)} {verb}."]


def _was(n: int) -> str:
    return "was" if n == 1 else "were"


def due(survey: Row | None, session: Row | None) -> list[str]:
    """What comes next, or is overdue; rows of `queries.care.next_due`."""
    told = [_due(row) for row in (survey, session) if row is not None]
    return told or [NOTHING_DUE]


def _due(row: Row) -> str:
    kind = row["kind"]
    if row["is_overdue"]:
        return (
            f"A {kind} was due on {theme.day(row['due_date'])}. "
            f"It can be done up to {theme.day(row['window_end'])}."
        )
    by = "by" if kind == "session" else "on"
    return f"The next {kind} is due {by} {theme.day(row['due_date'])}."
