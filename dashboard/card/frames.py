"""What the card's panels read: one participant's facts and sentences, chart and falls."""

from dataclasses import dataclass, replace
from typing import Any

import duckdb
import polars as pl

from access.viewer import Viewer
from dashboard import theme
from dashboard.card import words
from dashboard.card.around import SCHEMA as FALL_SCHEMA
from dashboard.card.around import around
from dashboard.card.change import changes, falls
from dashboard.card.log import SCHEMA as LOG_SCHEMA
from dashboard.card.log import log
from dashboard.participant_log import study_day
from queries import care
from queries import participant as reads
from queries.filters import Filters
from queries.rhythm import own_rhythm

Connection = duckdb.DuckDBPyConnection
Row = dict[str, Any]
WORDS_SCHEMA = {"kind": pl.String, "label": pl.String, "text": pl.String}


def read_card(
    con: Connection, viewer: Viewer, filters: Filters, *, participant: str | None
) -> pl.DataFrame:
    """Facts and sentences, one row each: `kind` (fact or sentence), `label`, `text`."""
    person = _person(con, viewer, filters, participant)
    if person is None:
        return pl.DataFrame(schema=WORDS_SCHEMA)
    ledger = reads.ledger(con, viewer, person.filters, person.who)
    due = {row["kind"]: row for row in person.due.to_dicts()}
    told = [("fact", label, text) for label, text in _facts(person.row).items()]
    told += [
        ("sentence", label, text)
        for label, texts in _sentences(con, viewer, person, ledger, due).items()
        for text in texts
    ]
    return pl.DataFrame(told, schema=WORDS_SCHEMA, orient="row")


def read_course(
    con: Connection, viewer: Viewer, filters: Filters, *, participant: str | None
) -> pl.DataFrame:
    """The rows of the chart, as `dashboard.card.log.log` returns them."""
    person = _person(con, viewer, filters, participant)
    if person is None:
        return pl.DataFrame(schema=LOG_SCHEMA)
    sessions = reads.sessions(con, viewer, person.filters, person.who)
    exposures = reads.exposures(con, viewer, person.filters, person.who)
    days = [person.scored["study_day"].max(), sessions["study_day"].max()]
    last = max((day for day in days if isinstance(day, int)), default=None)
    return log(
        person.scored,
        person.changed,
        falls(person.scored),
        care.bands(con, viewer),
        sessions,
        exposures,
        last,
        _hidden_from(person.row),
    )


def read_falls(
    con: Connection, viewer: Viewer, filters: Filters, *, participant: str | None
) -> pl.DataFrame:
    """Marked falls with what happened around them, as `dashboard.card.around` returns them.

    Without any there is one row, whose `text` says so, or that none can be told.
    """
    person = _person(con, viewer, filters, participant)
    if person is None:
        return pl.DataFrame(schema=FALL_SCHEMA)
    marked = falls(person.scored)
    if marked.is_empty():
        is_told = pl.col("threshold").is_not_null() & (pl.col("n_complete") > 1)
        said = words.NO_FALL if person.changed.filter(is_told).height else words.NOT_JUDGED
        return pl.DataFrame([{"text": said}], schema=FALL_SCHEMA)
    return around(
        marked,
        person.row,
        reads.sessions(con, viewer, person.filters, person.who),
        reads.ledger(con, viewer, person.filters, person.who),
        reads.exposures(con, viewer, person.filters, person.who),
        care.versions(con, viewer, person.filters, person.who),
    )


def _hidden_from(row: Row) -> int | None:
    """The first study day of which use is not shown, where a part of it is not."""
    shown = study_day(row["day_zero"], row["last_shown_date"])
    return None if shown is None else shown + 1


@dataclass(frozen=True)
class _Person:
    """One participant as the card needs them; all weeks, whichever are chosen."""

    who: str
    filters: Filters
    row: Row
    scored: pl.DataFrame
    changed: pl.DataFrame
    due: pl.DataFrame


def _person(
    con: Connection, viewer: Viewer, filters: Filters, participant: str | None
) -> _Person | None:
    """The participant, or None where nobody is chosen or the one chosen is not to be seen."""
    who = participant or ""
    whole = Filters(sites=filters.sites, arms=filters.arms, cohorts=filters.cohorts)
    people = care.people(con, viewer, whole, who)
    if people.is_empty():
        return None
    # Who may be seen at all was asked above; here it saves the rhythm of everybody else.
    rhythm = own_rhythm(con, replace(viewer, participants=frozenset({who})), whole)
    row = people.row(0, named=True) | rhythm.row(0, named=True)
    scored = care.scored(con, viewer, whole, who)
    return _Person(
        who,
        whole,
        row,
        scored,
        changes(scored, care.switches(con, viewer, whole, who)),
        care.next_due(con, viewer, whole, who),
    )


def _facts(row: Row) -> dict[str, str]:
    return {
        "Participant": str(row["participant_id"]),
        "Site": str(row["site_label"]),
        "Study time": _study_time(row),
        "Data end": theme.day(row["as_of_date"]),
    }


def _study_time(row: Row) -> str:
    """Whole weeks are counted from 0 everywhere, so is this one."""
    if row["withdrawn_date"] is not None:
        return f"left on {theme.day(row['withdrawn_date'])}"
    day = study_day(row["day_zero"], row["as_of_date"])
    if day is None:
        return "day 0 not known"
    if day < 0:
        return "day 0 is still to come"
    return f"day {day}, in week {day // 7}"


def _sentences(
    con: Connection, viewer: Viewer, person: _Person, ledger: pl.DataFrame, due: dict[str, Row]
) -> dict[str, list[str]]:
    rows = person.changed.sort("position").to_dicts()
    total = next((row for row in rows if row["is_total"]), None)
    counts = {
        kind: dict(
            ledger.filter(pl.col("kind") == kind).group_by("status").agg(n=pl.len()).iter_rows()
        )
        for kind in ("session", "survey")
    }
    return {
        "Alliance": [*words.score(total), *words.cohort(total, _band(con, viewer, total))],
        "Parts of alliance": [
            text for row in rows if not row["is_total"] for text in words.dimension(row)
        ],
        "Use": words.use(person.row),
        "Done so far": [
            text for kind, statuses in counts.items() for text in words.done(kind, statuses)
        ],
        "Next": words.due(due.get("survey"), due.get("session")),
    }


def _band(con: Connection, viewer: Viewer, total: Row | None) -> Row | None:
    """The cohort's band of the week of the last full total, where it may be shown."""
    if total is None:
        return None
    found = care.bands(con, viewer).filter(
        (pl.col("dimension_id") == total["dimension_id"])
        & (pl.col("study_week") == total["last_week"])
    )
    return None if found.is_empty() else found.row(0, named=True)
