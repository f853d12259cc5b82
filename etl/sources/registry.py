"""Every named export format, and which of them a file is of."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from etl.sources.format import Fit, Format
from etl.sources.sample import Sample, sample
from study.export_formats import FORMATS

NEAREST = 3


@dataclass(frozen=True)
class Recognition:
    """Which format a file is of, and why; or the nearest ones, and why they do not fit."""

    sample: Sample
    format: Format | None
    because: str
    nearest: tuple[tuple[Format, Fit], ...] = ()


@cache
def formats() -> tuple[Format, ...]:
    """All named formats."""
    return tuple(format_of(name) for name in FORMATS)


@cache
def format_of(name: str) -> Format:
    """The format of a name; its module is read when first asked for."""
    module = import_module(f"etl.sources.{name}")
    found: Format = module.FORMAT
    return found


def recognise(path: Path) -> Recognition:
    """Tell a file's format by what is in it; its name is not asked.

    Raises
    ------
    UserError
        If it is an archive that must not be opened.
    """
    seen = sample(path)
    fits = [(one, one.fit(seen)) for one in formats()]
    matching = [(one, fit) for one, fit in fits if fit.is_match]
    if matching:
        best, fit = max(matching, key=lambda pair: pair[1].share)
        return Recognition(seen, best, fit.because)
    fits.sort(key=lambda pair: -pair[1].share)
    return Recognition(seen, None, "", tuple(pair for pair in fits[:NEAREST] if pair[1].share > 0))
