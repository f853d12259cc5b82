"""What a check says, as one object: the schema of `rapport check --json`."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from etl.doctor.findings import Finding
from etl.sources.sample import Container


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class FileSummary(_Part):
    """One export file: what it is, and what a load would make of it."""

    file: str
    """Path from the study's folder."""
    source: str | None
    """The source that names it, if one does."""
    container: Container | None = None
    """What the file itself is, by its first bytes."""
    format: str | None = None
    """A named export format, or csv, jsonl, json, parquet; none where it cannot be told."""
    because: str = ""
    """What tells the format; names of fields, never a value."""
    encoding: str | None = None
    """Text: how letters are encoded, by their bytes."""
    delimiter: str | None = None
    """CSV: what separates columns."""
    columns: int | None = None
    """How many columns or fields it has."""
    rows: int | None = None
    """Records read."""
    first_at: datetime | None = None
    """First time in rows that count (UTC)."""
    last_at: datetime | None = None
    """Last time in rows that count (UTC)."""


class SourceSummary(_Part):
    """One source of the study file, or one that is proposed."""

    source: str
    """Its id."""
    kind: str
    """events, answers or roster."""
    label: str
    """What its files are, in a few words."""
    because: str = ""
    """What tells the format of its first file, where it is a system's own."""
    n_files: int
    """How many files it has."""
    rows_read: int = 0
    """read = loaded + duplicate + rejected."""
    rows_loaded: int = 0
    rows_duplicate: int = 0
    rows_rejected: int = 0
    participants: int = 0
    """Participants in rows that count."""
    first_at: datetime | None = None
    """First time in rows that count (UTC)."""
    last_at: datetime | None = None
    """Last time in rows that count (UTC)."""


class CheckReport(_Part):
    """Everything that a check found; nothing in it is a participant's value."""

    schema_version: Literal[1] = 1
    """Rises when a field changes its meaning; new fields may come without."""
    study: str | None = None
    """Title of the study; none for a folder without a study file."""
    sources: tuple[SourceSummary, ...] = ()
    """In the order of the study file."""
    files: tuple[FileSummary, ...] = ()
    """In the order of the sources, then those that no source names."""
    findings: tuple[Finding, ...] = ()
    """Gravest first."""
    proposal: str | None = None
    """For a folder without a study file: sections to paste into one."""

    @property
    def exit_code(self) -> Literal[0, 1, 2]:
        """0 clean, 1 warnings, 2 errors."""
        levels = {finding.severity for finding in self.findings}
        return 2 if "error" in levels else 1 if "warning" in levels else 0
