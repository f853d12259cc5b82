"""What a caller asks of a model, and the fingerprint that tells whether it was answered before."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import polars as pl
import statsmodels

Transform = Literal["count", "rate", "log1p", "any"]


@dataclass(frozen=True)
class FeatureTerm:
    """A feature as the model needs it: id, the words for it, and whether everyone always has it."""

    feature_id: str
    label: str
    is_always_on: bool = False


@dataclass(frozen=True)
class ModelSpec:
    """One model: its outcome, candidate features, arms in display order, and options.

    `arms` holds (id, label) pairs; the first that occurs in the data is the reference.
    `least_participants` is the fewest participants in whom a term must vary to be estimated.
    """

    model_id: str
    outcome: str
    outcome_label: str
    features: tuple[FeatureTerm, ...] = ()
    arms: tuple[tuple[str, str], ...] = ()
    transform: Transform = "count"
    window_days: int = 7
    preset_id: str = ""
    is_randomised: bool = False
    least_participants: int = 10


def input_hash(frame: pl.DataFrame, columns: tuple[str, ...], spec: ModelSpec) -> str:
    """Fingerprint of the rows a model uses, of what was asked, and of the code that answers.

    Row order does not matter; columns outside `columns` do not either. Two equal fingerprints mean
    that fitting again would give the same numbers.
    """
    rows = frame.select(columns).sort(columns)
    asked = json.dumps(dataclasses.asdict(spec), sort_keys=True)
    digest = hashlib.sha256()
    for part in (code_version(), statsmodels.__version__, asked, rows.write_csv()):
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()


@cache
def code_version() -> str:
    """Fingerprint of this package's own source, so that changed code means a new fit."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
