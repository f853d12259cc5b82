"""A build on the build before: the same marts, cell for cell, made of what changed only."""

import random
import shutil
from dataclasses import replace

import duckdb
import pytest

import etl.build_steps
from etl.build import build
from etl.build_basis import empty_kept
from tests.etl.increment_case import (
    assert_same,
    begin_load,
    contents,
    loaded,
    next_load,
    tiny_study,
)
from warehouse.connect import open_mart, open_raw
from warehouse.publish import current_mart
from warehouse.workspace import Workspace

pytestmark = pytest.mark.xdist_group("increments")  # One loaded study for all.


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The tiny study, loaded once; each test works on a copy."""
    folder = tmp_path_factory.mktemp("increment")
    loaded(tiny_study(folder), Workspace(folder / ".rapport"), random.Random(1))
    return folder / ".rapport"


@pytest.fixture(scope="module")
def template_built(template, tmp_path_factory):
    """The same with its first build, and what that build made."""
    folder = tmp_path_factory.mktemp("built")
    shutil.copytree(template, folder / ".rapport")
    outcome = build(tiny_study(folder), Workspace(folder / ".rapport"))
    return folder / ".rapport", outcome


@pytest.fixture
def study(tmp_path):
    return tiny_study(tmp_path)


@pytest.fixture
def workspace(template, tmp_path):
    """Loaded, and nothing built yet."""
    shutil.copytree(template, tmp_path / ".rapport")
    return Workspace(tmp_path / ".rapport")


@pytest.fixture
def built(template_built, tmp_path):
    """Loaded and built: the workspace, and what came of its first build."""
    folder, outcome = template_built
    shutil.copytree(folder, tmp_path / ".rapport", symlinks=True)
    workspace = Workspace(tmp_path / ".rapport")
    return workspace, replace(outcome, path=workspace.builds / outcome.path.name)


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(2))
def test_builds_on_builds_are_the_same_as_full_ones(study, built, seed):
    rng, (workspace, _) = random.Random(seed), built
    for _ in range(2):
        changed = next_load(workspace, rng, n_events=rng.choice([1, 10, 300]), n_answers=5)
        outcome = build(study, workspace)
        assert outcome.is_full is False
        assert outcome.n_recomputed == len(changed)
        found = contents(outcome.path)
        assert_same(found, contents(build(study, workspace, full=True).path))
        assert found["fct_decision_points"]
        assert found["fct_ledger_steps"]


def test_in_parts_the_marts_are_the_same(study, built, monkeypatch):
    workspace, before = built
    whole = contents(before.path)
    monkeypatch.setattr(etl.build_steps, "EVENTS_AT_ONCE", 150)
    steps = []
    outcome = build(study, workspace, progress=lambda *step: steps.append(step), full=True)
    assert_same(contents(outcome.path), whole)
    numbers, totals, names = zip(*steps, strict=True)
    assert "int_sessions_begun, part 3 of" in " ".join(names)
    assert list(numbers) == sorted(numbers)
    assert numbers[-1] == totals[-1]
    next_load(workspace, random.Random(5), n_events=300)
    assert_same(
        contents(build(study, workspace).path), contents(build(study, workspace, full=True).path)
    )


def test_nothing_new_means_nothing_counted_anew(study, built):
    workspace, before = built
    again = build(study, workspace)
    assert before.is_full
    assert before.n_recomputed > 10
    assert not again.is_full
    assert again.n_recomputed == 0
    assert_same(contents(again.path), contents(before.path))


def test_only_the_events_that_may_have_changed_are_read(study, built, monkeypatch):
    """Rows of everybody else are the kept ones: a mark that only those bear is still there."""
    workspace, before = built
    who, n_others = mark(before.path)
    next_load(workspace, random.Random(3), n_events=1, of=(who,))
    outcome = build(study, workspace)
    assert outcome.n_recomputed == 1
    con = open_mart(outcome.path)
    [(n_marked,)] = con.sql(
        "select count(distinct participant_id) from fct_sessions "
        "where duration_s = 12345 and participant_id <> $who",
        params={"who": who},
    ).fetchall()
    [(n_made,)] = con.sql(
        "select count(*) from fct_sessions where duration_s <> 12345 and participant_id <> $who",
        params={"who": who},
    ).fetchall()
    con.close()
    assert n_marked == n_others
    assert n_made == 0


def mark(path):
    """Write a duration into every session of a published build; one participant, and how many more."""
    con = duckdb.connect(str(path))
    con.execute("update fct_sessions set duration_s = 12345")
    [(who, n_participants)] = con.sql(
        "select min(participant_id), count(distinct participant_id) from fct_sessions"
    ).fetchall()
    con.close()
    return who, n_participants - 1


def test_a_new_participant_and_a_roster_row_that_changed(study, built):
    workspace, _ = built
    con = open_raw(workspace)
    number = begin_load(con, random.Random(8))
    who = con.sql("select min(participant_id) from roster where status = 'loaded'").fetchall()[0][0]
    con.execute(
        "update roster set enrolled_date = enrolled_date + 3 where participant_id = ?", [who]
    )
    con.execute("insert into participant_changes values (?, ?, null)", [who, number])
    con.close()
    outcome = build(study, workspace)
    assert outcome.n_recomputed == 0
    assert_same(contents(outcome.path), contents(build(study, workspace, full=True).path))


def other_study(study, workspace):
    calendar = study.study.model_copy(update={"session_gap_minutes": 5})
    return study.model_copy(update={"study": calendar}), workspace


def other_lock(study, workspace):
    calendar = study.study.model_copy(update={"as_of": "2025-04-02"})
    return study.model_copy(update={"study": calendar}), workspace


def no_build_before(study, workspace):
    current_mart(workspace).unlink()
    return study, workspace


def broken_build_before(study, workspace):
    current_mart(workspace).write_bytes(b"no database")
    return study, workspace


def table_missing(study, workspace):
    path = current_mart(workspace)
    con = duckdb.connect(str(path))
    con.execute("drop table fct_first_traces")
    con.close()
    return study, workspace


def other_raw_file(study, workspace):
    con = open_raw(workspace)
    con.execute("update loads set load_id = concat(load_id, '-other')")
    con.close()
    return study, workspace


def interrupted_load(study, workspace):
    con = open_raw(workspace)
    begin_load(con, random.Random(2), is_finished=False)
    con.close()
    return study, workspace


def other_program(study, workspace):
    return study, workspace


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "change",
    [
        other_study,
        other_lock,
        no_build_before,
        broken_build_before,
        table_missing,
        other_raw_file,
        interrupted_load,
        other_program,
    ],
    ids=lambda change: change.__name__,
)
def test_when_in_doubt_everything_is_made_anew(study, built, monkeypatch, change):
    workspace, _ = built
    next_load(workspace, random.Random(4))
    study, workspace = change(study, workspace)
    if change is other_program:
        monkeypatch.setattr("etl.build_basis.rapport_version", lambda: "0.0.0")
    outcome = build(study, workspace)
    assert outcome.is_full
    assert outcome.n_recomputed > 10


def test_what_is_kept_holds_no_answer_property_or_id_of_a_source(built):
    columns = {f"{name}.{column}" for name, frame in empty_kept().items() for column in frame}
    assert not any("propert" in one or "value" in one or "source" in one for one in columns)
    workspace, outcome = built
    con = open_raw(workspace)
    ids = con.sql("select distinct dedupe_key from events").fetchall()
    con.close()
    text = str(contents(outcome.path))
    assert not any(str(key) in text for (key,) in ids)


def test_progress_says_how_many_participants(study, workspace):
    steps = []
    outcome = build(study, workspace, progress=lambda *step: steps.append(step[2]))
    assert f"int_events_anew ({outcome.n_recomputed} participants)" in steps
