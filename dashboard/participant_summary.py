"""A participant in plain sentences: what was due, what was done, when the app was last used.

No verdicts and no advice: numbers and dates only.
"""

import polars as pl

from dashboard import theme
from dashboard.participant_log import study_day
from dashboard.reliable_change import bands

SCHEMA = {"kind": pl.String, "label": pl.String, "text": pl.String}


def summary(facts: pl.DataFrame, ledger: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """Facts and sentences, one row each; no rows when there is no participant.

    Parameters
    ----------
    facts, ledger, scores
        As the readers of `queries.participant` return them; `facts` may lack the arm. Not
        modified.

    Returns
    -------
    pl.DataFrame
        `kind` ('fact' or 'sentence'), `label`, `text`.
    """
    if facts.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    row = facts.row(0, named=True)
    told = [("fact", label, text) for label, text in _facts(row).items()]
    sentences = {
        "Sessions": _due(ledger, "session", "sessions", "done"),
        "Surveys": _due(ledger, "survey", "surveys", "filled in"),
        "Use": _use(row),
        "Scores": _scores(scores),
    }
    told += [("sentence", label, text) for label, text in sentences.items() if text]
    return pl.DataFrame(told, schema=SCHEMA, orient="row")


def _facts(row: dict[str, object]) -> dict[str, str]:
    end = study_day(row["day_zero"], row["as_of_date"])
    arm = {"Arm": str(row["arm_label"])} if "arm_label" in row else {}
    return {
        "Participant": str(row["participant_id"]),
        **arm,
        "Site": str(row["site_label"]),
        "Enrolled": theme.day(row["enrolled_date"]),
        "Study day at the data end": "not known" if end is None else theme.number(end, 0),
        "Status": _status(row, end),
        "Weeks at risk": f"{row['weeks_at_risk']} of {row['planned_weeks']} planned",
        "Last use": theme.day(row["last_use_date"]),
    }


def _status(row: dict[str, object], end: int | None) -> str:
    if row["withdrawn_date"] is not None:
        kind = str(row["withdrawal_kind"] or "kind not given").replace("_", " ")
        return f"Withdrawn on {theme.day(row['withdrawn_date'])} ({kind})"
    if end is None:
        return "Day 0 not known"
    if end < 0:
        return "Day 0 is still to come"
    if end >= 7 * int(row["planned_weeks"]):
        return "Planned weeks are over"
    return "In the planned weeks"


def _due(ledger: pl.DataFrame, kind: str, noun: str, verb: str) -> str | None:
    statuses = ledger.filter(pl.col("kind") == kind)["status"].to_list()
    if not statuses:
        return None
    count = {status: statuses.count(status) for status in set(statuses)}
    n_done = count.get("done", 0) + count.get("late", 0)
    n_so_far = n_done + count.get("missed", 0)
    told = f"{n_done} of {n_so_far} {noun} due so far were {verb}"
    more = [
        (count.get("late", 0), "after the window"),
        (count.get("open", 0), "still open"),
        (count.get("excused", 0), "excused"),
    ]
    return "; ".join([told, *(f"{n} {words}" for n, words in more if n)]) + "."


def _use(row: dict[str, object]) -> str:
    if row["last_use_date"] is None:
        return "No use of the app is in the data."
    gap = (row["as_of_date"] - row["last_use_date"]).days
    ended = (
        "on the day the data end"
        if gap == 0
        else f"{theme.counted(gap, 'day')} before the data end"
    )
    sessions = theme.counted(int(row["n_sessions"]), "session")
    days = theme.counted(int(row["n_active_days"]), "day")
    return f"{sessions} of use on {days}; last use {ended}."


def _scores(scores: pl.DataFrame) -> str | None:
    """The total's latest score against its band; the band needs a second score to say anything."""
    shown = scores.filter((pl.col("dimension_id") == "alliance") & pl.col("score").is_not_null())
    if shown.is_empty():
        return None
    shown = shown.sort("answered_at", "occasion_id")
    last = shown.row(-1, named=True)
    told = (
        f"Latest {last['dimension_label']} score: {theme.number(last['score'])} "
        f"(scale {theme.number(last['low'], 0)} to {theme.number(last['high'], 0)}) "
        f"on study day {last['study_day']}"
    )
    band = bands(shown).row(0, named=True)
    if shown.height == 1 or band["half_width"] is None:
        return f"{told}."
    is_inside = band["band_low"] <= last["score"] <= band["band_high"]
    place = "inside" if is_inside else "outside"
    return (
        f"{told}, {place} the reliable-change band around the first score "
        f"({theme.number(band['first_score'])} ± {theme.number(band['half_width'])})."
    )
