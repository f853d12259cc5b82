"""Who looked at whom in which hour: a page of several panels is one line of the audit log."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime

REMEMBERED_VIEWS = 4096


class Seen:
    """The looks of the last hours.

    Kept in this process only: a second one may write the same line again, never none.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Start with nobody seen."""
        self._now = now
        self._lock = threading.Lock()
        self._seen: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    def once(self, account: str, what: str, write: Callable[[], None]) -> None:
        """Write the first look of an hour down; one that could not be written is not remembered."""
        key = (account, what, f"{self._now():%Y-%m-%dT%H}")
        with self._lock:
            if key in self._seen:
                return
            write()
            self._seen[key] = None
            while len(self._seen) > REMEMBERED_VIEWS:
                self._seen.popitem(last=False)
