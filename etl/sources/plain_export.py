"""Opening one file of records, whatever it is packed in: JSON Lines, CSV or Parquet inside."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from etl.sources.archive import is_zip
from etl.sources.compressed import compressed
from etl.sources.delimited import DelimitedReader
from etl.sources.format import Fit, Opening
from etl.sources.json_lines import JsonLinesReader
from etl.sources.parquet import ParquetReader
from etl.sources.reader import Reader
from etl.sources.sample import Sample, sample
from etl.sources.text import Place
from etl.sources.text_properties import TextProperties
from etl.sources.zipped import zipped
from study.errors import UserError

Wrap = Callable[[Reader, Sample], Reader]


def open_records(
    path: Path, opening: Opening, drop: Sequence[str], fit: Callable[[Sample], Fit], wrap: Wrap
) -> Reader:
    """Open a file, or the files inside an archive, each put into what `wrap` makes of it.

    Raises
    ------
    UserError
        If an archive must not be opened, or a file is not of the format.
    """

    def plain(place: Path | Place) -> Reader:
        # A look asks no more of a path than its name and its bytes.
        file = cast(Path, place)
        seen = sample(file)
        packed = compressed(file)
        return wrap(_inner(packed or place, seen, opening, drop, fit), seen)

    return zipped(path, plain) if is_zip(path) else plain(path)


def _inner(
    place: Path | Place,
    seen: Sample,
    opening: Opening,
    drop: Sequence[str],
    fit: Callable[[Sample], Fit],
) -> Reader:
    if seen.shape in ("json_lines", "empty"):
        lines = JsonLinesReader(place, encoding="utf-8", drop=drop)
        is_text = any(isinstance(one.get("properties"), str) for one in seen.records)
        return TextProperties(lines) if is_text else lines
    if seen.shape == "parquet":
        return ParquetReader(place, drop=drop)
    if seen.shape == "csv":
        encoding = opening.source.encoding
        return DelimitedReader(place, delimiter=seen.delimiter, encoding=encoding, drop=drop)
    raise UserError(
        f"{place.name} is no {opening.source.format} export: {fit(seen).because}. Export it again, "
        "or correct 'format' of the source in study.toml."
    )
