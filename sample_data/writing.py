"""Writes the export files, always with the same bytes for the same rows."""

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from sample_data.counts import Row


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write lines; gzipped, without a time stamp, where the name says so."""
    data = "".join(f"{line}\n" for line in lines).encode()
    if path.suffix == ".gz":
        data = gzip.compress(data, compresslevel=6, mtime=0)
    path.write_bytes(data)


def write_table(
    path: Path,
    header: Sequence[str],
    rows: Iterable[Row],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    line_end: str = "\n",
) -> None:
    """Write delimited text with a header."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(header)
    writer.writerows(row.fields for row in rows)
    path.write_bytes(text.getvalue().encode(encoding))
