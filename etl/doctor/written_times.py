"""In which ways the times of a source are written: with Z, with an offset, without any."""

from itertools import islice
from pathlib import Path

import polars as pl

from etl.damage import CANNOT_READ
from etl.doctor.findings import Finding, Place, share
from etl.fields import file_fields
from etl.files import ExportFile
from etl.sources.formats import open_reader
from etl.sources.reader import ROW
from study.definition import Source, Study
from study.errors import UserError

FILES_LOOKED_AT = 12
STYLES = {
    "utc": r"^\d{4}-\d\d-\d\d[T ]\d\d:.*(?:Z|[+-]00:?00)$",
    "offset": r"^\d{4}-\d\d-\d\d[T ]\d\d:.*[+-]\d\d:?\d\d$",
    "naive": r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$",
    "date": r"^\d{4}-\d\d-\d\d$",
}
WORDS = {
    "utc": "as UTC (Z)",
    "offset": "with an offset",
    "naive": "without any zone",
    "date": "as dates alone",
}
LEAST_SHARE = 0.005
"""A style so rare is a slip: the rules of the loader count it."""


def time_style_findings(
    study: Study, source: Source, files: tuple[ExportFile, ...]
) -> list[Finding]:
    """Say so where one source writes times in several ways."""
    columns = source.columns
    field = getattr(columns, "time", None)
    if columns is None or columns.time_format != "iso" or field not in file_fields(source):
        return []
    counts = dict.fromkeys(STYLES, 0)
    looked_at = _some_of(files)
    for file in looked_at:
        for style, count in _styles(file.path, source, study, field).items():
            counts[style] += count
    total = sum(counts.values())
    usual = {style: n for style, n in counts.items() if n >= max(1, LEAST_SHARE * total)}
    if len(usual) < 2:
        return []
    listed = ", ".join(f"{share(n, total)} {WORDS[style]}" for style, n in usual.items())
    zone = source.time_zone or study.study.time_zone
    read_as = f" Times without one are read in {zone}." if "naive" in usual else ""
    return [
        Finding(
            code="mixed_time_styles",
            severity="info",
            source=source.id,
            subject=field,
            message=f"Times are written in {len(usual)} ways: {listed}.{read_as}",
            remedy="Check that time_zone of the source is the zone of those that name none."
            if "naive" in usual
            else "",
            places=tuple(Place(file=file.name, columns=(field,)) for file in looked_at[:3]),
        )
    ]


def _some_of(files: tuple[ExportFile, ...]) -> tuple[ExportFile, ...]:
    """A dozen files from first to last: an app's newer version may write times otherwise."""
    step = max(1, -(-len(files) // FILES_LOOKED_AT))
    return files[::step]


def _styles(path: Path, source: Source, study: Study, field: str) -> dict[str, int]:
    try:
        reader = open_reader(path, source, folder=study.folder, drop=study.privacy.drop)
        batches = [one.rows for one in islice(reader.batches((field,)), 1)]
    except (UserError, *CANNOT_READ):
        # The load has said that the file cannot be read, and why.
        return {}
    if not batches or field not in batches[0].columns:
        return {}
    texts = batches[0].drop(ROW)[field].str.strip_chars()
    style = pl.coalesce(
        [
            pl.when(texts.str.contains(pattern)).then(pl.lit(name))
            for name, pattern in STYLES.items()
        ]
    )
    found = pl.select(style.alias("style"))["style"].drop_nulls().value_counts()
    return dict(found.iter_rows())
