"""What a load changes, noted as it goes: so that its end need not look at all that is held."""

from dataclasses import dataclass, field

import duckdb

from etl.rules import Kind
from queries import sqlfile

MOST_SHARE = 0.5
"""Where a load changes more than this share of all rows, it is quicker to look at all of them."""


@dataclass
class Changes:
    """Files that changed in a load, and what their rows said before.

    All of it lies in temporary tables, and is lost with a load that is killed: the next one then
    looks at everything.
    """

    con: duckdb.DuckDBPyConnection
    kinds: set[Kind] = field(default_factory=set)
    files: list[int] = field(default_factory=list)
    """Numbers of files whose rows were added, replaced or taken out."""
    n_rows: int = 0
    """Rows that came or went."""
    _has_answers_before: bool = False

    def __post_init__(self) -> None:
        """Note who is in the roster."""
        for name in ("changed_files", "touched_keys", "changed_events", "known_before"):
            self._execute(name)

    def before(self, kind: Kind) -> None:
        """Before the transaction of a file, or of what all rows decide: note what is still so."""
        if kind == "answers" and not self._has_answers_before:
            self._execute("answers_before")
            self._has_answers_before = True

    def replaced(self, file_number: int, n_rows: int) -> None:
        """Inside a file's transaction, before its rows go."""
        for name in ("insert_gone_keys", "insert_gone_events"):
            self._execute(name, file_number=file_number)
        self.n_rows += n_rows

    def changed(self, file_number: int, kind: Kind, n_rows: int) -> None:
        """A file's rows were added, replaced or taken out."""
        self.files.append(file_number)
        self.kinds.add(kind)
        self.n_rows += n_rows

    def write_down(self) -> None:
        """Let SQL see which files changed."""
        self._execute("insert_changed_files", file_numbers=self.files)

    def _execute(self, name: str, **params: object) -> None:
        sqlfile.load(f"load/{name}.sql").execute(self.con, **params)
