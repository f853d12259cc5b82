"""Frames handed to the database so that every core takes its part."""

import polars as pl
import pyarrow as pa

CHUNK_ROWS = 122_880
"""The database's own group of rows. It gives each core a chunk: a frame of one is read by one."""


def chunked(frame: pl.DataFrame) -> pa.Table:
    """The frame as an Arrow table of several chunks; nothing is copied."""
    # Texts as polars holds them, which the database reads as well: the older layout is a copy.
    table = frame.to_arrow(compat_level=pl.CompatLevel.newest())
    batches = table.to_batches(max_chunksize=CHUNK_ROWS)
    return pa.Table.from_batches(batches, schema=table.schema)


class Shell:
    """A table that the database reads through Arrow's stream interface, and that can be let go."""

    def __init__(self, table: pa.Table) -> None:
        """Hold the table."""
        self._table: pa.Table | None = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The table as a stream; see Arrow's PyCapsule interface."""
        if self._table is None:
            raise ValueError("the table was let go")
        return self._table.__arrow_c_stream__(requested_schema)

    def empty(self) -> None:
        """Let go of the table, whoever still holds the shell."""
        self._table = None
