"""A database for the time of a check."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from etl.files import export_files
from study.definition import Study
from warehouse.connect import in_memory, open_raw
from warehouse.workspace import Workspace

MEMORY_BYTES = 1_000_000_000
"""Exports up to this size are looked at in memory; larger ones in a file that is removed."""
PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"\x28\xb5\x2f\xfd")
PACKED_RATIO = 8
"""How much larger a log becomes when it is unpacked, roughly."""


@contextmanager
def passing_database(study: Study) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database that is gone afterwards: in memory, or for large exports in a file of our own."""
    paths = {file.path for source in study.sources for file in export_files(study, source)}
    if sum(map(_unpacked_bytes, paths)) <= MEMORY_BYTES:
        con = in_memory()
        try:
            yield con
        finally:
            con.close()
        return
    with tempfile.TemporaryDirectory(prefix="rapport-check-") as folder:
        con = open_raw(Workspace(Path(folder)))
        try:
            yield con
        finally:
            con.close()


def _unpacked_bytes(path: Path) -> int:
    try:
        with path.open("rb") as file:
            is_packed = file.read(4).startswith(PACKED)
    except OSError:
        # The load says that it cannot be read.
        return 0
    return path.stat().st_size * (PACKED_RATIO if is_packed else 1)
