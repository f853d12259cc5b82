"""In which ways the times of a source are written, and which time_format would read them."""

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

import polars as pl

from etl.damage import CANNOT_READ
from etl.doctor.findings import Finding, Place, share
from etl.doctor.written_dates import DateStyle, date_style
from etl.fields import file_fields
from etl.files import ExportFile
from etl.receipt import Receipt
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


def shown_name(file: ExportFile, receipts: Mapping[str, Receipt]) -> str:
    """A file's name as its receipt has it, without participants' ids in keyed studies."""
    receipt = receipts.get(file.file_id)
    return receipt.source_file if receipt else file.name


def time_style_findings(
    study: Study, source: Source, files: tuple[ExportFile, ...], receipts: Mapping[str, Receipt]
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
            places=tuple(
                Place(file=shown_name(file, receipts), columns=(field,)) for file in looked_at[:3]
            ),
        )
    ]


def time_format_findings(
    study: Study, source: Source, files: tuple[ExportFile, ...], receipts: Mapping[str, Receipt]
) -> list[Finding]:
    """The time_format that would read times which are refused, where they are written as dates.

    Parameters
    ----------
    receipts
        By file id, what became of its rows.
    """
    hurt: dict[str, list[ExportFile]] = {}
    for file in files:
        receipt = receipts.get(file.file_id)
        for one in receipt.by_rule if receipt else ():
            if one.rule == "bad_time" and one.column_name:
                hurt.setdefault(one.column_name, []).append(file)
    found = []
    for field, own in hurt.items():
        file = own[0]
        texts = _texts(file.path, source, study, field)
        style = None if texts is None else date_style(_written(texts))
        how = getattr(source.columns, "time_format", "")
        if style is not None and how not in (style.time_format, style.other):
            names = [shown_name(one, receipts) for one in own]
            found.append(_format_finding(source, field, style, names))
    return found


def _format_finding(source: Source, field: str, style: DateStyle, files: Sequence[str]) -> Finding:
    section = f"[sources.{source.kind}]"
    if style.is_unsure:
        message = (
            "Times are written with day and month as numbers, and none of those looked at tells "
            "which of the two comes first."
        )
        remedy = (
            f'If the day comes first, set time_format = "{style.time_format}" in {section}; if the '
            f'month does, "{style.other}". Ask whoever made the export.'
        )
    else:
        message = f"Times are written as {style.time_format}."
        remedy = f'Set time_format = "{style.time_format}" in {section}.'
    return Finding(
        code="time_format_suspect",
        severity="warning",
        source=source.id,
        subject=field,
        message=message,
        remedy=remedy,
        places=tuple(Place(file=name, columns=(field,)) for name in files[:3]),
    )


def _some_of(files: tuple[ExportFile, ...]) -> tuple[ExportFile, ...]:
    """A dozen files from first to last: an app's newer version may write times otherwise."""
    step = max(1, -(-len(files) // FILES_LOOKED_AT))
    return files[::step]


def _styles(path: Path, source: Source, study: Study, field: str) -> dict[str, int]:
    texts = _texts(path, source, study, field)
    if texts is None:
        return {}
    style = pl.coalesce(
        [
            pl.when(texts.str.contains(pattern)).then(pl.lit(name))
            for name, pattern in STYLES.items()
        ]
    )
    found = pl.select(style.alias("style"))["style"].drop_nulls().value_counts()
    return dict(found.iter_rows())


def _texts(path: Path, source: Source, study: Study, field: str) -> pl.Series | None:
    """What the first rows of a file hold in a field, without blanks around it."""
    try:
        reader = open_reader(path, source, folder=study.folder, drop=study.privacy.drop)
        batches = [one.rows for one in islice(reader.batches((field,)), 1)]
    except (UserError, *CANNOT_READ):
        # The load has said that the file cannot be read, and why.
        return None
    if not batches or field not in batches[0].columns:
        return None
    return batches[0].drop(ROW)[field].str.strip_chars()


def _written(texts: pl.Series) -> pl.Series:
    """What was written of texts of which some are missing or empty."""
    given = texts.drop_nulls()
    return given.filter(given != "")
