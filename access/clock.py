"""The time of access: always UTC, always with its zone."""

from datetime import UTC, datetime


def utc_now(now: datetime | None = None) -> datetime:
    """`now` in UTC, or the present where none is given.

    Raises
    ------
    ValueError
        If `now` has no zone: nobody could tell what it means.
    """
    if now is None:
        return datetime.now(UTC)
    if now.tzinfo is None:
        raise ValueError("a time of access needs a zone")
    return now.astimezone(UTC)
