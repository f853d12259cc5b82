"""One thing that a check found."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """What was found, where, how grave it is and what to do. Never a participant's value."""

    severity: Severity
    where: str
    message: str
    remedy: str
