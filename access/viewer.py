"""Who is looking: the value that every read needs."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["local", "trial", "designer", "clinician", "statistician", "admin"]


@dataclass(frozen=True)
class Viewer:
    """A person in front of a page, and what their role and sites allow.

    `sites` and `participants` are None where the role is not limited to some of them.
    """

    account: str
    role: Role
    sites: frozenset[str] | None = None
    participants: frozenset[str] | None = None
    is_masked: bool = True
    smallest_cell: int = 10


def local_viewer() -> Viewer:
    """The one viewer of a dashboard that serves its own machine only: sees everything."""
    return Viewer(account="local", role="local", is_masked=False, smallest_cell=1)
