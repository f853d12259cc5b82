"""Every analysis is registered, keeps plain values, and has a name that a file can have."""

import dataclasses
import importlib
import pkgutil
import re

import etl.analyses
from etl.analyses.analysis import Analysis
from etl.analyses.registry import ANALYSES
from models.analyses import _path

MACHINERY = {"analysis", "background", "main_model", "names", "registry", "run"}


def test_ids_are_unique_and_safe_file_names(tmp_path):
    ids = [one.id for one in ANALYSES]
    assert len(set(ids)) == len(ids)
    for name in ids:
        assert _path(tmp_path, name).parent.parent == tmp_path


def test_every_module_beside_the_machinery_is_registered():
    for found in pkgutil.iter_modules(etl.analyses.__path__):
        if found.name in MACHINERY:
            continue
        module = importlib.import_module(f"etl.analyses.{found.name}")
        own = [one for one in vars(module).values() if isinstance(one, Analysis)]
        assert own, f"{found.name} declares no analysis"
        assert all(one in ANALYSES for one in own), f"{found.name} is not in the registry"


def test_results_are_frozen_and_labels_are_words():
    for one in ANALYSES:
        assert isinstance(one, Analysis)
        assert dataclasses.is_dataclass(one.kind)
        assert one.kind.__dataclass_params__.frozen
        assert one.version >= 1
        assert re.fullmatch(r"[A-Z][^_]*[^.]", one.label)


def test_computations_live_in_models():
    for one in ANALYSES:
        assert one.kind.__module__.startswith("models.")
