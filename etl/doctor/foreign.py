"""Files that are no export: told by their first bytes, whatever they are called."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

HEAD_BYTES = 512
_OPEN_OFFICE = "OpenDocument file"
_MARKS: tuple[tuple[bytes, str, bool], ...] = (
    (b"%PDF-", "PDF", False),
    (b"\x89PNG\r\n", "picture (PNG)", False),
    (b"\xff\xd8\xff", "picture (JPEG)", False),
    (b"GIF8", "picture (GIF)", False),
    (b"II*\0", "picture (TIFF)", False),
    (b"MM\0*", "picture (TIFF)", False),
    (b"{\\rtf", "RTF document", False),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office file (.xls, .doc or .ppt)", True),
    (b"SQLite format 3\0", "SQLite database", True),
    (b"$FL2@(#)", "SPSS file", True),
    (b"$FL3@(#)", "SPSS file", True),
    (b"<stata_dta>", "Stata file", True),
    (b"RDX", "R data file", True),
)
_OFFICE = (("xl/", "Excel workbook"), ("word/", "Word document"), ("ppt/", "PowerPoint file"))
_HOLDS_TABLES = frozenset({"Excel workbook", _OPEN_OFFICE})


@dataclass(frozen=True)
class Foreign:
    """What a file is that no reader takes, and whether it may hold data all the same."""

    label: str
    may_hold_data: bool

    @property
    def said(self) -> str:
        """A sentence."""
        return f"Not an export: {self.label}."


def foreign(path: Path) -> Foreign | None:
    """What a file is by its first bytes; None for what may be an export.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    for mark, label, may_hold_data in _MARKS:
        if head.startswith(mark):
            return Foreign(label, may_hold_data)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Foreign("picture (WebP)", may_hold_data=False)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return Foreign("HTML page", may_hold_data=False)
    return _office(path) if head.startswith(b"PK\x03\x04") else None


def _office(path: Path) -> Foreign | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        # A damaged archive: whoever opens it as an export says so.
        return None
    label = None
    if "[Content_Types].xml" in names:
        found = (label for part, label in _OFFICE if any(one.startswith(part) for one in names))
        label = next(found, "Office file")
    elif "mimetype" in names and "content.xml" in names:
        label = _OPEN_OFFICE
    return Foreign(label, label in _HOLDS_TABLES) if label else None
