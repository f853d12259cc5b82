"""The filters that every page shares, and how a link carries them."""

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

LAST_WEEK = 519
_NAMES = {
    **{"sites": "site", "arms": "arm", "cohorts": "cohort", "dimension": "dimension"},
    **dict.fromkeys(("first_week", "last_week"), "weeks"),
}
"""What each field is called where a panel says which of them it uses."""


@dataclass(frozen=True)
class Filters:
    """What part of a study a page shows.

    `None` means all. Weeks are study weeks, both ends included. A choice that no longer exists
    simply matches nothing, so an old link shows an empty state instead of an error.
    """

    sites: tuple[str, ...] | None = None
    arms: tuple[str, ...] | None = None
    cohorts: tuple[str, ...] | None = None
    first_week: int = 0
    last_week: int = LAST_WEEK
    dimension: str = "alliance"

    @property
    def is_whole(self) -> bool:
        """All study weeks: what is no sum over weeks is known for these without participants."""
        return (self.first_week, self.last_week) == (0, LAST_WEEK)

    def only(self, names: Collection[str]) -> "Filters":
        """The filters of these names ('site', 'arm', 'cohort', 'weeks', 'dimension'), no other."""
        left_out: dict[str, Any] = {
            field.name: field.default for field in fields(self) if _NAMES[field.name] not in names
        }
        return replace(self, **left_out)

    @classmethod
    def parse(cls, query: str) -> "Filters":
        """Filters from a URL's query string; anything unreadable falls back to its default."""
        given = parse_qs(query.lstrip("?"))
        first = _week(given.get("from"), 0)
        last = _week(given.get("to"), LAST_WEEK)
        return cls(
            sites=_names(given.get("site")),
            arms=_names(given.get("arm")),
            cohorts=_names(given.get("cohort")),
            first_week=min(first, last),
            last_week=max(first, last),
            dimension=given.get("dimension", ["alliance"])[0],
        )

    def to_query(self) -> str:
        """The query string of a link to this view; defaults are left out."""
        pairs: list[tuple[str, str]] = []
        for key, names in (("site", self.sites), ("arm", self.arms), ("cohort", self.cohorts)):
            pairs += [(key, name) for name in names or ()]
        if self.first_week != 0:
            pairs.append(("from", str(self.first_week)))
        if self.last_week != LAST_WEEK:
            pairs.append(("to", str(self.last_week)))
        if self.dimension != "alliance":
            pairs.append(("dimension", self.dimension))
        return f"?{urlencode(pairs)}" if pairs else ""


def _names(values: list[str] | None) -> tuple[str, ...] | None:
    return tuple(sorted(set(values))) if values else None


def _week(values: list[str] | None, default: int) -> int:
    text = values[0] if values else ""
    return min(int(text), LAST_WEEK) if text.isdecimal() else default
