"""A study whose only sources are made-up exports, and a load of it."""

from pathlib import Path

from etl.load import load
from etl.receipt import LoadOutcome
from etl.sources.format import Opening
from etl.sources.reader import REST, Reader
from etl.sources.registry import format_of, recognise
from study.definition import Source, Study
from study.file import load_study
from tests.etl.formats.written import INSTRUMENT, Written
from warehouse.connect import open_raw
from warehouse.workspace import Workspace

HEAD = """
schema = 1
[study]
id = "made_up"
title = "Made-up exports"
time_zone = "Europe/London"
[privacy]
participant_ids = "as_given"
drop = {drop}
"""


def study_of(folder: Path, source: str, *, drop: str = "[]") -> Study:
    """A study file with this source, written beside the exports and read."""
    path = folder / "study.toml"
    path.write_text(f"{HEAD.format(drop=drop)}\n{INSTRUMENT}\n{source}")
    return load_study(path)


def load_it(one: Study) -> LoadOutcome:
    return load(one, Workspace.beside(one.folder))


def counts_of(outcome: LoadOutcome) -> dict[str, tuple[int, int, int, int]]:
    assert not outcome.failed, outcome.failed
    return {
        one.source_file: (
            one.rows_read,
            one.rows_loaded,
            one.rows_duplicate,
            one.rows_rejected,
        )
        for one in outcome.receipts
    }


def assert_loads(folder: Path, written: Written) -> Study:
    """The export's receipts are what its writer says; each file is recognised."""
    one = study_of(folder, written.source)
    assert counts_of(load_it(one)) == written.counts
    for name in written.counts:
        found = recognise(folder / name)
        assert found.format is not None, (name, [fit.because for _, fit in found.nearest])
        assert found.format.id == one.sources[0].format
    return one


def rows(one: Study, sql: str) -> list[tuple[object, ...]]:
    con = open_raw(Workspace.beside(one.folder))
    try:
        return con.sql(sql).fetchall()
    finally:
        con.close()


def opened(path: Path, source: Source, *, drop: tuple[str, ...] = ()) -> Reader:
    return format_of(source.format).open(path, Opening(source, path.parent, drop))


def everything(reader: Reader, *fields: str) -> str:
    """All that a reader lets out of a file when these fields are asked for: to look for leaks."""
    said = []
    for batch in reader.batches(fields, rest=True):
        said += [str(batch.rows.rows()), str(batch.bad)]
        said += map(str, reader.raw_text(batch.raw))
        assert REST in batch.rows.columns
    return " ".join(said)
