"""The caseload: one row per participant, sorted by what changed most recently and most.

A change is a last alliance total that rose or fell beyond reliable change (against the one before,
else against the first), or a silence longer than the participant's own rhythm knows. Its day is
that of the survey, or the first day on which the silence was longer than usual. Its size says how
many times the change is its own limit: the reliable change of the scale, or the longest usual gap.
"""

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
    """The caseload's rows in their order, without words; `worded` adds them.

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
        First those with a change, by how many whole weeks it was before the data end; within a week
        the largest first; then everybody else by id. `changed_on` and `change_size` as in `SCHEMA`,
        `changed_by` ('previous', 'first' or 'use'), and the columns that the words are made of.
    """
    beside = people.join(rhythm.drop("last_use_date"), on="participant_id", how="left").join(
        changed.drop("dimension_id"), on="participant_id", how="left"
    )
    for kind in ("survey", "session"):
        one = due.filter(pl.col("kind") == kind).drop("kind")
        names = {name: f"{kind}_{name}" for name in one.columns if name != "participant_id"}
        beside = beside.join(one.rename(names), on="participant_id", how="left")
    weeks_ago = (pl.col("as_of_date").max() - pl.col("changed_on")).dt.total_days() // 7
    return (
        _with_change(beside)
        .with_columns(weeks_ago=weeks_ago)
        .sort(
            "weeks_ago",
            "change_size",
            "participant_id",
            descending=[False, True, False],
            nulls_last=True,
        )
        .drop("weeks_ago")
    )


def _with_change(frame: pl.DataFrame) -> pl.DataFrame:
    """What changed last, since when, and how many times its own limit; NULL where nothing did."""
    by_previous = pl.col("previous_state").is_in(list(JUDGED))
    by_first = pl.col("first_state").is_in(list(JUDGED))
    points = pl.when(by_previous).then("from_previous").when(by_first).then("from_first")
    silent_from = pl.max_horizontal(2 * pl.col("median_gap_days"), "long_gap_days")
    limit = pl.when(
        pl.col("is_longer_than_usual")
        & pl.col("median_gap_days").is_not_null()
        & pl.col("long_gap_days").is_not_null()
    ).then(silent_from)
    found = frame.with_columns(
        _by=pl.when(by_previous).then(pl.lit("previous")).when(by_first).then(pl.lit("first")),
        _on=pl.when(by_previous | by_first).then("last_date"),
        _size=points.abs() / pl.col("threshold"),
        _use_on=pl.col("last_use_date") + pl.duration(days=limit.cast(pl.Int64) + 1),
        _use_size=pl.col("silence_days") / limit,
    )
    later = (pl.col("_use_on") > pl.col("_on")) | (
        (pl.col("_use_on") == pl.col("_on")) & (pl.col("_use_size") > pl.col("_size"))
    )
    by_use = pl.col("_use_on").is_not_null() & (pl.col("_on").is_null() | later)
    return found.with_columns(
        changed_by=pl.when(by_use).then(pl.lit("use")).otherwise("_by"),
        changed_on=pl.when(by_use).then("_use_on").otherwise("_on"),
        change_size=pl.when(by_use).then("_use_size").otherwise("_size"),
    ).drop("_by", "_on", "_size", "_use_on", "_use_size")


def worded(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of `rows` as table and list show them: columns of `SCHEMA`."""
    return pl.DataFrame([_row(row) for row in frame.to_dicts()], schema=SCHEMA, orient="row")


def _row(row: Row) -> Row:
    last_data = max(filter(None, (row["last_use_date"], row["last_answer_date"])), default=None)
    return {
        "participant_id": row["participant_id"],
        "site_label": row["site_label"],
        "change": _change(row),
        "changed_on": row["changed_on"],
        "change_size": row["change_size"],
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
        "survey": due_words(_due(row, "survey")),
        "is_survey_overdue": bool(row["survey_is_overdue"]),
        "session": due_words(_due(row, "session")),
        "last_data_date": last_data,
        "data_age_days": None if last_data is None else (row["as_of_date"] - last_data).days,
    }


def _change(row: Row) -> str | None:
    by = row["changed_by"]
    if by in (None, "use"):
        return None if by is None else "Silent for longer than usual"
    verb = "fell" if row[f"{by}_state"] == FELL else "rose"
    since = "since the survey before" if by == "previous" else "since the first survey"
    return f"Alliance {verb} {theme.number(abs(row[f'from_{by}']))} {since}"


def _due(row: Row, kind: str) -> Row | None:
    if row[f"{kind}_due_date"] is None:
        return None
    names = ("due_date", "window_end", "is_overdue", "n_overdue")
    return {"kind": kind} | {name: row[f"{kind}_{name}"] for name in names}


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
