"""Exports of every named format, in a folder without a study file: told by content, and read."""

import tomllib
from importlib import import_module

import pytest

from etl.doctor.folder import check_folder
from etl.load import load
from etl.progress import quiet
from study.export_formats import FORMATS
from study.file import load_study
from warehouse.workspace import Workspace

HEAD = 'schema = 1\n[study]\nid = "s"\ntitle = "S"\nday_zero = "first_event"\n\n'
EVENTS = [name for name, one in FORMATS.items() if one.kinds[0] == "events"]


def written(folder, name):
    import_module(f"tests.etl.formats.{name}_export").write(folder)
    return check_folder(folder / "exports", progress=quiet())


@pytest.mark.parametrize("name", FORMATS)
def test_it_is_told_as_what_it_is_and_as_nothing_else(tmp_path, name):
    report = written(tmp_path, name)
    named = [one for one in report.files if one.format in FORMATS]
    assert {one.format for one in named} == {name}
    assert all(one.because for one in named)
    assert not [one for one in report.findings if one.severity == "error"]


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", EVENTS)
def test_what_is_proposed_loads_as_it_stands(tmp_path, name):
    report = written(tmp_path, name)
    (tmp_path / "study.toml").write_text(HEAD + report.proposal, encoding="utf-8")
    study = load_study(tmp_path)
    assert {source.format for source in study.sources} == {name}
    outcome = load(study, Workspace(tmp_path / "w"))
    assert outcome.failed == ()
    kinds = {one.source: one.kind for one in report.sources}
    events = [one for one in outcome.receipts if kinds[one.source_id] == "events"]
    assert sum(one.rows_loaded for one in events) > 0


@pytest.mark.parametrize(
    ("name", "key"), [("redcap", "dictionary"), ("posthog", "persons"), ("mindlamp", "activities")]
)
def test_a_file_that_belongs_to_an_export_is_named_beside_it(tmp_path, name, key):
    report = written(tmp_path, name)
    sources = tomllib.loads(report.proposal)["sources"]
    assert all(key in source for source in sources)
    assert "companion_file" in [one.code for one in report.findings]
