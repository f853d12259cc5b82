"""What a panel reads that needs the mart and the saved model results together."""

from dataclasses import dataclass
from pathlib import Path

import duckdb


@dataclass(frozen=True)
class Sources:
    """First argument of `read` in a panel with `reads="both"`; such frames are not cached."""

    con: duckdb.DuckDBPyConnection
    results: Path
