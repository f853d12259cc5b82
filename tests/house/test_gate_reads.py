"""No read without a viewer: in Python by its parameters, in SQL by what narrows it.

A read that concerns no participant says so in its header, and then reads no table that has rows of
participants.
"""

import importlib
import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

from access.viewer import Viewer
from queries import sqlfile

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.stem for path in (ROOT / "queries").glob("*.py"))
# What makes no read: the filters themselves, and the files of SQL.
NO_READS = {"filters", "older_build", "repeated", "scope", "sqlfile"}
WITHOUT_VIEWER = {
    "facts.study_facts": "what the study is called and how new the build is, for every viewer",
}
READS = sqlfile.all_paths("reads")
NARROWED_BY = ("$sites", "$participants")
NO_PARTICIPANT = "no participant; "


def reads_of(module: str) -> dict[str, Callable]:
    """Public functions that a module of `queries` defines itself."""
    found = importlib.import_module(f"queries.{module}")
    return {
        f"{module}.{name}": one
        for name, one in inspect.getmembers(found, inspect.isfunction)
        if one.__module__ == found.__name__ and not name.startswith("_")
    }


EVERY_READ = {
    name: one
    for module in MODULES
    if module not in NO_READS
    for name, one in reads_of(module).items()
}


def takes_viewer(function: Callable) -> bool:
    return Viewer in (one.annotation for one in inspect.signature(function).parameters.values())


def problems_of(query: sqlfile.Query) -> list[str]:
    """Why a read could show somebody more than their own participants."""
    if query.concerns is None:
        uses = any(name in query.sql for name in NARROWED_BY)
        return [] if uses else ["uses neither $sites nor $participants, and says not why"]
    if not query.concerns.startswith(NO_PARTICIPANT):
        return [f"its header must begin with 'Concerns: {NO_PARTICIPANT}'"]
    named = [table for table in query.reads if "participant_id" in columns_of(table)]
    return [f"says it concerns no participant, but reads {named}"] if named else []


def columns_of(table: str) -> set[str]:
    path = f"marts/{table}.sql"
    if path not in sqlfile.all_paths("marts"):
        return set()  # dim_*: the study file's own words
    return {column.name for column in sqlfile.load(path).columns}


def test_there_are_reads():
    assert len(EVERY_READ) > 25
    assert len(READS) > 25


@pytest.mark.parametrize("name", EVERY_READ)
def test_a_read_takes_a_viewer(name):
    if name not in WITHOUT_VIEWER:
        assert takes_viewer(EVERY_READ[name]), f"queries.{name} needs a Viewer"


@pytest.mark.parametrize("name", WITHOUT_VIEWER)
def test_the_exceptions_are_still_there(name):
    assert not takes_viewer(EVERY_READ[name])


@pytest.mark.parametrize("path", READS)
def test_a_read_is_narrowed_or_concerns_nobody(path):
    assert problems_of(sqlfile.load(path)) == []


HEAD = "-- people\n--\n-- Everybody.\n-- Grain: one row per participant.\n"
OPEN = f"{HEAD}-- Reads: fct_participants\nselect participant_id from fct_participants"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (OPEN, "neither"),
        (
            OPEN.replace("-- Reads", "-- Concerns: no participant; so it says\n-- Reads"),
            "but reads",
        ),
        (OPEN.replace("-- Reads", "-- Concerns: hardly anybody\n-- Reads"), "must begin"),
    ],
)
def test_a_read_without_the_gate_is_found(text, words):
    [problem] = problems_of(sqlfile.parse("reads/people.sql", text))
    assert words in problem


def test_a_function_without_a_viewer_is_found():
    def everybody(con, filters):
        return con

    assert not takes_viewer(everybody)
