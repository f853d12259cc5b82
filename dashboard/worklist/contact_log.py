"""The contact log as frames: every contact with what came of it, and the last with each person.

Only contacts with participants whom the viewer and the filters leave are in them.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from access.contacts import CHANNELS, NO_MORE, OUTCOMES, SPOKEN_TO, Contact, contacts
from access.viewer import Viewer
from dashboard.sources import TeamSources
from dashboard.worklist.chain import REASONS
from dashboard.worklist.returned import WITHIN_DAYS, returned
from queries.filters import Filters
from queries.worklist import use_since

SCHEMA: dict[str, Any] = {
    "contact": pl.Int64,
    "participant_id": pl.String,
    "contacted_at": pl.Datetime("us"),
    "contacted_local": pl.String,
    "channel": pl.String,
    "outcome": pl.String,
    "outcome_words": pl.String,
    "reason_words": pl.String,
    "note": pl.String,
    "logged_by": pl.String,
    "is_reached": pl.Boolean,
    "is_no_more": pl.Boolean,
    "is_struck": pl.Boolean,
    "is_own": pl.Boolean,
}
WITHOUT_ACCOUNT = "this machine"
RETURNED: dict[bool | None, str] = {True: "yes", False: "no", None: "not yet known"}


def log(source: TeamSources, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Contacts, the newest first, with `site_label`, `is_returned` and `returned_at`.

    Struck-out ones are among them, as never returned from: `is_returned` is NULL there.
    """
    every = frame(contacts(source.notes), source.time_zone, source.account)
    if every.is_empty():
        empty: dict[str, Any] = {"site_label": pl.String, "returned_at": pl.Datetime("us")}
        return _empty(every, empty | {"is_returned": pl.Boolean, "returned_words": pl.String})
    first = every["contacted_at"].min()
    assert isinstance(first, datetime)
    use = use_since(source.con, viewer, filters, every["participant_id"], first)
    sites = use.select("participant_id", "site_label").unique()
    theirs = every.join(sites, on="participant_id", how="inner", maintain_order="left")
    told = returned(theirs, use)
    is_returned = pl.when(~pl.col("is_struck")).then("is_returned")
    words = pl.when("is_struck").then(pl.lit("struck out")).otherwise(_words(pl.col("is_returned")))
    return told.with_columns(is_returned=is_returned, returned_words=words)


def last_contacts(every: pl.DataFrame) -> pl.DataFrame:
    """The last contact with each participant, and since when somebody asked not to be contacted.

    Columns `participant_id`, `n_contacts`, `last_contact`, `last_outcome`, `no_more_since`
    (texts in the study's time zone; the last NULL where nobody asked).
    """
    counted = every.filter(~pl.col("is_struck")).sort("contacted_at", "contact")
    asked = pl.col("contacted_local").filter(pl.col("is_no_more"))
    return counted.group_by("participant_id", maintain_order=True).agg(
        n_contacts=pl.len().cast(pl.Int64),
        last_contact=pl.col("contacted_local").last(),
        last_outcome=pl.col("outcome_words").last(),
        no_more_since=asked.last(),
    )


def frame(found: Iterable[Contact], time_zone: str, account: str | None = None) -> pl.DataFrame:
    """Contacts as rows; `is_own` says which of them `account` logged."""
    zone = ZoneInfo(time_zone)
    rows = [
        {
            "contact": one.id,
            "participant_id": one.participant,
            "contacted_at": one.at.astimezone(UTC).replace(tzinfo=None),
            "contacted_local": local(one.at, zone),
            "channel": CHANNELS.get(one.channel, one.channel),
            "outcome": one.outcome,
            "outcome_words": OUTCOMES.get(one.outcome, one.outcome),
            "reason_words": _reason(one.reason),
            "note": one.note,
            "logged_by": one.account or WITHOUT_ACCOUNT,
            "is_reached": one.outcome in SPOKEN_TO,
            "is_no_more": one.outcome in NO_MORE,
            "is_struck": one.is_struck,
            "is_own": (one.account or "local") == account,
        }
        for one in found
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def summary(every: pl.DataFrame) -> dict[str, int]:
    """Counts of contacts that were not struck out; `known` is of whom the return is known."""
    counted = every.filter(~pl.col("is_struck"))
    return {
        "logged": counted.height,
        "participants": counted["participant_id"].n_unique(),
        "reached": int(counted["is_reached"].sum()),
        "returned": int(counted["is_returned"].sum()),
        "known": counted.height - counted["is_returned"].null_count(),
    }


def local(moment: datetime, zone: ZoneInfo) -> str:
    """A moment in the study's time zone: `3 Mar 2025, 14:05`."""
    there = moment.astimezone(zone)
    return f"{there.day} {there:%b %Y, %H:%M}"


def _reason(reason: str | None) -> str | None:
    return REASONS[reason][1] if reason is not None and reason in REASONS else None


def _words(value: pl.Expr) -> pl.Expr:
    return (
        pl.when(value)
        .then(pl.lit(RETURNED[True]))
        .when(~value)
        .then(pl.lit(RETURNED[False]))
        .otherwise(pl.lit(RETURNED[None]))
    )


def _empty(every: pl.DataFrame, more: dict[str, Any]) -> pl.DataFrame:
    return every.with_columns(pl.lit(None, kind).alias(name) for name, kind in more.items())


__all__ = [
    "RETURNED",
    "SCHEMA",
    "WITHIN_DAYS",
    "WITHOUT_ACCOUNT",
    "frame",
    "last_contacts",
    "local",
    "log",
    "summary",
]
