"""Kept analyses of versions and specifications, computed from the models' own invented studies."""

from pathlib import Path
from typing import Any

from models import analyses
from models.analyses import Inputs, Saved
from models.multiverse import compute as multiverse
from models.randomised import prompts, version_report
from tests.models.multiverse.test_multiverse import SPEC, frames
from tests.models.randomised.version_case import inputs


def silent(_done: int, _of: int) -> None:
    """Tells nobody how far it is."""


def save_all(results: Path, **study: Any) -> None:
    """Keep all three answers; `study` goes to `version_case.inputs`."""
    given = inputs(**{"lift": 0.25, **study})
    save(results, "variants", version_report.compute(given, silent))
    save(results, "prompts", prompts.compute(given, silent))
    specs = Inputs(frames(has_incomplete=False), {"models": (SPEC,), "preset_id": "map"})
    save(results, "multiverse", multiverse.compute(specs, silent))


def save(results: Path, name: str, result: Any) -> None:
    """Keep one answer under its id."""
    made = Saved(name, "hash", "2025-06-16T06:30:00+00:00", 1.0, "computed", result)
    analyses.save(results, made)
