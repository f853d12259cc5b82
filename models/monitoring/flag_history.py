"""What became of flags from one look at the data to the next: new, again, gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Side = Literal["more", "fewer"]
Key = tuple[str, str, str]
"""Indicator, kind of group (site, cohort, file), and group."""


@dataclass(frozen=True)
class Flag:
    """A group that stood out at one look: by which indicator, to which side, how far."""

    indicator_id: str
    group_kind: str
    group_id: str
    side: Side
    level: Literal["watch", "flag"]

    @property
    def key(self) -> Key:
        """What makes it the same flag at another look; its side belongs to it as well."""
        return self.indicator_id, self.group_kind, self.group_id


@dataclass(frozen=True)
class Look:
    """The flags of one build; `as_of` is the day up to which it knew the data."""

    build_id: str
    as_of: date
    flags: tuple[Flag, ...]


@dataclass(frozen=True)
class Past:
    """What earlier looks say of a flag.

    `n_in_a_row` counts looks up to this one, 0 for a flag that is gone; `since` is the data's day
    at the first of them, or for a flag that is gone at its last; `was_before` says that there was
    one earlier still, with a gap.
    """

    state: Literal["first look", "new", "again", "back", "gone"]
    n_in_a_row: int
    since: date
    was_before: bool = False

    @property
    def words(self) -> str:
        """As a person reads it: `new`, `3rd time`, `back`, `gone`."""
        if self.state == "again":
            return f"{_ordinal(self.n_in_a_row)} time"
        return self.state


def looks_of(every: Sequence[Look]) -> list[Look]:
    """One look per day up to which the data were known: the last build of each.

    Making the same data anew is not another look at them.
    """
    by_day = {look.as_of: look for look in sorted(every, key=lambda one: one.build_id)}
    return [by_day[day] for day in sorted(by_day)]


def pasts(earlier: Sequence[Look], now: Look) -> dict[Key, Past]:
    """What earlier looks say of each flag of now, and of each that has gone since the last look.

    Looks at data that reach as far as now's, or further, are left out.
    """
    looks = [look for look in looks_of(earlier) if look.as_of < now.as_of]
    found = {flag.key: _past(looks, flag, now.as_of) for flag in now.flags}
    if looks:
        last = looks[-1]
        for flag in last.flags:
            if flag.key not in found:
                found[flag.key] = Past("gone", 0, last.as_of)
    return found


def _past(looks: Sequence[Look], flag: Flag, now: date) -> Past:
    if not looks:
        return Past("first look", 1, now)
    has = [
        any((one.key, one.side) == (flag.key, flag.side) for one in look.flags) for look in looks
    ]
    row = 0
    while row < len(has) and has[-1 - row]:
        row += 1
    was_before = any(has[: len(has) - row])
    if row:
        return Past("again", row + 1, looks[-row].as_of, was_before)
    return Past("back" if was_before else "new", 1, now, was_before)


def _ordinal(n: int) -> str:
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"
