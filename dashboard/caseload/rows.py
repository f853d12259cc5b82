"""The caseload: one row per participant, sorted by what changed most recently and most.

A change is a last alliance total that rose or fell beyond reliable change (against the one before,
else against the first), or a silence longer than the participant's own rhythm knows. Its day is
that of the survey, or the first day on which the silence was longer than usual. Its size says how
many times the change is its own limit: the reliable change of the scale, or the longest usual gap.
"""

from datetime import date
from typing import Any

import polars as pl

from dashboard import rhythm_words, theme
from dashboard.card.change import FELL, JUDGED, WORDS

SCHEMA = {
    "participant_id": pl.String,
    "site_label": pl.String,
    "change": pl.String,
    "changed_on": pl.Date,
    "change_size": pl.Float64,
    "last_use": pl.String,
    "last_use_note": pl.String,
    "is_silent": pl.Boolean,
    "score": pl.Float64,
    "score_low": pl.Float64,
    "score_high": pl.Float64,
    "score_date": pl.Date,
    "from_first": pl.Float64,
    "first_mark": pl.String,
    "from_previous": pl.Float64,
    "previous_mark": pl.String,
    "survey": pl.String,
    "is_survey_overdue": pl.Boolean,
    "session": pl.String,
    "last_data_date": pl.Date,
    "data_age_days": pl.Int64,
}
NOTHING_DUE = "none to come"
Row = dict[str, Any]


def rows(
    people: pl.DataFrame, rhythm: pl.DataFrame, changed: pl.DataFrame, due: pl.DataFrame
) -> pl.DataFrame:
    """The caseload's rows in their order.

    Parameters
    ----------
    people
        As `queries.care.people` returns: one row per participant. Not modified, nor are the others.
    rhythm
        As `queries.rhythm.own_rhythm` returns.
    changed
        Changes of the total, as `dashboard.card.change.changes` returns.
    due
        As `queries.care.next_due` returns.

    Returns
    -------
    pl.DataFrame
        Columns of `SCHEMA`. First those with a change, by how many whole weeks it was before the
        data end; within a week the largest first; then everybody else by id.
    """
    beside = people.join(rhythm.drop("last_use_date"), on="participant_id", how="left").join(
        changed.drop("dimension_id"), on="participant_id", how="left"
    )
    dues = {(row["participant_id"], row["kind"]): row for row in due.to_dicts()}
    made = [_row(row, dues) for row in beside.to_dicts()]
    as_of = people["as_of_date"].max()
    made.sort(key=lambda row: _place(row, as_of))
    return pl.DataFrame(made, schema=SCHEMA, orient="row")


def _place(row: Row, as_of: Any) -> tuple[int, int, float, str]:
    if row["changed_on"] is None:
        return (1, 0, 0.0, row["participant_id"])
    weeks = (as_of - row["changed_on"]).days // 7
    return (0, weeks, -row["change_size"], row["participant_id"])


def _row(row: Row, dues: dict[tuple[str, str], Row]) -> Row:
    who = row["participant_id"]
    words, day, size = _change(row)
    survey, session = dues.get((who, "survey")), dues.get((who, "session"))
    last_data = max(filter(None, (row["last_use_date"], row["last_answer_date"])), default=None)
    return {
        "participant_id": who,
        "site_label": row["site_label"],
        "change": words,
        "changed_on": day,
        "change_size": size,
        "last_use": rhythm_words.last_use(row),
        "last_use_note": rhythm_words.note(row),
        "is_silent": row["is_longer_than_usual"],
        "score": row["last_score"],
        "score_low": row["low"],
        "score_high": row["high"],
        "score_date": row["last_date"],
        "from_first": row["from_first"] if row["n_complete"] and row["n_complete"] > 1 else None,
        "first_mark": WORDS[row["first_state"] or "too_little"],
        "from_previous": row["from_previous"],
        "previous_mark": WORDS[row["previous_state"] or "too_little"],
        "survey": due_words(survey),
        "is_survey_overdue": bool(survey and survey["is_overdue"]),
        "session": due_words(session),
        "last_data_date": last_data,
        "data_age_days": None if last_data is None else (row["as_of_date"] - last_data).days,
    }


def _change(row: Row) -> tuple[str | None, date | None, float | None]:
    """What changed last, since when, and how many times its own limit; None where nothing did."""
    found = [change for change in (_of_alliance(row), _of_use(row)) if change is not None]
    if not found:
        return (None, None, None)
    return max(found, key=lambda change: (change[1], change[2]))


def _of_alliance(row: Row) -> tuple[str, date, float] | None:
    for state, points, since in (
        (row["previous_state"], row["from_previous"], "since the survey before"),
        (row["first_state"], row["from_first"], "since the first survey"),
    ):
        if state in JUDGED:
            verb = "fell" if state == FELL else "rose"
            words = f"Alliance {verb} {theme.number(abs(points))} {since}"
            return (words, row["last_date"], abs(points) / row["threshold"])
    return None


def _of_use(row: Row) -> tuple[str, date, float] | None:
    limit = rhythm_words.limit(row)
    if not row["is_longer_than_usual"] or limit is None:
        return None
    since = rhythm_words.longer_since(row["last_use_date"], limit)
    return ("Silent for longer than usual", since, row["silence_days"] / limit)


def due_words(due: Row | None) -> str:
    """The next thing due, or the first overdue one with the day until which it counts."""
    if due is None:
        return NOTHING_DUE
    if due["is_overdue"]:
        more = f" (and {due['n_overdue'] - 1} more)" if due["n_overdue"] > 1 else ""
        return (
            f"overdue since {theme.day(due['due_date'])}{more}; "
            f"open to {theme.day(due['window_end'])}"
        )
    by = "by " if due["kind"] == "session" else ""
    return f"due {by}{theme.day(due['due_date'])}"
