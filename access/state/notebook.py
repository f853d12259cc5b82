"""What the team writes down (contacts, cohorts), with accounts and without.

Where people sign in, it is in the state that is open already. A dashboard that serves its own
machine has none; the first contact or cohort then makes the workspace's state, which holds no
account: nobody has to sign in because of it, and what was written is there once somebody does.
"""

import threading
from dataclasses import dataclass, field

from access.state.store import State, open_if_kept, open_state
from warehouse.workspace import Workspace


@dataclass
class Notebook:
    """The state for contacts and cohorts. `state` is None where the dashboard has no accounts."""

    state: State | None
    workspace: Workspace
    _opened: State | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def to_read(self) -> State | None:
        """The state, or None where nothing was written yet.

        Raises
        ------
        UserError
            If it cannot be opened.
        """
        if self.state is not None:
            return self.state
        with self._lock:
            if self._opened is None:
                self._opened = open_if_kept(self.workspace)
            return self._opened

    def to_write(self) -> State:
        """The state, made where there is none.

        Raises
        ------
        UserError
            If it cannot be opened or made.
        """
        if self.state is not None:
            return self.state
        with self._lock:
            if self._opened is None:
                self._opened = open_state(self.workspace)
            return self._opened

    def close(self) -> None:
        """Let go of a state that was opened here."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
            self._opened = None
