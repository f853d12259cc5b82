"""Did the participant use the app again within seven days of a contact?

A description, not an effect: whoever is contacted is chosen for being away, and many come back by
themselves.
"""

from datetime import timedelta

import polars as pl

WITHIN_DAYS = 7


def returned(contacts: pl.DataFrame, use: pl.DataFrame, days: int = WITHIN_DAYS) -> pl.DataFrame:
    """Contacts with whether a session began within `days` after them.

    Parameters
    ----------
    contacts
        `participant_id` and `contacted_at` (UTC, without a zone), and whatever else: it stays.
    use
        As `queries.worklist.use_since` gives it: `participant_id`, `started_at` (NULL for somebody
        without a session) and `seen_until`, until when sessions are seen. UTC, without a zone. Of
        whom it has no row, nothing is known.
    days
        How long somebody has, from the moment of the contact; both ends of it count as within.

    Returns
    -------
    pl.DataFrame
        One row per contact, in the order given, with `is_returned`: True when a session began
        after the contact and within the time; False when none did and all of that time is seen;
        NULL when none did yet and the data do not reach that far. And `returned_at`, when.
    """
    within = timedelta(days=days)
    asked = contacts.with_row_index("_place")
    people = use.group_by("participant_id").agg(pl.col("seen_until").max())
    sessions = use.select("participant_id", "started_at").drop_nulls()
    pairs = asked.select("_place", "participant_id", "contacted_at").join(
        sessions, on="participant_id", how="inner"
    )
    first = (
        pairs.filter(
            pl.col("started_at") > pl.col("contacted_at"),
            pl.col("started_at") <= pl.col("contacted_at") + within,
        )
        .group_by("_place")
        .agg(returned_at=pl.col("started_at").min())
    )
    joined = asked.join(first, on="_place", how="left").join(
        people, on="participant_id", how="left"
    )
    is_over = pl.col("seen_until") >= pl.col("contacted_at") + within
    told = joined.sort("_place").with_columns(
        is_returned=pl.when(pl.col("returned_at").is_not_null())
        .then(pl.lit(True))
        .when(is_over)
        .then(pl.lit(False))
    )
    return told.drop("_place", "seen_until")
