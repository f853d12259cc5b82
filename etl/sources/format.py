"""What the loader knows of one export format: how to tell it, and how to read it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from etl.sources.reader import Reader
from etl.sources.sample import Sample
from study.definition import Source


@dataclass(frozen=True)
class Fit:
    """Whether a file is of a format.

    Parameters
    ----------
    is_match
        Whether it can be read as such.
    because
        What tells it, or what is missing; names of fields, never a value of a participant.
    share
        How much of what the format must have is there, 0 to 1: ranks the nearest candidates.
    """

    is_match: bool
    because: str
    share: float


@dataclass(frozen=True)
class Opening:
    """What a reader needs besides the file: the source's settings and where its other files are."""

    source: Source
    folder: Path
    drop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Format:
    """An export format.

    Parameters
    ----------
    fit
        Tells whether a sample of a file is of the format, from content alone.
    open
        Opens a file for reading.
    traps
        What is known to go wrong with such exports and how it is handled: a sentence each, shown
        in the docs.
    confirmed
        What of the format was confirmed from public documentation or source, and where.
    export
        How a person gets such an export out of the system, in a sentence or two.
    """

    id: str
    label: str
    fit: Callable[[Sample], Fit]
    open: Callable[[Path, Opening], Reader]
    traps: tuple[str, ...]
    confirmed: str
    export: str


def required(sample: Sample, fields: tuple[str, ...], *, other: str = "") -> Fit:
    """A fit by the names of fields that every export of a format has."""
    lacking = [name for name in fields if name not in sample.columns]
    share = 1 - len(lacking) / len(fields)
    if lacking:
        return Fit(False, f"it has no {', '.join(lacking)}", share)
    return Fit(True, f"it has {', '.join(fields)}{other}", share)
