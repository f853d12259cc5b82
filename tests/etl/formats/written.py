"""What a made-up export of a format is: its files' receipts, and how the study file names it."""

from dataclasses import dataclass, field

PEOPLE = ("S01", "S02", "S03", "S04", "S05", "S06")
"""Participants of the made-up study, by the ids of its roster."""
FIRST_DAY = "2025-03-03"
LAST_DAY = "2025-04-13"
INSTRUMENT = """
[[instruments]]
id = "bond"
label = "Bond with the app (made up)"
items = 3
low = 1
high = 7
[[instruments.scales]]
id = "total"
label = "Total"
items = [1, 2, 3]
"""
"""Every made-up survey asks these three items."""


@dataclass(frozen=True)
class Written:
    """An export that was written into a folder.

    Parameters
    ----------
    source
        TOML of its `[[sources]]`, paths from that folder.
    counts
        By file (path from the folder): records read, loaded, duplicate, rejected.
    ids
        By participant of `PEOPLE`, the id that the system knows them by; empty where it is the same.
    """

    source: str
    counts: dict[str, tuple[int, int, int, int]]
    ids: dict[str, str] = field(default_factory=dict)
