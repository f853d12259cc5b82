"""A folder with one export of every format, of one made-up study, loads in one command."""

import csv
import re
import tomllib
from importlib import import_module

import pytest
from typer.testing import CliRunner

from app import cli
from etl.load import load
from etl.sources.registry import recognise
from study.export_formats import FORMATS
from study.file import load_study
from tests.etl.formats.written import INSTRUMENT, LAST_DAY, PEOPLE
from warehouse.reader import MartReader
from warehouse.workspace import Workspace

STUDY = """
[study]
id = "every"
title = "A study with every system there is (made up)"
time_zone = "Europe/London"
planned_weeks = 6

[[sources]]
id = "roster"
kind = "roster"
path = "exports/roster.csv"
participant = "participant"
[sources.roster]
enrolled = "enrolled"

[privacy]
participant_ids = "as_given"

[[features]]
id = "praise"
label = "Praise"
principle = "praise"
stages = { seen = { event = "praise_shown" } }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The study: a roster, a file of ids, one export of each format."""
    folder = tmp_path_factory.mktemp("every")
    written = {
        name: import_module(f"tests.etl.formats.{name}_export").write(folder) for name in FORMATS
    }
    (folder / "exports/roster.csv").write_text(
        "participant,enrolled\n" + "".join(f"{one},2025-03-03\n" for one in PEOPLE)
    )
    with_ids = {name: one.ids for name, one in written.items() if one.ids}
    sources = {
        name: [source["id"] for source in tomllib.loads(one.source)["sources"]]
        for name, one in written.items()
    }
    with (folder / "exports/ids.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["participant", *with_ids])
        rows.writerows([one, *(ids.get(one, "") for ids in with_ids.values())] for one in PEOPLE)
    pairs = ", ".join(f'{one} = "{name}"' for name in with_ids for one in sources[name])
    identities = f'[[identities]]\npath = "exports/ids.csv"\nparticipant = "participant"\nids = {{ {pairs} }}\n'
    parts = [STUDY, INSTRUMENT, identities, *(one.source for one in written.values())]
    (folder / "study.toml").write_text("\n".join(parts))
    return folder, written


@pytest.fixture(scope="module")
def outcome(folder):
    study = load_study(folder[0])
    return load(study, Workspace.beside(folder[0]))


def test_every_file_is_read_and_every_row_accounted_for(folder, outcome):
    assert outcome.failed == ()
    files = {one.source_file: one for one in outcome.receipts}
    for written in folder[1].values():
        for name, counts in written.counts.items():
            receipt = files[name]
            assert receipt.rows_read == counts[0], name
            kept = receipt.rows_loaded + receipt.rows_duplicate + receipt.rows_rejected
            assert kept == receipt.rows_read, name
            assert receipt.rows_loaded > 0 or counts[1] == 0, name


def test_every_file_is_told_by_what_is_in_it(folder, tmp_path):
    """Whatever a file is called: the name is taken away first."""
    place, written = folder
    for name, one in written.items():
        for file in one.counts:
            bare = tmp_path / f"{name}-{len(list(tmp_path.iterdir()))}"
            bare.write_bytes((place / file).read_bytes())
            found = recognise(bare)
            assert found.format is not None, (file, found.nearest)
            # The two keep the same tables: a dump may be of either.
            alike = {"segment", "rudderstack"}
            assert found.format.id == name or {found.format.id, name} == alike, file


def test_one_command_makes_pages_of_it(folder, outcome, monkeypatch):
    place, _ = folder
    monkeypatch.setattr("etl.pipeline.analyse_all", lambda *_, **__: None)  # Takes long.
    result = CliRunner().invoke(cli, ["load", str(place / "study.toml")])
    assert result.exit_code == 0, result.output
    con = MartReader(Workspace.beside(place)).cursor()
    people = con.sql("select participant_id from fct_participants order by 1").fetchall()
    assert [row[0] for row in people] == list(PEOPLE)
    last = con.sql("select as_of_date from dim_build").fetchall()[0][0]
    assert str(last) <= LAST_DAY
    assert re.fullmatch(r"\d+", str(con.table("fct_sessions").count("*").fetchall()[0][0]))
