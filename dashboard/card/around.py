"""What happened between the two surveys of a fall: facts side by side, none called its cause."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from dashboard.card import words

Row = dict[str, Any]
SCHEMA = {
    "dimension_label": pl.String,
    "is_total": pl.Boolean,
    "from_date": pl.Date,
    "from_score": pl.Float64,
    "to_date": pl.Date,
    "to_day": pl.Int64,
    "to_score": pl.Float64,
    "fall": pl.Float64,
    "threshold": pl.Float64,
    "last_use_date": pl.Date,
    "n_due": pl.Int64,
    "n_missed": pl.Int64,
    "stopped": pl.String,
    "versions": pl.String,
    "text": pl.String,
}


def around(
    falls: pl.DataFrame,
    facts: Row,
    sessions: pl.DataFrame,
    ledger: pl.DataFrame,
    exposures: pl.DataFrame,
    versions: pl.DataFrame,
) -> pl.DataFrame:
    """Each fall of one participant with what the data show of the days before it.

    Parameters
    ----------
    falls
        As `dashboard.card.change.falls` returns, of one participant. Not modified, nor are others.
    facts
        The participant's row of `queries.care.people`.
    sessions, ledger, exposures
        As the readers of `queries.participant` return them, over all weeks.
    versions
        As `queries.care.versions` returns.

    Returns
    -------
    pl.DataFrame
        Columns of `SCHEMA`, the newest fall first; no rows without a fall. The days looked at are
        those after the survey before and up to the day of the fall. `stopped` names features that
        were met in as many days up to the survey before, and in none of these; `versions` those
        that the app first bore in them. NULL where nothing is known, because use of that time is
        not shown or nothing is due.
    """
    rows = []
    for fall in _ordered(falls).to_dicts():
        found = _in_between(fall, facts, sessions, ledger, exposures, versions)
        row = {name: {**fall, **found}.get(name) for name in SCHEMA}
        row["text"] = " ".join(words.around(row, facts["last_shown_date"]))
        rows.append(row)
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _ordered(falls: pl.DataFrame) -> pl.DataFrame:
    """The newest first; of one survey the total before its parts."""
    return falls.sort("to_date", "is_total", "position", descending=[True, True, False])


def _in_between(
    fall: Row,
    facts: Row,
    sessions: pl.DataFrame,
    ledger: pl.DataFrame,
    exposures: pl.DataFrame,
    versions: pl.DataFrame,
) -> Row:
    start, end = fall["from_date"], fall["to_date"]
    shown = facts["last_shown_date"]
    if shown is not None and end > shown:
        return {}
    is_due = (pl.col("kind") == "session") & _within("due_date", start, end)
    due = ledger.filter(is_due & (pl.col("status") != "open"))
    changed = versions.filter(_within("first_date", start, end))["app_version"].to_list()
    is_update = versions.filter(pl.col("first_date") <= start).height > 0
    return {
        "last_use_date": sessions.filter(pl.col("local_date") <= end)["local_date"].max(),
        "n_due": due.filter(pl.col("status") != "excused").height,
        "n_missed": due.filter(pl.col("status") == "missed").height,
        "stopped": ", ".join(_stopped(exposures, start, end)) or None,
        "versions": ", ".join(changed) or None if is_update else None,
    }


def _stopped(exposures: pl.DataFrame, start: date, end: date) -> list[str]:
    """Features met in as many days up to the survey before, and in none of those after it."""
    as_long_before = start - timedelta(days=(end - start).days)
    before = exposures.filter(_within("local_date", as_long_before, start))
    after = set(exposures.filter(_within("local_date", start, end))["feature_id"])
    gone = before.filter(~pl.col("feature_id").is_in(list(after)))
    return gone.sort("position")["feature_label"].unique(maintain_order=True).to_list()


def _within(column: str, after: date, until: date) -> pl.Expr:
    return (pl.col(column) > after) & (pl.col(column) <= until)
