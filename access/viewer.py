"""Who is looking: the value that every read needs."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["local", "trial", "designer", "clinician", "statistician", "admin"]
Edition = Literal["open", "masked", "scrambled"]
"""Which marts somebody reads: with the true arms; with the arms pooled and all that gives them
away left out; or as `masked`, with arm labels dealt out at random, to finish an analysis plan."""
EDITIONS: tuple[Edition, ...] = ("open", "masked", "scrambled")


@dataclass(frozen=True)
class Viewer:
    """A person in front of a page, and what their role and sites allow.

    `sites` and `participants` (those in somebody's care) are None where the role is not limited to
    some of them. Groups of fewer than `smallest_cell` participants are not disclosed.
    """

    account: str
    role: Role
    sites: frozenset[str] | None = None
    participants: frozenset[str] | None = None
    edition: Edition = "masked"
    smallest_cell: int = 10

    @property
    def is_masked(self) -> bool:
        """The true arms are not for this viewer."""
        return self.edition != "open"


def local_viewer() -> Viewer:
    """The one viewer of a dashboard that serves its own machine only: sees everything."""
    return Viewer(account="local", role="local", edition="open", smallest_cell=1)
