"""What a file is, by its content, and whether that is what the study file says of it."""

import codecs
from dataclasses import dataclass
from pathlib import Path

from etl.damage import CANNOT_READ
from etl.doctor.findings import Finding, Place
from etl.doctor.foreign import Foreign, foreign
from etl.doctor.report import FileSummary
from etl.sources.archive import open_first
from etl.sources.registry import Recognition, format_of, recognise
from etl.sources.sample import Sample
from study.definition import Source
from study.errors import UserError
from study.export_formats import FORMATS, FormatName

ENCODING_BYTES = 4 * 1024 * 1024
SHAPES = {
    "csv": "CSV",
    "json_lines": "JSON Lines",
    "json": "one JSON document",
    "parquet": "Parquet",
    "text": "text",
    "empty": "empty",
}
GENERIC = {"csv": "csv", "json_lines": "jsonl", "parquet": "parquet"}
"""Shapes that a reader without a named format takes, and how study.toml calls them."""
PACKED = {"zip": "ZIP"}
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "upright strokes"}
SPELLED = {"\t": "\\t"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8 with byte order mark"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Look:
    """A file that was looked into."""

    summary: FileSummary
    label: str
    recognition: Recognition | None
    problem: str = ""
    """Why it could not be looked into."""
    foreign: Foreign | None = None
    """What it is, if it is no export at all."""

    @property
    def sample(self) -> Sample | None:
        """Its beginning."""
        return self.recognition.sample if self.recognition else None


def look(path: Path, name: str, source: str | None) -> Look:
    """Recognise one file; a damaged one is described as such."""
    try:
        other = foreign(path)
        if other is not None:
            summary = FileSummary(file=name, source=source)
            return Look(summary, other.label, None, other.said, other)
        recognition = recognise(path)
        encoding = encoding_of(path, recognition.sample)
    except UserError as error:
        return Look(FileSummary(file=name, source=source), "cannot be read", None, str(error))
    except CANNOT_READ as error:
        reason = f"{name} cannot be read ({type(error).__name__})."
        return Look(FileSummary(file=name, source=source), "cannot be read", None, reason)
    seen, known = recognition.sample, recognition.format
    summary = FileSummary(
        file=name,
        source=source,
        container=seen.container,
        format=known.id if known else GENERIC.get(seen.shape, seen.shape),
        because=recognition.because,
        encoding=encoding,
        delimiter=seen.delimiter if seen.shape == "csv" else None,
        columns=len(seen.columns),
    )
    return Look(summary, _label(recognition, encoding), recognition)


def _label(recognition: Recognition, encoding: str | None) -> str:
    seen, known = recognition.sample, recognition.format
    packed = "" if seen.container == "plain" else f", {PACKED.get(seen.container, seen.container)}"
    separator = SEPARATORS.get(seen.delimiter, repr(seen.delimiter))
    parted = f", parted by {separator}" if seen.shape == "csv" and seen.delimiter != "," else ""
    name = known.label if known else SHAPES[seen.shape]
    return f"{name}{packed}{parted}" + (f", {_short(encoding)}" if encoding else "")


def _short(encoding: str) -> str:
    return encoding.replace("utf", "UTF").replace("latin-1", "Latin-1")


def encoding_of(path: Path, seen: Sample) -> str | None:
    """How the letters of a text file are encoded, by its first megabytes; None for others."""
    if seen.shape in ("parquet", "empty"):
        return None
    with open_first(path) as file:
        start = file.read(ENCODING_BYTES)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    if b"\0" in start[:1000]:
        return "utf-16"
    try:
        # Not `decode`: the look may end in the middle of a letter.
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "cp1252" if any(0x80 <= byte <= 0x9F for byte in start) else "latin-1"
    return "utf-8"


def recognition_findings(seen: Look, source: Source, *, is_usable: bool) -> list[Finding]:
    """How a file differs from what the study file says of it.

    `is_usable` says whether rows of it count: what works is described and no more.
    """
    if seen.recognition is None or seen.recognition.sample.shape == "empty":
        return []
    grave = "info" if is_usable else "warning"
    found = [
        _declared(seen.recognition, source) if source.format in FORMATS else None,
        _generic(seen.recognition, source) if source.format not in FORMATS else None,
        _delimiter(seen.recognition.sample, source) if source.format not in FORMATS else None,
    ]
    place = (Place(file=seen.summary.file),)
    said = [
        one.model_copy(update={"severity": grave, "source": source.id, "places": place})
        for one in found
        if one is not None
    ]
    encoding = _encoding(seen, source)
    return [*said, *([encoding.model_copy(update={"places": place})] if encoding else [])]


def _declared(recognition: Recognition, source: Source) -> Finding | None:
    """A named format that the content does not bear out."""
    named = format_of(source.format)
    fit = named.fit(recognition.sample)
    if fit.is_match:
        return None
    if recognition.format is not None:
        other = recognition.format
        return Finding(
            code="other_format",
            severity="info",
            message=f"It is no {named.label} ({fit.because}) but {other.label}: "
            f"{recognition.because}.",
            remedy=f'Set format = "{other.id}" for the source.',
        )
    return Finding(
        code="no_format_fits",
        severity="info",
        message=f"It is no {named.label}: {fit.because}. {nearest_words(recognition)}",
        remedy="Export it as that format again, or correct 'format' of the source.",
    )


def _generic(recognition: Recognition, source: Source) -> Finding | None:
    """A system's own export, or another kind of file, under a generic name."""
    known, shape = recognition.format, recognition.sample.shape
    if known is not None and source.kind in FORMATS[_name(known.id)].kinds:
        return Finding(
            code="other_format",
            severity="info",
            message=f"It is a {known.label}: {recognition.because}. The study file reads it as "
            f"{source.format!r}.",
            remedy=f'Set format = "{known.id}" for the source: its columns and traps are known.',
        )
    if source.format in ("auto", GENERIC.get(shape)) or shape not in GENERIC:
        return None
    return Finding(
        code="other_format",
        severity="info",
        message=f"It is {SHAPES[shape]}, and the study file says {source.format!r}.",
        remedy=f'Set format = "{GENERIC[shape]}" for the source, or leave it out.',
    )


def _name(format_id: str) -> FormatName:
    return next(name for name in FORMATS if name == format_id)


def _delimiter(seen: Sample, source: Source) -> Finding | None:
    is_other = seen.shape == "csv" and seen.delimiter != source.delimiter
    # Where the declared one parts the header too, both may be meant.
    if not is_other or any(source.delimiter in name for name in seen.columns):
        return None
    return Finding(
        code="other_delimiter",
        severity="info",
        message=f"Its columns are parted by {SEPARATORS[seen.delimiter]}, and the study file says "
        f"{SEPARATORS.get(source.delimiter, repr(source.delimiter))}.",
        remedy=f'Set delimiter = "{SPELLED.get(seen.delimiter, seen.delimiter)}" for the source.',
    )


def _encoding(seen: Look, source: Source) -> Finding | None:
    found = seen.summary.encoding
    if found is None or seen.summary.container == "zip":
        return None
    if found.endswith("byte order mark"):
        return Finding(
            code="byte_order_mark",
            severity="info",
            source=source.id,
            message="It begins with a byte order mark, as Excel writes it.",
            remedy="It is left out on reading.",
        )
    declared = codecs.lookup(source.encoding).name
    if found != "utf-8" and declared == "utf-8" and found != "utf-16":
        return Finding(
            code="other_encoding",
            severity="warning",
            source=source.id,
            message=f"Its letters are not {source.encoding!r}; they look like {found!r}.",
            remedy=f'Set encoding = "{found}" for the source: rows with such letters are refused '
            "otherwise.",
        )
    return None


def nearest_words(recognition: Recognition) -> str:
    """Which named formats come nearest, and what each of them lacks."""
    if not recognition.nearest:
        return "No export format that Rapport knows comes near."
    listed = "; ".join(f"{one.label}: {fit.because}" for one, fit in recognition.nearest)
    return f"Nearest: {listed}."
